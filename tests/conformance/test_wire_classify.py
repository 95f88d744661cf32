from __future__ import annotations

import pytest

from paver.conformance.wire import Sort, classify
from paver.conformance.wire.classify import wants_body

XML = {"content-type": "text/xml; charset=UTF-8"}
FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


def soap(method: str) -> bytes:
    return (
        f'<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="x"><soapenv:Body>\n<{method} xmlns="urn:vim25">'
        f'<_this type="Folder">group-d1</_this></{method}></soapenv:Body></soapenv:Envelope>'
    ).encode()


@pytest.mark.parametrize(
    ("method", "sort"),
    [
        ("CreateFolder", Sort.MUTATION),
        ("AddHost_Task", Sort.MUTATION),
        ("ImportVApp", Sort.MUTATION),
        ("HttpNfcLeaseComplete", Sort.MUTATION),
        ("UpdateAuthorizationRole", Sort.MUTATION),
        ("SetField", Sort.MUTATION),
        ("DeleteDatastoreFile_Task", Sort.MUTATION),
        ("SomethingNobodyHasHeardOf", Sort.MUTATION),  # what is not known to read may change something
        ("RetrievePropertiesEx", Sort.READ),
        ("ContinueRetrievePropertiesEx", Sort.READ),
        ("RetrieveServiceContent", Sort.READ),
        ("WaitForUpdatesEx", Sort.READ),
        ("CreateFilter", Sort.READ),
        ("CreateContainerView", Sort.READ),
        ("DestroyPropertyFilter", Sort.READ),
        ("SearchDatastore_Task", Sort.READ),
        ("CreateImportSpec", Sort.READ),
        ("InitiateFileTransferFromGuest", Sort.READ),
        ("FindPersonUsers", Sort.READ),
        ("HasPrivilegeOnEntities", Sort.READ),
        ("Fetch", Sort.READ),
        ("Login", Sort.BOOKKEEPING),
        ("Logout", Sort.BOOKKEEPING),
        ("HttpNfcLeaseProgress", Sort.BOOKKEEPING),
        ("RequestSecurityToken", Sort.BOOKKEEPING),
    ],
)
def test_a_soap_method_is_judged_by_its_name(method: str, sort: Sort) -> None:
    assert classify("POST", "/sdk", XML, soap(method)) == (method, sort)


@pytest.mark.parametrize(
    ("action", "sort"),
    [
        ("CreateVpc", Sort.MUTATION),
        ("AllocateAddress", Sort.MUTATION),
        ("PutRolePolicy", Sort.MUTATION),
        ("ModifyVpcAttribute", Sort.MUTATION),
        ("ReceiveMessage", Sort.MUTATION),  # it hides what it received
        ("SomethingNobodyHasHeardOf", Sort.MUTATION),
        ("DescribeVpcs", Sort.READ),
        ("ListAccessKeys", Sort.READ),
        ("GetUser", Sort.READ),
        ("BatchGetItem", Sort.READ),
        ("Query", Sort.READ),
        ("Scan", Sort.READ),
        ("LookupEvents", Sort.READ),
        ("SearchTransitGatewayRoutes", Sort.READ),
        ("SimulatePrincipalPolicy", Sort.READ),
        ("DecodeAuthorizationMessage", Sort.READ),
        ("ValidateTemplate", Sort.READ),
        ("GenerateDataKeyWithoutPlaintext", Sort.READ),
        ("Decrypt", Sort.READ),
        ("AssumeRole", Sort.BOOKKEEPING),
        ("AssumeRoleWithWebIdentity", Sort.BOOKKEEPING),
        ("GetSessionToken", Sort.BOOKKEEPING),
    ],
)
def test_an_action_is_found_in_form_query_and_header(action: str, sort: Sort) -> None:
    assert classify("POST", "/", FORM, f"Version=2016-11-15&Action={action}".encode()) == (action, sort)
    assert classify("POST", f"/?Action={action}", {}) == (action, sort)
    assert classify("GET", f"/?Action={action}", {}) == (action, sort)
    assert classify("POST", "/", {"x-amz-target": f"Service_20140101.{action}"}) == (action, sort)


def test_a_rehearsal_changes_nothing() -> None:
    body = b"Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0%2F16&DryRun="
    assert classify("POST", "/", FORM, body + b"true") == ("CreateVpc", Sort.READ)
    assert classify("POST", "/", FORM, body + b"false") == ("CreateVpc", Sort.MUTATION)


@pytest.mark.parametrize(
    ("verb", "target", "operation", "sort"),
    [
        ("GET", "/rest/vcenter/deployment?x=1", "GET /rest/vcenter/deployment", Sort.READ),
        ("HEAD", "/folder/a", "HEAD /folder/a", Sort.READ),
        ("PUT", "/folder/a?dsName=d", "PUT /folder/a", Sort.MUTATION),
        ("POST", "/nfc/1/disk-0.vmdk", "POST /nfc/*/disk-0.vmdk", Sort.MUTATION),
        ("DELETE", "/things/1", "DELETE /things/*", Sort.MUTATION),
        ("GET", "/api/v1/vm/vm-17/disks", "GET /api/v1/vm/*/disks", Sort.READ),
        ("GET", "/x/3f0c7d0e-8a54-4a53-9d1b-0c6a2d9f4e17", "GET /x/*", Sort.READ),
        ("POST", "/api/session", "POST /api/session", Sort.BOOKKEEPING),
        ("POST", "/rest/com/vmware/cis/session", "POST /rest/com/vmware/cis/session", Sort.BOOKKEEPING),
        ("DELETE", "/api/session", "DELETE /api/session", Sort.BOOKKEEPING),
        ("GET", "/api/session", "GET /api/session", Sort.READ),
        ("PATCH", "/things/a", "PATCH /things/a", Sort.MUTATION),
    ],
)
def test_anything_else_is_judged_by_its_verb(verb: str, target: str, operation: str, sort: Sort) -> None:
    assert classify(verb, target, {}) == (operation, sort)


ARM = "/subscriptions/3f0c7d0e-8a54-4a53-9d1b-0c6a2d9f4e17/resourceGroups/rg/providers/X.Storage/storageAccounts/a"
GCE = "/compute/v1/projects/p/zones/z/instances/i"


@pytest.mark.parametrize(
    ("verb", "target", "sort"),
    [
        ("GET", "/bucket?list-type=2&prefix=a", Sort.READ),
        ("HEAD", "/bucket/key", Sort.READ),
        ("PUT", "/bucket/key", Sort.MUTATION),
        ("PUT", "/bucket?versioning", Sort.MUTATION),
        ("POST", "/bucket?delete", Sort.MUTATION),
        ("POST", "/bucket/key?uploads", Sort.MUTATION),
        ("POST", "/bucket/key?select&select-type=2", Sort.READ),
        ("DELETE", "/bucket/key", Sort.MUTATION),
        ("PUT", "/latest/api/token", Sort.BOOKKEEPING),
        ("GET", f"{ARM}?api-version=2023-01-01", Sort.READ),
        ("HEAD", ARM, Sort.READ),
        ("PUT", ARM, Sort.MUTATION),
        ("PATCH", ARM, Sort.MUTATION),
        ("DELETE", ARM, Sort.MUTATION),
        ("POST", f"{ARM}/listKeys?api-version=2023-01-01", Sort.READ),
        ("POST", f"{ARM}/retrieveBootDiagnosticsData?api-version=2023-01-01", Sort.READ),
        ("POST", f"{ARM}/regenerateKey", Sort.MUTATION),
        ("POST", f"{ARM}/start", Sort.MUTATION),
        ("POST", f"{ARM}/validate", Sort.READ),
        ("POST", "/subscriptions/s/providers/X.Storage/checkNameAvailability", Sort.READ),
        ("POST", "/subscriptions/s/providers/X.Authorization/checkAccess", Sort.READ),
        ("POST", "/providers/X.ResourceGraph/resources", Sort.READ),
        ("POST", "/3f0c7d0e-8a54-4a53-9d1b-0c6a2d9f4e17/oauth2/v2.0/token", Sort.BOOKKEEPING),
        ("GET", f"{GCE}?alt=json", Sort.READ),
        ("POST", "/compute/v1/projects/p/zones/z/instances", Sort.MUTATION),
        ("POST", f"{GCE}/setLabels", Sort.MUTATION),
        ("POST", f"{GCE}/testIamPermissions", Sort.READ),
        ("POST", f"{GCE}/setIamPolicy", Sort.MUTATION),
        ("POST", "/compute/v1/projects/p/zones/z/instanceGroups/g/listInstances", Sort.READ),
        ("POST", "/v1/projects/p:testIamPermissions", Sort.READ),
        ("POST", "/v1/projects/p:getIamPolicy", Sort.READ),
        ("POST", "/v1/projects/p:setIamPolicy", Sort.MUTATION),
        ("POST", "/v1/projects/p/serviceAccounts/a:disable", Sort.MUTATION),
        ("DELETE", "/compute/v1/projects/p/global/networks/n", Sort.MUTATION),
        ("POST", "/token", Sort.BOOKKEEPING),
        ("POST", "/lists", Sort.MUTATION),  # a list that is made; only where `list…` is a verb it reads
    ],
)
def test_rest_apis_are_judged_by_verb_and_custom_method(verb: str, target: str, sort: Sort) -> None:
    assert classify(verb, target, {"content-type": "application/json"}, b"{}")[1] is sort


@pytest.mark.parametrize(
    ("verb", "headers", "wanted"),
    [
        ("POST", XML, True),
        ("POST", FORM, True),
        ("POST", {"content-type": "application/x-amz-json-1.1"}, True),
        ("POST", {"content-type": "application/octet-stream"}, False),
        ("POST", {**XML, "content-length": str(1 << 30)}, False),
        ("PUT", {"content-type": "application/json"}, False),
        ("POST", {}, False),
    ],
)
def test_only_a_question_is_read_before_it_is_sent_on(verb: str, headers: dict[str, str], wanted: bool) -> None:
    assert wants_body(verb, headers) is wanted


def test_a_body_that_only_mentions_a_read_stays_a_mutation() -> None:
    body = soap("CreateFolder").replace(b"group-d1", b"RetrievePropertiesEx")
    assert classify("POST", "/sdk", XML, body)[1] is Sort.MUTATION


@pytest.mark.parametrize("body", [b"", b"<Envelope><Body>", b"\xff\xfe<Body", b"Action=%zz&&&=", b"{" * 1000])
def test_nothing_that_comes_upsets_it(body: bytes) -> None:
    for kind in ("text/xml", FORM["content-type"], "application/json"):
        assert classify("POST", "/a//b?%zz&[::", {"content-type": kind}, body)[1] is Sort.MUTATION
