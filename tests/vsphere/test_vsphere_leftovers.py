"""What an environment left behind on bare hosts and in a vCenter: found and deleted by its owner alone."""

from __future__ import annotations

import json
import shutil
from uuid import uuid4

import pytest
from environments import Document, Environment, census
from planter import NAME, Planter
from recorded import unchanged
from sandboxes import Sandboxed
from tenants import on_clusters, on_two_hosts, root_ca, tenant

from paver.contract import names
from paver.contract.resource import Key
from paver.contract.types import Owner
from paver_vsphere.resources.anti_affinity import KEY
from paver_vsphere.sandbox.hand import Hand

pytestmark = pytest.mark.sandbox

KEPT = ("schema_version", "name", "address_space", "dns", "secrets")
REACHED = ("vcenter", "port", "password", "known_hosts", "ca", "esxi_password", "appliance", "datacenter")
"""What says where to look, and with whose credentials."""

Named = set[tuple[str, str]]
"""Logical key and native id."""


def at_the_least(document: Document) -> None:
    """Another owner's spec, which says little more than the name and where that one was."""
    section = document["iaas"]["vsphere"]
    least = {name: section[name] for name in REACHED if name in section}
    bare = "appliance" in section
    # Of bare hosts the first leads to all. Where clusters are given, they say whose switch may let go of which host.
    zones = {"z1": section["zones"]["z1"]} if bare else section["zones"]
    for name in [name for name in document if name not in KEPT]:
        del document[name]
    document |= {"id": str(uuid4()), "zones": len(zones), "networks": {"management": {}}, "credentials": {}}
    document["datastores"] = {"vms": {"purpose": "ephemeral", "existing": not bare}}
    least |= {"zones": zones, "vlans": {"management": 1}, "dns_servers": ["127.0.0.1"]}
    least["datastores"] = {"vms": {"nfs": "127.0.0.1:/some"} if bare else {"existing": "some"}}
    least |= {"uplinks": ["vmnic1"]} if bare else {}
    document["iaas"] = {"vsphere": least}


def two_on_one_cluster(document: Document) -> None:
    """A rule of that cluster is among what is left behind."""
    document["iaas"]["vsphere"]["zones"]["z2"]["cluster"] = "sandbox-z1"


def lose(environment: Environment) -> None:
    """Its state directory, and its spec."""
    shutil.rmtree(environment.state)
    environment.edit(at_the_least)


def paved(environment: Environment) -> Named:
    """What is there of it, as it says itself."""
    return {(str(step.key), step.have.id) for step in environment.plan() if step.have is not None}


def leftovers(environment: Environment) -> Named:
    with unchanged(environment.sandboxed):
        listed = environment.run("leftovers", "--owner", str(environment.id), "-o", "json")
    assert listed.returncode == 0, listed.stderr
    return {(one["key"], one["id"]) for one in json.loads(listed.stdout)["leftovers"]}


def destroy_by_owner(environment: Environment) -> None:
    flags = ("--owner", str(environment.id), "-y", "--confirm-env", environment.document["name"])
    done = environment.run("destroy", *flags)
    assert done.returncode == 0, done.stderr
    assert f"nothing of owner {str(environment.id)[:8]} is left" in " ".join(done.stderr.split())
    assert leftovers(environment) == set()


def refused_under_another_name(environment: Environment) -> None:
    """Some of its things bear its name and no id: they would stay behind."""
    name = environment.document["name"]
    environment.edit(lambda document: document.update(name="elsewhere"))
    flags = ("--owner", str(environment.id))
    with unchanged(environment.sandboxed):
        listed = environment.run("leftovers", *flags)
        destroyed = environment.run("destroy", *flags, "-y", "--confirm-env", "elsewhere")
    environment.edit(lambda document: document.update(name=name))
    assert (listed.returncode, destroyed.returncode) == (6, 6), listed.stderr + destroyed.stderr
    assert f"is called {name}, not elsewhere" in " ".join(destroyed.stderr.split())


def look_alikes(stage: Sandboxed, environment: Environment) -> int:
    """On each host: groups of nearly the name; VMs with another owner's marks, with ours, and with none."""
    ours = names.marks(Owner(id=environment.id, name="sandbox"), Key(kind="appliance", name="vcenter"))
    others = names.marks(Owner(id=uuid4(), name="sandbox"), Key(kind="appliance", name="vcenter"))
    groups = ("-old", "-2", "s")
    machines = {"sandbox-vcenter-old": ours, "sandbox-vcenters": ours, "my-sandbox-vcenter": others, "vcenter": {}}
    for endpoint in stage.where.hosts:
        with Hand.on(endpoint, "root", stage.password("esxi")) as hand:
            for suffix in groups:
                hand.port_group(f"sandbox-bootstrap{suffix}", 20)
            for name, marks in machines.items():
                hand.machine(name, marks)
    return len(stage.where.hosts) * (len(groups) + len(machines))


def test_a_lost_environment_on_bare_hosts_is_found_whole_and_goes_without_a_trace(stage: Sandboxed) -> None:
    environment = Environment(stage, two_on_one_cluster)
    assert look_alikes(stage, environment) > 20
    before = census(stage)
    environment.pave()
    there = paved(environment)
    assert len(there) > 40
    assert str(KEY) in {key for key, _ in there}
    lose(environment)
    refused_under_another_name(environment)
    assert leftovers(environment) == there
    destroy_by_owner(environment)
    assert census(stage) == before


def test_a_lost_environment_in_somebodys_vcenter_is_found_whole_among_twenty_look_alikes(stage: Sandboxed) -> None:
    first = Environment(stage, on_two_hosts, label="first")
    first.pave()
    environment = tenant(stage, NAME, on_clusters(NAME, root_ca(stage, first.outputs())))
    planter = Planter(stage, first, environment)
    planter.everything()
    assert len(planter.planted) >= 20
    before = census(stage)
    environment.pave()
    adopted = {str(step.key) for step in environment.plan() if step.action == "adopt"}
    there = {id_ for key, id_ in paved(environment) if key not in adopted}
    lose(environment)
    refused_under_another_name(environment)
    # By ids alone: of a permission on a given thing nobody knows any longer what the spec called that.
    assert {id_ for _, id_ in leftovers(environment)} == there
    destroy_by_owner(environment)
    assert census(stage) == before
    assert first.plan().empty
