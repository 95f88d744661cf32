"""Killed at any call between a host's settings as they were and as they shall be, nothing of what was is lost.

Whatever was asked for last, asking for nothing afterwards brings back what was there before anything was.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator

import pytest
from environments import Document, Environment
from killing import Point, killed, points
from recorded import forget, mutations
from sandboxes import Sandboxed

pytestmark = pytest.mark.sandbox

SEED = int(os.environ.get("PAVER_TEST_SEED", str(int(time.time()) // 3600)))
"""Which sixth of the points this run takes; it changes by the hour."""
SIXTH = 6
SET, PUT_BACK = 12, 11
"""Mutating calls of a clean run: claim, directory, note, eight that set, id; eight, id, note, claim."""
SETTINGS: Document = {
    "ntp": ["ntp-1.example.com"],
    "dns_servers": ["10.1.0.53"],
    "search_domains": ["example.com"],
    "services": {"ssh": True, "ntpd": True},
    "port_groups": {"vmotion": {"vlan": 30}, "VM Network": {"vlan": 9}},
}


def smallest(document: Document) -> None:
    """One zone, one host."""
    section = document["iaas"]["vsphere"]
    document["zones"] = 1
    document["networks"] = {"management": {}, "services": {}}
    document["load_balancers"] = {}
    document["credentials"] = {"blobstore": document["credentials"]["blobstore"]}
    section["zones"] = {"z1": section["zones"]["z1"]}
    section["vlans"] = {"management": 20, "services": 21}
    del section["addresses"]["concourse"]


class Life:
    """One host, on which settings are asked for and given up again."""

    def __init__(self, stage: Sandboxed) -> None:
        self.stage = stage
        self.environment = Environment(stage, smallest)
        self.environment.pave()
        self.before = self.facts()
        forget(stage)
        self.ask()
        self.environment.pave()
        self.to_set = sum(mutations(stage).values())
        self.set = self.facts()
        forget(stage)
        self.give_up()
        self.to_put_back = sum(mutations(stage).values())

    def facts(self) -> Document:
        """Settings and notes, as the sandbox itself has them."""
        (props,) = self.stage.census("esxi-1", "HostSystem").values()
        files = self.stage.census("esxi-1", "Datastore")["/ha-datacenter/datastore/datastore1"]["files"]
        groups = self.stage.census("esxi-1", "HostPortGroup")
        return {name: props[name] for name in ("ntp", "dns", "services")} | {"files": files, "groups": groups}

    def ask(self) -> None:
        self.environment.edit(lambda document: document["iaas"]["vsphere"].update(host_settings=SETTINGS))

    def give_up(self) -> None:
        """Ask for nothing: all is as it was at first."""
        self.environment.edit(lambda document: document["iaas"]["vsphere"].pop("host_settings", None))
        self.environment.pave()
        assert self.facts() == self.before

    def struck(self, point: Point, *, forgetful: bool) -> None:
        """A pave that is killed at a point, perhaps without its state directory afterwards."""
        assert killed(self.stage, self.environment.command("pave", "-y", "--parallelism", "1"), point)
        if forgetful:
            shutil.rmtree(self.environment.state, ignore_errors=True)


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    stage = Sandboxed(tmp_path_factory.mktemp("kill-settings"), first_boot={"seconds": 0.05})
    try:
        yield Life(stage)
    finally:
        stage.close()


def test_a_clean_run_makes_as_many_mutating_calls_as_are_on_record(life: Life) -> None:
    assert (life.to_set, life.to_put_back) == (SET, PUT_BACK)


def test_killed_while_it_is_set_a_host_is_set_next_time_and_put_back_in_the_end(life: Life) -> None:
    for number, point in enumerate(points(SET)[SEED % SIXTH :: SIXTH]):
        life.ask()
        life.struck(point, forgetful=bool(number % 2))
        life.environment.pave()
        assert life.facts() == life.set
        life.give_up()


def test_killed_while_it_is_set_and_given_up_at_once_a_host_is_as_it_was(life: Life) -> None:
    for number, point in enumerate(points(SET)[(SEED + 1) % SIXTH :: SIXTH]):
        life.ask()
        life.struck(point, forgetful=bool(number % 2))
        life.give_up()


def test_killed_while_it_is_put_back_a_host_is_as_it_was_next_time(life: Life) -> None:
    for number, point in enumerate(points(PUT_BACK)[SEED % SIXTH :: SIXTH]):
        life.ask()
        life.environment.pave()
        life.environment.edit(lambda document: document["iaas"]["vsphere"].pop("host_settings"))
        life.struck(point, forgetful=bool(number % 2))
        life.give_up()


def test_killed_while_it_is_put_back_and_asked_for_again_a_host_is_set_and_put_back_in_the_end(life: Life) -> None:
    for number, point in enumerate(points(PUT_BACK)[(SEED + 1) % SIXTH :: SIXTH]):
        life.ask()
        life.environment.pave()
        life.environment.edit(lambda document: document["iaas"]["vsphere"].pop("host_settings"))
        life.struck(point, forgetful=bool(number % 2))
        life.ask()
        life.environment.pave()
        assert life.facts() == life.set
        life.give_up()


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_killed_at_every_call_nothing_of_what_was_is_lost(life: Life) -> None:
    for number, point in enumerate(points(SET)):
        life.ask()
        life.struck(point, forgetful=bool(number % 2))
        life.environment.pave()
        assert life.facts() == life.set
        life.environment.edit(lambda document: document["iaas"]["vsphere"].pop("host_settings"))
        if point.number < PUT_BACK:
            life.struck(point, forgetful=not number % 2)
        life.give_up()
