"""A chain holds for the clients it is made for, and for nobody else."""

import ssl
from datetime import UTC, datetime, timedelta

import pytest

from paver.certificates import Made, make_authority, make_leaf, verify
from paver.contract.errors import Untrusted

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
NAMES = ("web.staging.example.com", "*.apps.example.com", "10.0.0.7")


def authority(name: str, issuer: Made | None = None, path_length: int | None = None) -> Made:
    return make_authority(
        name,
        "staging",
        key_type="ecdsa-p384",
        lifetime=timedelta(days=3650),
        now=NOW,
        issuer=issuer,
        path_length=path_length,
    )


ROOT = authority("root")
MIDDLE = authority("intermediate", ROOT, 0)
LEAF = make_leaf(
    NAMES, "staging", key_type="ecdsa-p256", lifetime=timedelta(days=365), now=NOW, issuer=MIDDLE
).certificate


@pytest.mark.parametrize("name", ["web.staging.example.com", "shop.apps.example.com", "10.0.0.7"])
def test_the_chain_holds_for_each_of_its_names(name: str) -> None:
    verify(LEAF, [MIDDLE.certificate], roots=[ROOT.certificate], name=name, now=NOW)


@pytest.mark.parametrize("key_type", ["ecdsa-p256", "ecdsa-p384", "rsa-3072", "rsa-4096"])
def test_the_chain_holds_with_each_key_type(key_type: str) -> None:
    made = make_leaf(NAMES, "staging", key_type=key_type, lifetime=timedelta(days=9), now=NOW, issuer=MIDDLE)  # type: ignore[arg-type]  # they are the key types
    verify(made.certificate, [MIDDLE.certificate], roots=[ROOT.certificate], name=NAMES[0], now=NOW)


def test_a_client_may_trust_one_root_among_many() -> None:
    roots = [authority("other").certificate, ROOT.certificate]
    verify(LEAF, [authority("other").certificate, MIDDLE.certificate], roots=roots, name=NAMES[0], now=NOW)


@pytest.mark.parametrize("name", ["other.staging.example.com", "apps.example.com", "10.0.0.8"])
def test_another_name_is_untrusted(name: str) -> None:
    with pytest.raises(Untrusted, match=name):
        verify(LEAF, [MIDDLE.certificate], roots=[ROOT.certificate], name=name, now=NOW)


def test_a_root_of_the_same_name_and_another_key_is_untrusted() -> None:
    with pytest.raises(Untrusted):
        verify(LEAF, [MIDDLE.certificate], roots=[authority("root").certificate], name=NAMES[0], now=NOW)


def test_a_chain_with_a_gap_is_untrusted() -> None:
    with pytest.raises(Untrusted):
        verify(LEAF, [], roots=[ROOT.certificate], name=NAMES[0], now=NOW)


@pytest.mark.parametrize("later", [timedelta(days=366), timedelta(hours=-2)], ids=["ended", "not begun"])
def test_a_certificate_out_of_its_time_is_untrusted(later: timedelta) -> None:
    with pytest.raises(Untrusted):
        verify(LEAF, [MIDDLE.certificate], roots=[ROOT.certificate], name=NAMES[0], now=NOW + later)


def test_the_client_of_the_standard_library_takes_the_authorities_too() -> None:
    context = ssl.create_default_context(cadata=ROOT.certificate + MIDDLE.certificate)
    assert len(context.get_ca_certs()) >= 2
