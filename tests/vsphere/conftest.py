"""A sandbox a module: it starts in a fraction of a second, and no two of them meet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from environments import Environment
from sandboxes import Sandboxed, Server
from tenants import on_two_hosts, root_ca


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandboxed]:
    """Three bare hosts. Who uses them leaves them bare."""
    one = Sandboxed(tmp_path_factory.mktemp("stage"))
    yield one
    one.close()


@pytest.fixture(scope="module")
def sandboxed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandboxed]:
    """A vCenter that has booted, on one of three hosts, with nothing in it."""
    one = Sandboxed(tmp_path_factory.mktemp("sandboxed"))
    one.configured()
    yield one
    one.close()


@pytest.fixture
def administrator(sandboxed: Sandboxed) -> Server:
    """That vCenter, as its administrator sees it."""
    return sandboxed.vcenter()


@pytest.fixture(scope="module")
def first(stage: Sandboxed) -> Iterator[Environment]:
    """The environment that made the vCenter, on two of three hosts."""
    one = Environment(stage, on_two_hosts, label="first")
    one.pave()
    yield one
    one.destroy()


@pytest.fixture(scope="module")
def ca(stage: Sandboxed, first: Environment) -> Path:
    """The root CA of that vCenter."""
    return root_ca(stage, first.outputs())
