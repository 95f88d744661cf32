"""An account a module: it starts in two seconds, and no two of them meet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from accounts import Account


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    one = Account(tmp_path_factory.mktemp("account"))
    yield one
    one.close()
