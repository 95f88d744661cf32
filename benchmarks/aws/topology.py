"""The work of the race, stated once: paver's spec. What Terraform is to make is read from what that has become."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import yaml

from paver_aws.sandbox.example import ACCOUNT, REGION

ZONES = 3
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBwqaH1ZbSV2hKZqHcZ1yYbS9pV0GQmXb1zJv4c6mJkX"


def spec(directory: Path, owner: UUID, config: Path, profile: str) -> Path:
    """Write it: five networks in three zones, four balancers with ten listeners, three buckets, two users, a zone.

    No jumpbox and no KMS key: Terraform waits for the one by a clock of its own, and the other outlives a round.
    """
    document = {
        "schema_version": 1,
        "name": "race",
        "id": str(owner),
        "zones": ZONES,
        "address_space": "10.20.0.0/16",
        "networks": {
            "management": {},
            "services": {"egress": "none"},
            "workload": {},
            "builds": {"purpose": "workload", "cidr": "10.20.128.0/20"},
            "lb": {},
        },
        "datastores": {
            "vms": {"purpose": "ephemeral"},
            "disks": {"purpose": "persistent"},
            **{name: {"purpose": "object"} for name in ("blobs", "backups", "packages")},
        },
        "credentials": {
            "bosh-cpi": {"allows": "bosh-cpi"},
            "blobstore": {"allows": "blobstore", "datastore": "blobs"},
        },
        "load_balancers": {
            "concourse": {"ports": [443]},
            "ssh": {"ports": [{"listen": 22, "target": 2222}]},
            "web": {"ports": [80, 443, 8443]},
            "apps": {"ports": [9000, 9001, 9002, 9003, 9004]},
        },
        "jumpbox": {"existing": True},
        "dns": {"zone": "race.example.com"},
        "secrets": f"file:{directory / 'secrets'}",
        "iaas": {
            "aws": {
                "region": REGION,
                "account": ACCOUNT,
                "config_file": str(config),
                "profile": profile,
                "zones": {f"z{number + 1}": f"{REGION}{'abc'[number]}" for number in range(ZONES)},
                "nat_gateways": "one-a-zone",
                "endpoints": ["s3"],
                "ssh_public_key": KEY,
            }
        },
    }
    path = directory / "environment.yml"
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return path
