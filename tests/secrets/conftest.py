import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from kept_world import Kept

from paver.secrets import DirectoryStore


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "secrets"


@pytest.fixture
def store(root: Path) -> DirectoryStore:
    return DirectoryStore(root, reference="secrets")


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def kept(root: Path) -> Kept:
    """A store in which everything is that a spec wants."""
    made = Kept(root)
    made.pave()
    return made
