"""What BOSH's CPI for Google looks up before it makes a machine, looked up as the account that a director gets.

Google says itself which permissions whoever calls has. The CPI finds a backend service by its name, global or of
the region, and puts a machine into that of its groups which is in the machine's zone (bosh-google-cpi-release,
`google/backendservice`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from paver.contract.asking import TRIES
from paver.contract.bosh import Reveal, credential_for
from paver.contract.environment import PavedEnvironment
from paver.contract.errors import NotFound, Rejected
from paver.contract.findings import Cause, Check, Finding, bad, good, side_by_side
from paver_gcp import policies
from paver_gcp.api import Api, quoted
from paver_gcp.bosh import DISK_TYPE, MACHINE_TYPES
from paver_gcp.environment import GcpLoadBalancer, GcpSubnet, GcpTop, GcpZone
from paver_gcp.resources.compute import bare, base
from paver_gcp.settings import GcpSettings

PAVE = "paver pave makes it"
QUESTION = 100
"""Permissions of one question (Resource Manager API Reference, `testIamPermissions`)."""
UP = "UP"


def bosh_findings(environment: PavedEnvironment, settings: GcpSettings, reveal: Reveal) -> Iterator[Finding]:
    """All of it: permissions with the login, and then everything at once."""
    cpi = credential_for(environment, "bosh-cpi")
    if cpi.secret is None:
        yield bad("login", f"the document names no key of {cpi.principal}", "paver pave makes one")
        return
    api = Api(settings, tries=TRIES, key=reveal(cpi.secret))
    try:
        lookups = Lookups(api, cpi.principal, environment)
        yield from lookups.permissions()
        yield from side_by_side(lookups.checks())
    finally:
        api.close()


class Lookups:
    """One environment, as the CPI's account sees it.

    Args:
        api: Google, with that account's key.
        account: Its address.
        environment: The document.
    """

    def __init__(self, api: Api, account: str, environment: PavedEnvironment) -> None:
        self._api = api
        self._account = account
        self._environment = environment
        self._top = GcpTop.model_validate(environment.driver)
        self._region = environment.target.location
        self._project = f"projects/{self._top.project}"
        self._zones: Mapping[str, str] = {
            name: GcpZone.model_validate(zone.driver).zone for name, zone in environment.zones.items()
        }

    def permissions(self) -> Iterator[Finding]:
        """Which of those that the CPI needs its account has on the project: Google's own word, and the login."""
        held: set[str] = set()
        for start in range(0, len(policies.CPI), QUESTION):
            body = {"permissions": list(policies.CPI[start : start + QUESTION])}
            path = f"{self._project}:testIamPermissions"
            held |= set(self._api.read("cloudresourcemanager", path, verb="POST", body=body).get("permissions", ()))
        yield good("login", f"{self._account} signs in")
        missing = [permission for permission in policies.CPI if permission not in held]
        if missing:
            what = f"{self._account} lacks {', '.join(missing)} on {self._project}"
            yield bad("permission", what, "paver pave grants it", cause=Cause.DENIED)
        else:
            yield good("permission", f"it has all {len(policies.CPI)} permissions of the CPI on {self._project}")

    def checks(self) -> Iterator[Check]:
        """Each by what it looks at."""
        for label, zone in self._zones.items():
            yield "zone", partial(self._zone, label, zone)
            for kind in dict.fromkeys(MACHINE_TYPES.values()):
                yield "machine type", partial(self._one, "machine type", "machineTypes", kind, zone)
            yield "disk type", partial(self._one, "disk type", "diskTypes", DISK_TYPE, zone)
        for name, place in self._subnets().items():
            yield "subnetwork", partial(self._subnet, name, place)
        network = f"projects/{self._top.network_project}/global/networks/{self._top.network}"
        yield "network", partial(self._there, "network", self._top.network, network)
        if self._environment.load_balancers:
            yield "backend service", self._balancers
        for name, store in self._environment.datastores.items():
            if store.object is not None:
                yield "bucket", partial(self._bucket, name, store.object.bucket)

    def _subnets(self) -> Mapping[str, GcpSubnet]:
        return {
            name: GcpSubnet.model_validate(subnet.driver)
            for network in self._environment.networks.values()
            for name, subnet in network.subnets.items()
        }

    def _zone(self, name: str, zone: str) -> Iterator[Finding]:
        try:
            status = str(self._api.read("compute", f"{self._project}/zones/{zone}").get("status", UP))
        except (NotFound, Rejected):
            yield bad("zone", f"Google has no zone {zone} for {name}")
            return
        if status == UP:
            yield good("zone", f"{zone} of {name} is up")
        else:
            yield bad("zone", f"{zone} of {name} is {status.lower()}", "another zone, or later")

    def _one(self, check: str, collection: str, name: str, zone: str) -> Iterator[Finding]:
        path = f"{self._project}/zones/{zone}/{collection}/{name}"
        yield from self._there(check, f"{name} in {zone}", path, "choose another zone")

    def _there(self, check: str, name: str, path: str, hint: str = PAVE) -> Iterator[Finding]:
        try:
            self._api.read("compute", path)
        except (NotFound, Rejected):
            yield bad(check, f"{name} is not there", hint)
        else:
            yield good(check, f"{name} is there")

    def _subnet(self, name: str, place: GcpSubnet) -> Iterator[Finding]:
        """And of the network that the CPI is told beside it."""
        path = f"projects/{place.network_project}/regions/{self._region}/subnetworks/{place.subnetwork}"
        try:
            network = base(str(self._api.read("compute", path)["network"]))
        except (NotFound, Rejected):
            yield bad("subnetwork", f"{place.subnetwork} of {name} is not there", PAVE)
            return
        if network != place.network:
            yield bad("subnetwork", f"{place.subnetwork} of {name} is in network {network}, not in {place.network}")
            return
        yield good("subnetwork", f"{place.subnetwork} of {name} is there")
        if place.network_project != self._top.project:
            yield from self._shared(place, path)

    def _shared(self, place: GcpSubnet, path: str) -> Iterator[Finding]:
        """A subnet of a host project is for that project to grant, and the role here says nothing of it."""
        asked = [one for one in policies.CPI if one.startswith("compute.subnetworks.use")]
        answer = self._api.read("compute", f"{path}/testIamPermissions", verb="POST", body={"permissions": asked})
        missing = [one for one in asked if one not in answer.get("permissions", ())]
        if missing:
            what = f"{self._account} lacks {', '.join(missing)} on {place.subnetwork} of {place.network_project}"
            hint = "whoever looks after that project grants roles/compute.networkUser on it"
            yield bad("permission", what, hint, cause=Cause.DENIED)
        else:
            yield good("permission", f"it may use {place.subnetwork} of {place.network_project}")

    def _balancers(self) -> Iterator[Finding]:
        path = f"{self._project}/aggregated/backendServices"
        mine = f"/regions/{self._region}/"
        there = {
            str(record["name"]): {bare(str(one["group"])) for one in record.get("backends", ())}
            for record in self._api.aggregated(path, "backendServices")
            if mine in str(record["selfLink"]) or "/regions/" not in str(record["selfLink"])
        }
        for name, balancer in self._environment.load_balancers.items():
            place = GcpLoadBalancer.model_validate(balancer.driver)
            # A machine is put into the first one's groups; paver puts the same ones behind the others.
            for service in place.backend_services:
                if service not in there:
                    yield bad("backend service", f"{service} of load balancer {name} is not there", PAVE)
                    continue
                yield good("backend service", f"{service} of load balancer {name} is there")
                yield from self._groups(service, there[service], self._environment.networks[balancer.network].zones)

    def _groups(self, service: str, groups: Iterable[str], zones: Iterable[str]) -> Iterator[Finding]:
        """One in every zone whose machines may stand behind it."""
        by_zone = {path.split("/")[3]: path for path in groups}
        for name in zones:
            zone = self._zones[name]
            path = by_zone.get(zone)
            if path is None:
                yield bad("instance group", f"{service} has none in {zone}", PAVE)
            else:
                yield from self._there("instance group", f"{base(path)} in {zone}", path)

    def _bucket(self, name: str, bucket: str) -> Iterator[Finding]:
        try:
            self._api.read("storage", f"b/{quoted(bucket)}")
        except NotFound:
            yield bad("bucket", f"{bucket} of datastore {name} is not there", PAVE)
        else:
            yield good("bucket", f"{bucket} of datastore {name} is there")
