"""The secret store as the engine meets it: authorities, certificates and credentials like any other resource."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from kept_world import THEIRS, THEM, Kept, certificates, spec_of
from pydantic import SecretStr

from paver.contract.driver import Principal
from paver.contract.errors import AlreadyExists, Rejected, SecretMissing
from paver.contract.resource import STORE, Key, Proof, Secret
from paver.contract.types import SecretRef
from paver.engine.plan import Action
from paver.kept.document import certificates as paved_certificates
from paver.kept.document import credentials as paved_credentials
from paver.secrets import resolve

KEYS = [
    "authority/root",
    "authority/intermediate",
    "certificate/web",
    "credential/bosh-cpi",
    "credential/blobstore",
    "credential/jumpbox",
]


def certificate(kept: Kept, key: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(str(kept.seen(key).output("certificate")).encode())


def test_signers_come_before_what_they_sign(root: Path) -> None:
    keys = [str(want.key) for want in Kept(root).wants()]
    assert sorted(keys) == sorted(KEYS)
    assert keys.index("authority/root") < keys.index("authority/intermediate") < keys.index("certificate/web")
    assert all(want.scope == STORE for want in Kept(root).wants())


def test_what_was_made_is_there_and_nothing_more_is_wanted(kept: Kept) -> None:
    assert set(kept.plan().values()) == {Action.KEEP}
    seen = kept.see()
    assert {str(item.key) for item in seen.items} == set(KEYS)
    assert {(item.proof, item.owner) for item in seen.items} == {(Proof.MARK, kept.spec.id)}
    assert seen.foreign == 0
    assert seen.complete == {"authority", "certificate", "credential"}


def test_an_empty_store_is_an_empty_inventory_and_is_not_made_by_looking(root: Path) -> None:
    assert Kept(root).see().items == ()
    assert not root.exists()


def test_a_listing_of_some_kinds_says_nothing_of_the_others(kept: Kept) -> None:
    seen = kept.session.observe(kept.spec.owner, [], frozenset({"credential"}))
    assert {item.kind for item in seen.items} == seen.complete == {"credential"}


def test_no_secret_is_in_an_inventory(kept: Kept, root: Path) -> None:
    told = kept.see().model_dump_json() + repr(kept.see())
    secrets = [
        value
        for path in root.rglob("*")
        if path.is_file() and path.name != ".lock"
        for key, value in json.loads(path.read_text()).items()
        if key in {"key", "secret", "private_key"}
    ]
    assert len(secrets) == 6
    assert not [secret for secret in secrets if secret in told or json.dumps(secret)[1:-1] in told]


def test_a_credential_that_the_iaas_shows_is_not_minted(root: Path) -> None:
    keys = {str(want.key) for want in Kept(root, shown=frozenset({"blobstore"})).wants()}
    assert keys == set(KEYS) - {"credential/blobstore"}


def test_when_a_root_changes_its_next_one_is_trusted_and_nothing_below_it_is_touched(kept: Kept) -> None:
    before = {path: kept.store.read_all(path) for path in kept.store.list("memory")}
    changed = Kept(kept.root, spec_of(certificates=certificates(root="4000d")))
    assert {key for key, action in changed.plan().items() if action is not Action.KEEP} == {"authority/root"}
    changed.pave()
    assert set(changed.plan().values()) == {Action.KEEP}
    root = changed.store.read_all("memory/authorities/root")
    assert root["certificate"] == before["memory/authorities/root"]["certificate"]
    assert root["next_certificate"] != root["certificate"]
    assert {path: changed.store.read_all(path) for path in before if not path.endswith("/root")} == {
        path: values for path, values in before.items() if not path.endswith("/root")
    }


def test_when_a_leaf_changes_it_alone_is_made_anew_in_its_place(kept: Kept) -> None:
    changed = Kept(kept.root, spec_of(certificates=certificates(leaves={"web": {"names": ["other"]}})))
    assert {key for key, action in changed.plan().items() if action is Action.UPDATE} == {"certificate/web"}
    key = kept.store.read("memory/certificates/web", "key")
    changed.pave()
    assert set(changed.plan().values()) == {Action.KEEP}
    names = certificate(changed, "certificate/web").extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert names.value.get_values_for_type(x509.DNSName) == ["other.staging.example.com"]
    assert changed.store.read("memory/certificates/web", "key") != key


def test_what_signs_something_is_deleted_after_it(kept: Kept) -> None:
    items = {str(item.key): item for item in kept.see(wanting=False).items}
    assert items["certificate/web"].needs == (items["authority/intermediate"].id,)
    assert items["authority/intermediate"].needs == (items["authority/root"].id,)
    assert items["authority/root"].needs == ()


def test_deleting_forgets_and_leaves_the_rest(kept: Kept) -> None:
    kept.delete(kept.seen("credential/blobstore"))
    assert kept.see().find(Key.parse("credential/blobstore")) is None
    with pytest.raises(SecretMissing, match="memory/blobstore"):
        kept.access.minted("blobstore")
    assert kept.access.minted("bosh-cpi")


def test_another_owners_entry_is_counted_and_never_written_over(kept: Kept) -> None:
    theirs = Kept(kept.root, spec_of(THEM))
    seen = theirs.see()
    assert (seen.items, seen.foreign) == ((), len(KEYS))
    before = kept.store.read_all("memory/bosh-cpi")
    for want in theirs.wants():
        if want.key.kind == "credential" or want.key.name == "root":
            with pytest.raises(AlreadyExists, match="in the secret store file:secrets already"):
                theirs.create(want)
    assert kept.store.read_all("memory/bosh-cpi") == before


def test_a_copied_entry_is_not_ours_where_its_key_does_not_lead(kept: Kept, root: Path) -> None:
    (root / "memory/copied").write_bytes((root / "memory/blobstore").read_bytes())
    (root / "memory/copied").chmod(0o600)
    (root / "memory/certificates/blobstore").write_bytes((root / "memory/blobstore").read_bytes())
    (root / "memory/certificates/blobstore").chmod(0o600)
    seen = kept.see()
    assert {str(item.key) for item in seen.items} == set(KEYS)
    assert seen.foreign == 2


def test_a_clock_that_jumped_back_signs_nothing(kept: Kept) -> None:
    kept.delete(kept.seen("certificate/web"))
    kept.later(days=-30)
    leaf = next(want for want in kept.wants() if want.key.kind == "certificate")
    with pytest.raises(Rejected, match="this clock says"):
        kept.create(leaf)


def test_a_shown_secret_is_kept_known_by_its_public_id_and_forgotten_at_the_end(kept: Kept) -> None:
    shown = Secret(name="registry", public_id="AK1", value=SecretStr("planted-Pa55word"))
    kept.access.keep([shown])
    kept.access.keep([shown.model_copy(update={"public_id": "AK2"})])
    assert kept.access.has("registry", "AK2")
    assert not kept.access.has("registry", "AK1")
    assert kept.access.minted("registry").get_secret_value() == "planted-Pa55word"
    assert kept.access.made_at("registry") == kept.now()
    assert kept.see().find(Key.parse("credential/registry")) is None
    kept.access.forget()
    assert not kept.access.has("registry", "AK2")
    assert kept.access.minted("bosh-cpi")


def test_a_driver_gets_what_the_spec_names_and_what_paver_made(kept: Kept, root: Path) -> None:
    (root.parent / "given").write_text("word\n")
    (root.parent / "given").chmod(0o600)
    assert kept.access.given(SecretRef(store="file", path="given")).get_secret_value() == "word"
    assert len(kept.access.minted("bosh-cpi").get_secret_value()) == 20
    assert "OPENSSH PRIVATE KEY" in kept.access.minted("jumpbox").get_secret_value()
    assert str(kept.seen("credential/jumpbox").output("public_key")).startswith("ssh-ed25519 ")


def test_the_document_says_where_the_secrets_are_and_when_they_end(kept: Kept) -> None:
    principals = {name: Principal(principal=f"{name}@example.com") for name in kept.spec.credentials}
    found = paved_credentials(kept.spec, principals, kept.access)
    assert found["bosh-cpi"].principal == "bosh-cpi@example.com"
    assert found["bosh-cpi"].rotate_by == kept.now() + timedelta(days=90)
    ref = found["bosh-cpi"].secret
    assert ref is not None
    assert resolve(ref, kept.root.parent) == kept.access.minted("bosh-cpi")


def test_the_documents_bundle_has_roots_then_the_specs_then_the_iaass(kept: Kept) -> None:
    other = Kept(kept.root.parent / "other")
    other.pave()
    pem = str(other.seen("authority/root").output("certificate"))
    spec = spec_of(certificates={**certificates(), "trusted": {"corporate": pem}})
    found = paved_certificates(spec, kept.see(), {"iaas-own": pem}, kept.access)
    assert found.bundle == ("root", "corporate", "iaas-own")
    assert {name: one.signed_by for name, one in found.authorities.items()} == {"root": None, "intermediate": "root"}
    assert found.leaves["web"].names == ("web.staging.example.com", "10.40.0.9", "api.example.com")
    assert found.trusted["corporate"].use == "trusted"
    key = resolve(found.leaves["web"].key, kept.root.parent)
    assert key == kept.store.read("memory/certificates/web", "key")
    assert "PRIVATE" not in found.model_dump_json()


def test_a_document_of_what_is_not_there_is_refused_by_name(root: Path) -> None:
    kept = Kept(root)
    with pytest.raises(Rejected, match="authority root is not there yet"):
        paved_certificates(kept.spec, kept.see(), {}, kept.access)
    with pytest.raises(Rejected, match="credential bosh-cpi is not there yet"):
        paved_credentials(kept.spec, {}, kept.access)


def test_owners_of_one_name_are_told_apart(kept: Kept) -> None:
    assert kept.session.observe(THEIRS, []).items == ()
