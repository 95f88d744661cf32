"""The jumpbox's SSH host key: from the machine's console, over Azure's own API, and kept as a tag of the machine.

The console's log is in a store of Azure's own, behind a URL that says who may read it (Compute REST API, "Virtual
Machines - Retrieve Boot Diagnostics Data"). It goes with the machine's next start; the tag does not.
"""

from __future__ import annotations

from collections.abc import Mapping

from paver.contract.errors import NotFound
from paver.contract.host_keys import host_key
from paver_azure import marks
from paver_azure.api import Api

TAG = "paver-host-key"


def noted(tags: Mapping[str, str] | None) -> str:
    """The key that the tags tell; empty: none."""
    return marks.plain(tags).get(TAG, "")


def said(api: Api, machine: str) -> str | None:
    """The key that the machine printed; None: it has not, so far."""
    try:
        return host_key(api.console(machine))
    except NotFound:  # no log before the machine has written its first line
        return None
