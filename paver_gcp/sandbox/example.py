"""The sandbox's own example spec."""

from __future__ import annotations

from uuid import UUID

PROJECT, NUMBER = "sandbox-project", "123456789012"
ELSEWHERE, ELSEWHERE_NUMBER = "sandbox-elsewhere", "210987654321"
IMAGES, FAMILY = "sandbox-images", "sandbox-jumpbox"
REGION = "europe-west1"
_EXAMPLE = """\
# The Google Cloud sandbox's example: an empty project, emulated at {url}.
schema_version: 1
name: sandbox
id: {owner}   # made once for this sandbox: the owner on everything

zones: 3                                   # z1, z2, z3
address_space: 10.20.0.0/16

networks:                                  # each takes its purpose's slot of address_space
  management: {{}}                           # the director
  services: {{egress: none}}                 # nothing but the network itself, and Google's own APIs
  workload: {{}}
  lb: {{}}                                   # balancers and the jumpbox: the only public way in

datastores:
  vms: {{purpose: ephemeral}}
  disks: {{purpose: persistent, encrypted: true}}
  blobs: {{purpose: object}}

credentials:
  bosh-cpi: {{allows: bosh-cpi}}             # becomes a service account with a role that has what the CPI needs
  blobstore: {{allows: blobstore, datastore: blobs}}

certificates:
  authorities:
    root: {{}}
  leaves:
    concourse: {{signed_by: root, names: [concourse]}}

load_balancers:
  concourse: {{ports: [443]}}
  ssh:
    ports: [2222]                          # passed through: what listens there listens at the same port
    public: true
    allow: [198.51.100.0/24]

jumpbox: {{public: true, allow: [198.51.100.0/24]}}

dns: {{zone: sandbox.example.com}}
secrets: file:secrets                      # beside this file: it lives and dies with the sandbox

iaas:
  gcp:
    project: {project}
    region: {region}
    zones: {{z1: {region}-b, z2: {region}-c, z3: {region}-d}}
    credentials_file: {credentials}     # an account of the emulator's; a real spec uses Google's own chain
    endpoint: {url}     # leads to the emulator; a real spec has no such line
    jumpbox: {{image: projects/{images}/global/images/family/{family}}}
"""


def example(owner: UUID, url: str, credentials: str) -> str:
    """The spec, YAML, commented.

    Args:
        owner: The id.
        url: Where the emulator answers.
        credentials: The file of the account that it knows.
    """
    return _EXAMPLE.format(
        owner=owner,
        url=url,
        credentials=credentials,
        project=PROJECT,
        region=REGION,
        images=IMAGES,
        family=FAMILY,
    )
