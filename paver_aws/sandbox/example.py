"""The sandbox's own example spec."""

from __future__ import annotations

from uuid import UUID

REGION, ACCOUNT = "eu-west-1", "123456789012"
IMAGE = "sandbox-jumpbox"
_EXAMPLE = """\
# The AWS sandbox's example: an empty account, emulated at {url}.
schema_version: 1
name: sandbox
id: {owner}   # made once for this sandbox: the owner on everything

zones: 3                                   # z1, z2, z3
address_space: 10.20.0.0/16

networks:                                  # each takes its purpose's slot of address_space
  management: {{}}                           # the director
  services: {{egress: none}}                 # nothing but the VPC itself
  workload: {{}}
  lb: {{}}                                   # balancers, NAT gateways, the jumpbox: the only public route

datastores:
  vms: {{purpose: ephemeral}}
  disks: {{purpose: persistent, encrypted: true}}
  blobs: {{purpose: object}}

credentials:
  bosh-cpi: {{allows: bosh-cpi}}             # becomes a user with the policy that the CPI needs
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
  aws:
    region: {region}
    account: "{account}"                # any other account is refused
    config_file: {config}               # leads to the emulator; a real spec has no such line
    profile: {profile}
    zones: {{z1: {region}a, z2: {region}b, z3: {region}c}}
    nat_gateways: one-a-zone
    endpoints: [s3]
    jumpbox: {{owner: "{account}", pattern: {image}-*}}
"""


def example(owner: UUID, url: str, config: str, profile: str) -> str:
    """The spec, YAML, commented.

    Args:
        owner: The id.
        url: Where the emulator answers.
        config: The AWS configuration file that leads there.
        profile: The profile in it.
    """
    return _EXAMPLE.format(
        owner=owner, url=url, config=config, profile=profile, region=REGION, account=ACCOUNT, image=IMAGE
    )
