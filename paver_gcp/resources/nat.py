"""NAT, network by network: each is a line of the router's one gateway, which the first brings and the last takes away.

A router has no fingerprint, so that what is changed is read a moment before; one at a time, and never while an
operation on the router is under way, which Google refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from paver.contract.errors import NotFound
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_gcp import marks, places
from paver_gcp.api import Record
from paver_gcp.listing import Look
from paver_gcp.resources.address import NAT, address_key
from paver_gcp.resources.compute import ComputeKind, bare, base, url
from paver_gcp.resources.router import NOUN as ROUTER
from paver_gcp.resources.router import router_key
from paver_gcp.resources.subnet import subnet_key
from paver_gcp.settings import GcpSettings

NOUN = "nat"
MANUAL, LISTED, EVERY = "MANUAL_ONLY", "LIST_OF_SUBNETWORKS", "ALL_IP_RANGES"


class Nat(Desired):
    """That machines of a subnet go out by an address."""

    router: Value
    subnet: Value
    address: Value
    allocation: str = MANUAL
    """Whether the addresses are given, or Google's to add."""
    ranges: str = EVERY


class NatKind(ComputeKind[Nat]):
    """`nat/NETWORK`."""

    noun = NOUN
    collection = "routers"
    place = "regions"
    alone = False
    replace: ClassVar[frozenset[str]] = frozenset({"router", "subnet"})

    def body(self, want: Nat) -> Record:
        """It is made by a change of the router, and has no create call of its own."""
        raise TypeError(f"{want.key} is a part of its router")

    def create(self, want: Nat, attempt: Attempt) -> Answer:
        """Put the subnet's line into the gateway."""
        return self._put(want, attempt)

    def change(self, have: Observed, want: Nat, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Put it there anew."""
        return self._put(want, attempt)

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Take it out; the gateway goes with the last one."""
        router, subnet = str(have.actual["router"]), str(have.actual["subnet"])
        gateways = []
        found = False
        for gateway in self.api.read("compute", router).get("nats", ()):
            if gateway["name"] != base(router):
                gateways.append(gateway)
                continue
            lines = gateway.get("subnetworks", ())
            kept = [one for one in lines if bare(one["name"]) != subnet]
            found = len(kept) < len(lines)
            gateways += [{**gateway, "subnetworks": kept}] if kept else []
        if not found:
            raise NotFound(f"{have.id} is not there")
        return self.begin("PATCH", router, {"nats": gateways}, attempt, id=have.id)

    def made(self, want: Nat, id_: str, ticket: Any, attempt: Attempt) -> Answer:
        """What was put there."""
        return Done(have=self._seen(want, attempt.owner))

    def records(self, look: Look) -> Iterable[tuple[Key, Record]]:
        """The lines of our router's gateway."""
        for _, router in look.claimed(ROUTER):
            for gateway in router.get("nats", ()):
                if gateway["name"] == router["name"]:
                    yield from (
                        (_key(look.owner, one["name"]), {"router": router, "gateway": gateway, "line": one})
                        for one in gateway.get("subnetworks", ())
                    )

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With what the gateway says for all of them. A line that somebody else put there has no key."""
        gateway, line = record["gateway"], record["line"]
        like = Nat(
            key=key,
            name=marks.implied(owner.name, key),
            router=bare(record["router"]["selfLink"]),
            subnet=bare(line["name"]),
            address=" ".join(sorted(bare(one) for one in gateway.get("natIps", ()))),
            allocation=gateway.get("natIpAllocateOption", ""),
            ranges=" ".join(line.get("sourceIpRangesToNat", ())),
        )
        seen = self._seen(like, owner)
        ours = base(line["name"]) == like.name
        return seen if ours else seen.model_copy(update={"key": None})

    def _put(self, want: Nat, attempt: Attempt) -> Answer:
        router, subnet = str(want.router), str(want.subnet)
        gateways = list(self.api.read("compute", router).get("nats", ()))
        before: Record = next((one for one in gateways if one["name"] == base(router)), {})
        lines = [one for one in before.get("subnetworks", ()) if bare(one["name"]) != subnet]
        gateway = {
            **before,
            "name": base(router),
            "natIpAllocateOption": MANUAL,
            "natIps": [url(want.address)],
            "sourceSubnetworkIpRangesToNat": LISTED,
            "subnetworks": [*lines, {"name": url(subnet), "sourceIpRangesToNat": [EVERY]}],
        }
        others = [one for one in gateways if one["name"] != base(router)]
        return self.begin("PATCH", router, {"nats": [*others, gateway]}, attempt, id=f"{router} {subnet}")

    def _seen(self, like: Nat, owner: Owner) -> Observed:
        needs = (str(like.router), str(like.subnet), *str(like.address).split())
        return self.seen(like, f"{like.router} {like.subnet}", owner, proof=Proof.PARENT, needs=needs)


def _key(owner: Owner, subnet: str) -> Key:
    name = base(subnet).removeprefix(f"{owner.name}-")
    return Key(kind=NOUN, name=name)


def wanted(spec: EnvironmentSpec, settings: GcpSettings) -> Iterator[Nat]:
    """One for each network that goes out by it."""
    del settings
    for name in places.translated(spec):
        key = places.key(NOUN, name)
        yield Nat(
            key=key,
            name=places.native(spec, key),
            router=ref(router_key(spec)),
            subnet=ref(subnet_key(name)),
            address=ref(address_key(NAT)),
            serial=ref(router_key(spec)),
        )
