from __future__ import annotations

import pytest

from paver.conformance.wire import Sort, classify

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
        ("DescribeVpcs", Sort.READ),
        ("ListAccessKeys", Sort.READ),
        ("GetUser", Sort.READ),
        ("AssumeRole", Sort.BOOKKEEPING),
    ],
)
def test_an_action_is_found_in_the_form_and_in_the_query(action: str, sort: Sort) -> None:
    assert classify("POST", "/", FORM, f"Version=2016-11-15&Action={action}".encode()) == (action, sort)
    assert classify("POST", f"/?Action={action}", {}) == (action, sort)
    assert classify("POST", "/", {"x-amz-target": f"Service_20140101.{action}"}) == (action, sort)


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
        ("GET", "/?Action=CreateVpc", "CreateVpc", Sort.READ),
    ],
)
def test_anything_else_is_judged_by_its_verb(verb: str, target: str, operation: str, sort: Sort) -> None:
    assert classify(verb, target, {}) == (operation, sort)


def test_a_body_that_only_mentions_a_read_stays_a_mutation() -> None:
    body = soap("CreateFolder").replace(b"group-d1", b"RetrievePropertiesEx")
    assert classify("POST", "/sdk", XML, body)[1] is Sort.MUTATION
