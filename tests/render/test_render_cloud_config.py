"""The cloud-config: a schema of its own, the same names on every IaaS, and a manifest that resolves on all of them."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from cloud_config_schema import SCHEMA
from documents import IAASES, document, published
from resolver import unresolved

from paver import api
from paver.contract.bosh import VM_SIZES
from paver.contract.errors import Rejected
from paver_aws.bosh import INSTANCE_TYPES
from paver_azure.bosh import SIZES

MANIFEST = yaml.safe_load((Path(__file__).parents[2] / "examples" / "zookeeper.yml").read_text())
EXTENSIONS = {
    "aws": {"concourse", "public-ip"},
    "azure": {"concourse", "public-ip"},
    "gcp": {"concourse", "public-ip"},
    "memory": {"concourse", "public-ip"},
    "vsphere": {"concourse"},
}
HAVE = {
    "t3.medium": (2, 4),
    "m6i.large": (2, 8),
    "r6i.xlarge": (4, 32),
    "m6i.xlarge": (4, 16),
    "m6i.2xlarge": (8, 32),
    "Standard_F2s_v2": (2, 4),
    "Standard_D2s_v5": (2, 8),
    "Standard_E4s_v5": (4, 32),
    "Standard_D4s_v5": (4, 16),
    "Standard_D8s_v5": (8, 32),
    "e2-medium": (2, 4),
    "e2-standard-2": (2, 8),
    "e2-highmem-4": (4, 32),
    "e2-standard-4": (4, 16),
    "e2-standard-8": (8, 32),
}
"""vCPU and GiB, from Amazon's, Microsoft's and Google's pages on sizes."""


def config(iaas: str) -> Any:
    return published(iaas, "bosh-cloud-config")


def named(found: Any, kind: str) -> list[str]:
    return [item["name"] for item in found[kind]]


@pytest.mark.parametrize("iaas", IAASES)
def test_it_is_a_cloud_config(iaas: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(config(iaas), SCHEMA)


def test_the_schema_would_refuse_what_is_wrong() -> None:
    good = config("aws")
    for path, value in ((("networks", 0, "subnets", 0, "dns"), []), (("azs", 0, "name"), ""), (("disks",), [])):
        spoiled = copy.deepcopy(good)
        at = spoiled
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(spoiled, SCHEMA)


@pytest.mark.parametrize("iaas", IAASES)
def test_names_are_the_same_everywhere(iaas: str) -> None:
    found = config(iaas)
    assert named(found, "azs") == ["z1", "z2"]
    assert named(found, "networks") == ["management", "services", "workload", "lb"]
    assert named(found, "vm_types") == ["minimal", "small", "small-highmem", "medium", "large"]
    assert named(found, "disk_types") == ["default", "1GB", "5GB", "10GB", "50GB", "100GB", "500GB", "1TB"]
    assert set(named(found, "vm_extensions")) == EXTENSIONS[iaas]


@pytest.mark.parametrize("iaas", IAASES)
def test_subnets_hold_their_gateway_and_no_static_address_is_reserved(iaas: str) -> None:
    for network in config(iaas)["networks"]:
        for subnet in network["subnets"]:
            cidr = IPv4Network(subnet["range"])
            assert IPv4Address(subnet["gateway"]) in cidr
            static, reserved = addresses(subnet["static"]), addresses(subnet["reserved"])
            assert static
            assert not static & reserved
            assert all(IPv4Address(address) in cidr for address in static | reserved)


def test_static_addresses_of_a_zone_are_the_same_wherever_the_spec_is_paved() -> None:
    offsets: dict[str, list[int]] = {}
    for iaas in IAASES:
        start = int(document(iaas).networks["management"].cidr.network_address)
        subnets = [subnet for network in config(iaas)["networks"] for subnet in network["subnets"]]
        offsets[iaas] = sorted(address - start for subnet in subnets for address in addresses(subnet["static"]))
    assert len({str(found) for found in offsets.values()}) == 1


@pytest.mark.parametrize("iaas", IAASES)
def test_the_public_resolver_is_nowhere(iaas: str) -> None:
    assert "8.8.8.8" not in yaml.safe_dump(config(iaas))


@pytest.mark.parametrize("iaas", IAASES)
def test_every_zone_is_a_place_of_its_own(iaas: str) -> None:
    places = [yaml.safe_dump(az["cloud_properties"]) for az in config(iaas)["azs"]]
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("iaas", IAASES)
def test_every_name_of_the_example_manifest_resolves(iaas: str) -> None:
    assert unresolved(MANIFEST, config(iaas)) == []


@pytest.mark.parametrize(
    ("path", "name", "said"),
    [
        (("vm_type",), "enormous", "zookeeper/vm_type: there is no vm type enormous"),
        (("azs",), ["z1", "z9"], "zookeeper/azs: there is no az z9"),
        (
            ("persistent_disk_type",),
            "2PB",
            "zookeeper/persistent_disk_type: there is no disk type 2PB",
        ),
        (("networks", 0, "name"), "default", "zookeeper/networks: there is no network default"),
        (("vm_extensions",), ["gpu"], "zookeeper/vm_extensions: there is no vm extension gpu"),
        (
            ("jobs", 0, "release"),
            "kafka",
            "zookeeper/jobs/zookeeper/release: there is no release kafka",
        ),
        (("stemcell",), "old", "zookeeper/stemcell: there is no stemcell old"),
    ],
)
def test_a_name_that_does_not_resolve_is_told_with_its_place(path: tuple[Any, ...], name: Any, said: str) -> None:
    manifest = copy.deepcopy(MANIFEST)
    at = manifest["instance_groups"][0]
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = name
    assert f"instance_groups/{said}" in unresolved(manifest, config("aws"))


@pytest.mark.parametrize("iaas", IAASES)
def test_compilation_finds_its_zone_network_and_size(iaas: str) -> None:
    found = config(iaas)
    compiles = found["compilation"]
    assert compiles["az"] in named(found, "azs")
    assert compiles["vm_type"] in named(found, "vm_types")
    assert compiles["network"] == "workload"


@pytest.mark.parametrize("table", [INSTANCE_TYPES, SIZES])
def test_a_native_size_has_at_least_what_its_name_says(table: Mapping[str, str]) -> None:
    assert set(table) == set(VM_SIZES)
    for name, size in VM_SIZES.items():
        cpu, ram = HAVE[table[name]]
        assert cpu >= size.cpu
        assert ram << 10 >= size.ram


def test_a_virtual_machine_of_vsphere_has_any_size() -> None:
    sizes = {one["name"]: one["cloud_properties"] for one in config("vsphere")["vm_types"]}
    assert sizes["small-highmem"] == {"cpu": 4, "ram": 32768, "disk": 20480}


def test_a_machine_behind_a_balancer_stays_in_the_environments_own_group() -> None:
    environment = document("aws")
    own = environment.driver["security_groups"]["internal"]
    (extension,) = (one for one in config("aws")["vm_extensions"] if one["name"] == "concourse")
    place = environment.load_balancers["concourse"].driver
    assert extension["cloud_properties"] == {
        "lb_target_groups": list(place["target_groups"]),
        "security_groups": [own, place["security_group"]],
    }


def test_a_balancer_that_is_called_as_an_extension_is_refused() -> None:
    environment = document("aws")
    balancers = {"public-ip": environment.load_balancers["concourse"]}
    with pytest.raises(Rejected, match="public-ip"):
        api.render(environment.model_copy(update={"load_balancers": balancers}), "bosh-cloud-config")


def addresses(ranges: list[str]) -> set[int]:
    found: set[int] = set()
    for text in ranges:
        first, _, last = text.partition("-")
        found |= set(range(int(IPv4Address(first)), int(IPv4Address(last or first)) + 1))
    return found
