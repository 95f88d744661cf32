"""Users, roles and tokens of the sandbox's vCenter; faults and latency on request."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Iterator
from contextlib import closing
from xml.sax.saxutils import escape

import pytest
from directory import Directory
from pyVmomi import SoapStubAdapter, vim
from sandboxes import Sandboxed, Server, unverified

pytestmark = pytest.mark.sandbox

ENVELOPE = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/">{header}<e:Body>{body}</e:Body></e:Envelope>'
)


@pytest.fixture(scope="module")
def sandboxed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandboxed]:
    one = Sandboxed(tmp_path_factory.mktemp("sandbox"))
    try:
        one.configured().content.rootFolder.CreateDatacenter("dc")
        yield one
    finally:
        one.close()


def post(sandboxed: Sandboxed, path: str, text: str, cookie: str = "") -> tuple[int, str, str]:
    connection = http.client.HTTPSConnection(
        sandboxed.where.vcenter, sandboxed.where.vcenter_port, context=unverified(), timeout=10
    )
    headers = {"Content-Type": "text/xml; charset=utf-8", **({"Cookie": cookie} if cookie else {})}
    if path.startswith("/sts"):
        headers["SOAPAction"] = "http://docs.oasis-open.org/ws-sx/ws-trust/200512/RST/Issue"
    with closing(connection):
        connection.request("POST", path, text.encode(), headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.getheader("Set-Cookie", "")


def issue(sandboxed: Sandboxed, user: str, password: str) -> tuple[int, str]:
    header = (
        '<e:Header><w:Security xmlns:w="http://docs.oasis-open.org/wss/2004/01/'
        'oasis-200401-wss-wssecurity-secext-1.0.xsd"><w:UsernameToken>'
        f"<w:Username>{escape(user)}</w:Username><w:Password>{escape(password)}</w:Password>"
        "</w:UsernameToken></w:Security></e:Header>"
    )
    body = '<t:RequestSecurityToken xmlns:t="http://docs.oasis-open.org/ws-sx/ws-trust/200512"/>'
    status, text, _ = post(sandboxed, "/sts/STSService/vsphere.local", ENVELOPE.format(header=header, body=body))
    return status, text


def sso(sandboxed: Sandboxed, vcenter: Server, method: str, fields: str) -> tuple[int, str]:
    this = '<_this type="SsoAdminPrincipalManagementService">principalManagementService</_this>'
    body = f'<{method} xmlns="urn:sso">{this}{fields}</{method}>'
    text = ENVELOPE.format(header="", body=body)
    status, told, _ = post(sandboxed, "/sso-adminserver/sdk/vsphere.local", text, vcenter.stub.cookie.split(";")[0])
    return status, told


def create_user(sandboxed: Sandboxed, vcenter: Server, name: str, password: str) -> tuple[int, str]:
    details = f"<userName>{name}</userName><userDetails><description>a mark</description></userDetails>"
    return sso(sandboxed, vcenter, "CreateLocalPersonUser", f"{details}<password>{escape(password)}</password>")


@pytest.fixture
def user(sandboxed: Sandboxed) -> Iterator[str]:
    vcenter = sandboxed.vcenter()
    status, told = create_user(sandboxed, vcenter, "cpi", "Cpi-pass!1")
    assert status == 200, told
    yield "cpi@vsphere.local"
    status, told = sso(sandboxed, vcenter, "DeleteLocalPrincipal", "<principalName>cpi</principalName>")
    assert status == 200, told


def grant(vcenter: Server, entity: vim.ManagedEntity, user: str, privileges: list[str], name: str) -> int:
    manager = vcenter.content.authorizationManager
    role = manager.AddAuthorizationRole(name, privileges)
    permission = vim.AuthorizationManager.Permission(principal=user, group=False, roleId=role, propagate=True)
    manager.SetEntityPermissions(entity, [permission])
    return int(role)


def test_a_user_logs_in_with_his_password_only(sandboxed: Sandboxed, user: str) -> None:
    assert sandboxed.vcenter(user, "Cpi-pass!1").session.userName == user
    with pytest.raises(vim.fault.InvalidLogin):
        sandboxed.vcenter(user, "other")
    assert sandboxed.census("vcenter", "User")[user] == {"description": "a mark"}


def test_a_user_logs_in_with_the_last_password_that_was_set(sandboxed: Sandboxed, user: str) -> None:
    fields = "<userName>cpi</userName><newPassword>Cpi-pass!2</newPassword>"
    status, told = sso(sandboxed, sandboxed.vcenter(), "ResetLocalPersonUserPassword", fields)
    assert status == 200, told
    assert sandboxed.vcenter(user, "Cpi-pass!2").session.userName == user
    with pytest.raises(vim.fault.InvalidLogin):
        sandboxed.vcenter(user, "Cpi-pass!1")
    assert sandboxed.census("vcenter", "User")[user] == {"description": "a mark"}
    gone = fields.replace(">cpi<", ">nobody<")
    assert sso(sandboxed, sandboxed.vcenter(), "ResetLocalPersonUserPassword", gone)[0] == 500


def test_a_deleted_user_does_not_log_in(sandboxed: Sandboxed) -> None:
    vcenter = sandboxed.vcenter()
    create_user(sandboxed, vcenter, "gone", "Gone-pass!1")
    sso(sandboxed, vcenter, "DeleteLocalPrincipal", "<principalName>gone</principalName>")
    with pytest.raises(vim.fault.InvalidLogin):
        sandboxed.vcenter("gone@vsphere.local", "Gone-pass!1")


def test_a_user_without_a_session_makes_no_users(sandboxed: Sandboxed) -> None:
    status, told, _ = post(
        sandboxed,
        "/sso-adminserver/sdk/vsphere.local",
        ENVELOPE.format(
            header="",
            body='<CreateLocalPersonUser xmlns="urn:sso">'
            '<_this type="SsoAdminPrincipalManagementService">principalManagementService</_this>'
            "<userName>x</userName><userDetails/><password>y</password></CreateLocalPersonUser>",
        ),
    )
    assert (status, "NotAuthenticated" in told) == (500, True)


def test_a_user_who_is_no_administrator_makes_no_users(sandboxed: Sandboxed, user: str) -> None:
    status, told = create_user(sandboxed, sandboxed.vcenter(user, "Cpi-pass!1"), "another", "x")
    assert (status, "NoPermission" in told) == (500, True)


def test_a_user_without_a_role_changes_nothing_and_is_told_the_privilege(sandboxed: Sandboxed, user: str) -> None:
    server = sandboxed.vcenter(user, "Cpi-pass!1")
    folder = server.read(server.all(vim.Datacenter)["dc"], "vmFolder")
    with pytest.raises(vim.fault.NoPermission) as refused:
        folder.CreateFolder("mine")
    assert (refused.value.privilegeId, refused.value.object) == ("Folder.Create", folder)


def test_a_role_allows_what_it_holds_where_it_was_granted(sandboxed: Sandboxed, user: str) -> None:
    vcenter = sandboxed.vcenter()
    folder = vcenter.read(vcenter.all(vim.Datacenter)["dc"], "vmFolder")
    role = grant(vcenter, folder, user, ["Folder.Create"], "folders")
    server = sandboxed.vcenter(user, "Cpi-pass!1")
    mine = server.read(server.all(vim.Datacenter)["dc"], "vmFolder")
    made = mine.CreateFolder("mine")
    with pytest.raises(vim.fault.NoPermission) as refused:
        made.Destroy_Task()
    assert refused.value.privilegeId == "Folder.Delete"
    with pytest.raises(vim.fault.NoPermission):
        server.content.rootFolder.CreateFolder("elsewhere")
    manager = vcenter.content.authorizationManager
    [told] = manager.FetchUserPrivilegeOnEntities([folder], user)
    assert "Folder.Create" in told.privileges
    assert "Folder.Delete" not in told.privileges
    with pytest.raises(vim.fault.RemoveFailed):
        manager.RemoveAuthorizationRole(role, True)
    manager.RemoveAuthorizationRole(role, False)
    with pytest.raises(vim.fault.NoPermission):
        mine.CreateFolder("late")
    vcenter.wait(vcenter.all(vim.Folder)["mine"].Destroy_Task())


def test_roles_have_ids_of_their_own(sandboxed: Sandboxed) -> None:
    manager = sandboxed.vcenter().content.authorizationManager
    roles = [manager.AddAuthorizationRole(name, ["System.View"]) for name in ("one", "two")]
    assert len(set(roles)) == 2
    with pytest.raises(vim.fault.AlreadyExists):
        manager.AddAuthorizationRole("one", [])
    for role in roles:
        manager.RemoveAuthorizationRole(role, True)


def test_a_permission_wants_a_user_that_exists(sandboxed: Sandboxed) -> None:
    vcenter = sandboxed.vcenter()
    with pytest.raises(vim.fault.UserNotFound):
        grant(vcenter, vcenter.content.rootFolder, "nobody@vsphere.local", ["System.View"], "for-nobody")
    manager = vcenter.content.authorizationManager
    roles = {role.name: role.roleId for role in vcenter.read(manager, "roleList")}
    manager.RemoveAuthorizationRole(roles["for-nobody"], True)


def test_a_permission_of_a_group_wants_a_group_that_exists_and_is_its_members(sandboxed: Sandboxed, user: str) -> None:
    vcenter = sandboxed.vcenter()
    manager, root = vcenter.content.authorizationManager, vcenter.content.rootFolder
    role = manager.AddAuthorizationRole("of-a-group", ["Folder.Create"])

    def granted(principal: str, *, group: bool, number: int = role) -> list[str]:
        given = vim.AuthorizationManager.Permission(principal=principal, group=group, roleId=number, propagate=True)
        manager.SetEntityPermissions(root, [given])
        [told] = manager.FetchUserPrivilegeOnEntities([root], user)
        return list(told.privileges)

    with pytest.raises(vim.fault.UserNotFound):
        granted(user, group=True)
    with Directory(sandboxed).group("folders") as group:
        assert "Folder.Create" not in granted(group, group=True)
        Directory(sandboxed).join("cpi", "folders")
        assert "Folder.Create" in granted(group, group=True)
        assert "Folder.Create" not in granted(user, group=False, number=-2)  # one's own outweighs the group's
        for principal, of_group in ((user, False), (group, True)):
            manager.RemoveEntityPermission(root, principal, of_group)
    manager.RemoveAuthorizationRole(role, True)


def test_the_user_directory_finds_users_and_groups_by_name(sandboxed: Sandboxed, user: str) -> None:
    find = sandboxed.vcenter().content.userDirectory.RetrieveUserGroups

    def found(text: str, *, exact: bool = True, users: bool = True, groups: bool = True) -> set[tuple[str, bool]]:
        told = find("VSPHERE.LOCAL", text, None, None, exact, users, groups)
        return {(one.principal, one.group) for one in told}

    assert found("readonlyusers") == {("ReadOnlyUsers", True)}
    assert found("user", exact=False, users=False) == {("ReadOnlyUsers", True), ("Users", True)}
    assert found("cpi") == {("cpi", False)}
    assert found("cpi", users=False) == set()
    with pytest.raises(vim.fault.NotFound):
        find("CORP", "cpi", None, None, True, True, True)


def test_a_vcenter_tells_which_privileges_it_knows(sandboxed: Sandboxed) -> None:
    vcenter = sandboxed.vcenter()
    known = {one.privId for one in vcenter.read(vcenter.content.authorizationManager, "privilegeList")}
    assert {"System.View", "VirtualMachine.Inventory.Create", "Datastore.FileManagement"} <= known


def test_the_token_service_wants_the_password(sandboxed: Sandboxed) -> None:
    assert issue(sandboxed, "administrator@vsphere.local", "wrong")[0] == 500
    status, text = issue(sandboxed, "administrator@vsphere.local", sandboxed.password("vcenter"))
    assert (status, "<saml2:Assertion" in text) == (200, True)


def test_a_token_opens_a_session_and_an_invented_one_does_not(sandboxed: Sandboxed) -> None:
    _, text = issue(sandboxed, "administrator@vsphere.local", sandboxed.password("vcenter"))
    found = re.search(r"<saml2:Assertion.*</saml2:Assertion>", text)
    assert found
    body = '<LoginByToken xmlns="urn:vim25"><_this type="SessionManager">SessionManager</_this></LoginByToken>'
    secext = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
    for assertion, status in (
        (found.group(), 200),
        (re.sub(r'ID="[^"]*"', 'ID="_invented"', found.group(), count=1), 500),
    ):
        header = f'<e:Header><w:Security xmlns:w="{secext}">{assertion}</w:Security></e:Header>'
        told = post(sandboxed, "/sdk", ENVELOPE.format(header=header, body=body))
        assert told[0] == status, told


# ---- on request ------------------------------------------------------------------------------------------------------


@pytest.fixture
def faults(sandboxed: Sandboxed) -> Iterator[Sandboxed]:
    yield sandboxed
    sandboxed.control("/settings", {"faults": [], "latency_ms": 0})


def test_a_soap_fault_strikes_as_often_as_asked(faults: Sandboxed) -> None:
    vcenter = faults.vcenter()
    fault = {"method": "CreateFolder", "scope": "vcenter", "kind": "soap", "type": "ResourceInUse", "count": 2}
    faults.control("/settings", {"faults": [fault]})
    for _ in range(2):
        with pytest.raises(vim.fault.ResourceInUse):
            vcenter.content.rootFolder.CreateFolder("struck")
    vcenter.wait(vcenter.content.rootFolder.CreateFolder("struck").Destroy_Task())


@pytest.mark.parametrize(("kind", "there"), [("drop", False), ("lose", True)])
def test_a_connection_drops_before_the_call_or_after_it(faults: Sandboxed, kind: str, there: bool) -> None:
    vcenter = faults.vcenter()
    faults.control("/settings", {"faults": [{"method": "CreateFolder", "kind": kind, "count": 1}]})
    with pytest.raises((http.client.HTTPException, OSError)):
        vcenter.content.rootFolder.CreateFolder("unsure")
    found = vcenter.all(vim.Folder).get("unsure")
    assert (found is not None) == there
    if found is not None:
        vcenter.wait(found.Destroy_Task())


def test_a_server_can_be_unavailable(faults: Sandboxed) -> None:
    faults.control("/settings", {"faults": [{"method": "Login", "scope": "esxi-1", "kind": "503", "count": 1}]})
    with pytest.raises(http.client.HTTPException):
        faults.esxi(0)
    assert faults.esxi(0).session.userName == "root"


def test_latency_is_added_to_every_request(faults: Sandboxed) -> None:
    vcenter = faults.vcenter()
    faults.control("/settings", {"latency_ms": 200})
    start = time.monotonic()
    vcenter.read(vcenter.content.rootFolder, "name")
    assert time.monotonic() - start > 0.2


def test_a_setting_that_is_none_is_refused(sandboxed: Sandboxed) -> None:
    for body in ({"faults": [{"method": "Login", "kind": "soap", "type": "NoSuchFault"}]}, {"latency": 3}):
        with pytest.raises(ValueError, match=r"NoSuchFault|latency"):
            sandboxed.control("/settings", body)


def test_the_control_endpoint_wants_its_token(sandboxed: Sandboxed) -> None:
    address = sandboxed.ready["control"].removeprefix("http://")
    connection = http.client.HTTPConnection(address, timeout=5)
    with closing(connection):
        connection.request("GET", "/census")
        assert connection.getresponse().status == 401


def test_an_unauthenticated_client_reads_nothing(sandboxed: Sandboxed) -> None:
    stub = SoapStubAdapter(
        host=sandboxed.where.vcenter,
        port=sandboxed.where.vcenter_port,
        version="vim.version.v8_0_2_0",
        sslContext=unverified(),
        httpConnectionTimeout=10,
    )
    content = vim.ServiceInstance("ServiceInstance", stub).RetrieveContent()
    with pytest.raises(vim.fault.NotAuthenticated):
        content.rootFolder.CreateFolder("mine")
    stub.DropConnections()
