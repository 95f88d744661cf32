"""Mistakes that an engine might have, each a small change of ours: the simulator must find every one of them."""

# ruff: noqa: ANN401  they are put in the place of methods of many types
from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from paver.conformance.simulator.cloud import CloudSession
from paver.conformance.simulator.disk import Disk
from paver.contract.errors import OutcomeUnknown
from paver.engine.caller import Caller
from paver.engine.change import Changer
from paver.engine.lease import Lease
from paver.engine.run import Run


def no_fsync_before_the_call(patch: pytest.MonkeyPatch) -> None:
    """The journal's lines are written, and nobody waits until they are on the disk."""
    patch.setattr(Disk, "fsync", lambda disk, descriptor: None)


def a_failed_listing_read_as_absent(patch: pytest.MonkeyPatch) -> None:
    """What could not be listed is taken for not there."""
    right = CloudSession.observe

    def observe(session: Any, owner: Any, wanted: Any, kinds: Any = None) -> Any:
        found = right(session, owner, wanted, kinds)
        return found.model_copy(update={"complete": frozenset(session.kinds if kinds is None else kinds)})

    patch.setattr(CloudSession, "observe", observe)


def no_settle_window(patch: pytest.MonkeyPatch) -> None:
    """The first listing that does not show a thing proves that it is not there."""
    patch.setattr(Run, "_left", lambda run, at, settle: 0.0)
    right = Changer._look
    patch.setattr(Changer, "_look", lambda changer, place, key, until: right(changer, place, key, float("-inf")))


def a_create_retried_unseen(patch: pytest.MonkeyPatch) -> None:
    """After an answer that was lost the call is made again, without a look."""
    right = Caller.change

    async def change(caller: Any, key: Any, action: Any, function: Any, name: Any) -> Any:
        for _ in range(8):
            try:
                return await right(caller, key, action, function, name)
            except OutcomeUnknown:
                await asyncio.sleep(0.1)
        return await right(caller, key, action, function, name)

    patch.setattr(Caller, "change", change)


def an_expired_lease_ignored(patch: pytest.MonkeyPatch) -> None:
    """Who was stopped past its lease goes on as if nothing had happened."""
    patch.setattr(Lease, "keep", lambda lease: None)


def adopting_by_name(patch: pytest.MonkeyPatch) -> None:
    """What bears the right name is ours, whoever's mark is on it."""
    patch.setattr(CloudSession, "claims", lambda session, record, owner: record.owner.name == owner.name)


BUGS: tuple[Callable[[pytest.MonkeyPatch], None], ...] = (
    no_fsync_before_the_call,
    a_failed_listing_read_as_absent,
    no_settle_window,
    a_create_retried_unseen,
    an_expired_lease_ignored,
    adopting_by_name,
)
