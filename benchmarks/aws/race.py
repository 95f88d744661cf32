"""A race with Terraform on one topology, through a proxy that adds to every call and counts.

python benchmarks/aws/race.py [--rounds 5] [--latency 75] [--pending] [--mirror DIRECTORY]

Each round both pave an empty account of their own, plan with nothing to do, and destroy, one after the other; who
begins changes with each round. Before the first round an account that paver has paved is read by a raw client, and the
Terraform configuration is written from it; after each pave the accounts must hold the same things, or the race is void.

Both send up to sixteen calls at a time. Terraform takes the aws provider from a local mirror; where there is none, or
no terraform on PATH, the race is skipped, and says so. With --pending a NAT gateway takes 90 s and a balancer 120 s.
"""

from __future__ import annotations

import argparse
import configparser
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid4

from terraform import Configuration, provider
from topology import spec

from paver import sandbox
from paver.conformance.wire import Wire
from paver.conformance.wire.chain import longest_chain
from paver.conformance.wire.route import Route
from paver_aws.sandbox import AwsSandbox
from paver_aws.sandbox.census import FADING, census
from paver_aws.sandbox.emulator import CONFIG, PROFILE
from paver_aws.sandbox.pending import Pending
from paver_aws.sandbox.stage import clients

PARALLELISM = 16
SLOW = Pending(nat_gateway=90.0, balancer=120.0)
WANTED = {"pave": (1 / 15, 1 / 3), "plan": (1 / 5, 1 / 4), "destroy": (1 / 8, 1 / 3)}
"""At most these parts of Terraform's seconds and calls."""
MEMORY = 1 / 5
MEMORY_EVERY = 0.05
_PAGE = os.sysconf("SC_PAGE_SIZE") / 2**20


class Cost(NamedTuple):
    """Of one command."""

    seconds: float
    cpu: float
    calls: int
    megabytes: float
    chain: int
    """Calls that each name what the one before it told."""


class Track:
    """One contestant's account: an emulator, and the proxy that its commands go through."""

    def __init__(self, directory: Path, latency: float, pending: Pending) -> None:
        self.directory = directory
        self._sandbox = AwsSandbox(idle=3600.0, pending=pending)
        running = sandbox.up(self._sandbox, "aws", directory)
        self.url = str(running.ready()["url"])
        self.wire = Wire(Route("127.0.0.1:0", self.url.removeprefix("http://")))
        self.wire.__enter__()
        self.wire.latency(latency)
        self.proxy = f"http://{self.wire.address()}"
        told = configparser.ConfigParser()
        told.read(directory / CONFIG)
        profile = told[f"profile {PROFILE}"]
        self.keys = {name: profile[name] for name in ("aws_access_key_id", "aws_secret_access_key")}
        self.client = clients(self.url, self.keys)

    def close(self) -> None:
        """End it."""
        self.wire.close()
        sandbox.down("aws", self.directory)

    def things(self, lease: str) -> Counter[str]:
        """What stands in it, but for paver's own bookkeeping and keys that fade."""
        found = Counter(f"{one.noun} {one.name}" for one in census(self.client) if one.noun != FADING)
        del found[f"bucket {lease}"]
        return found

    def run(self, command: Sequence[str], directory: Path) -> Cost:
        """One command, with its children. Raises CalledProcessError with what it said."""
        self.wire.reset()
        began = time.monotonic()
        with (directory / "said").open("w") as said:
            process = subprocess.Popen(command, cwd=directory, stdout=said, stderr=subprocess.STDOUT, env=_environ())
            peak = _Peak(process.pid)
            _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
        peak.stop()
        if status:
            print((directory / "said").read_text()[-4000:], file=sys.stderr)
            raise subprocess.CalledProcessError(status, command)
        exchanges = self.wire.exchanges
        cpu = usage.ru_utime + usage.ru_stime
        return Cost(seconds, cpu, len(exchanges), peak.megabytes, len(longest_chain(exchanges)))


class _Peak:
    """The most memory that a process and its descendants held together, looked at twenty times a second."""

    def __init__(self, pid: int) -> None:
        self.megabytes = 0.0
        self._pid, self._over = pid, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(MEMORY_EVERY):
            self.megabytes = max(self.megabytes, sum(map(_resident, _family(self._pid))))


def _family(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += [int(child) for child in task.read_text().split()]
            except OSError:
                continue
    return found


def _resident(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0.0


def _environ() -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PAVER_", "TF_"))}
    return {**clean, "NO_COLOR": "1", "CHECKPOINT_DISABLE": "1", "AWS_EC2_METADATA_DISABLED": "true"}


class Paver:
    """One environment, paved by the command."""

    name = "paver"

    def __init__(self, track: Track, directory: Path, owner: UUID) -> None:
        self._track, self._directory = track, directory
        config = directory / "aws-config"
        config.write_text((track.directory / CONFIG).read_text().replace(track.url, track.proxy))
        spec(directory, owner, config, PROFILE)

    def run(self, verb: str) -> Cost:
        """pave, plan or destroy."""
        sure = {"pave": ["-y"], "plan": [], "destroy": ["-y", "--confirm-env", "race"]}[verb]
        words = [verb, "-c", "environment.yml", "--iaas", "aws", "--state-dir", "state", *sure]
        return self._track.run([sys.executable, "-m", "paver", *words], self._directory)


class Terraformer(NamedTuple):
    """Where Terraform is."""

    program: str
    mirror: Path
    """Of the aws provider."""


class Terraform:
    """The same, by Terraform."""

    name = "terraform"

    def __init__(self, track: Track, directory: Path, configuration: Configuration, by: Terraformer) -> None:
        self._track, self._directory, self._program = track, directory, by.program
        led = provider(track.proxy, track.keys["aws_access_key_id"], track.keys["aws_secret_access_key"])
        (directory / "main.tf.json").write_text(configuration.document(led))
        subprocess.run(
            [by.program, "init", "-input=false", f"-plugin-dir={by.mirror}"],
            cwd=directory,
            check=True,
            stdout=subprocess.DEVNULL,
            env=_environ(),
        )

    def run(self, verb: str) -> Cost:
        """Apply, plan or destroy."""
        words = {
            "pave": ["apply", "-auto-approve", f"-parallelism={PARALLELISM}"],
            "plan": ["plan", "-detailed-exitcode", f"-parallelism={PARALLELISM}"],
            "destroy": ["destroy", "-auto-approve", f"-parallelism={PARALLELISM}"],
        }[verb]
        return self._track.run([self._program, *words, "-input=false", "-no-color"], self._directory)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--latency", type=float, default=75, help="milliseconds that the proxy adds to a call")
    parser.add_argument("--pending", action="store_true", help="NAT gateways and balancers take their time")
    mirror = os.environ.get("TERRAFORM_MIRROR", "")
    parser.add_argument("--mirror", type=Path, default=Path(mirror) if mirror else None, help="of the aws provider")
    asked = parser.parse_args()
    program = shutil.which("terraform")
    if program is None:
        sys.exit("skipped: no terraform on PATH")
    if asked.mirror is None or not asked.mirror.is_dir():
        sys.exit("skipped: --mirror or TERRAFORM_MIRROR must name a directory with the aws provider")
    with tempfile.TemporaryDirectory() as directory:
        pending = SLOW if asked.pending else Pending()
        race = Race(Path(directory), asked.latency / 1000, pending, Terraformer(program, asked.mirror))
        for number in range(asked.rounds):
            race.round(number)
        race.tell()


class Race:
    """All rounds."""

    def __init__(self, directory: Path, latency: float, pending: Pending, by: Terraformer) -> None:
        self._directory, self._latency, self._pending, self._terraform = directory, latency, pending, by
        self._owner = uuid4()
        self._costs: dict[tuple[str, str], list[Cost]] = {}
        self._configuration, self._expected = self._scout()

    def round(self, number: int) -> None:
        """One each, on accounts that are empty."""
        makers: list[Callable[[Track, Path], Paver | Terraform]] = [
            lambda track, place: Paver(track, place, self._owner),
            lambda track, place: Terraform(track, place, self._configuration, self._terraform),
        ]
        for make in makers if number % 2 == 0 else reversed(makers):
            track, place = self._track(f"round-{number}", self._pending, self._latency)
            try:
                self._lap(make(track, place), track)
            finally:
                track.close()
                shutil.rmtree(place.parent, ignore_errors=True)

    def _lap(self, one: Paver | Terraform, track: Track) -> None:
        lease = f"paver-lease-{self._owner}"
        for verb in WANTED:
            cost = one.run(verb)
            self._costs.setdefault((one.name, verb), []).append(cost)
            print(f"{one.name} {verb}: {cost.seconds:.1f} s, {cost.calls} calls", file=sys.stderr)
            expected = Counter[str]() if verb == "destroy" else self._expected
            if (found := track.things(lease)) != expected:
                sys.exit(f"void: too many {found - expected}, missing {expected - found}, after {one.name} {verb}")

    def _scout(self) -> tuple[Configuration, Counter[str]]:
        """Pave once without a clock, and read what that is."""
        track, place = self._track("scout", Pending(), 0.0)
        try:
            Paver(track, place, self._owner).run("pave")
            lease = f"paver-lease-{self._owner}"
            return Configuration(track.client, lease), track.things(lease)
        finally:
            track.close()

    def _track(self, name: str, pending: Pending, latency: float) -> tuple[Track, Path]:
        place = self._directory / name / "work"
        place.mkdir(parents=True, exist_ok=True)
        return Track(self._directory / name / "sandbox", latency, pending), place

    def tell(self) -> None:
        """The table, in Markdown."""
        blocks = sum(len(named) for named in self._configuration.blocks.values())
        print(f"{sum(self._expected.values())} things by the census, {blocks} Terraform resources\n")
        print("| | paver | Terraform | paver's part | wanted |\n|---|---|---|---|---|")
        for verb, (seconds, calls) in WANTED.items():
            self._row(f"{verb}, seconds", verb, lambda cost: cost.seconds, seconds, "{:.1f}")
            self._row(f"{verb}, CPU seconds", verb, lambda cost: cost.cpu, None, "{:.1f}")
            self._row(f"{verb}, calls", verb, lambda cost: cost.calls, calls, "{:.0f}")
            self._row(f"{verb}, peak memory, MB", verb, lambda cost: cost.megabytes, MEMORY, "{:.0f}")
            chain = self._median("paver", verb, lambda cost: cost.chain)
            bound = chain * self._latency
            slower = self._median("paver", verb, lambda cost: cost.seconds) / bound if bound else 0.0
            print(
                f"| {verb}, bound: {chain:.0f} calls that follow one another | {bound:.2f} s | | {slower:.1f} times | |"
            )

    def _row(self, what: str, verb: str, of: Callable[[Cost], float], wanted: float | None, form: str) -> None:
        ours, theirs = (self._median(name, verb, of) for name in ("paver", "terraform"))
        goal = f"1/{1 / wanted:.0f}" if wanted else ""
        part = f"1/{theirs / ours:.1f}" if ours else ""
        print(f"| {what} | {form.format(ours)} | {form.format(theirs)} | {part} | {goal} |")

    def _median(self, name: str, verb: str, of: Callable[[Cost], float]) -> float:
        return statistics.median(of(cost) for cost in self._costs[name, verb])


if __name__ == "__main__":
    main()
