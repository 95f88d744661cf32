"""References of a spec: where they lead, and what is refused on the way."""

import os
from pathlib import Path

import pytest

from paver.contract.errors import SecretMissing, SpecError
from paver.contract.types import SecretRef
from paver.secrets import SecretUnreadable, open_store, resolve

PLANTED = "planted-Pa55word"


def ref(text: str) -> SecretRef:
    store, _, rest = text.partition(":")
    path, _, key = rest.partition("#")
    return SecretRef(store=store, path=path, key=key or None)


def private(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    path.chmod(0o600)
    return path


def untold(error: BaseException) -> bool:
    seen: BaseException | None = error
    while seen is not None:
        if PLANTED in repr(seen) + str(seen) + repr(vars(seen)):
            return False
        seen = seen.__context__
    return True


def test_a_variable_gives_its_value(tmp_path: Path) -> None:
    assert resolve(ref("env:PW"), tmp_path, {"PW": PLANTED}).get_secret_value() == PLANTED


def test_the_process_environment_is_read_when_it_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAVER_TEST_PW", PLANTED)
    assert resolve(ref("env:PAVER_TEST_PW"), tmp_path).get_secret_value() == PLANTED


@pytest.mark.parametrize("environ", [{}, {"PW": ""}], ids=["unset", "empty"])
def test_a_missing_variable_is_named(tmp_path: Path, environ: dict[str, str]) -> None:
    with pytest.raises(SecretMissing, match="env:PW") as missing:
        resolve(ref("env:PW"), tmp_path, environ)
    assert missing.value.names == ("env:PW",)
    assert "export PW" in missing.value.hint


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"word", "word"),
        (b"word\n", "word"),
        (b"word\r\n", "word"),
        (b" word \n\n", " word \n"),
        ("pässwörd\n".encode(), "pässwörd"),
        ("\N{REPLACEMENT CHARACTER}".encode(), "\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_a_file_gives_its_text_less_one_line_end(tmp_path: Path, data: bytes, value: str) -> None:
    private(tmp_path / "pw", data)
    assert resolve(ref("file:pw"), tmp_path).get_secret_value() == value


def test_a_relative_path_starts_at_the_spec_and_an_absolute_one_does_not(tmp_path: Path) -> None:
    file = private(tmp_path / "pw", b"word")
    below = tmp_path / "specs"
    below.mkdir()
    assert resolve(ref("file:../pw"), below).get_secret_value() == "word"
    assert resolve(ref(f"file:{file}"), below).get_secret_value() == "word"


def test_a_key_picks_one_value_of_a_stores_file(tmp_path: Path) -> None:
    private(tmp_path / "pw", f'{{"secret": "{PLANTED}"}}'.encode())
    assert resolve(ref("file:pw#secret"), tmp_path).get_secret_value() == PLANTED
    with pytest.raises(SecretMissing, match="file:pw#other") as missing:
        resolve(ref("file:pw#other"), tmp_path)
    assert untold(missing.value)


def test_a_key_of_a_plain_file_is_refused_without_a_word_of_it(tmp_path: Path) -> None:
    private(tmp_path / "pw", PLANTED.encode())
    with pytest.raises(SecretUnreadable) as refused:
        resolve(ref("file:pw#secret"), tmp_path)
    assert untold(refused.value)


@pytest.mark.parametrize("data", [None, b"", b"\n"], ids=["none", "empty", "line"])
def test_a_missing_file_is_named_with_its_remedy(tmp_path: Path, data: bytes | None) -> None:
    if data is not None:
        private(tmp_path / "pw", data)
    with pytest.raises(SecretMissing, match="file:pw") as missing:
        resolve(ref("file:pw"), tmp_path)
    assert str(tmp_path / "pw") in missing.value.hint


def test_a_link_to_a_private_file_is_followed_for_orchestrators_mount_links(tmp_path: Path) -> None:
    private(tmp_path / "real", b"word")
    (tmp_path / "pw").symlink_to("real")
    assert resolve(ref("file:pw"), tmp_path).get_secret_value() == "word"
    (tmp_path / "real").chmod(0o644)
    with pytest.raises(SecretUnreadable):
        resolve(ref("file:pw"), tmp_path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o666, 0o610])
def test_a_file_that_others_can_use_is_refused(tmp_path: Path, mode: int) -> None:
    private(tmp_path / "pw", PLANTED.encode()).chmod(mode)
    with pytest.raises(SecretUnreadable, match=f"{mode:04o}") as refused:
        resolve(ref("file:pw"), tmp_path)
    assert "chmod 600 pw" in refused.value.hint
    assert untold(refused.value)


def test_a_read_only_file_is_private_too(tmp_path: Path) -> None:
    private(tmp_path / "pw", b"word").chmod(0o400)
    assert resolve(ref("file:pw"), tmp_path).get_secret_value() == "word"


@pytest.mark.parametrize(("uid", "accepted"), [(0, True), (1000, True), (1001, False)])
def test_a_file_counts_when_it_is_ours_or_the_superusers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uid: int, accepted: bool
) -> None:
    private(tmp_path / "pw", PLANTED.encode())
    real = os.fstat
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(os, "fstat", lambda at: os.stat_result((*real(at)[:4], uid, *real(at)[5:])))
    if accepted:
        assert resolve(ref("file:pw"), tmp_path).get_secret_value() == PLANTED
    else:
        with pytest.raises(SecretUnreadable, match="belongs to user 1001") as refused:
            resolve(ref("file:pw"), tmp_path)
        assert untold(refused.value)


def test_what_is_no_file_is_refused_and_does_not_hold_the_reader(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    (tmp_path / "folder").mkdir(mode=0o700)
    for name in ("pipe", "folder"):
        with pytest.raises(SecretUnreadable, match="no regular file"):
            resolve(ref(f"file:{name}"), tmp_path)


def test_a_file_in_the_way_of_the_path_is_told(tmp_path: Path) -> None:
    private(tmp_path / "pw", b"word")
    with pytest.raises(SecretUnreadable, match="Not a directory"):
        resolve(ref("file:pw/inner"), tmp_path)


def test_bytes_that_are_no_text_are_refused_and_in_no_error(tmp_path: Path) -> None:
    private(tmp_path / "pw", PLANTED.encode() + b"\xff")
    with pytest.raises(SecretUnreadable, match="no text") as refused:
        resolve(ref("file:pw"), tmp_path)
    assert untold(refused.value)
    with pytest.raises(SecretUnreadable, match="no text") as refused:
        resolve(ref("env:PW"), tmp_path, {"PW": PLANTED + "\udcff"})
    assert untold(refused.value)


@pytest.mark.parametrize("text", ["vault:kv/pw#password", "credhub:/bosh/pw", "gs:bucket/pw", "x-ours:pw"])
def test_a_store_that_nothing_reads_is_a_fault_of_the_spec_that_names_it(tmp_path: Path, text: str) -> None:
    with pytest.raises(SpecError, match=text.partition(":")[0]) as error:
        resolve(ref(text), tmp_path)
    assert "there is: env, file" in str(error.value)


@pytest.mark.parametrize("text", ["env:PW#key", "file:~nobody-of-that-name/pw", "file:a\0b"])
def test_a_malformed_reference_is_a_fault_of_the_spec(tmp_path: Path, text: str) -> None:
    with pytest.raises(SpecError):
        resolve(ref(text), tmp_path, {"PW": "word"})


@pytest.mark.parametrize("text", ["vault:secrets", "env:SECRETS", "file:secrets#key"])
def test_a_store_that_cannot_be_one_is_a_fault_of_the_spec(tmp_path: Path, text: str) -> None:
    with pytest.raises(SpecError, match="secrets: "):
        open_store(ref(text), tmp_path)
