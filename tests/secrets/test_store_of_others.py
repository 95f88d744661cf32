"""What others left in the store, or spoiled there: counted, told, and never used or written over."""

import json
from pathlib import Path

import pytest
from kept_world import THEM, Kept, spec_of
from pydantic import SecretStr

from paver.contract.errors import NotOurs
from paver.contract.resource import Secret
from paver.secrets import SecretUnreadable

KEYS = [
    "authority/root",
    "authority/intermediate",
    "certificate/web",
    "credential/bosh-cpi",
    "credential/blobstore",
    "credential/jumpbox",
]


def test_another_owners_secret_is_neither_given_out_nor_replaced_by_one_that_was_shown(kept: Kept) -> None:
    theirs = Kept(kept.root, spec_of(THEM)).access
    before = kept.store.read_all("memory/bosh-cpi")
    with pytest.raises(NotOurs, match="bosh-cpi"):
        theirs.minted("bosh-cpi")
    with pytest.raises(NotOurs, match="bosh-cpi") as refused:
        theirs.keep([Secret(name="bosh-cpi", public_id="AK1", value=SecretStr("planted-Pa55word"))])
    assert "planted" not in repr(vars(refused.value))
    assert not theirs.has("bosh-cpi", "AK1")
    assert theirs.made_at("bosh-cpi") is None
    theirs.forget()
    assert kept.store.read_all("memory/bosh-cpi") == before


def test_an_authority_of_another_owner_signs_nothing_for_us(kept: Kept) -> None:
    theirs = Kept(kept.root, spec_of(THEM))
    leaf = next(want for want in theirs.wants() if want.key.kind == "certificate")
    with pytest.raises(NotOurs, match="intermediate"):
        theirs.session.kinds["certificate"].create(leaf, theirs.attempt(leaf))


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"meta": "x"}', '{"meta": "[]"}', '{"meta": {}}', '{"meta": "{\\"owner\\": 1}"}'],
)
def test_a_strange_entry_is_counted_and_stops_nobody(kept: Kept, root: Path, text: str) -> None:
    strange = root / "memory" / "strange"
    strange.write_text(text)
    strange.chmod(0o600)
    (root / "memory/wide").write_text(text)
    (root / "memory/wide").chmod(0o644)
    seen = kept.see()
    assert {str(item.key) for item in seen.items} == set(KEYS)
    assert seen.foreign == 2
    kept.access.forget()


@pytest.mark.parametrize("key", ["credential/under_score", "NOPE", "credential/", "/x", "credential/a b"])
def test_an_entry_of_ours_with_no_key_that_could_be_is_counted(kept: Kept, root: Path, key: str) -> None:
    values = json.loads((root / "memory/blobstore").read_text())
    meta = {**json.loads(values["meta"]), "key": key}
    (root / "memory/under_score").write_text(json.dumps({**values, "meta": json.dumps(meta)}))
    (root / "memory/under_score").chmod(0o600)
    assert kept.see().foreign == 1


def test_a_wanted_entry_that_cannot_be_used_is_told_by_its_place(kept: Kept, root: Path) -> None:
    (root / "memory/blobstore").chmod(0o644)
    with pytest.raises(SecretUnreadable, match="file:secrets/memory/blobstore"):
        kept.see()
    assert kept.see(wanting=False).foreign == 1
