"""What the conformance kit needs of this driver. It is the reference for the targets of others."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar
from uuid import UUID

import yaml
from pydantic import JsonValue

from paver.conformance.target import Census, Edit, Line, Site, Target, Thing, texts
from paver.conformance.wire.behaviour import Client, When
from paver.conformance.wire.log import Counts
from paver.contract import names
from paver.contract.resource import Key
from paver.contract.types import Owner
from paver.memory.hand import Hand
from paver.memory.record import Record
from paver.memory.sandbox import MemorySandbox
from paver.memory.store import FileStore
from paver.memory.world import World

ACCOUNT, OTHER_ACCOUNT = "000000000001", "000000000002"
THEIRS = UUID("3f0c7d0e-8a54-4a53-9d1b-0c6a2d9f4e17")
PASSING = frozenset({"doing", "until", "token"})
"""What of a record changes by itself."""
PENDING = 0.02

EXPECTED = """
account sandbox-bosh-cpi
balancer sandbox-concourse
bucket sandbox-blobs-{owner}
control-plane sandbox-main-{owner}
gateway sandbox-z1
gateway sandbox-z2
key sandbox-blobstore
machine sandbox-jumpbox
network sandbox-lb
network sandbox-management
network sandbox-services
network sandbox-workload
pool sandbox-z1
pool sandbox-z2
rule sandbox-lb-internal
rule sandbox-management-internal
rule sandbox-management-jumpbox
rule sandbox-services-internal
rule sandbox-workload-internal
subnet sandbox-lb-z1
subnet sandbox-lb-z2
subnet sandbox-management-z1
subnet sandbox-management-z2
subnet sandbox-services-z1
subnet sandbox-services-z2
subnet sandbox-workload-z1
subnet sandbox-workload-z2
volume sandbox-disks
volume sandbox-vms
"""


class MemoryLine(Line):
    """The world's own conditions stand for a wire: the next runs read them from variables."""

    def __init__(self, variable: str, hand: Hand) -> None:
        self._variable = variable
        self._hand = hand
        self._before = Counts(0, 0, 0)
        self._conditions: dict[str, JsonValue] = {}
        self._stale = 0.0

    def reset(self) -> None:
        """Behave, and count from nothing."""
        self._conditions = {}
        self._before = self._all()

    def counts(self) -> Counts:
        """Calls since the last reset."""
        now = self._all()
        return Counts(*(after - before for after, before in zip(now, self._before, strict=True)))

    def kill(self, client: Client, *, at: int, when: When) -> None:
        """The next process ends itself there, as if by kill -9."""
        del client
        self._conditions["kill"] = {"call": at, "when": when}

    def lose(self, at: int) -> None:
        """The next process hears nothing of that change."""
        self._conditions["lose"] = at

    def faults(self, rate: float, *, seed: int, reads_only: bool = False) -> None:
        """In all four ways, a stall being short."""
        part = rate / 4
        rates: dict[str, JsonValue] = {"throttled": part, "transient": part, "lost": part, "stall": part}
        if reads_only:
            rates = {"transient": rate}
        self._conditions |= {
            "faults": {"reads" if reads_only else "all": rates},
            "seed": seed,
            "stall_seconds": 0.05,
        }

    def latency(self, seconds: float) -> None:
        """Every call takes so long."""
        self._conditions["latency"] = seconds

    def silence(self) -> None:
        """A call takes an hour."""
        self._conditions["latency"] = 3600

    def variables(self) -> Mapping[str, str]:
        """What the next runs must find in their environment."""
        conditions = {**self._conditions, "stale": self._stale}
        return {f"{self._variable}{name.upper()}": json.dumps(it) for name, it in conditions.items()}

    def stale(self, seconds: float) -> None:
        """Listings lag by so much."""
        self._stale = seconds

    def _all(self) -> Counts:
        calls: Mapping[str, Mapping[str, int]] = self._hand.calls()  # type: ignore[assignment]  # its keys are literals
        sums = {sort: sum(of.values()) for sort, of in calls.items()}
        return Counts(sums.get("mutating", 0), sums.get("reading", 0), sums.get("bookkeeping", 0))


class MemorySite(Site):
    """One world in one directory."""

    def __init__(self, directory: Path, section: str) -> None:
        self._section = section
        self._path = directory / "world.json"
        self._world = World(FileStore(self._path, ACCOUNT))
        self._hand = Hand(self._world)
        self._owner: UUID | None = None
        self._variable = f"PAVER_SPEC__IAAS__{section.upper().replace('-', '_')}__"
        self._memory_line = MemoryLine(self._variable, self._hand)
        self.line = self._memory_line

    def spec(self, owner: UUID) -> str:
        """The sandbox's, with a world of this site's."""
        self._owner = owner
        document = yaml.safe_load(MemorySandbox().spec(self._path.parent, owner))
        section = {**document["iaas"]["memory"], "path": str(self._path), "pending": PENDING}
        return yaml.safe_dump({**document, "iaas": {self._section: section}}, sort_keys=False)

    def environ(self) -> Mapping[str, str]:
        """The conditions of the line."""
        return self._memory_line.variables()

    def census(self) -> Census:
        """The file."""
        return {
            id_: Thing(record["kind"], record["name"], _lasting(record))
            for id_, record in self._hand.everything().items()
            if record["fades"] is None
        }

    def expected(self) -> Counter[str]:
        """Every noun."""
        short = "" if self._owner is None else self._owner.hex[:10]
        return Counter(EXPECTED.format(owner=short).split("\n")[1:-1])

    def plant(self, owner: UUID) -> None:
        """Networks, subnets, gateways, volumes and machines: unmarked, another owner's, half marked."""
        others = Owner(id=THEIRS, name="sandbox")
        for short in ("management", "services", "workload", "lb"):
            key = Key(kind="network", name=short)
            half = {**names.marks(others, key), names.OWNER: ""}
            for tags in ({"team": "storage"}, names.marks(others, key), half):
                network = self._world.create("network", f"sandbox-{short}", fields={"cidr": "10.40.0.0/20"}, tags=tags)
                subnet = Key(kind="subnet", name=f"{short}/z1")
                self._world.create(
                    "subnet",
                    f"sandbox-{short}-z1",
                    fields={"cidr": "10.40.0.0/22"},
                    needs=[network["id"]],
                    tags=names.marks(others, subnet),
                )
        for kind, name in (("volume", "vms"), ("volume", "disks"), ("gateway", "z1"), ("machine", "jumpbox")):
            self._world.create(kind, f"sandbox-{name}", fields={}, tags={"paver-owner": str(owner)})
        self._ripe()

    def clone(self) -> None:
        """A restored backup of every tagged thing whose name may be there twice."""
        for record in list(self._hand.everything().values()):
            if record["tags"] and record["kind"] in {"network", "volume", "gateway", "machine"}:
                fields, tags = record["fields"], record["tags"]
                self._world.create(record["kind"], f"{record['name']}-restored", fields=fields, tags=tags)
        self._ripe()

    def edits(self) -> Sequence[Edit]:
        """A field, a field that needs a replacement, a thing gone, one broken, one gone inside the control plane."""

        def on(noun: str, name: str) -> str:
            return next(id_ for id_, thing in self.census().items() if str(thing) == f"{noun} {name}")

        return (
            Edit(
                "a volume shrank",
                frozenset({"volume/vms"}),
                lambda: self._hand.edit(on("volume", "sandbox-vms"), capacity_gib=1),
            ),
            Edit(
                "a rule is gone",
                frozenset({"rule/lb/internal"}),
                lambda: self._hand.vanish(on("rule", "sandbox-lb-internal")),
            ),
            Edit(
                "the jumpbox is broken",
                frozenset({"machine/jumpbox"}),
                lambda: self._hand.spoil(on("machine", "sandbox-jumpbox")),
            ),
            Edit(
                "a pool is gone",
                frozenset({"pool/z2"}),
                lambda: self._hand.vanish(on("pool", "sandbox-z2")),
            ),
            Edit(
                "a balancer has other ports",
                frozenset({"balancer/concourse"}),
                lambda: self._hand.edit(on("balancer", "sandbox-concourse"), ports=[8443]),
            ),
        )

    def fill(self) -> None:
        """Objects in the bucket."""
        bucket = next(id_ for id_, thing in self.census().items() if thing.noun == "bucket")
        self._hand.put(bucket, "backups/2026-11-25.tar")

    def squat(self) -> Counter[str]:
        """A machine of others in a subnet of ours."""
        subnet = next(id_ for id_, thing in self.census().items() if str(thing) == "subnet sandbox-services-z1")
        self._world.create("machine", "somebody-elses", fields={}, needs=[subnet])
        self._ripe()
        return Counter({"network sandbox-services": 1, "subnet sandbox-services-z1": 1, "machine somebody-elses": 1})

    def evict(self) -> None:
        """Their machine goes."""
        self._hand.vanish(next(id_ for id_, thing in self.census().items() if thing.name == "somebody-elses"))

    def denied(self) -> Mapping[str, str]:
        """Credentials that may do nothing."""
        return {f"{self._variable}DENIED": '["all"]'}

    def elsewhere(self) -> Mapping[str, str]:
        """A world of another account."""
        path = self._path.with_name("elsewhere.json")
        return {f"{self._variable}PATH": str(path), f"{self._variable}IDENTITY": f'"{OTHER_ACCOUNT}"'}

    def stale(self, seconds: float) -> None:
        """From now on."""
        self._memory_line.stale(seconds)

    def ids(self, document: Mapping[str, JsonValue]) -> Sequence[str]:
        """Every text that looks like an id of this IaaS."""
        kinds = {record["kind"] for record in self._hand.everything().values()}
        return [text for text in texts(dict(document)) if text.rpartition("-")[0] in kinds and text[-6:].isalnum()]

    def documented(self) -> Counter[str]:
        """Networks, subnets, stores, balancer, jumpbox, control plane."""
        return Counter(network=4, subnet=8, volume=2, bucket=1)

    def _ripe(self) -> None:
        """What was made by hand is there at once."""
        with self._world.store.lend() as state:
            for id_, record in state["things"].items():
                state["things"][id_] = {**record, "doing": ""}


class MemoryTarget(Target):
    """Worlds in files."""

    iaas: ClassVar[str] = "memory"

    @contextmanager
    def open(self, directory: Path) -> Iterator[Site]:
        """An empty world."""
        directory.mkdir(parents=True, exist_ok=True)
        yield MemorySite(directory, self.iaas)


def _lasting(record: Record) -> JsonValue:
    found: dict[str, JsonValue] = json.loads(json.dumps(record))
    return {name: value for name, value in found.items() if name not in PASSING}
