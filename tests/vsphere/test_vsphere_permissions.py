"""The printed role is enough, and each of its privileges is needed: in a sandbox whose vCenter enforces them."""

from __future__ import annotations

import datetime as dt
import subprocess
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from directory import Directory
from pydantic import SecretStr
from pyVmomi import vim
from sandboxes import Sandboxed
from vcenters import Existing, census, licence_key

from paver import api
from paver.contract.errors import Denied, StepFailed
from paver.settings import load_spec
from paver_vsphere.privileges import LOOK

USER, PASSWORD = "paver@vsphere.local", "Paver-pass!1"
UNASKED = {
    "DVSwitch.HostOp": "the sandbox asks for DVSwitch.Modify where a host becomes a member",
    "Datastore.Delete": "the sandbox asks for Host.Config.Storage where a datastore is unmounted",
    **dict.fromkeys(LOOK, "every role has it"),
}
"""What nobody misses in the sandbox, and why."""
STRAY = ((vim.VirtualMachine, "sandbox-jumpbox"), (vim.dvs.DistributedVirtualPortgroup, "sandbox-services"))
"""A machine, and a port group that it is not in."""
PARTS = 5
"""A run in CI takes one of so many parts, another one every day."""


class Restricted:
    """A sandbox whose vCenter knows a user `paver`, who may do what was granted last."""

    def __init__(self, sandboxed: Sandboxed) -> None:
        self.sandboxed = sandboxed
        self._administrator = sandboxed.configured()
        Directory(sandboxed).create(USER.partition("@")[0], SecretStr(PASSWORD), "whoever runs paver")
        for name, value in {"paver.password": PASSWORD, "hosts.licence": licence_key("ESXI8", 64)}.items():
            secret = sandboxed.directory / name
            secret.touch(mode=0o600)
            secret.write_text(value)
        self._roles = self._administrator.content.authorizationManager
        self._role = self._roles.AddAuthorizationRole("paver", [])
        permission = vim.AuthorizationManager.Permission(principal=USER, group=False, roleId=self._role, propagate=True)
        self._roles.SetEntityPermissions(self._administrator.content.rootFolder, [permission])

    def grant(self, privileges: Iterable[str]) -> None:
        self._roles.UpdateAuthorizationRole(self._role, "paver", sorted(set(privileges) - LOOK))

    def stray(self) -> None:
        """Somebody plugs the jumpbox in elsewhere."""
        server = self._administrator
        vm, group = (server.all(kind)[name] for kind, name in STRAY)
        card = vim.vm.device.VirtualEthernetCard
        device = next(one for one in server.read(vm, "config.hardware.device") if isinstance(one, card))
        device.backing.port = vim.dvs.PortConnection(
            portgroupKey=server.read(group, "key"), switchUuid=device.backing.port.switchUuid
        )
        edit = vim.vm.device.VirtualDeviceSpec(operation="edit", device=device)
        server.wait(vm.ReconfigVM_Task(vim.vm.ConfigSpec(deviceChange=[edit])))

    def things(self) -> dict[str, Any]:
        """What is there, but for the role that is granted."""
        return {path: state for path, state in census(self.sandboxed).items() if path != "Role paver"}

    def environment(self) -> Existing:
        """One that makes everything but a user, as only an SSO administrator could."""
        return Existing(self.sandboxed, own)


def own(document: dict[str, Any]) -> None:
    document["credentials"] = {"blobstore": document["credentials"]["blobstore"]}
    document["zones"] = 1
    document["labels"] = {"team": "platform"}
    section = document["iaas"]["vsphere"]
    section["zones"] = {"z1": {**section["zones"]["z1"], "host_group": {}}}
    section |= {"user": USER, "password": "file:paver.password"}
    section |= {"groups": {"VSPHERE.LOCAL\\ReadOnlyUsers": "ReadOnly"}, "trusted_roots": ["root"]}
    section["licences"] = {"hosts": "file:hosts.licence"}
    section["host_settings"] = {
        "ntp": ["ntp.example.com"],
        "dns_servers": ["10.1.0.53"],
        "services": {"ssh": True},
        "port_groups": {"vmotion": {"vlan": 30}},
    }


@pytest.fixture(scope="module")
def restricted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restricted]:
    one = Sandboxed(tmp_path_factory.mktemp("restricted"))
    try:
        yield Restricted(one)
    finally:
        one.close()


def privileges(environment: Existing) -> set[str]:
    document: Any = api.permissions(load_spec(environment.file))
    return set(document["role"]["privileges"])


@pytest.mark.sandbox
def test_with_exactly_the_printed_privileges_a_whole_life_is_lived(restricted: Restricted) -> None:
    before, environment = restricted.things(), restricted.environment()
    restricted.grant(privileges(environment))
    done = subprocess.run(environment.command("pave", "-y"), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert environment.plan() == {}
    done = subprocess.run(environment.command("verify"), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    environment.destroy()
    assert restricted.things() == before


def missed(restricted: Restricted, privilege: str) -> None:
    """Preflight names it; and where preflight is not heard, whoever meets it first ends in exit 3 and names it."""
    environment = restricted.environment()
    needed = privileges(environment)
    restricted.grant(needed - {privilege})
    asked = subprocess.run(environment.command("preflight"), capture_output=True, text=True, check=False)
    met: Denied | StepFailed | None = None
    try:
        environment.pave()
        environment.edit(lambda document: document.update(labels={"team": "core"}))
        environment.edit(lambda document: document["iaas"]["vsphere"]["vlans"].update(services=99))
        environment.edit(lambda document: document["iaas"]["vsphere"]["jumpbox"].update(cpus=4, memory_gib=8))
        restricted.stray()
        environment.pave()
        environment.destroy()
    except (Denied, StepFailed) as error:
        met = error
    restricted.grant(needed)
    environment.destroy()
    if privilege not in LOOK:
        assert asked.returncode == 3, asked.stdout
        assert f"lacks {privilege} on the root folder" in asked.stdout
    if privilege in UNASKED:
        assert met is None, f"{privilege} is asked for after all"
    else:
        assert met is not None, f"nobody missed {privilege}"
        assert met.exit_code == 3
        assert privilege in f"{met}{met.facts}"


@pytest.mark.sandbox
def test_without_a_privilege_of_todays_part_it_is_3_and_names_it(restricted: Restricted) -> None:
    today = dt.datetime.now(dt.UTC).date().toordinal() % PARTS
    before = restricted.things()
    for privilege in sorted(privileges(restricted.environment()))[today::PARTS]:
        missed(restricted, privilege)
    assert restricted.things() == before


@pytest.mark.sandbox
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(PARTS))
def test_without_any_one_privilege_it_is_3_and_names_it(restricted: Restricted, part: int) -> None:
    for privilege in sorted(privileges(restricted.environment()))[part::PARTS]:
        missed(restricted, privilege)
