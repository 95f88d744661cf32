"""From a bare ESXi host to a vCenter that can be logged in to."""

from __future__ import annotations

import io
import ssl
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyVmomi import vim
from sandboxes import Sandboxed

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def sandboxed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandboxed]:
    one = Sandboxed(tmp_path_factory.mktemp("sandbox"))
    yield one
    one.close()


@pytest.fixture
def appliance(sandboxed: Sandboxed) -> Iterator[vim.VirtualMachine]:
    """A powered-on appliance, gone after the test."""
    host = sandboxed.esxi()
    vm = sandboxed.appliance(host)
    until_state(sandboxed, "CONFIGURED", "FAILED", "QUESTION_RAISED")
    yield vm
    sandboxed.control("/settings", {"first_boot": {"outcome": "CONFIGURED", "seconds": 0.2}})
    host.wait(vm.PowerOffVM_Task())
    host.wait(vm.Destroy_Task())
    time.sleep(0.1)


def until_state(sandboxed: Sandboxed, *states: str) -> dict[str, object]:
    deadline = time.monotonic() + 10
    while True:
        try:
            told = sandboxed.setup()
        except OSError:
            told = {}
        if told.get("state") in states:
            return told
        assert time.monotonic() < deadline, f"{told}\n{(sandboxed.directory / 'log').read_text()}"
        time.sleep(0.02)


def test_first_boot_ends_in_a_vcenter_of_the_spec_version(sandboxed: Sandboxed, appliance: vim.VirtualMachine) -> None:
    about = sandboxed.vcenter().content.about
    assert (about.apiType, about.version) == ("VirtualCenter", "8.0.3")


def test_a_new_vcenter_is_empty(sandboxed: Sandboxed, appliance: vim.VirtualMachine) -> None:
    assert sandboxed.vcenter().all(vim.ManagedEntity) == {}


@pytest.mark.parametrize("password", ["wrong", "administrator"])
def test_a_vcenter_refuses_a_wrong_password(sandboxed: Sandboxed, appliance: vim.VirtualMachine, password: str) -> None:
    with pytest.raises(vim.fault.InvalidLogin):
        sandboxed.vcenter(password=password)


def test_first_boot_wants_the_root_password(sandboxed: Sandboxed, appliance: vim.VirtualMachine) -> None:
    assert sandboxed.setup("wrong") == {"status_code": 401}


def test_a_vcenter_shows_a_certificate_that_its_own_root_signed(
    sandboxed: Sandboxed, appliance: vim.VirtualMachine
) -> None:
    status, archive = sandboxed.vcenter().http("GET", "/certs/download.zip", cookie=False)
    assert status == 200
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        roots = [packed.read(name).decode() for name in packed.namelist() if name.startswith("certs/lin/")]
    context = ssl.create_default_context(cadata=roots[0])
    import http.client  # noqa: PLC0415  one use

    connection = http.client.HTTPSConnection(sandboxed.where.vcenter, sandboxed.where.vcenter_port, context=context)
    connection.connect()  # raises where the chain or the name does not hold
    connection.close()


@pytest.mark.parametrize("outcome", ["FAILED", "QUESTION_RAISED"])
def test_first_boot_can_be_told_to_stop(sandboxed: Sandboxed, outcome: str) -> None:
    sandboxed.control("/settings", {"first_boot": {"outcome": outcome, "seconds": 0, "message": "disk too slow"}})
    host = sandboxed.esxi()
    vm = sandboxed.appliance(host)
    told = until_state(sandboxed, outcome)
    assert "disk too slow" in str(told)
    sandboxed.control("/settings", {"first_boot": {"outcome": "CONFIGURED", "seconds": 0.2}})
    host.wait(vm.PowerOffVM_Task())
    host.wait(vm.Destroy_Task())


def test_first_boot_fails_where_a_property_is_missing(sandboxed: Sandboxed) -> None:
    host = sandboxed.esxi()
    vm = host.imported(sandboxed.directory / "appliance.ova", "incomplete")
    option = sandboxed.environment(**{"appliance.net.gateway": ""})
    host.wait(vm.ReconfigVM_Task(vim.vm.ConfigSpec(extraConfig=[option])))
    host.wait(vm.PowerOnVM_Task())
    assert "appliance.net.gateway" in str(until_state(sandboxed, "FAILED"))
    host.wait(vm.PowerOffVM_Task())
    host.wait(vm.Destroy_Task())


def test_a_vm_without_the_properties_starts_nothing(sandboxed: Sandboxed) -> None:
    host = sandboxed.esxi()
    vm = host.imported(sandboxed.directory / "appliance.ova", "plain")
    host.wait(vm.PowerOnVM_Task())
    time.sleep(0.3)
    with pytest.raises(ConnectionRefusedError):
        sandboxed.setup()
    host.wait(vm.PowerOffVM_Task())
    host.wait(vm.Destroy_Task())


def test_powering_the_appliance_off_ends_its_vcenter_and_on_brings_it_back(
    sandboxed: Sandboxed, appliance: vim.VirtualMachine
) -> None:
    vcenter = sandboxed.vcenter()
    instance = vcenter.content.about.instanceUuid
    vcenter.content.rootFolder.CreateDatacenter("kept")
    host = sandboxed.esxi()
    host.wait(appliance.PowerOffVM_Task())
    time.sleep(0.2)
    with pytest.raises(ConnectionRefusedError):
        sandboxed.vcenter()
    host.wait(appliance.PowerOnVM_Task())
    until_state(sandboxed, "CONFIGURED")
    again = sandboxed.vcenter()
    assert again.content.about.instanceUuid == instance
    assert list(again.all(vim.Datacenter)) == ["kept"]


GUEST_FILES = ["/etc/vmware/appliance/setup.crt", "/var/lib/vmware/vmca/root.cer"]


@pytest.mark.parametrize("path", GUEST_FILES)
def test_the_guest_hands_out_its_certificates_through_the_host(
    sandboxed: Sandboxed, appliance: vim.VirtualMachine, path: str
) -> None:
    host = sandboxed.esxi()
    login = vim.vm.guest.NamePasswordAuthentication(
        username="root", password=sandboxed.password("root"), interactiveSession=False
    )
    files = host.read(host.content.guestOperationsManager, "fileManager")
    info = files.InitiateFileTransferFromGuest(appliance, login, path)
    assert info.url.startswith("https://*/")
    status, text = host.http("GET", "/" + info.url.split("/", 3)[3])
    assert (status, len(text)) == (200, info.size)
    assert text.startswith(b"-----BEGIN CERTIFICATE-----")
    assert host.http("GET", "/" + info.url.split("/", 3)[3])[0] == 404, "a ticket serves once"


def test_the_guest_refuses_a_wrong_password_and_an_unknown_file(
    sandboxed: Sandboxed, appliance: vim.VirtualMachine
) -> None:
    host = sandboxed.esxi()
    files = host.read(host.content.guestOperationsManager, "fileManager")

    def fetch(password: str, path: str) -> None:
        login = vim.vm.guest.NamePasswordAuthentication(username="root", password=password, interactiveSession=False)
        files.InitiateFileTransferFromGuest(appliance, login, path)

    with pytest.raises(vim.fault.InvalidGuestLogin):
        fetch("wrong", GUEST_FILES[0])
    with pytest.raises(vim.fault.FileNotFound):
        fetch(sandboxed.password("root"), "/etc/paver-none")


def test_the_files_that_hold_secrets_are_private(sandboxed: Sandboxed) -> None:
    secret = [*sandboxed.directory.glob("*.password"), *sandboxed.directory.glob("*.key")]
    secret += [sandboxed.directory / "sandbox.json", sandboxed.directory / "ready.json"]
    assert {path.name: path.stat().st_mode & 0o777 for path in secret} == {path.name: 0o600 for path in secret}


def test_the_example_spec_is_the_sandbox_that_runs(sandboxed: Sandboxed, tmp_path: Path) -> None:
    from uuid import uuid4  # noqa: PLC0415  one use

    import yaml  # noqa: PLC0415  one use

    from paver.contract.spec import EnvironmentSpec  # noqa: PLC0415  the contract's word on it

    text = sandboxed.sandbox.spec(sandboxed.directory, uuid4())
    spec = EnvironmentSpec.model_validate(yaml.safe_load(text))
    section = spec.iaas["vsphere"]
    assert section["vcenter"] == sandboxed.where.vcenter
    assert [zone["hosts"][0] for zone in section["zones"].values()] == list(sandboxed.where.hosts)
