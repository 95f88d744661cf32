"""The store in a bucket: encrypted, under conditions, on a wire that fails. Shown on moto's server."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from buckets import KEY, NAME, OTHER_KEY, client, moto, objects
from pydantic import SecretStr

from paver.certificates import make_authority, make_leaf
from paver.conformance.wire import Route, Wire
from paver.contract.errors import Denied, PaverError, SecretMissing, SpecError, Transient, Untrusted
from paver.contract.types import SecretRef
from paver.secrets import open_store
from paver.secrets.envelope import VARIABLE, KeyMissing, Keys
from paver.secrets.s3 import S3Store
from paver.secrets.s3_errors import Conflict, answered
from paver.secrets.store import SecretUnreadable, SecretUnwritable

VALUES = {"secret": SecretStr("hush-hush-hush")}


@pytest.fixture
def wire() -> Iterator[Wire]:
    with moto() as found:
        yield found


@pytest.fixture
def store(wire: Wire) -> S3Store:
    del wire
    return S3Store(NAME, "team")


def test_nothing_in_the_bucket_can_be_read_without_the_key(store: S3Store) -> None:
    store.write("aws/bosh-cpi", VALUES)
    (name,) = objects()
    assert name == "team/aws/bosh-cpi"
    assert b"hush" not in objects()[name]


@pytest.mark.parametrize("change", ["swapped", "flipped", "torn", "foreign"])
def test_what_was_tampered_with_is_refused(store: S3Store, change: str) -> None:
    store.write("a", VALUES)
    store.write("b", {"secret": SecretStr("another-secret")})
    there = objects()["team/a"]
    put = {
        "swapped": objects()["team/b"],
        "flipped": there[:-8] + bytes([there[-8] ^ 1]) + there[-7:],
        "torn": there[: len(there) // 2],
        "foreign": b'{"secret": "planted"}',
    }[change]
    client().put_object(Bucket=NAME, Key="team/a", Body=put)
    with pytest.raises(SecretUnreadable) as error:
        store.read("a", "secret")
    assert error.value.exit_code == 6
    with pytest.raises(SecretUnreadable):
        store.exists("a")


def test_a_key_is_exchanged_without_losing_a_secret(store: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.write("a", VALUES)
    monkeypatch.setenv(VARIABLE, f"{OTHER_KEY},{KEY}")
    again = S3Store(NAME, "team")
    before = again.sealed_with("a")
    assert again.reseal("a")
    assert not again.reseal("a")
    assert again.sealed_with("a") == Keys({VARIABLE: OTHER_KEY}).writes != before
    monkeypatch.setenv(VARIABLE, OTHER_KEY)
    assert S3Store(NAME, "team").read("a", "secret").get_secret_value() == "hush-hush-hush"
    monkeypatch.setenv(VARIABLE, KEY)
    with pytest.raises(SecretUnreadable, match="another key"):
        S3Store(NAME, "team").read("a", "secret")


def test_a_missing_key_is_named_and_is_no_absence(store: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.write("a", VALUES)
    monkeypatch.delenv(VARIABLE)
    blind = S3Store(NAME, "team")
    for ask in (lambda: blind.read("a", "secret"), lambda: blind.exists("a"), lambda: blind.add("b", VALUES)):
        with pytest.raises(KeyMissing) as error:
            ask()
        assert VARIABLE in str(error.value)
        assert error.value.exit_code == 6
        assert not isinstance(error.value, SecretMissing)


@pytest.mark.parametrize("told", ["hunter2", "aHVudGVyMg==", f"{KEY},hunter2"])
def test_a_key_that_is_none_is_refused_and_not_told(told: str) -> None:
    with pytest.raises(SpecError) as error:
        Keys({VARIABLE: told})
    assert "hunter2" not in f"{error.value} {error.value.hint}"
    assert "aHVudGVyMg" not in f"{error.value} {error.value.hint}"


def test_a_lost_answer_is_looked_up_and_nothing_is_written_twice(store: S3Store, wire: Wire) -> None:
    store.list()
    wire.reset()
    wire.lose(1)
    assert store.add("a", VALUES)
    wire.reset()
    wire.lose(1)
    store.write("a", {"secret": SecretStr("the-second-one")})
    assert store.read("a", "secret").get_secret_value() == "the-second-one"
    place = store.lease("x")
    wire.reset()
    wire.lose(1)
    version = place.write("mine", None)
    assert version is not None
    assert place.read() == ("mine", version)


def test_many_are_listed_to_the_end(store: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        store.write(f"n{number}", VALUES)
    bucket = store._bucket
    right = bucket._client.list_objects_v2
    monkeypatch.setattr(bucket._client, "list_objects_v2", lambda **asked: right(**asked, MaxKeys=2))
    assert store.list() == tuple(f"n{number}" for number in range(5))


def test_a_bucket_that_is_not_there_is_the_specs_mistake(wire: Wire) -> None:
    del wire
    with pytest.raises(SpecError, match="no bucket nowhere-at-all"):
        S3Store("nowhere-at-all", "").write("a", VALUES)


@pytest.mark.parametrize(
    ("code", "status", "means", "exit_code"),
    [
        ("ExpiredToken", 400, Denied, 3),
        ("AccessDenied", 403, Denied, 3),
        ("AuthorizationHeaderMalformed", 400, SpecError, 2),
        ("NotImplemented", 501, SpecError, 2),
        ("ConditionalRequestConflict", 409, Transient, 4),
        ("", 503, Transient, 4),
        ("QuotaExceeded", 400, SecretUnwritable, 4),
    ],
)
def test_an_error_of_the_protocol_is_one_of_the_contract(
    code: str, status: int, means: type[PaverError], exit_code: int
) -> None:
    error = answered({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, NAME)
    assert isinstance(error, means)
    assert error.exit_code == exit_code


@pytest.mark.parametrize(
    ("variable", "value", "means"),
    [
        ("AWS_ENDPOINT_URL_S3", "no url at all", SpecError),
        ("AWS_PROFILE", "nobody", SpecError),
        ("AWS_ACCESS_KEY_ID", "", Denied),
    ],
)
def test_what_the_sdk_cannot_use_is_told_and_is_no_defect(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, means: type[PaverError]
) -> None:
    del wire
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv(variable, value)
    with pytest.raises(means):
        S3Store(NAME, "team").write("a", VALUES)


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_authority("root", "staging", key_type="ecdsa-p256", lifetime=timedelta(days=1), now=datetime.now(UTC))
    leaf = make_leaf(
        ["127.0.0.1"], "staging", key_type="ecdsa-p256", lifetime=timedelta(days=1), now=datetime.now(UTC), issuer=made
    )
    (tmp_path / "certificate").write_text(leaf.certificate)
    (tmp_path / "key").write_text(leaf.key.get_secret_value())
    with moto(), Wire(Route("127.0.0.1:0", "127.0.0.1:9", tmp_path / "certificate", tmp_path / "key")) as wire:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"https://{wire.address()}")
        with pytest.raises(Untrusted) as error:
            S3Store(NAME, "team").read("a", "secret")
    assert error.value.exit_code == 6


def test_what_arrives_after_something_newer_was_written_changes_nothing(store: S3Store) -> None:
    """A request that was given up may be carried out later: it names what it replaces, and that has gone."""
    store.write("a", VALUES)
    bucket = store._bucket
    late = bucket.get("team/a")
    assert late is not None
    store.write("a", {"secret": SecretStr("the-second-one")})
    for arrives in (lambda: bucket.put("team/a", b"late", over=late.etag), lambda: bucket.delete("team/a", late.etag)):
        with pytest.raises(Conflict):
            arrives()
    assert store.read("a", "secret").get_secret_value() == "the-second-one"


def test_what_was_replaced_meanwhile_is_never_put_back_by_another_key(
    store: S3Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write("a", VALUES)
    monkeypatch.setenv(VARIABLE, f"{OTHER_KEY},{KEY}")
    again = S3Store(NAME, "team")
    sealed, seal = [], again._keys.seal

    def while_another_writes(name: str, data: bytes) -> bytes:
        if not sealed:
            store.write("a", {"secret": SecretStr("the-second-one")})
        sealed.append(name)
        return seal(name, data)

    monkeypatch.setattr(again._keys, "seal", while_another_writes)
    assert again.reseal("a")
    assert again.read("a", "secret").get_secret_value() == "the-second-one"
    assert again.sealed_with("a") == again._keys.writes


def test_refused_credentials_are_told_as_such(store: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    del store
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    with pytest.raises(Denied):
        S3Store(NAME, "team").list()


def test_a_server_that_is_down_is_a_failure_and_no_absence(store: S3Store, wire: Wire) -> None:
    store.write("a", VALUES)
    wire.refuse()
    for ask in (lambda: store.read("a", "secret"), lambda: store.write("a", VALUES), store.list):
        with pytest.raises(PaverError) as error:
            ask()
        assert not isinstance(error.value, SecretMissing)
        assert error.value.exit_code == 4


@pytest.mark.parametrize(
    ("path", "said"), [("", "names no bucket"), ("/", "names no bucket"), ("Our_Bucket", "cannot be a bucket")]
)
def test_a_reference_without_a_bucket_is_refused(path: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=said):
        open_store(SecretRef.model_construct(store="s3", path=path), tmp_path)


def test_a_store_that_is_not_installed_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as error:
        open_store(SecretRef(store="vault", path="kv/paver"), tmp_path)
    assert "no secret store of kind vault is installed; there is: file, s3" in str(error.value)
    assert "paver.secret_stores" in error.value.hint


def test_without_its_sdk_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(SpecError) as error:
        open_store(SecretRef(store="s3", path="bucket/team"), tmp_path)
    assert error.value.hint == "pip install 'iaas-paver[s3]'"
