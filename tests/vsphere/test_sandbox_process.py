"""The sandbox as a process: its end, its ports, and a whole life under the core that starts it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pyVmomi import vim
from sandboxes import SETTINGS, Sandboxed

from paver.contract.errors import PaverError
from paver.sandbox import down, find, up
from paver_vsphere.sandbox import VsphereSandbox
from paver_vsphere.sandbox.layout import Layout, free_space, layout

pytestmark = pytest.mark.sandbox


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        listeners = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in listeners:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in listeners]


@pytest.fixture
def on_one_address(tmp_path: Path) -> Iterator[Sandboxed]:
    """A sandbox as on macOS, where loopback is 127.0.0.1 alone."""
    *hosts, vcenter, setup = free_ports(5)
    where = Layout(tuple(f"127.0.0.1:{port}" for port in hosts), "127.0.0.1", vcenter, setup, "127.0.0.1")
    one = Sandboxed(tmp_path, where)
    yield one
    one.close()


def test_ports_alone_can_tell_everything_apart(on_one_address: Sandboxed) -> None:
    vcenter = on_one_address.configured()
    datacenter = vcenter.content.rootFolder.CreateDatacenter("dc")
    cluster = vcenter.read(datacenter, "hostFolder").CreateClusterEx("c", vim.cluster.ConfigSpecEx())
    hosts = [vcenter.wait(cluster.AddHost_Task(on_one_address.connect_spec(number), True)) for number in range(3)]
    uuids = [vcenter.read(host, "hardware.systemInfo.uuid") for host in hosts]
    assert uuids == [host["uuid"] for host in on_one_address.ready["hosts"]]


def test_it_ends_by_itself_when_nobody_asks_anything(tmp_path: Path) -> None:
    one = Sandboxed(tmp_path, idle_seconds=0.5)
    assert one.process.wait(10) == 0
    assert "no request" in (tmp_path / "log").read_text()
    one.close()


def test_it_ends_when_told_to(tmp_path: Path) -> None:
    one = Sandboxed(tmp_path)
    one.control("/shutdown", {})
    assert one.process.wait(10) == 0
    one.close()


def test_a_taken_port_is_said_and_nothing_is_left_running(tmp_path: Path) -> None:
    where = layout(free_space())
    address, port = where.hosts[2].rsplit(":", 1)
    with socket.socket() as squatter:
        squatter.bind((address, int(port)))
        squatter.listen()
        with pytest.raises(PaverError, match="ended as it started") as failed:
            up(VsphereSandbox(where, SETTINGS), "vsphere", tmp_path / "vsphere")
    assert "address already in use" in str(failed.value.facts)
    assert find("vsphere", tmp_path / "vsphere") is None


def test_core_starts_it_finds_it_and_takes_it_down(tmp_path: Path) -> None:
    sandbox = VsphereSandbox(layout(free_space()), SETTINGS)
    home = tmp_path / "vsphere"
    running = up(sandbox, "vsphere", home)
    assert len(running.ready()["hosts"]) == 3
    assert str(home) not in running.spec.read_text(), "the example spec names files beside itself"
    assert find("vsphere", home) == running
    assert down("vsphere", home)
    assert not home.exists()
