"""A licence key among those that the vCenter has been given."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from paver.contract.resource import Answer, Desired, Key, Observed
from paver_vsphere.center import Center
from paver_vsphere.licences import GIVEN, Licences
from paver_vsphere.resources.noted import OURS, NotedKind

KIND = "licence-key"


class LicenceKey(Desired):
    """Wanted: the vCenter has the key that a part of the section's `licences` names. What it is nobody is told."""

    licence: str = GIVEN


class LicenceKeyKind(NotedKind[LicenceKey]):
    """What we added goes, unless somebody is assigned it by now."""

    noun = KIND

    def __init__(self, center: Center, licences: Licences) -> None:
        super().__init__(center)
        self._licences = licences

    def observe(self, known: Mapping[str, Any], wanted: Collection[Key]) -> Iterator[Observed]:
        """What is noted, and whether the vCenter has it."""
        claims = self._center.claims.held
        for key in [key for key in claims if key.kind == KIND]:
            found = sorted(set(self.noted(key)) & set(known))
            if key not in wanted:
                yield self._shown(key, " ".join(found))
            elif found:
                yield self._shown(key, self._licences.shown(key.name, found))

    def _next(self, want: LicenceKey | None, key: Key) -> Answer:
        noted, known = self.noted(key), self._licences.known()
        target: dict[str, str] = {}
        if want is not None:
            given = self._licences.given(key.name)
            self._licences.check(key.name)
            target = self._whose(key, [given], known)
            if (noting := self._noting(key, target)) is not None:
                return noting
            if given not in known:
                self._licences.add(key.name)
                return self._center.later({}, "added")
        in_use = set(self._licences.assigned().values())
        old = {one for one, whose in noted.items() if one not in target and whose == OURS and one in known}
        for one in sorted(old - in_use):
            self._licences.remove(one)
            return self._center.later({}, "taken away")
        if want is None:
            return self._gone(key)
        return self._done(key, key.name, target | dict.fromkeys(old, OURS), {"licence": GIVEN})

    def _shown(self, key: Key, licence: str) -> Observed:
        return self._observed(key, key.name, {"licence": licence})
