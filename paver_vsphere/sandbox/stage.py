"""A sandbox for one test: started here, ended by its process id."""

# ruff: noqa: ANN401  the control endpoint answers whatever it is asked
from __future__ import annotations

import http.client
import json
from contextlib import closing
from pathlib import Path
from typing import Any, ClassVar

from pydantic import JsonValue

from paver.contract import stage
from paver_vsphere.sandbox.emulator import VsphereSandbox
from paver_vsphere.sandbox.layout import Layout

FAST = {"first_boot": {"outcome": "CONFIGURED", "seconds": 0.05}, "lease_seconds": 2, "idle_seconds": 300}
START = 20.0
"""Seconds within which a sandbox is up."""


class Stage(stage.Stage):
    """A running sandbox, and its control endpoint."""

    start: ClassVar[float] = START

    def __init__(self, directory: Path, where: Layout) -> None:
        self.sandbox = VsphereSandbox(where, FAST)
        super().__init__(self.sandbox, directory)

    def control(self, path: str, body: JsonValue | None = None) -> Any:
        """Ask the control endpoint; a body makes it a POST."""
        with closing(http.client.HTTPConnection(self.ready["control"].removeprefix("http://"), timeout=10)) as asked:
            data = None if body is None else json.dumps(body)
            asked.request(
                "GET" if body is None else "POST", path, data, {"Authorization": f"Bearer {self.ready['token']}"}
            )
            answer = asked.getresponse()
            text = answer.read()
        if answer.status >= http.client.BAD_REQUEST:
            raise RuntimeError(f"the sandbox's control refuses {path}: {text.decode()}")
        return json.loads(text) if text else None

    def password(self, name: str) -> str:
        """One of its passwords."""
        return (self.directory / f"{name}.password").read_text(encoding="utf-8").strip()
