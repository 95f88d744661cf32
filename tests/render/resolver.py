"""Whether a deployment manifest's names are in a cloud-config: which one is not, and where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

FIELDS = {
    "azs": ("azs", "az"),
    "vm_type": ("vm_types", "vm type"),
    "vm_extensions": ("vm_extensions", "vm extension"),
    "persistent_disk_type": ("disk_types", "disk type"),
}
"""By a group's field: where its names are looked up, and what one is called."""


def unresolved(manifest: Any, cloud_config: Any) -> list[str]:
    """`instance_groups/zookeeper/vm_type: there is no vm type enormous`, one line a name."""
    return [line for group in manifest["instance_groups"] for line in _of_group(group, manifest, cloud_config)]


def _of_group(group: Any, manifest: Any, cloud_config: Any) -> Iterator[str]:
    at = f"instance_groups/{group['name']}"
    for field, (kind, called) in FIELDS.items():
        there = {item["name"] for item in cloud_config[kind]}
        named = group.get(field, [])
        for name in [named] if isinstance(named, str) else named:
            if name not in there:
                yield f"{at}/{field}: there is no {called} {name}"
    if group["stemcell"] not in {stemcell["alias"] for stemcell in manifest["stemcells"]}:
        yield f"{at}/stemcell: there is no stemcell {group['stemcell']}"
    for job in group["jobs"]:
        if job["release"] not in {release["name"] for release in manifest["releases"]}:
            yield f"{at}/jobs/{job['name']}/release: there is no release {job['release']}"
    for network in group["networks"]:
        yield from _of_network(f"{at}/networks", network["name"], group["azs"], cloud_config)


def _of_network(at: str, name: str, azs: list[str], cloud_config: Any) -> Iterator[str]:
    found = next((network for network in cloud_config["networks"] if network["name"] == name), None)
    if found is None:
        yield f"{at}: there is no network {name}"
        return
    reached = {az for subnet in found["subnets"] for az in subnet["azs"]}
    for az in azs:
        if az not in reached:
            yield f"{at}/{name}: no subnet in az {az}"
