"""What every noun of the secret store does alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import ClassVar, TypeVar

from pydantic import JsonValue
from pydantic_core import to_jsonable_python

from paver.certificates import fingerprint
from paver.contract.driver import Kind
from paver.contract.errors import Rejected
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Phase, Proof
from paver.contract.types import Owner
from paver.kept.entry import Entry
from paver.kept.held import Held
from paver.kept.holdings import Holdings
from paver.kept.wanted import AuthorityWanted, CertificateWanted
from paver.secrets import SecretStore

D = TypeVar("D", bound=Desired)
Now = Callable[[], datetime]


class StoredKind(Kind[D]):
    """A noun of the store.

    Args:
        store: The store.
        prefix: Where this environment's secrets on this IaaS begin.
        now: The clock by which certificates begin and end.
    """

    fields: ClassVar[tuple[str, ...]]
    """The compared fields."""

    def __init__(self, store: SecretStore, prefix: str, now: Now) -> None:
        self.store = store
        self.prefix = prefix
        self.now = now

    def holdings(self, owner: Owner) -> Holdings:
        """That owner's authorities and certificates."""
        return Holdings(self.store, self.prefix, owner, self.now)

    def compared(self, want: D) -> dict[str, JsonValue]:
        """The compared fields in the form in which they are kept."""
        return {name: to_jsonable_python(getattr(want, name)) for name in self.fields}

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Forget it."""
        del attempt
        self.store.delete(have.id)
        return Done(have=None)


def observed(path: str, key: Key, owner: Owner, entry: Entry) -> Observed:
    """An entry of this owner's, without its values. What waits for its first signature is not there yet."""
    waits = entry.outputs.get("waits") is True and "certificate" not in entry.outputs
    return Observed(
        kind=key.kind,
        id=path,
        key=key,
        owner=owner.id,
        proof=Proof.MARK,
        phase=Phase.PENDING if waits else Phase.READY,
        actual=entry.fields,
        outputs={
            **_trusted(entry),
            **entry.outputs,
            "made_at": entry.made_at.isoformat(),
            "version": _version(entry.made_at),
        },
        ticket={"request": path} if waits else None,
    )


def _trusted(entry: Entry) -> dict[str, JsonValue]:
    """What clients trust of an authority or certificate, those of a rotation included."""
    names = ("certificate", "next_certificate", "last_certificate")
    found = [str(entry.outputs[name]) for name in names if name in entry.outputs]
    if not found:
        return {}
    return {"bundle": "".join(found), "fingerprints": ",".join(sorted(map(fingerprint, found))), "chain": ""}


def _version(made_at: datetime) -> str:
    """Another one for another secret, and short enough to be noted on whatever has it."""
    return f"{(made_at - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1):x}"


def waiting(held: Held, want: AuthorityWanted | CertificateWanted) -> Rejected:
    """Why nothing that needs it goes on: only the site can sign it."""
    name = held.key.name
    use = "; what there is of it stays in use until then" if held.current is not None else ""
    return Rejected(
        f"it waits for the signature of {want.signed_by}, the site's own{use}",
        hint=f"paver certificates request {name} --out {name}.csr, have that signed, paver certificates accept {name}"
        " FILE",
    )
