"""Names that follow from the section: pure, and without the SDK."""

from __future__ import annotations

from collections import Counter

from paver_vsphere.settings import VsphereSettings


def host_names(settings: VsphereSettings) -> dict[str, str]:
    """Each endpoint's name in keys: its first label, or its address with dashes.

    Where two would share that: more of it.
    """
    endpoints = [str(endpoint) for zone in settings.zones.values() for endpoint in zone.hosts]
    for form in (_short, _host, _whole):
        names = [form(endpoint) for endpoint in endpoints]
        if max(Counter(names).values(), default=1) == 1:
            return dict(zip(endpoints, names, strict=True))
    return {endpoint: _whole(endpoint) for endpoint in endpoints}


def first_host(settings: VsphereSettings) -> str:
    """The endpoint of the host that the appliance goes on: the first zone's first; empty where no zone names one."""
    return next((str(endpoint) for zone in settings.zones.values() for endpoint in zone.hosts), "")


def _short(endpoint: str) -> str:
    host = endpoint.partition(":")[0]
    return host.replace(".", "-") if host.replace(".", "").isdigit() else host.partition(".")[0]


def _host(endpoint: str) -> str:
    return endpoint.partition(":")[0].replace(".", "-")


def _whole(endpoint: str) -> str:
    return endpoint.replace(".", "-").replace(":", "-")
