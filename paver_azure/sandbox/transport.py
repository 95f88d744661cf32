"""The emulator's other front: a transport of `requests`, for an SDK in the same process. No socket is opened."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPResponse

from paver_azure.sandbox.message import Request
from paver_azure.sandbox.world import World

PREFIX = "https://"


class InProcess(BaseAdapter):
    """Answers whatever a session sends, whichever host it is sent to.

    Args:
        world: What answers.
    """

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """One request. Timeouts, certificates and proxies are the network's."""
        asked = urlsplit(str(request.url))
        target = f"{asked.path}?{asked.query}" if asked.query else asked.path
        base, headers = f"{PREFIX}{asked.netloc}", {name: str(value) for name, value in request.headers.items()}
        answer = self._world.serve(Request.read(str(request.method), base, target, headers, _whole(request.body)))
        told = {"Content-Type": "application/json; charset=utf-8", **answer.headers}
        raw = HTTPResponse(io.BytesIO(answer.payload), told, answer.status, preload_content=False)
        return HTTPAdapter().build_response(request, raw)

    def close(self) -> None:
        """Nothing is open."""


def session(world: World) -> requests.Session:
    """A session that leads nowhere else."""
    made = requests.Session()
    made.trust_env = False
    made.mount(PREFIX, InProcess(world))
    return made


def _whole(body: Any) -> bytes:
    if body is None:
        return b""
    if hasattr(body, "read"):
        body = body.read()
    return body.encode() if isinstance(body, str) else bytes(body)
