from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from paver.settings import check_spec

EXAMPLE = Path(__file__).with_name("environment.yml").read_text()

Say = Callable[..., list[str]]


@pytest.fixture(autouse=True)
def _beside_the_spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def example() -> str:
    return EXAMPLE


@pytest.fixture
def said() -> Say:
    """From the text of a spec to what is said of it, one line a message."""

    def say(text: str | bytes, **environ: str) -> list[str]:
        Path("environment.yml").write_bytes(text.encode() if isinstance(text, str) else text)
        return [str(message) for message in check_spec(["environment.yml"], environ=environ).messages]

    return say
