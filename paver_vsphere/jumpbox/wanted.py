"""What is wanted of a jumpbox: data, derived from the spec, pure and offline, without the SDK."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from paver.contract import names
from paver.contract.layout import assigned, jumpbox_network, jumpbox_zone, resolvers
from paver.contract.resource import Desired, Key, Ref, Value
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import FrozenDict
from paver_vsphere.settings import VsphereSettings

KIND = "machine"
KEY = Key(kind=KIND, name="jumpbox")
CREDENTIAL = Key(kind="credential", name="jumpbox")
"""Where core keeps the jumpbox's key."""
GIB = 1024
"""In MiB, which a vCenter counts memory in."""


class Machine(Desired):
    """Wanted: a VM that lets in one key. The OVA's file and licence stand in the section, not here."""

    key: Key = KEY
    image: str
    """SHA-256 of its OVA."""
    cpus: int
    memory_mib: int
    address: str
    """IPv4, static."""
    prefix: int
    gateway: str
    dns_servers: tuple[str, ...]
    hostname: str
    """In full."""
    user: str
    public_key: Value
    network: Value
    """Id of the port group."""
    pool: Value
    folder: Value
    datastore: Value
    hosts: Mapping[str, Value]
    """By any name ids of hosts, one of which it is born on."""
    running: bool = True


def machine_name(environment: str) -> str:
    """The VM's name."""
    return names.name(environment, "jumpbox")


def jumpbox_datastore(spec: EnvironmentSpec, settings: VsphereSettings) -> str:
    """The spec's name of the datastore that it goes on: the section's, else the first ephemeral one."""
    if settings.jumpbox is not None and settings.jumpbox.datastore is not None:
        return settings.jumpbox.datastore
    return next(name for name, store in spec.datastores.items() if store.purpose == "ephemeral")


def wanted(spec: EnvironmentSpec, settings: VsphereSettings, hosts: Mapping[str, Value]) -> Iterator[Machine]:
    """One where the section has an OVA for it, unless it is there already.

    Args:
        spec: The spec.
        settings: The section.
        hosts: Those of its zone, as in `Machine.hosts`.
    """
    asked = settings.jumpbox
    if asked is None or spec.jumpbox.existing:
        return
    network = jumpbox_network(spec)
    address = str(assigned(spec, network)["jumpbox"])
    yield Machine(
        name=machine_name(spec.name),
        image=asked.sha256,
        cpus=asked.cpus,
        memory_mib=asked.memory_gib * GIB,
        address=address,
        prefix=spec.cidr(network).prefixlen,
        gateway=str(settings.gateways.get(network, spec.cidr(network).network_address + 1)),
        dns_servers=tuple(str(server) for server in resolvers(spec, settings)),
        hostname=f"jumpbox.{spec.dns.zone}",
        user=asked.user,
        public_key=Ref(to=CREDENTIAL, output="public_key"),
        network=Ref(to=Key(kind="network" if spec.networks[network].existing else "port-group", name=network)),
        pool=Ref(to=Key(kind="resource-pool", name=jumpbox_zone(spec))),
        folder=Ref(to=Key(kind="folder", name=spec.name)),
        datastore=Ref(to=Key(kind="datastore", name=jumpbox_datastore(spec, settings))),
        hosts=FrozenDict(hosts),
        note=address,
    )
