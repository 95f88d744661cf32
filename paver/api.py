"""The library: what a pipeline task imports and what the command line is a thin shell over.

Nothing here prints, asks, installs a signal handler or ends the process. Progress goes to `on_event`; errors are
`PaverError`s and carry an `exit_code`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from paver.contract.driver import Finding
from paver.contract.environment import PavedEnvironment
from paver.engine.cancel import Cancel
from paver.engine.events import Listener, silent
from paver.engine.plan import Plan
from paver.settings import LoadedSpec


@dataclass(frozen=True, slots=True)
class Options:
    """How a run goes. `timeout`, `lock_timeout` in seconds."""

    state_dir: Path | None = None
    """None: `$XDG_STATE_HOME/paver`."""
    parallelism: int = 16
    timeout: float | None = None
    lock_timeout: float = 0.0
    replace_secrets: frozenset[str] = frozenset()
    """Names of credentials whose secret is lost and may be made anew."""
    delete_data: bool = False
    """Consent to the end of users' data inside what is ours."""
    cancel: Cancel = field(default_factory=Cancel)


@dataclass(frozen=True, slots=True)
class Expiry:
    """Something that ends: a certificate, or a credential's time to be rotated."""

    what: str
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Status:
    """What there is, what expires, who holds the lock."""

    target: str
    identity: Mapping[str, str]
    there: int
    plan: Plan
    last_paved: datetime | None
    by: str
    unfinished: tuple[str, ...]
    """Logical keys whose last call's outcome nobody noted."""
    lock: str
    """Who holds it since when; empty: it is free."""
    expiries: tuple[Expiry, ...]


Approve = Callable[[Plan], None]
"""Called with the plan before anything changes; raises to refuse."""


def accept(plan: Plan) -> None:
    """Consent to everything."""
    del plan


def plan(loaded: LoadedSpec, options: Options = Options(), on_event: Listener = silent) -> Plan:
    """What `pave` would do. Changes nothing."""


def pave(
    loaded: LoadedSpec, options: Options = Options(), on_event: Listener = silent, approve: Approve = accept
) -> PavedEnvironment:
    """Make the world as the spec says, and return its document. With nothing to do, nothing is sent."""


def verify(loaded: LoadedSpec, options: Options = Options(), on_event: Listener = silent) -> Plan:
    """What differs from the spec; an empty plan: nothing does."""


def destroy(
    loaded: LoadedSpec, options: Options = Options(), on_event: Listener = silent, approve: Approve = accept
) -> Plan:
    """Delete everything that the environment owns, and list again. Returns what was done."""


def preflight(loaded: LoadedSpec, options: Options = Options()) -> tuple[Finding, ...]:
    """Everything that would fail later, found at once and without any change."""


def status(loaded: LoadedSpec, options: Options = Options()) -> Status:
    """What there is, what expires, who holds the lock."""


def outputs(loaded: LoadedSpec, options: Options = Options()) -> PavedEnvironment:
    """The environment document, rebuilt from the IaaS and the secret store."""
