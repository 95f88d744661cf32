"""Whom the section trusts: pins from its known_hosts file, else its CA, else the system's roots."""

from __future__ import annotations

from pathlib import Path

from paver_vsphere.settings import VsphereSettings
from paver_vsphere.trust import KnownHosts, Trust


def host_trust(settings: VsphereSettings, host: str, port: int) -> Trust:
    """What an ESXi host, or a vCenter that exists, must show."""
    known = KnownHosts.read(Path(settings.known_hosts)) if settings.known_hosts else KnownHosts()
    return known.trust(host, port, settings.ca)
