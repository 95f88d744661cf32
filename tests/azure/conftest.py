"""A subscription for each test: it is there in milliseconds, and no two of them meet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from azure_account import AzureAccount

from paver_azure.resources.noun import AzureKind


@pytest.fixture
def azure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AzureAccount]:
    # The emulator shows at once what it was told.
    monkeypatch.setattr(AzureKind, "settle", 0.2)
    directory = tmp_path / "azure"
    directory.mkdir()
    one = AzureAccount(directory)
    yield one
    one.close()
