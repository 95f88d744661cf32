"""A sandbox beside another one: the example's addresses where they are free, others where they are not."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Network
from pathlib import Path
from uuid import uuid4

import pytest
import yaml

from paver import sandbox
from paver_vsphere.sandbox import VsphereSandbox
from paver_vsphere.sandbox import layout as places

pytestmark = pytest.mark.sandbox


@pytest.fixture
def ours(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> IPv4Network:
    """In place of the example's, where somebody's sandbox may listen; no other test's."""
    if not places.own_addresses():
        pytest.skip("this machine has one loopback address")
    space = IPv4Network(f"127.{request.param}.0.0/16")
    monkeypatch.setattr(places, "SPACE", space)
    return space


@contextmanager
def taken(space: IPv4Network) -> Iterator[socket.socket]:
    with socket.create_server((str(space[255 * 256 + 11]), places.PORT)) as server:
        yield server


def hosts(directory: Path, one: VsphereSandbox) -> list[str]:
    """Those that its spec names."""
    zones = yaml.safe_load(one.spec(directory, uuid4()))["iaas"]["vsphere"]["zones"].values()
    return [host for zone in zones for host in zone["hosts"]]


@pytest.mark.parametrize("ours", [231], indirect=True)
def test_it_has_the_examples_addresses_where_nobody_listens_there(ours: IPv4Network, tmp_path: Path) -> None:
    one = VsphereSandbox()
    one.prepare(tmp_path, print)
    assert one.where.space == ours
    assert hosts(tmp_path, one) == list(places.layout(ours).hosts)


@pytest.mark.parametrize("ours", [232], indirect=True)
def test_what_lingers_of_one_that_has_ended_is_no_bar(ours: IPv4Network) -> None:
    with taken(ours) as server:
        client = socket.create_connection(server.getsockname())
        accepted, _ = server.accept()
        accepted.close()  # who hangs up first keeps the address for a minute
        client.close()
    assert places.here().space == ours


@pytest.mark.parametrize("ours", [233], indirect=True)
def test_two_are_up_side_by_side(ours: IPv4Network, tmp_path: Path) -> None:
    with taken(ours):
        one = VsphereSandbox()
        running = sandbox.up(one, "vsphere", tmp_path / "sandbox")
        try:
            assert one.where.space != ours
            assert hosts(running.directory, one) == list(places.layout(one.where.space).hosts)
            assert f"{one.where.space[255 * 256 + 11]}" in running.spec.read_text(encoding="utf-8")
            assert running.alive
        finally:
            sandbox.down("vsphere", tmp_path / "sandbox")
