"""Ids: put together, taken apart, and of one spelling."""

from __future__ import annotations

from paver_azure import ids
from paver_azure.api import _path

NETWORK = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v"


def test_case_does_not_count() -> None:
    shouted = "/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.NETWORK/VIRTUALNETWORKS/V/"
    assert ids.canonical(shouted) == NETWORK


def test_an_id_is_put_together_and_taken_apart() -> None:
    id_ = ids.resource_id(ids.group_id("/subscriptions/s", "g"), "Microsoft.Network/virtualNetworks/subnets", "v", "n")
    assert id_ == f"{NETWORK}/subnets/n"
    assert ids.parts(id_) == ("g", ("v", "n"))
    assert ids.top(f"{id_}/ipConfigurations/c") == NETWORK


def test_the_ids_in_a_message_are_found() -> None:
    text = f"Resource {NETWORK.upper()} is used by {NETWORK}/subnets/n, and by '{NETWORK}/subnets/n'."
    assert ids.named(text) == (NETWORK, f"{NETWORK}/subnets/n")


def test_what_the_sdk_wants_of_an_id() -> None:
    storage = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a"
    containers = "Microsoft.Storage/storageAccounts/blobServices/containers"
    lock = f"{NETWORK}/providers/Microsoft.Authorization/locks/l"
    zone = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/privateDnsZones/z"
    assert _path("Microsoft.Resources/resourceGroups", "/subscriptions/s/resourceGroups/g") == ("g",)
    assert _path("Microsoft.Network/virtualNetworks", NETWORK) == ("g", "v")
    assert _path(containers, f"{storage}/blobServices/default/containers/c") == ("g", "a", "c")
    assert _path("Microsoft.Authorization/locks", lock) == (NETWORK.strip("/"), "l")
    assert _path("Microsoft.Network/privateDnsZones/A", f"{zone}/A/r") == ("g", "z", "A", "r")
