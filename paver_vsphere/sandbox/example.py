"""The sandbox's own example spec."""

from __future__ import annotations

from ipaddress import IPv4Network
from uuid import UUID

from paver_vsphere.sandbox.layout import ZONES, Layout
from paver_vsphere.sandbox.ova import PRODUCT

_HEAD = """\
# The vSphere sandbox's example: three bare ESXi hosts on loopback, and the vCenter that paver makes on the first.
schema_version: 1
name: sandbox
id: {owner}   # made once for this sandbox: the owner on everything

zones: 3                                   # z1, z2, z3
address_space: {space}              # loopback, so that derived addresses can be listened on

networks:                                  # each takes its purpose's slot of address_space
  management: {{}}                           # the director; vCenter at its address .4
  services: {{}}
  workload: {{}}
  lb: {{}}

datastores:
  vms: {{purpose: ephemeral}}
  disks: {{purpose: persistent}}
  blobs: {{purpose: object}}

credentials:
  bosh-cpi: {{allows: bosh-cpi}}             # becomes a user with three least-privilege roles
  blobstore: {{allows: blobstore, datastore: blobs}}

certificates:
  authorities:
    root: {{}}
  leaves:
    concourse: {{signed_by: root, names: [concourse]}}

load_balancers:
  concourse: {{ports: [443]}}

dns: {{zone: sandbox.example.com}}
secrets: file:secrets                      # beside this file: it lives and dies with the sandbox

iaas:
  vsphere:
    vcenter: {vcenter}                    # its address serves as its name
    port: {vcenter_port}                             # unprivileged, where a real one has 443
    password: file:vcenter.password
    known_hosts: known_hosts               # thumbprints of the hosts
    esxi_password: file:esxi.password
    appliance:
      ova: appliance.ova                   # made by the sandbox, a few KiB
      sha256: {sha256}
      root_password: file:root.password
      accept_eula: {product}
      size: tiny
      setup_port: {setup_port}
    jumpbox:
      ova: jumpbox.ova                     # likewise
      sha256: {jumpbox}
    datacenter: sandbox
    zones:                                 # three clusters of one host: three fault domains
"""

_TAIL = """\
    uplinks: [vmnic1]
    vlans: {{management: 20, services: 21, workload: 22, lb: 23}}
    datastores:
      vms: {{nfs: "{vms}"}}
      disks: {{nfs: "{disks}"}}
    addresses: {{concourse: {concourse}, blobs: {blobs}}}   # vSphere has no balancer, no object store
    dns_servers: [{dns}]
"""


def _static(space: IPv4Network, slot: int) -> str:
    """The first static address of zone z1 in one of the sixteenths of the space."""
    return str(space[slot * space.num_addresses // 16 + 10])


def example(layout: Layout, owner: UUID, appliance: str, jumpbox: str) -> str:
    """The spec, YAML, commented.

    Args:
        layout: Where the sandbox listens.
        owner: The id.
        appliance: SHA-256 of its OVA.
        jumpbox: Likewise.
    """
    space = layout.space
    head = _HEAD.format(
        owner=owner,
        space=space,
        vcenter=layout.vcenter,
        vcenter_port=layout.vcenter_port,
        sha256=appliance,
        jumpbox=jumpbox,
        product=PRODUCT,
        setup_port=layout.setup_port,
    )
    zones = "".join(
        f"      {zone}: {{cluster: sandbox-{zone}, hosts: ['{host}']}}\n"
        for zone, host in zip(ZONES, layout.hosts, strict=True)
    )
    tail = _TAIL.format(
        vms=layout.exports["vms"],
        disks=layout.exports["disks"],
        concourse=_static(space, 2),
        blobs=_static(space, 1),
        dns=space[255 * 256 + 53],
    )
    return head + zones + tail
