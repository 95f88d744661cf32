"""What paver must be allowed, by the command line: the driver's document and nothing else on stdout."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from fakes import Run
from pydantic import JsonValue

from paver.contract.spec import EnvironmentSpec
from paver.memory.driver import MemoryDriver
from paver.memory.sandbox import MemorySandbox
from paver.memory.settings import MemorySettings

OWNER = UUID("7c1f0a52-5c4e-4b7e-9a0e-2f6d3b8e91a4")
Says = Callable[[JsonValue], None]


@pytest.fixture
def spec(tmp_path: Path) -> str:
    file = tmp_path / "environment.yml"
    file.write_text(MemorySandbox().spec(tmp_path, OWNER))
    return str(file)


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Says:
    def say(document: JsonValue) -> None:
        def permissions(self: MemoryDriver, spec: EnvironmentSpec, settings: MemorySettings) -> JsonValue:
            return document

        monkeypatch.setattr(MemoryDriver, "permissions", permissions)

    return say


def test_a_document_is_printed_as_json_whichever_output_is_asked_for(run: Run, spec: str, says: Says) -> None:
    says({"Actions": ["networks/read"], "Name": "größe"})
    plain, asked = (run("permissions", "-c", spec, *more) for more in ((), ("-o", "json")))
    assert plain.code == asked.code == 0
    assert plain.out == asked.out
    assert json.loads(plain.out) == {"Actions": ["networks/read"], "Name": "größe"}
    assert plain.err == ""


def test_a_text_is_printed_as_it_is_and_as_one_string_in_json(run: Run, spec: str, says: Says) -> None:
    says("title: paver\nincludedPermissions:\n- networks.get\n")
    assert run("permissions", "-c", spec).out == "title: paver\nincludedPermissions:\n- networks.get\n"
    assert json.loads(run("permissions", "-c", spec, "-o", "json").out).startswith("title: paver\n")


def test_a_driver_without_a_document_says_so_and_what_else_there_is(run: Run, spec: str) -> None:
    done = run("permissions", "-c", spec)
    assert done.code == 2
    assert done.out == ""
    assert "the driver memory has no document of what paver must be allowed" in done.err
    assert "paver preflight finds what is missing" in done.err


def test_a_spec_that_is_wrong_is_told_before_anything_else(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "wrong.yml"
    file.write_text("schema_version: 1\nnot: {}\n")
    assert run("permissions", "-c", str(file)).code == 2
