"""The register's content on a vCenter: logical key to the name that this environment has claimed for it.

It is one value of one custom attribute on the root folder. Only this environment writes it, under its lock, so what was
read once and written since is what stands there.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue, ValidationError

from paver.contract.resource import Key
from paver_vsphere.inventory import Listing
from paver_vsphere.session import Connection

REGISTER_ID = "register:vcenter"


class Claims:
    """The claims of one session. Used from several threads."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._names: dict[Key, str] | None = None
        self._field: int | None = None

    @property
    def names(self) -> dict[Key, str]:
        """What is claimed, as it was last read or written."""
        with self._lock:
            return dict(self._names or {})

    def learn(self, listing: Listing, attribute: int) -> dict[Key, str]:
        """What a listing shows of them."""
        found = _read(listing, attribute)
        with self._lock:
            if self._names is None or self._field != attribute:
                self._names, self._field = dict(found), attribute
        return found

    def add(self, names: Mapping[Key, str], attribute: int) -> None:
        """Claim these names too: one call."""
        with self._lock:
            if self._field != attribute:
                self._names, self._field = {}, attribute
            self._names = {**(self._names or {}), **names}
            self._write()

    def forget(self, key: Key) -> None:
        """Let go of a name whose bearer is gone: one call."""
        with self._lock:
            self._names = {known: name for known, name in (self._names or {}).items() if known != key}
            self._write()

    def clear(self) -> None:
        """Let go of all: one call."""
        with self._lock:
            self._names = {}
            self._write()

    def _write(self) -> None:
        names = {str(key): name for key, name in (self._names or {}).items()}
        text = json.dumps(names, separators=(",", ":"), sort_keys=True) if names else ""
        content = self._connection.content
        set_field = content.customFieldsManager.SetField
        self._connection.call(set_field, content.rootFolder, self._field, text, what="write the register")


def _read(listing: Listing, attribute: int) -> dict[Key, str]:
    """What cannot be read claims nothing."""
    root = listing.get(listing.root)
    values: list[Any] = list(root.props.get("customValue") or ()) if root else []
    text = next((value.value for value in values if value.key == attribute), "")
    try:
        found: JsonValue = json.loads(text) if text else {}
        return {Key.parse(key): str(name) for key, name in found.items()} if isinstance(found, dict) else {}
    except (ValueError, ValidationError):
        return {}
