"""What a spec becomes on Google Cloud: pure, offline, and the same every time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network

from gcp_staging import staging

from paver.contract.addresses import static_span
from paver.contract.resource import Desired, references
from paver.engine.order import ordered
from paver_gcp import places
from paver_gcp.resources.firewall import Firewall
from paver_gcp.resources.instance import CREDENTIAL
from paver_gcp.resources.noun import Labelled
from paver_gcp.wanted import resources

ZONES = ("z1", "z2", "z3")
NETWORKS = ("management", "services", "workload", "lb")


def keys(wanted: Iterable[Desired]) -> set[str]:
    return {str(want.key) for want in wanted}


def rule(name: str, **spec: object) -> Firewall:
    [found] = [want for want in resources(*staging(**spec)) if str(want.key) == f"firewall/{name}"]
    assert isinstance(found, Firewall)
    return found


def test_the_spec_of_the_documentation_becomes_these_and_no_others() -> None:
    rules = ("deny/in", "deny/out", "in/internal", "in/director", "in/jumpbox", "in/concourse", "in/ssh")
    rules += ("health/concourse", "health/ssh", "out/all", "out/iaas", "out/management", "out/workload", "out/lb")
    expected = {
        *("network/staging", "router/staging", "hosted-zone/staging"),
        *(f"subnet/{network}" for network in NETWORKS),
        *(f"firewall/{name}" for name in rules),
        *(f"address/{name}" for name in ("nat", "jumpbox", "concourse", "ssh")),
        *("nat/management", "nat/workload"),
        "bucket/blobs",
        *(
            f"{kind}/{name}"
            for kind in ("role", "service-account", "service-account-key")
            for name in ("bosh-cpi", "blobstore")
        ),
        *("policy/bosh-cpi", "policy/blobstore/blobs"),
        *(f"health-check/{name}" for name in ("concourse", "ssh")),
        *(f"instance-group/{name}/{zone}" for name in ("concourse", "ssh") for zone in ZONES),
        *(f"{kind}/{name}/tcp" for kind in ("backend-service", "forwarding-rule") for name in ("concourse", "ssh")),
        *(f"record/{name}" for name in ("concourse", "ssh", "jumpbox")),
        "instance/jumpbox",
    }
    assert keys(resources(*staging())) == expected


def test_it_can_be_ordered_and_is_the_same_every_time() -> None:
    wanted = resources(*staging())
    own = keys(wanted) | {str(CREDENTIAL)}
    assert {str(ref.to) for want in wanted for ref in references(want)} <= own
    assert wanted == resources(*staging())
    assert len(ordered([Desired(key=CREDENTIAL, name="jumpbox"), *wanted])) == len(wanted) + 1


def test_planning_loads_neither_the_sdk_nor_anything_that_opens_a_connection() -> None:
    program = (
        "import sys\n"
        f"sys.path.insert(0, {str(__file__).rpartition('/')[0]!r})\n"
        "from gcp_staging import staging\n"
        "from paver_gcp.driver import GcpDriver\n"
        "GcpDriver().resources(*staging())\n"
        "print([name for name in ('google', 'googleapiclient', 'requests', 'http.client') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_what_no_rule_allows_is_denied_in_and_out_and_only_within_the_environment() -> None:
    inward, outward = rule("deny/in"), rule("deny/out")
    assert (inward.denied, inward.sources, inward.destinations) == (("all",), ("0.0.0.0/0",), ("10.20.0.0/16",))
    assert (outward.denied, outward.sources, outward.destinations) == (("all",), ("10.20.0.0/16",), ("0.0.0.0/0",))
    others = [want for want in resources(*staging()) if isinstance(want, Firewall) and want.allowed]
    assert all(one.priority < inward.priority == outward.priority < 65535 for one in others)


def test_only_what_the_spec_calls_public_is_open_to_the_world() -> None:
    inward = [want for want in resources(*staging()) if isinstance(want, Firewall) and want.direction == "INGRESS"]
    assert {str(one.key) for one in inward if one.allowed and "0.0.0.0/0" in one.sources} == set()
    open_one = staging(load_balancers={"web": {"ports": [443], "public": True}})
    world = [want for want in resources(*open_one) if isinstance(want, Firewall) and "0.0.0.0/0" in want.sources]
    assert {str(one.key) for one in world} == {"firewall/deny/in", "firewall/in/web"}


def test_a_network_without_a_way_out_has_no_rule_that_leads_there() -> None:
    names = {str(want.key) for want in resources(*staging())}
    assert "firewall/out/services" not in names
    assert "nat/services" not in names
    assert rule("out/workload").sources == ("10.20.64.0/18",)


def test_another_network_changes_nothing_that_is_there() -> None:
    networks = {"management": {}, "services": {"egress": "none"}, "workload": {}, "lb": {}}
    more = {**networks, "extra": {"purpose": "workload", "cidr": "10.20.128.0/20"}}
    before, after = resources(*staging(networks=networks)), resources(*staging(networks=more))
    assert [want for want in before if want not in after] == []
    assert keys(after) - keys(before) == {"subnet/extra", "firewall/out/extra", "nat/extra"}


def test_an_inner_balancer_stands_where_no_deployment_claims_an_address() -> None:
    spec, _ = staging(load_balancers={f"web{number}": {"ports": [443]} for number in range(20)})
    found = places.balancer_addresses(spec)
    block = IPv4Network("10.20.32.0/22")
    assert len(set(found.values())) == 20
    assert all(int(address) > static_span(block)[1] and address in block for address in found.values())
    alone, _ = staging(load_balancers={"web7": {"ports": [443]}})
    assert places.balancer_addresses(alone)["web7"] == found["web7"] or found["web7"] - 1 in found.values()


def test_udp_has_a_service_and_a_rule_of_its_own_on_the_same_address() -> None:
    ports = [{"listen": 53, "target": 53, "protocol": protocol} for protocol in ("tcp", "udp")]
    wanted = {str(want.key): want for want in resources(*staging(load_balancers={"names": {"ports": ports}}))}
    rules = [wanted[f"forwarding-rule/names/{protocol}"] for protocol in ("tcp", "udp")]
    assert rules[0].address == rules[1].address  # type: ignore[attr-defined]  # both are forwarding rules
    assert wanted["backend-service/names/udp"].protocol == "UDP"  # type: ignore[attr-defined]  # as its key says


def test_labels_stand_on_everything_that_can_have_them() -> None:
    wanted = resources(*staging(labels={"team": "platform"}))
    labelled = {want.key.kind for want in wanted if isinstance(want, Labelled) and want.labels == {"team": "platform"}}
    assert labelled == {"address", "bucket", "forwarding-rule", "hosted-zone", "instance"}


def test_a_private_jumpbox_stands_in_management_without_a_public_address() -> None:
    wanted = {str(want.key): want for want in resources(*staging(jumpbox={}))}
    machine = wanted["instance/jumpbox"]
    assert "address/jumpbox" not in wanted
    assert machine.address == IPv4Address("10.20.0.5")  # type: ignore[attr-defined]  # an instance
    assert machine.public_address is None  # type: ignore[attr-defined]  # the same


def test_names_fit_where_google_wants_them_short_or_long() -> None:
    credentials = {"a-credential15x": {"allows": "dns"}, "ab": {"allows": "dns"}}
    long = {str(w.key): w.name for w in resources(*staging(name="an-environment-x", credentials=credentials))}
    short = {str(w.key): w.name for w in resources(*staging(name="ab", credentials=credentials))}
    assert len(long["service-account/a-credential15x"]) <= 30
    assert short["service-account/ab"] == "ab-ab0"
    assert long["role/a-credential15x"] == "an_environment_x_a_credential15x"


def test_in_a_network_that_is_shared_only_what_is_the_projects_own_is_made() -> None:
    section = {
        "network": "projects/host-project/global/networks/shared",
        "subnets": {name: f"{name}-net" for name in NETWORKS},
    }
    networks = {name: {"existing": True} for name in NETWORKS}
    wanted = resources(*staging(section, networks=networks))
    kinds = {want.key.kind for want in wanted if want.adopt is None}
    assert not kinds & {"network", "subnet", "firewall", "router", "nat"}
    [subnet] = [want for want in wanted if str(want.key) == "subnet/lb"]
    assert subnet.adopt == "projects/host-project/regions/europe-west1/subnetworks/lb-net"
