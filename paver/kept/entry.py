"""How a secret of paver's is laid out in the store: the values, and beside them whose it is and how it was made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import JsonValue, SecretStr

from paver.contract.errors import NotOurs, SecretMissing
from paver.contract.types import Owner
from paver.secrets import SecretStore

META = "meta"
"""The key beside the values: JSON, and no secret."""


class Entry(NamedTuple):
    """What the store has under one path, the secret values left out."""

    owner: str
    environment: str
    key: str
    made_at: datetime
    fields: Mapping[str, JsonValue]
    """The compared fields, as they were wanted when it was made."""
    outputs: Mapping[str, JsonValue]


def pack(
    owner: Owner,
    key: str,
    made_at: datetime,
    fields: Mapping[str, Any],
    outputs: Mapping[str, Any],
    values: Mapping[str, SecretStr],
) -> dict[str, SecretStr]:
    """The mapping to write: the values and their description, which never part."""
    meta = {
        "owner": str(owner.id),
        "environment": owner.name,
        "key": key,
        "made_at": made_at.isoformat(),
        "fields": dict(fields),
        "outputs": dict(outputs),
    }
    return {**values, META: SecretStr(json.dumps(meta, sort_keys=True))}


def unpack(values: Mapping[str, SecretStr]) -> Entry | None:
    """The description of what was written, or None where it was not written by paver."""
    try:
        meta = json.loads(values[META].get_secret_value())
        made_at = datetime.fromisoformat(meta["made_at"])
        return Entry(
            str(meta["owner"]),
            str(meta["environment"]),
            str(meta["key"]),
            made_at,
            dict(meta["fields"]),
            dict(meta["outputs"]),
        )
    except (KeyError, ValueError, TypeError):
        return None


def read_own(store: SecretStore, path: str, owner: Owner) -> tuple[Entry, Mapping[str, SecretStr]]:
    """What this owner has under a path: its description and its values.

    Raises:
        SecretMissing: There is nothing.
        NotOurs: There is something, and somebody else's.
    """
    values = store.read_all(path)
    entry = unpack(values)
    if entry is None or entry.owner != str(owner.id):
        raise NotOurs(
            f"the secret {path} in the store {store.place} is not this environment's",
            facts=[] if entry is None else [("owner", f"{entry.environment} ({entry.owner})")],
            hint="give each environment a secret store of its own",
        )
    return entry, values


def find_own(store: SecretStore, path: str, owner: Owner) -> Entry | None:
    """The description of what this owner has under a path, or None."""
    try:
        return read_own(store, path, owner)[0]
    except (SecretMissing, NotOurs):
        return None
