"""How long a pave takes where every operation takes its time, and what comes before a plan's first call."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from gcp_projects import Project

OPERATION = 2.0
"""Seconds: long enough that this machine's own time does not count for much."""
CHAIN = 6
"""Operations one after another: a network, a subnet, an inner address, its labels, a forwarding rule, its labels."""


def test_nothing_of_googles_is_loaded_before_a_session_sends_something_and_then_little(project: Project) -> None:
    environment = project.environment("imports")
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from paver.settings import load_spec\n"
        "from paver_gcp.driver import GcpDriver\n"
        f"loaded = load_spec(Path({str(environment.file)!r}), iaas='gcp', environ={{}})\n"
        "driver = GcpDriver()\n"
        "session = driver.connect(loaded.settings, None, loaded.spec.owner)\n"
        "before = 'google' in sys.modules or 'requests' in sys.modules\n"
        "session.identity()\n"
        "print(before, 'google.cloud' in sys.modules, time.process_time())\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    before, cloud, seconds = done.stdout.split()
    assert (before, cloud) == ("False", "False")
    assert float(seconds) < 2.5


@pytest.mark.slow
def test_operations_that_do_not_need_each_other_run_side_by_side(project: Project) -> None:
    project.client.behave(latency=OPERATION)
    environment = project.environment("slow")
    moments: dict[str, float] = {}
    environment.pave(on_event=lambda event: moments.setdefault(type(event).__name__, time.monotonic()))
    took = time.monotonic() - moments["Planned"]
    project.client.behave(latency=0.05)
    environment.destroy()
    assert took < 1.5 * CHAIN * OPERATION
