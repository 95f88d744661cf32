"""`print-env`: the variables that the users of bosh-bootloader know, in the words of a shell.

No secret is among the words. A variable that is to have one reads it from a private file when the shell runs the line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from paver.contract.environment import PavedEnvironment, PavedJumpbox

DIRECTOR_PORT, CREDHUB_PORT = 25555, 8844
CLIENT, CREDHUB_CLIENT = "admin", "credhub-admin"
"""The clients that bosh-deployment makes."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds, when the line is run."""

    path: Path


Word = str | Contents


@dataclass(frozen=True, slots=True)
class Keys:
    """Where the secrets lie, and what is known of the director; None: nobody wrote or gave it."""

    jumpbox: Path | None = None
    client_secret: Path | None = None
    credhub_secret: Path | None = None
    director_ca: str | None = None
    credhub_ca: str | None = None


def variables(environment: PavedEnvironment, keys: Keys) -> dict[str, Word]:
    """The variables in their order. What is not known is not among them."""
    _, director = environment.director()
    box = environment.jumpbox
    proxy = _through(box, keys.jumpbox) if box is not None and keys.jumpbox is not None else None
    found: dict[str, Word | None] = {
        "BOSH_ENVIRONMENT": f"https://{director}:{DIRECTOR_PORT}",
        "BOSH_CLIENT": CLIENT,
        "BOSH_CLIENT_SECRET": _contents(keys.client_secret),
        "BOSH_CA_CERT": keys.director_ca,
        "BOSH_ALL_PROXY": proxy,
        "CREDHUB_SERVER": f"https://{director}:{CREDHUB_PORT}",
        "CREDHUB_CLIENT": CREDHUB_CLIENT,
        "CREDHUB_SECRET": _contents(keys.credhub_secret),
        "CREDHUB_CA_CERT": keys.credhub_ca,
        "CREDHUB_PROXY": proxy,
        "JUMPBOX_PRIVATE_KEY": str(keys.jumpbox) if keys.jumpbox is not None else None,
    }
    return {name: word for name, word in found.items() if word is not None}


def script(words: Mapping[str, Word], shell: str) -> str:
    """Lines for that shell to run, one a variable."""
    return "".join(_SHELLS[shell](name, word) + "\n" for name, word in words.items())


def _through(box: PavedJumpbox, key: Path) -> str:
    return f"ssh+socks5://{box.user}@{box.public_address or box.address}:{box.port}?private-key={quote(str(key))}"


def _contents(path: Path | None) -> Contents | None:
    return None if path is None else Contents(path)


def _posix(name: str, word: Word) -> str:
    if isinstance(word, Contents):
        return f'export {name}="$(cat {_single(str(word.path))})"'
    return f"export {name}={_single(word)}"


def _fish(name: str, word: Word) -> str:
    if isinstance(word, Contents):
        return f"set -gx {name} (cat {_backslashed(str(word.path))} | string collect)"
    return f"set -gx {name} {_backslashed(word)}"


def _powershell(name: str, word: Word) -> str:
    if isinstance(word, Contents):
        return f"$Env:{name} = (Get-Content -Raw {_doubled(str(word.path))})"
    return f"$Env:{name} = {_doubled(word)}"


def _single(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _backslashed(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _doubled(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_SHELLS: Mapping[str, Callable[[str, Word], str]] = MappingProxyType(
    {"posix": _posix, "fish": _fish, "powershell": _powershell}
)
