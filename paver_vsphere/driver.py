"""The driver. It loads no SDK: sessions do, when they open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from pydantic import JsonValue

from paver.contract.bosh import Bosh
from paver.contract.capabilities import Capability
from paver.contract.driver import Description, Driver, Finding, Sandbox, Secrets, Session
from paver.contract.resource import Desired, Inventory
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner, Problem
from paver_vsphere.bootstrap import esxi_resources
from paver_vsphere.bosh import VsphereBosh
from paver_vsphere.environment import describe
from paver_vsphere.esxi import EsxiSession
from paver_vsphere.grants import permissions
from paver_vsphere.places import host_names
from paver_vsphere.preflight import preflight
from paver_vsphere.section import section_problems
from paver_vsphere.settings import VsphereSettings
from paver_vsphere.vcenter import existing_vcenter
from paver_vsphere.wanted import vcenter_resources

_TEMPLATE = """\
vsphere:
  vcenter:         # FILL IN: the vCenter's name, or the one it shall get
  password: env:VCENTER_PASSWORD
  known_hosts: esxi.known_hosts  # thumbprints, read off the consoles; or ca: FILE
  esxi_password:   # FILL IN: where the password is, not the password: env:NAME or file:PATH
  # host_settings: # what every host is set to meanwhile: ntp, dns_servers, search_domains, services, port_groups
  # groups: {'VSPHERE.LOCAL\\operators': ReadOnly}  # groups that are there: their role on what is made
  # licences: {vcenter: env:VCENTER_LICENCE, hosts: env:ESXI_LICENCE}  # assigned meanwhile
  # trusted_roots: [root]  # of the spec's certificates: whom the vCenter shall trust as well
  # appliance:     # to make the vCenter on the first host; without it the vCenter is there already
  #   ova: vcenter.ova             # or iso: the ISO that it is delivered in
  #   sha256:      # of that file
  #   root_password: env:VCENTER_ROOT_PASSWORD
  #   accept_eula: # the product's name, once its licence was read
  #   machine_certificate: vcenter  # the leaf of the spec's certificates that it shows
  # jumpbox:       # to make one, of an OVA with cloud-init and VMware Tools
  #   ova: jumpbox.ova
  #   sha256:      # of the OVA
  datacenter: paver
  zones:           # FILL IN: which hosts make each zone
"""


class VsphereDriver(Driver[VsphereSettings]):
    """`--iaas vsphere`: from bare ESXi hosts, or on a vCenter that is there."""

    name = "vsphere"
    sdk = "pyvmomi"
    settings = VsphereSettings
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.ADOPT_DATASTORE, Capability.ADOPT_NETWORK, Capability.JUMPBOX}
    )

    def resources(self, spec: EnvironmentSpec, settings: VsphereSettings) -> Sequence[Desired]:
        """The first host's, where there is an appliance; then the vCenter's."""
        return (*esxi_resources(spec, settings), *vcenter_resources(spec, settings))

    def connect(self, settings: VsphereSettings, secrets: Secrets, owner: Owner) -> Session:
        """The first host, or the vCenter."""
        if settings.appliance is None:
            return existing_vcenter(settings, secrets, owner)
        return EsxiSession.connect(settings, secrets, owner)

    def describe(
        self, spec: EnvironmentSpec, settings: VsphereSettings, seen: Inventory, identity: Mapping[str, str]
    ) -> Description:
        """The document's part."""
        return describe(spec, settings, seen, identity)

    def problems(self, spec: EnvironmentSpec, settings: VsphereSettings) -> Iterable[Problem]:
        """What the section names and the spec does not, and the other way round."""
        return section_problems(spec, settings)

    def location(self, settings: VsphereSettings) -> str:
        """The hosts, or the vCenter."""
        if settings.appliance is None:
            return settings.vcenter
        return " ".join(host_names(settings).values())

    def preflight(self, spec: EnvironmentSpec, settings: VsphereSettings, secrets: Secrets) -> Sequence[Finding]:
        """Everything that would fail later."""
        return tuple(preflight(spec, settings, secrets))

    def permissions(self, spec: EnvironmentSpec, settings: VsphereSettings) -> JsonValue:
        """A role, and where it is granted; or the least, object by object."""
        return permissions(spec, settings)

    def template(self, zones: Sequence[str]) -> str:
        """The section, commented."""
        places = "".join(f"    {zone}: {{cluster: paver-{zone}, hosts: []}}\n" for zone in zones)
        return (
            f"{_TEMPLATE}{places}  uplinks: []      # the hosts' NICs that carry the networks\n"
            "  vlans: {}        # by network: one, or a trunk's ranges [100-200, 300]\n"
            "  # mtu: 9000      # of the switch that paver makes; or switch: NAME, one that is there\n"
            "  # security: {}   # by network: promiscuous, forged_transmits, mac_changes\n"
            "  # port_groups: {} # by network that is existing: the port group or segment\n"
            "  datastores:      # nfs: server:/path, or existing: NAME\n"
            '    vms: {nfs: ""}     # FILL IN: server:/path\n'
            '    disks: {nfs: ""}   # FILL IN: server:/path\n'
            "  addresses: {}    # FILL IN: the address to keep for each object store and load balancer\n"
            "  dns_servers: []  # FILL IN: the site's resolvers\n"
        )

    def bosh(self) -> Bosh:
        """Its CPI's words."""
        return VsphereBosh()

    def sandbox(self) -> Sandbox:
        """ESXi hosts and a vCenter on loopback."""
        from paver_vsphere.sandbox import VsphereSandbox  # noqa: PLC0415  who paves a real one needs none

        return VsphereSandbox()
