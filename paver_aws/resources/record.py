"""DNS records: of load balancers and of the jumpbox. In a zone of others each has its mark beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from paver.contract.answers import changed
from paver.contract.errors import AlreadyExists, NotFound, Rejected
from paver.contract.layout import assigned, jumpbox_network
from paver.contract.names import marker, read_marker
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_aws import places
from paver_aws.api import Record as Told
from paver_aws.listing import Look
from paver_aws.resources.address import address_key
from paver_aws.resources.balancer import balancer_key
from paver_aws.resources.hosted_zone import NOUN as ZONE
from paver_aws.resources.hosted_zone import PREFIX, zone_key
from paver_aws.resources.noun import AwsKind
from paver_aws.settings import AwsSettings

NOUN = "record"
TTL = 60


class Record(Desired):
    """A name that leads to an address, or to a balancer's own name."""

    zone: Value
    marked: bool
    """Whether its mark stands beside it: in a zone of others."""
    address: Value | None = None
    alias: Value | None = None
    alias_zone: Value | None = None


class RecordKind(AwsKind[Record]):
    """`record/NAME`: it is its zone's, or has a mark beside it."""

    noun = NOUN
    replace: ClassVar[frozenset[str]] = frozenset({"zone", "marked"})

    def create(self, want: Record, attempt: Attempt) -> Answer:
        """Make it and its mark, in one call that does both or neither."""
        try:
            self._send("CREATE", want, attempt.owner)
        except Rejected as error:
            # Route 53 API Reference, ChangeResourceRecordSets: one code for whatever does not fit.
            if "already exists" in error.message:
                raise AlreadyExists(error.message) from error
            raise
        return Done(have=self._seen(want, attempt.owner))

    def update(self, have: Observed, want: Record, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Put all of it anew."""
        if fields & self.replace:
            return super().update(have, want, fields, attempt)
        self._send("UPSERT", want, attempt.owner)
        return changed(have, address=_text(want.address), alias=_text(want.alias), alias_zone=_text(want.alias_zone))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Delete it and its mark."""
        like = Record.model_validate({"key": have.key, "name": have.id.partition(" ")[2], **have.actual})
        try:
            self._send("DELETE", like, attempt.owner)
        except Rejected as error:
            if "not found" in error.message:
                raise NotFound(error.message) from error
            raise
        return Done(have=None)

    def records(self, look: Look) -> Iterable[tuple[Key, Told]]:
        """One call for every zone: Route 53 opens one at a time."""
        own = [(record, True) for _, record in look.claimed(ZONE)]
        given = [(record, False) for _, record in look.adopted(ZONE)]
        listed = look.each(
            lambda one: self.api.pages(
                "route53", "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=one[0]["Id"]
            ),
            zones := [*own, *given],
        )
        for (zone, ours), found in zip(zones, listed, strict=True):
            marks = dict(_marks(found, look.owner))
            for record in found:
                key = self._key(record, str(zone["Name"]), ours=ours, marks=marks)
                if key is not None:
                    yield key, {**record, "Zone": zone["Id"], "Marked": not ours}

    def observed(self, record: Told, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """Where it leads."""
        alias = record.get("AliasTarget", {})
        like = Record(
            key=key,
            name=str(record["Name"]).rstrip("."),
            zone=str(record["Zone"]).removeprefix(PREFIX),
            marked=record["Marked"],
            address=next((value["Value"] for value in record.get("ResourceRecords", ())), None),
            alias=str(alias["DNSName"]).rstrip(".").lower() if alias else None,
            alias_zone=alias.get("HostedZoneId"),
        )
        return self._seen(like, owner)

    def _key(self, record: Told, zone: str, *, ours: bool, marks: Mapping[str, Key]) -> Key | None:
        if record["Type"] != "A":
            return None
        name = str(record["Name"])
        if not ours:
            return marks.get(name)
        short = name.removesuffix(f".{zone}")
        return Key(kind=NOUN, name=short) if short != name and "." not in short and "\\" not in short else None

    def _seen(self, like: Record, owner: Owner) -> Observed:
        zone = str(like.zone)
        proof = Proof.MARK if like.marked else Proof.PARENT
        return self.seen(like, f"{zone} {like.name}", owner, proof=proof, needs=(zone,))

    def _send(self, action: str, want: Record, owner: Owner) -> None:
        changes = [{"Action": action, "ResourceRecordSet": _set(want)}]
        if want.marked:
            value = {"Value": f'"{marker(owner, want.key)}"'}
            beside = {"Name": want.name, "Type": "TXT", "TTL": TTL, "ResourceRecords": [value]}
            changes.append({"Action": action, "ResourceRecordSet": beside})
        batch = {"Changes": changes}
        self.api.change(
            "route53", "change_resource_record_sets", about=want.name, HostedZoneId=want.zone, ChangeBatch=batch
        )


def _set(want: Record) -> dict[str, Any]:
    found: dict[str, Any] = {"Name": want.name, "Type": "A"}
    if want.alias is not None:
        target = {"HostedZoneId": want.alias_zone, "DNSName": want.alias, "EvaluateTargetHealth": False}
        return {**found, "AliasTarget": target}
    return {**found, "TTL": TTL, "ResourceRecords": [{"Value": want.address}]}


def _marks(found: Iterable[Told], owner: Owner) -> Iterator[tuple[str, Key]]:
    for record in found:
        if record["Type"] == "TXT":
            for value in record.get("ResourceRecords", ()):
                marked = read_marker(value["Value"].strip('"'))
                if marked is not None and marked[0].id == owner.id and marked[1].kind == NOUN:
                    yield str(record["Name"]), marked[1]


def _text(value: Value | None) -> str | None:
    return None if value is None else str(value)


def wanted(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[Record]:
    """One for each load balancer, and one for the jumpbox."""
    zone, marked = ref(zone_key(spec)), settings.hosted_zone is not None
    for name in spec.load_balancers:
        yield Record(
            key=places.key(NOUN, name),
            name=f"{name}.{spec.dns.zone}",
            zone=zone,
            marked=marked,
            alias=ref(balancer_key(name), "dns_name"),
            alias_zone=ref(balancer_key(name), "dns_zone"),
        )
    if spec.jumpbox.existing:
        return
    inner = str(assigned(spec, jumpbox_network(spec))["jumpbox"])
    yield Record(
        key=places.key(NOUN, "jumpbox"),
        name=f"jumpbox.{spec.dns.zone}",
        zone=zone,
        marked=marked,
        address=ref(address_key("jumpbox"), "public_ip") if spec.jumpbox.public else inner,
    )
