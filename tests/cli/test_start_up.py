from __future__ import annotations

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from paver.cli.menu import VERBS, root

HEAVY = ("pydantic", "requests", "rich", "boto3", "azure", "google", "pyVmomi", "paramiko", "cryptography", "yaml")
PROBE = f"""
import atexit, sys
heavy = {HEAVY!r}
def tell():
    found = [name for name in heavy if name in sys.modules]
    verbs = [name for name in sys.modules if name.startswith("paver.cli.verbs.")]
    open({{out!r}}, "w").write(" ".join(found) + "|" + " ".join(verbs))
atexit.register(tell)
sys.argv = ["python -m paver", *{{arguments!r}}]
from paver.__main__ import main
main()
"""

COMPLETION = {"_PAVER_COMPLETE": "bash_complete"}


@pytest.mark.parametrize(
    ("arguments", "environ", "says", "verbs"),
    [
        (["--help"], {}, "Exit codes", 0),
        (["--version"], {}, "paver ", 0),
        ([], {**COMPLETION, "COMP_WORDS": "paver pa", "COMP_CWORD": "1"}, "plain,pave\n", 0),
        ([], {**COMPLETION, "COMP_WORDS": "paver plan --ia", "COMP_CWORD": "2"}, "plain,--iaas\n", 1),
        (["plan", "--help"], {}, "--detailed-exitcode", 1),
        (["version"], {}, "Python 3", 1),
    ],
)
def test_nothing_heavy_loads_before_a_verb_runs(
    arguments: list[str], environ: dict[str, str], says: str, verbs: int, tmp_path: object
) -> None:
    out = os.path.join(str(tmp_path), "modules")  # noqa: PTH118  a text for the probe
    code = PROBE.format(out=out, arguments=arguments)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env={**os.environ, **environ}
    )
    assert says in done.stdout, done.stderr
    with open(out, encoding="utf-8") as file:  # noqa: PTH123  the same text
        heavy, _, loaded = file.read().partition("|")
    assert heavy == ""
    assert len(loaded.split()) == verbs


def test_every_verb_of_the_menu_is_there_and_explains_itself() -> None:
    for verb in VERBS:
        done = CliRunner().invoke(root, [verb.name, "--help"])
        assert done.exit_code == 0, (verb.name, done.output)
        assert "PAVER_" in done.output or "COMMAND [ARGS]" in done.output
