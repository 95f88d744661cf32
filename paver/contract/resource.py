"""What is wanted, what is there, and the answers a driver gives: plain data, no methods that call anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, JsonValue, SecretStr, StringConstraints

from paver.contract.errors import NotFound
from paver.contract.types import Frozen, Owner

KindName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=32)]
KeyName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]*(/[a-z0-9][a-z0-9.-]*)*$", max_length=100)]


class Key(Frozen):
    """The logical name of a resource, the same on every run: `subnet/workload/z1`."""

    kind: KindName
    name: KeyName

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The key that `str` printed. Raises ValidationError where the text is none."""
        kind, _, name = text.partition("/")
        return cls(kind=kind, name=name)


STORE = Key(kind="secret-store", name="store")
"""The scope of what lives in the secret store: authorities, certificates, minted credentials. Core serves it."""


class Ref(Frozen):
    """Another resource's output. It is the edge of the graph, and what a plan calls "known after …"."""

    to: Key
    output: str = "id"


def ref(to: Key, output: str = "id") -> Ref:
    """Another resource's output, in short."""
    return Ref(to=to, output=output)


Value = str | Ref
"""A field that may come from another resource; the engine resolves every Ref before a Kind sees it."""


class Proof(StrEnum):
    """Why a thing is ours. Anything weaker is foreign."""

    MARK = "mark"  # tag, label, description, annotation, in the create call
    PARENT = "parent"  # child of an owned thing
    NAME = "name"  # its name or id contains the owner's UUID, or enough of it
    REGISTER = "register"  # noted in the IaaS itself before the create
    ADOPTED = "adopted"  # named by the spec: checked, never changed


class Phase(StrEnum):
    """How far along a thing is."""

    READY = "ready"
    PENDING = "pending"  # begun and not finished; `Observed.ticket` says how to go on
    BROKEN = "broken"  # only a replacement helps
    FADING = "fading"  # deleted, and its name taken for a while


class Desired(Frozen):
    """One thing wanted: data. A driver makes one subclass a noun; each of its own fields is compared with the world.

    A field of a subclass may be a `Value`, or a tuple or mapping of Values.
    """

    key: Key
    name: str = Field(min_length=1)
    """The native name: it follows from the key and the environment, and fits the kind's alphabet and length."""
    scope: Key | None = None
    """The resource whose session serves this one; None: the driver's first session."""
    adopt: str | None = None
    """Where the spec adopts: the native name or id of what must be there already."""
    serial: Value | None = None
    """Resources with equal values change one at a time: a VNet, a project's policy, a switch."""
    after: tuple[Key, ...] = ()
    """What must be ready first although no output of it is used."""
    retain: bool = False
    """`destroy` leaves it, and what it stands on, in place."""
    note: str = ""
    """A few words for the plan: an address, a VLAN."""


BASE_FIELDS = frozenset(Desired.model_fields)


class SecretMark(Frozen):
    """What the IaaS itself says of a secret that it showed once."""

    public_id: str
    confirmed: bool
    """Whether the mark that the secret was stored is there."""


class Observed(Frozen):
    """One thing that exists and is ours, or adopted.

    `actual` has every compared field of the kind's Desired as it is, server defaults folded in, under the same names
    and in the JSON form of that field.
    """

    kind: KindName
    id: str
    """Native id, normalised, unique in its scope."""
    key: Key | None
    owner: UUID | None
    proof: Proof | None
    phase: Phase = Phase.READY
    actual: Mapping[str, JsonValue]
    outputs: Mapping[str, JsonValue] = Field(default_factory=dict)
    """What others may refer to. `id` is always there and need not be listed."""
    needs: tuple[str, ...] = ()
    """Native ids of what it stands on, in the same scope: the delete order without a spec."""
    ticket: JsonValue = None
    """While PENDING: what `Kind.advance` takes to go on, so that a lost journal loses nothing. Never a secret."""
    secret: SecretMark | None = None
    holds: str = ""
    """Users' data inside it, in words ("1,204 objects, 3.1 GB"); deleting it needs consent of its own."""
    held_by: tuple[str, ...] = ()
    """Foreign things that stand on it: they are never deleted, so neither is it."""
    carries_us: bool = False
    """It is the machine that this process runs on: from there it is neither deleted nor made anew."""
    serial: str = ""
    """Its `Desired.serial` as a driver knows it without a spec: what nobody wants any longer is deleted in turn too."""
    fades: str = ""
    """While FADING: until when, an ISO date."""

    def output(self, name: str) -> JsonValue:
        """One output. Raises KeyError where the kind has none of that name."""
        return self.id if name == "id" else self.outputs[name]


class Inventory(Frozen):
    """Everything of one environment that exists now."""

    items: tuple[Observed, ...] = ()
    complete: frozenset[str] = frozenset()
    """Kinds that were listed to the end. Only for these is absence a fact."""
    foreign: int = 0
    """How many things of others were seen on the way."""

    def find(self, key: Key) -> Observed | None:
        """The one resource with that key, or None."""
        return next((item for item in self.items if item.key == key), None)

    def standing(self, key: Key) -> Observed:
        """The one resource with that key that is not on its way out. Raises NotFound."""
        found = next((item for item in self.items if item.key == key and item.phase is not Phase.FADING), None)
        if found is None:
            raise NotFound(f"{key} is not there", hint="pave the environment first")
        return found

    def of(self, kind: str) -> Iterator[Observed]:
        """All of one kind."""
        return (item for item in self.items if item.kind == kind)


class Secret(Frozen):
    """A secret that a create call showed once."""

    name: str
    """The name under which the store keeps it: a credential's name."""
    public_id: str
    """As the IaaS lists it: an access key id, a key's id, a user."""
    value: SecretStr


class Done(Frozen):
    """The change is made."""

    have: Observed | None
    """What is there now; None after a delete."""
    secrets: tuple[Secret, ...] = ()


class Waiting(Frozen):
    """The change has begun. The engine calls `advance` with the ticket after `again` seconds."""

    ticket: JsonValue
    """Journalled: whatever `advance` needs to go on, in another process too. Never a secret."""
    again: float = Field(ge=0)
    said: str
    """Progress, for people: "pending", "upload 34 %"."""


Answer = Done | Waiting


class Attempt(Frozen):
    """Journalled and fsynced before a mutating call."""

    owner: Owner
    name: str
    """The native name, as the Desired or the Observed has it."""
    token: UUID
    """Idempotency token. The same again when a call is repeated because its outcome was unknown."""
    key: Key


def references(value: Any) -> Iterator[Ref]:  # noqa: ANN401  any field of any Desired
    """Every Ref inside a Desired or one of its values."""
    if value is None or isinstance(value, str | int | float):
        return
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, Desired):
        for field in type(value).model_fields:
            yield from references(getattr(value, field))
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, tuple):
        for inner in value:
            yield from references(inner)
