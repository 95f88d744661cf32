"""What a spec becomes on AWS: pure, offline, and the same every time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable

import pytest
from staging import staging

from paver.contract.resource import Desired, references
from paver.engine.order import ordered
from paver_aws.resources.key_pair import JUMPBOX
from paver_aws.resources.noun import Tagged
from paver_aws.wanted import resources

ZONES = ("z1", "z2", "z3")
NETWORKS = ("management", "services", "workload", "lb")


def keys(wanted: Iterable[Desired]) -> set[str]:
    return {str(want.key) for want in wanted}


def test_the_spec_of_the_documentation_becomes_these_and_no_others() -> None:
    expected = {
        *("vpc/staging", "internet-gateway/staging", "key-pair/staging", "hosted-zone/staging.example.com"),
        *(f"{kind}/{network}/{zone}" for kind in ("subnet", "association") for network in NETWORKS for zone in ZONES),
        *(f"cidr-reservation/lb/{zone}" for zone in ZONES),
        *(f"address/{name}/{zone}" for name in ("nat", "ssh") for zone in ZONES),
        "address/jumpbox",
        *(f"nat-gateway/{zone}" for zone in ZONES),
        *(f"route-table/{name}" for name in ("direct", "closed", *(f"nat/{zone}" for zone in ZONES))),
        *(f"route/{name}" for name in ("direct", *(f"nat/{zone}" for zone in ZONES))),
        *(
            f"{kind}/{name}"
            for kind in ("security-group", "security-rules")
            for name in ("jumpbox", "director", "internal", "concourse", "ssh")
        ),
        *(f"{kind}/disks" for kind in ("kms-key", "kms-alias")),
        "bucket/blobs",
        *(f"{kind}/{name}" for kind in ("role", "instance-profile") for name in ("jumpbox", "director")),
        *(f"{kind}/{name}" for kind in ("user", "access-key") for name in ("bosh-cpi", "blobstore")),
        *("policy/role/director", "policy/user/bosh-cpi", "policy/user/blobstore"),
        *("balancer/concourse", "balancer/ssh"),
        *(f"{kind}/{name}" for kind in ("target-group", "listener") for name in ("concourse/443", "ssh/22")),
        *(f"record/{name}" for name in ("concourse", "ssh", "jumpbox")),
        "instance/jumpbox",
    }
    assert keys(resources(*staging())) == expected


def test_it_can_be_ordered_and_is_the_same_every_time() -> None:
    wanted = resources(*staging())
    own = keys(wanted) | {"credential/jumpbox"}
    assert {str(ref.to) for want in wanted for ref in references(want)} <= own
    assert wanted == resources(*staging())
    assert len(ordered([Desired(key=JUMPBOX, name="jumpbox"), *wanted])) == len(wanted) + 1


@pytest.mark.parametrize(
    ("section", "gone", "come"),
    [
        (
            {"nat_gateways": "one"},
            {"nat-gateway/z2", "nat-gateway/z3", "address/nat/z2", "route-table/nat/z1", "route/nat/z3"},
            {"route-table/nat/all", "route/nat/all"},
        ),
        ({"endpoints": ["s3"]}, set(), {"endpoint/s3"}),
        ({"endpoints": ["ec2", "sts"]}, set(), {"endpoint/ec2", "endpoint/sts", "security-group/iaas"}),
        (
            {"kms_key": "arn:aws:kms:eu-west-1:123456789012:key/c93e6237-eadd-cbdb-ca18-3c8e517e90c9"},
            {"kms-key/disks", "kms-alias/disks"},
            set(),
        ),
        ({"flow_logs": "arn:aws:s3:::the-sites-logs"}, set(), {"flow-log/staging"}),
    ],
)
def test_the_section_decides(section: dict[str, object], gone: set[str], come: set[str]) -> None:
    plain, found = keys(resources(*staging())), keys(resources(*staging(section)))
    assert gone <= plain - found
    assert come <= found - plain


def test_networks_that_are_there_already_are_adopted_and_get_nothing_of_ours() -> None:
    subnets = {zone: f"subnet-0000000{zone[1]}" for zone in ZONES}
    networks = {"management": {}, "workload": {"existing": True}, "lb": {}}
    section = {"vpc": "vpc-0a1b2c3d", "internet_gateway": "igw-0a1b2c3d", "subnets": {"workload": subnets}}
    wanted = {str(want.key): want for want in resources(*staging(section, networks=networks))}
    assert wanted["vpc/staging"].adopt == "vpc-0a1b2c3d"
    assert wanted["internet-gateway/staging"].adopt == "igw-0a1b2c3d"
    assert [wanted[f"subnet/workload/{zone}"].adopt for zone in ZONES] == list(subnets.values())
    assert not {key for key in wanted if key.startswith("association/workload")}


def test_labels_stand_on_all_that_bears_tags_and_on_nothing_adopted() -> None:
    section = {"vpc": "vpc-0a1b2c3d", "internet_gateway": "igw-0a1b2c3d", "tags": {"CostCentre": "4711"}}
    wanted = resources(*staging(section, labels={"team": "platform"}))
    both = {"team": "platform", "CostCentre": "4711"}
    tagged = [want for want in wanted if isinstance(want, Tagged)]
    assert {str(want.key) for want in tagged if want.tags != both} == {"vpc/staging", "internet-gateway/staging"}


def test_without_a_way_out_there_is_no_gateway_of_any_sort() -> None:
    networks = {"management": {"egress": "none"}, "workload": {"egress": "none"}}
    found = keys(resources(*staging(networks=networks, load_balancers={}, jumpbox={}, credentials={})))
    assert not {key for key in found if key.startswith(("internet-gateway", "nat-gateway", "address", "route/"))}


def test_making_the_driver_and_planning_on_paper_loads_no_sdk() -> None:
    program = (
        "import sys; from paver_aws.driver import AwsDriver; AwsDriver().template(['z1']);"
        "print([name for name in ('boto3', 'botocore', 'moto') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
