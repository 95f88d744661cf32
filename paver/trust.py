"""An environment's certificates, for a pipeline task or a person: list them, rotate one, have the site sign one.

All of it is done in the secret store; no IaaS is contacted. Like `paver.api`, nothing here prints or asks.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime

from paver.engine import lock, record
from paver.kept.held import StepName
from paver.kept.holdings import Holdings
from paver.kept.keeping import Keeping, Taken
from paver.kept.lifetimes import lifetimes, warnings
from paver.kept.listing import Listing
from paver.kept.listing import listing as listed
from paver.kept.rotation import STEPS, Approve, Tell, Turned, consent
from paver.kept.session import StoreSession
from paver.kept.wanted import wanted
from paver.operation import Options
from paver.secrets import SecretStore, open_store
from paver.settings import LoadedSpec

__all__ = ["STEPS", "Listing", "StepName", "Taken", "Tell", "Turned", "accept", "listing", "place", "request", "rotate"]


def place(loaded: LoadedSpec) -> str:
    """Where the secrets are, as the spec writes it."""
    return open_store(loaded.spec.secrets, loaded.base).place


def listing(loaded: LoadedSpec) -> tuple[Listing, tuple[str, ...]]:
    """Every certificate of the environment, and what should be seen to.

    Raises:
        SecretUnreadable: Something in the store cannot be used as it is.
    """
    spec, store = loaded.spec, open_store(loaded.spec.secrets, loaded.base)
    wants = list(wanted(spec, shown=(), jumpbox=False))
    seen = StoreSession(store, loaded.iaas, _utc).observe(spec.owner, wants)
    noted = tuple(warnings(spec, seen, lifetimes(spec, seen, {}), _utc()))
    return listed(spec, _holdings(loaded, store)), noted


def unheard(turned: Turned) -> None:
    """The listener of a caller who reads what is returned."""


def rotate(
    loaded: LoadedSpec,
    name: str,
    options: Options = Options(),
    *,
    step: StepName | None = None,
    tell: Tell = unheard,
    approve: Approve = consent,
) -> Turned:
    """Do the next step of an authority's rotation, or issue another certificate for a server.

    Args:
        loaded: The spec.
        name: Which: `root`, or `authority/root` where a server's certificate is called the same.
        options: Where the state directory is, and how long to wait for its lock.
        step: Which step is meant, so that a call that is repeated does nothing more.
        tell: Told what was done before that counts as done: a caller that is killed before it, hears it again.
        approve: Called with the key and the step before an authority's step is begun; raises to refuse.

    Raises:
        SpecError: There is none of that name.
        Refused: Another step is next, or something in use was signed by the old authority.
        Rejected: It waits for the site's signature, or its authority cannot sign.
        Locked: Another run of this state directory is at work.
    """
    with _keeping(loaded, options, "certificates rotate") as keeping:
        return keeping.rotate(keeping.key(name), step, tell, approve)


def request(loaded: LoadedSpec, name: str, options: Options = Options()) -> str:
    """The request (PKCS #10, PEM) for what the site is to sign; its key is in the secret store and stays there.

    Raises:
        SpecError: There is none of that name, or nothing to ask for.
        Locked: Another run of this state directory is at work.
    """
    with _keeping(loaded, options, "certificates request") as keeping:
        made = keeping.request(keeping.key(name)).request
    if made is None:  # that is what was asked for
        raise TypeError(name)
    return made.text


def accept(loaded: LoadedSpec, name: str, text: str, options: Options = Options(), *, source: str) -> Taken:
    """Put what the site signed to use, if it is what was asked for; nothing is changed where it is not.

    Args:
        loaded: The spec.
        name: Whose certificate it is.
        text: The certificate and the authorities between it and the site's, PEM.
        options: Where the state directory is, and how long to wait for its lock.
        source: Where the text is from, for messages.

    Raises:
        SpecError: It does not fit; every reason is told.
        Locked: Another run of this state directory is at work.
    """
    with _keeping(loaded, options, "certificates accept") as keeping:
        return keeping.take(keeping.key(name), text, source)


@contextlib.contextmanager
def _keeping(loaded: LoadedSpec, options: Options, verb: str) -> Iterator[Keeping]:
    spec, store = loaded.spec, open_store(loaded.spec.secrets, loaded.base)
    directory = record.directory_for(options.state_dir or record.default_root(), spec.owner, loaded.iaas)
    with lock.hold(directory, verb=verb, now=_utc(), timeout=options.lock_timeout):
        session = StoreSession(store, loaded.iaas, _utc)
        yield Keeping(session, _holdings(loaded, store), wanted(spec, shown=(), jumpbox=False))


def _holdings(loaded: LoadedSpec, store: SecretStore) -> Holdings:
    return Holdings(store, loaded.iaas, loaded.spec.owner, _utc)


def _utc() -> datetime:
    return datetime.now(UTC)
