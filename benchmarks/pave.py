"""What a pave takes on an emulator behind a slow line, beside the longest chain of calls that must follow one another.

python benchmarks/pave.py --iaas azure [--latency 250]

The sandbox's whole example, with so many milliseconds before every answer, in a process of its own. The chain is the
engine's graph's: the calls of preflight, of connecting and listing, then those of the steps on the longest path, each
with its polls; things that change one at a time follow one another. Of calls that one look sends side by side, the
longest row counts that one thread sent.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import os
import pickle
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from paver.contract.resource import Key
from paver.engine.caller import Caller

RECORD = "PAVER_BENCHMARK_RECORD"
PREFLIGHT = (0, "")
"""Where calls belong that the engine did not ask for."""


class Sent(NamedTuple):
    """One request."""

    call: int
    """Of the engine's calls, which."""
    step: str
    """A resource's key, or what else the engine says that it does."""
    thread: int


class Recorder:
    """Every request of this process, and for which of the engine's calls it was sent."""

    def __init__(self) -> None:
        self.found: list[Sent] = []
        self._at = threading.local()
        self._numbers = itertools.count(1)

    def start(self) -> None:
        """Follow the engine's calls, into pools too, and listen at the standard library's client."""
        sent, submit, put = Caller._sent, ThreadPoolExecutor.submit, http.client.HTTPConnection.putrequest  # noqa: SLF001  followed from outside

        async def follow(caller: Caller, what: str, function: Callable[[], Any]) -> Any:  # noqa: ANN401  whatever it calls
            return await sent(caller, what, self._within((next(self._numbers), what), function))

        def hand_on(pool: ThreadPoolExecutor, function: Any, /, *rest: Any, **more: Any) -> Any:  # noqa: ANN401  the library's own
            return submit(pool, self._within(self._now(), function), *rest, **more)

        def note(connection: Any, *rest: Any, **more: Any) -> None:  # noqa: ANN401  the library's own
            self.found.append(Sent(*self._now(), threading.get_ident()))
            put(connection, *rest, **more)

        Caller._sent = follow  # type: ignore[method-assign,assignment]  # noqa: SLF001  that is the following
        ThreadPoolExecutor.submit = hand_on  # type: ignore[method-assign,assignment]  # the same
        http.client.HTTPConnection.putrequest = note  # type: ignore[method-assign,assignment]  # the same

    def _now(self) -> tuple[int, str]:
        return getattr(self._at, "place", PREFLIGHT)

    def _within(self, place: tuple[int, str], function: Callable[..., Any]) -> Callable[..., Any]:
        def work(*rest: Any, **more: Any) -> Any:  # noqa: ANN401  as it is called
            self._at.place, before = place, self._now()
            try:
                return function(*rest, **more)
            finally:
                self._at.place = before

        return work


def rows(sent: Sequence[Sent]) -> Counter[str]:
    """By step: how many of its requests followed one another."""
    threads: dict[tuple[int, str], Counter[int]] = defaultdict(Counter)
    for one in sent:
        threads[one.call, one.step][one.thread] += 1
    found: Counter[str] = Counter()
    for (_, step), counts in threads.items():
        found[step] += max(counts.values())
    return found


def chain(spec: Path, iaas: str, sent: Sequence[Sent]) -> int:
    """How many requests follow one another whatever the parallelism."""
    from paver.engine.order import needs  # noqa: PLC0415  not in the process that is measured
    from paver.operation import Options, subject_of  # noqa: PLC0415  the same
    from paver.settings import load_spec  # noqa: PLC0415  the same

    calls = rows(sent)
    _, about = subject_of(load_spec(spec, iaas=iaas, environ={}), Options(state_dir=spec.parent / "state"))
    keys = {str(want.key) for want in about.wanted}
    outer = sum(count for step, count in calls.items() if step not in keys)
    depth: dict[Key, int] = {}
    last: dict[str, int] = {}
    for want in about.wanted:
        serial = str(want.serial) if want.serial is not None else ""
        before = [depth[need] for need in needs(want) if need in depth]
        depth[want.key] = max([outer, *before, last.get(serial, 0)]) + calls[str(want.key)]
        if serial:
            last[serial] = depth[want.key]
    return max(depth.values())


def whole(small: str, example: str, iaas: str) -> str:
    """The sandbox's example with all its zones and networks, on the kit's own way to the emulator."""
    import yaml  # noqa: PLC0415  not in the process that is measured

    ours, document = yaml.safe_load(small), yaml.safe_load(example)
    section = document["iaas"][iaas]
    document["iaas"] = {iaas: {**section, **ours["iaas"][iaas], "zones": section["zones"]}}
    return yaml.safe_dump(document, sort_keys=False)


def figures(directory: Path, iaas: str, latency: float) -> str:
    """Pave, and write the row."""
    from paver.conformance.targets import target  # noqa: PLC0415  not in the process that is measured

    with target(iaas).open(directory / "site") as site:
        owner, stage = uuid4(), site._stage  # type: ignore[attr-defined]  # noqa: SLF001  every target here has one
        spec = directory / "environment.yml"
        spec.write_text(whole(site.spec(owner), stage.sandbox.spec(stage.directory, owner), iaas))
        line, before, record = site.line, len(site.census()), directory / "record"
        assert line is not None  # noqa: S101  every target here has one
        line.reset()
        line.latency(latency)
        environ = {**os.environ, **site.environ(), RECORD: str(record)}
        words = ["pave", "-y", "-c", str(spec), "--iaas", iaas, "--state-dir", str(directory / "state")]
        began = time.perf_counter()
        with (directory / "said").open("w") as said:
            process = os.posix_spawn(
                sys.executable,
                [sys.executable, __file__, *words],
                environ,
                file_actions=[(os.POSIX_SPAWN_DUP2, said.fileno(), 1), (os.POSIX_SPAWN_DUP2, said.fileno(), 2)],
            )
            _, status, used = os.wait4(process, 0)
        seconds = time.perf_counter() - began
        if status:
            raise SystemExit((directory / "said").read_text())
        counts, made = line.counts(), len(site.census()) - before
        length = chain(spec, iaas, pickle.loads(record.read_bytes()))  # noqa: S301  written by the run above
    cpu = used.ru_utime + used.ru_stime
    bound = length * latency
    calls = f"{counts.mutating} + {counts.reading} + {counts.bookkeeping}"
    return f"| {iaas} | {made} | {calls} | {length} | {bound:.1f} | {seconds:.1f} | {cpu:.1f} | {seconds / bound:.2f} |"


def recorded() -> None:
    """The command itself, recorded."""
    from paver.__main__ import main as command  # noqa: PLC0415  only in the process that is recorded

    recorder = Recorder()
    recorder.start()
    try:
        command()
    finally:
        Path(os.environ[RECORD]).write_bytes(pickle.dumps(recorder.found))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--iaas", required=True)
    parser.add_argument("--latency", type=int, default=250, help="milliseconds before every answer")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="paver-benchmark-") as directory:
        row = figures(Path(directory), asked.iaas, asked.latency / 1000)
    print("| | things | changes + reads + bookkeeping | chain | bound, s | wall, s | CPU, s | wall / bound |")
    print("|---|---|---|---|---|---|---|---|")
    print(row)


if __name__ == "__main__":
    recorded() if RECORD in os.environ else main()
