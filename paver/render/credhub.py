"""`credhub`: what `credhub import -f` reads. Everything that is secret in it comes only with the secrets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from paver.contract.environment import PavedEnvironment
from paver.render.flat import chain, flat
from paver.render.rendering import Concealed, Rendering

ROOT = "/paver"
"""Where the names start: `/paver/ENVIRONMENT/…`."""


def render(environment: PavedEnvironment) -> tuple[Rendering, ...]:
    """Each by its own type: `user` for a principal and its secret, `certificate` for a leaf, `ssh` for the jumpbox."""
    entries = [
        {"name": f"{ROOT}/{environment.name}/{name}", "type": kind, "value": value}
        for name, kind, value in _entries(environment)
    ]
    return (Rendering("credhub-import.yml", "yaml", {"credentials": entries}),)


def _entries(environment: PavedEnvironment) -> Iterator[tuple[str, str, Any]]:
    for name, value in flat(environment).items():
        if isinstance(value, Concealed) or value in ("", []):  # its pair is below; and CredHub takes no empty value
            continue
        yield (name, "json", value) if isinstance(value, list) else (name, "value", _word(value))
    for name, credential in environment.credentials.items():
        if credential.secret is not None:
            yield f"credential_{name}", "user", {"username": credential.principal, "password": credential.secret}
    for name, leaf in environment.certificates.leaves.items():
        pair = {"certificate": leaf.certificate.pem, "private_key": leaf.key}
        yield f"certificate_{name}", "certificate", {"ca": chain(environment, leaf.signed_by), **pair}
    if environment.jumpbox is not None:
        yield "jumpbox_ssh", "ssh", {"private_key": environment.jumpbox.key}


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
