from __future__ import annotations

import io
import json
import os
from datetime import UTC, datetime, timedelta

import pytest

from paver.cli.output.errors import error_lines, problem_lines
from paver.cli.output.events import ended, event_json, event_text, step_line
from paver.cli.output.frame import frame_lines
from paver.cli.output.talk import JsonTalk, Level, PlainTalk, Talk, WatchedTalk
from paver.cli.output.tally import Tally
from paver.cli.output.terminal import Terminal, painted
from paver.contract.errors import Locked, Rejected, SpecError, StepFailed, Stopped
from paver.engine.events import (
    Ended,
    Event,
    Planned,
    Recovered,
    StepDone,
    StepFailedEvent,
    StepRetried,
    StepStarted,
    StepWaiting,
    Stopping,
    Warned,
)

NOON = datetime(2026, 11, 23, 10, 12, 33, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.at)


def terminal(err: io.StringIO, *, watched: bool = False) -> Terminal:
    return Terminal(
        out=io.StringIO(),
        err=err,
        watched=watched,
        answers=watched,
        colour_out=False,
        colour_err=False,
        width=100 if watched else None,
    )


def plain(level: Level = Level.NORMAL) -> tuple[PlainTalk, io.StringIO, Clock]:
    err, clock = io.StringIO(), Clock()
    talk = PlainTalk(terminal(err), level, clock, clock.now)
    talk.about("staging", "aws")
    return talk, err, clock


def started(key: str) -> StepStarted:
    return StepStarted(NOON, key, "create")


def created(key: str, id_: str, n: int, seconds: float = 0.3) -> StepDone:
    return StepDone(NOON, key, "create", id_, seconds, n, 60)


PLANNED = Planned(NOON, {"create": 60}, 0)


def test_a_log_has_one_line_an_event_with_the_time_first() -> None:
    talk, err, _ = plain()
    talk.head("staging on aws: account 123456789012, eu-west-1")
    for event in (
        PLANNED,
        started("network/staging"),
        created("network/staging", "vpc-06c03a3c2a98cf558", 1),
        StepFailedEvent(NOON, "address/nat/z2", "create", "the limit is 6", 0.4, ()),
        Ended(NOON, "pave", {"create": 60, "keep": 0}, 126.0, 214),
    ):
        talk(event)
    talk.close()
    assert err.getvalue().splitlines() == [
        "10:12:33Z staging on aws: account 123456789012, eu-west-1",
        "10:12:33Z planned: 60 to create, 0 to change, 0 to delete",
        "10:12:33Z created network/staging vpc-06c03a3c2a98cf558 in 0.3 s (1 of 60)",
        "10:12:33Z failed to create address/nat/z2 in 0.4 s: the limit is 6",
        "10:12:33Z paved staging on aws: 60 created in 2 min 6 s, 214 calls",
    ]


def test_a_log_says_every_thirty_seconds_what_it_waits_for() -> None:
    talk, err, clock = plain()
    talk(PLANNED)
    for key in ("nat-gateway/z1", "nat-gateway/z2", "nat-gateway/z3", "load-balancer/concourse", "load-balancer/ssh"):
        talk(started(key))
    clock.at = 29.0
    talk.beat()
    assert "waiting" not in err.getvalue()
    clock.at = 30.0
    talk.beat()
    talk.beat()
    clock.at = 60.0
    talk.beat()
    talk.close()
    assert err.getvalue().splitlines()[1:] == [
        "10:13:03Z waiting for 5: nat-gateway/z1 nat-gateway/z2 nat-gateway/z3 and 2 more, 30 s (0 of 60)",
        "10:13:33Z waiting for 5: nat-gateway/z1 nat-gateway/z2 nat-gateway/z3 and 2 more, 1 min 0 s (0 of 60)",
    ]


def test_a_single_wait_says_how_far_it_is() -> None:
    talk, err, clock = plain()
    talk(started("appliance/vcenter"))
    talk(StepWaiting(NOON, "appliance/vcenter", "upload 34 %", 12.0))
    clock.at = 45.0
    talk.beat()
    talk.close()
    assert "waiting for 1: appliance/vcenter (upload 34 %), 45 s" in err.getvalue()


def test_quiet_tells_warnings_failures_and_stops_alone() -> None:
    talk, err, _ = plain(Level.QUIET)
    talk.head("head")
    talk.say("words")
    for event in (
        PLANNED,
        created("a/b", "1", 1),
        Warned(NOON, "clock is off", {"by": "7 s"}),
        Stopping(NOON, 1),
    ):
        talk(event)
    assert err.getvalue().splitlines() == [
        "10:12:33Z warning: clock is off; by 7 s",
        "10:12:33Z Stopping: nothing new is begun; 1 call is being finished (8 s at most). ^C again leaves at once.",
    ]


def test_a_json_log_has_one_object_a_line_and_the_error_last() -> None:
    err = io.StringIO()
    talk = JsonTalk(terminal(err), Level.NORMAL)
    talk.head("not for machines")
    talk(created("network/staging", "vpc-1", 1))
    talk(Recovered(NOON, NOON, ("a/b",), 1, 0))
    talk.error(Locked("busy", facts=[("holder", "ci")], hint="wait"))
    lines = [json.loads(line) for line in err.getvalue().splitlines()]
    assert list(lines[0].items())[:6] == [
        ("time", "2026-11-23T10:12:33Z"),
        ("event", "created"),
        ("key", "network/staging"),
        ("s", 0.3),
        ("n", 1),
        ("of", 60),
    ]
    assert lines[0]["id"] == "vpc-1"
    assert lines[1]["event"] == "recovered"
    assert lines[1]["stopped_at"] == "2026-11-23T10:12:33Z"
    del lines[2]["time"]
    assert lines[2] == {
        "event": "error",
        "type": "Locked",
        "message": "busy",
        "facts": [["holder", "ci"]],
        "hint": "wait",
        "exit_code": 5,
    }


@pytest.mark.parametrize(
    ("event", "name"),
    [
        (StepDone(NOON, "a/b", "delete", "1", 0.1, 1, 1), "deleted"),
        (StepFailedEvent(NOON, "a/b", "create", "no", 0.1, ()), "failed"),
        (StepStarted(NOON, "a/b", "create"), "started"),
        (StepWaiting(NOON, "a/b", "half", 1.0), "waiting"),
        (Ended(NOON, "pave", {}, 1.0, 2), "ended"),
    ],
)
def test_an_object_is_named_by_what_happened(event: Event, name: str) -> None:
    assert event_json(event)["event"] == name


def test_a_finished_step_stands_on_a_terminal_with_its_time_at_the_edge() -> None:
    assert step_line(created("instance/jumpbox", "i-0d0afbcf8bb6e68e6", 48, 3.1)) == (
        "  Created instance/jumpbox               i-0d0afbcf8bb6e68e6                             3.1 s"
    )
    assert step_line(StepDone(NOON, "listener/ssh/22", "delete", "arn:x", 0.3, 1, 60)) == (
        "  Deleted listener/ssh/22                                                                0.3 s"
    )
    failed = StepFailedEvent(NOON, "address/nat/z2", "create", "AddressLimitExceeded", 0.4, ())
    assert step_line(failed) == (
        "  Failed  address/nat/z2                 AddressLimitExceeded, not tried again           0.4 s"
    )


def test_a_frame_shows_what_runs_and_how_many_wait() -> None:
    clock = Clock()
    tally = Tally(clock)
    tally.add(PLANNED)
    tally.add(started("subnet/z1"))
    clock.at = 5.0
    tally.add(started("nat-gateway/z1"))
    tally.add(StepWaiting(NOON, "nat-gateway/z1", "pending", 0.0))
    clock.at = 8.0
    tally.add(started("load-balancer/concourse"))
    tally.add(created("subnet/z1", "s-1", 48))
    clock.at = 41.2
    assert frame_lines(tally, height=24) == [
        "  48 of 60 created                                                                        0:41",
        "  ⠹ nat-gateway/z1           pending                                                      0:36",
        "  ⠹ load-balancer/concourse                                                               0:33",
        "  10 wait for these",
    ]


def test_a_frame_fits_a_low_and_narrow_terminal() -> None:
    tally = Tally(Clock())
    tally.add(PLANNED)
    for number in range(30):
        tally.add(started(f"disk/a-long-name-of-a-disk-{number}"))
    lines = frame_lines(tally, height=10, width=40)
    assert len(lines) == 10
    assert max(map(len, lines)) <= 40
    assert lines[-2:] == ["  and 23 more", "  30 wait for these"]


def test_a_run_on_a_terminal_ends_in_a_sentence() -> None:
    event = Ended(NOON, "pave", {"create": 35, "keep": 25, "adopt": 0}, 118.0, 0)
    assert ended(event, "staging", "aws", sentence=True) == "Paved staging on aws: 35 created, 25 kept in 1 min 58 s."
    nothing = Ended(NOON, "pave", {"keep": 60}, 1.3, 9)
    assert ended(nothing, "staging", "aws", sentence=True) == (
        "staging on aws is as it should be: 60 kept, 0 changed in 1.3 s, 9 calls."
    )
    gone = Ended(NOON, "destroy", {"delete": 60}, 192.0, 0)
    assert ended(gone, "staging", "aws", sentence=True) == "Destroyed staging on aws: 60 deleted in 3 min 12 s."


def test_a_watched_run_scrolls_finished_steps_and_ends_in_the_sentence() -> None:
    err = io.StringIO()
    talk = WatchedTalk(terminal(err, watched=True), Level.NORMAL)
    talk.about("staging", "aws")
    for event in (
        PLANNED,
        started("disk/a"),
        created("disk/a", "d-1", 1),
        Ended(NOON, "pave", {"create": 1}, 2.0, 3),
    ):
        talk(event)
    talk.close()
    shown = err.getvalue()
    assert "  Created disk/a                         d-1" in shown
    assert shown.endswith("Paved staging on aws: 1 created in 2.0 s, 3 calls.\n")


def test_an_error_has_its_facts_in_two_columns_and_what_to_do_last() -> None:
    failed = StepFailed(
        "57 of 60 created, 1 failed, 2 were waiting for it",
        failures=[
            ("address/nat/z2", Rejected("the account allows 6 elastic addresses and has 6", hint="ask AWS for 7"))
        ],
        waiting=["nat-gateway/z2", "route-table/nat/z2"],
    )
    assert error_lines(failed) == [
        "error: 57 of 60 created, 1 failed, 2 were waiting for it",
        "  address/nat/z2   the account allows 6 elastic addresses and has 6",
        "  waiting          nat-gateway/z2, route-table/nat/z2",
        "  what to do       ask AWS for 7; then run the same command: it goes on from here",
    ]


def test_the_problems_of_a_spec_come_before_the_error() -> None:
    problem = (
        "environment.yml:55:5: iaas.vsphere.password: a secret is named here, never written down; "
        "env:NAME, file:PATH or vault:PATH#KEY"
    )
    error = SpecError("1 error in environment.yml. Nothing was contacted", messages=[problem])
    assert error_lines(error) == [problem, "error: 1 error in environment.yml. Nothing was contacted."]
    assert problem_lines(problem, 100) == [
        "environment.yml:55:5: iaas.vsphere.password: a secret is named here, never written down;",
        "                      env:NAME, file:PATH or vault:PATH#KEY",
    ]


def test_a_stopped_run_tells_how_far_it_came() -> None:
    talk, err, clock = plain()
    talk(PLANNED)
    for number in range(23):
        talk(created(f"subnet/{number}", "s", number + 1))
    talk(started("a/b"))
    talk(started("a/c"))
    clock.at = 14.0
    err.truncate(err.seek(0))
    talk.error(Stopped("stopped", exit_code=130))
    talk.close()
    assert err.getvalue().splitlines() == [
        "Stopped by SIGINT after 14 s: 23 of 60 created, 2 begun and known to aws, 35 not begun.",
        "Run the same command to go on from here.",
    ]


def test_a_reader_who_left_does_not_end_the_run() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", encoding="utf-8") as err:
        talk = Talk(
            Terminal(out=err, err=err, watched=False, answers=False, colour_out=False, colour_err=False, width=None),
            Level.NORMAL,
        )
        talk.say("nobody")
        talk.say("hears this")


@pytest.mark.parametrize(
    ("line", "coloured"),
    [
        ("  + disk/a", "  \x1b[32m+\x1b[0m disk/a"),
        ("error: no", "\x1b[31merror:\x1b[0m no"),
        ("plain", "plain"),
        ("      - x", "      - x"),
    ],
)
def test_colour_repeats_what_the_first_word_says(line: str, coloured: str) -> None:
    assert painted(line) == coloured


@pytest.mark.parametrize("variable", ["NO_COLOR", "CI"])
def test_the_environment_can_forbid_colour(variable: str) -> None:
    class Tty(io.StringIO):
        def isatty(self) -> bool:
            return True

    streams = (Tty(), Tty(), Tty())
    assert Terminal.find(streams, {}, no_color=False).colour_err
    assert not Terminal.find(streams, {variable: "1"}, no_color=False).colour_err
    assert not Terminal.find(streams, {}, no_color=True).colour_err
    assert not Terminal.find(streams, {"TERM": "dumb"}, no_color=False).watched
    assert Terminal.find(streams, {"NO_COLOR": "1"}, no_color=False).watched


def test_a_long_pause_is_told_and_a_short_one_is_not() -> None:
    def text(delay: float) -> str:
        return event_text(StepRetried(time=NOON, key="connect", error="503", delay=delay), "staging", "vsphere")

    assert text(5.0) == "put off connect by 5.0 s: 503"
    assert text(0.3) == ""
