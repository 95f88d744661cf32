"""Lists a page at a time: where more follows, an answer has a link to it, which is followed as it is.

Azure Resource Manager, "Common API Details", `nextLink`; Blob service REST API, "List Blobs", `NextMarker`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import quote, urlencode

from paver_azure.sandbox.message import Answer, Json, Refusal, Request
from paver_azure.sandbox.world import World

TOKEN = "$skiptoken"  # noqa: S105  a parameter's name


class Page(NamedTuple):
    """A part of a list."""

    keys: Sequence[str]
    token: str
    """What the next page is asked for with; empty: this was the last."""


def paged(world: World, request: Request, values: Iterable[Json]) -> Answer:
    """One page of a list, as ARM tells it."""
    found = {str(one.get("id") or f"{number:09}").lower(): one for number, one in enumerate(values)}
    given = request.query.get(TOKEN, "")
    try:
        keys, token = page(found, request.path, given, world.page)
    except ValueError:
        raise Refusal(400, "InvalidSkipToken", f"The provided skip token '{given}' is not valid.") from None
    answer: Json = {"value": [found[key] for key in keys]}
    if token:
        query = urlencode({**request.query, TOKEN: token}, quote_via=quote, safe="$")
        answer["nextLink"] = f"{request.base}{quote(request.path)}?{query}"
    return Answer(200, answer)


def page(keys: Iterable[str], path: str, token: str, most: int) -> Page:
    """The page that a token leads to, in the keys' order.

    A token says after which key and not after how many: what is there throughout is told once, whatever comes and goes
    between two pages.

    Args:
        keys: All of the list.
        path: Whose list it is: no other's token leads into it.
        token: The one that was given; empty: from the beginning.
        most: How long a page is.

    Raises:
        ValueError: The token is none of this list's.
    """
    after = _after(token, path) if token else ""
    rest = sorted(key for key in keys if key > after)
    return Page(rest[:most], _token(path, rest[most - 1]) if len(rest) > most else "")


def _token(path: str, key: str) -> str:
    return base64.urlsafe_b64encode(f"{path.lower()}\n{key}".encode()).decode()


def _after(token: str, path: str) -> str:
    # Neither an alphabet nor an encoding that is wrong is any other error than ValueError.
    where, _, key = base64.b64decode(token, b"-_", validate=True).decode().partition("\n")
    if where != path.lower():
        raise ValueError(token)
    return key
