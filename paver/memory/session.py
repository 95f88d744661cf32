"""Sessions: one with the account, and one with each control plane."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from paver.contract.driver import Secrets, Session
from paver.contract.errors import Rejected, Transient
from paver.contract.lease import LeasePlace
from paver.contract.resource import Desired, Inventory, Key, Observed, Proof
from paver.contract.types import Owner
from paver.memory.kind import MemoryKind
from paver.memory.lease import MemoryLease
from paver.memory.ownership import Claim
from paver.memory.record import Record
from paver.memory.resources.account import AccountKind
from paver.memory.resources.balancer import BalancerKind
from paver.memory.resources.bucket import BucketKind
from paver.memory.resources.control_plane import ControlPlaneKind
from paver.memory.resources.gateway import GatewayKind
from paver.memory.resources.key import AccessKeyKind
from paver.memory.resources.machine import MachineKind
from paver.memory.resources.network import NetworkKind
from paver.memory.resources.pool import PoolKind
from paver.memory.resources.rule import RuleKind
from paver.memory.resources.subnet import SubnetKind
from paver.memory.resources.volume import VolumeKind
from paver.memory.world import World


class MemorySession(Session):
    """With one scope of the world.

    Args:
        world: The API.
        secrets: Where minted passwords are.
        scope: Id of the control plane that serves it; empty: the account.
    """

    kinds: Mapping[str, MemoryKind[Any]]

    def __init__(self, world: World, secrets: Secrets, scope: str = "") -> None:
        self.world = world
        self.scope = scope
        self.kinds = _inner(world, secrets, scope) if scope else _outer(world, secrets)

    def identity(self) -> Mapping[str, str]:
        """The account, or the control plane."""
        account = self.world.account()
        return {"id": self.scope, "account": account} if self.scope else {"id": account, "account": account}

    def observe(self, owner: Owner, wanted: Sequence[Desired], kinds: frozenset[str] | None = None) -> Inventory:
        """One listing a kind. A kind whose listing failed on the way is not in `complete`."""
        records, complete = self._list(sorted(self.kinds if kinds is None else kinds & self.kinds.keys()))
        adopting = {(want.key.kind, want.adopt): want for want in wanted if want.adopt is not None}
        claims = self._claims(records, owner, adopting)
        above = _foreign_above(records, claims)
        items = tuple(
            self._observed(record, owner, claims[record["id"]], above[record["id"]], adopting)
            for record in records
            if record["id"] in claims
        )
        return Inventory(items=items, complete=complete, foreign=len(records) - len(items))

    def lease(self, owner: Owner) -> LeasePlace | None:
        """The account has a place for one an owner; a control plane has none."""
        return None if self.scope else MemoryLease(self.world, str(owner.id))

    def _list(self, kinds: Sequence[str]) -> tuple[list[Record], frozenset[str]]:
        found: list[Record] = []
        complete = set()
        for kind in kinds:
            after = ""
            try:
                while True:
                    page, after = self.world.page(kind, scope=self.scope, after=after)
                    found += page
                    if not after:
                        break
            except Transient:
                continue
            complete.add(kind)
        return found, frozenset(complete)

    def _claims(
        self, records: Sequence[Record], owner: Owner, adopting: Mapping[tuple[str, str], Desired]
    ) -> Mapping[str, Claim]:
        """By id: why a thing is ours, or adopted."""
        owned = frozenset((self.scope,)) if self.scope else frozenset()
        found: dict[str, Claim] = {}
        adopted: dict[Key, str] = {}
        # Parents before children, whatever the listing's order: what stands on nothing of these is judged first.
        for record in sorted(records, key=lambda r: bool(r["needs"])):
            want = adopting.get((record["kind"], record["id"])) or adopting.get((record["kind"], record["name"]))
            claim = self.kinds[record["kind"]].claim(record, owner, owned)
            if claim is not None:
                found[record["id"]] = claim
                owned |= {record["id"]}
            elif want is not None:
                if want.key in adopted:
                    both = f"{adopted[want.key]} and {record['id']}"
                    raise Rejected(
                        f"{want.adopt} is the name of two: {both}", hint="name the id in iaas.memory.existing"
                    )
                adopted[want.key] = record["id"]
                found[record["id"]] = Claim(want.key, Proof.ADOPTED)
        return found

    def _observed(
        self,
        record: Record,
        owner: Owner,
        claim: Claim,
        held_by: Sequence[str],
        adopting: Mapping[tuple[str, str], Desired],
    ) -> Observed:
        seen = self.kinds[record["kind"]].observed(record, owner, claim, held_by)
        if claim.proof is not Proof.ADOPTED:
            return seen
        want = next(want for want in adopting.values() if want.key == claim.key)
        # What the spec does not demand of a given thing is not compared.
        actual = {name: None if getattr(want, name, None) is None else value for name, value in seen.actual.items()}
        return seen.model_copy(update={"actual": actual})


def _foreign_above(records: Sequence[Record], claims: Mapping[str, Claim]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for record in records:
        if record["id"] not in claims:
            for id_ in record["needs"]:
                found[id_].append(f"{record['kind']} {record['name']} ({record['id']})")
    return found


def _outer(world: World, secrets: Secrets) -> dict[str, MemoryKind[Any]]:
    simple: list[type[MemoryKind[Any]]] = [
        NetworkKind,
        SubnetKind,
        GatewayKind,
        RuleKind,
        VolumeKind,
        BucketKind,
        AccessKeyKind,
        BalancerKind,
        MachineKind,
    ]
    kinds = {kind.noun: kind(world) for kind in simple}
    kinds[ControlPlaneKind.noun] = ControlPlaneKind(world, lambda id_: MemorySession(world, secrets, id_))
    return kinds


def _inner(world: World, secrets: Secrets, scope: str) -> dict[str, MemoryKind[Any]]:
    return {PoolKind.noun: PoolKind(world, scope), AccountKind.noun: AccountKind(world, scope, secrets)}
