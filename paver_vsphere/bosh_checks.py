"""What BOSH's CPI for vSphere looks up before it makes a machine, looked up as the user that it logs in as.

The CPI goes by names and paths: so does this, by the very values that a director is given. What it needs to be allowed
is the list by which paver makes its roles.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial

from pydantic import SecretStr

from paver.contract.asking import TRIES, asked
from paver.contract.bosh import Bosh, Reveal, Variables, credential_for
from paver.contract.environment import PavedEnvironment
from paver.contract.errors import Refused
from paver.contract.findings import Cause, Finding, bad, good, warn
from paver_vsphere.checks.hosts import TIMEOUT
from paver_vsphere.environment import VsphereDatastore, VsphereSubnet, VsphereZonePlace, vcenter_ca
from paver_vsphere.inventory import Listing
from paver_vsphere.networks import Networks
from paver_vsphere.permissions import CLUSTERS, LEVELS, ROOT
from paver_vsphere.resources.host_group import host_groups
from paver_vsphere.session import Connection, Reference, Row, moid
from paver_vsphere.settings import VsphereSettings
from paver_vsphere.trust import Trust
from paver_vsphere.whom import host_trust

PAVE = "paver pave makes it"
PATTERNS = {"ephemeral": "vcenter_ephemeral_ds", "persistent": "vcenter_persistent_ds"}
"""By a datastore's purpose: the director's variable."""
Entities = Mapping[str, tuple[Reference, tuple[str, ...]]]
"""By what people call it: an object, and the privileges that the CPI needs there."""


def bosh_findings(
    bosh: Bosh, environment: PavedEnvironment, settings: VsphereSettings, reveal: Reveal
) -> Iterator[Finding]:
    """All of it, from one login and one retrieval."""
    told = bosh.director(environment).variables
    user, secret = str(told["vcenter_user"]), credential_for(environment, "bosh-cpi").secret
    if secret is None:
        raise Refused(f"the document names no password of {user}", hint="paver pave mints one")
    connection = _connected(environment, settings, user, reveal(secret))
    try:
        instance = str(connection.about.instanceUuid).lower()
        if instance != environment.target.id:
            what = f"{connection.where} is vCenter {instance}, and the document is of {environment.target.id}"
            yield bad("identity", what, cause=Cause.TRUST)
            return
        yield good("login", f"{user} logs in to {connection.where}")
        yield from Lookups(connection, user, environment, told).findings()
    finally:
        connection.close()


def _connected(environment: PavedEnvironment, settings: VsphereSettings, user: str, password: SecretStr) -> Connection:
    """By the CA that the director is given, where it is given one."""
    authority, host = vcenter_ca(environment), str(environment.driver["vcenter"])
    trust = host_trust(settings, host, settings.port)
    if authority is not None:
        trust = Trust(ca=authority)
    connection = asked(partial(Connection.connect, host, settings.port, user, password, trust, TIMEOUT))
    connection.tries = TRIES
    return connection


class Lookups:
    """One inventory, as the CPI's user sees it.

    Args:
        connection: Logged in as that user.
        user: `name@domain`.
        environment: The document.
        told: What a director is given.
    """

    def __init__(self, connection: Connection, user: str, environment: PavedEnvironment, told: Variables) -> None:
        self._connection = connection
        self._user = user
        self._environment = environment
        self._told = told
        self._listing = Listing.of(connection)
        self._found: dict[str, tuple[Reference, tuple[str, ...]]] = {
            "the root folder": (connection.content.rootFolder, ROOT)
        }

    def findings(self) -> Iterator[Finding]:
        """What is there, and then what may be done with it."""
        name = str(self._told["vcenter_dc"])
        row = self._listing.child("Datacenter", name, self._listing.root) or self._listing.named("Datacenter", name)
        yield self._noted("datacenter", name, row, LEVELS["datacenter"])
        if row is not None:
            yield from self._folders(row)
            yield from self._clusters(row)
            yield from self._networks(row)
        yield from self._privileges()

    def _noted(self, check: str, name: str, row: Row | None, needed: tuple[str, ...] = (), of: str = "") -> Finding:
        """Whether it is there; and if so, what is needed of it later."""
        if row is None:
            return bad(check, f"{name}{of} is not there", PAVE)
        if needed:
            self._found[f"{check} {name}"] = (row.ref, needed)
        return good(check, f"{name}{of} is there")

    def _folders(self, datacenter: Row) -> Iterator[Finding]:
        """By their paths below the datacenter's own folder for machines."""
        for variable in ("vcenter_vms", "vcenter_templates"):
            path, at = str(self._told[variable]), datacenter.props["vmFolder"]
            row: Row | None = None
            for part in path.split("/"):
                row = self._listing.child("Folder", part, at)
                if row is None:
                    break
                at = row.ref
            yield self._noted("folder", path, row, LEVELS["objects"])

    def _clusters(self, datacenter: Row) -> Iterator[Finding]:
        seen: dict[str, Row] = {}
        places = {
            zone: VsphereZonePlace.model_validate(paved.driver) for zone, paved in self._environment.zones.items()
        }
        grouped = {place.cluster for place in places.values() if place.host_group is not None}
        groups: dict[str, set[str]] = {}
        for zone, place in places.items():
            row = self._listing.named("ClusterComputeResource", place.cluster, datacenter.ref)
            if place.cluster not in seen:
                needed = LEVELS[CLUSTERS] if place.cluster in grouped else ()
                yield self._noted("cluster", place.cluster, row, needed, of=f" of zone {zone}")
            if row is not None:
                if place.cluster in grouped and place.cluster not in seen:
                    groups[place.cluster] = self._host_groups(row)
                seen[place.cluster] = row
                if place.host_group is not None:
                    yield _host_group(place.host_group, zone, groups[place.cluster])
                pool = self._listing.child("ResourcePool", place.resource_pool, row.props["resourcePool"])
                where = f"{place.cluster}/{place.resource_pool}"
                yield self._noted("pool", where, pool, LEVELS["objects"], of=f" of zone {zone}")
        yield from self._datastores(datacenter, seen)

    def _host_groups(self, cluster: Row) -> set[str]:
        return {str(group.name) for group in host_groups(self._connection.properties(cluster.ref, "configurationEx"))}

    def _datastores(self, datacenter: Row, clusters: Mapping[str, Row]) -> Iterator[Finding]:
        """Each by its name; and what the pattern matches on each cluster, which is how the CPI chooses."""
        rows = [row for row in self._listing.all("Datastore") if self._listing.below(row, datacenter.ref)]
        there = {str(row.props["name"]): row for row in rows}
        for store in self._environment.datastores.values():
            name = VsphereDatastore.model_validate(store.driver).datastore
            if name is not None:
                yield self._noted("datastore", name, there.get(name), LEVELS["objects"])
        for purpose, variable in PATTERNS.items():
            pattern = str(self._told[variable])
            matched = [row for name, row in there.items() if re.search(pattern, name)]
            for cluster, row in clusters.items():
                hosts = {moid(host) for host in row.props.get("host") or ()}
                if any(hosts & _mounts(store) for store in matched):
                    yield good("pattern", f"{pattern} matches a datastore of {cluster} for {purpose} disks")
                else:
                    hint = "mount the datastore on the cluster's hosts"
                    yield bad("pattern", f"{pattern} matches no datastore of {cluster} for {purpose} disks", hint)

    def _networks(self, datacenter: Row) -> Iterator[Finding]:
        found = Networks.of(self._connection, datacenter.props["networkFolder"], ())
        there = {network.name: Row(network.ref, {}) for network in found.all()}
        for network in self._environment.networks.values():
            for subnet in network.subnets.values():
                name = VsphereSubnet.model_validate(subnet.driver).port_group
                yield self._noted("port group", name, there.get(name), ("Network.Assign",))

    def _privileges(self) -> Iterator[Finding]:
        """Of each object what the user lacks there, each by the name that it is granted by."""
        content = self._connection.content
        listed = self._connection.properties(content.authorizationManager, "privilegeList")["privilegeList"]
        known = {str(privilege.privId) for privilege in listed}
        session = self._connection.properties(content.sessionManager, "currentSession")["currentSession"]
        lacking = False
        for needed, group in _alike(self._found).items():
            asks = sorted(known.intersection(needed))
            answer = self._connection.read(
                content.authorizationManager.HasPrivilegeOnEntities,
                list(group.values()),
                session.key,
                asks,
                what="ask for its privileges",
            )
            held = {
                moid(one.entity): {str(item.privId) for item in one.privAvailability if item.isGranted}
                for one in answer
            }
            for label, ref in group.items():
                missing = [name for name in asks if name not in held.get(moid(ref), ())]
                if missing:
                    lacking = True
                    yield self._lacks(label, missing)
        disks = self._told["vcenter_disks"]
        if not lacking:
            count = len(self._found)
            yield good("permission", f"{self._user} may do on {count} objects all that the CPI does there")
            yield good("disk path", f"the CPI makes {disks} on a datastore with the first disk, and may")
        if unknown := sorted({name for level in LEVELS.values() for name in level} - known):
            yield warn("permission", f"this vCenter knows no privilege {', '.join(unknown)}: nobody can grant that")

    def _lacks(self, label: str, missing: Iterable[str]) -> Finding:
        what = f"{self._user} lacks {', '.join(missing)} on {label}"
        return bad("permission", what, "paver pave grants it", cause=Cause.DENIED)


def _host_group(name: str, zone: str, there: Collection[str]) -> Finding:
    """The group of hosts that a zone is, where it is less than its cluster."""
    if name in there:
        return good("host group", f"{name} of zone {zone} is there")
    return bad("host group", f"{name} of zone {zone} is not there", PAVE)


def _alike(found: Entities) -> Mapping[tuple[str, ...], Mapping[str, Reference]]:
    """Objects by what is needed there, so that a question is asked of all of them at once."""
    groups: dict[tuple[str, ...], dict[str, Reference]] = {}
    for label, (ref, needed) in found.items():
        groups.setdefault(needed, {})[label] = ref
    return groups


def _mounts(datastore: Row) -> set[str]:
    return {moid(mount.key) for mount in datastore.props.get("host") or ()}
