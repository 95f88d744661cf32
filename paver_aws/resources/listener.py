"""Listeners: a port of a load balancer, and where it leads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from paver.contract.answers import changed
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_aws import marks, places
from paver_aws.api import Record
from paver_aws.listing import Look
from paver_aws.resources.balancer import NOUN as BALANCER
from paver_aws.resources.balancer import balancer_key
from paver_aws.resources.noun import AwsKind
from paver_aws.resources.target_group import listeners, target_group_key
from paver_aws.settings import AwsSettings

NOUN = "listener"


class Listener(Desired):
    """A port."""

    balancer: Value
    protocol: str
    port: int
    target: Value


class ListenerKind(AwsKind[Listener]):
    """`listener/BALANCER/PORT`: it is its balancer's, which has one for each port at most."""

    noun = NOUN
    replace: ClassVar[frozenset[str]] = frozenset({"balancer", "protocol", "port"})

    def create(self, want: Listener, attempt: Attempt) -> Answer:
        """Make it."""
        made = self.api.change(
            "elbv2",
            "create_listener",
            about=want.name,
            LoadBalancerArn=want.balancer,
            Protocol=want.protocol,
            Port=want.port,
            DefaultActions=_forward(want),
            Tags=marks.pairs(marks.tags(attempt.owner, want.key, want.name, {})),
        )
        return Done(have=self.observed(made["Listeners"][0], want.key, attempt.owner))

    def change(self, have: Observed, want: Listener, field: str, attempt: Attempt) -> Answer:
        """Lead it elsewhere."""
        arguments = {"ListenerArn": have.id, "DefaultActions": _forward(want)}
        self.api.change("elbv2", "modify_listener", about=have.id, **arguments)
        return changed(have, target=str(want.target))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Delete it."""
        self.api.remove("elbv2", "delete_listener", about=have.id, ListenerArn=have.id)
        return Done(have=None)

    def records(self, look: Look) -> Iterable[tuple[Key, Record]]:
        """One call for every owned balancer: AWS opens one at a time."""
        claimed = look.claimed(BALANCER)
        listed = look.each(
            lambda one: self.api.pages(
                "elbv2", "describe_listeners", "Listeners", LoadBalancerArn=one[1]["LoadBalancerArn"]
            ),
            claimed,
        )
        for (key, _), found in zip(claimed, listed, strict=True):
            for record in found:
                yield Key(kind=NOUN, name=f"{key.name}/{record['Port']}"), record

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """On its balancer; its target group cannot go before it."""
        target = next((a["TargetGroupArn"] for a in record.get("DefaultActions", ()) if "TargetGroupArn" in a), "")
        like = Listener(
            key=key,
            name=marks.implied(owner.name, key),
            balancer=record["LoadBalancerArn"],
            protocol=record["Protocol"],
            port=record["Port"],
            target=target,
        )
        needs = (str(record["LoadBalancerArn"]), str(target))
        return self.seen(like, record["ListenerArn"], owner, proof=Proof.PARENT, needs=needs)


def _forward(want: Listener) -> list[dict[str, object]]:
    return [{"Type": "forward", "TargetGroupArn": want.target}]


def wanted(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[Listener]:
    """One for each port of each load balancer."""
    del settings
    for name, balancer in spec.load_balancers.items():
        for port, (protocol, _) in listeners(balancer).items():
            yield Listener(
                key=places.key(NOUN, name, str(port)),
                name=places.native(spec, name, str(port)),
                balancer=ref(balancer_key(name)),
                protocol=protocol,
                port=port,
                target=ref(target_group_key(name, port)),
                note=f"{protocol} {port}",
            )
