from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from paver.cli.signals import Signals
from paver.contract.errors import Stopped

WAITS = """
import sys, time
from paver.cli.signals import Signals
signals = Signals()
with signals.installed(), signals.heard() as cancel:
    print("ready", flush=True)
    while not cancel.is_set:
        time.sleep(0.01)
    print(cancel.exit_code, flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_signal_asks_and_the_second_leaves_at_once(number: signal.Signals, code: int) -> None:
    with subprocess.Popen([sys.executable, "-c", WAITS], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.stdout.readline() == f"{code}\n"
        began = time.monotonic()
        process.send_signal(number)
        assert process.wait(5) == code
        assert time.monotonic() - began < 2


def hear(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)
    time.sleep(1)


def test_a_signal_ends_the_command_where_no_run_listens() -> None:
    signals = Signals()
    with signals.installed(), pytest.raises(Stopped) as caught:
        hear(signal.SIGTERM)
    assert caught.value.exit_code == 143
    assert not signals.cancel.is_set


def test_a_signal_ends_a_question_in_the_midst_of_a_run() -> None:
    signals = Signals()
    with signals.installed(), signals.heard(), signals.unheard(), pytest.raises(Stopped):
        hear(signal.SIGINT)


def test_handlers_are_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Signals().installed():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before
