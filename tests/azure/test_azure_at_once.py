"""How much is sent to Azure at one time: eight changes at most, and of one virtual network one."""

from __future__ import annotations

import re
import threading
import time
from uuid import uuid4

import pytest
from azure_account import AzureAccount, AzureEnvironment, Document

from paver_azure import places
from paver_azure.driver import AzureDriver
from paver_azure.sandbox.message import Answer, Request
from paver_azure.sandbox.store import SUCCEEDED

LATENCY = 0.2
"""Seconds that a change waits for its answer: long enough that others come meanwhile, however slow the machine is."""
PENDING = 0.3
"""Seconds that Azure goes on with a change after it has answered: long enough that a second one would meet it."""
CHANGES = {"PUT", "PATCH", "DELETE"}
MORE = tuple(f"extra{number}" for number in range(6))
_NETWORK = re.compile(r"(.+/providers/microsoft\.network/virtualnetworks/[^/]+)(/subnets/[^/]+)?")


class Traffic:
    """The changes under way in an emulated subscription, seen from its door."""

    def __init__(self, azure: AzureAccount) -> None:
        self.most = 0
        """How many there were at one time."""
        self.of_networks: list[str] = []
        """Those of virtual networks and subnets, as they came."""
        self.met: list[str] = []
        """Those that came while another of the same network was sent and unanswered, or went on."""
        self._world = azure.world
        self._serve = azure.world.serve
        self._lock = threading.Lock()
        self._sent: list[str] = []

    def serve(self, request: Request) -> Answer:
        if request.verb not in CHANGES:
            return self._serve(request)
        path = request.path.lower()
        with self._lock:
            self._look(request.verb, path)
            self._sent.append(path)
            self.most = max(self.most, len(self._sent))
        try:
            time.sleep(LATENCY)
            return self._serve(request)
        finally:
            with self._lock:
                self._sent.remove(path)

    def _look(self, verb: str, path: str) -> None:
        found = _NETWORK.fullmatch(path)
        if found is None:
            return
        self.of_networks.append(f"{verb} {path}")
        with self._world.lock:
            clock, there = self._world.clock(), list(self._world.store)
        on = [one.key for one in there if one.state != SUCCEEDED and one.until > clock]
        others = [one for one in (*self._sent, *on) if (other := _NETWORK.fullmatch(one)) and other[1] == found[1]]
        if others:
            self.met.append(f"{verb} {path} met {', '.join(others)}")


@pytest.fixture
def traffic(azure: AzureAccount, monkeypatch: pytest.MonkeyPatch) -> Traffic:
    found = Traffic(azure)
    monkeypatch.setattr(azure.world, "serve", found.serve)
    azure.world.pending = PENDING
    return found


def wide(azure: AzureAccount) -> AzureEnvironment:
    """More networks than Azure is sent changes at a time."""
    environment = azure.environment()
    ranges = list(environment.loaded().spec.address_space.subnets(prefixlen_diff=4))[8:]
    more = {name: {"purpose": "workload", "cidr": str(cidr)} for name, cidr in zip(MORE, ranges, strict=False)}

    def widened(document: Document) -> None:
        document["networks"] |= more

    environment.edit(widened)
    return environment


def narrowed(document: Document) -> None:
    document["networks"] = {"management": {}, "lb": {}}


def test_what_needs_nothing_of_each_other_is_sent_side_by_side_eight_at_a_time(
    azure: AzureAccount, traffic: Traffic
) -> None:
    wide(azure).pave(parallelism=32)
    assert traffic.most == 8


def test_a_run_that_allows_fewer_sends_fewer(azure: AzureAccount, traffic: Traffic) -> None:
    azure.environment().pave(parallelism=3)
    assert traffic.most == 3


def test_without_its_limit_there_would_be_more(
    azure: AzureAccount, traffic: Traffic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AzureDriver, "parallelism", None)
    wide(azure).pave(parallelism=32)
    assert traffic.most > 8


def test_one_virtual_network_is_changed_by_one_at_a_time_in_a_whole_life(azure: AzureAccount, traffic: Traffic) -> None:
    environment = wide(azure)
    environment.pave()
    assert len(set(traffic.of_networks)) == 1 + 2 + len(MORE)
    environment.edit(narrowed)
    environment.pave()  # nobody wants those any longer, and still they take turns
    environment.destroy()
    assert len(set(traffic.of_networks)) == 2 * (1 + 2 + len(MORE))
    assert traffic.met == []
    assert traffic.most > 1


def test_so_is_that_of_an_owner_of_whom_nothing_is_known_but_the_id(azure: AzureAccount, traffic: Traffic) -> None:
    lost = wide(azure)
    lost.pave()
    azure.environment("another").destroy(owner=lost.id)
    assert len(set(traffic.of_networks)) == 2 * (1 + 2 + len(MORE))
    assert traffic.met == []


@pytest.mark.parametrize("verb", ["pave", "destroy"])
def test_without_their_turns_they_would_meet(
    azure: AzureAccount, traffic: Traffic, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    environment = wide(azure)
    if verb == "destroy":
        environment.pave()
    monkeypatch.setattr(places, "network_serial", lambda _: str(uuid4()))
    getattr(environment, verb)()
    assert traffic.met
