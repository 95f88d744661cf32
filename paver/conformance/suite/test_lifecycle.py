"""Paved, changed, edited by hand, put right."""

from __future__ import annotations

from collections import Counter

from paver.conformance.marks import proves
from paver.conformance.probe import Probe
from paver.conformance.target import Thing
from paver.conformance.trial import Trial
from paver.contract.resource import BASE_FIELDS

LONGEST_CALL = 2.0
"""Seconds that one bounded piece of a transfer may take, beside what the requests themselves take."""


@proves(10)
def test_pave_makes_exactly_what_is_promised(trial: Trial) -> None:
    trial.pave()
    trial.check_paved()


@proves(11)
def test_a_network_that_is_added_is_made_and_nothing_else_changes(trial: Trial) -> None:
    trial.pave()
    paved = trial.site.census()
    trial.widen("extra")
    added = trial.plan()
    assert added, "the plan has nothing to add"
    assert all(step.startswith("create ") for step in added), added
    trial.pave()
    grown = trial.site.census()
    assert len(grown) > len(paved)
    same = {id_: thing for id_, thing in paved.items() if not is_register(thing)}
    assert {id_: grown.get(id_) for id_ in same} == same
    assert trial.plan() == []
    trial.change()
    assert all(step.startswith(("delete ", "update ")) for step in trial.plan())
    trial.pave()
    trial.check_paved()


def is_register(thing: Thing) -> bool:
    """Registers list what there is, so they change with it."""
    return "register" in thing.noun


@proves(12)
def test_verify_lists_exactly_the_edits_and_pave_puts_them_right(trial: Trial) -> None:
    trial.pave()
    edits = trial.site.edits()
    assert edits, "a target with `edits` has some"
    for edit in edits:
        edit.apply()
    ended = trial.run("verify")
    assert ended.code == 7, str(ended)
    listed = {step["key"] for step in ended.document["steps"] if step["action"] not in {"keep", "adopt"}}
    wanted = frozenset[str]().union(*(edit.keys for edit in edits))
    assert listed == wanted, f"not listed: {sorted(wanted - listed)}; not edited: {sorted(listed - wanted)}"
    trial.pave()
    trial.check_paved()
    assert trial.run("verify").code == 0


@proves(13, 14, 91)
def test_calls_are_short_and_everything_wanted_is_read_back(trial: Trial) -> None:
    probe = Probe(trial)
    probe.pave()
    late = _late(probe)
    if late:  # on a busy machine requests take that long too, now and then; a kind that waits does so each time
        trial.destroy()
        again = Probe(trial)
        again.pave()
        late = {what: seconds for what, seconds in _late(again).items() if what in late}
    assert not late, f"calls of kinds waited, twice, the second time for so many seconds: {late}"
    assert not probe.strangers, f"errors that are none of the contract's: {probe.strangers}"
    unread = {
        str(want.key): sorted(left)
        for want, have, unseen in probe.pairs()
        if (left := set(type(want).model_fields) - BASE_FIELDS - unseen - set(have.actual)) and not want.adopt
    }
    assert not unread, f"fields that no listing shows, and that are not said to be unseen: {unread}"
    trial.destroy()


def _late(probe: Probe) -> dict[str, float]:
    return {call.what: round(call.seconds, 1) for call in probe.calls if call.seconds > LONGEST_CALL}


@proves(15)
def test_a_call_of_a_kind_sends_at_most_one_change(trial: Trial) -> None:
    probe = Probe(trial, line=trial.line)
    probe.pave()
    probe.destroy()
    several = Counter({call.what: call.changes for call in probe.calls if call.changes > 1})
    assert not several, f"more than one change in a call: {dict(several)}"
