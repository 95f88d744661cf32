"""Which machines of paver's are kept on different hosts: derived from the spec, pure and offline, without the SDK."""

from __future__ import annotations

from collections.abc import Iterator

from paver.contract.layout import jumpbox_zone
from paver.contract.resource import Key, Ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import FrozenDict
from paver_vsphere.appliance.wanted import KEY as APPLIANCE
from paver_vsphere.jumpbox.wanted import KEY as MACHINE
from paver_vsphere.places import first_host, host_names
from paver_vsphere.resources.anti_affinity import JUMPBOX, VCENTER, AntiAffinity, rule_name
from paver_vsphere.settings import VsphereSettings


def wanted(spec: EnvironmentSpec, settings: VsphereSettings, cluster: Key) -> Iterator[AntiAffinity]:
    """A rule where paver makes both machines in one cluster, which has a second host: what mends a vCenter outlives it.

    Args:
        spec: The spec.
        settings: The section.
        cluster: Of the jumpbox's zone.
    """
    if settings.appliance is None or settings.jumpbox is None or spec.jumpbox.existing:
        return
    place = settings.zones[jumpbox_zone(spec)].cluster
    hosts = {str(host): zone.cluster for zone in settings.zones.values() for host in zone.hosts}
    first = first_host(settings)
    if hosts.get(first) != place or list(hosts.values()).count(place) == 1:
        return
    yield AntiAffinity(
        name=rule_name(spec.owner),
        cluster=Ref(to=cluster),
        machines=FrozenDict({JUMPBOX: Ref(to=MACHINE), VCENTER: Ref(to=APPLIANCE, output="uuid")}),
        serial=Ref(to=cluster),
        after=(Key(kind="host", name=host_names(settings)[first]),),
        note="jumpbox and vCenter on different hosts",
    )
