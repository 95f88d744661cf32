"""What is neutral has the same names on every IaaS, in each of the files that carry it."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from documents import IAASES, document, published, rendered
from pydantic import SecretStr

from paver import api
from paver.contract.errors import Rejected
from paver.render import rendering
from paver.render.rendering import Concealed, Rendering
from paver.render.text import text


def written(one: Rendering) -> str:
    return text(rendering.with_secrets(one, lambda ref: SecretStr(f"the value of {ref}")))


@pytest.mark.parametrize("name", ["concourse", "dotenv"])
@pytest.mark.parametrize("secrets", [True, False])
def test_the_names_are_the_same_everywhere(name: str, *, secrets: bool) -> None:
    found = []
    for iaas in IAASES:
        (one,) = api.render(document(iaas), name)
        one = rendering.with_secrets(one, lambda ref: SecretStr("x")) if secrets else rendering.without_secrets(one)
        found.append(list(one.tree))
    assert all(names == found[0] for names in found)
    assert len(found[0]) > 100


def test_values_have_the_same_types_everywhere() -> None:
    kinds = [{name: type(value) for name, value in rendered(iaas, "concourse").items()} for iaas in IAASES]
    differing = {name for name in kinds[0] if len({of[name] for of in kinds}) > 1}
    # No value is an empty text, whatever the field's type.
    sizes = {f"datastore_{name}_{what}" for name in ("vms", "disks", "blobs") for what in ("capacity_gib", "encrypted")}
    assert differing <= {"jumpbox_port", *sizes}


@pytest.mark.parametrize("iaas", IAASES)
def test_no_native_id_is_among_the_values(iaas: str) -> None:
    tree = published(iaas, "concourse")
    assert not [name for name in tree if "subnet" in name or "driver" in name]
    assert tree["network_workload_z1_gateway"] == str(document(iaas).networks["workload"].cidr.network_address + 1)
    assert tree["load_balancer_concourse_ports"] == [443]
    assert tree["jumpbox_host_key"].startswith("ssh-") or tree["jumpbox_host_key"] == ""


@pytest.mark.parametrize("name", ["concourse", "credhub", "dotenv", "tfvars", "bosh-director", "bucc"])
def test_without_secrets_no_secret_is_looked_up_and_none_is_told(name: str) -> None:
    (one, *_) = api.render(document("aws"), name)
    kept = text(rendering.without_secrets(one))
    assert rendering.left_out([one])
    assert "PRIVATE KEY" not in kept
    if name != "tfvars":  # it is the document, which says where they are
        assert "secrets/" not in kept


def test_a_text_with_a_secret_that_nobody_settled_is_refused() -> None:
    with pytest.raises(TypeError, match="neither put in nor left out"):
        text(api.render(document("aws"), "concourse")[0])
    with pytest.raises(TypeError, match="neither put in nor left out"):
        text(Rendering("x", "json", {"a": [Concealed(None)]}))


def test_a_rendering_with_its_secrets_in_place_does_not_show_them() -> None:
    one = rendering.with_secrets(api.render(document("aws"), "concourse")[0], lambda ref: SecretStr("s3cret"))
    assert "s3cret" in text(one)
    assert "s3cret" not in repr(one)


def test_a_shell_reads_the_dotenv_file_as_it_was_meant(tmp_path: Path) -> None:
    (one,) = api.render(document("aws"), "dotenv")
    file = tmp_path / ".env"
    file.write_text(written(one))
    script = f"set -a; . {file}; set +a; env -0"
    done = subprocess.run(["/bin/sh", "-c", script], env={}, capture_output=True, check=True)
    read = dict(part.split("=", 1) for part in done.stdout.decode().split("\0") if part.startswith("ENV_"))
    settled = rendering.with_secrets(one, lambda ref: SecretStr(f"the value of {ref}")).tree
    assert read == settled
    assert read["ENV_TRUSTED_CA_CERT"].count("\n") > 10
    assert read["ENV_NETWORK_WORKLOAD_ZONES"] == "z1,z2"


@pytest.mark.parametrize("value", ["it's", 'a "$HOME" `id` \\ done', 'it\'s $5 `x` \\ "q"', "two\nlines", ""])
def test_no_value_is_read_as_anything_but_itself(value: str, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(text(Rendering("x", "dotenv", {"VALUE": value})))
    done = subprocess.run(["/bin/sh", "-c", f'. {file}; printf %s "$VALUE"'], capture_output=True, check=True)
    assert done.stdout.decode() == value


def test_two_names_that_a_variable_cannot_tell_apart_are_refused() -> None:
    environment = document("memory")
    credential = environment.credentials["bosh-cpi"]
    labels = {"a-b": "1", "a": "2"}
    api.render(environment.model_copy(update={"labels": labels}), "dotenv")
    credentials = {"a": credential, "a-allows": credential}
    balancer = environment.load_balancers["concourse"]
    clash = {"a": balancer, "a-z1": balancer}
    api.render(environment.model_copy(update={"load_balancers": clash, "credentials": credentials}), "dotenv")
    networks = {"a": environment.networks["lb"], "a-address": environment.networks["lb"]}
    api.render(environment.model_copy(update={"networks": networks}), "dotenv")
    with pytest.raises(Rejected, match="ENV_LABEL_A_B"):
        api.render(environment.model_copy(update={"labels": {"a-b": "1", "a_b": "2"}}), "dotenv")


@pytest.mark.parametrize("iaas", IAASES)
def test_the_credhub_import_has_each_thing_by_its_type(iaas: str) -> None:
    (one,) = api.render(document(iaas), "credhub")
    entries = yaml.safe_load(written(one))["credentials"]
    by_name = {entry["name"].removeprefix("/paver/staging/"): entry for entry in entries}
    assert len(by_name) == len(entries)
    assert all(set(entry) == {"name", "type", "value"} for entry in entries)
    assert {entry["type"] for entry in entries} <= {"value", "json", "user", "certificate", "ssh"}
    user = by_name["credential_bosh-cpi"]
    assert user["type"] == "user"
    assert user["value"]["password"].startswith("the value of file:secrets/")
    leaf = by_name["certificate_concourse"]["value"]
    assert leaf["ca"].count("BEGIN CERTIFICATE") == 2
    assert leaf["certificate"].count("BEGIN CERTIFICATE") == 1
    assert not [entry for entry in entries if entry["value"] in ("", [])]
    assert not [entry for entry in published(iaas, "credhub")["credentials"] if entry["type"] in {"user", "ssh"}]


@pytest.mark.parametrize("iaas", IAASES)
def test_tfvars_are_the_document_and_its_secrets(iaas: str) -> None:
    (one,) = api.render(document(iaas), "tfvars")
    found = json.loads(written(one))
    assert set(found.pop("secrets")) == {"bosh-cpi", "blobstore"}
    assert found == document(iaas).model_dump(mode="json")
    assert all(re.fullmatch(r"[a-z_]+", name) for name in found)
    assert published(iaas, "tfvars")["secrets"] == {}


@pytest.mark.parametrize("iaas", IAASES)
def test_the_runtime_config_trusts_what_the_environment_trusts_and_asks_its_resolvers(iaas: str) -> None:
    found = published(iaas, "bosh-runtime")
    dns, systemd, trust = (addon["jobs"][0] for addon in found["addons"])
    environment = document(iaas)
    assert trust["properties"]["certs"] == environment.certificates.bundle_pem()
    assert dns["properties"]["recursors"] == [str(server) for server in environment.director()[0].dns]
    assert systemd["properties"]["configure_systemd_resolved"] is True
    assert "recursors" not in systemd["properties"]
    stemcells = [one["os"] for addon in found["addons"] for one in addon.get("include", {}).get("stemcell", ())]
    assert len(stemcells) == len(set(stemcells)) == 4
    assert {job["release"] for job in (dns, trust)} == {release["name"] for release in found["releases"]}
    declared = {variable["name"] for variable in found["variables"]}
    asked = set(re.findall(r"\(\((/[^)]+)\)\)", json.dumps(found["addons"])))
    assert asked < declared
    assert {variable["options"].get("ca") for variable in found["variables"]} - {None} <= declared


def test_a_document_that_was_rendered_is_as_it_was() -> None:
    environment = document("aws")
    before = environment.model_dump_json()
    for name in ("bosh-director", "bosh-cloud-config", "bosh-runtime", "bucc", "concourse", "credhub", "tfvars"):
        assert api.render(environment, name) == api.render(environment, name)
    assert environment.model_dump_json() == before
