"""What BOSH's CPI for Azure looks up before it makes a machine, by the names that it goes by.

It is looked up as the application that the site gave for the CPI. A managed identity logs in from a machine of Azure's
that bears it, and from nowhere else: then all is looked up with paver's own login, its permissions by its role
assignments, and a finding says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from uuid import UUID

from paver.contract.asking import asked
from paver.contract.bosh import Reveal, credential_for
from paver.contract.environment import PavedCredential, PavedEnvironment
from paver.contract.errors import Rejected
from paver.contract.findings import Check, Finding, bad, good, side_by_side, warn
from paver_azure import ids, roles
from paver_azure.api import Api
from paver_azure.bosh_rights import assigned, listed, needs
from paver_azure.environment import (
    AzureCredential,
    AzureDatastore,
    AzureIdentity,
    AzureLoadBalancer,
    AzureSubnet,
    AzureTop,
)
from paver_azure.resources.container import BOSH
from paver_azure.resources.noun import inside
from paver_azure.settings import AzureSettings

PAVE = "paver pave makes it"
GROUPS, NETWORKS = "Microsoft.Resources/resourceGroups", "Microsoft.Network/virtualNetworks"
SUBNETS, BALANCERS = f"{NETWORKS}/subnets", "Microsoft.Network/loadBalancers"
SECURITY, APPLICATION = "Microsoft.Network/networkSecurityGroups", "Microsoft.Network/applicationSecurityGroups"
STORAGE, IDENTITIES = "Microsoft.Storage/storageAccounts", "Microsoft.ManagedIdentity/userAssignedIdentities"
CONTAINERS, SETS = f"{STORAGE}/blobServices/containers", "Microsoft.Compute/availabilitySets"


def bosh_findings(environment: PavedEnvironment, settings: AzureSettings, reveal: Reveal) -> Iterator[Finding]:
    """All of it: the login first, and then everything at once."""
    cpi = credential_for(environment, "bosh-cpi")
    name = next(name for name, credential in environment.credentials.items() if credential is cpi)
    given = settings.service_principals.get(name)
    managed = AzureCredential.model_validate(cpi.driver).identity is not None
    alone = not managed and given is not None and given.secret is not None
    api = _as_application(cpi, settings, reveal) if alone else _own(settings, reveal)
    try:
        asked(partial(api.translated, api.sdk.token, f"log in as {cpi.principal}" if alone else "log in", sent=False))
        if alone:
            yield good("login", f"application {cpi.principal} logs in")
        elif managed:
            what = "a managed identity logs in from its own machines only: all was looked up with paver's own login"
            yield warn("login", what, "permissions are those of its role assignments")
        else:
            what = f"the section names no secret of application {cpi.principal}: paver's own login was used"
            yield warn("login", what, f"name it: iaas.azure.service_principals.{name}.secret")
        yield from side_by_side(Lookups(api, environment).checks(cpi, alone=alone))
    finally:
        api.close()


def _own(settings: AzureSettings, reveal: Reveal) -> Api:
    named = settings.client_secret
    return Api(settings, None if named is None else lambda: reveal(named))


def _as_application(cpi: PavedCredential, settings: AzureSettings, reveal: Reveal) -> Api:
    named = cpi.secret
    if named is None:
        raise Rejected(f"the document names no secret of application {cpi.principal}")
    return Api(settings.model_copy(update={"client": UUID(cpi.principal)}), lambda: reveal(named))


class Lookups:
    """One environment, by its names.

    Args:
        api: Azure, as somebody sees it.
        environment: The document.
    """

    def __init__(self, api: Api, environment: PavedEnvironment) -> None:
        self._api = api
        self._environment = environment
        self._top = AzureTop.model_validate(environment.driver)
        self._group = ids.group_id(api.settings.root, self._top.resource_group)
        self._account = ids.resource_id(self._group, STORAGE, self._top.storage_account)
        self._network = ids.canonical(self._top.virtual_network_id)

    def checks(self, cpi: PavedCredential, *, alone: bool) -> Iterator[Check]:
        """Each by what it looks at; `alone`: as the CPI itself."""
        yield "resource group", partial(self._there, "resource group", GROUPS, self._group)
        yield "network", partial(self._there, "network", NETWORKS, self._network)
        for network in self._environment.networks.values():
            for name, subnet in network.subnets.items():
                id_ = AzureSubnet.model_validate(subnet.driver).id
                yield "subnet", partial(self._there, "subnet", SUBNETS, id_, f" of {name}")
        for check, type_, name, of in self._groups():
            yield check, partial(self._there, check, type_, ids.resource_id(self._group, type_, name), of)
        yield "storage account", partial(self._there, "storage account", STORAGE, self._account)
        for container in self._containers():
            id_ = ids.resource_id(self._group, CONTAINERS, self._top.storage_account, "default", container)
            yield "container", partial(self._there, "container", CONTAINERS, id_)
        for name in self._environment.load_balancers:
            yield "load balancer", partial(self._balancer, name)
        if self._top.availability_set is not None:
            id_ = ids.resource_id(self._group, SETS, self._top.availability_set)
            yield "availability set", partial(self._there, "availability set", SETS, id_)
        yield from self._rights(cpi, alone=alone)

    def _rights(self, cpi: PavedCredential, *, alone: bool) -> Iterator[Check]:
        place = AzureCredential.model_validate(cpi.driver)
        wanted = tuple(needs(self._group, self._account, self._network))
        who = f"application {cpi.principal}"
        if alone:
            yield "permission", partial(listed, self._api, who, wanted)
        elif place.object_id is not None:
            yield "permission", partial(assigned, self._api, who, str(place.object_id), wanted)
        elif place.identity is not None:
            # A director bears its own, and that is who its CPI is; the credential's is for whoever makes the director.
            for identity in (place.identity, self._top.identities[roles.DIRECTOR]):
                yield "identity", partial(self._identity, identity)

    def _groups(self) -> Iterator[tuple[str, str, str, str]]:
        """What machines are put into: check, type, name, and whose it is."""
        for name in self._top.security_groups.values():
            yield "security group", SECURITY, name, ""
        for name in self._top.application_groups.values():
            yield "application group", APPLICATION, name, ""
        for label, balancer in self._environment.load_balancers.items():
            place = AzureLoadBalancer.model_validate(balancer.driver)
            yield "security group", SECURITY, place.security_group, f" of load balancer {label}"
            yield "application group", APPLICATION, place.application_group, f" of load balancer {label}"

    def _containers(self) -> Mapping[str, None]:
        """The CPI's own two, and the environment's."""
        stores = self._environment.datastores.values()
        named = [AzureDatastore.model_validate(store.driver).container_id for store in stores]
        return dict.fromkeys((*BOSH, *(ids.last(id_) for id_ in named if id_ is not None)))

    def _there(self, check: str, type_: str, id_: str, of: str = "") -> Iterator[Finding]:
        name = ids.last(id_)
        if asked(partial(self._api.look, type_, id_)) is None:
            yield bad(check, f"{name}{of} is not there", PAVE)
        else:
            yield good(check, f"{name}{of} is there")

    def _balancer(self, name: str) -> Iterator[Finding]:
        """And the pool that machines are put into."""
        place = AzureLoadBalancer.model_validate(self._environment.load_balancers[name].driver)
        id_ = ids.resource_id(self._group, BALANCERS, place.load_balancer)
        record = asked(partial(self._api.look, BALANCERS, id_))
        if record is None:
            yield bad("load balancer", f"{place.load_balancer} of {name} is not there", PAVE)
            return
        pools = [str(pool["name"]) for pool in inside(record, "properties", "backendAddressPools") or ()]
        if place.backend_pool in pools:
            yield good("load balancer", f"{place.load_balancer} of {name} is there, with its pool {place.backend_pool}")
        else:
            yield bad("load balancer", f"{place.load_balancer} of {name} has no pool {place.backend_pool}", PAVE)

    def _identity(self, identity: AzureIdentity) -> Iterator[Finding]:
        record = asked(partial(self._api.look, IDENTITIES, ids.canonical(identity.id)))
        if record is None:
            yield bad("identity", f"{identity.name} is not there", PAVE)
            return
        yield good("identity", f"{identity.name} is there")
        wanted = tuple(needs(self._group, self._account, self._network))
        principal = str(inside(record, "properties", "principalId"))
        yield from assigned(self._api, f"identity {identity.name}", principal, wanted)
