"""DNS records: of load balancers and of the jumpbox. Each bears its mark in its metadata."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from paver.contract import names
from paver.contract.layout import assigned, jumpbox_network
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_azure import ids, marks, places
from paver_azure.api import Record as Told
from paver_azure.api import Sent
from paver_azure.listing import Look
from paver_azure.resources.load_balancer import balancer_key
from paver_azure.resources.noun import AzureKind, inside
from paver_azure.resources.private_zone import zone_key
from paver_azure.resources.public_address import BALANCER, JUMPBOX, address_key
from paver_azure.resources.zone_link import zones
from paver_azure.settings import AzureSettings

NOUN = "record"
TTL = 60


class Record(Desired):
    """A name that leads to an address."""

    zone: Value
    address: Value
    ttl: int = TTL


class RecordKind(AzureKind[Record]):
    """`record/NAME`."""

    noun = NOUN
    type = "Microsoft.Network/privateDnsZones/A"
    lasts: ClassVar[bool] = False
    replace: ClassVar[frozenset[str]] = frozenset({"zone"})

    def native(self, owner: Owner, key: Key) -> str:
        """The name below the zone."""
        return key.name

    def id_of(self, want: Record, owner: Owner) -> str:
        """In its zone."""
        return ids.child(str(want.zone), "A", want.name)

    def body(self, want: Record, owner: Owner) -> dict[str, Any]:
        """Where it leads, and whose it is."""
        what = {"ttl": want.ttl, "aRecords": [{"ipv4Address": str(want.address)}]}
        return {"properties": {**what, "metadata": names.marks(owner, want.key)}}

    def create(self, want: Record, attempt: Attempt) -> Answer:
        """Make it, unless there is one of that name."""
        id_ = self.id_of(want, attempt.owner)
        return self.answer(
            self.api.put(self.type, id_, self.body(want, attempt.owner), If_None_Match="*"), id_, want, attempt
        )

    def listed(self, look: Look) -> list[Told]:
        """One call for every zone."""
        found = [record for group, zone in zones(look) for record in look.all_of(self.type, group, zone)]
        return [record for record in found if str(record.get("type", "")).lower().endswith("/a")]

    def claim(self, record: Told, look: Look) -> Key | None:
        """By its metadata, where the name is the one that the key implies."""
        key = marks.claim(inside(record, "properties", "metadata"), look.owner, NOUN)
        return key if key is not None and key.name == str(record["name"]).lower() else None

    def answer(self, sent: Sent, id_: str, want: Record, attempt: Attempt) -> Answer:
        """It is there at once."""
        record = sent.record or {**self.body(want, attempt.owner), "id": id_, "name": want.name}
        return Done(have=self.observed(record, want.key, attempt.owner))

    def like(self, record: Told, base: Mapping[str, Any], look: Look | None) -> Record:
        """Where it leads."""
        addresses = inside(record, "properties", "aRecords") or ()
        return Record(
            key=base["key"],
            name=base["name"],
            zone=ids.canonical(str(record["id"])).rpartition("/A/")[0],
            address=" ".join(str(one["ipv4Address"]) for one in addresses),
            ttl=int(inside(record, "properties", "ttl") or 0),
        )

    def needs(self, like: Record, id_: str, look: Look | None) -> Iterable[str]:
        """Its zone."""
        return (str(like.zone),)


def wanted(spec: EnvironmentSpec, settings: AzureSettings) -> Iterator[Record]:  # noqa: ARG001  all nouns are asked alike
    """One for each load balancer, and one for the jumpbox."""
    zone = ref(zone_key(spec))
    inner = places.frontends(spec)
    for name, balancer in spec.load_balancers.items():
        public = ref(address_key(BALANCER, name), "address")
        yield Record(
            key=places.key(NOUN, name),
            name=name,
            zone=zone,
            address=public if balancer.public else str(inner[name]),
            after=() if balancer.public else (balancer_key(name),),
        )
    if not spec.jumpbox.existing:
        own = str(assigned(spec, jumpbox_network(spec))["jumpbox"])
        yield Record(
            key=places.key(NOUN, "jumpbox"),
            name="jumpbox",
            zone=zone,
            address=ref(address_key(JUMPBOX), "address") if spec.jumpbox.public else own,
        )
