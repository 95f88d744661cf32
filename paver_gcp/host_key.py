"""The jumpbox's SSH host key: its guest agent writes it as a guest attribute, and paver keeps it as metadata.

Whoever connects first then trusts what Google's API says and nothing that the network says. A guest may write another
one at any time (Compute Engine documentation, "Set and query guest attributes"), so that the first one counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from paver.contract.errors import NotFound
from paver_gcp.api import Api

ITEM = "paver-host-key"
PATH = "hostkeys/"
LIKED = ("ssh-ed25519", "ecdsa-sha2-nistp256")
"""Best first."""


def noted(items: Iterable[Mapping[str, Any]]) -> str:
    """The key that an instance's metadata tell; empty: none."""
    return next((str(item.get("value", "")) for item in items if item["key"] == ITEM), "")


def said(api: Api, instance: str) -> str | None:
    """The key that the machine has told, `ssh-ed25519 AAAA…`; None: it has not, so far."""
    try:
        answer = api.read("compute", f"{instance}/getGuestAttributes", queryPath=PATH)
    except NotFound:
        return None
    keys = {one["key"]: one["value"] for one in answer.get("queryValue", {}).get("items", ())}
    return next((f"{kind} {keys[kind]}" for kind in LIKED if kind in keys), None)
