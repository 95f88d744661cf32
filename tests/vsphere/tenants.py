"""Environments on a vCenter that another environment has made: what each of them edits in the example spec."""

from __future__ import annotations

from pathlib import Path

from environments import Change, Document, Environment
from sandboxes import Sandboxed

from paver.contract.environment import PavedEnvironment


def on_two_hosts(document: Document) -> None:
    """The first environment leaves the third host alone."""
    document["zones"] = 2
    del document["iaas"]["vsphere"]["zones"]["z3"]


def root_ca(stage: Sandboxed, paved: PavedEnvironment) -> Path:
    """The root CA of the vCenter, as the first environment's document has it, in a file."""
    path = stage.directory / "vcenter-root.pem"
    path.write_text(paved.certificates.trusted["iaas"].pem)
    return path


def on_clusters(name: str, ca: Path, *, datacenter: str = "sandbox") -> Change:
    """Nothing but an environment's own things in a datacenter, on clusters and datastores that are there."""

    def change(document: Document) -> None:
        section = _existing(document, name, ca)
        document["zones"] = 2
        section["datacenter"] = datacenter
        section["zones"] = {zone: {"cluster": f"sandbox-{zone}"} for zone in ("z1", "z2")}
        del section["esxi_password"], section["known_hosts"], section["uplinks"]
        for store in ("vms", "disks"):
            document["datastores"][store]["existing"] = True
            section["datastores"][store] = {"existing": f"sandbox-{store}"}

    return change


def on_a_host(name: str, ca: Path, endpoint: str) -> Change:
    """A datacenter of its own, with a host that is added to it."""

    def change(document: Document) -> None:
        section = _existing(document, name, ca)
        document["zones"] = 1
        section["datacenter"] = name
        section["zones"] = {"z1": {"cluster": f"{name}-z1", "hosts": [endpoint]}}

    return change


def tenant(stage: Sandboxed, name: str, change: Change) -> Environment:
    """An environment with a spec, state directory and secret store of its own."""
    return Environment(stage, change, label=name)


def _existing(document: Document, name: str, ca: Path) -> Document:
    section: Document = document["iaas"]["vsphere"]
    document["name"] = name
    document["dns"] = {"zone": f"{name}.example.com"}
    del section["appliance"], section["jumpbox"]  # the first environment's has the address
    section["ca"] = str(ca)
    return section
