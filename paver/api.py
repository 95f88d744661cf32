"""The library: what a pipeline task imports and what the command line is a thin shell over.

Nothing here prints, asks, installs a signal handler or ends the process. Progress goes to `on_event`; errors are
`PaverError`s and carry an `exit_code`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from pydantic import JsonValue

from paver import __version__, registry
from paver.consumer import bosh_of, missing_findings
from paver.contract.driver import Finding
from paver.contract.environment import PavedEnvironment
from paver.contract.errors import SpecError
from paver.contract.findings import in_order
from paver.engine import lock, plan_document, saved_plan
from paver.engine.deletion_order import in_deletion_order
from paver.engine.drift import Drift
from paver.engine.events import Listener, silent
from paver.engine.findings import refuse_failures
from paver.engine.lease import Holding
from paver.engine.plan import Plan
from paver.engine.plan_document import PlanDocument
from paver.operation import Expiry, Operation, Options, subject_of
from paver.render import formats
from paver.render.rendering import Rendering, with_secrets
from paver.secrets import resolve
from paver.settings import LoadedSpec

__all__ = [
    "Approve",
    "Expiry",
    "Judge",
    "Options",
    "Status",
    "accept",
    "destroy",
    "document_of",
    "keep",
    "leftovers",
    "outputs",
    "pave",
    "permissions",
    "plan",
    "preflight",
    "render",
    "reveal",
    "saved",
    "status",
    "subject_of",
    "unlock",
    "verify",
    "verify_bosh",
]


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
    as_paved: bool | None
    """Whether the spec asks for what the last pave made; None: no pave is known here."""
    lock: str
    """Who holds it since when; empty: it is free."""
    expiries: tuple[Expiry, ...]
    expires: datetime | None = None
    """When a test environment may go."""
    warnings: tuple[str, ...] = ()
    """What should be seen to: certificates that end soon, a clock that is wrong."""


Approve = Callable[[Plan], None]
"""Called with the plan before anything changes; raises to refuse."""


Judge = Callable[[Sequence[Finding]], None]
"""Called with what preflight found; raises to refuse."""


def accept(plan: Plan) -> None:
    """Consent to everything."""
    del plan


def accept_holder(holding: Holding) -> None:
    """Consent to the end of whoever's lease."""
    del holding


def plan(loaded: LoadedSpec, options: Options = Options(), on_event: Listener = silent) -> Plan:
    """What `pave` would do. Changes nothing.

    Raises:
        PaverError: It cannot be said; `exit_code` tells why.
    """

    async def work(it: Operation) -> Plan:
        await it.run.look()
        made = it.planned(it.run.plan())
        it.warn(wholly=False)
        return made

    return Operation(loaded, options, on_event).go(work)


def document_of(plan: Plan, loaded: LoadedSpec, warnings: Sequence[str] = ()) -> PlanDocument:
    """A plan as a document, without any secret; `keep` puts it into a file, and `Options.exactly` takes it."""
    return plan_document.document(plan, loaded.spec.owner, datetime.now(UTC), __version__, warnings)


def keep(path: Path, document: PlanDocument) -> None:
    """Put a plan into a file, for its user only, in place of an older plan.

    Raises:
        SpecError: Something is there that is no plan.
        PaverError: It cannot be written.
    """
    saved_plan.write(path, document)


def saved(path: Path, loaded: LoadedSpec) -> PlanDocument:
    """A plan from its file, for this very environment and what its spec asks for. Contacts nothing.

    Raises:
        SpecError: It is no plan.
        Refused: It is another environment's, IaaS's, paver's or spec's.
    """
    found = saved_plan.read(path)
    saved_plan.refuse_other(found, loaded.iaas, loaded.spec.owner, __version__)
    saved_plan.refuse_other_spec(found, subject_of(loaded, Options())[1].wanted)
    return found


def leftovers(loaded: LoadedSpec, options: Options = Options()) -> Plan:
    """Everything that `destroy` would delete, found by owner alone: what a lost environment left behind.

    It comes in the order in which it can be deleted. Data in it stops nobody from looking.
    """

    async def work(it: Operation) -> Plan:
        await it.run.look()
        return in_deletion_order(it.run.plan_destroy())

    return Operation(loaded, replace(options, delete_data=True), silent).go(work)


def verify(loaded: LoadedSpec, options: Options = Options(), on_event: Listener = silent) -> Drift:
    """What differs from the spec: what was changed by hand, and what follows from that. Refuses nothing it can list.

    What should be seen to and is no difference (a certificate that ends soon) is told as `Warned` events.

    Raises:
        PaverError: It cannot be said; `exit_code` tells why.
    """

    async def work(it: Operation) -> Drift:
        await it.run.look()
        found = it.planned(it.run.forecast())
        it.warn()
        return Drift.of(found, it.run.planner.lost)

    return Operation(loaded, options, on_event).go(work)


def verify_bosh(
    loaded: LoadedSpec, options: Options = Options(), environment: PavedEnvironment | None = None
) -> tuple[Finding, ...]:
    """What BOSH's CPI looks up before it makes a machine, looked up with the CPI's own credential. Changes nothing.

    Args:
        loaded: The spec.
        options: How the run goes.
        environment: A document that was kept, so that nobody but the CPI logs in; None: it is rebuilt from the IaaS,
            and what of it is gone is a failure of its own.

    Raises:
        SpecError: The driver knows of no CPI, or the document is another environment's.
        PaverError: The document cannot be rebuilt; `exit_code` tells why.
    """
    bosh = bosh_of(loaded, environment)

    async def work(it: Operation) -> tuple[Finding, ...]:
        if environment is None:
            await it.run.look()
            if gone := it.missing():
                return missing_findings(gone)
        document = environment or it.document()
        checks = partial(bosh.checks, document, loaded.settings, lambda ref: resolve(ref, loaded.base))
        return in_order(await it.read("look up what BOSH's CPI does", checks))

    return Operation(loaded, options, silent).go(work)


def pave(
    loaded: LoadedSpec,
    options: Options = Options(),
    on_event: Listener = silent,
    approve: Approve = accept,
    judge: Judge = refuse_failures,
) -> PavedEnvironment:
    """Make the world as the spec says, and return its document. With nothing to do, nothing is sent.

    Args:
        loaded: The spec.
        options: How the run goes.
        on_event: Hears of its progress.
        approve: Called with the plan before anything changes, if that is anything.
        judge: Called with preflight's findings before that.

    Raises:
        PreflightFailed: Something would fail later; nothing was changed.
        StepFailed: Some steps failed; running again goes on from there.
        Stopped, DeadlineExceeded: It was ended before it was done; the same holds.
        PaverError: It was not begun.
    """

    async def work(it: Operation) -> PavedEnvironment:
        await it.run.approach()
        judge(await it.read("preflight", it.preflight))
        await it.run.look()
        plan = it.planned(it.run.plan())
        it.warn()
        counts: Mapping[str, int] = {}
        if not plan.empty:
            approve(plan)
            counts = await it.run.pave(plan)
        it.ended("pave", {**plan_counts(plan, "keep", "adopt"), **counts})
        return it.document()

    return Operation(loaded, options, on_event).go(work, verb="pave")


def destroy(
    loaded: LoadedSpec, options: Options = Options(), on_event: Listener = silent, approve: Approve = accept
) -> Plan:
    """Delete everything that the environment owns, list again, and return what was done.

    Raises:
        DataAtRisk: Users' data would go, and `delete_data` is not set. Nothing was deleted.
        Refused: The machine that this process runs on would go. Nothing was deleted.
        StepFailed: Something is held or failed; the rest is gone.
        Stopped, DeadlineExceeded: It was ended before it was done.
    """

    async def work(it: Operation) -> Plan:
        await it.run.look()
        plan = it.planned(it.run.plan_destroy())
        counts: Mapping[str, int] = {}
        if not plan.empty:
            approve(plan)
            counts = await it.run.destroy(plan)
        it.ended("destroy", counts)
        return plan

    return Operation(loaded, options, on_event).go(work, verb="destroy")


def preflight(loaded: LoadedSpec, options: Options = Options()) -> tuple[Finding, ...]:
    """Everything that would fail later, found at once and without any change.

    Raises:
        Stopped, DeadlineExceeded: It was ended before it was done.
    """

    async def work(it: Operation) -> tuple[Finding, ...]:
        return tuple(await it.read("preflight", it.preflight))

    return Operation(loaded, options, silent).go(work)


def outputs(loaded: LoadedSpec, options: Options = Options()) -> PavedEnvironment:
    """The environment document, rebuilt from the IaaS and the secret store.

    Raises:
        Rejected: The environment is not wholly there.
    """

    async def work(it: Operation) -> PavedEnvironment:
        await it.run.look()
        return it.document()

    return Operation(loaded, options, silent).go(work)


def status(loaded: LoadedSpec, options: Options = Options()) -> Status:
    """What there is, what expires, who holds the lock."""

    async def work(it: Operation) -> Status:
        await it.run.look()
        made = it.run.forecast()
        return Status(
            target=made.target,
            identity=made.identities.get("", {}),
            there=sum(step.have is not None for step in made),
            plan=made,
            last_paved=it.run.record.paved_at,
            by=it.run.record.paved_by,
            unfinished=tuple(it.run.history.unanswered),
            as_paved=_as_paved(it),
            lock=lock.holder(it.run.subject.directory) or await it.run.holder(),
            expiries=it.expiries(),
            expires=loaded.spec.expires,
            warnings=it.warn(),
        )

    return Operation(loaded, options, silent).go(work)


def render(environment: PavedEnvironment, name: str) -> tuple[Rendering, ...]:
    """The document as a format's files, each secret by its place alone. Contacts nothing.

    Args:
        environment: The document. Its driver must be installed for the formats that say native names.
        name: One of `paver.render.names.FORMATS`.

    Raises:
        SpecError: There is no such format, or nothing here knows the native names.
        Rejected: The environment lacks what the format asks for.
    """
    bosh = registry.driver(environment.iaas).bosh() if name in formats.NATIVE else None
    return formats.render(environment, name, bosh)


def reveal(renderings: Sequence[Rendering], base: Path) -> tuple[Rendering, ...]:
    """The same with the secrets' values in their places: for private files only.

    Args:
        renderings: What `render` returned.
        base: Where relative references to secrets start: the spec's directory, `LoadedSpec.base`.

    Raises:
        SecretMissing, Refused, SpecError: One cannot be looked up.
    """
    return tuple(with_secrets(one, lambda ref: resolve(ref, base)) for one in renderings)


def permissions(loaded: LoadedSpec) -> JsonValue:
    """What paver itself must be allowed for this spec, as the IaaS writes it: a policy, a role. Contacts nothing.

    Raises:
        SpecError: The driver has no such document.
    """
    found = loaded.driver.permissions(loaded.spec, loaded.settings)
    if found is None:
        raise SpecError(
            f"the driver {loaded.driver.name} has no document of what paver must be allowed",
            hint="paver preflight finds what is missing",
        )
    return found


def unlock(
    loaded: LoadedSpec, options: Options = Options(), agreed: Callable[[Holding], None] = accept_holder
) -> Holding | None:
    """Free a shared lease that a dead run left behind, and return who held it; None: nobody did.

    A holder that was only stopped, and goes on, sends nothing after its next look. A run on this machine holds a lock
    beside the lease, and the kernel frees that with its process.

    Raises:
        Refused: The holder is alive on this machine.
        Locked: Another run has the state directory's lock, or the lease changed hands meanwhile.
    """

    async def work(it: Operation) -> Holding | None:
        return await it.run.unlock(agreed)

    return Operation(loaded, options, silent).go(work, verb="unlock")


def plan_counts(plan: Plan, *actions: str) -> dict[str, int]:
    """How many steps of these actions a plan has."""
    return {action: plan.counts.get(action, 0) for action in actions}  # type: ignore[call-overload]  # an Action is a str


def _as_paved(it: Operation) -> bool | None:
    paved = it.run.record.wanted
    return paved == plan_document.digest(it.run.subject.wanted) if paved else None
