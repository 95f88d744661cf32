"""The data plane of storage accounts: blobs in containers, for whoever has a role or signs with the account's key.

Microsoft Learn, "Blob service REST API" and "Authorize with Shared Key". Containers are the resource manager's too.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Mapping
from email.utils import formatdate
from urllib.parse import unquote
from xml.sax.saxutils import escape

from paver_azure.sandbox.access import may, permissions
from paver_azure.sandbox.authority import STORAGE
from paver_azure.sandbox.kinds import ACCOUNTS, CONTAINERS
from paver_azure.sandbox.message import Answer, Refusal, Request
from paver_azure.sandbox.paging import page
from paver_azure.sandbox.store import Resource
from paver_azure.sandbox.world import World

_XML = {"Content-Type": "application/xml"}
_DATA = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
_VERBS = {"GET": "read", "HEAD": "read", "PUT": "write", "DELETE": "delete"}
_SIGNED = (
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "if-modified-since",
    "if-match",
    "if-none-match",
    "if-unmodified-since",
    "range",
)
_MOST = 5000
Blobs = dict[str, tuple[bytes, str]]


def serve(world: World, request: Request) -> Answer:
    """Answer a request to `/blob/ACCOUNT/CONTAINER[/BLOB]`. Raises Refusal."""
    account_name, _, rest = request.path.removeprefix("/blob/").partition("/")
    account = next((one for one in world.store.of(ACCOUNTS) if one.name == account_name), None)
    if account is None:
        raise Refusal(404, "ResourceNotFound", "The specified resource does not exist.")
    container, _, blob = rest.partition("/")
    id_ = f"{account.id}/blobServices/default/containers/{container}"
    _allowed(world, request, account, id_)
    if request.query.get("restype") == "container":
        return _container(world, request, id_)
    there = world.store.get(id_)
    if there is None:
        raise Refusal(404, "ContainerNotFound", "The specified container does not exist.")
    return _blob(world.blobs.setdefault(there.key, {}), request, unquote(blob))


def refused(refusal: Refusal) -> Answer:
    """An answer that says no, in this plane's shape."""
    text = f"<Error><Code>{refusal.code}</Code><Message>{escape(refusal.message)}</Message></Error>"
    return _xml(refusal.status, text, {**refusal.headers, "x-ms-error-code": refusal.code})


def _allowed(world: World, request: Request, account: Resource, container: str) -> None:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme == "SharedKey":
        name, _, signature = given.partition(":")
        if name == account.name and hmac.compare_digest(signature, _signature(request, account)):
            return
        said = "Server failed to authenticate the request: the value of the Authorization header is wrong."
        raise Refusal(403, "AuthenticationFailed", said)
    caller = world.authority.caller(request)
    if caller.audience != STORAGE:
        raise Refusal(
            401, "InvalidAuthenticationInfo", "Authentication information is not given in the correct format."
        )
    owners = world.subscriptions[account.id.split("/")[2].lower()].owners
    if not may(permissions(world.store, owners, caller, container), f"{_DATA}/{_VERBS[request.verb]}", data=True):
        said = "This request is not authorized to perform this operation using this permission."
        raise Refusal(403, "AuthorizationPermissionMismatch", said)


def _signature(request: Request, account: Resource) -> str:
    length = request.headers.get("content-length", "")
    values = {**request.headers, "content-length": "" if length == "0" else length}
    lines = [request.verb, *(values.get(name, "") for name in _SIGNED)]
    lines += [f"{name}:{value}" for name, value in sorted(request.headers.items()) if name.startswith("x-ms-")]
    lines.append(f"/{account.name}{request.raw_path}")
    lines += [f"{name}:{value}" for name, value in sorted((name.lower(), v) for name, v in request.query.items())]
    key = base64.b64decode(account.secret)
    return base64.b64encode(hmac.new(key, "\n".join(lines).encode(), hashlib.sha256).digest()).decode()


def _container(world: World, request: Request, id_: str) -> Answer:
    there = world.store.get(id_)
    if request.verb == "PUT":
        if there is not None:
            raise Refusal(409, "ContainerAlreadyExists", "The specified container already exists.")
        made = Resource(id_, CONTAINERS, {"properties": {"publicAccess": "None"}})
        world.store.add(made)
        return Answer(201, None, {"ETag": f'"{made.etag}"', "Last-Modified": formatdate(usegmt=True)})
    if there is None:
        raise Refusal(404, "ContainerNotFound", "The specified container does not exist.")
    if request.verb == "GET" and request.query.get("comp") == "list":
        return _list(world, world.blobs.get(there.key, {}), request)
    raise Refusal(501, "NotImplemented", f"The emulator does not know {request.verb} {request.path}.")


def _list(world: World, blobs: Blobs, request: Request) -> Answer:
    """One page: it may have fewer than was asked for, and more follow all the same."""
    most = request.query.get("maxresults", str(_MOST))
    if not most.isdecimal():
        raise Refusal(400, "InvalidQueryParameterValue", "Value for a query parameter is invalid: maxresults.")
    if int(most) == 0:
        raise Refusal(400, "OutOfRangeQueryParameterValue", "A query parameter is out of range: maxresults.")
    try:
        names, marker = page(blobs, request.path, request.query.get("marker", ""), min(int(most), _MOST, world.page))
    except ValueError:
        raise Refusal(400, "OutOfRangeInput", "One of the request inputs is out of range: marker.") from None
    told = "".join(f"<Blob><Name>{escape(name)}</Name></Blob>" for name in names)
    text = f"<Blobs>{told}</Blobs><NextMarker>{marker}</NextMarker>"
    return _xml(200, f"<EnumerationResults>{text}</EnumerationResults>")


def _xml(status: int, text: str, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, f'<?xml version="1.0" encoding="utf-8"?>{text}'.encode(), {**_XML, **(headers or {})})


def _blob(blobs: Blobs, request: Request, name: str) -> Answer:
    there = blobs.get(name)
    wanted, unwanted = request.headers.get("if-match"), request.headers.get("if-none-match")
    if unwanted == "*" and there is not None:
        raise Refusal(409, "BlobAlreadyExists", "The specified blob already exists.")
    if wanted is not None and there is not None and wanted not in {"*", there[1]}:
        raise Refusal(412, "ConditionNotMet", "The condition specified using HTTP conditional header(s) is not met.")
    if request.verb == "PUT":
        if wanted is not None and there is None:
            raise Refusal(
                412, "ConditionNotMet", "The condition specified using HTTP conditional header(s) is not met."
            )
        etag = f'"0x{uuid.uuid4().hex[:15].upper()}"'
        blobs[name] = (request.body, etag)
        return Answer(201, None, {"ETag": etag, "Last-Modified": formatdate(usegmt=True)})
    if there is None:
        raise Refusal(404, "BlobNotFound", "The specified blob does not exist.")
    content, etag = there
    if request.verb == "DELETE":
        del blobs[name]
        return Answer(202)
    headers = {"ETag": etag, "Content-Type": "application/octet-stream", "x-ms-blob-type": "BlockBlob"}
    headers |= {"Last-Modified": formatdate(usegmt=True)}
    if "x-ms-range" in request.headers and content:
        headers["Content-Range"] = f"bytes 0-{len(content) - 1}/{len(content)}"
        return Answer(206, content, headers)
    return Answer(200, content, headers)
