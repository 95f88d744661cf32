"""Google's reasons and codes, by what they mean to whoever called.

Sources: Compute Engine, Cloud Storage and Cloud DNS API references, "Errors"; google.rpc.Code; google.api.ErrorReason.
"""

from __future__ import annotations

THROTTLED = frozenset(
    [
        "rateLimitExceeded",
        "userRateLimitExceeded",
        "RATE_LIMIT_EXCEEDED",
        "OPERATION_RATE_EXCEEDED",
        "operationRateExceeded",
    ]
)
EXISTS = frozenset(["alreadyExists", "ALREADY_EXISTS", "RESOURCE_ALREADY_EXISTS"])
NOT_FOUND = frozenset(["notFound", "NOT_FOUND"])
BUSY = frozenset(
    [
        "resourceInUseByAnotherResource",
        "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE",
        "resourceInUse",
        "containerNotEmpty",  # Cloud DNS: a zone that still has records
    ]
)
UNDER_WAY = frozenset(
    [
        "resourceNotReady",
        "RESOURCE_NOT_READY",
        "RESOURCE_OPERATION_RATE_EXCEEDED",
        "ABORTED",  # somebody else was faster: read again, and write again
        "aborted",
        "UNAVAILABLE",
    ]
)
CHANGED = frozenset(["conditionNotMet", "CONDITION_NOT_MET"])
DISABLED = frozenset(["accessNotConfigured", "SERVICE_DISABLED"])
QUOTA = frozenset(["quotaExceeded", "QUOTA_EXCEEDED", "limitExceeded"])
SCARCE = frozenset(
    ["ZONE_RESOURCE_POOL_EXHAUSTED", "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS", "STOCKOUT", "RESOURCE_POOL_EXHAUSTED"]
)
AGAIN = frozenset(["INTERNAL_ERROR", "RESOURCE_NOT_READY", "RESOURCE_OPERATION_RATE_EXCEEDED", "SERVICE_UNAVAILABLE"])
"""An operation that ended so may be begun anew."""
