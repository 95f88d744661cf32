"""A network of one rack, where a zone is that rack: a host group of a cluster must reach it, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from environments import Document, Environment
from sandboxes import Sandboxed
from tenants import on_clusters, on_two_hosts, tenant
from test_adopted_networks import small_switch

from paver import api
from paver.contract.errors import PreflightFailed
from paver.engine.plan import Action

pytestmark = pytest.mark.sandbox


def racks(document: Document) -> None:
    """Both zones are groups of one cluster."""
    on_two_hosts(document)
    for zone in document["iaas"]["vsphere"]["zones"].values():
        zone |= {"cluster": "shared", "host_group": {}}


@pytest.fixture(scope="module")
def first(stage: Sandboxed) -> Iterator[Environment]:
    one = Environment(stage, racks, label="first")
    one.pave()
    yield one
    one.destroy()


@pytest.mark.parametrize(
    ("zone", "rule", "fits"), [("z1", "must", True), ("z2", "must", False), ("z1", "should", False)]
)
def test_the_hosts_that_machines_must_run_on_reach_it(
    stage: Sandboxed, first: Environment, ca: Path, zone: str, rule: str, fits: bool
) -> None:
    with small_switch(stage.vcenter()) as name:

        def racked(document: Document) -> None:
            on_clusters("racked", ca)(document)
            section = document["iaas"]["vsphere"]
            section["zones"] = {
                own: {
                    "cluster": "shared",
                    "host_group": {"existing": f"sandbox-{own}-{first.digits}", "rule": rule},
                }
                for own in ("z1", "z2")
            }
            section |= {"switch": "sandbox", "port_groups": {"lb": name}}
            document["networks"]["lb"] = {"existing": True, "zones": [zone]}
            del section["vlans"]["lb"]

        second = tenant(stage, f"racked-{zone}-{rule}", racked)
        if fits:
            assert {str(step.key): step.action for step in second.plan()}["network/lb"] is Action.ADOPT
        else:
            with pytest.raises(PreflightFailed) as caught:
                api.plan(second.loaded(), second.options())
            assert caught.value.facts == (("network/lb", "does not fit: unreached"),)
