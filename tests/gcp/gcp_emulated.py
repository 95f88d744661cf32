"""An emulator in this process: no server, no key, and a clock that the test moves."""

from __future__ import annotations

import json
from functools import cache
from typing import Any
from urllib.parse import urlencode

from paver_gcp.sandbox.discovery import Catalogue
from paver_gcp.sandbox.dispatch import Emulator
from paver_gcp.sandbox.example import IMAGES, NUMBER, PROJECT
from paver_gcp.sandbox.places import SERVICES
from paver_gcp.sandbox.policies import OWNER
from paver_gcp.sandbox.world import Project, World, link

Answered = dict[str, Any]
CALLER = f"caller@{PROJECT}.iam.gserviceaccount.com"
COMPUTE = f"/compute/v1/projects/{PROJECT}"
REGION = f"{COMPUTE}/regions/europe-west1"
IMAGE = f"projects/{IMAGES}/global/images/plain"


@cache
def catalogue() -> Catalogue:
    """Read once: the documents are five megabytes."""
    return Catalogue()


class Refused(Exception):
    """An answer of 400 or more."""

    def __init__(self, status: int, body: Answered) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        error = body["error"]
        self.message = str(error["message"])
        self.reason = str(error["errors"][0]["reason"] if "errors" in error else error["status"])


class Asking:
    """Somebody who may do everything in one empty project."""

    def __init__(self) -> None:
        self.now = 0.0
        self.world = World(clock=lambda: self.now, latency=1.0)
        self.world.projects[PROJECT] = Project(PROJECT, NUMBER, services=set(SERVICES))
        account = {"email": CALLER, "uniqueId": "1", "name": CALLER}
        self.world.projects[PROJECT].accounts[CALLER] = account
        self.world.projects[PROJECT].keys[CALLER] = {}
        self.world.projects[PROJECT].policy["bindings"] = [{"role": OWNER, "members": [f"serviceAccount:{CALLER}"]}]
        self.world.resources[IMAGE] = {"name": "plain", "selfLink": link(IMAGE), "diskSizeGb": "10"}
        self.emulator = Emulator(self.world, catalogue(), "http://127.0.0.1:1")
        self.emulator.tokens.given["token"] = (CALLER, float("inf"))

    def raw(self, verb: str, target: str, data: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
        said = {"authorization": "Bearer token", **{name.replace("_", "-"): text for name, text in headers.items()}}
        answer = self.emulator.answer(verb, target, said, data)
        return answer.status, dict(answer.headers), answer.body

    def __call__(self, verb: str, path: str, body: Any = None, **query: Any) -> Answered:
        """The answer. Raises Refused."""
        target = path + (f"?{urlencode(query, doseq=True)}" if query else "")
        status, _, text = self.raw(verb, target, json.dumps(body).encode() if body is not None else b"")
        found: Answered = json.loads(text or b"{}")
        if status >= 400:
            raise Refused(status, found)
        return found

    def wait(self, seconds: float = 1.0) -> None:
        self.now += seconds

    def done(self, operation: Answered) -> Answered:
        """The same operation once its time is over."""
        self.wait()
        return self("GET", "/compute/v1/" + operation["selfLink"].partition("/compute/v1/")[2])

    def made(self, where: str, name: str, **body: Any) -> str:
        """The path of something that is made and ready."""
        operation = self("POST", f"{COMPUTE}/{where}", {"name": name, **body})
        done = self.done(operation)
        assert "error" not in done, done
        return str(done["targetLink"]).partition("/compute/v1/")[2]

    def network(self, name: str = "net") -> str:
        return self.made("global/networks", name, autoCreateSubnetworks=False)

    def subnet(self, network: str, name: str = "sub", block: str = "10.0.0.0/24") -> str:
        return self.made("regions/europe-west1/subnetworks", name, network=network, ipCidrRange=block)

    def machine(self, subnet: str, name: str = "vm", **more: Any) -> str:
        disk = {"boot": True, "autoDelete": True, "initializeParams": {"sourceImage": IMAGE}}
        return self.made(
            "zones/europe-west1-b/instances",
            name,
            machineType="zones/europe-west1-b/machineTypes/e2-small",
            disks=[disk],
            networkInterfaces=[{"subnetwork": subnet}],
            **more,
        )
