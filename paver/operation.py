"""What every verb of the library does alike: a subject from a spec, a run under the lock, what is told of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from paver.contract.capabilities import Capability
from paver.contract.driver import Finding
from paver.contract.environment import PavedEnvironment
from paver.contract.errors import Rejected
from paver.contract.resource import STORE, Desired, Phase
from paver.contract.types import days
from paver.engine import lock, record
from paver.engine.caller import Caller
from paver.engine.cancel import Cancel
from paver.engine.document import assemble
from paver.engine.events import Ended, Listener, Planned, Stopping, Warned
from paver.engine.order import ordered
from paver.engine.plan import Plan
from paver.engine.plan_document import PlanDocument
from paver.engine.planner import Consent
from paver.engine.run import Run, Subject
from paver.engine.runtime import ThreadRuntime, run
from paver.engine.teller import Teller
from paver.kept.access import Access
from paver.kept.document import certificates, credentials
from paver.kept.lifetimes import Lifetime, lifetimes, warnings
from paver.kept.session import StoreSession
from paver.kept.wanted import wanted
from paver.secrets import open_store
from paver.settings import LoadedSpec

T = TypeVar("T")

JUMPBOX = "jumpbox"
"""The name, in its resources' keys, of the machine that the environment is worked on from: no machine, no key."""


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
    exactly: PlanDocument | None = None
    """The only plan that `pave` may carry out."""
    owner: UUID | None = None
    """Whose things `leftovers` and `destroy` look for; None: the spec's own. Another's are found by marks alone."""
    cancel: Cancel = field(default_factory=Cancel)


@dataclass(frozen=True, slots=True)
class Expiry:
    """Something that ends: a certificate, or a credential's time to be rotated."""

    what: str
    name: str
    at: datetime


class Operation:
    """One verb's run from opening to closing."""

    def __init__(self, loaded: LoadedSpec, options: Options, on_event: Listener) -> None:
        self._loaded = loaded
        self._options = options
        most = loaded.driver.parallelism
        self._runtime = ThreadRuntime(min(options.parallelism, most or options.parallelism))
        self._tell = Teller(on_event, self._runtime.now)
        self._began = self._runtime.monotonic()
        self._access, self._subject = subject_of(loaded, options)
        self._caller: Caller
        self.run: Run

    def go(self, work: Callable[[Operation], Awaitable[T]], verb: str = "") -> T:
        """Run `work`; under the environment's lock where it has a verb that changes things."""
        options, held = self._options, contextlib.nullcontext()
        if verb:
            now = self._runtime.now()
            held = lock.hold(self._subject.directory, verb=verb, now=now, timeout=options.lock_timeout)  # type: ignore[assignment]  # both hold
        with held:
            try:
                return run(self._main(work, verb), options.cancel.set)
            finally:
                self._runtime.close()

    async def _main(self, work: Callable[[Operation], Awaitable[T]], verb: str) -> T:
        options, loop = self._options, asyncio.get_running_loop()
        ends = None if options.timeout is None else self._began + options.timeout
        self._caller = caller = Caller(
            self._runtime, options.cancel, ends=ends, owner=self._subject.owner, tell=self._tell
        )
        replaced = options.replace_secrets | await self._rotated(caller)
        consent = Consent(delete_data=options.delete_data, replace_secrets=replaced)
        self.run = Run(
            self._subject, caller, consent, verb=verb, lock_timeout=options.lock_timeout, exactly=options.exactly
        )

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

    async def _rotated(self, caller: Caller) -> frozenset[str]:
        """Credentials for which `secrets rotate` was the consent to have the IaaS make another secret."""
        shown = [want.key.name for want in self._subject.wanted if want.key.kind in self._loaded.driver.shows]
        if not shown:
            return frozenset()
        return await caller.aside("look which secrets were rotated", lambda: self._access.due(shown))

    def now(self) -> datetime:
        """The wall clock."""
        return self._runtime.now()

    async def read(self, what: str, function: Callable[[], T]) -> T:
        """A call that changes nothing, within the time that was given."""
        return await self._caller.read(what, function)

    def preflight(self) -> Sequence[Finding]:
        """The driver's checks."""
        return self._loaded.driver.preflight(self._loaded.spec, self._loaded.settings, self._access)

    def planned(self, made: Plan) -> Plan:
        """Tell of a plan."""
        later = sum(step.known_after is not None for step in made)
        counts = {action.value: count for action, count in made.counts.items()}
        self._tell(Planned, counts=counts, later=later)
        return made

    def warn(self, *, wholly: bool = True) -> tuple[str, ...]:
        """Tell of certificates that end soon, of a wrong clock, of an environment whose time is over.

        Args:
            wholly: The IaaS's own certificates too; that takes a description of the environment.
        """
        lives, seen = self._lifetimes(wholly=wholly), self.run.world.merged()
        found = tuple(warnings(self._loaded.spec, seen, lives, self._runtime.now()))
        for what in found:
            self._tell(Warned, what=what)
        return found

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

    def missing(self) -> tuple[Desired, ...]:
        """What the spec asks for and nobody saw."""
        there = {item.key for item in self.run.world.merged().items}
        return tuple(want for want in self._subject.wanted if want.key not in there)

    def document(self) -> PavedEnvironment:
        """The environment document from what was seen. Raises Rejected where it is not wholly there."""
        loaded, seen, missing = self._loaded, self.run.world.merged(), self.missing()
        if missing:
            raise Rejected(
                f"{loaded.spec.name} is not wholly there: {len(missing)} of {len(self._subject.wanted)} are missing",
                facts=[("missing", ", ".join(str(want.key) for want in missing[:5]))],
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
        spec = self._loaded.spec
        lives = self._lifetimes(wholly=True)
        found = [Expiry(_EXPIRES.get(life.what, life.what), life.name, life.not_after) for life in lives]
        for name, credential in spec.credentials.items():
            made_at = self._access.made_at(name)
            if made_at is not None:
                found.append(Expiry("credential", name, made_at + timedelta(days=days(credential.rotate_after))))
        return tuple(sorted(found, key=lambda expiry: expiry.at))

    def _lifetimes(self, *, wholly: bool) -> tuple[Lifetime, ...]:
        """Of every certificate that is relied upon; the IaaS's own once the environment is there to be described."""
        loaded, world = self._loaded, self.run.world
        own = [world.find(want.key) for want in self._subject.wanted if want.scope != STORE]
        iaas: Mapping[str, str] = {}
        if wholly and all(have is not None and have.phase is Phase.READY for have in own):
            identity = world.identities().get("", {})
            iaas = loaded.driver.describe(loaded.spec, loaded.settings, world.merged(), identity).trusted
        return tuple(lifetimes(loaded.spec, world.merged(), iaas))


_EXPIRES = {"iaas": "trusted"}
"""What a lifetime's owner is called among what expires, where that is another word."""


def subject_of(loaded: LoadedSpec, options: Options) -> tuple[Access, Subject]:
    """What a run is about, and its way to the secrets. Contacts nothing.

    Raises:
        SpecError: There is no secret store of the kind that the spec names.
    """
    spec, driver = loaded.spec, loaded.driver
    another = options.owner is not None and options.owner != spec.id
    if another:
        spec = spec.model_copy(update={"id": options.owner})
    store, prefix = open_store(spec.secrets, loaded.base), loaded.iaas
    access = Access(store, prefix, spec.owner, loaded.base, _utc)
    desired = () if another else driver.resources(spec, loaded.settings)
    shown = frozenset(want.key.name for want in desired if want.key.kind in driver.shows)
    makes = Capability.JUMPBOX in driver.capabilities and not spec.jumpbox.existing
    jumpbox = makes and any(want.key.name == JUMPBOX for want in desired)
    directory = record.directory_for(options.state_dir or record.default_root(), spec.owner, loaded.iaas)
    subject = Subject(
        driver=driver,
        spec=spec,
        settings=loaded.settings,
        secrets=access,
        keeper=access,
        store=StoreSession(store, prefix, _utc),
        wanted=() if another else tuple(ordered([*wanted(spec, shown=shown, jumpbox=jumpbox), *desired])),
        directory=directory,
        lease=store.lease(f"{prefix}-{spec.id}"),
    )
    return access, subject


def _utc() -> datetime:
    return datetime.now(UTC)
