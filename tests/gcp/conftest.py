"""A project a module: it starts in a second, and no two of them meet."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from gcp_emulated import Asking
from gcp_projects import Project

LOOPBACK = {None, "", "127.0.0.1", "localhost", "::1"}


@pytest.fixture(scope="module", autouse=True)
def no_name_but_loopback_is_resolved() -> Iterator[None]:
    """Google's own names are everywhere in what is sent, and none of them may ever be asked."""
    resolve = socket.getaddrinfo

    def guarded(host: Any, *rest: Any, **more: Any) -> Any:
        assert host in LOOPBACK, f"a test wanted to resolve {host}"
        return resolve(host, *rest, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", guarded)
        yield


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    one = Project(tmp_path_factory.mktemp("project"))
    yield one
    one.close()


@pytest.fixture
def asking() -> Asking:
    """An emulator in this process, whose clock stands still until it is moved."""
    return Asking()
