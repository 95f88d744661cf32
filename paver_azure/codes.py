"""Azure's error codes, by what they mean to whoever called."""

from __future__ import annotations

import re

# Sources: Microsoft Learn, "Troubleshoot common Azure deployment errors", "Throttling Resource Manager requests",
# "Resolve errors for resource not found", "Azure RBAC limits and troubleshooting", "Common REST API error codes" of
# Storage, and the codes in Azure's own public test recordings.
THROTTLED = frozenset(
    {
        "TooManyRequests",
        "SubscriptionRequestsThrottled",
        "ServerBusy",
        "RetryableErrorDueToAnotherOperation",
        "RetryableError",
    }
)
EXPIRED = frozenset({"ExpiredAuthenticationToken", "AuthenticationFailedExpiredToken"})
DENIED = frozenset(
    {
        "AuthorizationFailed",
        "AuthorizationPermissionMismatch",
        "InsufficientAccountPermissions",
        "LinkedAuthorizationFailed",
        "LinkedAccessCheckFailed",
        "AuthenticationFailed",
        "InvalidAuthenticationToken",
        "InvalidAuthenticationInfo",
        "NoAuthenticationInformation",
        "RequestDisallowedByPolicy",
        "SubscriptionNotRegistered",
        "ReadOnlyDisabledSubscription",
        "DisallowedOperation",
    }
)
ELSEWHERE = frozenset({"InvalidAuthenticationTokenTenant", "SubscriptionNotFound", "InvalidSubscriptionId"})
"""The credentials and the subscription belong to different directories, or the subscription is nobody's."""
EXISTS = frozenset(
    {
        "PreconditionFailed",  # what is there is not what the caller saw
        "RoleAssignmentExists",
        "RoleDefinitionWithSameNameExists",
        "StorageAccountAlreadyExists",
        "StorageAccountAlreadyTaken",
        "ContainerAlreadyExists",
        "BlobAlreadyExists",
        "ConditionNotMet",
        "VirtualNetworkLinkExists",
    }
)
LOCKED = "ScopeLocked"
BUSY = frozenset(
    {
        "InUse",
        "CannotDeleteResource",
        LOCKED,
        "ResourceGroupBeingDeleted",
        "AnotherOperationInProgress",
        "StorageAccountOperationInProgress",
        "ReferencedResourceNotProvisioned",
        "OperationPreempted",
        "NicInUse",
        "ResourceInUse",
        "AttachDiskWhileBeingDetached",
        "PublicIPAddressInUse",
        "RoleDefinitionHasAssignments",
        "ContainerBeingDeleted",
        "AccountBeingCreated",
    }
)
IN_USE = re.compile(r"^InUse|CannotBeDeleted|BeingDeleted$|InUse$")
"""InUseSubnetCannotBeDeleted and its like."""
TRANSIENT = frozenset(
    {"PrincipalNotFound", "ServiceUnavailable", "GatewayTimeout", "ServerTimeout", "OperationTimedOut"}
)
"""PrincipalNotFound: an identity that was made a moment ago is not everywhere in the directory yet."""
UNKNOWN = frozenset({"InternalServerError", "InternalError", "InternalExecutionError", "InternalOperationError"})
QUOTA = re.compile(r"QuotaExceeded|LimitReached|LimitExceeded|CountPerSubscriptionExceeded|^TooMany(?!Requests)")
SCARCE = frozenset({"SkuNotAvailable", "AllocationFailed", "ZonalAllocationFailed", "OverconstrainedAllocationRequest"})
REGISTRATION = frozenset({"MissingSubscriptionRegistration"})
LOGIN_EXPIRED = re.compile(r"AADSTS(7000222|700082|50173|70043)\b")
"""A client secret or a refresh token that has run out (Microsoft Learn, "Microsoft Entra authentication errors")."""
NO_TENANT = re.compile(r"AADSTS(90002|900023|50020|90072)\b|Unable to get authority configuration")
NO_APPLICATION = re.compile(r"AADSTS(700016|7000215|50034|50126)\b")
