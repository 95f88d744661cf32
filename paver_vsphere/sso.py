"""Users of a vCenter's single sign-on: its own SOAP service, which pyVmomi does not know.

The calls and their namespaces are those of the vSphere SSO administration service (`urn:sso`) and of WS-Trust 1.3. The
administrator's password goes to the token service only, over the same checked connection; the token goes into the
header of the log-in, and a cookie says who we are from there on.
"""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from pydantic import SecretStr

from paver.contract.errors import AlreadyExists, Denied, NotFound, PaverError, Rejected, Transient
from paver_vsphere.errors import translate
from paver_vsphere.exchange import Peer, content_of
from paver_vsphere.trust import CheckedConnection

_LIFE = timedelta(minutes=5)
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
_TRUST = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
_SECURITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_UTILITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
_MANY = 1000


class SingleSignOn:
    """The SSO domain of one vCenter, as its administrator sees it. Logs in when first used.

    Args:
        peer: The vCenter.
        user: `name@domain`; the domain is the one that users are made in.
        password: The user's.
    """

    def __init__(self, peer: Peer, user: str, password: SecretStr) -> None:
        self.peer = peer
        self._user = user
        self._password = password
        self._lock = threading.Lock()
        self._cookie = ""
        self.domain = user.partition("@")[2] or "vsphere.local"

    def users(self, search: str) -> dict[str, str]:
        """Local users whose names contain `search`: name, without the domain, to description."""
        body = self._ask(
            "FindPersonUsers",
            "SsoAdminPrincipalDiscoveryService",
            "principalDiscoveryService",
            f"<criteria><searchString>{escape(search)}</searchString><domain>{escape(self.domain)}</domain></criteria>"
            f"<limit>{_MANY}</limit>",
            sent=False,
        )
        found = {}
        for user in body.iter():
            texts = {_local(part): part.text or "" for part in user.iter()}
            if _local(user) == "returnval" and texts.get("name"):
                found[texts["name"]] = texts.get("description", "")
        return found

    def create(self, name: str, password: SecretStr, description: str) -> None:
        """Make a local user. Raises AlreadyExists."""
        self._ask(
            "CreateLocalPersonUser",
            "SsoAdminPrincipalManagementService",
            "principalManagementService",
            f"<userName>{escape(name)}</userName>"
            f"<userDetails><description>{escape(description)}</description></userDetails>"
            f"<password>{escape(password.get_secret_value())}</password>",
            sent=True,
        )

    def reset(self, name: str, password: SecretStr) -> None:
        """Give a local user another password. Raises NotFound; Rejected where the policy does not take it."""
        self._ask(
            "ResetLocalPersonUserPassword",
            "SsoAdminPrincipalManagementService",
            "principalManagementService",
            f"<userName>{escape(name)}</userName><newPassword>{escape(password.get_secret_value())}</newPassword>",
            sent=True,
        )

    def describe(self, name: str, description: str) -> None:
        """Give a local user another description. Raises NotFound."""
        self._ask(
            "UpdateLocalPersonUserDetails",
            "SsoAdminPrincipalManagementService",
            "principalManagementService",
            f"<userName>{escape(name)}</userName>"
            f"<userDetails><description>{escape(description)}</description></userDetails>",
            sent=True,
        )

    def delete(self, name: str) -> None:
        """Delete a local user. Raises NotFound."""
        self._ask(
            "DeleteLocalPrincipal",
            "SsoAdminPrincipalManagementService",
            "principalManagementService",
            f"<principalName>{escape(name)}</principalName>",
            sent=True,
        )

    def _ask(self, method: str, kind: str, service: str, arguments: str, *, sent: bool) -> ET.Element:
        with self._lock:
            if not self._cookie:
                self._log_in()
        call = f'<{method} xmlns="urn:sso"><_this type="{kind}">{service}</_this>{arguments}</{method}>'
        try:
            return self._send(self._path, call, f"SSO {method}", sent=sent)
        except Denied:
            with self._lock:
                self._cookie = ""  # the session may have ended; the engine tells a lasting refusal by asking again
            raise

    @property
    def _path(self) -> str:
        return f"/sso-adminserver/sdk/{self.domain}"

    def _log_in(self) -> None:
        token = self._token()
        login = '<Login xmlns="urn:sso"><_this type="SsoSessionManager">ssoSessionManager</_this></Login>'
        header = f'<wsse:Security xmlns:wsse="{_SECURITY}">{_stamp()}{token}</wsse:Security>'
        self._send(self._path, login, "log in to SSO", sent=False, header=header)

    def _token(self) -> str:
        """A bearer token for our own user name and password, as XML."""
        password = escape(self._password.get_secret_value())
        header = (
            f'<wsse:Security xmlns:wsse="{_SECURITY}">{_stamp()}<wsse:UsernameToken><wsse:Username>{escape(self._user)}'
            f"</wsse:Username><wsse:Password>{password}</wsse:Password></wsse:UsernameToken></wsse:Security>"
        )
        begin, end = _life()
        request = (
            f'<wst:RequestSecurityToken xmlns:wst="{_TRUST}" xmlns:wsu="{_UTILITY}">'
            f"<wst:TokenType>{_SAML}</wst:TokenType><wst:RequestType>{_TRUST}/Issue</wst:RequestType>"
            f"<wst:Lifetime><wsu:Created>{begin}</wsu:Created><wsu:Expires>{end}</wsu:Expires></wst:Lifetime>"
            f"<wst:KeyType>{_TRUST}/Bearer</wst:KeyType></wst:RequestSecurityToken>"
        )
        path = f"/sts/STSService/{self.domain}"
        answer = self._send(path, request, f"log in to SSO as {self._user}", sent=False, header=header)
        token = next((found for found in answer.iter(f"{{{_SAML}}}Assertion")), None)
        if token is None:
            raise Rejected(f"{self.peer.host}: the token service gave no token")
        return ET.tostring(token, encoding="unicode")

    def _send(self, path: str, body: str, what: str, *, sent: bool, header: str = "") -> ET.Element:
        envelope = (
            f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{_SOAP}">'
            f"<soapenv:Header>{header}</soapenv:Header><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
        )
        peer, headers = self.peer, {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": "urn:sso/version2"}
        if self._cookie:
            headers["Cookie"] = self._cookie
        connection = CheckedConnection(
            peer.host, peer.port, timeout=peer.timeout, trust=peer.trust, context=peer.trust.context()
        )
        try:
            connection.request("POST", path, envelope.encode(), headers)
            answer = connection.getresponse()
            text = content_of(answer)
            cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
        except (OSError, HTTPException) as error:
            raise translate(error, f"{peer.host}: {what}", sent=sent) from error
        finally:
            connection.close()
        if cookie:
            self._cookie = cookie
        return _answer(text, answer.status, f"{peer.host}: {what}")


def _answer(text: bytes, status: int, what: str) -> ET.Element:
    try:
        # An entity needs a document type, and a SOAP message has none: expansion bombs stay out.
        if b"<!DOCTYPE" in text:
            raise ET.ParseError  # noqa: TRY301  read like any other text that is no SOAP
        root = ET.fromstring(text)  # noqa: S314  no document type, so no entities
    except ET.ParseError:
        raise Transient(f"{what}: HTTP {status}, and no SOAP answer") from None
    fault = next((found for found in root.iter(f"{{{_SOAP}}}Fault")), None)
    if fault is not None:
        raise _fault(fault, what)
    return root


def _fault(fault: ET.Element, what: str) -> PaverError:
    said = " ".join(part.text or "" for part in fault if _local(part) == "faultstring").strip()
    names = " ".join([*(_local(part) for part in fault.iter()), *(part.text or "" for part in fault if part.text)])
    kinds = " ".join([names, *(value for part in fault.iter() for value in part.attrib.values())])
    if "FailedAuthentication" in kinds or "InvalidCredentials" in kinds or "NotAuthenticated" in kinds:
        return Denied(f"{what}: the user name or the password is wrong")
    if "NoPermission" in kinds:
        return Denied(f"{what}: the administrator's rights are missing", action="SSO administrator")
    if "DuplicatePrincipal" in kinds or "AlreadyExists" in kinds or "DuplicateName" in kinds:
        return AlreadyExists(f"{what}: the name is taken")
    if "InvalidPrincipal" in kinds or "NotFound" in kinds:
        return NotFound(f"{what}: it is not there")
    return Rejected(f"{what}: {said or 'refused'}")


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _life() -> tuple[str, str]:
    now = datetime.now(UTC)
    return tuple(moment.strftime("%Y-%m-%dT%H:%M:%S.000Z") for moment in (now, now + _LIFE))  # type: ignore[return-value]  # two of them


def _stamp() -> str:
    begin, end = _life()
    return (
        f'<wsu:Timestamp xmlns:wsu="{_UTILITY}" wsu:Id="_{uuid.uuid4()}"><wsu:Created>{begin}</wsu:Created>'
        f"<wsu:Expires>{end}</wsu:Expires></wsu:Timestamp>"
    )
