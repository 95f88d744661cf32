"""An ESXi host in a cluster of the vCenter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from pydantic import JsonValue

from paver.contract.errors import Denied
from paver.contract.resource import Answer, Attempt, Key, Observed, Phase, Value
from paver_vsphere.center import Center
from paver_vsphere.claims import Claim
from paver_vsphere.inventory import Listing
from paver_vsphere.marks import ids
from paver_vsphere.places import host_names
from paver_vsphere.resources.entity import ClaimedKind, Entity
from paver_vsphere.resources.licence import host_licence, licence_id
from paver_vsphere.sdk import vim
from paver_vsphere.session import TIMEOUT, Reference, Row, moid
from paver_vsphere.trust import peer_certificate, split_endpoint, thumbprint
from paver_vsphere.whom import host_trust

KIND = "host"
_STATE = "runtime.connectionState"
_DISCONNECTED = "disconnected"


class Host(Entity):
    """Wanted: a host of the site's, added to a cluster. It is taken out again; it is never reshaped."""

    cluster: Value
    endpoint: str
    """`host:port` or `host`."""


class HostKind(ClaimedKind[Host]):
    """The vCenter dials the host itself. The thumbprint that it is given is one that paver has checked a moment ago."""

    kind = KIND
    type = "HostSystem"
    takes_time: ClassVar[float] = 0.5  # the vCenter dials the host, and installs its agent there
    replace: ClassVar[frozenset[str]] = frozenset({"cluster"})
    settle: ClassVar[float] = 5.0
    """A task whose answer was lost may go on for a while before the host is listed."""
    unseen: ClassVar[frozenset[str]] = frozenset({"endpoint"})  # a listing shows a host's name, and no port

    def send(self, want: Host) -> Reference:
        """A task. Raises Untrusted where the host shows another certificate than the pinned one."""
        settings = self.center.settings
        if settings.esxi_password is None:
            raise Denied("the password of the ESXi hosts is not named", hint="write esxi_password: env:NAME")
        address, port = split_endpoint(want.endpoint)
        certificate = peer_certificate(address, port, host_trust(settings, address, port), TIMEOUT)
        spec = vim().host.ConnectSpec(
            hostName=address,
            port=port,
            # The API compares SHA-1; what was pinned has been compared here, over the whole certificate.
            sslThumbprint=thumbprint(certificate, "sha1"),
            userName=settings.esxi_user,
            password=self.center.secrets.given(settings.esxi_password).get_secret_value(),
            force=False,
        )
        add = self.center.ref(want.cluster).AddHost_Task
        return self.center.connection.call(add, spec, True, what=f"add host {want.name}")

    def needs(self, want: Host) -> tuple[str, ...]:
        """Its cluster; and the licence that it is assigned, which goes with it and is not put back before."""
        licence = host_licence(want.key.name)
        return (str(want.cluster), *([licence_id(licence)] if licence in self.center.claims.held else []))

    def destroy(self, have: Observed) -> Answer:
        """Disconnect it, then take it out: the vCenter's own VM may run on it, and goes on running."""
        host = self.center.ref(have.id)
        if self.center.connection.properties(host, _STATE).get(_STATE) == _DISCONNECTED:
            return self._remove(host, str(have.key))
        task = self.center.connection.call(host.DisconnectHost_Task, what=f"disconnect {have.key}")
        return self.center.waiting(task, "being disconnected", then="remove", object=have.id)

    def advance(self, want: Host | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """One look at the task; after the disconnection, the removal."""
        at = dict(ticket) if isinstance(ticket, dict) else {}
        if want is not None and "connect" in at:
            host = self.center.ref(at["connect"])
            task = self.center.connection.call(host.ReconnectHost_Task, what=f"reconnect {attempt.key}")
            return self.center.waiting(task, "being reconnected", object=moid(host))
        if want is not None or at.get("then") != "remove":
            return super().advance(want, ticket, attempt)
        over, _ = self.center.result(at, f"disconnect {attempt.key}")
        if not over:
            return self.center.still(at)
        return self._remove(self.center.ref(at["object"]), str(attempt.key))

    def _remove(self, host: Reference, what: str) -> Answer:
        task = self.center.connection.call(host.Destroy_Task, what=f"remove {what}")
        return self.center.waiting(task, "being removed")

    def stands(self, listing: Listing, row: Row, key: Key) -> bool:
        """In the cluster that the section has it in."""
        cluster = listing.get(row.props["parent"])
        named = host_names(self.center.settings)
        places = {
            named[endpoint]: zone.cluster for zone in self.center.settings.zones.values() for endpoint in zone.hosts
        }
        return cluster is not None and cluster.props.get("name") == places.get(key.name, cluster.props.get("name"))

    def takes(self, listing: Listing, row: Row, key: Key) -> bool:
        """Wherever it stands: a vCenter has a host once."""
        del listing, row, key
        return True

    def observe(self, listing: Listing, register: Mapping[Key, Claim], wanted: list[Host]) -> Iterator[Observed]:
        """By its claim. One that is disconnected, by a destroy that was ended perhaps, is connected again."""
        del wanted
        for bearer in self.ours(listing, register):
            name, cluster = str(bearer.row.props["name"]), moid(bearer.row.props["parent"])
            want = Host(key=bearer.key, name=name, cluster=cluster, endpoint=name, labels=bearer.labels)
            have = self.shown(want, bearer)
            if bearer.row.props.get(_STATE) == _DISCONNECTED:
                have = have.model_copy(update={"phase": Phase.PENDING, "ticket": {"connect": have.id}})
            yield have


def keyed_hosts(center: Center, listing: Listing, register: Mapping[Key, Claim]) -> dict[str, str]:
    """Our hosts: id to the name in the key."""
    return ids(HostKind(center).ours(listing, register))


def members(
    center: Center, listing: Listing, register: Mapping[Key, Claim], wanted: Mapping[str, Value], there: set[str]
) -> dict[str, str]:
    """Which hosts take part in something, in the form in which it is wanted.

    Args:
        center: The vCenter.
        listing: What is there.
        register: Our claims.
        wanted: By host: a host's name in its key, or `cluster-ZONE` for all hosts of a cluster that exists.
        there: Ids of the hosts that take part.
    """
    found = {name: id_ for id_, name in keyed_hosts(center, listing, register).items() if id_ in there}
    datacenter = center.datacenter(listing)
    for name in wanted:
        zone = center.settings.zones.get(name.removeprefix("cluster-"))  # type: ignore[call-overload]  # no zone: None
        if not name.startswith("cluster-") or zone is None or datacenter is None:
            continue
        cluster = listing.named("ClusterComputeResource", zone.cluster, datacenter.ref)
        of_cluster = {moid(host) for host in (cluster.props.get("host") or ())} if cluster else set()
        found[name] = " ".join(sorted(of_cluster & there))
    return found


def each(hosts: Mapping[str, object]) -> list[str]:
    """Every host's id."""
    return [id_ for value in hosts.values() for id_ in str(value).split()]
