"""What a site's authority sends back is taken only if it is what was asked for; every fault of it is told at once."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from paver.certificates import Asked, Made, Unfit, fit, make_authority, request_authority, request_leaf
from paver.certificates.issuer import open_key

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
NAMES = ("web.staging.example.com", "10.40.0.9")
YEAR = timedelta(days=365)


def authority(
    name: str, issuer: Made | None = None, lifetime: timedelta = 5 * YEAR, path_length: int | None = None
) -> Made:
    return make_authority(
        name,
        "site",
        key_type="ecdsa-p256",
        lifetime=lifetime,
        now=NOW - YEAR,
        issuer=issuer,
        path_length=path_length,
    )


ROOT = authority("root")
ISSUING = authority("issuing", ROOT)
OTHER = authority("other")
LEAF = request_leaf(NAMES, "staging", key_type="ecdsa-p256")
INTERMEDIATE = request_authority("intermediate", "staging", key_type="ecdsa-p384", path_length=0)


def sign(
    request: str,
    issuer: Made = ISSUING,
    *,
    begins: timedelta = timedelta(0),
    lifetime: timedelta = YEAR,
    names: Sequence[str] | None = NAMES,
    ca: bool | None = None,
    path_length: int | None = None,
    purposes: Sequence[x509.ObjectIdentifier] = (),
) -> str:
    """As a site's authority would sign it, or as a careless one would."""
    asked, signer = x509.load_pem_x509_csr(request.encode()), open_key(issuer.key)
    assert asked.is_signature_valid
    basic = asked.extensions.get_extension_for_class(x509.BasicConstraints).value
    builder = (
        x509.CertificateBuilder()
        .subject_name(asked.subject)
        .issuer_name(x509.load_pem_x509_certificate(issuer.certificate.encode()).subject)
        .public_key(asked.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + begins)
        .not_valid_after(NOW + begins + lifetime)
        .add_extension(
            x509.BasicConstraints(True, path_length) if ca else basic if ca is None else NO_CA, critical=True
        )
    )
    if names:
        sans = [
            x509.DNSName(name) if "." in name and name[-1].isalpha() else x509.IPAddress(ip_address(name))
            for name in names
        ]
        builder = builder.add_extension(x509.SubjectAlternativeName(sans), critical=False)
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    return builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


NO_CA = x509.BasicConstraints(False, None)
SERVER = Asked(LEAF.key, ROOT.certificate, "corporate", NAMES)
AUTHORITY = Asked(INTERMEDIATE.key, ROOT.certificate, "corporate", None, 0)


def faults(text: str, asked: Asked = SERVER) -> tuple[str, ...]:
    with pytest.raises(Unfit) as unfit:
        fit(text, asked, NOW)
    return unfit.value.faults


@pytest.mark.parametrize("root", ["", ROOT.certificate], ids=["without", "with"])
def test_a_signed_certificate_and_its_chain_are_taken_in_any_order(root: str) -> None:
    own = sign(LEAF.text)
    for text in (own + ISSUING.certificate + root, root + ISSUING.certificate + own):
        signed = fit(f"Bag Attributes\n    friendlyName: web\n{text}", SERVER, NOW)
        assert (signed.certificate, signed.chain) == (own, ISSUING.certificate)


def test_what_the_root_itself_signed_needs_no_chain() -> None:
    own = sign(LEAF.text, ROOT)
    assert fit(own, SERVER, NOW).chain == ""


def test_what_is_of_no_use_in_a_file_is_left_out() -> None:
    own = sign(LEAF.text)
    assert fit(OTHER.certificate + own + ISSUING.certificate, SERVER, NOW).chain == ISSUING.certificate


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "no certificate in PEM form stands in it"),
        ("\0\ufffd" * 99, "no certificate in PEM form stands in it"),
        ("-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n", "a certificate in it is broken"),
        (
            sign(LEAF.text) + ISSUING.key.get_secret_value(),
            "a private key stands in it; the key of this certificate never left the secret store",
        ),
        (
            OTHER.certificate,
            "none of its certificates is for the key of the request: CN=site other,O=paver site",
        ),
    ],
)
def test_a_file_that_cannot_be_it_is_told_by_what_it_is(text: str, fault: str) -> None:
    assert faults(text) == (fault,)


CASES = [
    (
        sign(LEAF.text, begins=timedelta(hours=1)),
        "it begins at 2026-11-25 13:00:00Z, and this clock says 2026-11-25 12:00:00Z",
    ),
    (sign(LEAF.text, begins=-YEAR, lifetime=timedelta(days=9)), "it ended at 2025-12-04 12:00:00Z"),
    (sign(LEAF.text, names=NAMES[:1]), "it is not for 10.40.0.9; it is for web.staging.example.com"),
    (sign(LEAF.text, names=None), "it is not for web.staging.example.com, 10.40.0.9; it is for no name"),
    (sign(LEAF.text, ca=True), "it is an authority's, and a server's was asked for"),
    (
        sign(LEAF.text, purposes=[ExtendedKeyUsageOID.CLIENT_AUTH]),
        "it may not be a server's: its extended key usage says nothing of serverAuth",
    ),
]


@pytest.mark.parametrize(("own", "fault"), CASES)
def test_a_certificate_that_is_not_what_was_asked_for_is_refused(own: str, fault: str) -> None:
    assert faults(own + ISSUING.certificate) == (fault,)


def test_more_names_than_were_asked_for_do_no_harm() -> None:
    own = sign(LEAF.text, names=[*NAMES, "www.example.com"], purposes=[ExtendedKeyUsageOID.SERVER_AUTH])
    assert fit(own + ISSUING.certificate, SERVER, NOW).certificate == own


def test_a_certificate_that_leads_nowhere_names_who_signed_it() -> None:
    (fault,) = faults(sign(LEAF.text))
    assert fault == (
        "no chain leads from it to corporate (CN=site root,O=paver site): it was signed by"
        " CN=site issuing,O=paver site; append the authorities between the two"
    )


def test_a_name_alone_joins_no_chain() -> None:
    impostor = make_authority("issuing", "site", key_type="ecdsa-p256", lifetime=YEAR, now=NOW, issuer=OTHER)
    assert "no chain leads" in faults(sign(LEAF.text, impostor) + ISSUING.certificate)[0]


def test_a_chain_is_held_to_what_a_client_holds_it_to() -> None:
    ended = authority("ended", ROOT, lifetime=timedelta(days=9))
    shallow = authority("shallow", ROOT, path_length=0)
    below = sign(INTERMEDIATE.text, shallow, ca=True, names=None)
    one = Asked(INTERMEDIATE.key, ROOT.certificate, "corporate", None, 1)
    assert faults(sign(LEAF.text, ended) + ended.certificate) == (
        "CN=site ended,O=paver site, in its chain: it ended at 2025-12-04 12:00:00Z",
    )
    assert faults(below + shallow.certificate, AUTHORITY) == (
        "CN=site shallow,O=paver site lets 0 authorities follow, and here are 1",
    )
    assert "lets 0 authorities follow, and here are 2" in faults(below + shallow.certificate, one)[0]


def test_a_server_signs_nobodys_certificate() -> None:
    key = request_leaf(("a.example.com",), "site", key_type="ecdsa-p256")
    server = Made(sign(key.text), key.key)
    found = faults(sign(LEAF.text, server) + server.certificate + ISSUING.certificate)
    assert found[0] == "CN=a.example.com,O=paver site in its chain is no authority"


def test_all_faults_are_told_at_once() -> None:
    assert len(faults(sign(LEAF.text, OTHER, begins=YEAR, names=None, ca=True))) == 4


@pytest.mark.parametrize(("path_length", "length"), [(0, None), (0, 0), (1, 2)])
def test_an_authority_is_taken_if_enough_may_follow_below_it(path_length: int, length: int | None) -> None:
    own = sign(INTERMEDIATE.text, ca=True, path_length=length, names=None)
    asked = Asked(INTERMEDIATE.key, ROOT.certificate, "corporate", None, path_length)
    assert fit(own + ISSUING.certificate, asked, NOW).chain == ISSUING.certificate


def test_an_authority_too_shallow_and_one_that_is_none_are_refused() -> None:
    shallow = sign(INTERMEDIATE.text, ca=True, path_length=0, names=None)
    asked = Asked(INTERMEDIATE.key, ROOT.certificate, "corporate", None, 1)
    assert faults(shallow + ISSUING.certificate, asked) == ("its path length is 0, and 1 authorities follow below it",)
    none = sign(INTERMEDIATE.text, ca=False, names=None)
    assert faults(none + ISSUING.certificate, AUTHORITY)[0].startswith("it is a server's, and an authority's was asked")


def test_a_request_says_what_is_asked_for_and_is_signed_by_its_key() -> None:
    for request, ca in ((LEAF, False), (INTERMEDIATE, True)):
        asked = x509.load_pem_x509_csr(request.text.encode())
        assert asked.is_signature_valid
        assert asked.public_key() == open_key(request.key).public_key()
        assert asked.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is ca
        assert "PRIVATE" not in request.text
    names = x509.load_pem_x509_csr(LEAF.text.encode()).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert names.value.get_values_for_type(x509.DNSName) == ["web.staging.example.com"]
    assert isinstance(open_key(INTERMEDIATE.key), ec.EllipticCurvePrivateKey)
