"""botocore's own errors by name: what each means for the call that raised it. All are here: none is left to luck.

What has an answer of AWS's in it is not here: its code decides (`codes.py`).
"""

from __future__ import annotations

from enum import Enum, auto
from types import MappingProxyType


class Meaning(Enum):
    """What is known once a call has broken."""

    ANSWERED = auto()
    """AWS has answered; the answer says what it means."""
    UNSENT = auto()
    """Nothing left this machine: it may succeed in a moment."""
    LOST = auto()
    """It may have arrived, and nobody knows what became of it."""
    UNREADABLE = auto()
    """It has arrived, and the answer was cut off or garbled. Its text may quote a secret that shows once."""
    INSECURE = auto()
    """No TLS connection: a certificate that is not trusted, or a line that broke on the way."""
    NOBODY = auto()
    """No credentials, or such as cannot be had."""
    SIGN_IN = auto()
    """A person has to sign in again."""
    SETTING = auto()
    """AWS's own configuration says what cannot be."""
    CALL = auto()
    """The call itself cannot be: an argument, an operation, a model of the SDK's."""


_NAMES = {
    Meaning.ANSWERED: """
        ClientError EventStreamError
    """,
    Meaning.UNSENT: """
        ConnectionError EndpointConnectionError ConnectTimeoutError ProxyConnectionError CapacityNotAvailableError
    """,
    # The first is the base of all: whoever raises it has said nothing.
    Meaning.LOST: """
        BotoCoreError HTTPClientError ConnectionClosedError ReadTimeoutError UnseekableStreamError
    """,
    Meaning.UNREADABLE: """
        ResponseParserError ResponseStreamingError IncompleteReadError ChecksumError FlexibleChecksumError
        AwsChunkedWrapperError PaginationError
    """,
    Meaning.INSECURE: """
        SSLError
    """,
    Meaning.NOBODY: """
        NoCredentialsError NoAuthTokenError TokenRetrievalError UnknownTokenProviderError PartialCredentialsError
        CredentialRetrievalError UnknownCredentialError MetadataRetrievalError ProfileNotFound ConfigNotFound
        ConfigParseError InvalidConfigError InfiniteLoopConfigError RefreshWithMFAUnsupportedError
        MissingDependencyException InvalidIMDSEndpointError InvalidIMDSEndpointModeError LoginInsufficientPermissions
    """,
    Meaning.SIGN_IN: """
        SSOError SSOTokenLoadError UnauthorizedSSOTokenError LoginError LoginRefreshRequired LoginTokenLoadError
        LoginAuthorizationCodeError
    """,
    Meaning.SETTING: """
        UnknownRegionError ServiceNotInRegionError BaseEndpointResolverError NoRegionError EndpointVariantError
        UnknownEndpointError UnknownFIPSEndpointError InvalidRegionError UnknownSignatureVersionError
        UnsupportedSignatureVersionError InvalidS3AddressingStyleError UnsupportedS3ConfigurationError
        UnsupportedS3AccesspointConfigurationError UnsupportedS3ControlConfigurationError
        InvalidEndpointDiscoveryConfigurationError InvalidRetryConfigurationError InvalidMaxRetryAttemptsError
        InvalidRetryModeError InvalidS3UsEast1RegionalEndpointConfigError InvalidSTSRegionalEndpointsConfigError
        InvalidProxiesConfigError InvalidDefaultsMode InvalidEndpointConfigurationError EndpointProviderError
        EndpointResolutionError UnknownEndpointResolutionBuiltInName InvalidChecksumConfigError MD5UnavailableError
    """,
    Meaning.CALL: """
        DataNotFoundError UnknownServiceError ApiVersionNotFoundError MissingParametersError ValidationError
        ParamValidationError UnknownKeyError RangeError UnknownParameterError AliasConflictParameterError
        UnknownServiceStyle OperationNotPageableError WaiterError WaiterConfigError InvalidExpressionError
        UnknownClientMethodError InvalidDNSNameError UnsupportedS3ArnError UnsupportedS3ControlArnError
        InvalidHostLabelError UnsupportedOutpostResourceError StubResponseError StubAssertionError
        UnStubbedResponseError UndefinedModelAttributeError MissingServiceIdError UnsupportedServiceProtocolsError
    """,
}
MEANINGS = MappingProxyType({name: meaning for meaning, names in _NAMES.items() for name in names.split()})


def meaning(error: BaseException) -> Meaning | None:
    """What an error of botocore's means: its own name's meaning, else its nearest base's. None: it is none of them."""
    of_botocore = (one for one in type(error).__mro__ if one.__module__.startswith("botocore."))
    return next((MEANINGS[one.__name__] for one in of_botocore if one.__name__ in MEANINGS), None)
