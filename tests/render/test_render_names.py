"""Every name that a consumer asks for, against lists that are written out here."""

from __future__ import annotations

import pytest
from documents import WITH_CPI, cpi, document, rendered

from paver import api
from paver.contract.errors import Rejected, SpecError
from paver.contract.types import SecretRef
from paver.render.formats import NATIVE, NEUTRAL
from paver.render.names import FORMATS

ALL = ["director_name", "internal_cidr", "internal_gw", "internal_ip"]
DIRECTOR = {
    "vsphere": "network_name vcenter_ip vcenter_user vcenter_password vcenter_dc vcenter_cluster vcenter_ds vcenter_vms"
    " vcenter_templates vcenter_disks",
    "aws": "access_key_id secret_access_key region az subnet_id default_key_name default_security_groups",
    "azure": "subscription_id tenant_id client_id client_secret resource_group_name storage_account_name vnet_name"
    " subnet_name default_security_group security_group",
    "gcp": "project_id zone network subnetwork tags gcp_credentials_json",
}
OPTIONS = ["internal_dns", "internal_ntp", "http_proxy", "https_proxy", "no_proxy", "trusted_ca_cert"]
OPTIONS_OF = {
    "vsphere": "vcenter_ca_cert vcenter_rp",
    "aws": "iam_instance_profile kms_key_arn s3-access-key-id s3-secret-access-key s3-bucket-name s3-region",
    "azure": "environment",
    "gcp": "service_account bucket_name director_gcs_credentials_json agent_gcs_credentials_json",
}
ONLY_WHERE_ENCRYPTED = {"kms_key_arn"}
ONLY_OF_AN_APPLICATION = {"client_secret"}
"""A director on Azure comes as a managed identity, which has no secret."""
BUCC = {
    "vsphere": "vcenter_vm_cpu vcenter_vm_disk vcenter_vm_ram vcenter_dns vcenter_rp concourse_domain",
    "aws": "instance_type ephemeral_disk_size private_key security_groups lb_target_groups",
    "azure": "load_balancer",
    "gcp": "service_account target_pool",
}
"""But for `spot_bid_price`: what somebody would pay is in no environment."""
ZONED = (
    "{0}_cluster {0}_resource_pool {0}_datacenter_name {0}_network_name {0}_network_gateway {0}_network_dns_array"
    " {0}_network_range {0}_network_reserved_array"
)
SECRETS = {
    "vsphere": {"vcenter_password"},
    "aws": {"secret_access_key", "s3-secret-access-key"},
    "gcp": {"gcp_credentials_json", "director_gcs_credentials_json", "agent_gcs_credentials_json"},
}


def test_the_lists_are_the_thirty_seven_names_of_bosh_deployment() -> None:
    named = {name for names in DIRECTOR.values() for name in names.split()} | set(ALL)
    assert len(named) == 37


@pytest.mark.parametrize("iaas", WITH_CPI)
def test_every_variable_of_the_director_has_a_value(iaas: str) -> None:
    found = rendered(iaas, "bosh-director")
    wanted = {*ALL, *DIRECTOR[cpi(iaas)].split()}
    assert wanted - set(found) <= ONLY_OF_AN_APPLICATION
    assert [name for name in wanted & set(found) if found[name] in ("", None, [])] == []


@pytest.mark.parametrize("iaas", WITH_CPI)
def test_every_option_of_the_director_is_there(iaas: str) -> None:
    wanted = {*OPTIONS, *OPTIONS_OF[cpi(iaas)].split()}
    assert wanted - set(rendered(iaas, "bosh-director")) <= ONLY_WHERE_ENCRYPTED


@pytest.mark.parametrize("iaas", WITH_CPI)
def test_every_name_that_bucc_asks_for_is_there(iaas: str) -> None:
    wanted = {*ALL, *DIRECTOR[cpi(iaas)].split(), *BUCC[cpi(iaas)].split()}
    assert wanted - set(rendered(iaas, "bucc")) <= ONLY_OF_AN_APPLICATION


@pytest.mark.parametrize("iaas", sorted(SECRETS))
def test_what_is_secret_is_known_by_its_place_alone(iaas: str) -> None:
    found = rendered(iaas, "bosh-director")
    assert {name for name, value in found.items() if isinstance(value, SecretRef)} == SECRETS[iaas]


def test_the_cloud_config_of_cf_deployment_finds_its_names_for_every_zone() -> None:
    found = rendered("vsphere", "bosh-director")
    wanted = {name.format(zone) for zone in ("z1", "z2") for name in ZONED.split()}
    assert wanted - set(found) == set()
    assert found["z2_cluster"] == "sandbox-z2"
    assert found["z2_network_name"] == "staging-workload"


def test_variables_of_vsphere_come_from_where_they_belong() -> None:
    found = rendered("vsphere", "bosh-director")
    environment = document("vsphere")
    assert found["network_name"] == "staging-management"
    assert found["vcenter_ip"] == environment.driver["vcenter"]
    assert found["vcenter_user"] == environment.credentials["bosh-cpi"].principal
    assert (found["vcenter_dc"], found["vcenter_cluster"], found["vcenter_rp"]) == ("sandbox", "sandbox-z1", "staging")
    assert found["vcenter_ds"] == "^(staging-vms|staging-disks)$"
    assert found["vcenter_vms"] == "staging/vms"
    assert found["vcenter_ca_cert"] == environment.certificates.trusted["iaas"].pem
    assert found["internal_ntp"] == ["ntp1.example.com"]
    assert found["https_proxy"] == "http://proxy.example.com:3128"
    assert found["http_proxy"] == ""
    assert found["trusted_ca_cert"].count("BEGIN CERTIFICATE") == 3


def test_variables_of_aws_come_from_where_they_belong() -> None:
    found = rendered("aws", "bosh-director")
    environment = document("aws")
    assert found["access_key_id"] == environment.credentials["bosh-cpi"].principal
    assert (found["region"], found["az"]) == ("eu-west-1", "eu-west-1a")
    assert found["subnet_id"] == environment.networks["management"].subnets["management-z1"].driver["subnet"]
    assert found["default_security_groups"] == [environment.driver["security_groups"]["internal"]]
    assert found["s3-bucket-name"] == "staging-blobs-7c1f0a525c"
    assert found["trusted_ca_cert"].count("BEGIN CERTIFICATE") == 2


def test_a_datastore_pattern_matches_its_names_and_nothing_beside_them() -> None:
    import re  # noqa: PLC0415  one use

    pattern = rendered("vsphere", "bosh-director")["vcenter_ds"]
    names = ("staging-vms", "staging-disks", "staging-vms-old", "xstaging-disks")
    assert [bool(re.search(pattern, name)) for name in names] == [True, True, False, False]


def test_an_environment_without_a_credential_for_it_says_what_to_add() -> None:
    environment = document("aws")
    bare = environment.model_copy(update={"credentials": {}})
    with pytest.raises(Rejected, match="no credential for bosh-cpi") as told:
        api.render(bare, "bosh-director")
    assert "allows: bosh-cpi" in told.value.hint


def test_a_driver_that_is_not_here_renders_what_is_neutral_and_no_more() -> None:
    stranger = document("memory").model_copy(update={"iaas": "proxmox"})
    assert api.render(stranger, "concourse")[0].tree["iaas"] == "proxmox"
    with pytest.raises(SpecError, match="no driver proxmox is installed"):
        api.render(stranger, "bosh-cloud-config")


def test_the_menu_of_formats_is_the_one_that_there_is() -> None:
    assert {*NATIVE, *NEUTRAL} == set(FORMATS)
    assert len(NATIVE) + len(NEUTRAL) == len(FORMATS)
    with pytest.raises(SpecError, match="no format helm"):
        api.render(document("memory"), "helm")
