"""The register's content on a vCenter: what this environment has claimed, by logical key.

It is one value of one custom attribute on the root folder. A claim is a name, written before its bearer is made, and
later the native id of that bearer. Only this environment writes it, under its lock, so what was read once and written
since is what stands there.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from pydantic import JsonValue, ValidationError

from paver.contract.resource import Key
from paver_vsphere.inventory import Listing
from paver_vsphere.session import Connection

REGISTER_ID = "register:vcenter"
NOTES_ID = "register-ids:vcenter"


class Claim(NamedTuple):
    """What one key stands for."""

    name: str
    id: str = ""
    """Of what was made under that name; empty until it is noted."""


class Claims:
    """The claims of one session. Used from several threads."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._held: dict[Key, Claim] | None = None
        """None: not read yet, or the last write's outcome is not known."""
        self._field: int | None = None
        self._met: dict[Key, str] = {}
        self._anew: set[Key] = set()

    @property
    def held(self) -> dict[Key, Claim]:
        """What is claimed, as it was last read or written."""
        with self._lock:
            return dict(self._now())

    @property
    def names(self) -> dict[Key, str]:
        """The claimed names."""
        return {key: claim.name for key, claim in self.held.items()}

    def learn(self, listing: Listing, attribute: int) -> dict[Key, Claim]:
        """What a listing shows of them."""
        root = listing.get(listing.root)
        found = read_claims(root.props.get("customValue") if root else (), attribute)
        with self._lock:
            # A listing from before a write would take it back: once written to, the register is read by itself.
            if self._field != attribute:
                self._held, self._field = dict(found), attribute
        return found

    def meet(self, key: Key, id_: str) -> None:
        """Remember the id of a bearer that was listed or made: it is noted when all of them are there."""
        with self._lock:
            self._met[key] = id_

    def add(self, names: Mapping[Key, str], attribute: int) -> None:
        """Claim these names too: one call."""
        with self._lock:
            if self._field != attribute:
                self._held, self._field = {}, attribute
            self._write({**self._now(), **{key: Claim(name) for key, name in names.items()}})

    def again(self, key: Key, name: str) -> None:
        """Claim a name for another bearer than the one that was noted, which is gone: one call."""
        with self._lock:
            self._write({**self._now(), key: Claim(name)})
            self._anew.add(key)

    def outdated(self, key: Key) -> bool:
        """Whether what was met is not what was noted under its name, now or until the name was claimed again."""
        with self._lock:
            claim = self._now().get(key)
            return key in self._anew or (claim is not None and claim.id not in {"", self._met.get(key)})

    def note(self, keys: Iterable[Key]) -> None:
        """Note the ids of these keys' bearers: one call."""
        with self._lock:
            held = dict(self._now())
            noted = [key for key in keys if key in held and key in self._met]
            held |= {key: held[key]._replace(id=self._met[key]) for key in noted}
            self._write(held)
            self._anew.difference_update(noted)

    def unnote(self, key: Key) -> None:
        """Keep a name, and let go of the id that was noted under it: one call."""
        with self._lock:
            held = self._now()
            self._write({**held, key: Claim(held[key].name)})

    def forget(self, key: Key) -> None:
        """Let go of a name whose bearer is gone, and of its id: one call."""
        with self._lock:
            self._write({known: claim for known, claim in self._now().items() if known != key})

    def strike(self) -> None:
        """Let go of all ids that are noted still: one call, none where there are none."""
        with self._lock:
            held = self._now()
            if any(claim.id for claim in held.values()):
                self._write({key: Claim(claim.name) for key, claim in held.items()})

    def clear(self) -> None:
        """Let go of all: one call."""
        with self._lock:
            self._write({})

    def _now(self) -> dict[Key, Claim]:
        """What is claimed: what was read or written last, read again where a write's answer was lost."""
        if self._held is None and self._field is not None:
            found = self._connection.properties(self._connection.content.rootFolder, "customValue")
            self._held = read_claims(found.get("customValue"), self._field)
        return self._held or {}

    def _write(self, held: dict[Key, Claim]) -> None:
        """Write it, and believe it only then: a write that failed is sent again."""
        values = {str(key): [claim.name, claim.id] if claim.id else claim.name for key, claim in held.items()}
        text = json.dumps(values, separators=(",", ":"), sort_keys=True) if values else ""
        content = self._connection.content
        set_field = content.customFieldsManager.SetField
        self._held = None
        self._connection.call(set_field, content.rootFolder, self._field, text, what="write the register")
        self._held = held


def read_claims(values: Iterable[Any] | None, attribute: int) -> dict[Key, Claim]:
    """What one attribute's value claims. What cannot be read claims nothing."""
    text = next((value.value for value in values or () if value.key == attribute), "")
    try:
        found: JsonValue = json.loads(text) if text else {}
        return {Key.parse(key): _claim(value) for key, value in found.items()} if isinstance(found, dict) else {}
    except (ValueError, ValidationError):
        return {}


def _claim(value: JsonValue) -> Claim:
    """One entry. Raises ValueError."""
    match value:
        case str(name):
            return Claim(name)
        case [str(name), str(id_)]:
            return Claim(name, id_)
        case _:
            raise ValueError("no claim")
