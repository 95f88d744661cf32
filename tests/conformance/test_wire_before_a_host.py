"""The wire in front of a sandbox's host: the spec's address is the wire's, and the host listens elsewhere."""

# ruff: noqa: ANN401  pyVmomi's objects carry no types
from __future__ import annotations

import json
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pyVmomi import SoapStubAdapter, vim
from upstream import Upstream

from paver.conformance.wire import Route, Sort, Wire
from paver_vsphere.sandbox import VsphereSandbox
from paver_vsphere.sandbox.layout import layout, own_addresses

SPACE = IPv4Network("127.19.0.0/16")
pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.skipif(not own_addresses(str(SPACE[4])), reason="needs addresses of its own on loopback"),
]


def free_port(address: str) -> int:
    with closing(socket.socket()) as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
        return port


def test_a_hosts_client_keeps_its_pin_and_its_calls_are_counted(tmp_path: Path) -> None:
    address = str(SPACE[255 * 256 + 11])
    where = layout(SPACE, free_port(address), free_port(address))
    command = VsphereSandbox(where, {"idle_seconds": 120}).prepare(tmp_path, print)
    config = json.loads((tmp_path / "sandbox.json").read_text())
    spec, behind = where.hosts[0], f"{address}:{free_port(address)}"
    config["hosts"][0]["listen"] = behind
    (tmp_path / "sandbox.json").write_text(json.dumps(config))
    pinned = ssl.create_default_context(cafile=str(tmp_path / "esxi-1.crt"))
    with (
        Wire(Route(spec, behind, tmp_path / "esxi-1.crt", tmp_path / "esxi-1.key", "esxi-1")) as wire,
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(command, stderr=log) as process,
    ):
        try:
            deadline = time.monotonic() + 20
            while not (tmp_path / "ready.json").exists():
                assert process.poll() is None, (tmp_path / "log").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.02)
            stub: Any = SoapStubAdapter(
                host=address, port=int(spec.rpartition(":")[2]), sslContext=pinned, httpConnectionTimeout=15
            )
            content: Any = vim.ServiceInstance("ServiceInstance", stub).RetrieveContent()
            content.sessionManager.Login("root", (tmp_path / "esxi.password").read_text().strip())
            assert wire.count(Sort.MUTATION) == 0
            content.fileManager.MakeDirectory(f"[{datastore(content)}] there", datacenter(content), False)
            stub.DropConnections()
        finally:
            process.terminate()
            process.wait(10)
        assert [one.operation for one in wire.exchanges if one.mutating] == ["MakeDirectory"]
        assert {"Login"} == {one.operation for one in wire.exchanges if one.sort is Sort.BOOKKEEPING}
        assert wire.count(Sort.READ) > 0


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Wire, Path]]:
    """Three hosts of which nothing but the certificates is real, behind a wire, and the spec that names them."""
    directory = tmp_path_factory.mktemp("bare")
    port = free_port(str(SPACE[255 * 256 + 11]))
    where = layout(SPACE, port)
    sandbox = VsphereSandbox(where, {"idle_seconds": 120})
    sandbox.prepare(directory, print)
    (directory / "environment.yml").write_text(sandbox.spec(directory, uuid4()))
    with ExitStack() as open_:
        routes = []
        for number, host in enumerate(where.hosts, start=1):
            pair = directory / f"esxi-{number}.crt", directory / f"esxi-{number}.key"
            server = open_.enter_context(closing(Upstream(pair)))
            routes.append(Route(host, server.address, *pair, f"esxi-{number}"))
        yield open_.enter_context(Wire(*routes)), directory


def took(verb: str, directory: Path, *flags: str) -> tuple[subprocess.CompletedProcess[str], float]:
    command = [sys.executable, "-m", "paver", verb, *flags]
    began = time.monotonic()
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=60, check=False)
    return done, time.monotonic() - began


@pytest.mark.parametrize("how", ["is silent", "does not shake hands", "drips"])
@pytest.mark.parametrize("verb", ["preflight", "plan", "pave"])
def test_before_hosts_that_never_come_to_an_end_a_verb_ends_by_its_timeout(
    how: str, verb: str, bare: tuple[Wire, Path]
) -> None:
    wire, directory = bare
    wire.reset()
    wire.sever()
    if how == "drips":
        wire.drip()
    else:
        wire.silent(handshake=how == "is silent")
    flags = ["-c", "environment.yml", "--iaas", "vsphere", "--state-dir", "state", *(["-y"] if verb == "pave" else [])]
    for last in (False, False, True):  # a busy machine may be late by itself, once or twice
        # What a start costs is no part of the timeout: a run without any time is a start.
        _, start = took(verb, directory, *flags, "--timeout", "0s")
        done, seconds = took(verb, directory, *flags, "--timeout", "2s")
        assert (done.returncode, done.stdout) == (9, ""), done.stderr
        assert "the time given to this run is over" in done.stderr
        assert seconds < start + 2 + 2 or not last, (seconds, start)
        if seconds < start + 2 + 2:
            break
    assert not list(wire.exchanges) or set(wire.fates()) <= {"silent", "dripped"}
    assert wire.counts().mutating == 0


def datacenter(content: Any) -> Any:
    (found,) = content.rootFolder.childEntity
    return found


def datastore(content: Any) -> str:
    name: str = datacenter(content).datastore[0].name
    return name
