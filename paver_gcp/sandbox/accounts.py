"""IAM: service accounts and their keys, custom roles. The id of a deleted role stays taken (IAM documentation)."""

from __future__ import annotations

import base64
import json
import re
import secrets
from typing import Any

from paver_gcp.sandbox.call import Call, answers, page
from paver_gcp.sandbox.problem import Problem
from paver_gcp.sandbox.world import Record, fingerprint, moment, told

ACCOUNT_ID = re.compile(r"[a-z]([-a-z0-9]{4,28}[a-z0-9])")
ROLE_ID = re.compile(r"[a-zA-Z0-9_.]{3,64}")
PERMISSION = re.compile(r"[a-z][a-zA-Z]*\.[a-zA-Z]+\.[a-zA-Z]+")
MOST_KEYS = 10
LONGEST_DESCRIPTION = 256


@answers("iam.projects.serviceAccounts.create")
def create_account(call: Call) -> Record:
    """Make one."""
    project, name = call.project, str(call.body.get("accountId", ""))
    if not ACCOUNT_ID.fullmatch(name):
        raise Problem(400, "invalid", f"Invalid service account ID: {name}")
    said = call.body.get("serviceAccount", {})
    _describable(said)
    email = f"{name}@{project.id}.iam.gserviceaccount.com"
    if email in project.accounts:
        raise Problem(
            409, "alreadyExists", f"Service account {name} already exists within project projects/{project.id}."
        )
    account: Record = {
        "name": f"projects/{project.id}/serviceAccounts/{email}",
        "projectId": project.id,
        "uniqueId": "1" + call.world.id() + "1",
        "email": email,
        "oauth2ClientId": call.world.id(),
        "_since": call.world.clock(),
        **{field: said[field] for field in ("displayName", "description") if said.get(field)},
    }
    project.accounts[email] = account
    project.keys[email] = {}
    return _account(account)


@answers("iam.projects.serviceAccounts.get")
def get_account(call: Call) -> Record:
    """One."""
    return _account(_found(call))


@answers("iam.projects.serviceAccounts.list")
def list_accounts(call: Call) -> Record:
    """All, in pages of twenty where nothing else is asked."""
    found = [_account(account) for _, account in sorted(call.project.accounts.items())]
    some, token = page(call, found, "pageSize", 20)
    return {"accounts": some, **({"nextPageToken": token} if token else {})}


@answers("iam.projects.serviceAccounts.patch")
def patch_account(call: Call) -> Record:
    """What the mask names: the display name or the description."""
    account, said = _found(call), call.body.get("serviceAccount", {})
    fields = [field for field in str(call.body.get("updateMask", "")).split(",") if field]
    if not fields or set(fields) - {"displayName", "description", "display_name"}:
        raise Problem(400, "invalid", "Invalid update mask: only display_name and description can be changed")
    if said.get("etag") and said["etag"] != _account(account)["etag"]:
        raise Problem(409, "aborted", "There were concurrent policy changes.", status="ABORTED")
    _describable(said)
    account.update({field: said.get(field, "") for field in fields})
    return _account(account)


@answers("iam.projects.serviceAccounts.delete")
def delete_account(call: Call) -> Record:
    """Delete it and its keys. What policies say of it stays there, under another name."""
    account = _found(call)
    email = account["email"]
    del call.project.accounts[email]
    del call.project.keys[email]
    policies = [call.project.policy, *(bucket["_policy"] for bucket in call.world.buckets.values())]
    for policy in policies:
        for binding in policy["bindings"]:
            binding["members"] = [
                f"deleted:{member}?uid={account['uniqueId']}" if member == f"serviceAccount:{email}" else member
                for member in binding["members"]
            ]
    return {}


@answers("iam.projects.serviceAccounts.keys.create")
def create_key(call: Call) -> Record:
    """Make one; its private half is told once."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  only a key's maker needs it
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415  the same

    account = _found(call)
    keys = call.project.keys[account["email"]]
    if len(keys) >= MOST_KEYS:
        raise Problem(
            400, "failedPrecondition", "Maximum number of keys on account reached.", status="FAILED_PRECONDITION"
        )
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    id_ = secrets.token_hex(20)
    key: Record = {
        "name": f"{account['name']}/keys/{id_}",
        "keyAlgorithm": "KEY_ALG_RSA_2048",
        "keyOrigin": "GOOGLE_PROVIDED",
        "keyType": "USER_MANAGED",
        "validAfterTime": moment(),
        "validBeforeTime": "9999-12-31T23:59:59Z",
        "_public": private.public_key(),
    }
    keys[id_] = key
    file = json.dumps(key_file(call.project.id, account, id_, pem, call.url)).encode()
    return {
        **told(key),
        "privateKeyType": "TYPE_GOOGLE_CREDENTIALS_FILE",
        "privateKeyData": base64.b64encode(file).decode(),
    }


def key_file(project: str, account: Record, id_: str, pem: str, url: str) -> dict[str, str]:
    """A credentials file, as Google writes it, that leads to this emulator."""
    return {
        "type": "service_account",
        "project_id": project,
        "private_key_id": id_,
        "private_key": pem,
        "client_email": account["email"],
        "client_id": account["oauth2ClientId"],
        "auth_uri": f"{url}/o/oauth2/auth",
        "token_uri": f"{url}/token",
        "universe_domain": "googleapis.com",
    }


@answers("iam.projects.serviceAccounts.keys.list")
def list_keys(call: Call) -> Record:
    """All: those that Google keeps for itself are not shown."""
    keys = call.project.keys[_found(call)["email"]]
    return {"keys": [told(key) for key in keys.values()]} if keys else {}


@answers("iam.projects.serviceAccounts.keys.delete")
def delete_key(call: Call) -> Record:
    """Delete it."""
    email, id_ = _key(call)
    del call.project.keys[email][id_]
    return {}


@answers("iam.projects.serviceAccounts.keys.disable", "iam.projects.serviceAccounts.keys.enable")
def switch_key(call: Call) -> Record:
    """Let it in or not."""
    email, id_ = _key(call)
    call.project.keys[email][id_]["disabled"] = call.method.id.endswith("disable")
    return {}


@answers("iam.projects.roles.create")
def create_role(call: Call) -> Record:
    """Make one under an id that nobody has, nor had."""
    project, id_ = call.project, str(call.body.get("roleId", ""))
    if not ROLE_ID.fullmatch(id_):
        raise Problem(400, "invalid", f"The role_id {id_} does not match the pattern {ROLE_ID.pattern}")
    name = f"projects/{project.id}/roles/{id_}"
    if id_ in project.roles:
        if project.roles[id_].get("deleted"):
            where = "where there is an existing role with that role_id in a deleted state."
            message = f"You can't create a role with role_id ({id_}) {where}"
            raise Problem(400, "failedPrecondition", message, status="FAILED_PRECONDITION")
        raise Problem(409, "alreadyExists", f"A role named {id_} in projects/{project.id} already exists.")
    said = dict(call.body.get("role", {}))
    _grantable(said)
    project.roles[id_] = {"name": name, **{n: v for n, v in said.items() if n not in {"name", "etag", "deleted"}}}
    return _role(project.roles[id_])


@answers("iam.projects.roles.get")
def get_role(call: Call) -> Record:
    """One, deleted or not."""
    return _role(_named(call))


@answers("iam.projects.roles.list")
def list_roles(call: Call) -> Record:
    """All; what they permit only in the full view."""
    full = call.text("view") == "FULL"
    found = [
        {name: value for name, value in _role(role).items() if full or name != "includedPermissions"}
        for _, role in sorted(call.project.roles.items())
        if call.parameters.get("showDeleted") or not role.get("deleted")
    ]
    some, token = page(call, found, "pageSize", 300)
    return {**({"roles": some} if some else {}), **({"nextPageToken": token} if token else {})}


@answers("iam.projects.roles.patch")
def patch_role(call: Call) -> Record:
    """What the mask names."""
    role = _alive(call)
    _current(role, call.body.get("etag"))
    fields = [field for field in call.text("updateMask").split(",") if field] or sorted(call.body)
    _grantable(call.body)
    known = {"included_permissions": "includedPermissions"}
    for field in (known.get(field, field) for field in fields):
        if field not in {"title", "description", "includedPermissions", "stage"}:
            raise Problem(400, "invalid", f"Invalid update mask: {field}")
        role[field] = call.body.get(field, [] if field == "includedPermissions" else "")
    return _role(role)


@answers("iam.projects.roles.delete")
def delete_role(call: Call) -> Record:
    """It grants nothing from now on, and its id is taken for a while."""
    role = _alive(call)
    _current(role, call.text("etag") or None)
    role["deleted"] = True
    return _role(role)


def _account(account: Record) -> Record:
    return {**told(account), "etag": fingerprint(account)}


def _role(role: Record) -> Record:
    return {**role, "etag": fingerprint(role)}


def _found(call: Call) -> Record:
    email = call.text("name").split("/")[3]
    account = call.project.accounts.get(email)
    if account is None:
        raise Problem(404, "notFound", f"Unknown service account: {call.text('name')}")
    return account


def _key(call: Call) -> tuple[str, str]:
    parts = call.text("name").split("/")
    if parts[5] not in call.project.keys.get(parts[3], {}):
        raise Problem(404, "notFound", f"Service account key {parts[5]} does not exist.")
    return parts[3], parts[5]


def _named(call: Call) -> Record:
    role = call.project.roles.get(call.text("name").split("/")[3])
    if role is None:
        raise Problem(404, "notFound", f"The role named {call.text('name')} was not found.")
    return role


def _alive(call: Call) -> Record:
    role = _named(call)
    if role.get("deleted"):
        message = f"Role {call.text('name')} is deleted."
        raise Problem(400, "failedPrecondition", message, status="FAILED_PRECONDITION")
    return role


def _current(role: Record, etag: Any) -> None:
    if etag is not None and etag != _role(role)["etag"]:
        raise Problem(409, "aborted", "There were concurrent changes to the role.", status="ABORTED")


def _describable(said: Record) -> None:
    if len(str(said.get("description", "")).encode()) > LONGEST_DESCRIPTION:
        raise Problem(400, "invalid", "The description is longer than 256 bytes.")


def _grantable(said: Record) -> None:
    for permission in said.get("includedPermissions", ()):
        if not PERMISSION.fullmatch(permission):
            raise Problem(400, "invalid", f"Permission {permission} is not valid.")
