"""A leaf of the environment's in place of the certificate that the vCenter's own VMCA signed."""

from __future__ import annotations

import datetime as dt
import http.client
import json
import ssl
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from environments import Document, Environment, census
from killing import Point, killed
from sandboxes import Sandboxed, basic, unverified

from paver import api, trust
from paver.certificates import Made, fingerprint, make_authority, make_leaf
from paver.contract.environment import PavedEnvironment
from paver.contract.errors import StepFailed
from paver_vsphere.bosh import VsphereBosh
from paver_vsphere.trust import Trust, peer_certificate, shown_certificate

sys.path.insert(0, str(Path(__file__).parents[1] / "secrets"))
from site_authority import SiteAuthority

pytestmark = pytest.mark.sandbox

TLS = "/api/vcenter/certificate-management/vcenter/tls"
NOW = dt.datetime.now(dt.UTC)
MONTH = dt.timedelta(days=30)


def leafy(signed_by: str) -> Any:  # noqa: ANN401  a change
    """The smallest environment whose vCenter shows a leaf."""

    def change(document: Document) -> None:
        section = document["iaas"]["vsphere"]
        document["zones"] = 1
        section["zones"] = {"z1": section["zones"]["z1"]}
        section["appliance"]["machine_certificate"] = "vcenter"
        del section["jumpbox"]
        document["certificates"] = {
            "authorities": {"root": {}, "between": {"signed_by": "root"}, "other": {}},
            "leaves": {"vcenter": {"signed_by": signed_by, "names": [section["vcenter"]]}},
        }

    return change


def shown(stage: Sandboxed) -> str:
    der = shown_certificate(stage.where.vcenter, stage.where.vcenter_port, 5)
    return fingerprint(ssl.DER_cert_to_PEM_cert(der))


def leaf_of(document: PavedEnvironment) -> str:
    return document.certificates.leaves["vcenter"].certificate.sha256


def verifies(stage: Sandboxed, document: PavedEnvironment) -> bool:
    """Whether a client that trusts what the document says of the vCenter may call it."""
    ca = document.certificates.trusted["iaas"].pem
    assert document.services["iaas"].ca == "iaas"
    context = ssl.create_default_context(cadata=ca)
    connection = http.client.HTTPSConnection(stage.where.vcenter, stage.where.vcenter_port, context=context, timeout=10)
    with closing(connection):
        connection.connect()
    return True


def planned(environment: Environment) -> dict[str, str]:
    return {str(step.key): step.action.value for step in environment.plan() if step.mutates}


def signed_by(authority: str, environment: Environment) -> None:
    environment.document["certificates"]["leaves"]["vcenter"]["signed_by"] = authority
    environment.edit()


def showing(stage: Sandboxed, sha256: str) -> None:
    """Wait until the vCenter is there again with that one."""
    deadline = time.monotonic() + 10
    while True:
        with suppress(OSError):
            if shown(stage) == sha256:
                return
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Site:
    """The site's administrator at the REST API."""

    def __init__(self, stage: Sandboxed) -> None:
        self.where = stage.where
        login = basic("administrator@vsphere.local", stage.password("vcenter"))
        _, session = self.ask("POST", "/api/session", None, login)
        self.session = {"vmware-api-session-id": session}

    def ask(self, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, Any]:  # noqa: ANN401  any JSON
        where = self.where.vcenter, self.where.vcenter_port
        with closing(http.client.HTTPSConnection(*where, context=unverified(), timeout=10)) as connection:
            connection.request(method, path, json.dumps(body) if body else None, headers)
            answer = connection.getresponse()
            told = answer.read()
        return answer.status, json.loads(told) if told else None

    def put(self, cert: str, key: str, root: str) -> int:
        return self.ask("PUT", TLS, {"cert": cert, "key": key, "root_cert": root}, self.session)[0]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandboxed]:
    one = Sandboxed(tmp_path_factory.mktemp("stage"), restart_seconds=0.6)
    yield one
    one.close()


@pytest.fixture(scope="module")
def environment(stage: Sandboxed) -> Iterator[Environment]:
    before = census(stage)
    one = Environment(stage, leafy("between"))
    one.pave()
    yield one
    one.destroy(state=one.state.with_name("another-state"))
    assert census(stage) == before


@pytest.fixture
def paved(environment: Environment) -> PavedEnvironment:
    return environment.pave()


def test_the_vcenter_shows_the_leaf_and_nothing_is_left_to_do(
    stage: Sandboxed, environment: Environment, paved: PavedEnvironment
) -> None:
    assert shown(stage) == leaf_of(paved)
    assert environment.plan().empty
    assert environment.run("verify").returncode == 0
    assert environment.outputs(environment.state.with_name("nobodys-state")) == paved


def test_who_trusts_what_the_document_says_trusts_the_vcenter(stage: Sandboxed, paved: PavedEnvironment) -> None:
    assert verifies(stage, paved)
    ca = VsphereBosh().director(paved).variables["vcenter_ca_cert"]
    theirs = paved.certificates.trusted["iaas-3"].pem
    assert ca == paved.certificates.pem("root") + paved.certificates.pem("between") + theirs
    assert theirs in paved.certificates.bundle_pem()


def test_an_authority_that_is_named_is_trusted_although_another_signed_it(
    stage: Sandboxed, paved: PavedEnvironment
) -> None:
    where = stage.where.vcenter, stage.where.vcenter_port
    der = peer_certificate(*where, Trust(ca=paved.certificates.pem("between")), 5)
    assert fingerprint(ssl.DER_cert_to_PEM_cert(der)) == leaf_of(paved)
    with pytest.raises(OSError, match="certificate verify failed"):
        peer_certificate(*where, Trust(ca=paved.certificates.pem("other")), 5)


def test_the_key_is_in_the_secret_store_and_nowhere_else(
    stage: Sandboxed, environment: Environment, paved: PavedEnvironment
) -> None:
    access, _ = api.subject_of(environment.loaded(), environment.options())
    key = access.minted("certificates/vcenter").get_secret_value().splitlines()[1]
    told = [paved.model_dump_json(), str(environment.events), str(environment.plan()), str(census(stage))]
    kept = [path.read_text() for path in environment.state.rglob("*") if path.is_file()]
    assert kept
    assert not any(key in text for text in [*told, *kept])


def test_another_certificate_by_hand_is_drift_and_is_put_right(
    stage: Sandboxed, environment: Environment, paved: PavedEnvironment
) -> None:
    name = stage.where.vcenter
    access, _ = api.subject_of(environment.loaded(), environment.options())
    root = paved.certificates.authorities["root"].certificates[0].pem
    issuer = Made(root, access.minted("authorities/root"))
    other = make_leaf([name], "site", key_type="ecdsa-p256", lifetime=MONTH, now=NOW, issuer=issuer)
    assert Site(stage).put(other.certificate, other.key.get_secret_value(), root) == 204
    showing(stage, fingerprint(other.certificate))
    assert environment.run("verify").returncode == 7
    assert planned(environment) == {"machine-certificate/vcenter": "update"}
    assert environment.pave() == paved
    assert shown(stage) == leaf_of(paved)
    assert environment.plan().empty


def test_a_renewed_leaf_is_shown_in_place_of_the_last(
    stage: Sandboxed, environment: Environment, paved: PavedEnvironment
) -> None:
    trust.rotate(environment.loaded(), "vcenter", options=environment.options())
    assert planned(environment) == {"machine-certificate/vcenter": "update"}
    renewed = leaf_of(environment.pave())
    assert renewed != leaf_of(paved)
    assert shown(stage) == renewed
    assert environment.plan().empty


def test_a_rotation_of_the_root_is_trusted_before_anything_hangs_on_it(
    stage: Sandboxed, environment: Environment, paved: PavedEnvironment
) -> None:
    (first,) = paved.certificates.authorities["root"].certificates
    for step, steps in (
        ("trust", {"appliance/vcenter": "update"}),
        ("sign", {"appliance/vcenter": "update", "machine-certificate/vcenter": "update"}),
        ("retire", {"appliance/vcenter": "update"}),
    ):
        trust.rotate(environment.loaded(), "root", step=step, options=environment.options())  # type: ignore[arg-type]  # one of three words
        assert planned(environment) == steps
        document = environment.pave()
        assert shown(stage) == leaf_of(document)
        assert verifies(stage, document)
        assert environment.plan().empty
    assert first.pem not in {one.pem for one in document.certificates.trusted.values()}


@pytest.mark.parametrize("kind", ["hold", "hold-answer"])
@pytest.mark.parametrize("number", [0, 1], ids=["trust", "replace"])
def test_killed_before_or_after_either_change_a_plain_run_converges(
    stage: Sandboxed, environment: Environment, paved: PavedEnvironment, number: int, kind: str
) -> None:
    signed_by("other" if paved.certificates.leaves["vcenter"].signed_by == "between" else "between", environment)
    assert killed(stage, environment.command("pave", "-y"), Point(number, kind))
    document = environment.pave()
    assert shown(stage) == leaf_of(document) != leaf_of(paved)
    assert verifies(stage, document)
    assert environment.plan().empty


@pytest.mark.parametrize("kind", ["lose", "drop", "503"])
def test_an_answer_that_never_came_is_looked_for(
    stage: Sandboxed, environment: Environment, paved: PavedEnvironment, kind: str
) -> None:
    trust.rotate(environment.loaded(), "vcenter", options=environment.options())
    stage.control("/settings", {"faults": [{"method": "PUT /api", "kind": kind, "count": 1}]})
    try:
        renewed = leaf_of(environment.pave())
    finally:
        stage.control("/settings", {"faults": []})
    assert shown(stage) == renewed != leaf_of(paved)
    assert environment.plan().empty


def test_left_out_again_the_vcenter_goes_on_with_the_last_one(
    stage: Sandboxed, environment: Environment, paved: PavedEnvironment
) -> None:
    del environment.section["appliance"]["machine_certificate"]
    environment.edit()
    assert planned(environment) == {"appliance/vcenter": "update", "machine-certificate/vcenter": "delete"}
    document = environment.pave()
    assert shown(stage) == leaf_of(paved)
    assert verifies(stage, document)
    assert environment.plan().empty
    environment.section["appliance"]["machine_certificate"] = "vcenter"
    environment.edit()
    assert planned(environment) == {
        "appliance/vcenter": "update",
        "register/vcenter": "update",
        "machine-certificate/vcenter": "create",
    }
    environment.pave()
    assert environment.plan().empty


def test_what_the_site_signs_is_shown_once_it_is_there(
    stage: Sandboxed, environment: Environment, paved: PavedEnvironment
) -> None:
    site = SiteAuthority()
    environment.document["certificates"]["trusted"] = {"corporate": site.root.certificate}
    signed_by("corporate", environment)
    with pytest.raises(StepFailed, match="waits for the signature of corporate"):
        environment.pave()
    assert shown(stage) == leaf_of(paved)
    request = trust.request(environment.loaded(), "vcenter", environment.options())
    trust.accept(environment.loaded(), "vcenter", site.sign(request, NOW), environment.options(), source="a test")
    document = environment.pave()
    assert shown(stage) == leaf_of(document)
    assert verifies(stage, document)
    assert environment.plan().empty


def test_the_sandbox_takes_no_certificate_that_would_lock_everybody_out(
    stage: Sandboxed, environment: Environment, paved: PavedEnvironment
) -> None:
    name, site, before = stage.where.vcenter, Site(stage), shown(stage)
    ours, theirs = (make_authority("a", "site", key_type="ecdsa-p256", lifetime=MONTH, now=NOW) for _ in range(2))

    def leaf(*names: str) -> Made:
        return make_leaf(names, "site", key_type="ecdsa-p256", lifetime=MONTH, now=NOW, issuer=ours)

    good, other = leaf(name), leaf("elsewhere.example.com")
    key = good.key.get_secret_value()
    assert site.put("no certificate", key, ours.certificate) == 400
    assert site.put(good.certificate, other.key.get_secret_value(), ours.certificate) == 400
    assert site.put(other.certificate, other.key.get_secret_value(), ours.certificate) == 400
    assert site.put(good.certificate, key, theirs.certificate) == 400
    assert site.put(good.certificate, key, "") == 400
    assert site.ask("PUT", TLS, {}, {})[0] == 401
    assert fingerprint(site.ask("GET", TLS, None, site.session)[1]["cert"]) == before == shown(stage)
