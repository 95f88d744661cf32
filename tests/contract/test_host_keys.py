"""What a console says of host keys."""

from __future__ import annotations

from paver.contract.host_keys import host_key

ED, ECDSA = f"ssh-ed25519 {'A' * 68}", f"ecdsa-sha2-nistp256 {'B' * 140}="
FIRST, LAST = "-----BEGIN SSH HOST KEY KEYS-----", "-----END SSH HOST KEY KEYS-----"


def printed(*keys: str) -> str:
    return "\n".join(("boot", FIRST, *(f"{key} root@jumpbox" for key in keys), LAST, "login:"))


def test_the_preferred_key_is_told_without_its_comment() -> None:
    assert host_key(printed(ECDSA, ED)) == ED
    assert host_key(printed(ECDSA)) == ECDSA


def test_a_machine_that_was_made_anew_has_the_key_that_was_printed_last() -> None:
    newer = ED.replace("A", "C")
    assert host_key(printed(ED) + printed(newer)) == newer


def test_a_block_that_is_not_whole_yet_and_a_key_outside_of_one_are_none() -> None:
    assert host_key(printed(ED).partition(LAST)[0]) is None
    assert host_key(f"somebody typed {ED}") is None
    assert host_key(printed(f"ssh-rsa {'A' * 300}")) is None
    assert host_key("") is None
