"""What the table of known versions says is shown here: a whole life over the API of each."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from sandboxes import Sandboxed
from vcenters import Existing, census

from paver_vsphere.checks.versions import KNOWN

pytestmark = pytest.mark.sandbox


@pytest.mark.parametrize("version", [f"{major}.{minor}.3" for major, minor in KNOWN])
def test_a_whole_life_is_lived_over_the_api_of_each_known_version(tmp_path: Path, version: str) -> None:
    sandboxed = Sandboxed(tmp_path, vcenter_version=version)
    try:
        server = sandboxed.configured()
        assert server.content.about.apiVersion == f"{version}.0"
        before = census(sandboxed)
        environment = Existing(sandboxed)
        told = subprocess.run(environment.command("preflight"), capture_output=True, text=True, check=False)
        assert told.returncode == 0, told.stdout
        assert f"runs vCenter {version}" in told.stdout
        assert "has not been tried" not in told.stdout
        environment.pave()
        assert environment.plan() == {}
        environment.destroy()
        assert census(sandboxed) == before
    finally:
        sandboxed.close()
