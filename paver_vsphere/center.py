"""One vCenter, as its kinds see it: the session, what the section says, and the few things that all of them ask."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pydantic import JsonValue
from pydantic_core import to_jsonable_python

from paver.contract.driver import Secrets
from paver.contract.errors import NotFound, OutcomeUnknown, Rejected
from paver.contract.resource import BASE_FIELDS, Desired, Observed, Proof, Waiting
from paver.contract.types import Owner
from paver_vsphere.claims import Claims
from paver_vsphere.exchange import Peer
from paver_vsphere.inventory import FOLDERS, Listing
from paver_vsphere.marks import LABELS, Fields
from paver_vsphere.places import first_host, host_names
from paver_vsphere.rest import Rest
from paver_vsphere.session import Connection, Reference, Row, finished, moid
from paver_vsphere.settings import VsphereSettings
from paver_vsphere.sso import SingleSignOn
from paver_vsphere.trust import Trust

Ticket = Mapping[str, JsonValue]

FIRST_LOOK, LONGEST = 0.1, 2.0
"""Seconds before the first look at a task, and at most between two."""


@dataclass
class Center:
    """What the kinds of the vCenter scope share.

    Args:
        connection: The vCenter's session.
        settings: The driver's section.
        secrets: Where passwords come from.
        owner: Whose environment.
        sso: Its users.
        rest: Its REST API.
        machine: UUID of the firmware of the machine that it runs in, where paver has made it; else empty.
    """

    connection: Connection
    settings: VsphereSettings
    secrets: Secrets
    owner: Owner
    sso: SingleSignOn
    rest: Rest
    machine: str = ""
    claims: Claims = field(init=False)
    fields: Fields = field(default_factory=Fields)
    left: Callable[[str], tuple[tuple[str, ...], bool]] = field(default=lambda _: ((), False))
    """One more look: what stands in or on an object now, by id; and whether anything of it is not ours."""

    def __post_init__(self) -> None:
        self._reading = threading.Lock()
        self._folders: dict[str, Mapping[str, Reference]] = {}
        self._systems: dict[str, Reference] = {}
        self.claims = Claims(self.connection)

    @property
    def content(self) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
        """The service content."""
        return self.connection.content

    @cached_property
    def known_privileges(self) -> frozenset[str]:
        """Every privilege that this server knows."""
        found = self.connection.properties(self.content.authorizationManager, "privilegeList")
        return frozenset(str(privilege.privId) for privilege in found["privilegeList"])

    def ref(self, value: object) -> Reference:
        """A reference from a field that held a Ref to another resource's id."""
        return self.connection.ref(str(value))

    def trusts(self, trust: Trust) -> None:
        """Whom every call trusts from now on."""
        self.connection.trusts(trust)
        self.sso.peer = self.rest.peer = Peer.of(self.connection)

    def folder(self, datacenter: object, name: str) -> Reference:
        """One of a datacenter's own four folders (`vmFolder`), which never change: read once."""
        with self._reading:
            if str(datacenter) not in self._folders:
                self._folders[str(datacenter)] = self.connection.properties(self.ref(datacenter), *FOLDERS)
            return self._folders[str(datacenter)][name]

    def datastores(self, host: str) -> Reference:
        """A host's datastore system, which never changes: read once."""
        path = "configManager.datastoreSystem"
        with self._reading:
            if host not in self._systems:
                self._systems[host] = self.connection.properties(self.ref(host), path)[path]
            return self._systems[host]

    def datacenter(self, listing: Listing) -> Row | None:
        """The environment's datacenter, whose name the section says.

        One that paver makes stands at the root, and one of that name in a folder is another; an adopted one may be
        anywhere.
        """
        name = self.settings.datacenter
        made = any(key.kind == "datacenter" for key in self.claims.names)
        found = listing.child("Datacenter", name, listing.root)
        return found if found is not None or made else listing.named("Datacenter", name)

    @property
    def carrier(self) -> str:
        """The name, in its key, of the host that the appliance is on; empty where there is none."""
        if self.settings.appliance is None:
            return ""
        return host_names(self.settings).get(first_host(self.settings), "")

    def where(self, thing: str) -> str:
        """A thing of this vCenter, for people."""
        return f"{thing} on {self.connection.where}"

    def waiting(self, task: Reference, said: str, again: float = FIRST_LOOK, **more: JsonValue) -> Waiting:
        """A task to come back to, after as long as such a task takes where all goes well."""
        return Waiting(ticket={"task": moid(task), **more}, again=again, said=said)

    def still(self, ticket: Ticket) -> Waiting:
        """The same task, not over yet: looked at again after twice the time, so that a long one costs few calls."""
        looks = ticket.get("looks")
        looks = looks + 1 if isinstance(looks, int) else 1
        return Waiting(ticket={**ticket, "looks": looks}, again=min(LONGEST, FIRST_LOOK * 2**looks), said="in progress")

    def label(self, id_: str, labels: str) -> None:
        """Set the labels of an object: one call, none where none are wanted and the vCenter knows no labels.

        Raises:
            Rejected: There are labels, and their attribute is not defined.
        """
        number = self.fields.numbers.get(LABELS)
        if number is None and labels:
            raise Rejected(self.where(f"attribute {LABELS}") + " is not defined")
        if number is not None:
            set_field = self.content.customFieldsManager.SetField
            self.connection.call(set_field, self.ref(id_), number, labels, what=f"label {id_}")

    def later(self, ticket: Ticket, said: str) -> Waiting:
        """The next of several calls, at once."""
        return Waiting(ticket=dict(ticket), again=0.0, said=said)

    def result(self, ticket: Ticket, what: str) -> tuple[bool, Any]:
        """Whether a task is over, and what it gave. Raises OutcomeUnknown where the server has forgotten it."""
        try:
            state = self.connection.task(self.ref(ticket["task"]))
        except NotFound:
            raise OutcomeUnknown(f"{what}: the task is forgotten") from None
        return finished(state, what), state.result

    def made(self, want: Desired, id_: str, proof: Proof, **more: Any) -> Observed:  # noqa: ANN401  fields of Observed
        """What was just made as it was wanted."""
        fields = {
            name: to_jsonable_python(getattr(want, name)) for name in type(want).model_fields if name not in BASE_FIELDS
        }
        facts = {
            "kind": want.key.kind,
            "id": id_,
            "key": want.key,
            "owner": self.owner.id,
            "proof": proof,
            "actual": fields,
            "outputs": {"name": want.name},
            **more,
        }
        return Observed.model_validate(facts)
