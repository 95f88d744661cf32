"""Everything that would fail later: one reading pass over the account, and no change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from paver.contract.asking import asked
from paver.contract.driver import Cause, Finding, Secrets, Severity
from paver.contract.errors import CallError, Denied, Transient
from paver.contract.resource import Desired, Key
from paver.contract.types import Owner
from paver.memory.ownership import claim, marked
from paver.memory.record import Record, noun
from paver.memory.session import MemorySession
from paver.memory.settings import MemorySettings
from paver.memory.world import World


class Preflight:
    """The checks of one spec against one account.

    Args:
        world: The API.
        settings: The spec's section.
        secrets: For the session that is opened.
        owner: Whose environment it is.
        wanted: All that the environment shall be.
    """

    def __init__(
        self, world: World, settings: MemorySettings, secrets: Secrets, owner: Owner, wanted: Sequence[Desired]
    ) -> None:
        self._world = world
        self._settings = settings
        self._owner = owner
        self._wanted = [want for want in wanted if want.scope is None]
        self._kinds = MemorySession(world, secrets).kinds

    def findings(self) -> Iterator[Finding]:
        """All of them."""
        try:
            account = asked(self._world.account)
        except CallError as error:
            yield _failed("reach", error)
            return
        yield Finding(check="reach", severity=Severity.OK, what=f"account {account} answers")
        if self._settings.account not in {None, account}:
            yield Finding(
                check="identity",
                severity=Severity.FAIL,
                what=f"this is account {account}; the spec wants {self._settings.account}",
                hint="choose another world",
                cause=Cause.TRUST,
                path=("iaas", "memory", "account"),
            )
        yield from self._permissions()
        for kind, wants in self._by_kind().items():
            try:
                there = self._list(kind)
            except CallError as error:
                yield _failed(kind, error)
                continue
            yield from self._names(kind, wants, there)
            yield from self._quota(kind, wants, there)
            yield from self._given(wants, there)

    def _by_kind(self) -> Mapping[str, list[Desired]]:
        found: dict[str, list[Desired]] = {}
        for want in self._wanted:
            found.setdefault(want.key.kind, []).append(want)
        return found

    def _list(self, kind: str) -> list[Record]:
        found: list[Record] = []
        after = ""
        while True:
            page, after = asked(partial(self._world.page, kind, after=after))
            found += page
            if not after:
                return found

    def _permissions(self) -> Iterator[Finding]:
        needed = {f"{want.key.kind}.create" for want in self._wanted if want.adopt is None}
        for action in sorted(needed & set(self._settings.denied)):
            yield Finding(
                check="permission",
                severity=Severity.FAIL,
                what=f"{action} is not allowed",
                hint=f"grant {action}",
                cause=Cause.DENIED,
            )

    def _names(self, kind: str, wants: Sequence[Desired], there: Sequence[Record]) -> Iterator[Finding]:
        if noun(kind).unique != "scope":
            return
        by_name = {record["name"]: record for record in there}
        for want in wants:
            other = by_name.get(want.name)
            if other is None or want.adopt is not None or self._ours(other):
                continue
            found = marked(other)
            whose = f"{found[0].name} ({found[0].id})" if found else "nobody that paver knows"
            yield Finding(
                check="names",
                severity=Severity.FAIL,
                what=f"there is a {kind} {want.name} already, of {whose}",
                hint="choose another name for the environment",
            )

    def _quota(self, kind: str, wants: Sequence[Desired], there: Sequence[Record]) -> Iterator[Finding]:
        quota = self._settings.quota.get(kind)
        live = [record for record in there if record["fades"] is None]
        have = Counter(key for record in live if (key := self._ours(record)))
        missing = sum(want.adopt is None and want.key not in have for want in wants)
        if quota is not None and len(live) + missing > quota:
            yield Finding(
                check="quota",
                severity=Severity.FAIL,
                what=f"{missing} of {kind} are to be made, {len(live)} are there, and the account may have {quota}",
                hint=f"raise the quota of {kind}",
            )

    def _given(self, wants: Sequence[Desired], there: Sequence[Record]) -> Iterator[Finding]:
        for want in wants:
            if want.adopt is None:
                continue
            count = sum(want.adopt in {record["id"], record["name"]} for record in there)
            if count != 1:
                what = "is not there" if not count else f"is the name of {count}"
                yield Finding(
                    check="given",
                    severity=Severity.FAIL,
                    what=f"{want.key.kind} {want.adopt}, which the spec adopts, {what}",
                    hint=f"name it in iaas.memory.existing: {want.key.name}: ID",
                    path=("iaas", "memory", "existing"),
                )

    def _ours(self, record: Record) -> Key | None:
        kind = self._kinds[record["kind"]]
        found = claim(record, self._owner, kind.native_name, ())
        return found.key if found else None


def _failed(check: str, error: CallError) -> Finding:
    cause = Cause.OTHER
    if isinstance(error, Denied):
        cause = Cause.DENIED
    elif isinstance(error, Transient):
        cause = Cause.UNREACHABLE
    return Finding(check=check, severity=Severity.FAIL, what=error.message, hint=error.hint, cause=cause)
