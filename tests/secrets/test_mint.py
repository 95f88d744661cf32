"""What paver makes up: passwords that every policy takes, keys that every client reads."""

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_ssh_private_key,
    load_ssh_public_key,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from paver.secrets import password, ssh_key

SPECIAL = set("-_.~")


@settings(max_examples=300, deadline=None)
@given(length=st.integers(min_value=8, max_value=64))
def test_a_password_fits_every_policy(length: int) -> None:
    made = password(length).get_secret_value()
    assert len(made) == length
    assert made.isascii()
    assert any(letter.islower() for letter in made)
    assert any(letter.isupper() for letter in made)
    assert any(letter.isdigit() for letter in made)
    assert SPECIAL & set(made)
    assert all(letter.isalnum() or letter in SPECIAL for letter in made)
    assert made[0].isalpha()
    assert not any(letter * 3 in made for letter in made)


def test_a_password_has_twenty_characters_and_no_two_are_alike() -> None:
    made = {password().get_secret_value() for _ in range(500)}
    assert len(made) == 500
    assert {len(one) for one in made} == {20}


def test_a_short_password_is_not_made() -> None:
    with pytest.raises(ValueError, match="eight"):
        password(7)


def test_no_secret_shows_itself() -> None:
    assert password().get_secret_value() not in repr(password())
    key = ssh_key()
    assert key.private_key.get_secret_value() not in repr(key)
    assert "PRIVATE" not in repr(key) + str(key)


def test_an_ssh_key_is_a_pair_in_openssh_form() -> None:
    made = ssh_key()
    text = made.private_key.get_secret_value()
    assert text.startswith("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    key = load_ssh_private_key(text.encode(), None)
    assert isinstance(key, ed25519.Ed25519PrivateKey)
    assert made.public_key.startswith("ssh-ed25519 ")
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    assert public == made.public_key


def test_an_rsa_key_has_3072_bits() -> None:
    made = ssh_key("rsa")
    public = load_ssh_public_key(made.public_key.encode())
    assert isinstance(public, rsa.RSAPublicKey)
    assert public.key_size == 3072


def test_openssh_itself_reads_the_key(tmp_path: Path) -> None:
    made = ssh_key()
    file = tmp_path / "key"
    file.write_text(made.private_key.get_secret_value())
    file.chmod(0o600)
    try:
        read = subprocess.run(["ssh-keygen", "-y", "-f", str(file)], capture_output=True, text=True, check=True)  # noqa: S607  whichever the machine has
    except FileNotFoundError:
        pytest.skip("no ssh-keygen here")
    assert read.stdout.split()[:2] == made.public_key.split()[:2]
