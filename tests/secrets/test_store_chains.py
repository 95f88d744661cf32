"""What is in the store suffices to serve with: names in the zone, a chain to the root, keys that sign no deeper."""

import pytest
from cryptography import x509
from kept_world import Kept

from paver.certificates import verify
from paver.kept.wanted import full_names

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


def test_a_server_sends_a_chain_that_leads_to_the_root(kept: Kept) -> None:
    values = kept.store.read_all("memory/certificates/web")
    between, root = values["chain"].get_secret_value(), str(kept.seen("authority/root").output("certificate"))
    assert between == kept.seen("authority/intermediate").output("certificate")
    for name in ("web.staging.example.com", "10.40.0.9", "api.example.com"):
        verify(values["certificate"].get_secret_value(), [between], roots=[root], name=name, now=kept.now())


def test_an_authority_that_signs_leaves_can_sign_no_authority(kept: Kept) -> None:
    lengths = [
        certificate(kept, key).extensions.get_extension_for_class(x509.BasicConstraints).value.path_length
        for key in ("authority/root", "authority/intermediate")
    ]
    assert lengths == [None, 0]


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("web", "web.example.com"),
        ("web.other.org", "web.other.org"),
        ("10.0.0.1", "10.0.0.1"),
        ("*.apps", "*.apps.example.com"),
        ("*.apps.other.org", "*.apps.other.org"),
    ],
)
def test_a_name_without_a_dot_stands_in_the_environments_zone(name: str, full: str) -> None:
    assert full_names([name], "example.com") == (full,)
