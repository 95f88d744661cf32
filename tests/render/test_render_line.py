"""`paver render` and `paver print-env` by the command line: where secrets go, and where they never do."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from documents import KEPT

sys.path.insert(0, str(Path(__file__).parents[1] / "cli"))
from fakes import Run, run

__all__ = ["run"]

SANDBOX = ("--iaas", "memory", "--sandbox")
FORMATS = ("bosh-director", "bosh-cloud-config", "bosh-runtime", "bucc", "concourse", "credhub", "dotenv", "tfvars")


@pytest.fixture
def home(run: Run, tmp_path: Path) -> Path:
    assert run("pave", *SANDBOX, "-y").code == 0
    return tmp_path / "state" / "paver" / "sandbox" / "memory"


def values(home: Path) -> set[str]:
    """Every secret value in the store."""
    found = set()
    for path in (home / "secrets").rglob("*"):
        if path.is_file():
            entry = json.loads(path.read_text() or "{}")  # a lock is empty
            found |= {entry[key] for key in ("secret", "private_key", "key") if key in entry}
    return found


def test_no_format_prints_a_secret(run: Run, home: Path) -> None:
    secrets = values(home)
    assert len(secrets) > 2
    for name in FORMATS:
        for more in ((), ("-o", "json")):
            done = run("render", name, *SANDBOX, *more)
            assert done.code == 0, done.err
            assert done.out
            assert not [value for value in secrets if value in done.out + done.err]


def test_a_rendering_is_printed_as_its_consumer_reads_it(run: Run, home: Path) -> None:
    assert yaml.safe_load(run("render", "bosh-cloud-config", *SANDBOX).out)["azs"][0]["name"] == "z1"
    assert yaml.safe_load(run("render", "bosh-director", *SANDBOX).out)["director_name"] == "sandbox"
    operations = yaml.safe_load(run("render", "bosh-director", "director-ops.yml", *SANDBOX).out)
    assert operations[0]["value"] == "((internal_dns))"
    assert "ENV_ENVIRONMENT='sandbox'\n" in run("render", "dotenv", *SANDBOX).out
    assert json.loads(run("render", "tfvars", *SANDBOX).out)["iaas"] == "memory"


def test_what_is_left_out_is_told_on_stderr(run: Run, home: Path) -> None:
    done = run("render", "bosh-director", *SANDBOX)
    assert "Left out, being secret: password." in done.err
    assert "--with-secrets --output-dir DIR" in done.err
    assert run("render", "bosh-director", "director-ops.yml", *SANDBOX).err == ""
    assert run("render", "bosh-director", *SANDBOX, "-q").err == ""


def test_secrets_without_a_directory_are_refused(run: Run, home: Path) -> None:
    for verb in (("render", "bucc"), ("print-env",)):
        done = run(*verb, *SANDBOX, "--with-secrets")
        assert done.code == 2
        assert done.out == ""
        assert "secrets are never printed" in done.err


def test_secrets_go_to_private_files(run: Run, home: Path, tmp_path: Path) -> None:
    out = tmp_path / "made" / "out"
    before = os.umask(0)
    try:
        done = run("render", "bosh-director", *SANDBOX, "--with-secrets", "--output-dir", str(out))
    finally:
        os.umask(before)
    assert done.code == 0, done.err
    assert done.out.splitlines() == [str(out / "director-vars.yml"), str(out / "director-ops.yml")]
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in out.iterdir()} == {0o600}
    assert sorted(path.name for path in out.iterdir()) == ["director-ops.yml", "director-vars.yml"]
    written = yaml.safe_load((out / "director-vars.yml").read_text())
    assert written["password"] in values(home)
    assert written["password"] not in done.out + done.err
    again = run("render", "bosh-director", *SANDBOX, "--output-dir", str(out), "-o", "json")
    assert json.loads(again.out)["left_out"] == ["password"]
    assert "password" not in yaml.safe_load((out / "director-vars.yml").read_text())


def test_a_directory_that_others_can_write_to_takes_no_secret(run: Run, home: Path, tmp_path: Path) -> None:
    out = tmp_path / "shared"
    out.mkdir()
    out.chmod(0o777)
    done = run("render", "bucc", *SANDBOX, "--with-secrets", "--output-dir", str(out))
    assert done.code == 6
    assert not list(out.iterdir())


def test_a_link_of_that_name_is_replaced_and_not_followed(run: Run, home: Path, tmp_path: Path) -> None:
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    out.mkdir(mode=0o700)
    elsewhere.write_text("mine")
    (out / "vars.yml").symlink_to(elsewhere)
    assert run("render", "bucc", *SANDBOX, "--with-secrets", "--output-dir", str(out)).code == 0
    assert elsewhere.read_text() == "mine"
    assert not (out / "vars.yml").is_symlink()


def test_a_document_that_was_kept_is_rendered_without_contact(run: Run, tmp_path: Path) -> None:
    for iaas in ("aws", "vsphere"):
        done = run("render", "bosh-cloud-config", "--environment", str(KEPT / f"{iaas}.json"))
        assert done.code == 0, done.err
        assert yaml.safe_load(done.out)["compilation"]["network"] == "workload"
    done = run("print-env", "--environment", str(KEPT / "aws.json"))
    assert "export BOSH_ENVIRONMENT='https://10.20.0.6:25555'\n" in done.out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "is no environment document"),
        ("{", "is no environment document"),
        ('{"schema_version": 2}', "schema_version"),
    ],
)
def test_a_file_that_is_no_document_is_told(run: Run, tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "environment.json"
    file.write_text(text)
    done = run("render", "concourse", "--environment", str(file))
    assert done.code == 2
    assert said in done.err
    assert run("render", "concourse", "--environment", str(tmp_path / "none.json")).code == 2


def test_secrets_of_a_kept_document_start_beside_it(run: Run, home: Path, tmp_path: Path) -> None:
    document = run("outputs", *SANDBOX, "-o", "json").out
    (home / "environment.json").write_text(document)
    out = tmp_path / "out"
    flags = ("--environment", str(home / "environment.json"), "--with-secrets", "--output-dir", str(out))
    assert run("render", "concourse", *flags).code == 0
    assert yaml.safe_load((out / "concourse-vars.yml").read_text())["credential_bosh-cpi_secret"] in values(home)
    lost = tmp_path / "environment.json"
    lost.write_text(document)
    done = run("render", "concourse", "--environment", str(lost), *flags[2:])
    assert done.code == 6
    assert "secrets/memory/" in done.err


def test_a_format_or_file_that_is_none_is_exit_two(run: Run, home: Path) -> None:
    assert run("render", "helm", *SANDBOX).code == 2
    done = run("render", "bosh-director", "ops", *SANDBOX)
    assert done.code == 2
    assert "there is: director-vars.yml, director-ops.yml" in done.err


VARS_STORE = """
admin_password: s3cret-of-the-director
credhub_admin_client_secret: s3cret-of-credhub
director_ssl: {ca: "CA of the director\\n", certificate: x, private_key: y}
credhub_tls: {ca: "CA of credhub\\n"}
uaa_ssl: {ca: "CA of uaa\\n"}
"""
NAMES = {
    *("BOSH_ENVIRONMENT", "BOSH_CLIENT", "BOSH_CLIENT_SECRET", "BOSH_CA_CERT", "BOSH_ALL_PROXY"),
    *("CREDHUB_SERVER", "CREDHUB_CLIENT", "CREDHUB_SECRET", "CREDHUB_CA_CERT", "CREDHUB_PROXY"),
    "JUMPBOX_PRIVATE_KEY",
}


def test_print_env_alone_says_what_no_secret_is_needed_for(run: Run, home: Path) -> None:
    done = run("print-env", *SANDBOX)
    assert done.code == 0
    assert [line.split("=")[0] for line in done.out.splitlines()] == [
        "export BOSH_ENVIRONMENT",
        "export BOSH_CLIENT",
        "export CREDHUB_SERVER",
        "export CREDHUB_CLIENT",
    ]


def test_a_posix_shell_has_every_variable_and_stdout_has_no_secret(run: Run, home: Path, tmp_path: Path) -> None:
    out = tmp_path / "it's here"
    store = tmp_path / "creds.yml"
    store.write_text(VARS_STORE)
    flags = ("--vars-store", str(store), "--with-secrets", "--output-dir", str(out))
    done = run("print-env", *SANDBOX, *flags)
    assert done.code == 0, done.err
    assert "s3cret" not in done.out + done.err
    shell = subprocess.run(
        ["/bin/sh", "-c", 'eval "$1"; env -0', "sh", done.out], env={"PATH": os.environ["PATH"]}, capture_output=True,
        check=True,
    )  # fmt: skip
    found = dict(part.split("=", 1) for part in shell.stdout.decode().split("\0") if part)
    assert set(found) >= NAMES
    assert found["BOSH_CLIENT_SECRET"] == "s3cret-of-the-director"
    assert found["CREDHUB_SECRET"] == "s3cret-of-credhub"
    assert found["BOSH_CA_CERT"] == "CA of the director\n"
    assert found["CREDHUB_CA_CERT"] == "CA of credhub\nCA of uaa\n"
    key = Path(found["JUMPBOX_PRIVATE_KEY"])
    assert key.read_text().startswith("-----BEGIN OPENSSH PRIVATE KEY-----")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    proxy = urlsplit(found["BOSH_ALL_PROXY"])
    assert (proxy.scheme, proxy.netloc) == ("ssh+socks5", "jumpbox@10.40.0.5:22")
    assert parse_qs(proxy.query) == {"private-key": [str(key)]}
    assert "'" not in found["BOSH_ALL_PROXY"]


@pytest.mark.parametrize(
    ("shell", "line", "read"),
    [
        ("fish", "set -gx BOSH_CLIENT 'admin'", "set -gx BOSH_CLIENT_SECRET (cat '{}' | string collect)"),
        ("powershell", "$Env:BOSH_CLIENT = 'admin'", "$Env:BOSH_CLIENT_SECRET = (Get-Content -Raw '{}')"),
    ],
)
def test_other_shells_have_their_own_words(
    run: Run, home: Path, tmp_path: Path, shell: str, line: str, read: str
) -> None:
    store, out = tmp_path / "creds.yml", tmp_path / "out"
    store.write_text(VARS_STORE)
    flags = ("--vars-store", str(store), "--with-secrets", "--output-dir", str(out))
    said = run("print-env", "--shell", shell, *SANDBOX, *flags).out
    assert line in said.splitlines()
    assert read.format(out / "bosh-client.secret") in said.splitlines()
    assert "s3cret" not in said


@pytest.mark.skipif(shutil.which("fish") is None, reason="needs fish")
def test_fish_reads_its_lines(run: Run, home: Path) -> None:
    said = run("print-env", "--shell", "fish", *SANDBOX).out
    done = subprocess.run(["fish", "-c", f"{said}; echo $BOSH_CLIENT"], capture_output=True, text=True, check=True)  # noqa: S607  whichever fish there is
    assert done.stdout == "admin\n"


@pytest.mark.parametrize("text", ["- a list", "{: ", "\x00"])
def test_a_vars_store_that_is_none_is_told_without_a_word_of_it(
    run: Run, home: Path, tmp_path: Path, text: str
) -> None:
    store = tmp_path / "creds.yml"
    store.write_text(text)
    done = run("print-env", *SANDBOX, "--vars-store", str(store))
    assert done.code == 2
    assert "creds.yml is no" in done.err
