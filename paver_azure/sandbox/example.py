"""The sandbox's own example spec."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

LOCATION = "westeurope"
_EXAMPLE = """\
# The Azure sandbox's example: an empty subscription, emulated at {url}.
schema_version: 1
name: sandbox
id: {owner}   # made once for this sandbox: the owner on everything

zones: 3                                   # z1, z2, z3
address_space: 10.20.0.0/16

networks:                                  # each takes its purpose's slot of address_space
  management: {{}}                           # the director
  services: {{egress: none}}                 # nothing but the virtual network itself
  workload: {{}}
  lb: {{}}                                   # balancers, the jumpbox

datastores:
  vms: {{purpose: ephemeral}}
  disks: {{purpose: persistent, encrypted: true}}
  blobs: {{purpose: object}}

credentials:
  bosh-cpi: {{allows: bosh-cpi}}             # becomes a managed identity with the role that the CPI needs
  blobstore: {{allows: blobstore, datastore: blobs}}

certificates:
  authorities:
    root: {{}}
  leaves:
    concourse: {{signed_by: root, names: [concourse]}}

load_balancers:
  concourse: {{ports: [443]}}
  ssh:
    ports: [{{listen: 22, target: 2222}}]
    public: true
    allow: [198.51.100.0/24]

jumpbox: {{public: true, allow: [198.51.100.0/24]}}

dns: {{zone: sandbox.example.com}}
secrets: file:secrets                      # beside this file: it lives and dies with the sandbox

iaas:
  azure:
    tenant: {tenant}
    subscription: {subscription}   # any other is refused
    location: {location}
    zones: {{z1: "1", z2: "2", z3: "3"}}
    locks: true                            # on the network, the storage account and the public addresses
    endpoint: {url}     # leads to the emulator; a real spec has none of these five
    authority: {url}
    ca: ca.pem
    client: {client}
    client_secret: file:client-secret
"""


def example(owner: UUID, told: Mapping[str, str]) -> str:
    """The spec, YAML, commented.

    Args:
        owner: The id.
        told: What the emulator says of itself.
    """
    return _EXAMPLE.format(owner=owner, location=LOCATION, **told)
