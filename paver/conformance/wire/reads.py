"""Which operations change nothing, protocol by protocol.

Everything is a mutation unless a table says otherwise: what nobody has heard of errs on the side that a test notices.
"""

from __future__ import annotations

import re

SOAP_BOOKKEEPING = re.compile(
    r"Login|LoginByToken|LoginBySSPI|LoginExtensionByCertificate|Logout|HttpNfcLeaseProgress|RequestSecurityToken"
)
SOAP_READS = re.compile(
    r"(?:Retrieve|ContinueRetrieve|WaitForUpdates|CheckForUpdates|Fetch|Query|Find|Get|List|Has|Check|Search)\w*"
    r"|(?:Create|Destroy)PropertyCollector|CreateFilter|DestroyPropertyFilter|CancelRetrieveProperties\w*"
    r"|CancelWaitForUpdates|Create(?:Container|Inventory|List)View|DestroyView|CurrentTime|SessionIsActive"
    r"|HttpNfcLeaseGetManifest|CreateImportSpec|CreateDescriptor|ParseDescriptor|ValidateHost"
    r"|InitiateFileTransferFromGuest|ReadEnvironmentVariableInGuest|Validate(?:CredentialsInGuest|Migration)"
    r"|SsoAdminServiceInstance|SsoGroupcheckServiceInstance|AreAlarmActionsEnabled"
)

ACTION_BOOKKEEPING = re.compile(r"AssumeRole\w*|Get(?:SessionToken|FederationToken|AuthorizationToken)")
ACTION_READS = re.compile(
    r"(?:Describe|Get|List|Head|BatchGet|Lookup|Search|Simulate|Decode|Validate|Estimate|Check)\w*"
    r"|(?:Query|Scan|Select\w*)"
    r"|(?:Encrypt|Decrypt|Sign|Verify|GenerateMac|VerifyMac|GenerateRandom|GenerateDataKey\w*)"  # keys stay as they are
)

SESSIONS = re.compile(
    r"/rest/com/\w+/cis/session|/api/session"
    r"|/latest/api/token"  # of an instance's metadata service
    r"|/token|(?:/[\w.-]+)?/oauth2(?:/v2\.0)?/token"
    r"|/v1/projects/-/serviceAccounts/[^/]+:generate(?:AccessToken|IdToken)"
)
"""Paths, whatever is sent there."""

_RESOURCE_MANAGER = re.compile(
    r"(?:list|retrieve)(?:[A-Z]\w*)?|check\w*(?:Availability|Existence)|checkAccess|validate\w*|whatIf|exportTemplate|getEntities"
    r"|calculateTemplateHash|resources",  # `resources`: a query over all subscriptions is posted there
)
_CUSTOM_METHOD = re.compile(
    r"(?:testIamPermissions|getIamPolicy|search\w*|list\w*|query\w*|lookup\w*|batchGet\w*|signBlob|signJwt)"
)
_POSTED_READS = re.compile(r"testIamPermissions|getHealth|listInstances|listManagedInstances|validate")


def posted_read(path: str, query: str) -> bool:
    """Whether a POST only reads, as REST APIs have it for answers that must not stand in a cache, or long questions."""
    last = path.rpartition("/")[2]
    name, colon, method = last.rpartition(":")
    if colon and name:
        return _CUSTOM_METHOD.fullmatch(method) is not None
    if path.lower().startswith(("/subscriptions/", "/providers/")):
        return _RESOURCE_MANAGER.fullmatch(last) is not None
    if "/projects/" in path:
        return _POSTED_READS.fullmatch(last) is not None
    return query.startswith("select&select-type=2")  # of an object's content
