"""What a spec's `iaas.memory` says: where the world is, and how well or badly its API behaves."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from paver.contract.spec import DriverSettings
from paver.contract.types import Frozen, FrozenDict, Map, Name, SpecFile, SpecSecret, ZoneName

AccountId = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
Operation = Annotated[str, StringConstraints(pattern=r"^(all|reads|[a-z-]+\.[a-z-]+)$")]
"""`network.create`, `network.list`, `reads` or `all`."""
Seconds = Annotated[float, Field(ge=0, le=31 * 86400)]
Rate = Annotated[float, Field(ge=0, le=1)]
KindOf = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z-]*$")]

WEEK = 7 * 86400.0


class Rates(Frozen):
    """How often a call fails, by the way in which it does."""

    throttled: Rate = 0.0
    transient: Rate = 0.0
    lost: Rate = 0.0
    """It is carried out, and the answer does not arrive."""
    stall: Rate = 0.0
    """It is carried out after `stall_seconds`."""


class Kill(Frozen):
    """Where this process is to die, as if by kill -9."""

    call: Annotated[int, Field(gt=0)]
    """Which of its changing calls, from 1."""
    when: Literal["before", "after"] = "before"
    """Before or after the API acted on it."""


class MemorySettings(DriverSettings):
    """The section."""

    zones: Map[ZoneName, str] | None = None
    """The fault domain of each zone; default: the zone itself."""
    path: SpecFile
    """The world: a file, made by the first call."""
    account: AccountId | None = None
    """Any other account is refused."""
    identity: AccountId = "000000000001"
    """The account that a world is made with; one that is there keeps its own."""
    control_plane: bool = True
    """Whether there is one, with pools and accounts inside; else every credential is a key."""
    existing: Map[Name, str] = Field(default_factory=FrozenDict)
    """By network or datastore that is there already: its id or name; default: the name that paver would give."""
    jumpbox_key: SpecSecret | None = None
    """The private key for a jumpbox that is there already."""
    retain: tuple[str, ...] = ()
    """Logical keys of what `destroy` leaves in place."""
    latency: Seconds = 0.0
    """Seconds that every call takes."""
    stale: Seconds = 0.0
    """Seconds by which listings lag behind."""
    pending: Seconds = 0.2
    """Seconds that gateways, balancers and the control plane take to become ready, changed or gone."""
    fading: Seconds = WEEK
    """Seconds that a deleted key stays listed."""
    page: Annotated[int, Field(gt=0)] = 100
    """Things a page of a listing holds."""
    quota: Map[KindOf, Annotated[int, Field(ge=0)]] = Field(default_factory=FrozenDict)
    """By kind: how many the account may have."""
    denied: tuple[Operation, ...] = ()
    """What these credentials may not do."""
    faults: Map[Operation, Rates] = Field(default_factory=FrozenDict)
    """By operation, or for all other `reads`, or for `all` others."""
    lose: Annotated[int, Field(gt=0)] | None = None
    """The answer to which of this process's changing calls is lost, from 1."""
    seed: int = 0
    """The same seed against the same world fails the same calls."""
    stall_seconds: Seconds = 2.0
    retry_after: Seconds | None = None
    """What a throttled call is told to wait."""
    kill: Kill | None = None
