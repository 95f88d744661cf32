"""What every kind of store does alike, whoever wrote it: a store of a stranger's passes these with one line more."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from buckets import NAME, moto
from pydantic import SecretStr, TypeAdapter

from paver.contract.errors import Refused, SecretMissing
from paver.contract.lease import Slip
from paver.contract.types import SecretRef, SpecSecret
from paver.secrets import SecretStore, obtain, open_store, resolve

SPELLED: TypeAdapter[SecretRef] = TypeAdapter(SpecSecret)
VALUES = {"private_key": SecretStr("-----BEGIN…\nkey\n"), "note": SecretStr('ünicode, and a "quote"')}


@pytest.fixture(scope="module")
def bucket() -> Iterator[None]:
    with moto():
        yield


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store that docs/secret-stores.md shows, installed as its reader would."""
    documented = Path(__file__).resolve().parents[2] / "docs/secret-stores.md"
    (code,) = re.findall(r"```python\n(.*?)```", documented.read_text(), re.DOTALL)
    (points,) = re.findall(
        r"```toml\n\[project\.entry-points\.\"(.*?)\"\]\n(.*?)```", documented.read_text(), re.DOTALL
    )
    site = tmp_path / "site"
    (site / "shelf-1.0.dist-info").mkdir(parents=True)
    (site / "shelf-1.0.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: shelf\nVersion: 1.0\n")
    (site / "shelf-1.0.dist-info/entry_points.txt").write_text(f"[{points[0]}]\n{points[1].replace(chr(34), '')}")
    (site / "example_store.py").write_text(code)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(sys.modules, "example_store", raising=False)


@pytest.fixture(params=["file", "s3", "x-shelf"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], SecretStore]:
    """Opens the store anew, as another process does."""
    if request.param in {"s3", "x-shelf"}:
        request.getfixturevalue("bucket" if request.param == "s3" else "stranger")
    path = f"{NAME}/{tmp_path.name}" if request.param == "s3" else "secrets"
    return lambda: open_store(SecretRef(store=request.param, path=path), tmp_path)


@pytest.fixture
def store(opened: Callable[[], SecretStore]) -> SecretStore:
    return opened()


def plain(values: object) -> dict[str, str]:
    assert isinstance(values, dict)
    return {key: value.get_secret_value() for key, value in values.items()}


def test_what_is_written_is_read_by_whoever_opens_it_next(
    store: SecretStore, opened: Callable[[], SecretStore]
) -> None:
    store.write("aws/certificates/root", VALUES)
    assert plain(dict(opened().read_all("aws/certificates/root"))) == plain(VALUES)
    assert opened().read("aws/certificates/root", "note").get_secret_value() == VALUES["note"].get_secret_value()


def test_a_write_replaces_the_whole(store: SecretStore) -> None:
    store.write("a", VALUES)
    store.write("a", {"other": SecretStr("x")})
    assert plain(dict(store.read_all("a"))) == {"other": "x"}


def test_what_is_not_there_is_named(store: SecretStore) -> None:
    for ask in (lambda: store.read("a/b", "key"), lambda: store.read_all("a/b")):
        with pytest.raises(SecretMissing) as error:
            ask()
        assert "a/b" in str(error.value)
    store.write("a/b", VALUES)
    with pytest.raises(SecretMissing, match="a/b#nothing"):
        store.read("a/b", "nothing")


def test_of_several_who_add_one_is_told_so(store: SecretStore, opened: Callable[[], SecretStore]) -> None:
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda number: opened().add("a", {"by": SecretStr(str(number))}), range(8)))
    assert told.count(True) == 1
    assert store.read("a", "by").get_secret_value() == str(told.index(True))


def test_two_who_obtain_at_once_have_the_same(opened: Callable[[], SecretStore]) -> None:
    with ThreadPoolExecutor(4) as pool:
        had = list(
            pool.map(lambda number: obtain(opened(), "a", lambda: {"by": SecretStr(str(number))})["by"], range(4))
        )
    assert len({value.get_secret_value() for value in had}) == 1


def test_deleted_is_gone_and_deleting_again_is_well(store: SecretStore) -> None:
    store.write("a", VALUES)
    store.delete("a")
    store.delete("a")
    assert not store.exists("a")


def test_lists_what_is_there_and_below_a_path_only_that(store: SecretStore) -> None:
    assert store.list() == ()
    for path in ("b", "a/x", "a/y", "ab"):
        store.write(path, VALUES)
    if (place := store.lease("some")) is not None:
        place.write("text", None)
    assert store.list() == ("a/x", "a/y", "ab", "b")
    assert store.list("a") == ("a/x", "a/y")


def test_exists_by_path_and_by_key(store: SecretStore) -> None:
    store.write("a", VALUES)
    assert store.exists("a")
    assert store.exists("a", "note")
    assert not store.exists("a", "nothing")
    assert not store.exists("b")


@pytest.mark.parametrize("path", ["", "../a", "a//b", "/a", ".hidden", "A", "a b", "a/" * 9 + "a"])
def test_what_is_no_name_is_refused(store: SecretStore, path: str) -> None:
    for act in (store.read_all, store.delete, lambda path: store.write(path, VALUES)):
        with pytest.raises(Refused):
            act(path)


@pytest.mark.parametrize("values", [{}, {"BAD KEY": SecretStr("x")}])
def test_values_without_a_proper_key_are_refused(store: SecretStore, values: dict[str, SecretStr]) -> None:
    with pytest.raises(Refused):
        store.write("a", values)
    with pytest.raises(Refused):
        store.add("a", values)


def test_a_documents_reference_leads_to_the_value(store: SecretStore, tmp_path: Path) -> None:
    store.write("aws/bosh-cpi", {"secret": SecretStr("hush-hush-hush")})
    reference = store.reference("aws/bosh-cpi", "secret")
    assert resolve(SPELLED.validate_python(str(reference)), tmp_path).get_secret_value() == "hush-hush-hush"


def test_a_secret_is_encrypted_with_the_key_that_writes(store: SecretStore) -> None:
    store.write("a", VALUES)
    before = store.sealed_with("a")
    assert not store.reseal("a")
    assert (store.sealed_with("a"), plain(dict(store.read_all("a")))) == (before, plain(VALUES))
    for ask in (store.sealed_with, store.reseal):
        with pytest.raises(SecretMissing):
            ask("nothing")


def test_no_message_of_the_store_has_a_secret(store: SecretStore) -> None:
    store.write("a", {"secret": SecretStr("hush-hush-hush")})
    with pytest.raises(SecretMissing) as error:
        store.read("a", "nothing")
    assert "hush" not in f"{error.value} {error.value.facts} {store.place} {store!r}"


def test_its_lease_is_compared_and_exchanged(store: SecretStore, opened: Callable[[], SecretStore]) -> None:
    one, other = store.lease("x"), opened().lease("x")
    if one is None or other is None:
        assert (one, other) == (None, None), "a store has a place for leases or has none"
        return
    assert one.read() is None
    first = one.write("a", None)
    assert first is not None
    assert other.write("b", None) is None
    assert other.read() == Slip("a", first)
    second = other.write("a", first)
    assert second not in {None, first}, "the same text is another version"
    assert one.write("c", first) is None
    assert not one.clear(first)
    assert second is not None
    assert one.clear(second)
    assert other.read() is None
    assert other.write("d", second) is None, "what was to be replaced has gone"
