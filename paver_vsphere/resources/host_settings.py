"""The settings of a given ESXi host: as the spec asks while the environment is there, and as they were afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from pydantic import JsonValue

from paver.contract.driver import Kind
from paver.contract.errors import AlreadyExists, Rejected
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof, Value
from paver_vsphere.center import Center, Ticket
from paver_vsphere.claims import NOTES_ID, REGISTER_ID, Claim
from paver_vsphere.host_configuration import DNS, NTP, SEARCH, HostConfiguration, resolvers, service, switched
from paver_vsphere.host_port_groups import port_group
from paver_vsphere.managed_host import STATE, ManagedHosts
from paver_vsphere.putting_back import PuttingBack, sent_of, then
from paver_vsphere.register import DIRECTORY
from paver_vsphere.resources.entity import CLAIMED
from paver_vsphere.session import Row, moid

KIND = "host-settings"


class HostSettings(Desired):
    """Wanted: what a host shall be set to. What is None, or no service here, is left alone."""

    host: Value
    ntp: tuple[str, ...] | None = None
    dns_servers: tuple[str, ...] | None = None
    search_domains: tuple[str, ...] | None = None
    services: Mapping[str, str] = {}
    """Name to `on` or `off`."""
    port_groups: Mapping[str, Mapping[str, JsonValue]] = {}
    """Name to `switch` and `vlan`."""
    noted: tuple[str, ...] = ()
    """The settings whose earlier values are noted: all that are asked for. Sorted."""

    @property
    def target(self) -> dict[str, JsonValue]:
        """Setting to wanted value."""
        found: dict[str, JsonValue] = {}
        if self.ntp is not None:
            found[NTP] = list[JsonValue](self.ntp)
        if self.dns_servers is not None:
            found[DNS] = resolvers(self.dns_servers)
        if self.search_domains is not None:
            found[SEARCH] = list[JsonValue](self.search_domains)
        found |= {service(name): switched(on=state == "on") for name, state in self.services.items()}
        return found | {port_group(name): dict(wanted) for name, wanted in self.port_groups.items()}


class HostSettingsKind(Kind[HostSettings]):
    """Earlier values are noted on the host, then it is set; put back, then the note goes. Each is a call of its own.

    The name is claimed like any other's, and the host's id noted with it once the note is written: from then on a note
    that is gone was lost, and nothing is noted in its place, which would be what paver has set.
    """

    def __init__(self, center: Center) -> None:
        self._center = center
        self._hosts = ManagedHosts(center)
        self._back = PuttingBack(center, self._hosts)

    def create(self, want: HostSettings, attempt: Attempt) -> Answer:
        """Note what is there; a note that is there already, of a vCenter that is gone perhaps, is kept."""
        del attempt
        claims = self._center.claims
        claim = claims.held.get(want.key)
        if claim is None or claim.id not in {"", str(want.host)}:
            claims.again(want.key, want.name)
            return then(want.host, "note", "claimed again")
        return self._note(want)

    def update(self, have: Observed, want: HostSettings, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Set what differs."""
        del have, fields, attempt
        return self._set(want, ())

    def advance(self, want: HostSettings | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """The next call."""
        at: Ticket = ticket if isinstance(ticket, dict) else {}
        if want is None:
            return self._back.advance(at, attempt.key)
        if at["step"] == "note":
            return self._note(want)
        if at["step"] == "directory":
            host = self._hosts.read(str(want.host), want.key)
            _refuse_half_dhcp(want, host.configuration)
            host.notes.write({setting: host.configuration.value(setting) for setting in want.target})
            return then(want.host, "set", "its earlier settings are noted")
        if at["step"] == "id":
            self._center.claims.note([want.key])
            return Done(have=self._made(want))
        return self._set(want, sent_of(at))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Put the earlier values back."""
        if have.id.startswith(CLAIMED):
            self._center.claims.forget(attempt.key)
            return Done(have=None)
        return self._back.begin(have.id.partition("/")[2], attempt.key)

    def hosts(self, claims: Mapping[Key, Claim], named: Mapping[str, str]) -> list[Any]:
        """References of the hosts that a listing has to read."""
        return [self._center.ref(named[key.name]) for key in claims if key.kind == KIND and key.name in named]

    def observe(
        self, rows: Iterable[Row], claims: Mapping[Key, Claim], named: Mapping[str, str], wanted: Iterable[HostSettings]
    ) -> Iterator[Observed]:
        """What is noted, and what the hosts are set to.

        Args:
            rows: What was read of these hosts and their datastores.
            claims: Our claims.
            named: Our hosts: name in the key to id.
            wanted: What is asked for.

        Raises:
            Refused: A note is gone that was there.
        """
        by_id = {moid(row.ref): row for row in rows}
        asked = {want.key: want for want in wanted}
        for key, claim in claims.items():
            if key.kind != KIND:
                continue
            host = named.get(key.name, "")
            if host in by_id and by_id[host].props.get(STATE) != "connected":
                yield self._at(host, key, {})  # it tells nothing now, and is still to be put back
                continue
            found = self._hosts.seen(host, by_id, key) if host in by_id else None
            before = found.notes.read() if found is not None else None
            if found is not None and before is None and claim.id == host:
                raise found.notes.lost()
            if found is not None and before is not None:
                self._center.claims.meet(key, host)
                yield self._observed(host, key, found.configuration, before, asked.get(key))
            elif key not in asked:
                yield self._observed_claim(key)

    def _note(self, want: HostSettings) -> Answer:
        host = self._hosts.read(str(want.host), want.key)
        _refuse_half_dhcp(want, host.configuration)
        if host.notes.read() is not None:
            return self._set(want, ())
        connection = self._center.connection
        path = f"[{host.notes.datastore}] {DIRECTORY}"
        # Other registers may be in it, or an earlier attempt have made it.
        with suppress(AlreadyExists):
            make = connection.content.fileManager.MakeDirectory
            connection.call(make, path, self._hosts.datacenter(), False, what=f"make directory {path}")
        return then(want.host, "directory", "the directory of its note is there")

    def _set(self, want: HostSettings, sent: tuple[str, ...]) -> Answer:
        host, target = self._hosts.read(str(want.host), want.key), want.target
        _refuse_half_dhcp(want, host.configuration)
        before = host.notes.read()
        if before is None:
            raise host.notes.lost()
        if new := [setting for setting in target if setting not in before]:
            host.notes.write({**before, **{setting: host.configuration.value(setting) for setting in new}})
            return then(want.host, "set", "its earlier settings are noted", sent)
        dropped = {setting: value for setting, value in before.items() if setting not in target}
        call = host.configuration.next_call({**target, **dropped}, sent)
        if call is not None:
            self._center.connection.call(call.method, *call.arguments, what=f"{call.what} of {want.name}")
            return then(want.host, "set", call.what, (*sent, call.name))
        if dropped:
            host.notes.write({setting: value for setting, value in before.items() if setting in target})
            return then(want.host, "set", "what is asked for no longer is as it was", sent)
        claims = self._center.claims
        claims.meet(want.key, str(want.host))
        if claims.outdated(want.key):
            return then(want.host, "id", "set")
        return Done(have=self._made(want))

    def _observed(
        self,
        host: str,
        key: Key,
        now: HostConfiguration,
        before: Mapping[str, JsonValue],
        want: HostSettings | None,
    ) -> Observed:
        """Only what is asked for is compared."""
        asked = want.target if want is not None else {}
        actual: dict[str, JsonValue] = {
            "host": host,
            "ntp": now.value(NTP) if NTP in asked else None,
            "dns_servers": now.servers if DNS in asked else None,
            "search_domains": now.value(SEARCH) if SEARCH in asked else None,
            "services": {name: now.state(name) for name in (want.services if want is not None else ())},
            "port_groups": {
                name: now.value(port_group(name)) for name in (want.port_groups if want is not None else ())
            },
            "noted": list[JsonValue](sorted(before)),
        }
        return self._at(host, key, actual)

    def _made(self, want: HostSettings) -> Observed:
        return self._at(str(want.host), want.key, want.model_dump(mode="json", include=set(_COMPARED)))

    def _at(self, host: str, key: Key, actual: Mapping[str, JsonValue]) -> Observed:
        return Observed(
            kind=KIND,
            id=f"settings/{host}",
            key=key,
            owner=self._center.owner.id,
            proof=Proof.REGISTER,
            actual=actual,
            outputs={"name": key.name},
            needs=(host, REGISTER_ID, NOTES_ID),
        )

    def _observed_claim(self, key: Key) -> Observed:
        """A claim without a note: nothing was set yet, everything is put back, or the host was taken away."""
        own = self._center.owner.id
        needs = (REGISTER_ID, NOTES_ID)
        return Observed(
            kind=KIND, id=f"{CLAIMED}{key}", key=key, owner=own, proof=Proof.REGISTER, actual={}, needs=needs
        )


_COMPARED = ("host", "ntp", "dns_servers", "search_domains", "services", "port_groups", "noted")


def _refuse_half_dhcp(want: HostSettings, now: HostConfiguration) -> None:
    if now.by_dhcp and want.search_domains is not None and want.dns_servers is None:
        raise Rejected(
            f"{want.name} has its resolvers by DHCP, and so its search domains",
            hint="write dns_servers: in host_settings too, or leave search_domains to DHCP",
        )
