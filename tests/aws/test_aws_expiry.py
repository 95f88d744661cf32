"""Credentials that end in mid-run: they are refreshed, or it is exit 3, and the next run goes on from there."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from accounts import Account, Document, Environment
from census import census
from commands import command
from expiry import CONFIG, Expiry, by_process, expiring

from paver.conformance.wire.request import Request
from paver_aws.resources.noun import AwsKind

DESTROY = ("-y", "--confirm-env", "sandbox")
FADING = "kms-key, fading"


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The emulator shows at once what it was told."""
    monkeypatch.setattr(AwsKind, "settle", 0.5)


@pytest.fixture(scope="module")
def whole(account: Account) -> Counter[str]:
    """What there is once all of it is paved, by noun: names hold the owner's digits."""
    environment = account.environment("whole")
    environment.pave()
    there = nouns(account)
    environment.destroy()
    return there


def nouns(account: Account) -> Counter[str]:
    """How many of each noun there are."""
    found: Counter[str] = Counter()
    for name, number in census(account).items():
        if name != FADING:
            found[name.partition(" ")[0]] += number
    return found


@pytest.fixture
def environment(account: Account, request: pytest.FixtureRequest) -> Iterator[Environment]:
    """One that is gone after the test."""

    def over(document: Document) -> None:
        document["iaas"]["aws"]["config_file"] = CONFIG

    one = account.environment(f"expiry-{abs(hash(request.node.name))}", over)
    yield one
    with expiring(account, Expiry(lambda request, changes: False)):
        one.destroy()
    assert nouns(account) == Counter()


@pytest.mark.parametrize("at", [0, 1, 2, 7, 31, 77, 100])
def test_a_key_that_ends_in_mid_run_is_3_and_the_next_run_goes_on_from_there(
    account: Account, whole: Counter[str], environment: Environment, at: int
) -> None:
    expiry = Expiry(lambda request, changes: changes > at)
    with expiring(account, expiry):
        done = command(environment, "pave", "-y")
    assert done.code == 3, done.err
    assert expiry.refused
    assert "ExpiredToken" in done.err
    assert "the credentials have expired: get new ones" in done.err
    with expiring(account, Expiry(lambda request, changes: False)):
        again = command(environment, "pave", "-y")
        assert again.code == 0, again.err
        assert command(environment, "plan", "--detailed-exitcode").code == 0
    assert nouns(account) == whole


@pytest.mark.parametrize("at", [0, 9, 60])
def test_a_key_that_ends_while_it_destroys_is_3_and_the_next_run_ends_it(
    account: Account, environment: Environment, at: int
) -> None:
    with expiring(account, Expiry(lambda request, changes: False)):
        environment.pave()
    with expiring(account, Expiry(lambda request, changes: changes > at)):
        done = command(environment, "destroy", *DESTROY)
    assert done.code == 3, done.err
    assert "the credentials have expired: get new ones" in done.err
    with expiring(account, Expiry(lambda request, changes: False)):
        assert command(environment, "destroy", *DESTROY).code == 0
    assert nouns(account) == Counter()


@pytest.mark.parametrize("verb", ["preflight", "plan", "verify", "pave", "destroy"])
def test_a_key_that_has_ended_before_is_3_with_nothing_changed(
    account: Account, environment: Environment, verb: str
) -> None:
    more = {"pave": ("-y",), "destroy": DESTROY}.get(verb, ())
    expiry = Expiry(lambda request, changes: True)
    with expiring(account, expiry):
        done = command(environment, verb, *more)
    assert done.code == 3
    assert "the credentials have expired: get new ones" in done.out + done.err
    assert expiry.changes == 0


PROCESS = """
import json, sys, time
from datetime import datetime, timedelta, timezone
from pathlib import Path
began, first, fails = float(sys.argv[1]), float(sys.argv[2]), sys.argv[3] == "fails"
later = time.time() > began + first
if later and fails:
    sys.exit("nobody is signed in any more")
end = datetime.now(timezone.utc) + timedelta(seconds=300)
print(json.dumps({
    "Version": 1, "AccessKeyId": "AKIASECOND" if later else "AKIAFIRST", "SecretAccessKey": "x",
    "SessionToken": "y", "Expiration": end.isoformat(),
}))
"""


def test_keys_of_a_process_are_refreshed_before_they_end_and_nobody_notices(
    account: Account, environment: Environment, tmp_path: Path
) -> None:
    began = time.time()
    ends = began + 4.0

    def over(request: Request, changes: int) -> bool:
        return time.time() > ends and "AKIAFIRST" in request.headers.get("authorization", "")

    expiry = Expiry(over)
    with expiring(account, expiry, latency=0.1):
        by_process(account, process(tmp_path, began, 1.5, "goes-on"))
        done = command(environment, "pave", "-y")
    assert done.code == 0, done.err
    assert expiry.keys == ["AKIAFIRST", "AKIASECOND"]
    assert expiry.refused == 0
    assert time.time() > ends  # else nothing would have been refused anyhow


def test_keys_that_cannot_be_refreshed_are_3_and_say_why(
    account: Account, whole: Counter[str], environment: Environment, tmp_path: Path
) -> None:
    with expiring(account, Expiry(lambda request, changes: False), latency=0.1):
        by_process(account, process(tmp_path, time.time(), 2.0, "fails"))
        done = command(environment, "pave", "-y")
    assert done.code == 3, done.err
    assert "nobody is signed in any more" in done.err
    with expiring(account, Expiry(lambda request, changes: False)):
        assert command(environment, "pave", "-y").code == 0
    assert nouns(account) == whole


def process(tmp_path: Path, began: float, first: float, then: str) -> str:
    """The command of AWS's configuration."""
    program = tmp_path / "keys.py"
    program.write_text(PROCESS)
    return f"{sys.executable} -S -E {program} {began} {first} {then}"
