"""What stands in an emulated Google before anybody paves: two projects, whoever works on them, an image of others."""

from __future__ import annotations

import secrets
from typing import Any

from paver_gcp.sandbox.accounts import key_file
from paver_gcp.sandbox.dispatch import Emulator
from paver_gcp.sandbox.example import ELSEWHERE, ELSEWHERE_NUMBER, FAMILY, IMAGES, NUMBER, PROJECT
from paver_gcp.sandbox.places import SERVICES
from paver_gcp.sandbox.policies import OWNER
from paver_gcp.sandbox.world import Project, World, link, moment

ADMINISTRATOR = "administrator"
DISK_GIB = "10"


def furnish(emulator: Emulator) -> dict[str, Any]:
    """Put it there, and return the credentials file of an administrator of both projects."""
    world = emulator.world
    for id_, number in ((PROJECT, NUMBER), (ELSEWHERE, ELSEWHERE_NUMBER)):
        world.projects[id_] = Project(id_, number, services=set(SERVICES))
    _image(world)
    file = principal(emulator, ADMINISTRATOR, OWNER)
    member = f"serviceAccount:{file['client_email']}"
    world.projects[ELSEWHERE].policy["bindings"].append({"role": OWNER, "members": [member]})
    return file


def principal(emulator: Emulator, name: str, role: str) -> dict[str, Any]:
    """A service account with one role on the project, and the credentials file that it is known by."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  only a key's maker needs it
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415  the same

    world, project = emulator.world, emulator.world.projects[PROJECT]
    email = f"{name}@{PROJECT}.iam.gserviceaccount.com"
    account = {
        "name": f"projects/{PROJECT}/serviceAccounts/{email}",
        "projectId": PROJECT,
        "uniqueId": world.id(),
        "email": email,
        "oauth2ClientId": world.id(),
    }
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    id_ = secrets.token_hex(20)
    project.accounts[email] = account
    project.keys[email] = {id_: {"name": f"{account['name']}/keys/{id_}", "_public": private.public_key()}}
    project.policy["bindings"].append({"role": role, "members": [f"serviceAccount:{email}"]})
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return dict(key_file(PROJECT, account, id_, pem.decode(), emulator.url))


def _image(world: World) -> None:
    path = f"projects/{IMAGES}/global/images/{FAMILY}-1"
    world.resources[path] = {
        "kind": "compute#image",
        "id": world.id(),
        "name": f"{FAMILY}-1",
        "family": FAMILY,
        "selfLink": link(path),
        "creationTimestamp": moment(),
        "diskSizeGb": DISK_GIB,
        "status": "READY",
    }
