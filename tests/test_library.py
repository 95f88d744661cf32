"""What a pipeline task imports."""

import subprocess
import sys

import paver
from paver import api
from paver.settings import load_spec


def test_the_verbs_are_there_where_a_task_looks_for_them() -> None:
    assert paver.pave is api.pave
    assert paver.load_spec is load_spec
    assert all(getattr(paver, name) is not None for name in paver.__all__)


def test_importing_paver_loads_nothing() -> None:
    code = "import sys, paver; print(sorted({'pydantic', 'yaml', 'requests', 'rich', 'click'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
