"""Whether whoever calls has every permission that the spec asks for: Google says so itself."""

from __future__ import annotations

from collections.abc import Iterator

from paver.contract.driver import Cause, Finding
from paver.contract.findings import bad, good
from paver.contract.spec import EnvironmentSpec
from paver_gcp.api import Api
from paver_gcp.permissions import permissions
from paver_gcp.settings import GcpSettings

AT_ONCE = 100
"""Of one question (Resource Manager API Reference, `testIamPermissions`)."""
NAMED = 12
"""Permissions that are named."""


def allowed(api: Api, spec: EnvironmentSpec, settings: GcpSettings) -> Iterator[Finding]:
    """What is missing, all together."""
    asked = permissions(spec, settings)
    held: set[str] = set()
    for start in range(0, len(asked), AT_ONCE):
        path = f"projects/{settings.project}:testIamPermissions"
        body = {"permissions": list(asked[start : start + AT_ONCE])}
        held |= set(api.read("cloudresourcemanager", path, verb="POST", body=body).get("permissions", ()))
    missing = [permission for permission in asked if permission not in held]
    if missing:
        more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
        what = f"not allowed: {', '.join(missing[:NAMED])}{more}"
        yield bad("permission", what, "paver permissions prints the role that is needed", cause=Cause.DENIED)
    else:
        yield good("permission", f"all {len(asked)} are held")
