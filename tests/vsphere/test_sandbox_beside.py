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
OURS = IPv4Network("127.231.0.0/16")
"""In place of the example's, where a sandbox of somebody else's may listen."""


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    if not places.own_addresses():
        pytest.skip("this machine has one loopback address")
    monkeypatch.setattr(places, "SPACE", OURS)


@contextmanager
def taken() -> Iterator[None]:
    with socket.create_server((f"{OURS[255 * 256 + 11]}", places.PORT)):
        yield


def hosts(directory: Path, one: VsphereSandbox) -> list[str]:
    """Those that its spec names."""
    zones = yaml.safe_load(one.spec(directory, uuid4()))["iaas"]["vsphere"]["zones"].values()
    return [host for zone in zones for host in zone["hosts"]]


def test_it_has_the_examples_addresses_where_nobody_listens_there(tmp_path: Path) -> None:
    one = VsphereSandbox()
    one.prepare(tmp_path, print)
    assert one.where.space == OURS
    assert hosts(tmp_path, one) == list(places.layout(OURS).hosts)


def test_what_lingers_of_one_that_has_ended_is_no_bar() -> None:
    with taken():
        client = socket.create_connection((f"{OURS[255 * 256 + 11]}", places.PORT))
    client.close()
    assert places.here().space == OURS


def test_two_are_up_side_by_side(tmp_path: Path) -> None:
    with taken():
        one = VsphereSandbox()
        running = sandbox.up(one, "vsphere", tmp_path / "sandbox")
        try:
            assert one.where.space != OURS
            assert hosts(running.directory, one) == list(places.layout(one.where.space).hosts)
            assert f"{one.where.space[255 * 256 + 11]}" in running.spec.read_text(encoding="utf-8")
            assert running.alive
        finally:
            sandbox.down("vsphere", tmp_path / "sandbox")
