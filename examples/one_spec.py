"""One spec, paved on every emulator that is here, rendered in every format, compared: `python one_spec.py [IAAS ...]`.

A driver joins by being installed and having a sandbox. What is printed is a line for each, and every neutral path in
which two of the documents differ, and everything that BOSH's CPI does not find: there is none, or the exit code is 1.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

import paver
from paver import api, registry, sandbox
from paver.render.names import FORMATS
from paver.render.neutral import Paths, differences, paths

ZONES = ("z1", "z2")
SPEC, STATE = "one.yml", "state"
NEUTRAL: Mapping[str, Any] = {
    "schema_version": 1,
    "name": "staging",
    "id": "7c1f0a52-5c4e-4b7e-9a0e-2f6d3b8e91a4",
    "labels": {"team": "platform"},
    "zones": list(ZONES),
    "networks": {"management": {}, "services": {}, "workload": {}, "lb": {}},
    "datastores": {
        "vms": {"purpose": "ephemeral"},
        "disks": {"purpose": "persistent"},
        "blobs": {"purpose": "object"},
    },
    "credentials": {
        "bosh-cpi": {"allows": "bosh-cpi"},
        "blobstore": {"allows": "blobstore", "datastore": "blobs"},
    },
    "certificates": {
        "authorities": {"root": {}, "intermediate": {"signed_by": "root"}},
        "leaves": {"concourse": {"names": ["concourse"]}},
    },
    "load_balancers": {"concourse": {"ports": [443]}},
    "dns": {"zone": "staging.example.com"},
    "ntp": ["ntp1.example.com"],
    "proxy": {"https": "http://proxy.example.com:3128", "no_proxy": [".example.com"]},
    "secrets": "file:secrets",
}
"""All that a spec says above `iaas:`, but for the address space: an emulator names the one that it can listen in."""


def with_sandboxes() -> list[str]:
    """The drivers that are installed and have an emulator."""
    ready = [entry.name for entry in registry.entries() if entry.state == registry.READY]
    return [name for name in ready if registry.driver(name).sandbox() is not None]


@contextmanager
def paved(iaas: str, directory: Path, **more: Any) -> Iterator[tuple[paver.PavedEnvironment, Path]]:  # noqa: ANN401  parts of a spec
    """The document of the spec on this driver's emulator, and the directory where references to secrets start.

    Args:
        iaas: The driver's name.
        directory: Where the emulator may live; it and all that it holds end with the context.
        more: Parts of the spec that are to be otherwise.
    """
    emulator = registry.driver(iaas).sandbox()
    if emulator is None:
        raise paver.PaverError(f"the driver {iaas} has no sandbox")
    home = directory / iaas
    running = sandbox.up(emulator, iaas, home)
    try:
        example = yaml.safe_load(running.spec.read_text(encoding="utf-8"))
        section = example["iaas"][iaas]
        section["zones"] = {zone: section["zones"][zone] for zone in ZONES}
        file = home / SPEC
        spec = {**NEUTRAL, "address_space": example["address_space"], **more, "iaas": {iaas: section}}
        file.write_text(yaml.safe_dump(spec, sort_keys=False), encoding="utf-8")
        loaded = paver.load_spec(file, iaas=iaas, environ={})
        yield paver.pave(loaded, paver.Options(state_dir=home / STATE)), home
    finally:
        sandbox.down(iaas, home)


def looked_up(iaas: str, home: Path) -> tuple[int, list[str]]:
    """How much of it BOSH's CPI finds with its own credential, and what it does not find or may not do."""
    loaded = paver.load_spec(home / SPEC, iaas=iaas, environ={})
    findings = api.verify_bosh(loaded, paver.Options(state_dir=home / STATE))
    found = sum(finding.severity == "ok" for finding in findings)
    return found, [f"{iaas}: {finding.what}" for finding in findings if finding.severity == "fail"]


def main(names: Sequence[str]) -> int:
    """Pave, render, look up as BOSH does, compare; one line each."""
    found: dict[str, Paths] = {}
    said: list[str] = []
    for iaas in names or with_sandboxes():
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as place, paved(iaas, Path(place)) as (environment, base):
            seconds = time.monotonic() - began
            files = [one for name in FORMATS for one in api.reveal(api.render(environment, name), base)]
            lookups, failed = looked_up(iaas, base)
            found[iaas] = paths(json.loads(environment.model_dump_json()))
        first = next(iter(found))
        differing = differences(found[first], found[iaas])
        said += failed
        said += [f"{first} and {iaas}: {line}" for line in differing]
        print(
            f"{iaas:<12} paved in {seconds:4.1f} s, {len(files)} files in {len(FORMATS)} formats, "
            f"{lookups} look-ups of BOSH's CPI, {len(found[iaas])} neutral paths, {len(differing)} unlike {first}'s"
        )
    print(*said, sep="\n", end="\n" if said else "")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
