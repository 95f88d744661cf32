"""Preflight finds at once, and without a change, what would fail later."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from bare import Bare, Calls
from sandboxes import Sandboxed

from paver.contract.driver import Cause, Finding, Severity
from paver_vsphere.preflight import preflight

pytestmark = pytest.mark.sandbox


@pytest.fixture
def sandboxed(tmp_path: Path) -> Iterator[Sandboxed]:
    one = Sandboxed(tmp_path)
    yield one
    one.close()


def found(bare: Bare) -> list[Finding]:
    return list(preflight(bare.spec, bare.settings, bare.secrets))


def failed(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.check, finding.what) for finding in findings if finding.severity is Severity.FAIL]


def test_bare_hosts_as_they_should_be_pass(sandboxed: Sandboxed, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = Calls(monkeypatch)
    findings = found(Bare(sandboxed))
    assert failed(findings) == []
    assert {"reach", "version", "clock", "licence", "capacity", "addresses", "appliance", "jumpbox", "uplinks"} >= {
        finding.check for finding in findings if finding.severity is Severity.OK
    }
    assert calls.sent == []


def test_a_paved_environment_passes_as_well(sandboxed: Sandboxed) -> None:
    bare = Bare(sandboxed)
    bare.pave()
    assert failed(found(bare)) == []


def test_every_planted_fault_is_found_in_one_go(sandboxed: Sandboxed, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = Bare(sandboxed, accept_eula="another product", sha256="0" * 64)
    pins = sandboxed.directory / "known_hosts"
    lines = pins.read_text().splitlines()
    lines[1] = f"{lines[1].split()[0]} {'00' * 32}"
    pins.write_text("\n".join(lines))
    sandboxed.control("/settings", {"hosts": {"esxi-1": {"clock_skew_s": 400}}})
    host = sandboxed.esxi()
    host.imported(sandboxed.directory / "appliance.ova", f"{bare.spec.name}-vcenter")
    changed = {"uplinks": ("vmnic7",)}
    bare.settings = bare.settings.model_copy(update=changed)
    calls = Calls(monkeypatch)
    with occupied(sandboxed.where.vcenter, sandboxed.where.setup_port):
        failures = failed(found(bare))
    text = "\n".join(f"{check}: {what}" for check, what in failures)
    for check, words in [
        ("appliance", "is not accepted"),
        ("appliance", "is not the one that the spec names"),
        ("trust", "another certificate"),
        ("clock", "400 s off"),
        ("names", "somebody else's"),
        ("uplinks", "vmnic7"),
        ("addresses", "is occupied"),
    ]:
        assert any(check == at and words in what for at, what in failures), f"{check} {words} is not in\n{text}"
    assert calls.sent == []


def test_a_full_datastore_is_found_before_the_import(sandboxed: Sandboxed) -> None:
    sandboxed.control("/settings", {"hosts": {"esxi-1": {"free_gib": 20}}})
    bare = Bare(sandboxed)
    stores = {
        **bare.settings.datastores,
        "vms": bare.settings.datastores["vms"].model_copy(update={"nfs": None, "existing": "datastore1"}),
    }
    bare.settings = bare.settings.model_copy(update={"datastores": stores})
    [(check, what)] = failed(found(bare))
    assert check == "capacity"
    assert "20 GiB free" in what


def test_a_wrong_password_is_a_denial_for_each_host(sandboxed: Sandboxed) -> None:
    bare = Bare(sandboxed)
    (sandboxed.directory / "esxi.password").write_text("wrong")
    denied = [finding for finding in found(bare) if finding.severity is Severity.FAIL]
    assert {finding.cause for finding in denied} == {Cause.DENIED}
    assert len(denied) == 3
    assert "wrong" not in str([finding.what.split("wrong or", 1)[0] for finding in denied if "'wrong'" in finding.what])


def test_a_host_that_is_down_is_named_with_its_place_in_the_spec(sandboxed: Sandboxed) -> None:
    bare = Bare(sandboxed)
    gone = bare.settings.zones["z3"].model_copy(update={"hosts": ("127.255.255.1:9",)})
    bare.settings = bare.settings.model_copy(update={"zones": {**bare.settings.zones, "z3": gone}})
    [failure] = [finding for finding in found(bare) if finding.severity is Severity.FAIL]
    assert failure.check == "reach"
    assert failure.path == ("iaas", "vsphere", "zones", "z3", "hosts", 0)


def test_a_missing_ova_is_named(sandboxed: Sandboxed, tmp_path: Path) -> None:
    bare = Bare(sandboxed)
    shutil.move(sandboxed.directory / "appliance.ova", tmp_path / "elsewhere")
    [(check, what)] = failed(found(bare))
    assert check == "appliance"
    assert "cannot be read" in what


def test_a_name_that_resolves_elsewhere_is_found(sandboxed: Sandboxed, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = Bare(sandboxed)
    bare.settings = bare.settings.model_copy(update={"vcenter": "vcenter.example.com"})
    answer: list[Any] = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 0))]
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *rest, **more: answer if "example" in host else real(host, *rest, **more)
    )
    assert any(check == "dns" and "192.0.2.1" in what for check, what in failed(found(bare)))


class occupied:  # noqa: N801  it reads as a word in a with statement
    """Something that listens where the vCenter shall stand."""

    def __init__(self, address: str, port: int) -> None:
        self.listener = socket.create_server((address, port))

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        with closing(self.listener):
            pass
