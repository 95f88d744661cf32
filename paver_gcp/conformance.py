"""What the conformance kit needs of this driver: emulated projects, each with one environment in one zone."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID, uuid4

import yaml
from pydantic import JsonValue

from paver.conformance.line import WireLine
from paver.conformance.target import Census, Edit, Site, Target, Thing, texts
from paver.conformance.wire import Wire
from paver.conformance.wire.request import Request
from paver.conformance.wire.route import Route
from paver.conformance.wire.voice import fitting
from paver.contract.types import Owner
from paver_gcp.sandbox import foreign
from paver_gcp.sandbox.census import FADING, census
from paver_gcp.sandbox.example import ELSEWHERE, PROJECT, REGION
from paver_gcp.sandbox.stage import Stage, stranger

LEASE = "paver-lease-"
BUCKETS = "/storage/v1/b"
NOBODY = "nobody.json"
ID = re.compile(r"projects/[a-z0-9-]+/(?:global|roles|regions/[a-z0-9-]+|zones/[a-z0-9-]+)/[\w/-]+")
COMPUTE = f"compute/v1/projects/{PROJECT}"
HERE = f"{COMPUTE}/regions/{REGION}"

EXPECTED = """
address sandbox-concourse
address sandbox-jumpbox
address sandbox-nat
address sandbox-ssh
backend-service sandbox-concourse-tcp
backend-service sandbox-ssh-tcp
bucket paver-lease-{owner}
bucket sandbox-blobs-{short}
disk sandbox-jumpbox
firewall sandbox-deny-in
firewall sandbox-deny-out
firewall sandbox-health-concourse
firewall sandbox-health-ssh
firewall sandbox-in-concourse
firewall sandbox-in-director
firewall sandbox-in-internal
firewall sandbox-in-jumpbox
firewall sandbox-in-ssh
firewall sandbox-out-all
firewall sandbox-out-iaas
firewall sandbox-out-lb
firewall sandbox-out-management
forwarding-rule sandbox-concourse-tcp
forwarding-rule sandbox-ssh-tcp
health-check sandbox-concourse
health-check sandbox-ssh
hosted-zone sandbox
instance sandbox-jumpbox
instance-group sandbox-concourse-z1
instance-group sandbox-ssh-z1
nat of sandbox-management
network sandbox
policy of sandbox-blobstore on sandbox-blobs-{short}
policy of sandbox-bosh-cpi on the project
record A concourse.sandbox.example.com.
record A jumpbox.sandbox.example.com.
record A ssh.sandbox.example.com.
record TXT _paver.concourse.sandbox.example.com.
record TXT _paver.jumpbox.sandbox.example.com.
record TXT _paver.ssh.sandbox.example.com.
role sandbox_blobstore
role sandbox_bosh_cpi
router sandbox
service-account sandbox-blobstore
service-account sandbox-bosh-cpi
service-account-key of sandbox-blobstore
service-account-key of sandbox-bosh-cpi
subnet sandbox-lb
subnet sandbox-management
subnet sandbox-services
"""


class GcpSite(Site):
    """One project, with one of each kind in one zone."""

    lease_things: ClassVar[int] = 1
    settle: ClassVar[float | None] = 3.0

    def __init__(self, stage: Stage, wire: Wire) -> None:
        self._stage = stage
        self._client = stage.client
        self._owner = Owner(id=uuid4(), name="sandbox")
        self._gcp_line = WireLine(wire)
        self._endpoint = f"http://{wire.address()}"
        self.line = self._gcp_line
        self._nobody = stage.directory / NOBODY
        self._nobody.write_text(json.dumps(stranger(stage.file)), encoding="utf-8")

    def spec(self, owner: UUID) -> str:
        """The sandbox's example, made small, over the wire."""
        self._owner = Owner(id=owner, name="sandbox")
        document = yaml.safe_load(self._stage.sandbox.spec(self._stage.directory, owner))
        document |= {"zones": 1, "networks": {"management": {}, "services": {"egress": "none"}, "lb": {}}}
        section = document["iaas"]["gcp"]
        section |= {
            "zones": {"z1": section["zones"]["z1"]},
            "credentials_file": str(self._stage.credentials),
            "endpoint": self._endpoint,
        }
        return yaml.safe_dump(document, sort_keys=False)

    def census(self) -> Census:
        """Everything but roles that fade."""
        return {
            thing.id: Thing(thing.noun, thing.name, thing.state)
            for thing in census(self._client)
            if thing.noun != FADING
        }

    def expected(self) -> Counter[str]:
        """Every noun."""
        id_ = self._owner.id
        return Counter(EXPECTED.format(owner=id_, short=id_.hex[:10]).split("\n")[1:-1])

    def plant(self, owner: UUID) -> None:
        """Half of them another owner's, half nobody's."""
        del owner
        foreign.plant(self._client)

    def clone(self) -> None:
        """A network, a subnet, an address, a machine with its disk."""
        foreign.restore(self._client, self._owner)

    def edits(self) -> Sequence[Edit]:
        """Each by a call of its own, as the console makes it."""
        blobs = f"sandbox-blobs-{self._owner.id.hex[:10]}"
        found: Mapping[str, tuple[str, Callable[[], object]]] = {
            "firewall/in/jumpbox": (
                "a rule lets everybody in",
                self._change(
                    f"{COMPUTE}/global/firewalls/sandbox-in-jumpbox",
                    {"name": "sandbox-in-jumpbox", "sourceRanges": ["0.0.0.0/0"]},
                ),
            ),
            "subnet/services": (
                "a subnet loses its way to Google",
                self._change(f"{HERE}/subnetworks/sandbox-services", {"privateIpGoogleAccess": False}),
            ),
            "nat/management": (
                "a subnet goes out no more",
                self._change(f"{HERE}/routers/sandbox", {"nats": []}),
            ),
            "backend-service/ssh/tcp": (
                "nothing is behind a balancer",
                self._change(f"{HERE}/backendServices/sandbox-ssh-tcp", {"backends": []}),
            ),
            "bucket/blobs": (
                "versions are suspended",
                self._change(f"storage/v1/b/{blobs}", {"versioning": {"enabled": False}}),
            ),
            "forwarding-rule/concourse/tcp": (
                "a rule of a balancer is gone",
                lambda: self._client("DELETE", f"{HERE}/forwardingRules/sandbox-concourse-tcp"),
            ),
            "instance/jumpbox": (
                "a machine is stopped",
                lambda: self._client("POST", f"{COMPUTE}/zones/{REGION}-b/instances/sandbox-jumpbox/stop"),
            ),
            "address/ssh": ("labels are taken off", self._unlabelled),
            "service-account-key/blobstore": ("a key sleeps", self._sleeping),
            "role/blobstore": ("a role permits more", self._permitting),
            "policy/bosh-cpi": ("an account may do everything", self._granting),
            "record/jumpbox": ("a record leads elsewhere", self._leading),
        }
        return [Edit(what, frozenset({key}), _only(apply)) for key, (what, apply) in found.items()]

    def fill(self) -> None:
        """An object in the bucket."""
        blobs = f"sandbox-blobs-{self._owner.id.hex[:10]}"
        path = f"upload/storage/v1/b/{blobs}/o"
        self._client("POST", path, data=b"data", uploadType="media", name="backups/2026-11-25.tar")

    def squat(self) -> Counter[str]:
        """A machine of others in a subnet of ours."""
        subnet = f"projects/{PROJECT}/regions/{REGION}/subnetworks/sandbox-services"
        foreign.machine(self._client, "squatter", subnet)
        lease = f"bucket {LEASE}{self._owner.id}"
        left = ("network sandbox", "subnet sandbox-services", "instance squatter", "disk squatter", lease)
        return Counter(left)

    def evict(self) -> None:
        """Their machine goes."""
        self._client("DELETE", f"{COMPUTE}/zones/{REGION}-b/instances/squatter")

    def denied(self) -> Mapping[str, str]:
        """A key that nobody made."""
        return {"PAVER_SPEC__IAAS__GCP__CREDENTIALS_FILE": str(self._nobody)}

    def elsewhere(self) -> Mapping[str, str]:
        """Another project of the same administrator's."""
        return {"PAVER_SPEC__IAAS__GCP__PROJECT": ELSEWHERE}

    def stale(self, seconds: float) -> None:
        """Reads lag."""
        self._gcp_line.stale(seconds)

    def given(self) -> Sequence[str]:
        """The key that paver itself comes with."""
        return [self._stage.file["private_key"]]

    def ids(self, document: Mapping[str, JsonValue]) -> Sequence[str]:
        """Every text that looks like a path of Google's."""
        return [text for text in texts(dict(document)) if ID.fullmatch(text)]

    def documented(self) -> Counter[str]:
        """What the document names by its path; the rest it names by name, as BOSH's CPI wants it."""
        return Counter({"instance": 1, "forwarding-rule": 2, "role": 2})

    def _change(self, path: str, body: Mapping[str, Any]) -> Callable[[], object]:
        return lambda: self._client("PATCH", path, dict(body))

    def _unlabelled(self) -> None:
        path = f"{HERE}/addresses/sandbox-ssh"
        seen = self._client("GET", path)["labelFingerprint"]
        self._client("POST", f"{path}/setLabels", {"labels": {}, "labelFingerprint": seen})

    def _sleeping(self) -> None:
        [key] = [id_ for id_, one in self.census().items() if str(one) == "service-account-key of sandbox-blobstore"]
        self._client("POST", f"v1/{key}:disable", {})

    def _permitting(self) -> None:
        [role] = [id_ for id_, one in self.census().items() if str(one) == "role sandbox_blobstore"]
        body = {"includedPermissions": ["storage.objects.get", "storage.buckets.delete"]}
        self._client("PATCH", f"v1/{role}", body, updateMask="includedPermissions")

    def _granting(self) -> None:
        path = f"v3/projects/{PROJECT}"
        policy = self._client("POST", f"{path}:getIamPolicy", {})
        member = f"serviceAccount:sandbox-bosh-cpi@{PROJECT}.iam.gserviceaccount.com"
        policy["bindings"].append({"role": "roles/editor", "members": [member]})
        self._client("POST", f"{path}:setIamPolicy", {"policy": policy})

    def _leading(self) -> None:
        path = f"dns/v1/projects/{PROJECT}/managedZones/sandbox"
        [before] = [
            one
            for one in self._client.all(f"{path}/rrsets", "rrsets")
            if one["name"].startswith("jumpbox.") and one["type"] == "A"
        ]
        change = {"deletions": [before], "additions": [{**before, "rrdatas": ["192.0.2.1"]}]}
        self._client("POST", f"{path}/changes", change)


class GcpTarget(Target):
    """One emulated Google a site, with a wire before it."""

    iaas: ClassVar[str] = "gcp"
    share: ClassVar[int] = 6
    preload: ClassVar[Sequence[str]] = ("google.auth.transport.requests", "google.oauth2.service_account")

    @contextmanager
    def open(self, directory: Path) -> Iterator[Site]:
        """An empty project."""
        directory.mkdir(parents=True, exist_ok=True)
        stage = Stage(directory)
        try:
            route = Route("127.0.0.1:0", stage.url.removeprefix("http://"))
            with Wire(route, voice=fitting, bookkeeping=_keeps_the_lease) as wire:
                yield GcpSite(stage, wire)
        finally:
            stage.close()


def _only(apply: Callable[[], object]) -> Callable[[], None]:
    def edit() -> None:
        apply()

    return edit


def _keeps_the_lease(request: Request) -> bool:
    made = request.path == BUCKETS and LEASE.encode() in request.body
    return made or f"{BUCKETS}/{LEASE}" in request.path
