"""The environment's CAs among the roots that a vCenter trusts: pushed, rotated, taken away; others' stay."""

from __future__ import annotations

import datetime as dt
import http.client
import json
import subprocess
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from sandboxes import Sandboxed, basic, unverified
from vcenters import Existing, census

from paver import trust
from paver.certificates import fingerprint, make_authority
from paver.contract.environment import PavedEnvironment
from paver.operation import Options
from paver.settings import load_spec

pytestmark = pytest.mark.sandbox

CHAINS = "/api/vcenter/certificate-management/vcenter/trusted-root-chains"


class Site:
    """The site's administrator at the REST API, with a client of his own."""

    def __init__(self, sandboxed: Sandboxed) -> None:
        self.where = sandboxed.where
        login = basic("administrator@vsphere.local", sandboxed.password("vcenter"))
        status, session = self.ask("POST", "/api/session", headers=login)
        assert status == 201
        self.session = {"vmware-api-session-id": session}

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, Any]:  # noqa: ANN401  any JSON
        connection = http.client.HTTPSConnection(
            self.where.vcenter, self.where.vcenter_port, context=unverified(), timeout=10
        )
        with closing(connection):
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, headers if headers is not None else self.session)
            answer = connection.getresponse()
            told = answer.read()
        return answer.status, json.loads(told) if told else None

    def roots(self) -> dict[str, str]:
        """SHA-256 of each to the id of its chain."""
        found = {}
        for entry in self.ask("GET", CHAINS)[1]:
            for pem in self.ask("GET", f"{CHAINS}/{entry['chain']}")[1]["cert_chain"]["cert_chain"]:
                found[fingerprint(pem)] = entry["chain"]
        return found

    def add(self, *pems: str) -> int:
        return self.ask("POST", CHAINS, {"cert_chain": {"cert_chain": list(pems)}})[0]

    def remove(self, sha256: str) -> None:
        assert self.ask("DELETE", f"{CHAINS}/{self.roots()[sha256]}")[0] == 204


@pytest.fixture
def site(sandboxed: Sandboxed) -> Site:
    return Site(sandboxed)


@pytest.fixture(scope="module")
def corporate() -> str:
    made = make_authority(
        "corporate", "site", key_type="ecdsa-p256", lifetime=dt.timedelta(days=30), now=dt.datetime.now(dt.UTC)
    )
    return made.certificate


def trusting(*names: str, **given: str) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        document["iaas"]["vsphere"]["trusted_roots"] = list(names)
        document["certificates"]["trusted"] = given

    return change


def roots_of(document: PavedEnvironment) -> set[str]:
    return {one.sha256 for one in document.certificates.authorities["root"].certificates}


def test_a_root_is_pushed_seen_and_taken_away_again(sandboxed: Sandboxed, site: Site) -> None:
    before, theirs = census(sandboxed), set(site.roots())
    one = Existing(sandboxed, trusting("root"))
    document = one.pave()
    assert set(site.roots()) == theirs | roots_of(document)
    assert one.plan() == {}
    one.state = one.state.with_name("another-state")
    assert one.plan() == {}
    one.destroy()
    assert census(sandboxed) == before


def test_a_root_that_was_trusted_before_is_nobodys_to_take_away(
    sandboxed: Sandboxed, site: Site, corporate: str
) -> None:
    assert site.add(corporate) == 201
    before = census(sandboxed)
    one = Existing(sandboxed, trusting("root", "corporate", corporate=corporate))
    one.pave()
    assert one.plan() == {}
    one.destroy()
    assert census(sandboxed) == before
    site.remove(fingerprint(corporate))


def test_a_root_that_went_by_hand_is_missed_and_pushed_again(sandboxed: Sandboxed, site: Site) -> None:
    one = Existing(sandboxed, trusting("root"))
    (sha256,) = roots_of(one.pave())
    try:
        site.remove(sha256)
        assert one.plan() == {"trusted-root/root": "create"}
        one.pave()
        assert sha256 in site.roots()
        assert one.plan() == {}
    finally:
        one.destroy()


def test_what_others_took_away_becomes_ours_when_we_push_it(sandboxed: Sandboxed, site: Site, corporate: str) -> None:
    before = census(sandboxed)
    assert site.add(corporate) == 201
    one = Existing(sandboxed, trusting("corporate", corporate=corporate))
    one.pave()
    site.remove(fingerprint(corporate))
    assert one.plan() == {"trusted-root/corporate": "create"}
    one.pave()
    one.destroy()
    assert census(sandboxed) == before


def test_a_root_that_is_named_no_longer_goes_and_another_one_stays(
    sandboxed: Sandboxed, site: Site, corporate: str
) -> None:
    one = Existing(sandboxed, trusting("root", "corporate", corporate=corporate))
    document = one.pave()
    try:
        one.edit(trusting("root", corporate=corporate))
        assert one.plan() == {"trusted-root/corporate": "delete"}
        one.pave()
        assert fingerprint(corporate) not in site.roots()
        assert roots_of(document) < set(site.roots())
        assert "trusted-root/corporate" not in one.register()
        assert one.plan() == {}
    finally:
        one.destroy()


def test_a_rotation_is_trusted_from_its_first_step_to_its_last(sandboxed: Sandboxed, site: Site) -> None:
    theirs = set(site.roots())
    one = Existing(sandboxed, trusting("root"))
    (first,) = roots_of(one.pave())
    try:
        rotate(one, "trust")
        assert one.plan() == {"trusted-root/root": "update"}
        both = roots_of(one.pave())
        assert first in both
        assert set(site.roots()) == theirs | both
        rotate(one, "sign")
        assert one.plan() == {}
        rotate(one, "retire")
        assert one.plan() == {"trusted-root/root": "update"}
        assert roots_of(one.pave()) == both - {first}
        assert set(site.roots()) == theirs | both - {first}
    finally:
        one.destroy()


@pytest.mark.parametrize("kind", ["lose", "drop", "503"])
def test_an_answer_that_never_came_leaves_nothing_behind(sandboxed: Sandboxed, site: Site, kind: str) -> None:
    """Of roots and of a group's permission, each call that changes them."""
    before, theirs = census(sandboxed), set(site.roots())

    def granting(document: dict[str, Any]) -> None:
        trusting("root")(document)
        document["iaas"]["vsphere"]["groups"] = {"VSPHERE.LOCAL\\ReadOnlyUsers": "ReadOnly"}
        document["credentials"] = {"blobstore": document["credentials"]["blobstore"]}

    one = Existing(sandboxed, granting)
    methods = ("POST /api", "DELETE /api", "GET /api", "SetEntityPermissions", "RemoveEntityPermission")
    faults = [{"method": method, "kind": kind, "count": 1} for method in methods]
    sandboxed.control("/settings", {"faults": faults})
    try:
        document = one.pave()
        assert set(site.roots()) == theirs | roots_of(document)
        assert one.plan() == {}
        one.destroy()
        assert census(sandboxed) == before
    finally:
        sandboxed.control("/settings", {"faults": []})


def test_a_vcenter_that_does_not_show_its_roots_is_found_before_anything_is_made(sandboxed: Sandboxed) -> None:
    one = Existing(sandboxed, trusting("root"))
    sandboxed.control("/settings", {"faults": [{"method": "GET /api", "kind": "404"}]})
    try:
        asked = subprocess.run(one.command("preflight"), capture_output=True, text=True, check=False)
    finally:
        sandboxed.control("/settings", {"faults": []})
    assert asked.returncode == 7, asked.stdout
    assert "list its trusted roots" in asked.stdout
    asked = subprocess.run(one.command("preflight"), capture_output=True, text=True, check=False)
    assert asked.returncode == 0, asked.stdout
    assert "shows which roots it trusts (1)" in " ".join(asked.stdout.split())


def rotate(environment: Existing, step: Any) -> None:  # noqa: ANN401  one of three words
    trust.rotate(load_spec(environment.file), "root", step=step, options=Options(state_dir=environment.state))


def test_the_sandbox_takes_no_certificate_twice_and_none_that_signs_nothing(
    sandboxed: Sandboxed, site: Site, corporate: str
) -> None:
    leaf = (sandboxed.directory / "esxi-1.crt").read_text()
    before = census(sandboxed)
    assert site.add(leaf) == 400
    assert site.add() == 400
    assert site.add("no certificate") == 400
    assert site.add(corporate) == 201
    assert site.add(corporate) == 400
    site.remove(fingerprint(corporate))
    assert site.ask("GET", f"{CHAINS}/nowhere")[0] == site.ask("DELETE", f"{CHAINS}/nowhere")[0] == 404
    assert site.ask("GET", CHAINS, headers={})[0] == 401
    assert site.ask("POST", "/api/session", headers=basic("administrator@vsphere.local", "wrong"))[0] == 401
    assert census(sandboxed) == before
