"""A CA of the environment's document among the roots that the vCenter trusts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import ClassVar

from paver.contract.resource import Answer, Desired, Key, Observed, Value
from paver_vsphere.center import Center
from paver_vsphere.resources.noted import OURS, NotedKind
from paver_vsphere.roots import Chain, Roots, certificates

KIND = "trusted-root"


class TrustedRoot(Desired):
    """Wanted: the vCenter trusts all certificates of this CA; in a rotation there are two."""

    pem: Value
    sha256: Value
    """Of the DER form of each, in hex, sorted, a comma between."""


class TrustedRootKind(NotedKind[TrustedRoot]):
    """The vCenter gives a root its id. What it trusted before stays."""

    noun = KIND
    unseen: ClassVar[frozenset[str]] = frozenset({"pem"})

    def __init__(self, center: Center) -> None:
        super().__init__(center)
        self._roots = Roots(center.rest)

    def observe(self, wanted: Collection[Key]) -> Iterator[Observed]:
        """What is noted and trusted. Where nothing was ever claimed or asked for, nothing is read."""
        claims = self._center.claims.held
        keys = [key for key in claims if key.kind == KIND]
        if not keys:
            return
        trusted = _trusted(self._roots.chains())
        for key in keys:
            found = sorted(set(self.noted(key)) & trusted)
            if key not in wanted or found:
                yield self._observed(key, claims[key].name, {"sha256": ",".join(found)})

    def _next(self, want: TrustedRoot | None, key: Key) -> Answer:
        wanted = certificates(str(want.pem)) if want is not None else {}
        noted, chains = self.noted(key), self._roots.chains()
        trusted = _trusted(chains)
        target = self._whose(key, wanted, trusted)
        if (noting := self._noting(key, target)) is not None:
            return noting
        for one, pem in wanted.items():
            if one not in trusted:
                self._roots.add(pem)
                return self._center.later({}, "trusted")
        for one, whose in noted.items():
            id_ = _alone(chains, one)
            if one not in wanted and whose == OURS and id_ is not None:
                self._roots.remove(id_)
                return self._center.later({}, "trusted no longer")
        if want is None:
            return self._gone(key)
        return self._done(key, want.name, target, {"sha256": ",".join(sorted(wanted))})


def _trusted(chains: Mapping[str, Chain]) -> set[str]:
    return {one for chain in chains.values() for one in chain}


def _alone(chains: Mapping[str, Chain], certificate: str) -> str | None:
    """The id of the chain that is this certificate and no other."""
    return next((id_ for id_, chain in chains.items() if chain == (certificate,)), None)
