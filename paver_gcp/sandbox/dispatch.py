"""One request from the wire to its answer: who, what, whether it may be, whether it fits; then the handler."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

# What a module answers it registers when it is imported.
from paver_gcp.sandbox import (
    accounts,
    buckets,
    computing,
    hosts,
    machines,
    operations,
    places,
    policies,
    rights,
    secret_manager,
    zones,
)
from paver_gcp.sandbox.call import HANDLERS, Answer, Call
from paver_gcp.sandbox.discovery import Catalogue, Method
from paver_gcp.sandbox.problem import Problem, invalid, unmade
from paver_gcp.sandbox.schema import body as checked_body
from paver_gcp.sandbox.schema import parameters as checked_parameters
from paver_gcp.sandbox.tokens import Tokens
from paver_gcp.sandbox.world import Project, World

FAMILIES = (accounts, buckets, hosts, machines, operations, places, policies, secret_manager, zones)
"""Everything that answers, Compute's common verbs apart."""
computing.register()
CONTROL = "/sandbox"
"""Where the emulator is told how to behave. No API of Google's has such a path."""


@dataclass
class Fault:
    """What becomes of the next requests of some sort."""

    method: str
    """A pattern: `compute.*.insert`."""
    code: int
    reason: str = "backendError"
    message: str = "The service is unavailable; try again later"
    times: int = 1


@dataclass
class Emulator:
    """All of it.

    Args:
        world: What it has.
        catalogue: What it can be asked.
    """

    world: World = field(default_factory=World)
    catalogue: Catalogue = field(default_factory=Catalogue)
    url: str = ""
    faults: list[Fault] = field(default_factory=list)
    enforces: bool = True
    """Whether a caller's permissions are looked at."""
    seen: list[str] = field(default_factory=list)
    """Every method that was asked for, in order."""

    def __post_init__(self) -> None:
        """Nobody is signed in."""
        self.tokens = Tokens(self.world)

    def answer(self, verb: str, target: str, headers: Mapping[str, str], data: bytes) -> Answer:
        """The answer to one request, with its body in bytes."""
        path, _, query = target.partition("?")
        with self.world.lock:
            self.world.settle()
            if path == "/token":
                status, said = self.tokens.give(data)
                return _json(said, status)
            if path == CONTROL:
                return _json(self.behave(json.loads(data) if verb == "PUT" else {}))
            # The pieces of an upload are put where the answer to its first request said.
            meant = "POST" if verb == "PUT" and "upload_id=" in query else verb
            found = self.catalogue.find(meant, path)
            if found is None:
                absent = Problem(404, "notFound", f"The requested URL {path} was not found on this server.")
                return _json(absent.body("compute"), absent.code)
            try:
                return self._answer(found[0], found[1], query, headers, data)
            except Problem as problem:
                return _json(problem.body(found[0].service), problem.code)

    def behave(self, how: Mapping[str, Any]) -> dict[str, Any]:
        """Take on another behaviour (`latency`, `lag`, `faults`, `quotas`, `services`), and tell the present one."""
        self.world.latency = float(how.get("latency", self.world.latency))
        self.world.lag = float(how.get("lag", self.world.lag))
        if "faults" in how:
            self.faults = [Fault(**fault) for fault in how["faults"]]
        for project in self.world.projects.values():
            if "quotas" in how:
                project.quotas = {str(name): int(limit) for name, limit in how["quotas"].items()}
            if "services" in how:
                project.services = set(how["services"])
        left = sum(fault.times for fault in self.faults)
        return {"latency": self.world.latency, "faults": left, "needed": sorted(self.world.needed)}

    def _answer(
        self, method: Method, path: Mapping[str, str], query: str, headers: Mapping[str, str], data: bytes
    ) -> Answer:
        self.seen.append(method.id)
        caller = self.tokens.caller(headers)
        self._fail(method)
        asked = parse_qs(query, keep_blank_values=True)
        resumed = method.upload and "upload_id" in asked
        known = {name: values for name, values in asked.items() if name != "upload_id"}
        found = checked_parameters(method, path, known)
        if "project" in found:
            found["project"] = self._normal(str(found["project"]))
        body = {} if method.upload else checked_body(method, _read(data))
        if resumed:
            found["upload_id"] = asked["upload_id"][0]
        call = Call(self.world, method, found, body, caller, self.url, data, headers)
        self._serve(call)
        handler = HANDLERS.get(method.id)
        if handler is None:
            raise unmade(method.id)
        answer = buckets.resume(self.world, call) if resumed else handler(call)
        return answer if isinstance(answer, Answer) and isinstance(answer.body, bytes) else _json(answer)

    def _serve(self, call: Call) -> None:
        known = {one.id for one in call.world.projects.values()}
        if call.method.id.startswith("compute.images.get") and call.text("project") not in known:
            return  # an image of others, which is everybody's
        service = f"{call.method.service}.googleapis.com"
        if service not in self._project(call).services:
            number = call.project.number
            message = f"{service} has not been used in project {number} before or it is disabled."
            raise Problem(403, "accessNotConfigured", message)
        if self.enforces:
            rights.check(call)
        places.check_place(call)

    def _project(self, call: Call) -> Project:
        """The project of a call; of one that is not there some say that one may not see it."""
        try:
            return call.project
        except Problem:
            if call.method.service != "cloudresourcemanager":
                raise
            what = call.text("name") or call.text("resource")
            message = (
                "Permission 'resourcemanager.projects.get' denied on resource "
                f"'//cloudresourcemanager.googleapis.com/{what}' (or it may not exist)."
            )
            raise Problem(403, "forbidden", message) from None

    def _normal(self, project: str) -> str:
        """A project's id, where it was called by its number; one of others stays as it is."""
        return next((one.id for one in self.world.projects.values() if project == one.number), project)

    def _fail(self, method: Method) -> None:
        for fault in self.faults:
            if fault.times > 0 and fnmatch.fnmatchcase(method.id, fault.method):
                fault.times -= 1
                raise Problem(fault.code, fault.reason, fault.message)


def _read(data: bytes) -> Any:
    if not data:
        return None
    try:
        return json.loads(data)
    except ValueError as error:
        raise invalid("Parse Error") from error


def _json(said: Any, status: int = 200) -> Answer:
    if isinstance(said, Answer):
        status, headers, said = said.status, dict(said.headers), said.body
    else:
        headers = {}
    text = b"" if said is None else json.dumps(said).encode()
    return Answer(body=text, status=status, headers={"Content-Type": "application/json; charset=UTF-8", **headers})
