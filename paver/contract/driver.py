"""What a driver implements: a Kind per noun, a Session per connection, one Driver. The engine owns everything else."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeVar
from uuid import UUID

from pydantic import Field, JsonValue, SecretStr

from paver.contract.bosh import Bosh
from paver.contract.capabilities import Capability
from paver.contract.environment import (
    PavedDatastore,
    PavedJumpbox,
    PavedLoadBalancer,
    PavedNetwork,
    Service,
    Target,
    Zone,
)
from paver.contract.findings import Cause, Finding, Severity
from paver.contract.lease import LeasePlace
from paver.contract.resource import Answer, Attempt, Desired, Inventory, Observed
from paver.contract.spec import DriverSettings, EnvironmentSpec
from paver.contract.types import Frozen, FrozenDict, Map, Name, Owner, Problem, SecretRef, Section, ZoneName

__all__ = [
    "CONTRACT",
    "Cause",
    "Description",
    "Driver",
    "Finding",
    "Kind",
    "Principal",
    "Sandbox",
    "Secrets",
    "Session",
    "Severity",
]

CONTRACT = 1
"""The version of this contract. A driver names the one it was written for."""

D = TypeVar("D", bound=Desired)
S = TypeVar("S", bound=DriverSettings)


class Kind(ABC, Generic[D]):
    """One noun of one IaaS.

    Every method sends at most one mutating call, retries nothing, and never sleeps: what takes long is answered with
    `Waiting`, and the engine comes back. Every method may be called from any thread, one call per resource at a time.
    """

    replace: ClassVar[frozenset[str]] = frozenset()
    """Fields that cannot change in place."""
    unseen: ClassVar[frozenset[str]] = frozenset()
    """Fields that no listing shows (a password): they are not compared."""
    settle: ClassVar[float] = 0.0
    """Seconds by which a listing may lag behind a write."""
    deadline: ClassVar[float] = 1800.0
    """Seconds within which a change must be done, waiting included."""
    once: ClassVar[bool] = False
    """Its create shows a secret once; it implements `confirm`."""
    precious: ClassVar[bool] = False
    """It is for users' data: replacing it wants a consent of its own, and so does deleting it while it `holds` some."""

    @abstractmethod
    def create(self, want: D, attempt: Attempt) -> Answer:
        """Make it, marked as the attempt's owner's in the very call where the API can.

        Raises:
            CallError: see `paver.contract.errors`.
        """

    @abstractmethod
    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Remove what the inventory saw; the spec is not consulted. A container only after a look that it is empty.

        Raises:
            NotFound: it is gone already, which is well.
            Busy: something holds it.
        """

    def update(self, have: Observed, want: D, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Change the named fields in place. A kind whose every field is in `replace` needs none."""
        raise TypeError(f"{type(self).__name__} cannot change {', '.join(sorted(fields))} of {have.id} in place")

    def advance(self, want: D | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """One poll, the next call of several, or one bounded piece of a transfer (two seconds at most).

        Args:
            want: What is wanted; None while it is being deleted.
            ticket: What the last `Waiting` or the inventory's `Observed.ticket` said.
            attempt: The attempt that began it, or a new one after a restart.

        Raises:
            NotFound: What is being made is gone, or not to be seen yet: a listing tells which, and the run goes on.
        """
        raise TypeError(f"{type(self).__name__} waits for nothing")

    def confirm(self, have: Observed, attempt: Attempt) -> Answer:
        """Mark in the IaaS that the secret with `have.secret.public_id` is stored. Only where `once` is set."""
        raise TypeError(f"{type(self).__name__} shows no secret")

    def opens(self, have: Observed) -> Session | None:
        """The session that a ready resource serves (a vCenter), or None. It connects; it changes nothing."""
        return None


class Session(ABC):
    """An open connection to one account, project, set of hosts or vCenter. Used from several threads at once."""

    kinds: Mapping[str, Kind[Any]]

    @abstractmethod
    def identity(self) -> Mapping[str, str]:
        """Who answers here (`id`, and what else tells targets apart); compared before the first change."""

    @abstractmethod
    def observe(self, owner: Owner, wanted: Sequence[Desired], kinds: frozenset[str] | None = None) -> Inventory:
        """Everything of this owner in this session's scope, in bulk; and every adopted thing that `wanted` names.

        Args:
            owner: Whose things. The same environment name under another id is somebody else's.
            wanted: The Desired of this scope: for adopting, and for the names that keys imply. It may be empty (a
                destroy after the spec shrank): what is owned is found all the same.
            kinds: Only these kinds, where the engine looks for the outcome of one call; None: all.
        """

    def lease(self, owner: Owner) -> LeasePlace | None:
        """Where the environment's shared lease lies in this account; None: there is no place for one.

        The place (a bucket whose name has the owner's UUID) is made by the first write and is no resource of the
        plan: it is cleared, and removed where it is empty, after everything else. Its calls count as bookkeeping.
        """
        return None

    def close(self) -> None:  # noqa: B027  closing is optional
        """Log out. Raises nothing."""


class Secrets(Protocol):
    """What a driver may ask of the secrets that the spec names and paver keeps."""

    def given(self, ref: SecretRef) -> SecretStr:
        """A secret that the spec names. Raises SecretMissing, naming its place."""

    def minted(self, name: str) -> SecretStr:
        """A secret that paver made, by its credential's name, or a leaf's key (`certificates/NAME`).

        Raises:
            SecretMissing: There is none.
        """


class Principal(Frozen):
    """Who a credential of the spec became."""

    principal: str
    secret: SecretRef | None = None
    """Where the site keeps its secret, where paver has made none."""
    driver: Section = Field(default_factory=FrozenDict)


class Description(Frozen):
    """A driver's part of the environment document. Core adds owner, credentials' secrets, certificates, labels."""

    target: Target
    zones: Map[ZoneName, Zone]
    networks: Map[Name, PavedNetwork]
    datastores: Map[Name, PavedDatastore]
    principals: Map[Name, Principal]
    load_balancers: Map[Name, PavedLoadBalancer] = Field(default_factory=FrozenDict)
    jumpbox: PavedJumpbox | None = None
    services: Map[Name, Service] = Field(default_factory=FrozenDict)
    trusted: Map[Name, str] = Field(default_factory=FrozenDict)
    """CA certificates, PEM, that the IaaS brings with it (a vCenter's own root); they join the bundle."""
    no_proxy: tuple[str, ...] = ()
    """What of the IaaS is never asked through a proxy: its metadata service."""
    driver: Section


class Sandbox(ABC):
    """A local emulator of the IaaS. Core starts it detached, finds it again, stops it; this says what it is."""

    @abstractmethod
    def prepare(self, directory: Path, say: Callable[[str], None]) -> Sequence[str]:
        """Write what the emulator needs below `directory` (0700, empty at first) and return the command to run.

        It must write `ready.json` there once it listens, and end by itself after an idle hour. An empty command: there
        is no process, the directory is all. `say` tells a person what takes long.
        """

    @abstractmethod
    def spec(self, directory: Path, owner: UUID) -> str:
        """The example spec (YAML, whole) of the emulator that runs on that directory."""


class Driver(ABC, Generic[S]):
    """The entry of a driver package, found by entry point `paver.drivers`. Making one loads no SDK."""

    name: ClassVar[str]
    contract: ClassVar[int] = CONTRACT
    sdk: ClassVar[str] = ""
    """The distribution that `connect` needs (`pyvmomi`); empty: none."""
    settings: type[S]
    capabilities: ClassVar[frozenset[Capability]] = frozenset()
    parallelism: ClassVar[int | None] = None
    """The most calls at one time, where this IaaS wants fewer than a run allows; None: as many as that."""
    shows: ClassVar[frozenset[str]] = frozenset()
    """Kinds whose create shows a credential's secret (the key's name is the credential's); core mints all others."""

    @abstractmethod
    def resources(self, spec: EnvironmentSpec, settings: S) -> Sequence[Desired]:
        """Everything that the environment shall be. Pure and offline; the same input gives the same output."""

    @abstractmethod
    def connect(self, settings: S, secrets: Secrets, owner: Owner) -> Session:
        """Open the first session.

        Raises:
            Denied, Untrusted, Transient: it does not open.
        """

    @abstractmethod
    def describe(self, spec: EnvironmentSpec, settings: S, seen: Inventory, identity: Mapping[str, str]) -> Description:
        """The document's part that the driver knows. Pure: the inventory (all scopes merged) has what it needs.

        `identity` is the first session's. A task that never paved gets the same document from the same inventory.
        """

    def problems(self, spec: EnvironmentSpec, settings: S) -> Iterable[Problem]:
        """Where the section does not fit the spec, by path (`("iaas", self.name, ...)`). Pure and offline."""
        return ()

    def target(self, settings: S) -> Mapping[str, str]:
        """The identity that the spec itself demands, by the keys of `Session.identity`; empty: none demanded."""
        return {}

    def location(self, settings: S) -> str:
        """Where the target is, for people and offline: "account 123456789012, eu-west-1", "esxi-1 esxi-2 esxi-3"."""
        return self.name

    def preflight(self, spec: EnvironmentSpec, settings: S, secrets: Secrets) -> Sequence[Finding]:
        """Everything that would fail later, found at once and without any change. Raises nothing for what it finds."""
        return ()

    def permissions(self, spec: EnvironmentSpec, settings: S) -> JsonValue:
        """The least that whoever runs paver must be allowed for this spec, as the IaaS itself writes it.

        Pure and offline, as `resources` is; no secret is in it. It is enough for preflight, plan, pave, verify, destroy
        and the lease. What comes back is what the IaaS's own tools take: a JSON document (a policy, a role), or a text
        where they take another form. None: the driver has no such document.
        """
        return None

    def template(self, zones: Sequence[str]) -> str:
        """The driver's section for `paver init`: YAML, as it stands below `iaas:`, unindented.

        A value that only a person knows is an empty one with a comment `# FILL IN: what it is`.
        """
        places = "".join(f"    {zone}: # FILL IN: where this zone is\n" for zone in zones)
        return f"{self.name}:\n  zones:\n{places}"

    def sandbox(self) -> Sandbox | None:
        """The local emulator, or None."""
        return None

    def bosh(self) -> Bosh | None:
        """What BOSH wants to be told of this IaaS; None: no CPI is known. Loads no SDK."""
        return None
