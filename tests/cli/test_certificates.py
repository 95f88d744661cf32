"""Certificates by the command line, on the memory driver: nothing is faked, and openssl judges what is served."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from fakes import Outcome, Run

from paver import trust
from paver.certificates import Made, make_authority
from paver.certificates.issuer import open_key

LEAVES = {"web": {"names": ["web"], "lifetime": "90d"}}


@dataclass
class Environment:
    """A spec in a directory, and the command on it."""

    directory: Path
    run: Run

    def write(self, **changes: Any) -> None:  # noqa: ANN401  parts of a spec
        spec = {
            "schema_version": 1,
            "name": "staging",
            "id": "7c1f0a52-5c4e-4b7e-9a0e-2f6d3b8e91a4",
            "zones": 1,
            "address_space": "10.40.0.0/16",
            "dns": {"zone": "staging.example.com"},
            "secrets": "file:secrets",
            "certificates": {"leaves": LEAVES},
            "iaas": {"memory": {"path": "world.json", "zones": {"z1": "rack-1"}}},
            **changes,
        }
        (self.directory / "environment.yml").write_text(yaml.safe_dump(spec))

    def __call__(self, *words: str, answer: str | None = None) -> Outcome:
        return self.run(*words, "-c", str(self.directory / "environment.yml"), answer=answer)

    def json(self, *words: str) -> Any:  # noqa: ANN401  any JSON document
        done = self(*words, "-o", "json")
        assert done.code == 0, done.err
        return json.loads(done.out)

    def pave(self) -> None:
        done = self("pave", "-y")
        assert done.code == 0, done.err

    def settled(self) -> None:
        assert self("plan", "--detailed-exitcode").code == 0, self("plan").out

    def bundle(self) -> list[str]:
        found = self.json("outputs")["certificates"]
        names = found["bundle"]
        roots = [
            one["pem"] for name in names for one in found["authorities"].get(name, {"certificates": []})["certificates"]
        ]
        return roots + [found["trusted"][name]["pem"] for name in names if name in found["trusted"]]

    def served(self) -> Mapping[str, str]:
        found: Mapping[str, str] = json.loads((self.directory / "secrets/memory/certificates/web").read_text())
        return found

    def check(self, bundle: list[str], served: Mapping[str, str]) -> None:
        """As openssl judges it, with nothing of the system's own roots."""
        roots, chain, leaf = (self.directory / name for name in ("roots.pem", "chain.pem", "leaf.pem"))
        roots.write_text("".join(bundle))
        chain.write_text(served.get("chain", ""))
        leaf.write_text(served["certificate"])
        openssl = shutil.which("openssl")
        if openssl is None:
            pytest.skip("no openssl here")
        command = [openssl, "verify", "-x509_strict", "-no-CApath", "-no-CAstore", "-purpose", "sslserver"]
        command += ["-verify_hostname", "web.staging.example.com", "-CAfile", str(roots)]
        command += ["-untrusted", str(chain)] if served.get("chain") else []
        done = subprocess.run([*command, str(leaf)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def site(run: Run, tmp_path: Path) -> Environment:
    made = Environment(tmp_path, run)
    made.write()
    return made


def test_a_root_is_rotated_by_three_calls_and_clients_with_either_bundle_are_served(site: Environment) -> None:
    site.pave()
    bundle, served = site.bundle(), site.served()
    for number, step in enumerate(("trust", "sign", "retire"), start=1):
        done = site("certificates", "rotate", "root")
        assert done.code == 0, done.err
        assert done.out.startswith(f"Step {number} of 3 for root: ")
        site.settled()
        for trusted in (bundle, site.bundle()):
            for sent in (served, site.served()):
                site.check(trusted, sent)
        # What a pipeline does between two calls: every client gets the bundle, every server its certificate.
        bundle, served = site.bundle(), site.served()
        assert (len(bundle), step) in {(2, "trust"), (2, "sign"), (1, "retire")}
    assert site("pave", "-y").code == 0
    assert site.bundle() == bundle


def test_what_a_call_says_is_what_to_do_next_and_when(site: Environment) -> None:
    site.pave()
    lines = site("certificates", "rotate", "root").out.splitlines()
    assert (
        lines[0] == "Step 1 of 3 for root: the next root is trusted beside the one that signs, and signs nothing yet."
    )
    assert lines[1].split(maxsplit=1)[0] == "now"
    flags = f"-c {site.directory / 'environment.yml'}"
    assert f"paver certificates rotate root {flags}, once every client trusts both" in " ".join(
        " ".join(lines[2:]).split()
    )
    listed = " ".join(site("certificates", "list").out.split())
    assert "root is being rotated: step 1 of 3, trust, was done at" in listed


def test_a_call_that_names_its_step_may_be_repeated(site: Environment) -> None:
    site.pave()
    assert site.json("certificates", "rotate", "root", "--step", "trust")["changed"] is True
    again = site.json("certificates", "rotate", "root", "--step", "trust")
    assert (again["changed"], again["step"]) == (False, "trust")
    early = site("certificates", "rotate", "root", "--step", "retire")
    assert early.code == 6
    assert "the next step for authority/root is sign, not retire" in early.err


@pytest.mark.parametrize(("answer", "code", "step"), [("y\n", 0, "sign"), ("n\n", 1, "trust"), ("", 1, "trust")])
def test_on_a_terminal_a_step_that_others_must_be_ready_for_is_asked(
    site: Environment, answer: str, code: int, step: str
) -> None:
    site.pave()
    assert site("certificates", "rotate", "root", answer="").code == 0
    asked = site("certificates", "rotate", "root", answer=answer)
    assert asked.code == code
    assert "Does every client trust both, the old root and the next? [y/N]" in asked.err
    (rotation,) = [
        row["rotation"]
        for row in site.json("certificates", "list")["certificates"]
        if row["use"] == "signs" and row["name"] == "root"
    ]
    assert rotation["step"] == step


def test_the_list_says_of_every_certificate_what_it_is_for_and_when_it_ends(site: Environment) -> None:
    made = site("certificates", "list")
    assert made.code == 0
    assert "certificate/web is not made yet: paver pave -c" in made.out
    site.pave()
    lines = site("certificates", "list").out.splitlines()
    assert lines[0] == "staging on memory: secrets in file:secrets"
    assert lines[2].split() == ["NAME", "USE", "SIGNED", "BY", "FROM", "UNTIL", "LEFT", "SHA256"]
    assert [line.split()[:3] for line in lines[3:6]] == [
        ["root", "signs", "itself"],
        ["intermediate", "signs", "root"],
        ["web", "serves", "intermediate"],
    ]
    assert all(len(line) <= 100 for line in lines)
    rows = site.json("certificates", "list")["certificates"]
    assert {row["name"]: (row["use"], row["signed_by"], row["rotation"]) for row in rows} == {
        "root": ("signs", None, None),
        "intermediate": ("signs", "root", None),
        "web": ("serves", "intermediate", None),
    }
    served = x509.load_pem_x509_certificate(site.served()["certificate"].encode())
    (web,) = [row for row in rows if row["name"] == "web"]
    assert (web["serial"], web["sha256"]) == (f"{served.serial_number:x}", served.fingerprint(hashes.SHA256()).hex())
    assert 88 <= web["days_left"] <= 90


def test_the_list_needs_no_iaas(site: Environment) -> None:
    site.pave()
    (site.directory / "world.json").write_text("gone")
    assert site("plan").code != 0
    assert len(site.json("certificates", "list")["certificates"]) == 3
    assert site("certificates", "rotate", "web").code == 0


def test_what_ends_within_thirty_days_is_warned_of_by_every_verb_that_looks(site: Environment) -> None:
    site.write(certificates={"leaves": {"web": {"names": ["web"], "lifetime": "30d"}}})
    site.pave()
    for words in (("status",), ("verify",), ("plan",), ("certificates", "list")):
        done = site(*words)
        assert done.code == 0
        assert "warning: certificate web ends at " in done.out
        assert "paver certificates rotate web" in " ".join(done.out.split())
        (told,) = site.json(*words)["warnings"]
        assert told.startswith("certificate web ends at ")
    assert "warning: certificate web ends at " in site("pave", "-q").err


def test_a_certificate_that_ends_later_is_not_warned_of(site: Environment) -> None:
    site.write(certificates={"leaves": {"web": {"names": ["web"], "lifetime": "31d"}}})
    site.pave()
    for words in (("status",), ("verify",), ("plan",), ("certificates", "list")):
        assert "warning:" not in site(*words).out


@pytest.mark.parametrize(("days", "told"), [(3, False), (-3, True)])
def test_a_test_environment_whose_time_is_over_is_told_of_and_left_alone(
    site: Environment, days: int, told: bool
) -> None:
    expires = (datetime.now(UTC) + timedelta(days=days, minutes=1)).isoformat()
    site.write(expires=expires)
    site.pave()
    status = site("status").out
    assert ("it is over" if told else "in 3 days") in next(line for line in status.splitlines() if "  expires " in line)
    for words in (("plan",), ("verify",), ("status",)):
        done = site(*words)
        assert done.code == 0
        assert ("warning: staging was to go by " in done.out) is told
    site.settled()


def by_the_site() -> tuple[Made, dict[str, Any]]:
    root = make_authority("root", "site", key_type="ecdsa-p256", lifetime=timedelta(days=900), now=datetime.now(UTC))
    leaves = {"web": {"names": ["web"], "signed_by": "corporate"}}
    return root, {"leaves": leaves, "trusted": {"corporate": root.certificate}}


def signed(request: str, root: Made) -> str:
    asked = x509.load_pem_x509_csr(request.encode())
    issuer = x509.load_pem_x509_certificate(root.certificate.encode())
    theirs = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        x509.CertificateBuilder()
        .subject_name(asked.subject)
        .issuer_name(issuer.subject)
        .public_key(asked.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(issuer.not_valid_before_utc)
        .not_valid_after(issuer.not_valid_after_utc)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(asked.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(theirs), critical=False)
    )
    for extension in asked.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    return builder.sign(open_key(root.key), hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def test_a_request_goes_out_a_certificate_comes_in_and_the_environment_goes_on(site: Environment) -> None:
    root, asked = by_the_site()
    site.write(certificates=asked)
    first = site("pave", "-y")
    assert first.code == 4
    assert "certificate/web" in first.err
    assert "it waits for the signature of corporate" in first.err
    assert "paver certificates request web --out web.csr" in first.err
    assert "1 failed" in first.err
    assert site("pave", "-y").code == 4
    assert "certificate/web waits for the signature of corporate" in " ".join(site("certificates", "list").out.split())
    assert "web" not in site.json("outputs")["certificates"]["leaves"]
    request, answer = site.directory / "web.csr", site.directory / "web.pem"
    assert site("certificates", "request", "web", "--out", str(request)).code == 0
    assert site("certificates", "request", "web").out == request.read_text()
    answer.write_text(signed(request.read_text(), root))
    taken = site("certificates", "accept", "web", str(answer))
    assert taken.code == 0, taken.err
    assert taken.out.startswith("certificate/web is in use.")
    site.pave()
    site.settled()
    site.check(site.bundle(), site.served())
    assert (
        site("certificates", "accept", "web", str(answer)).out
        == "certificate/web has it already; nothing was changed.\n"
    )


def test_an_environment_that_waits_for_a_signature_is_destroyed_like_any_other(site: Environment) -> None:
    _, asked = by_the_site()
    site.write(certificates=asked)
    assert site("pave", "-y").code == 4
    gone = site("destroy", "-y", "--confirm-env", "staging", "--delete-data")
    assert gone.code == 0, gone.err
    assert [path for path in (site.directory / "secrets/memory").rglob("*") if path.is_file()] == []


def test_an_environment_in_the_midst_of_a_rotation_is_destroyed_like_any_other(site: Environment) -> None:
    site.pave()
    for name in ("root", "intermediate", "root"):
        assert site("certificates", "rotate", name).code == 0
    gone = site("destroy", "-y", "--confirm-env", "staging", "--delete-data")
    assert gone.code == 0, gone.err


def test_what_does_not_fit_is_refused_with_the_file_and_every_reason(site: Environment) -> None:
    root, asked = by_the_site()
    other, _ = by_the_site()
    site.write(certificates=asked)
    request = site("certificates", "request", "web").out
    before = site.served()
    wrong = site.directory / "wrong.pem"
    for text, fault in (
        (signed(request, other), "no chain leads from it to corporate"),
        (root.certificate, "none of its certificates is for the key of the request"),
        (root.key.get_secret_value(), "a private key stands in it"),
        ("", "no certificate in PEM form stands in it"),
    ):
        wrong.write_text(text)
        done = site("certificates", "accept", "web", str(wrong))
        assert done.code == 2
        assert f"{wrong}: {fault}" in done.err
        assert "nothing was changed" in done.err
        assert site.served() == before
    assert site("certificates", "accept", "web", str(site.directory / "absent.pem")).code == 2
    wrong.write_bytes(b"x" * 300_000)
    assert "is larger than 256 KiB" in site("certificates", "accept", "web", str(wrong)).err


def test_a_request_is_not_written_over_something_else(site: Environment) -> None:
    _, asked = by_the_site()
    site.write(certificates=asked)
    mine = site.directory / "mine.txt"
    mine.write_text("mine")
    assert site("certificates", "request", "web", "--out", str(mine)).code == 2
    assert mine.read_text() == "mine"
    assert not (site.directory / "secrets").exists()


def test_no_key_is_shown_by_any_of_it(site: Environment) -> None:
    site.pave()
    said = [
        site(*words)
        for words in (("certificates", "list"), ("certificates", "rotate", "web"), ("certificates", "rotate", "root"))
    ]
    said += [site("certificates", "rotate", "root", "-o", "json"), site("certificates", "list", "-o", "json")]
    assert all(done.code == 0 for done in said)
    assert not [done for done in said if "PRIVATE" in done.out + done.err]


def test_a_name_that_the_spec_does_not_have_is_exit_two_and_one_not_in_the_store_six(site: Environment) -> None:
    unknown = site("certificates", "rotate", "nothing")
    assert unknown.code == 2
    assert "there is: root, intermediate, web" in unknown.err
    assert site("certificates", "rotate", "root").code == 6


def test_the_library_lists_and_rotates_without_a_command(site: Environment) -> None:
    from paver.settings import load_spec  # noqa: PLC0415  the command's tests do without it

    site.pave()
    loaded = load_spec(site.directory / "environment.yml")
    found, warnings = trust.listing(loaded)
    assert ([row.name for row in found.rows], warnings) == (["root", "intermediate", "web"], ())
    told: list[trust.Turned] = []
    assert trust.rotate(loaded, "root", tell=told.append) is told[0]
    assert trust.place(loaded) == "file:secrets"
