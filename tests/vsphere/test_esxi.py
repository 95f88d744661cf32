"""From a bare ESXi host to a sealed appliance and back, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from bare import Bare, Calls, Killed
from pydantic import SecretStr
from sandboxes import Sandboxed

from paver.contract.errors import AlreadyExists, Rejected, Untrusted
from paver.contract.resource import Key, Phase, Proof
from paver.contract.types import SecretRef
from paver_vsphere.appliance.wanted import KEY as APPLIANCE
from paver_vsphere.esxi import EsxiSession
from paver_vsphere.machine.vm import IMPORTED
from paver_vsphere.resources.bootstrap_network import KEY as NETWORK
from paver_vsphere.resources.host_register import KEY as REGISTER
from paver_vsphere.sdk import vim

pytestmark = pytest.mark.sandbox

MOUNT = Key(kind="datastore-mount", name="vms")
CALLS = 11
"""Mutating calls of a clean run: register 2, port group 2, mount 2, import, complete, mark, power on, seal."""


@pytest.fixture(scope="module")
def sandboxed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandboxed]:
    one = Sandboxed(tmp_path_factory.mktemp("sandbox"))
    yield one
    one.close()


@pytest.fixture
def bare(sandboxed: Sandboxed) -> Iterator[Bare]:
    """An environment that is gone again after the test."""
    one = Bare(sandboxed)
    before = one.census()
    yield one
    sandboxed.control("/settings", {"first_boot": {"outcome": "CONFIGURED", "seconds": 0.2}, "faults": []})
    one.destroy()
    assert one.census() == before


def test_a_bare_host_becomes_a_sealed_appliance_with_its_root_ca(bare: Bare) -> None:
    found = bare.pave()
    assert {str(item.key): (item.phase, item.proof) for item in found.items} == {
        str(REGISTER): (Phase.READY, Proof.NAME),
        str(NETWORK): (Phase.READY, Proof.REGISTER),
        str(MOUNT): (Phase.READY, Proof.REGISTER),
        str(APPLIANCE): (Phase.READY, Proof.MARK),
    }
    appliance = found.find(APPLIANCE)
    assert appliance is not None
    assert str(appliance.output("ca")).startswith("-----BEGIN CERTIFICATE-----")
    assert appliance.output("address") == bare.sandboxed.where.vcenter


def test_a_second_run_finds_everything_and_sends_no_change(bare: Bare, monkeypatch: pytest.MonkeyPatch) -> None:
    first = bare.pave()
    calls = Calls(monkeypatch)
    assert bare.pave() == first
    assert calls.sent == []


def test_a_clean_run_takes_as_many_calls_as_are_on_record(bare: Bare, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = Calls(monkeypatch)
    bare.pave()
    assert len(calls.sent) == CALLS, calls.sent


def test_no_password_stays_in_the_vm(bare: Bare) -> None:
    bare.pave()
    with bare.session() as session:
        rows = session._host.connection.retrieve({"VirtualMachine": ("config",)})
    text = str([row.props for row in rows])
    for name in ("root", "esxi", "vcenter"):
        assert bare.sandboxed.password(name) not in text


def test_where_the_first_contact_is_trusted_the_end_is_the_same(sandboxed: Sandboxed) -> None:
    pinned, trusted = Bare(sandboxed), Bare(sandboxed, first_contact="trust")
    try:
        appliance = trusted.pave().find(APPLIANCE)
        assert appliance is not None
        assert appliance.phase is Phase.READY
        assert str(appliance.output("ca")).startswith("-----BEGIN CERTIFICATE-----")
    finally:
        trusted.destroy()
    assert pinned.seen().items == ()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(CALLS))
def test_killed_at_any_call_a_plain_run_converges(
    bare: Bare, monkeypatch: pytest.MonkeyPatch, number: int, after: bool
) -> None:
    calls = Calls(monkeypatch)
    calls.kill_at, calls.kill_after = number, after
    with pytest.raises(Killed):
        bare.pave()
    calls.kill_at = -1
    found = bare.pave()
    assert {str(item.key) for item in found.items} == {str(key) for key in (REGISTER, NETWORK, MOUNT, APPLIANCE)}
    assert all(item.phase is Phase.READY for item in found.items)
    names = bare.census()
    assert names["VirtualMachine"] == {f"{bare.spec.name}-vcenter"}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(8))
def test_killed_at_any_call_of_destroy_a_plain_one_ends_it(
    bare: Bare, monkeypatch: pytest.MonkeyPatch, number: int, after: bool
) -> None:
    before = bare.census()
    bare.pave()
    calls = Calls(monkeypatch)
    calls.kill_at, calls.kill_after = number, after
    try:
        bare.destroy()
    except Killed:
        calls.kill_at = -1
        assert bare.destroy().items == ()
    assert bare.census() == before


def test_a_vm_of_the_appliances_name_that_bears_no_mark_is_refused_and_stays(bare: Bare) -> None:
    host = bare.sandboxed.esxi()
    name = f"{bare.spec.name}-vcenter"
    vm = host.imported(bare.sandboxed.directory / "appliance.ova", name)
    try:
        with pytest.raises(AlreadyExists, match=name):
            bare.pave()
        assert name in bare.census()["VirtualMachine"]
        assert bare.seen().find(APPLIANCE) is None
    finally:
        host.wait(vm.Destroy_Task())


def test_a_port_group_that_was_there_before_is_refused_and_stays(bare: Bare) -> None:
    with bare.session() as session:
        network = session._host.managers.networkSystem
        policy = vim().host.NetworkPolicy()
        name = f"{bare.spec.name}-bootstrap"
        spec = vim().host.PortGroup.Specification(name=name, vlanId=7, vswitchName="vSwitch0", policy=policy)
        network.AddPortGroup(spec)
        try:
            with pytest.raises(AlreadyExists, match=name):
                bare.pave()
            assert bare.seen().find(NETWORK) is None
            bare.destroy()
            assert name in bare.census()["HostPortGroup"]
        finally:
            network.RemovePortGroup(name)


def test_another_owners_environment_of_the_same_name_is_not_seen(bare: Bare) -> None:
    bare.pave()
    other = Bare(bare.sandboxed, id_=uuid4())
    assert other.seen().items == ()
    assert other.destroy().items == ()
    assert bare.seen().find(APPLIANCE) is not None


def test_a_failed_first_boot_is_explained_and_then_replaced(bare: Bare) -> None:
    settings = {"first_boot": {"outcome": "FAILED", "seconds": 0.1, "message": "the name does not resolve"}}
    bare.sandboxed.control("/settings", settings)
    with pytest.raises(Rejected, match="the name does not resolve") as caught:
        bare.pave()
    assert "forwards and backwards" in caught.value.hint
    broken = bare.seen().find(APPLIANCE)
    assert broken is not None
    assert broken.phase is Phase.BROKEN
    bare.sandboxed.control("/settings", {"first_boot": {"outcome": "CONFIGURED", "seconds": 0.1}})
    ready = bare.pave().find(APPLIANCE)
    assert ready is not None
    assert ready.phase is Phase.READY


def test_a_question_at_first_boot_stops_the_run_and_says_where_to_answer(bare: Bare) -> None:
    bare.sandboxed.control("/settings", {"first_boot": {"outcome": "QUESTION_RAISED", "seconds": 0.1}})
    with pytest.raises(Rejected, match="question") as caught:
        bare.pave()
    assert bare.sandboxed.where.vcenter in caught.value.hint


def test_an_appliance_that_was_switched_off_is_switched_on_again(bare: Bare) -> None:
    bare.pave()
    host = bare.sandboxed.esxi()
    vm = host.all(vim().VirtualMachine)[f"{bare.spec.name}-vcenter"]
    host.wait(vm.PowerOffVM_Task())
    off = bare.seen().find(APPLIANCE)
    assert off is not None
    assert off.phase is Phase.PENDING
    on = bare.pave().find(APPLIANCE)
    assert on is not None
    assert on.phase is Phase.READY


def test_a_wrong_thumbprint_is_refused_before_the_password_is_sent(bare: Bare) -> None:
    pins = bare.sandboxed.directory / "known_hosts"
    text = pins.read_text()
    pins.write_text("\n".join(f"{line.split()[0]} {'00' * 32}" for line in text.splitlines()))
    try:
        with pytest.raises(Untrusted, match="another certificate"):
            EsxiSession.connect(bare.settings, NoSecrets(), bare.spec.owner)
    finally:
        pins.write_text(text)


def test_an_import_is_marked_as_complete_only_after_its_last_byte(bare: Bare, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = Calls(monkeypatch)
    calls.kill_at = CALLS - 4  # before the lease is completed
    with pytest.raises(Killed):
        bare.pave()
    ruin = bare.seen().find(APPLIANCE)
    assert ruin is None or (ruin.phase is Phase.PENDING and ruin.ticket is None)
    assert IMPORTED not in str(ruin)


class NoSecrets:
    """The password may be asked for; it must not leave."""

    def given(self, ref: SecretRef) -> SecretStr:
        return SecretStr("never sent")

    def minted(self, name: str) -> SecretStr:
        raise AssertionError(name)
