"""The director's operations, applied to a manifest of the shape that bosh-deployment gives it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from documents import IAASES, document, rendered
from operations import applied, interpolated

from paver import api
from paver.contract.spec import Proxy

STOCK: dict[str, Any] = {
    "instance_groups": [
        {
            "name": "bosh",
            "properties": {
                "agent": {"env": {"bosh": {"ntp": ["time1.google.com"]}}},
                "director": {"name": "((director_name))"},
                "aws": {"region": "((region))"},
                "azure": {
                    "client_id": "((client_id))",
                    "client_secret": "((client_secret))",
                    "environment": "AzureCloud",
                    "tenant_id": "((tenant_id))",
                },
                "vcenter": {
                    "datacenters": [
                        {
                            "clusters": [{"((vcenter_cluster))": {}}],
                            "datastore_pattern": "((vcenter_ds))",
                            "persistent_datastore_pattern": "((vcenter_ds))",
                        }
                    ]
                },
            },
        }
    ],
    "networks": [{"name": "default", "subnets": [{"dns": ["8.8.8.8"], "range": "((internal_cidr))"}]}],
    "resource_pools": [{"name": "vms", "env": {"bosh": {"ntp": ["time1.google.com"]}}}],
    "cloud_provider": {
        "properties": {
            "aws": {},
            "azure": {
                "client_id": "((client_id))",
                "client_secret": "((client_secret))",
                "environment": "AzureCloud",
                "tenant_id": "((tenant_id))",
            },
            "vcenter": {
                "datacenters": [
                    {
                        "clusters": [{"((vcenter_cluster))": {}}],
                        "datastore_pattern": "((vcenter_ds))",
                        "persistent_datastore_pattern": "((vcenter_ds))",
                    }
                ]
            },
        }
    },
}


def manifest(iaas: str) -> dict[str, Any]:
    """The stock manifest after the environment's operations, with its variables where the CPI's own are known."""
    done = applied(STOCK, rendered(iaas, "bosh-director", 1))
    variables = rendered(iaas, "bosh-director")
    for place in (done["instance_groups"][0]["properties"], done["cloud_provider"]["properties"]):
        for other in {"aws", "azure", "vcenter"} - {{"vsphere": "vcenter"}.get(iaas, iaas)}:
            place.pop(other)
    found: dict[str, Any] = interpolated(done, variables)
    return found


@pytest.mark.parametrize("iaas", IAASES)
def test_no_public_resolver_and_no_public_clock_is_left(iaas: str) -> None:
    text = json.dumps(manifest(iaas))
    assert "8.8.8.8" not in text
    assert "google.com" not in text


@pytest.mark.parametrize("iaas", IAASES)
def test_resolvers_clocks_trust_and_proxy_are_the_environments(iaas: str) -> None:
    found, environment = manifest(iaas), document(iaas)
    subnet, _ = environment.director()
    properties = found["instance_groups"][0]["properties"]
    assert found["networks"][0]["subnets"][0]["dns"] == [str(server) for server in subnet.dns]
    assert properties["agent"]["env"]["bosh"]["ntp"] == ["ntp1.example.com"]
    assert found["resource_pools"][0]["env"]["bosh"]["ntp"] == ["ntp1.example.com"]
    assert properties["director"]["trusted_certs"] == environment.certificates.bundle_pem()
    for place in (properties["env"], found["cloud_provider"]["properties"]["env"]):
        assert place["https_proxy"] == "http://proxy.example.com:3128"
        assert str(environment.dns.zone) in place["no_proxy"]


def test_ephemeral_and_persistent_disks_part_and_machines_stay_in_the_pool() -> None:
    found = manifest("vsphere")
    for properties in (found["instance_groups"][0]["properties"], found["cloud_provider"]["properties"]):
        (datacenter,) = properties["vcenter"]["datacenters"]
        assert datacenter["clusters"] == [{"sandbox-z1": {"resource_pool": "staging"}}]
        assert datacenter["datastore_pattern"] == "^(staging-vms)$"
        assert datacenter["persistent_datastore_pattern"] == "^(staging-disks)$"
        assert properties["vcenter"]["connection_options"]["ca_cert"].startswith("-----BEGIN CERTIFICATE-----")


def test_disks_are_encrypted_where_the_environment_has_a_key_for_them() -> None:
    environment = document("aws")
    key = "arn:aws:kms:eu-west-1:123456789012:key/1"
    disks = environment.datastores["disks"].model_copy(update={"driver": {"volume_type": "gp3", "kms_key": key}})
    keyed = environment.model_copy(update={"datastores": {**environment.datastores, "disks": disks}})
    variables, operations = api.render(keyed, "bosh-director")
    done = applied(STOCK, operations.tree)
    for place in (done["instance_groups"][0]["properties"]["aws"], done["cloud_provider"]["properties"]["aws"]):
        assert (place["encrypted"], place["kms_key_arn"]) == (True, "((kms_key_arn))")
    assert variables.tree["kms_key_arn"] == key
    assert "kms_key_arn" not in rendered("aws", "bosh-director")


def test_an_environment_without_proxy_sets_none() -> None:
    _, operations = api.render(document("memory").model_copy(update={"proxy": Proxy()}), "bosh-director")
    assert not [one for one in operations.tree if "proxy" in json.dumps(one["value"])]


def test_a_director_on_azure_comes_as_an_identity_and_bears_no_secret() -> None:
    found = manifest("azure")
    for place in (found["instance_groups"][0]["properties"]["azure"], found["cloud_provider"]["properties"]["azure"]):
        assert place == {
            "credentials_source": "managed_identity",
            "default_managed_identity": {
                "type": "UserAssigned",
                "user_assigned_identity_name": document("azure").driver["identities"]["director"]["name"],
            },
            "environment": "AzureCloud",
        }


def test_an_application_that_the_site_gave_comes_with_its_own_id() -> None:
    environment = document("azure")
    given = environment.credentials["bosh-cpi"].model_copy(
        update={"principal": "an-application", "driver": {"identity": None, "object_id": None}}
    )
    other = environment.model_copy(update={"credentials": {**environment.credentials, "bosh-cpi": given}})
    variables, operations = api.render(other, "bosh-director")
    assert variables.tree["client_id"] == "an-application"
    assert "client_secret" in variables.tree
    assert not [one for one in operations.tree if one["type"] == "remove"]
