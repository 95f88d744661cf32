"""The environment's DNS zone: private to its network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

from paver.contract.answers import changed
from paver.contract.errors import NotFound
from paver.contract.names import marker
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Value
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import FrozenDict, Owner
from paver_gcp import marks, places
from paver_gcp.api import Record
from paver_gcp.listing import Look
from paver_gcp.resources.compute import bare, url
from paver_gcp.resources.noun import GcpKind, Labelled
from paver_gcp.settings import GcpSettings

NOUN = "hosted-zone"


class HostedZone(Labelled):
    """A zone that machines of the network see."""

    domain: str
    network: Value | None = None
    """None: a zone that is there already, whoever sees it."""


class HostedZoneKind(GcpKind[HostedZone]):
    """`hosted-zone/ENVIRONMENT`. Its id is its name, unique in the project."""

    noun = NOUN
    replace: ClassVar[frozenset[str]] = frozenset({"domain"})

    def create(self, want: HostedZone, attempt: Attempt) -> Answer:
        """Make it, marked."""
        body = {
            "name": want.name,
            "dnsName": f"{want.domain}.",
            "description": marker(attempt.owner, want.key),
            "visibility": "private",
            "labels": marks.labels(attempt.owner, want.key, want.labels, {}),
            **self._seen_by(want),
        }
        path = f"projects/{self.api.project}/managedZones"
        made = self.api.change("POST", "dns", path, body, clientOperationId=str(attempt.token))
        return Done(have=self.observed(made, want.key, attempt.owner))

    def change(self, have: Observed, want: HostedZone, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Who sees it, and its labels. A label that goes is null there."""
        path = f"projects/{self.api.project}/managedZones/{have.id}"
        before = self.api.read("dns", path).get("labels", {})
        labels: dict[str, Any] = marks.labels(attempt.owner, want.key, want.labels, before)
        body = {"labels": {**labels, **dict.fromkeys(set(before) - set(labels))}, **self._seen_by(want)}
        self.api.change("PATCH", "dns", path, body)
        return changed(have, network=str(want.network), labels=dict(want.labels))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Delete it; somebody else's records in it keep it."""
        self.api.remove("dns", f"projects/{self.api.project}/managedZones/{have.id}")
        return Done(have=None)

    def records(self, look: Look) -> Iterable[tuple[Key, Record]]:
        """All of the project's, by description."""
        for record in look.pages("dns", f"projects/{self.api.project}/managedZones", "managedZones"):
            key = marks.claim(record.get("description"), record["name"], look.owner, NOUN)
            if key is None:
                look.pass_by()
            else:
                yield key, record

    def adopting(self, look: Look, wanted: Sequence[Desired]) -> Iterable[tuple[Desired, Record]]:
        """By name."""
        for want in wanted:
            try:
                yield want, self.api.read("dns", f"projects/{self.api.project}/managedZones/{want.adopt}")
            except NotFound:
                continue

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With the network that sees it."""
        seen_by = [bare(one["networkUrl"]) for one in record.get("privateVisibilityConfig", {}).get("networks", ())]
        like = HostedZone(
            key=key,
            name=marks.implied(owner.name, key),
            domain=str(record["dnsName"]).rstrip("."),
            network=" ".join(sorted(seen_by)) or None,
            labels=marks.shown(record.get("labels", {}), owner, key),
        )
        return self.seen(like, record["name"], owner, needs=tuple(sorted(seen_by)))

    def _seen_by(self, want: HostedZone) -> dict[str, Any]:
        return {"privateVisibilityConfig": {"networks": [{"networkUrl": url(want.network)}]}}


def zone_key(spec: EnvironmentSpec) -> Key:
    """The zone's key."""
    return places.key(NOUN, spec.name)


def wanted(spec: EnvironmentSpec, settings: GcpSettings) -> Iterator[HostedZone]:
    """One."""
    yield HostedZone(
        key=zone_key(spec),
        name=places.native(spec, zone_key(spec)),
        adopt=settings.managed_zone,
        domain=spec.dns.zone,
        network=None if settings.managed_zone else places.network(spec),
        labels=FrozenDict(),
        note=spec.dns.zone,
    )
