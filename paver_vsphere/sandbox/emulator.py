"""What the vSphere sandbox is, for the core that starts it, finds it and stops it."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from paver.contract.driver import Sandbox
from paver_vsphere.sandbox.build import built_program
from paver_vsphere.sandbox.example import example
from paver_vsphere.sandbox.identity import new_password, write_certificate, write_private
from paver_vsphere.sandbox.layout import Layout, here, layout
from paver_vsphere.sandbox.ova import write_jumpbox, write_ova

CONFIG = "sandbox.json"
OVA, JUMPBOX = "appliance.ova", "jumpbox.ova"
_VERSION = "8.0.3"
_CAPACITY = 1024  # GiB


class VsphereSandbox(Sandbox):
    """Three bare ESXi hosts; a vCenter once an appliance is powered on there.

    Args:
        where: The addresses and ports; default: those of the example spec, or others where those are taken.
        settings: Config keys that differ from the defaults (`first_boot`, `idle_seconds`, `latency_ms` …).
    """

    def __init__(self, where: Layout | None = None, settings: Mapping[str, Any] | None = None) -> None:
        self._where = where
        self._settings = dict(settings or {})

    @property
    def where(self) -> Layout:
        """Where it listens on this machine."""
        return self._where or layout()

    def prepare(self, directory: Path, say: Callable[[str], None]) -> Sequence[str]:
        """Write config, OVAs, certificates, pins and passwords; build the program, which takes a minute the first time.

        Raises:
            PaverError: there is no Go, or the build failed.
        """
        program = built_program(say)
        self._where = self._where or here()
        passwords = {name: new_password() for name in ("root", "esxi", "vcenter")}
        for name, password in passwords.items():
            write_private(directory / f"{name}.password", password + "\n")
        write_ova(directory / OVA)
        write_jumpbox(directory / JUMPBOX)
        hosts, pins = [], []
        for number, listen in enumerate(self.where.hosts, start=1):
            name, address = f"esxi-{number}", listen.rpartition(":")[0]
            pins.append(f"{listen} {write_certificate(directory, name, address)}")
            hosts.append(
                {
                    "name": name,
                    "listen": listen,
                    "certificate": str(directory / f"{name}.crt"),
                    "key": str(directory / f"{name}.key"),
                    "uuid": str(uuid.uuid4()),
                    "version": _VERSION,
                    "capacity_gib": _CAPACITY,
                    "free_gib": _CAPACITY,
                }
            )
        write_private(directory / "known_hosts", "\n".join(pins) + "\n")
        config = {
            "directory": str(directory),
            "hosts": hosts,
            "user": "root",
            "password": passwords["esxi"],
            "vcenter_listen": self.where.listen,
            "vcenter_port": self.where.vcenter_port,
            "setup_port": self.where.setup_port,
            "vcenter_version": _VERSION,
            "exports": list(self.where.exports.values()),
            **self._settings,
        }
        write_private(directory / CONFIG, json.dumps(config, indent=1) + "\n")
        return [str(program), "-config", str(directory / CONFIG)]

    def spec(self, directory: Path, owner: UUID) -> str:
        """The example spec of the sandbox that was prepared in this directory."""
        digests = [hashlib.sha256((directory / name).read_bytes()).hexdigest() for name in (OVA, JUMPBOX)]
        return example(self.where, owner, *digests)
