"""A vCenter that others share: what is read of it does not grow with their machines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from environments import Environment, census
from recorded import forget
from sandboxes import Sandboxed
from tenants import on_clusters, on_two_hosts, root_ca, tenant
from vcenters import machine

from paver_vsphere.sdk import vim

pytestmark = pytest.mark.sandbox

MACHINES = 300
NOISE = 0.01
"""Ids and times are longer or shorter by a digit."""


class Cost(NamedTuple):
    """Of one verb, by the sandbox's own record."""

    calls: int
    bytes: int


def cost(stage: Sandboxed, work: Callable[[], object]) -> Cost:
    forget(stage)
    work()
    made = [call for call in stage.control("/calls")["calls"] if call["scope"] == "vcenter"]
    return Cost(len(made), sum(call["bytes"] for call in made))


@pytest.fixture(scope="module")
def shared(stage: Sandboxed) -> Iterator[Environment]:
    """An environment on clusters and datastores of the site's."""
    first = Environment(stage, on_two_hosts, label="first")
    first.pave()
    yield tenant(stage, "tenant", on_clusters("tenant", root_ca(stage, first.outputs())))
    first.destroy()


def life(stage: Sandboxed, environment: Environment) -> dict[str, Cost]:
    """What each verb costs, from nothing to nothing."""
    verbs: dict[str, Callable[[], object]] = {
        "preflight": environment.preflight,
        "pave": environment.pave,
        "plan": environment.plan,
        "verify": lambda: verified(environment),
        "destroy": environment.destroy,
    }
    return {verb: cost(stage, work) for verb, work in verbs.items()}


def verified(environment: Environment) -> None:
    assert environment.run("verify").returncode == 0


@pytest.mark.timeout(300)
def test_what_each_verb_reads_does_not_grow_with_the_machines_of_others(stage: Sandboxed, shared: Environment) -> None:
    server = stage.vcenter()
    datacenter = server.all(vim().Datacenter)["sandbox"]
    folder = server.read(datacenter, "vmFolder").CreateFolder("foreign")
    pool = server.read(server.all(vim().ClusterComputeResource)["sandbox-z1"], "resourcePool")
    alone = life(stage, shared)
    before = census(stage)
    vms = [
        machine(server, f"vm-{number}", folder=folder, pool=pool, datastore="sandbox-vms") for number in range(MACHINES)
    ]
    beside = life(stage, shared)
    assert census(stage) != before
    for vm in vms:
        server.wait(vm.Destroy_Task())
    server.wait(folder.Destroy_Task())
    for verb, (calls, size) in alone.items():
        assert size > 0, verb
        if verb in {"plan", "verify"}:
            assert beside[verb].calls == calls, verb
            assert abs(beside[verb].bytes - size) <= size * NOISE, verb
        if verb == "destroy":  # its looks at tasks are as many as the sandbox takes time
            assert beside[verb].calls <= calls * 1.5, verb
            assert beside[verb].bytes <= size * 1.2, verb
        if verb == "preflight":  # which asks every machine for its addresses, once
            assert beside[verb].calls == calls, verb
