"""Where on a vCenter that is there paver must be allowed what: the least, object by object."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from pydantic import JsonValue

from paver.contract.spec import EnvironmentSpec
from paver_vsphere.privileges import needed, role
from paver_vsphere.settings import VsphereSettings
from paver_vsphere.wanted import vcenter_resources

ROOT = ""
READ = "System.Read"
"""Every role has it, and nobody sees an object without."""
GRANT, ATTRIBUTE = "Authorization.ModifyPermissions", "Global.SetCustomField"


class Place(NamedTuple):
    """A kind of object that a spec may find there."""

    said: str
    """For people, with its name."""
    takes: tuple[str, ...]
    """How the privileges begin that are asked for there."""
    propagate: bool = True
    """Whether what is made below it needs them too."""


PLACES: Mapping[str, Place] = {
    ROOT: Place("the root folder", ("Global.", "Authorization.", "CertificateManagement.", "System."), propagate=False),
    "Datacenter": Place("datacenter {}", (GRANT,), propagate=False),
    "vmFolder": Place("the VM folder of datacenter {}", ("Folder.", "VApp.", "VirtualMachine.", GRANT, ATTRIBUTE)),
    "networkFolder": Place(
        "the network folder of datacenter {}",
        ("DVSwitch.Create", "DVSwitch.Delete", "DVSwitch.Modify", "DVPortgroup.", "Network.Assign", GRANT),
    ),
    "datastoreFolder": Place(
        "the datastore folder of datacenter {}", ("Datastore.Delete", "Datastore.AllocateSpace", GRANT, ATTRIBUTE)
    ),
    # Its hosts join the switch and mount; its own pool holds ours.
    "ClusterComputeResource": Place(
        "cluster {}", ("Resource.", "VApp.", "Host.Config.", "DVSwitch.HostOp", GRANT, ATTRIBUTE)
    ),
    "DistributedVirtualSwitch": Place("switch {}", ("DVPortgroup.", GRANT)),
    "Datastore": Place("datastore {}", ("Datastore.AllocateSpace", GRANT), propagate=False),
}
"""By type; of a datacenter's own folders by property."""

TYPES: Mapping[str, tuple[str, ...]] = {
    "datacenter": ("Datacenter", "vmFolder", "networkFolder", "datastoreFolder"),
    "cluster": ("ClusterComputeResource",),
    "switch": ("DistributedVirtualSwitch",),
    "datastore": ("Datastore",),
}
"""What an adopted thing of each noun is there."""

NETWORKING = frozenset({"networkFolder", "DistributedVirtualSwitch"})
"""Where nobody but the site's groups is granted anything."""


class Grant(NamedTuple):
    """What has to be allowed on one object."""

    place: str
    name: str
    """The object's, or its datacenter's."""
    privileges: frozenset[str]
    propagate: bool

    @property
    def on(self) -> str:
        """The object, for people."""
        return PLACES[self.place].said.format(self.name)


def grants(spec: EnvironmentSpec, settings: VsphereSettings) -> list[Grant]:
    """All of them, the root folder's first.

    What paver makes inherits from where it stands: from the root folder, unless the spec adopts its datacenter.
    """
    everything = needed(spec, settings)
    found = list(_adopted(spec, settings, everything))
    if not any(one.place == "Datacenter" for one in found):
        return [Grant(ROOT, "", everything, propagate=True), *found]
    below = frozenset[str]().union(*(one.privileges for one in found))
    own = frozenset(one for one in everything if one.startswith(PLACES[ROOT].takes))
    return [Grant(ROOT, "", own | (everything - below), propagate=not everything <= own | below), *found]


def _adopted(spec: EnvironmentSpec, settings: VsphereSettings, everything: Collection[str]) -> Iterator[Grant]:
    for want in vcenter_resources(spec, settings):
        local = want.key.kind == "datastore" and settings.datastores[want.key.name].host is not None
        if want.adopt is None or local:  # a host's own comes with it, by a name that nobody knows yet
            continue
        for type_ in TYPES.get(want.key.kind, ()):
            place = PLACES[type_]
            left = set() if spec.labels else {ATTRIBUTE}
            if type_ in NETWORKING and not settings.groups:
                left.add(GRANT)
            taken = {one for one in everything if one.startswith(place.takes)} - left
            if type_ != "datastoreFolder" or "Datastore.Delete" in taken:
                yield Grant(type_, want.adopt, frozenset({READ, *taken}), place.propagate)


def permissions(spec: EnvironmentSpec, settings: VsphereSettings) -> JsonValue:
    """The role; and what may be granted in its place, object by object, where the vCenter is there."""
    document = role(spec, settings)
    if settings.appliance is not None or not isinstance(document, dict):
        return document
    least: list[JsonValue] = [
        {"on": one.on, "propagated": one.propagate, "privileges": list[JsonValue](sorted(one.privileges))}
        for one in grants(spec, settings)
    ]
    return {**document, "or_least": least}
