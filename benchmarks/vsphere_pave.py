"""What a pave costs on the sandbox's example environment, at 75 ms a call: one row of a table.

python benchmarks/vsphere_pave.py [--latency 75]

Two runs: one as anybody pays for it, which gives calls, seconds and memory; one whose exchanges are recorded where they
leave the process, which gives waits and two chains of dependent calls.

By ids: the longest sequence of calls that each name an id that the one before it told. The hosts' and the vCenter's are
added: nobody asks a vCenter before its appliance is booted. It is what ids prove: that a port group's name was noted
before the group was made, or that a host was found fit before anything was changed, no id tells.
By steps: the calls on the longest path of the engine's own graph, from the first connection through preflight and the
listing to the last step; things that change one at a time (port groups of one switch) follow one another.
"""

from __future__ import annotations

import argparse
import http.client
import io
import os
import pickle
import re
import sys
import tempfile
import threading
import time
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from paver.conformance.wire.chain import longest_chain
from paver.conformance.wire.log import Exchange
from paver.conformance.wire.sample import Sample
from paver.conformance.wire.sort import Sort
from paver.contract.resource import Key
from paver.engine.caller import Caller
from paver.engine.order import needs, ordered
from paver.kept.wanted import wanted as kept
from paver.settings import load_spec
from paver_vsphere.conformance import BOOKKEEPING, READS
from paver_vsphere.driver import VsphereDriver
from paver_vsphere.sandbox.layout import layout
from paver_vsphere.sandbox.stage import FAST, Stage
from paver_vsphere.settings import VsphereSettings

FIRST_BOOT = float(FAST["first_boot"]["seconds"])  # type: ignore[index]  # a settings document of mixed values
RECORD = "PAVER_BENCHMARK_RECORD"
_GZIP_OR_ZLIB = 47  # zlib's window bits: 32 for "tell by the header", 15 for the largest window
_TASK = re.compile(rb'<obj type="Task">([\w-]+)</obj>')
_METHOD = re.compile(rb"<(?:\w+:)?Body[^>]*>\s*<(?:\w+:)?(\w+)")


class Sent(NamedTuple):
    """One exchange, and for which step it was sent."""

    exchange: Exchange
    step: str
    """A resource's key, or what else the engine says that it does; empty: preflight, on threads of its own."""
    thread: int


@dataclass
class Recorder:
    """Every exchange of this process, as it leaves and comes back."""

    began: float = field(default_factory=time.monotonic)
    found: list[Sent] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    at: threading.local = field(default_factory=threading.local)

    def follow(self) -> None:
        """Know which step each worker thread is at."""
        call = Caller.call

        async def said(caller: Caller, what: str, function: Any) -> Any:  # noqa: ANN401  whatever the engine calls
            def work() -> Any:  # noqa: ANN401  the same
                self.at.step = what
                return function()

            return await call(caller, what, work)

        Caller.call = said  # type: ignore[method-assign,assignment]  # that is the following

    def start(self) -> None:
        """Listen at the standard library's client, which everything of this driver goes through."""
        request, answer = http.client.HTTPConnection.request, http.client.HTTPConnection.getresponse
        asked: dict[int, tuple[float, str, str, bytes]] = {}

        def send(connection: Any, method: str, url: str, body: Any = None, *rest: Any, **more: Any) -> None:  # noqa: ANN401  the library's own
            text = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else b""
            asked[id(connection)] = (time.monotonic(), method, url, text)
            request(connection, method, url, body, *rest, **more)

        def receive(connection: Any) -> Any:  # noqa: ANN401  the library's own
            response: Any = answer(connection)
            body = response.read()
            self._note(f"{connection.host}:{connection.port}", asked.pop(id(connection)), response, body)
            response.fp, response.length, response.chunked = io.BytesIO(body), len(body), False
            return response

        http.client.HTTPConnection.request = send  # type: ignore[method-assign,assignment]  # that is the recording
        http.client.HTTPConnection.getresponse = receive  # type: ignore[method-assign,assignment]  # the same

    def _note(self, route: str, asked: tuple[float, str, str, bytes], response: Any, body: bytes) -> None:  # noqa: ANN401  the library's own
        at, verb, url, text = asked
        method = _METHOD.search(text)
        name = method.group(1).decode() if method else f"{verb} /{url.lstrip('/').partition('/')[0]}"
        if response.headers.get("content-encoding") in {"gzip", "deflate"}:
            body = zlib.decompressobj(_GZIP_OR_ZLIB).decompress(body)
        with self.lock:
            step, thread = getattr(self.at, "step", ""), threading.get_ident()
            self.found.append(
                Sent(
                    Exchange(
                        number=len(self.found) + 1,
                        route=route,
                        began=at - self.began,
                        verb=verb,
                        path=url.partition("?")[0],
                        operation=name,
                        sort=Sort.READ if name in READS else Sort.BOOKKEEPING if name in BOOKKEEPING else Sort.MUTATION,
                        status=response.status,
                        seconds=time.monotonic() - at,
                        asked=Sample(target=url.encode(), body=bytearray(text), size=len(text)),
                        told=Sample(body=bytearray(body), size=len(body)),
                    ),
                    step,
                    thread,
                )
            )


class Ended(NamedTuple):
    """One process, as its parent sees it."""

    seconds: float
    peak: int
    """Resident memory at its highest, bytes."""


def run(stage: Stage, state: Path, *arguments: str, record: Path | None = None) -> Ended:
    """A verb in a process of its own."""
    verb, *rest = arguments
    command = [sys.executable, "-m", "paver"] if record is None else [sys.executable, __file__]
    command += [verb, "-c", str(stage.directory / "environment.yml"), "--iaas", "vsphere", "--state-dir", str(state)]
    began = time.perf_counter()
    with (stage.directory / "paver.log").open("wb") as log:
        fresh = {**os.environ, **({RECORD: str(record)} if record is not None else {})}
        actions = [(os.POSIX_SPAWN_DUP2, log.fileno(), 1), (os.POSIX_SPAWN_DUP2, log.fileno(), 2)]
        process = os.posix_spawn(sys.executable, [*command, *rest], fresh, file_actions=actions)
        _, status, used = os.wait4(process, 0)
    if status:
        raise SystemExit((stage.directory / "paver.log").read_text(encoding="utf-8"))
    unit = 1 if sys.platform == "darwin" else 1024
    return Ended(time.perf_counter() - began, used.ru_maxrss * unit)


def things(stage: Stage) -> Counter[str]:
    """Everything that is there, and every grant."""
    found: Counter[str] = Counter()
    for scope, all_ in stage.control("/census").items():
        for one in all_:
            found[f"{scope} {one['type']} {one['path']}"] += 1
            for grant in one["props"].get("permissions", ()):
                found[f"{scope} grant {one['path']} {grant}"] += 1
    return found


def figures(stage: Stage, latency: int) -> str:
    """Pave twice, and write the row."""
    spec = stage.sandbox.spec(stage.directory, uuid4())
    (stage.directory / "environment.yml").write_text(spec, encoding="utf-8")
    bare = things(stage)
    stage.control("/settings", {"latency_ms": latency})
    stage.control("/calls", {})
    ended = run(stage, stage.directory / "state", "pave", "-y")
    calls = Counter(str(call["method"]) for call in stage.control("/calls")["calls"])
    made = sum((things(stage) - bare).values())
    stage.control("/settings", {"latency_ms": 0})
    run(stage, stage.directory / "state", "destroy", "-y", "--confirm-env", "sandbox")
    stage.control("/settings", {"latency_ms": latency})
    record = stage.directory / "record"
    run(stage, stage.directory / "state", "pave", "-y", record=record)
    sent: list[Sent] = pickle.loads(record.read_bytes())  # noqa: S301  written by the run above
    exchanges = [one.exchange for one in sent]
    polls = Counter(task for one in exchanges for task in _TASK.findall(bytes(one.asked.body)))
    vcenter = f"{stage.sandbox.where.vcenter}:{stage.sandbox.where.vcenter_port}"
    before = longest_chain([one for one in exchanges if one.route != vcenter])
    after = longest_chain([one for one in exchanges if one.route == vcenter])
    by_ids, by_steps = len(before) + len(after), chain_by_steps(stage, sent)
    mutating = sum(count for name, count in calls.items() if name not in {*READS, *BOOKKEEPING})
    aside = sum(count for name, count in calls.items() if name in BOOKKEEPING)
    reads = sum(calls.values()) - mutating - aside - sum(polls.values())

    def beside(chain: int) -> float:
        return ended.seconds / (chain * latency / 1000 + FIRST_BOOT)

    row = [
        f"{made}",
        f"{mutating}",
        f"{sum(polls.values())} for {len(polls)} tasks",
        f"{reads}",
        f"{mutating / made:.2f}",
        f"{ended.seconds:.1f}",
        f"{by_ids}",
        f"{beside(by_ids):.2f}",
        f"{by_steps}",
        f"{beside(by_steps):.2f}",
        f"{ended.peak / 1e6:.0f}",
    ]
    return f"| {' | '.join(row)} |"


def chain_by_steps(stage: Stage, sent: Sequence[Sent]) -> int:
    """How many calls follow one another whatever the parallelism, by the engine's own graph."""
    loaded = load_spec(stage.directory / "environment.yml", iaas="vsphere", environ={})
    assert isinstance(loaded.settings, VsphereSettings)  # noqa: S101  the sandbox's spec is vSphere's
    wanted = VsphereDriver().resources(loaded.spec, loaded.settings)
    keys = {str(want.key) for want in wanted}
    calls = Counter(one.step for one in sent if one.step in keys)
    preflight = max(Counter(one.thread for one in sent if not one.step).values(), default=0)
    engine = [one for one in sent if one.step and one.step not in calls]
    vcenter = f"{stage.sandbox.where.vcenter}:"
    outer = preflight + sum(not one.exchange.route.startswith(vcenter) for one in engine)
    inner = sum(one.exchange.route.startswith(vcenter) for one in engine)
    depth: dict[Key, int] = {}
    last: dict[str, int] = {}
    for want in ordered([*wanted, *kept(loaded.spec, shown=(), jumpbox=True)]):
        before = [depth[need] + (inner if need == want.scope else 0) for need in needs(want) if need in depth]
        serial = str(want.serial) if want.serial is not None else ""
        depth[want.key] = max([outer, *before, last.get(serial, 0)]) + calls[str(want.key)]
        if serial:
            last[serial] = depth[want.key]
    return max(depth.values())


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--latency", type=int, default=75, help="milliseconds before every answer")
    latency = parser.parse_args(arguments).latency
    with tempfile.TemporaryDirectory(prefix="paver-benchmark-") as directory:
        stage = Stage(Path(directory), layout(IPv4Network(f"127.{30 + os.getpid() % 190}.0.0/16")))
        try:
            row = figures(stage, latency)
        finally:
            stage.close()
    print(
        "| things | mutating calls | waits | reads | mutating calls a thing | wall, s "
        "| chain by ids | wall / bound | chain by steps | wall / bound | peak, MB |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    print(row)


def recorded() -> None:
    """The command itself, recorded."""
    from paver.__main__ import main as command  # noqa: PLC0415  only in the process that is recorded

    recorder = Recorder()
    recorder.start()
    recorder.follow()
    try:
        command()
    finally:
        Path(os.environ[RECORD]).write_bytes(pickle.dumps(recorder.found))


if __name__ == "__main__":
    recorded() if RECORD in os.environ else main()
