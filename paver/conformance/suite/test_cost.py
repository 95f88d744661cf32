"""What a run costs in calls, and how that grows."""

from __future__ import annotations

from paver.conformance.marks import proves
from paver.conformance.trial import Trial

MORE = ("extra1", "extra2", "extra3", "extra4", "extra5")


@proves(120)
def test_reads_with_nothing_to_do_are_the_same_for_more_resources(trial: Trial) -> None:
    trial.pave()
    trial.line.reset()
    trial.plan()
    few = trial.line.counts().reading
    trial.widen(*MORE)
    trial.pave()
    trial.line.reset()
    assert trial.plan() == []
    many = trial.line.counts().reading
    # What an API opens one container at a time may cost a call for each of the new containers.
    assert many <= few + len(MORE), f"{few} reads, {many} with {len(MORE)} more networks"


@proves(121)
def test_changes_grow_with_the_resources_and_no_faster(trial: Trial) -> None:
    changes = trial.counts("pave").mutating
    things = sum(trial.made().values())
    trial.widen(*MORE)
    more = trial.counts("pave").mutating
    added = sum(trial.made().values()) - things
    assert added >= len(MORE)
    assert more <= max(2.0, 1.5 * changes / things) * added, f"{more} changes for {added} more things"
