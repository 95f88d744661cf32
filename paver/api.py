"""The library: what a pipeline task imports and what the command line is a thin shell over.

Nothing here prints, asks, installs a signal handler or ends the process. Progress goes to `on_event`; errors are
`PaverError`s and carry an `exit_code`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from paver.certificates import describe
from paver.contract.capabilities import Capability
from paver.contract.driver import Finding
from paver.contract.environment import PavedEnvironment
from paver.contract.errors import Rejected
from paver.contract.resource import Phase
from paver.contract.types import days
from paver.engine import lock, record
from paver.engine.caller import Caller
from paver.engine.cancel import Cancel
from paver.engine.document import assemble
from paver.engine.events import Ended, Listener, Planned, Stopping, silent
from paver.engine.order import ordered
from paver.engine.plan import Plan
from paver.engine.planner import Consent
from paver.engine.run import Run, Subject
from paver.engine.runtime import ThreadRuntime, run
from paver.engine.teller import Teller
from paver.kept.access import Access
from paver.kept.document import certificates, credentials
from paver.kept.session import StoreSession
from paver.kept.wanted import wanted
from paver.secrets import open_store
from paver.settings import LoadedSpec

T = TypeVar("T")


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
    """What `pave` would do. Changes nothing.

    Raises:
        PaverError: It cannot be said; `exit_code` tells why.
    """

    async def work(it: _Runner) -> Plan:
        await it.run.look()
        return it.planned(it.run.plan())

    return _Runner(loaded, options, on_event).go(work)


verify = plan
"""What differs from the spec, which is what paving again would do; an empty plan: nothing does."""


def pave(
    loaded: LoadedSpec, options: Options = Options(), on_event: Listener = silent, approve: Approve = accept
) -> PavedEnvironment:
    """Make the world as the spec says, and return its document. With nothing to do, nothing is sent.

    Raises:
        StepFailed: Some steps failed; running again goes on from there.
        Stopped, DeadlineExceeded: It was ended before it was done; the same holds.
        PaverError: It was not begun.
    """

    async def work(it: _Runner) -> PavedEnvironment:
        await it.run.look()
        plan = it.planned(it.run.plan())
        counts: Mapping[str, int] = {}
        if not plan.empty:
            approve(plan)
            counts = await it.run.pave(plan)
        it.ended("pave", {**plan_counts(plan, "keep", "adopt"), **counts})
        return it.document()

    return _Runner(loaded, options, on_event).go(work, verb="pave")


def destroy(
    loaded: LoadedSpec, options: Options = Options(), on_event: Listener = silent, approve: Approve = accept
) -> Plan:
    """Delete everything that the environment owns, list again, and return what was done.

    Raises:
        DataAtRisk: Users' data would go, and `delete_data` is not set. Nothing was deleted.
        StepFailed: Something is held or failed; the rest is gone.
        Stopped, DeadlineExceeded: It was ended before it was done.
    """

    async def work(it: _Runner) -> Plan:
        await it.run.look()
        plan = it.planned(it.run.plan_destroy())
        counts: Mapping[str, int] = {}
        if not plan.empty:
            approve(plan)
            counts = await it.run.destroy(plan)
        it.ended("destroy", counts)
        return plan

    return _Runner(loaded, options, on_event).go(work, verb="destroy")


def preflight(loaded: LoadedSpec, options: Options = Options()) -> tuple[Finding, ...]:
    """Everything that would fail later, found at once and without any change."""
    access, _ = subject_of(loaded, options)
    return tuple(loaded.driver.preflight(loaded.spec, loaded.settings, access))


def outputs(loaded: LoadedSpec, options: Options = Options()) -> PavedEnvironment:
    """The environment document, rebuilt from the IaaS and the secret store.

    Raises:
        Rejected: The environment is not wholly there.
    """

    async def work(it: _Runner) -> PavedEnvironment:
        await it.run.look()
        return it.document()

    return _Runner(loaded, options, silent).go(work)


def status(loaded: LoadedSpec, options: Options = Options()) -> Status:
    """What there is, what expires, who holds the lock."""

    async def work(it: _Runner) -> Status:
        await it.run.look()
        made = it.run.plan()
        return Status(
            target=made.target,
            identity=made.identities.get("", {}),
            there=sum(step.have is not None for step in made),
            plan=made,
            last_paved=it.run.record.paved_at,
            by=it.run.record.paved_by,
            unfinished=tuple(it.run.history.unanswered),
            lock=lock.holder(it.run.subject.directory),
            expiries=it.expiries(),
        )

    return _Runner(loaded, options, silent).go(work)


def plan_counts(plan: Plan, *actions: str) -> dict[str, int]:
    """How many steps of these actions a plan has."""
    return {action: plan.counts.get(action, 0) for action in actions}  # type: ignore[call-overload]  # an Action is a str


class _Runner:
    """One verb's run from opening to closing."""

    def __init__(self, loaded: LoadedSpec, options: Options, on_event: Listener) -> None:
        self._loaded = loaded
        self._options = options
        self._runtime = ThreadRuntime(options.parallelism)
        self._tell = Teller(on_event, self._runtime.now)
        self._began = self._runtime.monotonic()
        self._access, self._subject = subject_of(loaded, options)
        self._caller: Caller
        self.run: Run

    def go(self, work: Callable[[_Runner], Awaitable[T]], verb: str = "") -> T:
        """Run `work`; under the environment's lock where it has a verb that changes things."""
        options, held = self._options, contextlib.nullcontext()
        if verb:
            now = self._runtime.now()
            held = lock.hold(self._subject.directory, verb=verb, now=now, timeout=options.lock_timeout)  # type: ignore[assignment]  # both hold
        with held:
            try:
                return run(self._main(work), options.cancel.set)
            finally:
                self._runtime.close()

    async def _main(self, work: Callable[[_Runner], Awaitable[T]]) -> T:
        options, loop = self._options, asyncio.get_running_loop()
        ends = None if options.timeout is None else self._began + options.timeout
        self._caller = caller = Caller(
            self._runtime, options.cancel, ends=ends, owner=self._subject.owner, tell=self._tell
        )
        consent = Consent(delete_data=options.delete_data, replace_secrets=options.replace_secrets)
        self.run = Run(self._subject, caller, consent)

        def stopping() -> None:
            caller.stop()
            self._tell(Stopping, calls=caller.in_flight)

        def stop() -> None:
            loop.call_soon_threadsafe(stopping)

        options.cancel.subscribe(stop)
        try:
            return await work(self)
        finally:
            options.cancel.unsubscribe(stop)
            self.run.close()

    def planned(self, made: Plan) -> Plan:
        """Tell of a plan."""
        later = sum(step.known_after is not None for step in made)
        counts = {action.value: count for action, count in made.counts.items()}
        self._tell(Planned, counts=counts, later=later)
        return made

    def ended(self, verb: str, counts: Mapping[str, int]) -> None:
        """Tell that a run is over, and what it cost."""
        seen = self.run.world.merged()
        left = tuple((str(item.key or item.kind), item.fades) for item in seen.items if item.phase is Phase.FADING)
        seconds = self._runtime.monotonic() - self._began
        self._tell(
            Ended,
            verb=verb,
            counts={action: count for action, count in counts.items() if count},
            seconds=seconds,
            calls=self._caller.calls,
            left=left,
            foreign=seen.foreign,
        )

    def document(self) -> PavedEnvironment:
        """The environment document from what was seen. Raises Rejected where it is not wholly there."""
        loaded, seen = self._loaded, self.run.world.merged()
        missing = [want.key for want in self._subject.wanted if seen.find(want.key) is None]
        if missing:
            raise Rejected(
                f"{loaded.spec.name} is not wholly there: {len(missing)} of {len(self._subject.wanted)} are missing",
                facts=[("missing", ", ".join(map(str, missing[:5])))],
                hint="paver pave makes them",
            )
        identity = self.run.world.identities().get("", {})
        described = loaded.driver.describe(loaded.spec, loaded.settings, seen, identity)
        return assemble(
            loaded.spec,
            loaded.iaas,
            loaded.settings,
            described,
            certificates(loaded.spec, seen, described.trusted, self._access),
            credentials(loaded.spec, described.principals, self._access),
        )

    def expiries(self) -> tuple[Expiry, ...]:
        """What ends, soonest first."""
        spec, seen = self._loaded.spec, self.run.world.merged()
        found = [
            Expiry(kind, item.key.name, describe(str(item.output("certificate")), "serves").not_after)
            for kind in ("authority", "certificate")
            for item in seen.of(kind)
            if item.key is not None
        ]
        for name, credential in spec.credentials.items():
            made_at = self._access.made_at(name)
            if made_at is not None:
                found.append(Expiry("credential", name, made_at + timedelta(days=days(credential.rotate_after))))
        return tuple(sorted(found, key=lambda expiry: expiry.at))


def subject_of(loaded: LoadedSpec, options: Options) -> tuple[Access, Subject]:
    """What a run is about, and its way to the secrets. Contacts nothing.

    Raises:
        SpecError: There is no secret store of the kind that the spec names.
    """
    spec, driver = loaded.spec, loaded.driver
    store, prefix = open_store(spec.secrets, loaded.base), loaded.iaas
    access = Access(store, prefix, spec.owner, loaded.base, _utc)
    desired = driver.resources(spec, loaded.settings)
    shown = frozenset(want.key.name for want in desired if want.key.kind in driver.shows)
    jumpbox = Capability.JUMPBOX in driver.capabilities and not spec.jumpbox.existing
    directory = record.directory_for(options.state_dir or record.default_root(), spec.owner, loaded.iaas)
    subject = Subject(
        driver=driver,
        spec=spec,
        settings=loaded.settings,
        secrets=access,
        keeper=access,
        store=StoreSession(store, prefix, _utc),
        wanted=tuple(ordered([*wanted(spec, shown=shown, jumpbox=jumpbox), *desired])),
        directory=directory,
    )
    return access, subject


def _utc() -> datetime:
    return datetime.now(UTC)
