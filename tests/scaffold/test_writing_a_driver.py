"""docs/writing-a-driver.md, done as it says, in a directory where nothing is."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

TREE = Path(__file__).parents[2]
PAGE = (TREE / "docs" / "writing-a-driver.md").read_text()
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FROM_THE_INDEX = "pip install 'iaas-paver[conformance]'"
WHOLE_KIT = "paver conform --iaas nimbus --workers 2"


def blocks() -> list[tuple[str, str]]:
    return [(found[1], found[2]) for found in BLOCK.finditer(PAGE)]


def test_the_page_installs_paver_once_and_ends_with_the_whole_kit() -> None:
    said = "".join(text for kind, text in blocks() if kind == "sh")
    assert said.count(FROM_THE_INDEX) == 1
    assert said.count(WHOLE_KIT) == 1


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_whoever_follows_the_page_has_a_driver_that_conforms(tmp_path: Path) -> None:
    script = ["set -eux"]
    for kind, text in blocks():
        if kind == "python":
            head, _, code = text.partition("\n")
            script.append(f"cat > {head.removeprefix('# ')} <<'END'\n{code}END")
        else:
            script.append(text.replace(FROM_THE_INDEX, f"pip install '{TREE}[conformance]'"))
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST", "PYTHONPATH", "VIRTUAL_ENV", "PAVER_"))
    }
    environ |= {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state"), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = subprocess.run(
        ["/bin/bash", "-c", "\n".join(script)],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        timeout=3500,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-8000:]
    assert re.search(r"^nimbus .*ready$", done.stdout, re.MULTILINE)
    assert "created group/management" in done.stderr
    assert len(re.findall(r"^\d+ rules kept, 0 broken", done.stdout, re.MULTILINE)) == 2
