"""DNS records: of load balancers and of the jumpbox. Each has its mark beside it: others write to the zone as well."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from paver.contract.answers import changed
from paver.contract.errors import NotFound
from paver.contract.layout import assigned, jumpbox_network
from paver.contract.names import marker, read_marker
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_gcp import places
from paver_gcp.api import Record as Told
from paver_gcp.listing import Look
from paver_gcp.resources.address import JUMPBOX, address_key
from paver_gcp.resources.hosted_zone import NOUN as ZONE
from paver_gcp.resources.hosted_zone import zone_key
from paver_gcp.resources.noun import GcpKind
from paver_gcp.settings import GcpSettings

NOUN = "record"
TTL = 60
BESIDE = "_paver."
"""Where the mark of a record stands: under its own name, as text."""


class Record(Desired):
    """A name that leads to an address."""

    zone: Value
    address: Value


class RecordKind(GcpKind[Record]):
    """`record/NAME`."""

    noun = NOUN
    replace: ClassVar[frozenset[str]] = frozenset({"zone"})

    def create(self, want: Record, attempt: Attempt) -> Answer:
        """Make it and its mark, in one call that does both or neither; a mark that lost its record is taken up."""
        left = self._there(str(want.zone), want.name, "TXT")
        ours = [record for record in left if want.key in dict(_marks(left, attempt.owner)).values()]
        self._change(str(want.zone), ours, _sets(want, attempt.owner))
        return Done(have=self._seen(want, attempt.owner))

    def change(self, have: Observed, want: Record, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Put another one in its place, in one call."""
        before = self._there(str(want.zone), want.name, "A")
        self._change(str(want.zone), before, _sets(want, attempt.owner)[:1])
        return changed(have, address=str(want.address))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Delete it and its mark, as they stand there now."""
        zone = str(have.actual["zone"])
        before = self._there(zone, have.id.partition(" ")[2], "A", "TXT")
        if not before:
            raise NotFound(f"{have.id} is not there")
        self._change(zone, before, [])
        return Done(have=None)

    def records(self, look: Look) -> Iterable[tuple[Key, Told]]:
        """One call for every zone: Cloud DNS opens one at a time."""
        zones = [record for _, record in (*look.claimed(ZONE), *look.adopted(ZONE))]
        listed = look.each(lambda zone: self.api.pages("dns", self._path(zone["name"]), "rrsets"), zones)
        for zone, found in zip(zones, listed, strict=True):
            marks = dict(_marks(found, look.owner))
            for record in found:
                key = marks.get(str(record["name"])) if record["type"] == "A" else None
                if key is not None and record["name"] == f"{key.name}.{zone['dnsName']}":
                    yield key, {**record, "zone": zone}

    def observed(self, record: Told, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With where it leads."""
        like = Record(
            key=key,
            name=record["name"],
            zone=record["zone"]["name"],
            address=" ".join(sorted(record["rrdatas"])),
        )
        return self._seen(like, owner)

    def _there(self, zone: str, name: str, *types: str) -> list[Told]:
        asked = [(name if kind == "A" else BESIDE + name, kind) for kind in types]
        every = self.api.pages("dns", self._path(zone), "rrsets")
        return [record for record in every if (record["name"], record["type"]) in asked]

    def _change(self, zone: str, deletions: Iterable[Told], additions: Iterable[Told]) -> None:
        body = {
            "deletions": [{n: one[n] for n in ("name", "type", "ttl", "rrdatas")} for one in deletions],
            "additions": list(additions),
        }
        path = f"projects/{self.api.project}/managedZones/{zone}/changes"
        self.api.change("POST", "dns", path, body, about=f"records of {zone}")

    def _path(self, zone: str) -> str:
        return f"projects/{self.api.project}/managedZones/{zone}/rrsets"

    def _seen(self, like: Record, owner: Owner) -> Observed:
        # One of a zone that is given needs nothing of ours, and an id that nothing bears is no need.
        return self.seen(like, f"{like.zone} {like.name}", owner, needs=(str(like.zone),))


def _sets(want: Record, owner: Owner) -> list[dict[str, Any]]:
    own = {"name": want.name, "type": "A", "ttl": TTL, "rrdatas": [str(want.address)]}
    text = f'"{marker(owner, want.key)}"'
    return [own, {"name": BESIDE + want.name, "type": "TXT", "ttl": TTL, "rrdatas": [text]}]


def _marks(found: Iterable[Told], owner: Owner) -> Iterator[tuple[str, Key]]:
    """By name: the keys of this owner's records in a zone of others."""
    for record in found:
        if record["type"] == "TXT" and str(record["name"]).startswith(BESIDE):
            marked = read_marker(" ".join(record["rrdatas"]))
            if marked is not None and marked[0].id == owner.id and marked[1].kind == NOUN:
                yield str(record["name"]).removeprefix(BESIDE), marked[1]


def record_key(name: str) -> Key:
    """The key of a record."""
    return places.key(NOUN, name)


def wanted(spec: EnvironmentSpec, settings: GcpSettings) -> Iterator[Record]:
    """One for each load balancer, and the jumpbox's."""
    del settings
    found: dict[str, Value] = {name: ref(address_key(name), "address") for name in spec.load_balancers}
    if not spec.jumpbox.existing:
        inner = str(assigned(spec, jumpbox_network(spec))["jumpbox"])
        found[JUMPBOX] = ref(address_key(JUMPBOX), "address") if spec.jumpbox.public else inner
    for name, address in found.items():
        yield Record(
            key=record_key(name),
            name=f"{name}.{spec.dns.zone}.",
            zone=ref(zone_key(spec)),
            address=address,
            serial=ref(zone_key(spec)),
        )
