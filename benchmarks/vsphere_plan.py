"""What a plan with nothing to do costs on a vCenter, beside machines of others and with more networks.

python benchmarks/vsphere_plan.py [--machines 1000] [--networks 50]

Calls are the sandbox's own count. CPU is this process's, all threads, median of nine plans over a session that is open
already; beside it the CPU of one bulk read of every object's name in the same inventory, over the same session.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "vsphere"))

from sandboxes import Sandboxed, Server
from vcenters import Existing, machine

from paver import api
from paver.contract.driver import Secrets
from paver.contract.types import Owner
from paver.settings import load_spec
from paver_vsphere.driver import VsphereDriver
from paver_vsphere.sdk import vim
from paver_vsphere.settings import VsphereSettings
from paver_vsphere.vcenter import VCenterSession, existing_vcenter

ROUNDS = 9


class Row(NamedTuple):
    """One line of the table."""

    networks: int
    machines: int
    calls: int
    plan: float
    names: float

    def __str__(self) -> str:
        """In Markdown."""
        cells = (self.networks, self.machines, self.calls, f"{self.plan * 1000:.0f}", f"{self.names * 1000:.0f}")
        return f"| {' | '.join(map(str, cells))} | {self.plan / self.names:.2f} |"


def with_networks(count: int) -> Callable[[dict[str, Any]], None]:
    """The management network, and more of them that state a block."""

    def change(spec: dict[str, Any]) -> None:
        space = str(spec["address_space"]).split(".")[1]
        more = {f"net-{n}": {"purpose": "workload", "cidr": f"127.{space}.{128 + n}.0/24"} for n in range(count - 1)}
        spec["networks"] = {"management": {}, **more}
        spec["load_balancers"] = {}
        # Its address is kept in a network that is not there.
        spec["datastores"].pop("blobs", None)
        spec["credentials"].pop("blobstore", None)
        section = spec["iaas"]["vsphere"]
        section["vlans"] = {name: 100 + number for number, name in enumerate(spec["networks"])}
        section["addresses"] = {}

    return change


def measured(environment: Existing, machines: int) -> Row:
    """Plan often, and read all names often."""
    sandboxed, loaded = environment.sandboxed, load_spec(environment.file)
    assert isinstance(loaded.settings, VsphereSettings)  # noqa: S101  the sandbox's spec is vSphere's
    access, _ = api.subject_of(loaded, api.Options(state_dir=environment.state))
    session = existing_vcenter(loaded.settings, access, loaded.spec.owner)
    open_, connect, close = session._center.connection, VsphereDriver.connect, VCenterSession.close  # noqa: SLF001  no other way in

    def connected(_: VsphereDriver, __: VsphereSettings, ___: Secrets, ____: Owner) -> VCenterSession:
        return session

    VsphereDriver.connect, VCenterSession.close = connected, lambda _: None  # type: ignore[method-assign,assignment]  # it stays open

    def plan() -> None:
        if environment.plan():
            raise SystemExit("there is something to do")

    try:
        plan()
        sandboxed.control("/calls", {})
        plan()
        calls = len(sandboxed.control("/calls")["calls"])
        took = [(cpu(plan), cpu(lambda: open_.retrieve({"ManagedEntity": ("name",)}))) for _ in range(ROUNDS)]
    finally:
        VsphereDriver.connect, VCenterSession.close = connect, close  # type: ignore[method-assign]  # as it was
        session.close()
    plans, names = zip(*took, strict=True)
    count = len(environment.document["networks"])
    return Row(count, machines, calls, statistics.median(plans), statistics.median(names))


def cpu(work: Callable[[], object]) -> float:
    """Seconds of this process."""
    began = time.process_time()
    work()
    return time.process_time() - began


def populate(server: Server, count: int) -> None:
    """Machines of others, in a folder of theirs."""
    datacenter = server.all(vim().Datacenter)["sandbox"]
    folder = server.read(datacenter, "vmFolder").CreateFolder("foreign")
    cluster = server.all(vim().ClusterComputeResource)["sandbox-z1"]
    pool = server.read(cluster, "resourcePool")
    for number in range(count):
        machine(server, f"vm-{number}", folder=folder, pool=pool, datastore="sandbox-disks")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--machines", type=int, default=1000)
    parser.add_argument("--networks", type=int, default=50)
    asked = parser.parse_args(arguments)
    print("| networks | foreign VMs | calls | CPU of a plan, ms | CPU of all names, ms | ratio |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="paver-benchmark-") as directory:
        sandboxed = Sandboxed(Path(directory))
        try:
            server = sandboxed.configured()
            environment = Existing(sandboxed, with_networks(1))
            environment.pave()
            print(measured(environment, 0))
            environment.edit(with_networks(asked.networks))
            environment.pave()
            print(measured(environment, 0))
            populate(server, asked.machines)
            print(measured(environment, asked.machines))
            environment.edit(with_networks(1))
            environment.pave()
            print(measured(environment, asked.machines))
        finally:
            sandboxed.close()


if __name__ == "__main__":
    main()
