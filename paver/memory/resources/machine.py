"""Machines: the jumpbox. Their API honours an idempotency token, and shows no user data again."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from typing import ClassVar

from pydantic import JsonValue

from paver.contract import names
from paver.contract.addresses import fixed_address
from paver.contract.layout import jumpbox_network
from paver.contract.resource import Desired, Key, Ref, Value
from paver.contract.spec import EnvironmentSpec
from paver.memory.kind import MemoryKind
from paver.memory.record import Record
from paver.memory.resources.rule import rule_key
from paver.memory.resources.subnet import subnet_key
from paver.memory.settings import MemorySettings

JUMPBOX = Key(kind="machine", name="jumpbox")
_WIRE = b"\0\0\0\x0bssh-ed25519\0\0\0 "
"""What stands before the 32 bytes of an Ed25519 key in SSH's own form (RFC 8709)."""


class Machine(Desired):
    """A machine. Of an adopted one nothing is checked but that it is there."""

    subnet: Value | None
    address: str | None
    zone: str | None
    public: bool | None
    user_data: str | None


class MachineKind(MemoryKind[Machine]):
    """`machine/NAME`."""

    noun = "machine"
    replace: ClassVar[frozenset[str]] = frozenset({"subnet", "address", "zone", "public"})
    unseen: ClassVar[frozenset[str]] = frozenset({"user_data"})
    needs = ("subnet",)

    @classmethod
    def outputs(cls, record: Record) -> Mapping[str, JsonValue]:
        """Where it is, and the host key that it made at first boot."""
        number = int(record["id"].rpartition("-")[2], 16)
        public = record["fields"].get("public")
        blob = _WIRE + hashlib.sha256(record["id"].encode()).digest()
        return {
            "address": record["fields"].get("address"),
            "zone": record["fields"].get("zone"),
            "public_address": f"203.0.113.{number % 254 + 1}" if public else None,
            "host_key": f"ssh-ed25519 {base64.b64encode(blob).decode()}",
        }


def wanted(spec: EnvironmentSpec, settings: MemorySettings) -> Iterator[Machine]:
    """The jumpbox."""
    native = names.name(spec.name, JUMPBOX.name)
    if spec.jumpbox.existing:
        adopt = settings.existing.get(JUMPBOX.name, native)
        yield Machine(
            key=JUMPBOX, name=native, adopt=adopt, subnet=None, address=None, zone=None, public=None, user_data=None
        )
        return
    network = jumpbox_network(spec)
    zone, block = next(iter(spec.blocks(network).items()))
    yield Machine(
        key=JUMPBOX,
        name=native,
        after=(rule_key(network, "jumpbox"),),
        subnet=Ref(to=subnet_key(network, zone)),
        address=str(fixed_address(block, "jumpbox")),
        zone=zone,
        public=spec.jumpbox.public,
        user_data=f"#cloud-config\nhostname: jumpbox.{spec.dns.zone}\n",
        note=str(fixed_address(block, "jumpbox")),
    )
