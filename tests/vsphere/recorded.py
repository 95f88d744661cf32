"""What went over the wire, by the sandbox's own record: nothing of paver takes part in counting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from sandboxes import Sandboxed

READS = (
    *("RetrieveServiceContent", "RetrieveProperties", "RetrievePropertiesEx", "ContinueRetrievePropertiesEx"),
    *("RetrieveAllPermissions", "QueryDateTime", "CurrentTime", "CreateImportSpec", "SearchDatastore_Task"),
    *("HasUserPrivilegeOnEntities", "HasPrivilegeOnEntities", "HasPrivilegeOnEntity", "FetchUserPrivilegeOnEntities"),
    *("InitiateFileTransferFromGuest", "FindPersonUsers", "FindPersonUser", "RequestSecurityToken", "ParseDescriptor"),
    *("CreateContainerView", "DestroyView", "CreateFilter", "WaitForUpdatesEx", "QueryPerf"),
    *("GET /folder", "HEAD /folder", "GET /guestFile", "GET /rest", "GET /certs", "GET /sdk", "GET /"),
    *("Login", "Logout", "HttpNfcLeaseProgress"),
)
"""Calls that change nothing but sessions and how long a lease lives. Any other counts as a mutation."""


def mutations(sandboxed: Sandboxed) -> Counter[str]:
    """Every mutating call since the record was emptied: `scope method`."""
    made = sandboxed.control("/calls")["calls"]
    return Counter(f"{call['scope']} {call['method']}" for call in made if call["method"] not in READS)


def reads(sandboxed: Sandboxed) -> int:
    """How many calls changed nothing."""
    return sum(call["method"] in READS for call in sandboxed.control("/calls")["calls"])


def forget(sandboxed: Sandboxed) -> None:
    """Empty the record."""
    sandboxed.control("/calls", {})


@contextmanager
def unchanged(sandboxed: Sandboxed) -> Iterator[None]:
    """Within, no mutating call may be sent to any server."""
    forget(sandboxed)
    yield
    assert mutations(sandboxed) == Counter()
