"""Completion: each script is one that its shell accepts, and what it asks for is answered."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from paver.cli.menu import VERBS, root

SHELLS = ["bash", "zsh", "fish"]


def script(shell: str, *more: str) -> str:
    done = CliRunner().invoke(root, ["completion", shell, *more])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_for_the_command_that_was_named(shell: str) -> None:
    assert "_PAVER_COMPLETE" in script(shell)
    assert "_IAAS_PAVER_COMPLETE" in script(shell, "--for", "iaas-paver")


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_accepts_it(shell: str) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    done = subprocess.run([program, "-n"], input=script(shell), text=True, capture_output=True, check=False, timeout=20)
    assert done.returncode == 0, done.stderr


def test_bash_completes_a_verb_with_it() -> None:
    source = script("bash")
    function = next(word for word in source.split() if word.endswith("_completion()")).removesuffix("()")
    ask = f"{source}\nCOMP_WORDS=(paver lef); COMP_CWORD=1; {function} paver; echo ${{COMPREPLY[@]}}"
    environ = {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    bash = shutil.which("bash") or "bash"
    done = subprocess.run([bash, "-c", ask], capture_output=True, text=True, check=False, env=environ)
    assert done.stdout.split() == ["leftovers"], done.stderr


def test_another_shell_is_refused() -> None:
    done = CliRunner().invoke(root, ["completion", "csh"])
    assert done.exit_code == 2
    assert "bash" in done.output


def test_every_verb_can_be_completed() -> None:
    environ = {**os.environ, "_PAVER_COMPLETE": "bash_complete", "COMP_WORDS": "paver ", "COMP_CWORD": "1"}
    done = subprocess.run([sys.executable, "-m", "paver"], capture_output=True, text=True, check=False, env=environ)
    assert {line.partition(",")[2] for line in done.stdout.splitlines()} == {verb.name for verb in VERBS}
