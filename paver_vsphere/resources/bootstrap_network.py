"""The port group on a standard switch of the first ESXi host that the vCenter appliance is born on."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, ClassVar

from pydantic import JsonValue

from paver.contract.driver import Kind
from paver.contract.errors import AlreadyExists, NotFound
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Phase, Waiting
from paver_vsphere.host import Host
from paver_vsphere.register import Page
from paver_vsphere.resources.host_register import noted, registered
from paver_vsphere.sdk import vim

KIND = "bootstrap-network"
KEY = Key(kind=KIND, name="appliance")


class BootstrapNetwork(Desired):
    """Wanted: a port group on a standard switch. It exists before any vCenter, so no distributed switch can hold it."""

    key: Key = KEY
    switch: str = "vSwitch0"
    """The standard switch; every ESXi host is installed with vSwitch0."""
    vlan: int = 0
    """VLAN id of the management network; 0: untagged."""


class BootstrapNetworkKind(Kind[BootstrapNetwork]):
    """A standard port group bears no mark: it is noted in the register, made, and struck out once it is gone."""

    replace: ClassVar[frozenset[str]] = frozenset({"switch"})

    def __init__(self, host: Host) -> None:
        self._host = host

    def create(self, want: BootstrapNetwork, attempt: Attempt) -> Answer:
        """Note it. A port group of that name that was there before is somebody else's, and stays so."""
        del attempt
        if any(group.spec.name == want.name for group in self._host.networks().portgroup or ()):
            raise AlreadyExists(f"{self._host.where(want.name)}: a port group of that name is there already")
        self._host.register.note(want.key, want.name)
        return Waiting(ticket={"step": "noted"}, again=0.0, said="noted in the register")

    def update(self, have: Observed, want: BootstrapNetwork, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Another VLAN: the appliance stays on it."""
        del fields, attempt
        host = self._host
        host.connection.call(
            host.managers.networkSystem.UpdatePortGroup, want.name, _spec(want), what=f"change port group {want.name}"
        )
        return Done(have=have.model_copy(update={"actual": {**have.actual, "vlan": want.vlan}}))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Remove it, and strike it out next."""
        del attempt
        host = self._host
        if have.phase is Phase.READY:
            name = str(have.outputs["name"])
            with suppress(NotFound):  # which is well; the note must still go
                host.connection.call(
                    host.managers.networkSystem.RemovePortGroup, name, what=f"remove port group {name}"
                )
            return Waiting(ticket={"step": "removed"}, again=0.0, said="removed")
        host.register.forget(KEY)
        return Done(have=None)

    def advance(self, want: BootstrapNetwork | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """Make what was noted; or strike out what was removed."""
        del ticket, attempt
        host = self._host
        if want is None:
            host.register.forget(KEY)
            return Done(have=None)
        host.connection.call(host.managers.networkSystem.AddPortGroup, _spec(want), what=f"add port group {want.name}")
        return Done(have=_observed(host, want.name, want.switch, want.vlan))


def observe_networks(host: Host, page: Page | None, groups: list[Any]) -> list[Observed]:
    """The port group that the register notes, made or not yet."""
    note = page.notes.get(str(KEY)) if page else None
    if note is None:
        return []
    for group in groups:
        if group.spec.name == note.name:
            return [_observed(host, note.name, group.spec.vswitchName, group.spec.vlanId)]
    return [noted(host, KEY, note.name)]


def network_id(name: str) -> str:
    """A standard port group's id: its name, which its host has once."""
    return f"PortGroup:{name}"


def _observed(host: Host, name: str, switch: str, vlan: int) -> Observed:
    return registered(host, KEY, name, network_id(name), {"switch": switch, "vlan": vlan})


def _spec(want: BootstrapNetwork) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
    # An empty policy inherits everything from the switch.
    policy = vim().host.NetworkPolicy()
    return vim().host.PortGroup.Specification(name=want.name, vlanId=want.vlan, vswitchName=want.switch, policy=policy)
