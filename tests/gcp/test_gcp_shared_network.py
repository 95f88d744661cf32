"""A network of a host project: what is the environment's stands in it, and nothing of the host's is changed."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gcp_commands import Outcome, command
from gcp_emulated import CALLER, Asking, Refused
from gcp_emulated import PROJECT as SERVICE
from gcp_projects import Document, Environment, Project

from paver import api
from paver.contract.findings import Severity
from paver_gcp.sandbox import census
from paver_gcp.sandbox.example import ELSEWHERE, ELSEWHERE_NUMBER, PROJECT, REGION
from paver_gcp.sandbox.policies import OWNER
from paver_gcp.sandbox.world import Project as Emulated

HOST = f"compute/v1/projects/{ELSEWHERE}"
NETWORK = f"projects/{ELSEWHERE}/global/networks/shared"
SUBNETS = {name: f"{name}-of-host" for name in ("management", "services", "workload", "lb")}
USE = "compute.subnetworks.use, compute.subnetworks.useExternalIp"
ENOUGH = (
    "compute.networks.get",
    "compute.networks.use",
    "compute.subnetworks.get",
    "compute.subnetworks.use",
    "compute.subnetworks.useExternalIp",
    "dns.networks.bindPrivateDNSZone",
)
"""All that whoever paves needs in the host project."""


def sharing(document: Document) -> None:
    document["networks"] = {name: {"existing": True} for name in SUBNETS}
    document["iaas"]["gcp"].update(network=NETWORK, subnets=dict(SUBNETS))


@pytest.fixture(scope="module")
def host(project: Project) -> None:
    """The other project: a network with a subnet for each of the environment's, a rule and a NAT of its own."""
    client = project.client
    spec = project.environment("ranges").loaded().spec
    client("POST", f"{HOST}/global/networks", {"name": "shared", "autoCreateSubnetworks": False})
    for name, subnet in SUBNETS.items():
        body = {"name": subnet, "network": NETWORK, "ipCidrRange": str(spec.cidr(name))}
        client("POST", f"{HOST}/regions/{REGION}/subnetworks", body)
    rule = {"name": "host-ssh", "network": NETWORK, "allowed": [{"IPProtocol": "tcp", "ports": ["22"]}]}
    client("POST", f"{HOST}/global/firewalls", rule)
    client("POST", f"{HOST}/regions/{REGION}/routers", {"name": "host-router", "network": NETWORK})
    client("POST", f"{HOST}/enableXpnHost")
    attached = {"xpnResource": {"id": PROJECT, "type": "PROJECT"}}
    client("POST", f"{HOST}/enableXpnResource", attached)


def state(project: Project) -> bytes:
    """Everything of the host, word for word, what changes by itself included."""
    client = project.client
    found: dict[str, Any] = {path: client("GET", f"{HOST}/{path}").get("items") for path, _ in census.COMPUTE.values()}
    found["project"] = client("GET", HOST)
    found["policy"] = client("POST", f"v3/projects/{ELSEWHERE}:getIamPolicy", {})
    found["all"] = sorted(census.census(client, ELSEWHERE))
    return json.dumps(found, sort_keys=True).encode()


@pytest.fixture(scope="module")
def deployer(project: Project, host: None) -> Environment:
    """An environment whose credentials have the printed role here, and in the host project what is used of it."""
    environment = project.environment("shared", sharing)
    client = project.client
    role = json.loads(command(environment, "permissions").out)
    account = client("POST", f"v1/projects/{PROJECT}/serviceAccounts", {"accountId": "paver-deployer"})
    for where, said in ((PROJECT, role), (ELSEWHERE, {"title": "host", "includedPermissions": list(ENOUGH)})):
        client("POST", f"v1/projects/{where}/roles", {"roleId": "deployer", "role": said})
        policy = client("POST", f"v3/projects/{where}:getIamPolicy", {})
        member = f"serviceAccount:{account['email']}"
        policy["bindings"].append({"role": f"projects/{where}/roles/deployer", "members": [member]})
        client("POST", f"v3/projects/{where}:setIamPolicy", {"policy": policy})
    file = Path(environment.file).with_name("deployer.json")
    file.touch(mode=0o600)
    file.write_bytes(base64.b64decode(client("POST", f"v1/{account['name']}/keys", {})["privateKeyData"]))
    environment.section["credentials_file"] = str(file)
    environment.edit()
    return environment


def pave(environment: Environment) -> Outcome:
    return command(environment, "pave", "-y", "-o", "json")


def said(outcome: Outcome) -> str:
    return " ".join((outcome.out + outcome.err).split())


@pytest.fixture
def permitted(project: Project, deployer: Environment) -> Iterator[Any]:
    """What the deployer may do in the host project, for one test."""

    def permit(*permissions: str) -> None:
        body = {"includedPermissions": list(permissions)}
        project.client("PATCH", f"v1/projects/{ELSEWHERE}/roles/deployer", body, updateMask="includedPermissions")

    yield permit
    permit(*ENOUGH)


def test_an_environment_stands_in_the_network_of_a_host_and_nothing_of_the_host_is_changed(
    project: Project, deployer: Environment
) -> None:
    before, theirs = state(project), project.census()
    project.wire.reset()
    paved = pave(deployer)
    assert paved.code == 0, paved.err
    document = json.loads(paved.out)
    assert document["driver"]["network"] == "shared"
    assert (document["driver"]["project"], document["driver"]["network_project"]) == (PROJECT, ELSEWHERE)
    for name, subnet in SUBNETS.items():
        [place] = document["networks"][name]["subnets"].values()
        assert place["driver"] == {"network": "shared", "subnetwork": subnet, "network_project": ELSEWHERE}
    compute = f"compute/v1/projects/{PROJECT}"
    [nic] = project.client("GET", f"{compute}/zones/{REGION}-b/instances/sandbox-jumpbox")["networkInterfaces"]
    assert nic["subnetwork"].endswith(f"projects/{ELSEWHERE}/regions/{REGION}/subnetworks/lb-of-host")
    assert not {one for one in project.census() if one.split()[0] in {"network", "subnet", "firewall", "router", "nat"}}
    assert state(project) == before
    with project.unchanged():
        assert not any(step.mutates for step in deployer.plan())
        verified = command(deployer, "verify")
    assert verified.code == 0, verified.err
    gone = command(deployer, "destroy", "-y", "--confirm-env", "sandbox")
    assert gone.code == 0, gone.err
    assert state(project) == before
    assert project.census() == theirs


def test_no_change_is_so_much_as_asked_for_in_the_host_project(project: Project, deployer: Environment) -> None:
    project.wire.reset()
    deployer.pave()
    deployer.destroy()
    changes = [one for one in project.wire.exchanges if one.mutating]
    assert len(changes) > 20
    assert [one.path for one in changes if f"/projects/{ELSEWHERE}" in one.path] == []


def test_whether_the_director_may_use_the_hosts_subnets_is_asked_as_the_director(
    project: Project, deployer: Environment
) -> None:
    paved, client, roles = deployer.pave(), project.client, f"v1/projects/{ELSEWHERE}/roles"
    looking = ["compute.networks.get", "compute.subnetworks.get"]
    client("POST", roles, {"roleId": "director", "role": {"title": "director", "includedPermissions": looking}})
    policy = client("POST", f"v3/projects/{ELSEWHERE}:getIamPolicy", {})
    member = f"serviceAccount:{paved.credentials['bosh-cpi'].principal}"
    binding = {"role": f"projects/{ELSEWHERE}/roles/director", "members": [member]}
    client(
        "POST",
        f"v3/projects/{ELSEWHERE}:setIamPolicy",
        {"policy": {**policy, "bindings": [*policy["bindings"], binding]}},
    )

    def failing() -> list[str]:
        found = api.verify_bosh(deployer.loaded(), deployer.options())
        return [one.what for one in found if one.severity is Severity.FAIL]

    missing = [f"lacks {USE} on {subnet} of {ELSEWHERE}" for subnet in SUBNETS.values()]
    assert [what for what in failing() if not what.endswith(tuple(missing))] == []
    assert len(failing()) == len(missing)
    allowed = {"includedPermissions": [*looking, *USE.split(", ")]}
    client("PATCH", f"{roles}/director", allowed, updateMask="includedPermissions")
    assert failing() == []
    now = client("POST", f"v3/projects/{ELSEWHERE}:getIamPolicy", {})
    client("POST", f"v3/projects/{ELSEWHERE}:setIamPolicy", {"policy": {**policy, "etag": now["etag"]}})
    deployer.destroy()


@pytest.mark.parametrize(
    ("without", "named"),
    [
        ("compute.networks.get", "not allowed in sandbox-elsewhere: compute.networks.get"),
        ("compute.networks.use", "not allowed in sandbox-elsewhere: compute.networks.use"),
        ("compute.subnetworks.get", "compute.subnetworks.get on management-of-host"),
        ("compute.subnetworks.use", "not allowed in sandbox-elsewhere: compute.subnetworks.use on"),
        ("compute.subnetworks.useExternalIp", "compute.subnetworks.useExternalIp on lb-of-host"),
        ("dns.networks.bindPrivateDNSZone", "not allowed in sandbox-elsewhere: dns.networks.bindPrivateDNSZone"),
    ],
)
def test_what_the_host_does_not_permit_is_said_before_anything_is_made(
    project: Project, deployer: Environment, permitted: Any, without: str, named: str
) -> None:
    permitted(*(one for one in ENOUGH if one != without))
    with project.unchanged():
        outcome = pave(deployer)
    assert outcome.code == 3, outcome.err
    assert named in said(outcome)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"subnets": {**SUBNETS, "lb": "nowhere"}}, "there is no subnet nowhere"),
        ({"network": f"projects/{ELSEWHERE}/global/networks/nowhere"}, f"projects/{ELSEWHERE}/global/networks/nowhere"),
        ({"subnets": {**SUBNETS, "lb": "workload-of-host"}}, "the subnet workload-of-host is"),
    ],
)
def test_what_the_host_does_not_have_is_said_before_anything_is_made(
    project: Project, host: None, change: dict[str, Any], named: str
) -> None:
    def wrong(document: Document) -> None:
        sharing(document)
        document["iaas"]["gcp"].update(change)

    environment = project.environment("wrong", wrong)
    with project.unchanged():
        outcome = pave(environment)
    assert outcome.code == 7, outcome.err
    assert named in said(outcome)


def test_a_project_that_is_no_host_of_this_one_is_named_with_what_makes_it_one(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    alone = Project(tmp_path_factory.mktemp("alone"))
    try:
        environment = alone.environment("alone", sharing)
        with alone.unchanged():
            outcome = pave(environment)
    finally:
        alone.close()
    assert outcome.code == 7, outcome.err
    assert f"{ELSEWHERE} does not share its networks with {PROJECT}" in said(outcome)
    assert f"gcloud compute shared-vpc associated-projects add {PROJECT} --host-project {ELSEWHERE}" in said(outcome)


@pytest.fixture
def beside(asking: Asking) -> Asking:
    """A second project with a network and a subnet, which the caller may do everything in."""
    other = Emulated(ELSEWHERE, ELSEWHERE_NUMBER, services=set(asking.world.projects[SERVICE].services))
    other.policy["bindings"] = [{"role": OWNER, "members": [f"serviceAccount:{CALLER}"]}]
    asking.world.projects[ELSEWHERE] = other
    asking("POST", f"/{HOST}/global/networks", {"name": "shared", "autoCreateSubnetworks": False})
    asking.wait()
    subnet = {"name": "sub", "network": NETWORK, "ipCidrRange": "10.0.0.0/24"}
    asking("POST", f"/{HOST}/regions/{REGION}/subnetworks", subnet)
    asking.wait()
    return asking


def share(asking: Asking) -> None:
    asking("POST", f"/{HOST}/enableXpnHost")
    asking.wait()
    attached = {"xpnResource": {"id": SERVICE, "type": "PROJECT"}}
    asking.done(asking("POST", f"/{HOST}/enableXpnResource", attached))


SUBNET = f"projects/{ELSEWHERE}/regions/{REGION}/subnetworks/sub"


def test_the_emulator_lets_a_machine_into_a_network_of_its_host_alone(beside: Asking) -> None:
    with pytest.raises(Refused, match="Cross-project references are not allowed") as refused:
        beside.machine(SUBNET)
    assert refused.value.status == 400
    assert beside("GET", f"/compute/v1/projects/{SERVICE}/getXpnHost") == {}
    share(beside)
    assert beside("GET", f"/compute/v1/projects/{SERVICE}/getXpnHost")["name"] == ELSEWHERE
    assert beside("GET", f"/{HOST}")["xpnProjectStatus"] == "HOST"
    beside.machine(SUBNET)
    with pytest.raises(Refused, match="Cross-project references are not allowed"):
        beside.made("global/firewalls", "fw", network=NETWORK, allowed=[{"IPProtocol": "all"}])


def test_the_emulator_asks_the_host_for_the_permission_to_use_its_subnet(beside: Asking) -> None:
    share(beside)
    beside.world.projects[ELSEWHERE].policy["bindings"] = []
    with pytest.raises(Refused, match=f"'compute.subnetworks.use' permission for 'projects/{ELSEWHERE}'") as refused:
        beside.machine(SUBNET)
    assert refused.value.status == 403


def test_the_emulator_attaches_a_project_to_a_host_only(beside: Asking) -> None:
    with pytest.raises(Refused, match="is not a shared VPC host project") as refused:
        beside("POST", f"/{HOST}/enableXpnResource", {"xpnResource": {"id": SERVICE, "type": "PROJECT"}})
    assert refused.value.status == 400
    share(beside)
    with pytest.raises(Refused, match="is a service project, and cannot be a host"):
        beside("POST", f"/compute/v1/projects/{SERVICE}/enableXpnHost")
