"""The README's first command, as a newcomer who is not root."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

TREE = Path(__file__).parents[1]
NOBODY = 65534


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("setpriv") is None, reason="needs root to become somebody else")
def test_make_pave_works_as_an_ordinary_user_with_empty_caches(tmp_path: Path) -> None:
    tree, home = tmp_path / "tree", tmp_path / "home"
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607  whichever git there is
        cwd=TREE,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        target = tree / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(TREE / name, target)
    home.mkdir()
    for path in (tmp_path, *tmp_path.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    for above in tmp_path.parents[:2]:  # pytest keeps them to root
        above.chmod(above.stat().st_mode | 0o011)
    become = ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"]
    environment = {**os.environ, "HOME": str(home), "GOFLAGS": "-modcacherw"}
    environment = {
        name: value
        for name, value in environment.items()
        if not name.startswith(("XDG_", "GOPATH", "GOCACHE", "PYTEST"))
    }
    try:
        done = subprocess.run(
            [*become, "make", "pave"],
            cwd=tree,
            env=environment,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "paved sandbox on vsphere" in done.stdout + done.stderr
    finally:
        down = [*become, str(tree / ".venv" / "bin" / "python"), "-m", "paver", "sandbox", "down", "--iaas", "vsphere"]
        subprocess.run(down, cwd=tree, env=environment, capture_output=True, timeout=60, check=False)
