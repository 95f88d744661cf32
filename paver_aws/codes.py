"""AWS's error codes, by what they mean to whoever called."""

from __future__ import annotations

# Sources: EC2 API Reference, "Error codes for the Amazon EC2 API"; Elastic Load Balancing, IAM, STS, KMS and Route 53
# API References, "Common errors" and each action's own list; S3 API Reference, "Error responses".
THROTTLED = frozenset(
    [
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "TooManyRequestsException",
        "SlowDown",
        "PriorRequestNotComplete",
        "EC2ThrottledException",
        "BandwidthLimitExceeded",
        "ProvisionedThroughputExceededException",
    ]
)
DENIED = frozenset(
    [
        "AuthFailure",
        "UnauthorizedOperation",
        "AccessDenied",
        "AccessDeniedException",
        "InvalidClientTokenId",
        "SignatureDoesNotMatch",
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestExpired",
        "UnrecognizedClientException",
        "OptInRequired",
        "Blocked",
        "InvalidAccessKeyId",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "IncompleteSignature",
        "InvalidSecurityToken",
        "NotAuthorized",
        "AllAccessDisabled",
        "AccountProblem",
        "RequestTimeTooSkewed",
        "InvalidToken",
    ]
)
NOT_FOUND = frozenset(
    [
        "NoSuchEntity",
        "NoSuchBucket",
        "NoSuchKey",
        "NoSuchHostedZone",
        "NoSuchTagSet",
        "NoSuchBucketPolicy",
        "NoSuchPublicAccessBlockConfiguration",
        "ServerSideEncryptionConfigurationNotFoundError",
        "LoadBalancerNotFound",
        "TargetGroupNotFound",
        "ListenerNotFound",
        "NotFoundException",
        "NatGatewayNotFound",
        "Gateway.NotAttached",
        "InvalidPermission.NotFound",
        "InvalidAllocationID.NotFound",
        "NoSuchResourceException",  # Service Quotas
    ]
)
EXISTS = frozenset(
    [
        "EntityAlreadyExists",
        "BucketAlreadyExists",
        "BucketAlreadyOwnedByYou",
        "DuplicateLoadBalancerName",
        "DuplicateTargetGroupName",
        "DuplicateListener",
        "RouteAlreadyExists",
        "Resource.AlreadyAssociated",
        "AlreadyExistsException",
        "ConflictingDomainExists",
        "HostedZoneAlreadyExists",
        "InvalidSubnet.Conflict",
        "FlowLogAlreadyExists",
        "PreconditionFailed",  # what is there is not what the caller saw
        "412",  # the same without a body: botocore puts the status
    ]
)
BUSY = frozenset(
    [
        "DependencyViolation",
        "DeleteConflict",
        "ResourceInUse",
        "ResourceInUseException",
        "InvalidIPAddress.InUse",
        "HostedZoneNotEmpty",
        "BucketNotEmpty",
        "IncorrectState",
        "IncorrectInstanceState",
        "InvalidNetworkInterface.InUse",
        "InvalidGroup.InUse",
        "InvalidState",
        "OperationNotPermitted",
        "KMSInvalidStateException",
        "InvalidAddress.Locked",
    ]
)
TRANSIENT = frozenset(
    [
        "Unavailable",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "ConcurrentModification",
        "OperationAborted",
        "ConcurrentModificationException",
        "EntityTemporarilyUnmodifiable",
        "RequestTimeout",
        "DependencyTimeoutException",
        "PendingVerification",
        "ConditionalRequestConflict",
    ]
)
UNKNOWN = frozenset(
    ["InternalError", "InternalFailure", "InternalServerError", "ServiceFailure", "KMSInternalException"]
)
