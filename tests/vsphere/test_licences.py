"""Licences: given to the vCenter, assigned to it and to its hosts, put back; and a key that nobody ever reads."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pyVmomi import vim
from sandboxes import Sandboxed, Server
from vcenters import Existing, census, licence_key

from paver.contract.errors import StepFailed
from paver_vsphere.licences import digest

pytestmark = pytest.mark.sandbox

EVALUATION = "00000-00000-00000-00000-00000"
CHANGES = ("AddLicense", "UpdateAssignedLicense", "RemoveLicense")


VCENTER, OTHER = licence_key("VCTR8", 1, "FIRST"), licence_key("VCTR8", 1, "OTHER")
HOSTS, MEAGRE = licence_key("ESXI8", 64, "HOSTS"), licence_key("ESXI8", 0, "SMALL")
KEYS = {"vcenter": VCENTER, "hosts": HOSTS}


class Site:
    """The site's administrator at the licences, with a client of his own."""

    def __init__(self, sandboxed: Sandboxed) -> None:
        self.sandboxed = sandboxed
        self.server: Server = sandboxed.vcenter()
        self.manager = self.server.content.licenseManager
        self.assignments = self.server.read(self.manager, "licenseAssignmentManager")
        self.vcenter = self.server.content.about.instanceUuid

    def keys(self) -> set[str]:
        return {one.licenseKey for one in self.server.read(self.manager, "licenses")}

    def assigned(self) -> dict[str, str]:
        """By the vCenter's instance, or a host's name."""
        found = self.assignments.QueryAssignedLicenses(None)
        return {
            one.entityId if one.entityId == self.vcenter else one.entityDisplayName: one.assignedLicense.licenseKey
            for one in found
        }

    def assign(self, licence: str, entity: str = "") -> None:
        self.manager.AddLicense(licence)
        self.assignments.UpdateAssignedLicense(entity or self.vcenter, licence)

    def clear(self) -> None:
        self.assignments.UpdateAssignedLicense(self.vcenter, EVALUATION)
        for one in self.keys() - {EVALUATION}:
            self.manager.RemoveLicense(one)


@pytest.fixture
def site(sandboxed: Sandboxed) -> Iterator[Site]:
    """What a test leaves of licences is what it found."""
    before, one = census(sandboxed), Site(sandboxed)
    yield one
    sandboxed.control("/settings", {"faults": [], "vcenter": {"evaluation_days": 60}})
    assert census(sandboxed) == before


def licensed(sandboxed: Sandboxed, **keys: str) -> Callable[[dict[str, Any]], None]:
    """The section names files with these keys."""

    def change(document: dict[str, Any]) -> None:
        for name, value in keys.items():
            file = sandboxed.directory / f"{name}.licence"
            file.write_text(value + "\n")
            file.chmod(0o600)
        document["iaas"]["vsphere"]["licences"] = {name: f"file:{name}.licence" for name in keys}

    return change


def changes(sandboxed: Sandboxed) -> list[str]:
    return [call["method"] for call in sandboxed.control("/calls")["calls"] if call["method"] in {*CHANGES, "SetField"}]


def test_licences_are_given_assigned_seen_and_put_back(sandboxed: Sandboxed, site: Site) -> None:
    one = Existing(sandboxed, licensed(sandboxed, **KEYS))
    one.pave()
    hosts = [host.partition(":")[0] for host in sandboxed.where.hosts]
    assert site.assigned() == {site.vcenter: VCENTER, **dict.fromkeys(hosts, HOSTS)}
    assert site.keys() == {EVALUATION, VCENTER, HOSTS}
    sandboxed.control("/calls", {})
    one.state = one.state.with_name("another-state")
    assert one.plan() == {}
    one.pave()
    assert changes(sandboxed) == []
    sandboxed.control("/calls", {})
    one.destroy()
    assert site.assigned() == {site.vcenter: EVALUATION}
    assert site.keys() == {EVALUATION}
    assert changes(sandboxed).count("UpdateAssignedLicense") == 1, "a host that goes takes its licence along"


def test_no_key_is_in_anything_that_paver_says_or_keeps(sandboxed: Sandboxed, site: Site) -> None:
    one = Existing(sandboxed, licensed(sandboxed, **KEYS))
    said = []
    for verb in (("preflight",), ("plan",), ("pave", "-y"), ("verify",), ("outputs",), ("status",), ("plan",)):
        done = subprocess.run(one.command(*verb), capture_output=True, text=True, check=False)
        said += [done.stdout, done.stderr]
    site.assign(OTHER)
    drift = subprocess.run(one.command("plan"), capture_output=True, text=True, check=False)
    assert digest(OTHER) in drift.stdout
    said += [drift.stdout, drift.stderr, str(census(sandboxed)), str(one.register())]
    assert digest(VCENTER) in str(one.register())
    site.assign(VCENTER)
    site.manager.RemoveLicense(OTHER)
    kept = [file for file in sandboxed.directory.rglob("*") if file.is_file() and file.suffix != ".licence"]
    said += [file.read_bytes().decode("latin-1") for file in kept]
    done = subprocess.run(
        one.command("destroy", "-y", "--confirm-env", "sandbox"), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    said += [done.stdout, done.stderr]
    for licence in (VCENTER, HOSTS, OTHER):
        assert not [text for text in said if licence in text]


def test_another_licence_that_somebody_assigned_is_missed_and_put_right(sandboxed: Sandboxed, site: Site) -> None:
    one = Existing(sandboxed, licensed(sandboxed, **KEYS))
    one.pave()
    try:
        site.assignments.UpdateAssignedLicense(site.server.all(vim.HostSystem).popitem()[1]._moId, EVALUATION)
        site.assign(OTHER)
        found = one.plan()
        assert found.pop("licence/vcenter") == "update"
        assert set(found.values()) == {"update"}
        assert [name.partition("/")[0] for name in found] == ["licence"]
        one.pave()
        assert site.assigned()[site.vcenter] == VCENTER
        assert one.plan() == {}
        site.assign(OTHER)
    finally:
        one.destroy()
    assert site.assigned() == {site.vcenter: OTHER}, "what somebody assigned meanwhile is theirs"
    assert site.keys() == {EVALUATION, OTHER}
    site.clear()


def test_whoever_destroys_need_not_have_the_keys(sandboxed: Sandboxed, site: Site) -> None:
    one = Existing(sandboxed, licensed(sandboxed, **KEYS))
    one.pave()
    for name in KEYS:
        (sandboxed.directory / f"{name}.licence").unlink()
    told = subprocess.run(one.command("verify"), capture_output=True, text=True, check=False)
    assert told.returncode == 7, told.stdout
    assert "the section's is not there" in " ".join(f"{told.stdout} {told.stderr}".split())
    one.destroy()
    assert site.keys() == {EVALUATION}


def test_a_key_and_an_assignment_that_were_there_stay(sandboxed: Sandboxed, site: Site) -> None:
    site.assign(OTHER)
    site.manager.AddLicense(HOSTS)
    there = census(sandboxed)
    one = Existing(sandboxed, licensed(sandboxed, **KEYS))
    one.pave()
    assert site.assigned()[site.vcenter] == VCENTER
    one.destroy()
    assert census(sandboxed) == there
    site.clear()


def test_a_licence_that_is_there_already_is_nobodys_to_take_away(sandboxed: Sandboxed, site: Site) -> None:
    site.assign(VCENTER)
    there = census(sandboxed)
    one = Existing(sandboxed, licensed(sandboxed, vcenter=VCENTER))
    one.pave()
    assert one.plan() == {}
    one.destroy()
    assert census(sandboxed) == there
    site.clear()


def test_another_key_in_the_section_is_assigned_and_both_go_again(sandboxed: Sandboxed, site: Site) -> None:
    one = Existing(sandboxed, licensed(sandboxed, vcenter=VCENTER))
    one.pave()
    one.edit(licensed(sandboxed, vcenter=OTHER))
    assert one.plan() == {"licence-key/vcenter": "update", "licence/vcenter": "update"}
    one.pave()
    assert site.assigned()[site.vcenter] == OTHER
    assert one.plan() == {}
    one.destroy()
    assert site.keys() == {EVALUATION}


def test_hosts_that_stay_have_their_earlier_licence_when_it_is_asked_for_no_longer(
    sandboxed: Sandboxed, site: Site
) -> None:
    one = Existing(sandboxed, licensed(sandboxed, **KEYS))
    one.pave()
    try:
        one.edit(licensed(sandboxed, vcenter=VCENTER))
        assert set(one.plan().values()) == {"delete"}
        one.pave()
        assert set(site.assigned().values()) == {VCENTER, EVALUATION}
        assert site.keys() == {EVALUATION, VCENTER}
        one.edit(licensed(sandboxed, **KEYS))
        assert set(one.plan().values()) == {"create", "update"}
        one.pave()
        assert list(site.assigned().values()).count(HOSTS) == 3
    finally:
        one.destroy()


@pytest.mark.parametrize(
    ("keys", "path", "word"),
    [
        ({"vcenter": VCENTER[:-1] + ("0" if VCENTER[-1] != "0" else "1")}, "vcenter", "does not know the key as valid"),
        ({"vcenter": HOSTS}, "vcenter", "is a licence for hosts"),
        ({"hosts": VCENTER}, "hosts", "is a licence for a vCenter"),
        ({"hosts": MEAGRE}, "hosts", "too little capacity"),
        ({"hosts": "hunter2"}, "hosts", "no licence key"),
    ],
)
def test_a_key_that_does_not_serve_is_refused_by_its_place(
    sandboxed: Sandboxed, site: Site, keys: dict[str, str], path: str, word: str
) -> None:
    one = Existing(sandboxed, licensed(sandboxed, **keys))
    try:
        with pytest.raises(StepFailed) as caught:
            one.pave()
        said = f"{caught.value} {caught.value.facts} {caught.value.failures}"
        assert f"iaas.vsphere.licences.{path}" in said
        assert word in said
        assert not [value for value in keys.values() if value in said]
        assert site.assigned()[site.vcenter] == EVALUATION
        told = subprocess.run(one.command("preflight"), capture_output=True, text=True, check=False)
        assert (told.returncode == 7) == (word != "too little capacity"), told.stdout
        assert not [value for value in keys.values() if value in told.stdout + told.stderr]
    finally:
        one.edit(lambda document: document["iaas"]["vsphere"].pop("licences"))
        one.destroy()


def test_an_evaluation_that_is_over_is_told_and_hinders_no_destroy(sandboxed: Sandboxed, site: Site) -> None:
    one = Existing(sandboxed, licensed(sandboxed, vcenter=VCENTER))
    told = subprocess.run(one.command("preflight"), capture_output=True, text=True, check=False)
    assert "knows the key of licences.vcenter: vCenter Server 8 Standard" in " ".join(told.stdout.split())
    assert "the evaluation of" not in told.stdout
    sandboxed.control("/settings", {"vcenter": {"evaluation_days": -1}})
    told = subprocess.run(one.command("preflight"), capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout
    assert "the evaluation of" in told.stdout
    one.pave()
    one.destroy()
    assert site.assigned() == {site.vcenter: VCENTER}
    sandboxed.control("/settings", {"vcenter": {"evaluation_days": 60}})
    site.clear()


def test_nothing_is_asked_of_licences_where_none_is_named(sandboxed: Sandboxed, site: Site) -> None:
    one = Existing(sandboxed)
    sandboxed.control("/calls", {})
    one.pave()
    one.destroy()
    made = {call["method"] for call in sandboxed.control("/calls")["calls"]}
    assert not made & {*CHANGES, "DecodeLicense", "QueryAssignedLicenses"}


@pytest.mark.parametrize("kind", ["lose", "drop", "503"])
def test_an_answer_that_never_came_leaves_no_licence_behind(sandboxed: Sandboxed, site: Site, kind: str) -> None:
    one = Existing(sandboxed, licensed(sandboxed, **KEYS))
    methods = (*CHANGES, "QueryAssignedLicenses", "DecodeLicense")
    sandboxed.control("/settings", {"faults": [{"method": method, "kind": kind, "count": 1} for method in methods]})
    one.pave()
    assert set(site.assigned().values()) == {VCENTER, HOSTS}
    assert one.plan() == {}
    one.destroy()


@pytest.mark.parametrize("kind", ["hold", "hold-answer"])
@pytest.mark.parametrize("method", CHANGES)
def test_whoever_is_killed_at_a_call_finds_the_earlier_licence_again(
    sandboxed: Sandboxed, site: Site, method: str, kind: str
) -> None:
    one = Existing(sandboxed, licensed(sandboxed, vcenter=VCENTER))
    if method == "RemoveLicense":
        one.pave()
    sandboxed.control("/settings", {"faults": [{"method": method, "kind": kind}]})
    verb = "destroy" if method == "RemoveLicense" else "pave"
    consent = ("-y", "--confirm-env", "sandbox") if verb == "destroy" else ("-y",)
    run = subprocess.Popen(one.command(verb, *consent), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not sandboxed.control("/calls")["held"]:
        assert run.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    run.kill()
    run.wait(10)
    sandboxed.control("/settings", {"faults": []})
    if verb == "pave":
        one.pave()
        assert site.assigned()[site.vcenter] == VCENTER
        assert one.plan() == {}
    one.destroy()


def test_the_sandbox_keeps_licences_as_a_vcenter_does(sandboxed: Sandboxed, site: Site) -> None:
    invalid = site.manager.AddLicense("AAAAA-BBBBB-CCCCC-DDDDD-EEEEE")
    assert [one.key for one in invalid.properties] == ["diagnostic"]
    assert site.keys() == {EVALUATION}
    assert site.assigned() == {site.vcenter: EVALUATION}
    with pytest.raises(vim.fault.LicenseEntityNotFound):
        site.assign(VCENTER, "host-999")
    with pytest.raises(vim.fault.LicenseKeyEntityMismatch):
        site.assign(HOSTS)
    site.assign(VCENTER)
    assert census(sandboxed)["Folder /"]["licence"] == digest(VCENTER)
    with pytest.raises(vim.fault.ResourceInUse):
        site.manager.RemoveLicense(VCENTER)
    site.clear()
