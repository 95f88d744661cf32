"""Things of others that look like an environment's own: the same marks, the same ranges, names that begin alike."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from paver.contract import names
from paver.contract.resource import Key
from paver.contract.types import Owner
from paver_gcp.sandbox.client import Client
from paver_gcp.sandbox.example import FAMILY, IMAGES, PROJECT, REGION

THEIRS = Owner(id=UUID("3f0c7d0e-8a54-4a53-9d1b-0c6a2d9f4e17"), name="sandbox")
BESIDE = "us-central1"
"""A region that no environment here is in: most names are a region's, so that the very same may be there."""
IMAGE = f"projects/{IMAGES}/global/images/family/{FAMILY}"


def plant(client: Client) -> None:
    """Twenty of them: half are another owner's under the same environment name, half bear no mark that says whose."""
    for name, owner in (("sandbox-theirs", THEIRS), ("sandbox-nobodys", None)):
        network = _network(client, name, _said(owner, "network/sandbox"))
        _firewall(client, f"{name}-in", network, _said(owner, "firewall/in/internal"))
        where = REGION if owner is not None else BESIDE
        subnet = name if owner is not None else "sandbox-management"
        _subnet(client, where, subnet, network, "10.20.0.0/20", _said(owner, "subnet/management"))
        _insert(client, f"regions/{where}/routers", name, _said(owner, "router/sandbox"), network=network)
        _insert(client, f"regions/{where}/addresses", f"{name}-nat", _said(owner, "address/nat"))
        group = {"network": network}
        _insert(
            client, f"zones/{where}-b/instanceGroups", f"{name}-group", _said(owner, "instance-group/ssh/z1"), **group
        )
        check: dict[str, Any] = {"type": "TCP", "tcpHealthCheck": {"port": 22}}
        _insert(client, f"regions/{where}/healthChecks", name, _said(owner, "health-check/ssh"), **check)
        account = {"accountId": name, "serviceAccount": {"description": _said(owner, "service-account/blobstore")}}
        client("POST", f"v1/projects/{PROJECT}/serviceAccounts", account)
    _insert(client, f"regions/{BESIDE}/addresses", "sandbox-nat", _said(THEIRS, "address/nat"))
    role = {"title": "theirs", "description": _said(THEIRS, "role/blobstore"), "includedPermissions": []}
    body = {"roleId": "sandbox_blobstore_0123abcd", "role": role}
    client("POST", f"v1/projects/{PROJECT}/roles", body)
    bucket = {"name": names.global_name(THEIRS.name, THEIRS.id, "blobs"), "location": REGION}
    client("POST", "storage/v1/b", bucket, project=PROJECT)
    _zone(client, "sandbox-theirs", _said(THEIRS, "hosted-zone/sandbox"), "sandbox-theirs")


def restore(client: Client, owner: Owner) -> None:
    """Copies with an owner's very marks under other names, as whoever restores a backup makes them."""
    network = _network(client, "sandbox-restored", _said(owner, "network/sandbox"))
    subnet = _subnet(client, REGION, "sandbox-restored", network, "10.20.0.0/20", _said(owner, "subnet/management"))
    _insert(client, f"regions/{REGION}/addresses", "sandbox-nat-restored", _said(owner, "address/nat"))
    machine(client, "sandbox-jumpbox-restored", subnet, _said(owner, "instance/jumpbox"))


def machine(client: Client, name: str, subnet: str, description: str = "") -> None:
    """A machine of others."""
    zone = f"zones/{REGION}-b"
    body: dict[str, Any] = {
        "machineType": f"{zone}/machineTypes/e2-micro",
        "disks": [{"boot": True, "autoDelete": True, "initializeParams": {"sourceImage": IMAGE}}],
        "networkInterfaces": [{"subnetwork": subnet}],
    }
    _insert(client, f"{zone}/instances", name, description, **body)


def _said(owner: Owner | None, key: str) -> str:
    return names.marker(owner, Key.parse(key)) if owner is not None else f"environment=sandbox key={key}"


def _insert(client: Client, where: str, name: str, description: str, **body: Any) -> str:
    said = {"name": name, "description": description, **body}
    done = client("POST", f"compute/v1/projects/{PROJECT}/{where}", said)
    return str(done["targetLink"]).partition("/compute/v1/")[2]


def _network(client: Client, name: str, description: str) -> str:
    return _insert(client, "global/networks", name, description, autoCreateSubnetworks=False)


def _firewall(client: Client, name: str, network: str, description: str) -> None:
    allowed = [{"IPProtocol": "tcp", "ports": ["22"]}]
    _insert(client, "global/firewalls", name, description, network=network, allowed=allowed)


def _subnet(client: Client, region: str, name: str, network: str, block: str, description: str) -> str:
    return _insert(client, f"regions/{region}/subnetworks", name, description, network=network, ipCidrRange=block)


def _zone(client: Client, name: str, description: str, network: str) -> None:
    url = f"https://www.googleapis.com/compute/v1/projects/{PROJECT}/global/networks/{network}"
    body = {
        "name": name,
        "dnsName": "sandbox.example.com.",
        "description": description,
        "visibility": "private",
        "privateVisibilityConfig": {"networks": [{"networkUrl": url}]},
    }
    client("POST", f"dns/v1/projects/{PROJECT}/managedZones", body)
