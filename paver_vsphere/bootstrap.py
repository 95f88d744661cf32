"""What stands on the first bare ESXi host: derived from the spec, pure and offline, without the SDK."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address

from paver.contract import names
from paver.contract.addresses import fixed_address
from paver.contract.layout import resolvers
from paver.contract.resource import Desired, Key, Ref, Value
from paver.contract.spec import EnvironmentSpec
from paver_vsphere.appliance.wanted import Appliance, appliance_name
from paver_vsphere.nas import PROTOCOLS
from paver_vsphere.resources import host_register
from paver_vsphere.resources.bootstrap_network import KEY as NETWORK
from paver_vsphere.resources.bootstrap_network import BootstrapNetwork
from paver_vsphere.resources.datastore_mount import DatastoreMount
from paver_vsphere.resources.host_register import HostRegister
from paver_vsphere.roots import certificates
from paver_vsphere.settings import VsphereSettings


def esxi_resources(spec: EnvironmentSpec, settings: VsphereSettings) -> Sequence[Desired]:
    """The resources of the first session where the spec has an appliance; none where the vCenter exists."""
    wanted = settings.appliance
    if wanted is None:
        return ()
    network = management(spec)
    vlan = settings.vlans.get(network, 0)
    assert isinstance(vlan, int)  # noqa: S101  a trunk is refused with the section
    store = appliance_datastore(spec, settings)
    mount = _mount(spec, settings, store)
    signers = machine_authorities(spec, settings)
    return (
        HostRegister(name=register_name(spec)),
        BootstrapNetwork(name=names.name(spec.name, "bootstrap"), vlan=vlan, after=(host_register.KEY,)),
        mount,
        Appliance(
            name=appliance_name(spec.name),
            size=wanted.size,
            address=str(vcenter_address(spec, settings)),
            prefix=spec.cidr(network).prefixlen,
            gateway=str(settings.gateways.get(network, spec.cidr(network).network_address + 1)),
            system_name=settings.vcenter,
            dns_servers=tuple(str(server) for server in resolvers(spec, settings)),
            ntp=tuple(settings.ntp or spec.ntp),
            network=Ref(to=NETWORK, output="name"),
            datastore=Ref(to=mount.key, output="name"),
            trusted=tuple(authority_value(spec, name, "bundle") for name in signers),
            trusts=tuple(authority_value(spec, name, "fingerprints") for name in signers),
            after=(host_register.KEY,),
            retain=wanted.on_destroy == "keep",
            note=str(vcenter_address(spec, settings)),
        ),
    )


def management(spec: EnvironmentSpec) -> str:
    """The network that the vCenter stands in."""
    return spec.of_purpose("management")[0]


def vcenter_address(spec: EnvironmentSpec, settings: VsphereSettings) -> IPv4Address:
    """The appliance's address: the one that the section writes, else the one that is kept for it."""
    try:
        return IPv4Address(settings.vcenter)
    except ValueError:
        return fixed_address(next(iter(spec.blocks(management(spec)).values())), "iaas")


def appliance_datastore(spec: EnvironmentSpec, settings: VsphereSettings) -> str:
    """The spec's name of the datastore that the appliance goes on: the section's, else the first ephemeral one."""
    if settings.appliance is not None and settings.appliance.datastore is not None:
        return settings.appliance.datastore
    return next(name for name, store in spec.datastores.items() if store.purpose == "ephemeral")


def machine_authorities(spec: EnvironmentSpec, settings: VsphereSettings) -> tuple[str, ...]:
    """Who stands above the vCenter's machine certificate, the root first; nobody where the VMCA does."""
    if settings.appliance is None or settings.appliance.machine_certificate is None:
        return ()
    found: list[str] = []
    name: str | None = spec.certificates.leaves[settings.appliance.machine_certificate].signed_by
    while name is not None and name not in found:
        found.append(name)
        name = None if name in spec.certificates.trusted else spec.certificates.authorities[name].signed_by
    return tuple(reversed(found))


def authority_value(spec: EnvironmentSpec, name: str, output: str) -> Value:
    """Of an authority of paver's what the store says; of the site's CA the same, from the spec."""
    given = spec.certificates.trusted.get(name)
    if given is None:
        return Ref(to=Key(kind="authority", name=name), output=output)
    return ",".join(sorted(certificates(given))) if output == "fingerprints" else given


def register_name(spec: EnvironmentSpec) -> str:
    """The register's file, below the datastore's root."""
    return f".paver/{spec.id}.json"


def _mount(spec: EnvironmentSpec, settings: VsphereSettings, store: str) -> DatastoreMount:
    place = settings.datastores[store]
    key = DatastoreMount.key_of(store)
    if place.nfs is None:
        existing = place.existing or names.name(spec.name, store)
        return DatastoreMount(key=key, name=existing, adopt=existing)
    server, _, path = place.nfs.partition(":")
    return DatastoreMount(
        key=key,
        name=names.name(spec.name, store),
        server=server,
        path=path,
        protocol=PROTOCOLS[place.nfs_version],
        after=(host_register.KEY,),
    )
