"""Certificates as a strict client and RFC 5280 want them."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from paver.certificates import Made, describe, fingerprint, make_authority, make_leaf
from paver.contract.errors import Rejected
from paver.contract.types import KeyType

NOW = datetime(2026, 11, 25, 12, 30, 15, 250_000, tzinfo=UTC)
YEAR = timedelta(days=365)


def authority(
    issuer: Made | None = None,
    *,
    now: datetime = NOW,
    lifetime: timedelta = 10 * YEAR,
    path_length: int | None = None,
    key_type: KeyType = "ecdsa-p256",
) -> Made:
    return make_authority(
        "root" if issuer is None else "intermediate",
        "staging",
        key_type=key_type,
        lifetime=lifetime,
        now=now,
        issuer=issuer,
        path_length=path_length,
    )


def leaf(
    issuer: Made,
    *names: str,
    now: datetime = NOW,
    lifetime: timedelta = YEAR,
    key_type: KeyType = "ecdsa-p256",
) -> Made:
    return make_leaf(
        names or ("web.staging.example.com",),
        "staging",
        key_type=key_type,
        lifetime=lifetime,
        now=now,
        issuer=issuer,
    )


def load(made: Made) -> x509.Certificate:
    return x509.load_pem_x509_certificate(made.certificate.encode())


ROOT = authority()


def test_an_authority_is_one_and_says_so_critically() -> None:
    extensions = load(ROOT).extensions
    basic = extensions.get_extension_for_class(x509.BasicConstraints)
    usage = extensions.get_extension_for_class(x509.KeyUsage)
    assert (basic.critical, basic.value.ca, basic.value.path_length) == (True, True, None)
    assert usage.critical
    assert (usage.value.key_cert_sign, usage.value.crl_sign, usage.value.key_encipherment) == (True, True, False)


def test_a_leaf_is_no_authority_and_serves() -> None:
    extensions = load(leaf(ROOT)).extensions
    basic = extensions.get_extension_for_class(x509.BasicConstraints)
    usage = extensions.get_extension_for_class(x509.KeyUsage)
    assert (basic.critical, basic.value.ca) == (True, False)
    assert usage.critical
    assert (usage.value.digital_signature, usage.value.key_cert_sign) == (True, False)
    purposes = list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    assert purposes == [ExtendedKeyUsageOID.SERVER_AUTH]


@pytest.mark.parametrize(("key_type", "enciphers"), [("ecdsa-p256", False), ("rsa-3072", True)])
def test_only_an_rsa_key_enciphers_keys(key_type: KeyType, enciphers: bool) -> None:
    usage = load(leaf(ROOT, key_type=key_type)).extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.key_encipherment is enciphers


def test_names_and_addresses_are_told_apart_and_stand_once() -> None:
    made = load(leaf(ROOT, "web.example.com", "10.0.0.7", "*.apps.example.com", "web.example.com"))
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["web.example.com", "*.apps.example.com"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["10.0.0.7"]


def test_a_first_name_too_long_for_a_common_name_stands_among_the_names_only() -> None:
    long = ".".join(["a" * 60, "b" * 60, "example.com"])
    made = load(leaf(ROOT, long))
    assert [name.value for name in made.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)] == ["staging"]
    assert made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(
        x509.DNSName
    ) == [long]


def test_key_identifiers_join_a_chain() -> None:
    middle = authority(ROOT)
    for child, parent in ((ROOT, ROOT), (middle, ROOT), (leaf(middle), middle)):
        theirs = load(parent).extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        named = load(child).extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
        assert named.key_identifier == theirs.key_identifier
        assert load(child).issuer == load(parent).subject
        load(child).verify_directly_issued_by(load(parent))


@pytest.mark.parametrize(
    ("key_type", "kind", "size", "digest"),
    [
        ("ecdsa-p256", ec.EllipticCurvePrivateKey, 256, "sha256"),
        ("ecdsa-p384", ec.EllipticCurvePrivateKey, 384, "sha384"),
        ("rsa-3072", rsa.RSAPrivateKey, 3072, "sha256"),
        ("rsa-4096", rsa.RSAPrivateKey, 4096, "sha256"),
    ],
)
def test_each_key_type_is_what_its_name_says(key_type: KeyType, kind: type, size: int, digest: str) -> None:
    made = authority(key_type=key_type)
    key = load_pem_private_key(made.key.get_secret_value().encode(), None)
    assert isinstance(key, kind)
    assert isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
    assert key.key_size == size
    assert key.public_key() == load(made).public_key()
    algorithm = load(made).signature_hash_algorithm
    assert algorithm is not None
    assert algorithm.name == digest


def test_serial_numbers_and_keys_are_never_the_same_again() -> None:
    made = [leaf(ROOT) for _ in range(20)]
    assert len({load(one).serial_number for one in made}) == len({one.key.get_secret_value() for one in made}) == 20
    assert all(load(one).serial_number.bit_length() > 64 for one in made)


@settings(max_examples=30, deadline=None)
@given(
    issued=st.timedeltas(timedelta(0), timedelta(days=400)),
    root_days=st.integers(401, 5000),
    leaf_days=st.integers(1, 99999),
)
def test_a_leaf_lives_within_its_issuer_and_begins_before_now(
    issued: timedelta, root_days: int, leaf_days: int
) -> None:
    root = authority(lifetime=timedelta(days=root_days))
    now = NOW + issued
    made = load(leaf(root, now=now, lifetime=timedelta(days=leaf_days)))
    assert load(root).not_valid_before_utc <= made.not_valid_before_utc <= now
    assert made.not_valid_before_utc < made.not_valid_after_utc <= load(root).not_valid_after_utc
    assert made.not_valid_after_utc <= now + timedelta(days=leaf_days)


def test_a_client_whose_clock_is_behind_by_an_hour_sees_no_certificate_from_the_future() -> None:
    behind = NOW - timedelta(hours=1)
    assert load(ROOT).not_valid_before_utc <= behind
    assert load(leaf(ROOT)).not_valid_before_utc <= behind


@pytest.mark.parametrize("back", [timedelta(hours=2), timedelta(days=30)])
def test_a_clock_that_jumped_back_is_named_and_nothing_is_signed(back: timedelta) -> None:
    with pytest.raises(Rejected, match="this clock says 2026-") as error:
        leaf(ROOT, now=NOW - back)
    assert "clock" in error.value.hint


def test_an_authority_that_has_ended_signs_nothing() -> None:
    with pytest.raises(Rejected, match=r"staging root.* ended at 2036-"):
        leaf(ROOT, now=NOW + 11 * YEAR)


def test_an_authority_for_leaves_signs_no_authority() -> None:
    middle = authority(ROOT, path_length=0)
    assert load(middle).extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0
    with pytest.raises(Rejected, match="leaves only"):
        authority(middle)
    assert leaf(middle)


@pytest.mark.parametrize(("asked", "got"), [(None, 1), (0, 0), (1, 1), (7, 1)])
def test_no_authority_may_go_deeper_than_its_issuer_lets_it(asked: int | None, got: int) -> None:
    below = load(authority(authority(path_length=2), path_length=asked))
    assert below.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == got


@pytest.mark.parametrize(
    "broken",
    [
        Made(ROOT.certificate, authority().key),
        Made(ROOT.certificate, SecretStr("planted-Pa55word")),
        Made("no certificate", ROOT.key),
        leaf(ROOT),
    ],
    ids=["another key", "no key", "no certificate", "a leaf"],
)
def test_a_spoiled_authority_signs_nothing_and_its_key_is_in_no_error(broken: Made) -> None:
    with pytest.raises(Rejected, match="do not belong together") as error:
        leaf(broken)
    assert error.value.__context__ is None
    assert broken.key.get_secret_value() not in repr(error.value)


def test_a_key_does_not_show_itself() -> None:
    assert "PRIVATE" not in repr(ROOT) + str(ROOT)


def test_a_description_says_what_the_certificate_says() -> None:
    told = describe(ROOT.certificate, "signs")
    assert (told.use, told.pem) == ("signs", ROOT.certificate)
    assert told.sha256 == fingerprint(ROOT.certificate) == load(ROOT).fingerprint(hashes.SHA256()).hex()
    assert told.not_before == load(ROOT).not_valid_before_utc
    assert told.not_after == NOW.replace(microsecond=0) + 10 * YEAR


@pytest.mark.parametrize("text", ["", "planted", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_what_is_no_certificate_is_told_in_our_words(text: str) -> None:
    for look in (fingerprint, lambda pem: describe(pem, "trusted")):
        with pytest.raises(Rejected, match="what stands in a certificate's place is none"):
            look(text)
