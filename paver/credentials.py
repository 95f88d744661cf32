"""An environment's secrets, for a pipeline task or a person: list them, have one shown, rotate one.

All of it is done in the secret store; no IaaS is contacted. Like `paver.api`, nothing here prints or asks.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from paver.contract.errors import NotOurs, Refused, SecretMissing, SpecError
from paver.contract.resource import Desired, Key, references
from paver.contract.types import days
from paver.engine import lock
from paver.kept.access import DUE, SHOWN
from paver.kept.credential import mint
from paver.kept.entry import META, Entry, pack, read_own
from paver.kept.wanted import CredentialWanted
from paver.operation import Options, subject_of
from paver.secrets import SecretStore, open_store
from paver.settings import LoadedSpec


@dataclass(frozen=True, slots=True)
class Kept:
    """One secret of an environment. It has no value."""

    name: str
    """As it is listed and asked for, without the IaaS's prefix."""
    what: str
    """`credential` (paver made it), `shown` (the IaaS showed it once), `authority`, `certificate`."""
    made_at: datetime
    rotate_by: datetime | None
    """None: a certificate's end is `paver certificates list`'s affair."""
    keys: tuple[str, ...]
    """What `get` may be asked for."""
    public_id: str = ""
    """How the IaaS lists what it showed: an access key's id. Empty: paver made the secret."""
    sealed_with: str = ""
    """The id of the key that it is encrypted with in the store; empty: none."""
    due: bool = False
    """Rotated; the next pave exchanges it."""


@dataclass(frozen=True, slots=True)
class Rotated:
    """What came of a rotation."""

    name: str
    what: str


def listing(loaded: LoadedSpec) -> tuple[Kept, ...]:
    """Every secret of this environment on this IaaS, by name. What others keep in the store is left out.

    Raises:
        SecretUnreadable: Something in the store cannot be used as it is.
    """
    store = open_store(loaded.spec.secrets, loaded.base)
    return tuple(_found(loaded, store))


def shown(loaded: LoadedSpec, name: str, key: str = "") -> SecretStr:
    """One value.

    Raises:
        SpecError: There is no such secret, or several values and none was named.
        NotOurs: It is another environment's.
    """
    store = open_store(loaded.spec.secrets, loaded.base)
    try:
        _, values = read_own(store, f"{loaded.iaas}/{name}", loaded.spec.owner)
    except SecretMissing:
        names = ", ".join(kept.name for kept in _found(loaded, store)) or "none"
        raise SpecError(f"there is no secret {name} in {store.place}", hint=f"there is: {names}") from None
    keys = sorted(set(values) - {META})
    if not key and len(keys) > 1:
        private = [candidate for candidate in ("secret", "private_key") if candidate in keys]
        key = private[0] if len(private) == 1 else ""
    key = key or (keys[0] if len(keys) == 1 else "")
    if key not in keys:
        raise SpecError(f"{name} has no value {key}" if key else f"{name} has several values", hint=", ".join(keys))
    return values[key]


def rotate(loaded: LoadedSpec, name: str, options: Options = Options()) -> Rotated:
    """Have the next pave exchange a credential.

    A minted one is made anew here, and pave tells the IaaS. One that the IaaS shows once is marked, stays of use, and
    pave has the IaaS make another one.

    Raises:
        SpecError: There is no such credential.
        Refused: The driver would not notice a new one, so that the store and the IaaS would differ for good.
        Locked: A run is under way.
    """
    _, subject = subject_of(loaded, options)
    store, path = open_store(loaded.spec.secrets, loaded.base), f"{loaded.iaas}/{name}"
    with lock.hold(subject.directory, verb="secrets rotate", now=_utc(), timeout=options.lock_timeout):
        try:
            entry, values = read_own(store, path, loaded.spec.owner)
        except SecretMissing:
            names = ", ".join(kept.name for kept in _found(loaded, store) if kept.rotate_by) or "none"
            raise SpecError(f"there is no credential {name} in {store.place}", hint=f"there is: {names}") from None
        what = Key.parse(entry.key).kind
        if what == SHOWN:
            marked = {**entry.outputs, DUE: True}
            kept = {key: value for key, value in values.items() if key != META}
            store.write(path, pack(loaded.spec.owner, entry.key, entry.made_at, entry.fields, marked, kept))
            return Rotated(name, what)
        want = next((want for want in subject.wanted if str(want.key) == entry.key), None)
        if not isinstance(want, CredentialWanted):
            raise SpecError(f"{name} is a {what}", hint=f"paver certificates rotate {name.rpartition('/')[2]}")
        if not any(_notices(other, want.key) for other in subject.wanted):
            raise Refused(
                f"driver {loaded.iaas} would not tell the IaaS of a new secret {name}",
                hint="nothing was changed; change it there by hand, then in the store",
            )
        new, outputs = mint(want)
        store.write(path, pack(loaded.spec.owner, entry.key, _utc(), entry.fields, outputs, new))
        return Rotated(name, what)


def reencrypt(loaded: LoadedSpec) -> tuple[str, ...]:
    """Encrypt everything in the store with the key that writes now, and return the paths of what was with another.

    Of everybody's: a key is the store's, not an environment's. Values stay as they are. It may be repeated, and runs
    beside others.

    Raises:
        SecretUnreadable: Something was written with none of the keys that are there.
    """
    store = open_store(loaded.spec.secrets, loaded.base)
    found = []
    for path in store.list():
        with contextlib.suppress(SecretMissing):  # it went a moment ago
            if store.reseal(path):
                found.append(path)
    return tuple(found)


def _notices(want: Desired, key: Key) -> bool:
    """Whether a resource changes when that secret does."""
    return any(ref.to == key for ref in references(want))


def _found(loaded: LoadedSpec, store: SecretStore) -> Iterator[Kept]:
    for path in store.list(loaded.iaas):
        try:
            entry, values = read_own(store, path, loaded.spec.owner)
            sealed_with = store.sealed_with(path)
        except (SecretMissing, NotOurs):
            continue
        yield Kept(
            name=path.removeprefix(f"{loaded.iaas}/"),
            what=Key.parse(entry.key).kind,
            made_at=entry.made_at,
            rotate_by=_rotate_by(loaded, entry),
            keys=tuple(sorted(set(values) - {META})),
            public_id=str(entry.outputs.get("public_id", "")),
            sealed_with=sealed_with,
            due=DUE in entry.outputs,
        )


def _rotate_by(loaded: LoadedSpec, entry: Entry) -> datetime | None:
    key = Key.parse(entry.key)
    credential = loaded.spec.credentials.get(key.name)
    if key.kind not in {SHOWN, "credential"} or credential is None:
        return None
    return entry.made_at + timedelta(days=days(credential.rotate_after))


def _utc() -> datetime:
    return datetime.now(UTC)
