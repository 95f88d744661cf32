"""What an environment's verbs cost on a vCenter that others share, without their machines and beside them.

python benchmarks/vsphere_foreign.py [--machines 10000]

The environment adopts clusters and datastores, and the machines stand on the same. Each verb is a process of its own:
its CPU and its peak memory are what the kernel says of it, calls and the size of their answers what the sandbox says.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "vsphere"))

from environments import Environment
from sandboxes import Sandboxed, Server
from tenants import on_clusters, on_two_hosts, root_ca, tenant

from paver_vsphere.sdk import vim

VERBS: dict[str, tuple[str, ...]] = {
    "plan": (),
    "verify": (),
    "destroy": ("-y", "--confirm-env", "tenant"),
}
IN_A_FOLDER = 500
UNANSWERED = 100
"""Machines that are being made at one time."""


class Row(NamedTuple):
    """One line of the table."""

    machines: int
    verb: str
    calls: int
    size: int
    wall: float
    cpu: float
    memory: int

    def __str__(self) -> str:
        """In Markdown."""
        cells = (self.machines, self.verb, self.calls, f"{self.size / 1000:.0f}", f"{self.wall:.1f}", f"{self.cpu:.1f}")
        return f"| {' | '.join(map(str, cells))} | {self.memory / 1000:.0f} |"


def measured(environment: Environment, verb: str, machines: int) -> Row:
    """Run one verb."""
    sandboxed = environment.sandboxed
    sandboxed.control("/calls", {})
    began = time.monotonic()
    process = subprocess.Popen(environment.command(verb, "-q", *VERBS[verb]), stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{verb} ended with {process.returncode}")
    calls = [call for call in sandboxed.control("/calls")["calls"] if call["scope"] == "vcenter"]
    size = sum(call["bytes"] for call in calls)
    kib = used.ru_maxrss if sys.platform.startswith("linux") else used.ru_maxrss // 1024
    cpu = used.ru_utime + used.ru_stime
    return Row(machines, verb, len(calls), size, time.monotonic() - began, cpu, kib)


def populate(server: Server, count: int) -> None:
    """Machines of others, in folders of theirs."""
    datacenter = server.all(vim().Datacenter)["sandbox"]
    top = server.read(datacenter, "vmFolder").CreateFolder("foreign")
    pool = server.read(server.all(vim().ClusterComputeResource)["sandbox-z1"], "resourcePool")
    tasks, folder = [], top
    for number in range(count):
        if number % IN_A_FOLDER == 0:
            folder = top.CreateFolder(f"foreign-{number // IN_A_FOLDER}")
        place = vim().vm.FileInfo(vmPathName="[sandbox-vms]")
        spec = vim().vm.ConfigSpec(name=f"vm-{number}", numCPUs=1, memoryMB=32, guestId="otherGuest", files=place)
        tasks.append(folder.CreateVM_Task(spec, pool, None))
        if len(tasks) == UNANSWERED:
            server.wait(tasks.pop(0))
    for task in tasks:
        server.wait(task)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--machines", type=int, default=10_000)
    asked = parser.parse_args(arguments)
    print("| foreign VMs | verb | calls | answers, kB | wall, s | CPU, s | peak memory, MB |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="paver-benchmark-") as directory:
        sandboxed = Sandboxed(Path(directory))
        try:
            first = Environment(sandboxed, on_two_hosts, label="first")
            first.pave()
            environment = tenant(sandboxed, "tenant", on_clusters("tenant", root_ca(sandboxed, first.outputs())))
            for machines in (0, asked.machines):
                environment.pave()
                if machines:
                    populate(sandboxed.vcenter(), machines)
                for verb in VERBS:
                    print(measured(environment, verb, machines), flush=True)
        finally:
            sandboxed.close()


if __name__ == "__main__":
    main()
