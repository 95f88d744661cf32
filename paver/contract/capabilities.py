"""What an IaaS can do by itself. Closed by default: a driver claims what it makes; the site gives the rest."""

from __future__ import annotations

from enum import StrEnum


class Capability(StrEnum):
    """One thing a spec may ask for. `validate` refuses what neither the driver makes nor the section gives."""

    LOAD_BALANCER = "load-balancer"  # else an address is kept for the platform's own
    OBJECT_STORE = "object-store"  # else an address is kept for the platform's own
    DNS_ZONE = "dns-zone"  # else the zone is the site's
    RESOLVER = "resolver"  # else dns servers are given
    NAT = "nat"  # else egress nat is the site's router's
    ENCRYPTION = "encryption"  # datastores encrypted on request
    JUMPBOX = "jumpbox"  # paver makes the jumpbox
    ADOPT_NETWORK = "adopt-network"
    ADOPT_DATASTORE = "adopt-datastore"
