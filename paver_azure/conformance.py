"""What the conformance kit needs of this driver: emulated subscriptions, each with one environment in one zone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar
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
from paver_azure import sdk
from paver_azure.sandbox import foreign
from paver_azure.sandbox.census import census
from paver_azure.sandbox.example import LOCATION
from paver_azure.sandbox.message import Json
from paver_azure.sandbox.server import CERTIFICATE, KEY
from paver_azure.sandbox.stage import Stage

VARIABLE = "PAVER_SPEC__IAAS__AZURE__"
LEASE = ("/paver-lease-", "paverlease")
"""What the names of the shared lease's group and account begin with."""

EXPECTED = """
A concourse
A jumpbox
A ssh
applicationSecurityGroups sandbox-concourse
applicationSecurityGroups sandbox-director
applicationSecurityGroups sandbox-internal
applicationSecurityGroups sandbox-jumpbox
applicationSecurityGroups sandbox-ssh
containers blobs
containers bosh
containers lease
containers stemcell
disks sandbox-jumpbox
disks sandbox-jumpbox-os
loadBalancers sandbox-concourse
loadBalancers sandbox-ssh
locks sandbox-public-address-balancer-ssh
locks sandbox-public-address-jumpbox
locks sandbox-public-address-nat
locks sandbox-storage-account
locks sandbox-virtual-network
natGateways sandbox
networkInterfaces sandbox-jumpbox
networkSecurityGroups sandbox-concourse
networkSecurityGroups sandbox-internal
networkSecurityGroups sandbox-jumpbox
networkSecurityGroups sandbox-ssh
networkSecurityGroups sandbox-subnet-lb
networkSecurityGroups sandbox-subnet-management
networkSecurityGroups sandbox-subnet-services
privateDnsZones sandbox.example.com
publicIPAddresses sandbox-balancer-ssh
publicIPAddresses sandbox-jumpbox
publicIPAddresses sandbox-nat
resourceGroups paver-lease-{owner}
resourceGroups sandbox
roleAssignments sandbox-blobs-{short} on blobs
roleAssignments sandbox-blobs-{short} on sandbox{short}
roleAssignments sandbox-blobs-{short} on sandbox{short}
roleAssignments sandbox-blobs-{short} on sandbox{short}
roleAssignments sandbox-cpi-{short} on sandbox
roleAssignments sandbox-cpi-{short} on sandbox
roleAssignments sandbox-cpi-{short} on sandbox
roleDefinitions sandbox-blobs-{short}
roleDefinitions sandbox-cpi-{short}
routeTables sandbox-services
sshPublicKeys sandbox
storageAccounts paverlease{lease}
storageAccounts sandbox{short}
subnets sandbox-lb
subnets sandbox-management
subnets sandbox-services
userAssignedIdentities sandbox-blobstore
userAssignedIdentities sandbox-bosh-cpi
userAssignedIdentities sandbox-director
userAssignedIdentities sandbox-jumpbox
virtualMachines sandbox-jumpbox
virtualNetworkLinks sandbox
virtualNetworks sandbox
"""


class AzureSite(Site):
    """One subscription, with one of each kind in one zone."""

    lease_things: ClassVar[int] = 3
    settle: ClassVar[float | None] = 1.0

    def __init__(self, stage: Stage, wire: Wire) -> None:
        self._stage = stage
        self._hand = stage.hand
        self._owner = Owner(id=uuid4(), name="sandbox")
        self._url = f"https://{wire.address()}"
        self._azure_line = WireLine(wire)
        self.line = self._azure_line

    def spec(self, owner: UUID) -> str:
        """The sandbox's example, made small."""
        self._owner = Owner(id=owner, name="sandbox")
        document = yaml.safe_load(self._stage.sandbox.spec(self._stage.directory, owner))
        document |= {"zones": 1, "networks": {"management": {}, "services": {"egress": "none"}, "lb": {}}}
        section = document["iaas"]["azure"]
        files = {name: str(self._stage.directory / section[name]) for name in ("ca",)}
        secret = f"file:{self._stage.directory / 'client-secret'}"
        section |= {"zones": {"z1": "1"}, "endpoint": self._url, "authority": self._url, "client_secret": secret}
        return yaml.safe_dump({**document, "iaas": {"azure": {**section, **files}}}, sort_keys=False)

    def census(self) -> Census:
        """Everything."""
        found = census(self._hand, self._stage.told["subscription"])
        return {thing.id: Thing(thing.noun, thing.name, thing.state) for thing in found}

    def expected(self) -> Counter[str]:
        """Every noun."""
        id_ = self._owner.id
        told = {"owner": id_, "short": id_.hex[:10], "lease": id_.hex[:14]}
        return Counter(EXPECTED.format(**told).split("\n")[1:-1])

    def plant(self, owner: UUID) -> None:
        """Half of them another owner's, half nobody's."""
        del owner
        foreign.plant(self._hand, self._stage.root)

    def clone(self) -> None:
        """A group with a network, an address and a disk."""
        foreign.restore(self._hand, self._stage.root, self._owner)

    def edits(self) -> Sequence[Edit]:
        """A rule, a route, a name server, an open account, a wider role, a record, a listener, a lock, a tag."""
        group = f"{self._stage.root}/resourceGroups/sandbox"
        network = f"{group}/providers/Microsoft.Network"
        account = f"{group}/providers/Microsoft.Storage/storageAccounts/sandbox{self._owner.id.hex[:10]}"
        rule = {
            "access": "Allow",
            "direction": "Inbound",
            "protocol": "Tcp",
            "priority": 4000,
            "sourceAddressPrefix": "*",
            "destinationAddressPrefix": "*",
            "sourcePortRange": "*",
            "destinationPortRange": "22",
        }

        def everybody(found: Json) -> None:
            found["properties"]["securityRules"].append({"name": "everybody", "properties": rule})

        def leads_out(found: Json) -> None:
            found["properties"]["routes"][0]["properties"]["nextHopType"] = "Internet"

        def role(found: Json) -> None:
            found["properties"]["permissions"][0]["actions"] = ["*"]

        return (
            self._edit(
                "a group lets everybody in",
                "security-group/jumpbox",
                f"{network}/networkSecurityGroups/sandbox-jumpbox",
                everybody,
            ),
            self._edit("a way out", "route-table/services", f"{network}/routeTables/sandbox-services", leads_out),
            self._edit(
                "names are asked of others",
                "virtual-network/sandbox",
                f"{network}/virtualNetworks/sandbox",
                lambda found: found["properties"].update(dhcpOptions={"dnsServers": ["192.0.2.53"]}),
            ),
            self._edit(
                "the account is open",
                "storage-account/sandbox",
                account,
                lambda found: found["properties"].update(allowBlobPublicAccess=True),
            ),
            self._edit("a role may do everything", "role-definition/cpi", self._role("cpi"), role),
            self._edit(
                "a record leads elsewhere",
                "record/jumpbox",
                f"{network}/privateDnsZones/sandbox.example.com/A/jumpbox",
                lambda found: found["properties"].update(aRecords=[{"ipv4Address": "192.0.2.1"}]),
            ),
            self._edit(
                "a balancer listens no longer",
                "load-balancer/concourse",
                f"{network}/loadBalancers/sandbox-concourse",
                lambda found: found["properties"].update(loadBalancingRules=[]),
            ),
            Edit(
                "a lock is gone",
                frozenset({"lock/virtual-network"}),
                lambda: self._hand.delete(
                    f"{network}/virtualNetworks/sandbox/providers/Microsoft.Authorization/locks/sandbox-virtual-network"
                ),
            ),
        )

    def fill(self) -> None:
        """A blob in a container."""
        account = f"sandbox{self._owner.id.hex[:10]}"
        self._hand.blob("PUT", f"{account}/blobs/backups-2026-11-25.tar", b"data")

    def squat(self) -> Counter[str]:
        """An interface of others in a subnet of ours."""
        root = self._stage.root
        subnet = f"{root}/resourceGroups/sandbox/providers/Microsoft.Network/virtualNetworks/sandbox/subnets"
        self._hand.put(f"{root}/resourceGroups/theirs", {"location": LOCATION})
        where = {"privateIPAllocationMethod": "Dynamic", "subnet": {"id": f"{subnet}/sandbox-services"}}
        configurations = {"ipConfigurations": [{"name": "primary", "properties": where}]}
        self._hand.put(self._squatter, {"location": LOCATION, "properties": configurations})
        return Counter(
            {
                "applicationSecurityGroups sandbox-concourse": 1,
                "applicationSecurityGroups sandbox-ssh": 1,
                "containers lease": 1,
                "networkInterfaces squatter": 1,
                "networkSecurityGroups sandbox-subnet-services": 1,
                "resourceGroups sandbox": 1,
                "resourceGroups theirs": 1,
                f"resourceGroups paver-lease-{self._owner.id}": 1,
                "routeTables sandbox-services": 1,
                f"storageAccounts paverlease{self._owner.id.hex[:14]}": 1,
                "subnets sandbox-services": 1,
                "virtualNetworks sandbox": 1,
            }
        )

    def evict(self) -> None:
        """Their interface goes."""
        self._hand.delete(self._squatter)
        self._hand.delete(f"{self._stage.root}/resourceGroups/theirs")

    def denied(self) -> Mapping[str, str]:
        """Somebody whose secret this is not."""
        return {f"{VARIABLE}CLIENT": self._stage.told["nobody"]}

    def elsewhere(self) -> Mapping[str, str]:
        """Another subscription of the same directory."""
        return {f"{VARIABLE}SUBSCRIPTION": self._stage.told["elsewhere"]}

    def stale(self, seconds: float) -> None:
        """Reads lag."""
        self._azure_line.stale(seconds)

    def given(self) -> Sequence[str]:
        """The secret that paver itself logs in with."""
        return [self._stage.secret]

    def ids(self, document: Mapping[str, JsonValue]) -> Sequence[str]:
        """Every text that is an id of a resource, in the census's spelling."""
        return [text.lower() for text in texts(dict(document)) if text.startswith("/subscriptions/")]

    def documented(self) -> Counter[str]:
        """The network, subnets, balancers, the container, identities."""
        return Counter(
            {"virtualNetworks": 1, "subnets": 3, "loadBalancers": 2, "containers": 1, "userAssignedIdentities": 4}
        )

    @property
    def _squatter(self) -> str:
        return f"{self._stage.root}/resourceGroups/theirs/providers/Microsoft.Network/networkInterfaces/squatter"

    def _role(self, role: str) -> str:
        """The id of a role of ours, below the group where it may be given."""
        name = f"sandbox-{role}-{self._owner.id.hex[:10]}"
        found = next(id_ for id_, one in self.census().items() if one.name == name)
        group = f"{self._stage.root}/resourceGroups/sandbox"
        return f"{group}/providers/Microsoft.Authorization/roleDefinitions/{found.rpartition('/')[2]}"

    def _edit(self, what: str, key: str, path: str, change: Callable[[Json], None]) -> Edit:
        def apply() -> None:
            found = self._hand.get(path)
            change(found)
            self._hand.put(path, found)

        return Edit(what, frozenset({key}), apply)


class AzureTarget(Target):
    """One emulated subscription a site, with a wire before it."""

    iaas: ClassVar[str] = "azure"
    share: ClassVar[int] = 6
    preload: ClassVar[Sequence[str]] = (*sdk.modules(), "azure.identity", "azure.storage.blob")

    @contextmanager
    def open(self, directory: Path) -> Iterator[Site]:
        """An empty subscription."""
        directory.mkdir(parents=True, exist_ok=True)
        stage = Stage(directory)
        try:
            upstream = stage.url.removeprefix("https://")
            route = Route("127.0.0.1:0", upstream, directory / CERTIFICATE, directory / KEY)
            with Wire(route, voice=fitting, bookkeeping=_keeps_the_lease) as wire:
                yield AzureSite(stage, wire)
        finally:
            stage.close()


def _keeps_the_lease(request: Request) -> bool:
    return any(name in request.path for name in LEASE)
