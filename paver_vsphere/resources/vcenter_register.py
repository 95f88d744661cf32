"""The register: which names this environment has claimed on a vCenter, before it makes anything that bears no mark.

Datacenters, folders, clusters, hosts, pools and datastores have neither tags in their create calls nor a description.
The register is a custom attribute of this environment's own (its name ends in the owner's digits) with one value, on
the root folder: logical key to name, and later to name and id. It is written before the first create and refuses a name
that is there already. What bears a claimed name, at the place that the key implies, is ours; once its id is noted, what
bears the name and has that id.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from paver.contract.driver import Kind
from paver.contract.errors import NotOurs, Rejected
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof, Value
from paver_vsphere.center import Center
from paver_vsphere.claims import REGISTER_ID, Claim
from paver_vsphere.inventory import Listing
from paver_vsphere.resources.entity import ClaimedKind
from paver_vsphere.resources.group_permission import GroupPermissionKind

REGISTER = Key(kind="register", name="vcenter")


class Register(Desired):
    """Wanted: its value."""

    key: Key = REGISTER
    attribute: Value
    names: Mapping[str, str]
    """Logical key to native name."""


class RegisterKind(Kind[Register]):
    """The attribute's value on the root folder. Pave only adds to it; whoever deletes a thing lets go of its name.

    Args:
        center: The vCenter.
        nouns: What is claimed, by kind.
        granted: What is claimed of the vCenter's permissions.
    """

    replace: ClassVar[frozenset[str]] = frozenset({"attribute"})

    def __init__(self, center: Center, nouns: Mapping[str, ClaimedKind[Any]], granted: GroupPermissionKind) -> None:
        self._center = center
        self._nouns = nouns
        self._granted = granted

    def create(self, want: Register, attempt: Attempt) -> Answer:
        """Claim the names. Raises NotOurs where one of them is there already."""
        del attempt
        self._refuse_taken(want.names)
        return self._add(want, want.names)

    def update(self, have: Observed, want: Register, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Claim further names. Raises Rejected where one would take the place of another that is still borne."""
        del fields, attempt
        before = have.actual["names"]
        known = {key: str(name) for key, name in before.items()} if isinstance(before, Mapping) else {}
        self._refuse_renamed(known, want.names)
        new = {key: name for key, name in want.names.items() if known.get(key) != name}
        self._refuse_taken(new)
        return self._add(want, new)

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Empty the value: then nothing bears it."""
        del have, attempt
        self._center.claims.clear()
        return Done(have=None)

    def observe(self, register: Mapping[Key, Claim], attribute: int, wanted: list[Register]) -> Iterator[Observed]:
        """The value, where there is one. Names beyond those wanted are no difference: their bearers are."""
        if not register:
            return
        names = {str(key): claim.name for key, claim in register.items()}
        for want in wanted:
            if all(names.get(key) == name for key, name in want.names.items()):
                names = dict(want.names)
        yield self._made(Register(name="register", attribute=str(attribute), names=names))

    def _add(self, want: Register, names: Mapping[str, str]) -> Answer:
        self._center.claims.add({Key.parse(key): name for key, name in names.items()}, int(str(want.attribute)))
        return Done(have=self._made(want))

    def _made(self, want: Register) -> Observed:
        return self._center.made(want, REGISTER_ID, Proof.PARENT, needs=(str(want.attribute),))

    def _refuse_renamed(self, known: Mapping[str, str], wanted: Mapping[str, str]) -> None:
        """Nothing is renamed: under the new claim nobody would find what bears the old name."""
        held = self._center.claims.held
        keys = [Key.parse(key) for key, name in wanted.items() if known.get(key, name) != name]
        changed = {key: held[key] for key in keys if key in held}
        listing = Listing.of(self._center.connection) if changed else None
        borne = [
            bearer.key
            for kind in self._nouns.values()
            if listing is not None
            for bearer in kind.ours(listing, changed)
            if bearer.key in changed
        ]
        if borne:
            said = ", ".join(f"{key} is {changed[key].name}, not {wanted[str(key)]}" for key in borne)
            raise Rejected(
                self._center.where("what is there has another name than the spec says now") + f": {said}",
                hint="nothing is renamed: write the earlier names again, or destroy and pave anew",
            )

    def _refuse_taken(self, names: Mapping[str, str]) -> None:
        found = taken(self._nouns, Listing.of(self._center.connection), names)
        if found:
            said = ", ".join(f"{name} ({key})" for key, name in found)
            raise NotOurs(
                self._center.where("names that this environment would use are taken") + f": {said}",
                hint="they are not this environment's: choose another name, or adopt what can be adopted",
            )
        if granted := self._granted.taken(names):
            said = ", ".join(f"{name} ({key})" for key, name in granted)
            raise NotOurs(
                self._center.where("somebody has granted these groups something already") + f": {said}",
                hint="it is not this environment's: take it back there, or leave the group out of groups",
            )


def taken(nouns: Mapping[str, ClaimedKind[Any]], listing: Listing, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """The keys and names that something is in the way of."""
    return [
        (text, name)
        for text, name in names.items()
        if (kind := nouns.get(text.partition("/")[0])) and kind.taken(listing, Key.parse(text), name)
    ]
