"""Firewall rules, each a resource of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from paver.contract.names import marker
from paver.contract.resource import Answer, Attempt, Desired, Key, Observed, Value
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_gcp import marks, places, rules
from paver_gcp.api import Record
from paver_gcp.listing import Look
from paver_gcp.resources.compute import ComputeKind, bare, url
from paver_gcp.settings import GcpSettings

NOUN = "firewall"


class Firewall(Desired):
    """A rule of the network. Its lists are in order: their order says nothing."""

    network: Value
    direction: str
    priority: int
    allowed: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    """`tcp:22`, `all`."""
    sources: tuple[str, ...] = ()
    source_tags: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    disabled: bool = False


class FirewallKind(ComputeKind[Firewall]):
    """`firewall/in/jumpbox`, `firewall/out/NETWORK`."""

    noun = NOUN
    collection = "firewalls"
    patched: ClassVar = {
        "priority": "priority",
        "allowed": "allowed",
        "denied": "denied",
        "sources": "sourceRanges",
        "source_tags": "sourceTags",
        "targets": "targetTags",
        "destinations": "destinationRanges",
        "disabled": "disabled",
    }
    replace: ClassVar[frozenset[str]] = frozenset({"network", "direction"})

    def body(self, want: Firewall) -> Record:
        """Without what is empty."""
        lists: dict[str, Any] = {
            "allowed": [_rule(text) for text in want.allowed],
            "denied": [_rule(text) for text in want.denied],
            "sourceRanges": list(want.sources),
            "sourceTags": list(want.source_tags),
            "targetTags": list(want.targets),
            "destinationRanges": list(want.destinations),
        }
        single = {
            "network": url(want.network),
            "direction": want.direction,
            "priority": want.priority,
            "disabled": want.disabled,
        }
        return {**single, **{name: value for name, value in lists.items() if value}}

    def change(self, have: Observed, want: Firewall, fields: frozenset[str], attempt: Attempt) -> Answer:
        """All of it anew: a rule that is half of what it was and half of what it shall be is nobody's wish."""
        body = {"name": want.name, "description": marker(attempt.owner, want.key), **self.body(want)}
        return self.begin("PUT", have.id, body, attempt, id=have.id)

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With all its lists in order."""
        like = Firewall(
            key=key,
            name=marks.implied(owner.name, key),
            network=bare(record["network"]),
            direction=record.get("direction", "INGRESS"),
            priority=record.get("priority", 1000),
            allowed=_texts(record.get("allowed", ())),
            denied=_texts(record.get("denied", ())),
            sources=tuple(sorted(record.get("sourceRanges", ()))),
            source_tags=tuple(sorted(record.get("sourceTags", ()))),
            targets=tuple(sorted(record.get("targetTags", ()))),
            destinations=tuple(sorted(record.get("destinationRanges", ()))),
            disabled=bool(record.get("disabled", False)),
        )
        return self.seen(like, bare(record["selfLink"]), owner, needs=(str(like.network),))


def _rule(text: str) -> Record:
    protocol, _, ports = text.partition(":")
    return {"IPProtocol": protocol, **({"ports": [ports]} if ports else {})}


def _texts(found: Iterable[Record]) -> tuple[str, ...]:
    """`tcp:22`, one for each protocol and port."""
    return tuple(
        sorted(
            f"{one['IPProtocol']}:{ports}" if ports else str(one["IPProtocol"])
            for one in found
            for ports in one.get("ports") or ("",)
        )
    )


def wanted(spec: EnvironmentSpec, settings: GcpSettings) -> Iterator[Firewall]:
    """All, but in a network that another project shares: its rules are that project's."""
    if places.shared(settings):
        return
    for rule in rules.rules(spec):
        key = places.key(NOUN, *rule.parts)
        yield Firewall(
            key=key,
            name=places.native(spec, key),
            network=places.network(spec),
            direction="INGRESS" if rule.inward else "EGRESS",
            priority=rules.ALLOWED if rule.allows else rules.LAST,
            allowed=tuple(sorted(rule.what)) if rule.allows else (),
            denied=() if rule.allows else tuple(sorted(rule.what)),
            sources=tuple(sorted(rule.sources)),
            source_tags=tuple(sorted(rule.source_tags)),
            targets=tuple(sorted(rule.targets)),
            destinations=tuple(sorted(rule.destinations)),
        )
