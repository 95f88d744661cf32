"""A connection is checked before anything is sent, reads in bulk, and says what a fault means."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from xml.parsers.expat import ExpatError

import pytest
from pydantic import SecretStr
from sandboxes import Sandboxed

from paver.contract.errors import (
    AlreadyExists,
    Busy,
    Denied,
    NotFound,
    OutcomeUnknown,
    PaverError,
    Rejected,
    Transient,
    Untrusted,
)
from paver_vsphere.errors import explain_status, translate
from paver_vsphere.sdk import fault_named, vim
from paver_vsphere.session import Connection, moid
from paver_vsphere.trust import KnownHosts, NotSent, Trust, normal_thumbprint, thumbprint

WRONG = "00" * 32


@pytest.fixture(scope="module")
def sandboxed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandboxed]:
    one = Sandboxed(tmp_path_factory.mktemp("sandbox"))
    yield one
    one.close()


def opened(sandboxed: Sandboxed, trust: Trust | None = None, password: str = "", timeout: float = 15) -> Connection:
    host, _, port = sandboxed.where.hosts[0].rpartition(":")
    pins = (normal_thumbprint(sandboxed.ready["hosts"][0]["thumbprint_sha256"]),)
    secret = SecretStr(password or sandboxed.password("esxi"))
    return Connection.connect(host, int(port), "root", secret, trust or Trust(pins=pins), timeout)


@pytest.mark.sandbox
@pytest.mark.parametrize("field", ["thumbprint", "thumbprint_sha256"])
def test_a_pin_of_either_length_opens(sandboxed: Sandboxed, field: str) -> None:
    pin = normal_thumbprint(sandboxed.ready["hosts"][0][field])
    connection = opened(sandboxed, Trust(pins=(pin,)))
    assert connection.about.apiType == "HostAgent"
    assert thumbprint(connection.certificate) == sandboxed.ready["hosts"][0]["thumbprint_sha256"]
    connection.close()


@pytest.mark.sandbox
def test_a_wrong_pin_is_refused_with_both_thumbprints(sandboxed: Sandboxed) -> None:
    with pytest.raises(Untrusted) as caught:
        opened(sandboxed, Trust(pins=(WRONG,)))
    facts = dict(caught.value.facts)
    assert facts == {"pinned": WRONG, "shown (SHA-256)": sandboxed.ready["hosts"][0]["thumbprint_sha256"]}


@pytest.mark.sandbox
def test_without_a_pin_a_self_signed_certificate_is_refused_on_loopback_too(sandboxed: Sandboxed) -> None:
    with pytest.raises(Untrusted, match="not trusted"):
        opened(sandboxed, Trust())


@pytest.mark.sandbox
def test_a_wrong_password_is_denied_and_not_shown(sandboxed: Sandboxed) -> None:
    with pytest.raises(Denied) as caught:
        opened(sandboxed, password="not-the-password")
    assert "not-the-password" not in repr(caught.value)


@pytest.mark.sandbox
def test_a_listing_is_one_retrieval_and_has_every_type(sandboxed: Sandboxed) -> None:
    connection = opened(sandboxed)
    rows = connection.retrieve({"Datastore": ("name",), "HostSystem": ("name",), "Datacenter": ("name",)})
    assert {moid(row.ref).partition(":")[0] for row in rows} == {"Datastore", "HostSystem", "Datacenter"}
    assert connection.properties(rows[0].ref, "name") == {"name": rows[0].props["name"]}
    assert moid(connection.ref(moid(rows[0].ref))) == moid(rows[0].ref)
    connection.close()


@pytest.mark.sandbox
def test_what_is_gone_is_not_found(sandboxed: Sandboxed) -> None:
    connection = opened(sandboxed)
    with pytest.raises(NotFound):
        connection.properties(connection.ref("VirtualMachine:vm-none"), "name")
    connection.close()


@pytest.mark.sandbox
def test_a_read_logs_in_again_after_the_session_has_ended(sandboxed: Sandboxed) -> None:
    connection = opened(sandboxed)
    connection.content.sessionManager.Logout()
    assert connection.retrieve({"Datastore": ("name",)})
    connection.close()


@pytest.mark.sandbox
def test_many_threads_share_one_session(sandboxed: Sandboxed) -> None:
    connection = opened(sandboxed)
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(len(connection.retrieve({"Datastore": ("name",)}))))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1] * 8
    connection.close()


@pytest.mark.sandbox
def test_a_lost_answer_to_a_change_is_an_unknown_outcome(sandboxed: Sandboxed) -> None:
    connection = opened(sandboxed)
    content = connection.content
    datacenter = connection.retrieve({"Datacenter": ("name",)})[0].ref
    sandboxed.control("/settings", {"faults": [{"method": "MakeDirectory", "kind": "lose", "count": 1}]})
    try:
        with pytest.raises(OutcomeUnknown):
            connection.call(
                content.fileManager.MakeDirectory, "[datastore1] lost", datacenter, False, what="make a directory"
            )
        with pytest.raises(AlreadyExists):
            connection.call(
                content.fileManager.MakeDirectory, "[datastore1] lost", datacenter, False, what="make a directory"
            )
    finally:
        sandboxed.control("/settings", {"faults": []})
        connection.close()


def test_a_server_that_never_answers_ends_with_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(Transient):
            Connection.connect("127.0.0.1", silent.getsockname()[1], "root", SecretStr("x"), Trust(pins=(WRONG,)), 0.5)
        assert time.monotonic() - began < 2.5


def test_a_closed_port_is_transient_because_nothing_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(Transient, match="cannot be reached"):
        Connection.connect("127.0.0.1", port, "root", SecretStr("x"), Trust(), 2)


@pytest.mark.parametrize(
    ("name", "fields", "sort"),
    [
        ("vim.fault.InvalidLogin", {}, Denied),
        ("vim.fault.NotAuthenticated", {}, Denied),
        ("vim.fault.NoPermission", {"privilegeId": "Host.Config.Network"}, Denied),
        ("vim.fault.DuplicateName", {"name": "x"}, AlreadyExists),
        ("vim.fault.AlreadyExists", {"name": "x"}, AlreadyExists),
        ("vim.fault.AlreadyBeingManaged", {}, AlreadyExists),
        ("vmodl.fault.ManagedObjectNotFound", {}, NotFound),
        ("vim.fault.FileNotFound", {"file": "x"}, NotFound),
        ("vim.fault.ResourceInUse", {}, Busy),
        ("vim.fault.TaskInProgress", {}, Busy),
        ("vim.fault.ConcurrentAccess", {}, Transient),
        ("vim.fault.NoDiskSpace", {}, Rejected),
        ("vim.fault.InsufficientMemoryResourcesFault", {}, Rejected),
        ("vim.fault.RestrictedVersion", {}, Rejected),
        ("vmodl.fault.InvalidArgument", {"invalidProperty": "x"}, Rejected),
        ("vim.fault.SSLVerifyFault", {}, Untrusted),
        ("vim.fault.InvalidBmcRole", {}, Rejected),  # one that the table does not know
    ],
)
def test_a_fault_is_sorted_by_its_type(name: str, fields: dict[str, str], sort: type[PaverError]) -> None:
    found = translate(fault_named(name)(**fields), "change it", sent=True)
    assert type(found) is sort
    assert found.message.startswith("change it")


@pytest.mark.parametrize(
    ("error", "sort"),
    [
        (ConnectionResetError("reset"), OutcomeUnknown),
        (TimeoutError("timed out"), OutcomeUnknown),
        (ssl.SSLEOFError("eof"), OutcomeUnknown),
        (ExpatError("no element found"), OutcomeUnknown),
        (NotSent("h:443", ConnectionRefusedError("refused")), Transient),
    ],
)
def test_a_connection_that_breaks_after_a_change_was_sent_leaves_its_outcome_open(
    error: Exception, sort: type[PaverError]
) -> None:
    assert type(translate(error, "change it", sent=True)) is sort


def test_a_missing_privilege_is_named_as_the_server_spells_it() -> None:
    found = translate(vim().fault.NoPermission(privilegeId="DVSwitch.Create"), "add a switch", sent=True)
    assert isinstance(found, Denied)
    assert found.action == "DVSwitch.Create"


@pytest.mark.parametrize("error", [ConnectionResetError("reset"), TimeoutError("timed out")])
def test_a_broken_read_is_transient(error: Exception) -> None:
    assert type(translate(error, "list", sent=False)) is Transient


@pytest.mark.parametrize(
    ("status", "sent", "sort"),
    [
        (401, True, Denied),
        (403, False, Denied),
        (404, False, NotFound),
        (500, False, Transient),
        (500, True, Rejected),
        (502, True, OutcomeUnknown),
        (502, False, Transient),
        (503, True, Transient),
    ],
)
def test_a_status_is_sorted_by_its_number(status: int, sent: bool, sort: type[PaverError]) -> None:
    assert type(explain_status(status, "write it", sent=sent)) is sort


def test_pins_are_read_in_govcs_format(tmp_path: Path) -> None:
    path = tmp_path / "known_hosts"
    path.write_text(f"# pins\nesxi-1.example.com:443 {':'.join(['AB'] * 20)}\n\nesxi-2:8443 {'cd' * 32}\n")
    known = KnownHosts.read(path)
    assert known.trust("ESXI-1.example.com", 443).pins == ("ab" * 20,)
    assert known.trust("esxi-2", 8443).pins == ("cd" * 32,)
    assert known.trust("esxi-2", 443, ca="pem") == Trust(ca="pem")


@pytest.mark.parametrize("line", ["esxi-1:443", "esxi-1:443 zz", "esxi-1:port " + "ab" * 20, "a b c"])
def test_a_line_that_is_no_pin_is_named_by_its_number(tmp_path: Path, line: str) -> None:
    path = tmp_path / "known_hosts"
    path.write_text(f"# pins\n{line}\n")
    with pytest.raises(Untrusted, match=r"known_hosts:2 is no pin"):
        KnownHosts.read(path)
