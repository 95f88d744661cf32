"""A sandbox a module: it starts in a fraction of a second, and no two of them meet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sandboxes import Sandboxed


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandboxed]:
    """Three bare hosts. Who uses them leaves them bare."""
    one = Sandboxed(tmp_path_factory.mktemp("stage"))
    yield one
    one.close()
