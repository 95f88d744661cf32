"""A stranger's driver: written by `paver new-driver`, installed as pip leaves it, judged and used as a user would."""

from __future__ import annotations

import configparser
import os
import subprocess
import sys
import tomllib
from pathlib import Path

from paver.scaffold import write_package

NAME = "hyper-cloud"
PACKAGE = "paver_hyper_cloud"


class Stranger:
    """One package in a directory of its own, beside which its distribution's facts lie.

    Args:
        directory: Where. It becomes a place from which Python imports.
    """

    def __init__(self, directory: Path) -> None:
        self.home = directory / "home"
        self.home.mkdir(parents=True)
        self.project = directory / "project"
        write_package(NAME, self.project)
        self.package = self.project / PACKAGE
        told = tomllib.loads((self.project / "pyproject.toml").read_text())["project"]
        points = configparser.ConfigParser(delimiters=("=",))
        points.read_dict(told["entry-points"])
        info = self.project / f"{PACKAGE}-{told['version']}.dist-info"
        info.mkdir()
        with (info / "entry_points.txt").open("w") as file:
            points.write(file)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {told['name']}\nVersion: {told['version']}\n")

    def change(self, file: str, before: str, after: str) -> None:
        """Edit a module; what is replaced must be there."""
        path = self.package / file
        text = path.read_text()
        assert before in text, (file, before)
        path.write_text(text.replace(before, after, 1))

    def run(self, *command: str, timeout: float = 240) -> subprocess.CompletedProcess[str]:
        """`python -m` something, where the package is installed."""
        environ = {
            **os.environ,
            "HOME": str(self.home),
            "XDG_STATE_HOME": str(self.home / "state"),
            "PYTHONPATH": str(self.project),
            "PYTEST_ADDOPTS": f"--basetemp={self.home / 'kit'}",
            "NO_COLOR": "1",
        }
        return subprocess.run(
            [sys.executable, "-m", *command],
            cwd=self.home,
            env=environ,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
