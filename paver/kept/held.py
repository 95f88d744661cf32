"""What the store holds of one authority or certificate: what is in use, the next, the last, a request that waits.

All of it is one entry, written as a whole: a rotation has no other state, and a kill leaves the step before or after.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import JsonValue, SecretStr

from paver.certificates import Made, Request, Signed, fingerprint
from paver.contract.resource import Key
from paver.contract.types import Owner
from paver.kept.entry import Entry, pack, read_own
from paver.secrets import SecretStore, SecretUnreadable

PLACES = {"authority": "authorities", "certificate": "certificates"}
"""By kind: where in an environment's part of the store."""
StepName = Literal["trust", "sign", "retire"]


@dataclass(frozen=True, slots=True)
class Turn:
    """How far a rotation is."""

    step: StepName
    """The last step that was begun."""
    at: str
    """When, ISO 8601."""
    told: bool
    """Whether whoever asked for that step was told of it: before that it is not over, and no other follows."""
    until: str = ""
    """After `sign`: when the last of the certificates ends that the old one signed, ISO 8601."""


@dataclass(frozen=True, slots=True)
class Held:
    """One authority or certificate.

    `chain` is what a server sends after the certificate; of an authority: what follows its own in such a chain, where
    the site signed it.
    """

    key: Key
    fields: Mapping[str, JsonValue]
    """The compared fields, as they were wanted when the newest of its certificates was made."""
    made_at: datetime
    current: Made | None = None
    chain: str = ""
    following: Made | None = None
    """An authority's next certificate and key: trusted, and signing nothing yet."""
    following_chain: str = ""
    last: str = ""
    """The certificate that signed before, still trusted, PEM."""
    request: Request | None = None
    requested: Mapping[str, JsonValue] = field(default_factory=dict)
    """What the request asks for, as `fields`."""
    turn: Turn | None = None
    under: str = ""
    """The authority that signed what is in use, where the next one, and so `fields`, says another."""

    @classmethod
    def read(cls, store: SecretStore, prefix: str, key: Key, owner: Owner) -> Self:
        """What this owner has of it.

        Raises:
            SecretMissing: Nothing.
            NotOurs: It is somebody else's.
            SecretUnreadable: Something of it is missing.
        """
        entry, values = read_own(store, path_of(prefix, key), owner)
        try:
            return cls._unpacked(key, entry, {name: value.get_secret_value() for name, value in values.items()})
        except (KeyError, TypeError, ValueError):
            pass  # raised below, so that no chain of errors holds a value
        raise SecretUnreadable(f"{key} in the store {store.place} is not whole", hint="restore it from a backup")

    @classmethod
    def _unpacked(cls, key: Key, entry: Entry, values: Mapping[str, str]) -> Self:
        state: dict[str, Any] = json.loads(values["state"]) if "state" in values else {}
        return cls(
            key=key,
            fields=entry.fields,
            made_at=entry.made_at,
            current=_made(values, "certificate", "key"),
            chain=values.get("chain", ""),
            following=_made(values, "next_certificate", "next_key"),
            following_chain=values.get("next_chain", ""),
            last=values.get("last_certificate", ""),
            request=Request(values["request"], SecretStr(values["request_key"])) if "request" in values else None,
            requested=state.get("requested", {}),
            turn=Turn(**state["turn"]) if state.get("turn") else None,
            under=state.get("under", ""),
        )

    @property
    def certificates(self) -> str:
        """Every certificate in it that may still be used or sent, PEM."""
        used = "".join(made.certificate for made in (self.current, self.following) if made is not None)
        return used + self.chain + self.following_chain + self.last

    def values(self, owner: Owner) -> dict[str, SecretStr]:
        """The mapping to write."""
        texts = {"chain": self.chain, "next_chain": self.following_chain, "last_certificate": self.last}
        secrets = {name: SecretStr(text) for name, text in texts.items() if text}
        for made, certificate, key in (
            (self.current, "certificate", "key"),
            (self.following, "next_certificate", "next_key"),
        ):
            if made is not None:
                secrets |= {certificate: SecretStr(made.certificate), key: made.key}
        if self.request is not None:
            secrets |= {"request": SecretStr(self.request.text), "request_key": self.request.key}
        state = {
            "requested": dict(self.requested),
            "turn": asdict(self.turn) if self.turn else None,
            "under": self.under,
        }
        secrets["state"] = SecretStr(json.dumps(state, sort_keys=True))
        return pack(owner, str(self.key), self.made_at, self.fields, self._outputs(), secrets)

    def write(self, store: SecretStore, prefix: str, owner: Owner) -> None:
        """Keep it in place of what was there."""
        store.write(path_of(prefix, self.key), self.values(owner))

    def serves(self, made: Made, chain: str, now: datetime) -> Held:
        """The same with this one in use."""
        return replace(self, current=made, chain=chain, made_at=now, under="")

    def follows(self, made: Made, chain: str, now: datetime) -> Held:
        """The same with this one trusted beside what signs: the first step of a rotation."""
        under = self.under or str(self.fields.get("signed_by") or "")
        turn = Turn("trust", now.isoformat(), told=True)
        return replace(self, following=made, following_chain=chain, made_at=now, turn=turn, under=under)

    def accepted(self, signed: Signed, now: datetime) -> Held:
        """The same with what it asked for: in use, or, where an authority signs already, the next one.

        Raises:
            ValueError: It asked for nothing.
        """
        if self.request is None:
            raise ValueError(str(self.key))
        made = Made(signed.certificate, self.request.key)
        first = self.current is None or self.key.kind == "certificate"
        held = (self.serves if first else self.follows)(made, signed.chain, now)
        return replace(held, request=None, fields=self.requested, requested={})

    def _outputs(self) -> dict[str, JsonValue]:
        """What may be known of it, and what others refer to."""
        found: dict[str, JsonValue] = {"waits": self.request is not None}
        if self.current is not None:
            found |= {
                "certificate": self.current.certificate,
                "sha256": fingerprint(self.current.certificate),
                "chain": self.chain,
            }
        if self.following is not None:
            found["next_certificate"] = self.following.certificate
        if self.last:
            found["last_certificate"] = self.last
        if self.under:
            found["under"] = self.under
        return found


def path_of(prefix: str, key: Key) -> str:
    """Where an entry lies."""
    return f"{prefix}/{PLACES[key.kind]}/{key.name}"


def _made(values: Mapping[str, str], certificate: str, key: str) -> Made | None:
    return Made(values[certificate], SecretStr(values[key])) if certificate in values else None
