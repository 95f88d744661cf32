"""The directory store: what comes back, what is refused, who may see it."""

import json
import os
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from paver.contract.errors import Refused, SecretMissing
from paver.contract.types import SecretRef
from paver.secrets import DirectoryStore, SecretUnreadable, SecretUnwritable, obtain, open_store, resolve

PLANTED = "planted-Pa55word"


def one(value: str = PLANTED) -> dict[str, SecretStr]:
    return {"secret": SecretStr(value)}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.dictionaries(
        st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True), st.text(max_size=200), min_size=1, max_size=4
    )
)
def test_what_was_written_comes_back_whatever_the_text(store: DirectoryStore, values: dict[str, str]) -> None:
    store.write("memory/any", {key: SecretStr(value) for key, value in values.items()})
    assert {key: value.get_secret_value() for key, value in store.read_all("memory/any").items()} == values


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.text(alphabet="ab./\\-_\0~é ", max_size=12))
def test_no_path_leads_out_of_the_store(tmp_path: Path, store: DirectoryStore, path: str) -> None:
    try:
        store.write(path, one())
    except (Refused, SecretUnwritable):
        pass
    else:
        assert (tmp_path / "secrets" / path).read_text()
    assert {found.name for found in tmp_path.iterdir()} <= {"secrets"}


def test_files_and_directories_are_private_whatever_the_umask(
    store: DirectoryStore, root: Path, no_umask: None
) -> None:
    store.write("memory/certificates/web", one())
    modes = {str(path.relative_to(root)): path.stat().st_mode & 0o777 for path in [root, *root.rglob("*")]}
    assert modes == {
        ".": 0o700,
        ".lock": 0o600,
        "memory": 0o700,
        "memory/certificates": 0o700,
        "memory/certificates/web": 0o600,
    }


def test_a_value_that_is_written_again_is_private_although_the_old_file_was_not(
    store: DirectoryStore, root: Path
) -> None:
    store.write("memory/one", one("old"))
    (root / "memory/one").chmod(0o644)
    store.write("memory/one", one("new"))
    assert (root / "memory/one").stat().st_mode & 0o777 == 0o600


def test_add_never_writes_over_what_is_there(store: DirectoryStore) -> None:
    assert store.add("memory/one", one("first"))
    assert not store.add("memory/one", one("second"))
    assert store.read("memory/one", "secret").get_secret_value() == "first"


def test_obtain_makes_a_secret_once(store: DirectoryStore) -> None:
    made = obtain(store, "memory/one", one)
    again = obtain(store, "memory/one", lambda: pytest.fail("it was there"))
    assert made == again


def test_of_many_adders_at_once_exactly_one_wins_and_all_read_its_value(store: DirectoryStore) -> None:
    won: list[str] = []
    read: list[str] = []

    def add(number: int) -> None:
        if store.add("memory/one", one(str(number))):
            won.append(str(number))
        read.append(store.read("memory/one", "secret").get_secret_value())

    threads = [threading.Thread(target=add, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert read == won * 12


def test_a_missing_secret_is_named_with_its_place(store: DirectoryStore) -> None:
    with pytest.raises(SecretMissing, match="memory/one is not in the store file:secrets") as missing:
        store.read_all("memory/one")
    assert missing.value.names == ("memory/one",)
    store.write("memory/one", one())
    with pytest.raises(SecretMissing) as missing:
        store.read("memory/one", "other")
    assert missing.value.names == ("memory/one#other",)


def test_a_deleted_secret_is_gone_and_deleting_it_again_is_well(store: DirectoryStore) -> None:
    store.delete("memory/one")
    store.write("memory/one", one())
    store.delete("memory/one")
    store.delete("memory/one")
    assert not store.exists("memory/one")
    assert store.list() == ()


def test_a_list_names_secrets_and_nothing_else(store: DirectoryStore, root: Path) -> None:
    for path in ("memory/b", "memory/a", "memory/certificates/web", "other/a"):
        store.write(path, one())
    (root / "memory/README.md").write_text("notes")
    (root / "memory/.a.tmp-0123").write_text("unfinished")
    (root / "memory/link").symlink_to(root / "memory/a")
    os.mkfifo(root / "memory/pipe")
    assert store.list() == ("memory/a", "memory/b", "memory/certificates/web", "other/a")
    assert store.list("memory") == ("memory/a", "memory/b", "memory/certificates/web")
    assert store.list("nothing") == ()


def test_what_lies_deeper_than_a_path_may_go_is_not_listed(store: DirectoryStore, root: Path) -> None:
    deep = root.joinpath("memory", *"abcdefgh")
    deep.mkdir(parents=True, mode=0o700)
    root.chmod(0o700)
    (deep / "x").write_text("{}")
    (deep.parents[1] / "y").write_text("{}")
    found = store.list()
    assert found == ("memory/a/b/c/d/e/f/y",)
    for path in found:
        store.exists(path.removesuffix("y") + "z")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o700])
def test_a_file_that_others_can_use_is_refused_with_its_remedy(store: DirectoryStore, root: Path, mode: int) -> None:
    store.write("memory/one", one())
    (root / "memory/one").chmod(mode)
    with pytest.raises(SecretUnreadable, match=f"mode {mode:04o}") as refused:
        store.read_all("memory/one")
    assert "chmod 600 secrets/memory/one" in refused.value.hint
    assert refused.value.exit_code == 6


def test_a_directory_that_others_can_write_is_refused(store: DirectoryStore, root: Path) -> None:
    store.write("memory/one", one())
    (root / "memory").chmod(0o770)
    with pytest.raises(SecretUnreadable, match="can be written by others"):
        store.read_all("memory/one")


def test_another_users_file_is_refused(store: DirectoryStore, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.write("memory/one", one())
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    with pytest.raises(SecretUnreadable, match="this is user 4711"):
        store.read_all("memory/one")


def test_a_link_is_followed_at_the_root_and_nowhere_below(store: DirectoryStore, root: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "disk"
    elsewhere.mkdir(mode=0o700)
    root.symlink_to(elsewhere)
    store.write("memory/one", one())
    assert (elsewhere / "memory/one").exists()
    (elsewhere / "memory/two").symlink_to(elsewhere / "memory/one")
    (elsewhere / "linked").symlink_to(elsewhere / "memory")
    for path in ("memory/two", "linked/one"):
        with pytest.raises(SecretUnreadable):
            store.read_all(path)
        with pytest.raises(SecretUnreadable):
            store.write(path, one("new"))
    assert store.read("memory/one", "secret").get_secret_value() == PLANTED


def test_a_name_is_not_both_a_secret_and_a_directory(store: DirectoryStore) -> None:
    store.write("memory/one", one())
    with pytest.raises(SecretUnreadable, match="where the store has a directory"):
        store.write("memory/one/two", one())
    store.write("memory/three/four", one())
    with pytest.raises(SecretUnreadable, match="no regular file"):
        store.write("memory/three", one())
    with pytest.raises(SecretUnwritable):
        store.delete("memory/three")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        f'{{"secret": "{PLANTED}"'.encode(),
        f'["{PLANTED}"]'.encode(),
        f'{{"secret": {{"{PLANTED}": 1}}}}'.encode(),
        PLANTED.encode() + b"\xff",
        b"[" * 500_000,
        b"\0" * 40,
    ],
    ids=["empty", "brace", "torn", "list", "nested", "binary", "deep", "zeros"],
)
def test_a_spoiled_file_is_refused_and_no_word_of_it_is_in_the_error(
    store: DirectoryStore, root: Path, text: bytes
) -> None:
    store.write("memory/one", one())
    (root / "memory/one").write_bytes(text)
    with pytest.raises(SecretUnreadable, match="file:secrets/memory/one") as refused:
        store.read_all("memory/one")
    assert_untold(refused.value)


def test_a_file_too_large_for_a_secret_is_not_read(store: DirectoryStore, root: Path) -> None:
    store.write("memory/one", one())
    with (root / "memory/one").open("wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(SecretUnreadable, match="larger than 1 MiB"):
        store.read_all("memory/one")


def test_a_pipe_in_a_secrets_place_does_not_hold_the_reader(store: DirectoryStore, root: Path) -> None:
    store.write("memory/one", one())
    os.mkfifo(root / "memory/two", 0o600)
    with pytest.raises(SecretUnreadable, match="no regular file"):
        store.read_all("memory/two")


@pytest.mark.parametrize("values", [{}, {"Key": SecretStr(PLANTED)}, {"a.b": SecretStr(PLANTED)}])
def test_a_key_that_is_none_is_refused(store: DirectoryStore, values: dict[str, SecretStr]) -> None:
    with pytest.raises(Refused) as refused:
        store.write("memory/one", values)
    assert_untold(refused.value)


def test_a_root_that_is_a_file_is_told_and_not_thrown(store: DirectoryStore, root: Path) -> None:
    root.write_text("")
    with pytest.raises(SecretUnreadable, match="file:secrets"):
        store.read_all("memory/one")
    with pytest.raises(SecretUnreadable, match="file:secrets"):
        store.list()
    with pytest.raises(SecretUnwritable, match="file:secrets/memory/one") as refused:
        store.write("memory/one", one())
    assert refused.value.exit_code == 4
    assert_untold(refused.value)


def test_a_documents_reference_leads_to_the_value(tmp_path: Path) -> None:
    store = open_store(SecretRef(store="file", path="kept/secrets"), tmp_path)
    store.write("memory/one", one())
    ref = store.reference("memory/one", "secret")
    assert str(ref) == "file:kept/secrets/memory/one#secret"
    assert resolve(ref, tmp_path).get_secret_value() == PLANTED


def test_a_store_in_a_home_directory_is_where_the_spec_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    store = open_store(SecretRef(store="file", path="~/secrets"), tmp_path)
    store.write("memory/one", one())
    assert json.loads((tmp_path / "home/secrets/memory/one").read_text()) == {"secret": PLANTED}


def test_nothing_is_made_before_the_first_write(store: DirectoryStore, root: Path) -> None:
    assert store.list() == ()
    assert not store.exists("memory/one")
    store.delete("memory/one")
    assert not root.exists()


def assert_untold(error: BaseException) -> None:
    """No planted secret is in an error, nor in any that it came from."""
    seen: BaseException | None = error
    while seen is not None:
        assert PLANTED not in repr(seen) + str(seen) + repr(vars(seen))
        seen = seen.__context__
