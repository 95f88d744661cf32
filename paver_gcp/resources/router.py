"""The router, which bears the NAT."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from paver.contract.resource import Desired, Key, Observed, Value
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_gcp import marks, places
from paver_gcp.api import Record
from paver_gcp.listing import Look
from paver_gcp.resources.compute import ComputeKind, bare, url
from paver_gcp.settings import GcpSettings

NOUN = "router"


class Router(Desired):
    """A router without routes of its own."""

    network: Value


class RouterKind(ComputeKind[Router]):
    """`router/ENVIRONMENT`."""

    noun = NOUN
    collection = "routers"
    place = "regions"
    replace: ClassVar[frozenset[str]] = frozenset({"network"})

    def body(self, want: Router) -> Record:
        """In the network."""
        return {"network": url(want.network)}

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With its network."""
        like = Router(key=key, name=marks.implied(owner.name, key), network=bare(record["network"]))
        return self.seen(like, bare(record["selfLink"]), owner, needs=(str(like.network),))


def router_key(spec: EnvironmentSpec) -> Key:
    """The router's key."""
    return places.key(NOUN, spec.name)


def wanted(spec: EnvironmentSpec, settings: GcpSettings) -> Iterator[Router]:
    """One, where anything goes out by NAT."""
    del settings
    if places.translated(spec):
        key = router_key(spec)
        yield Router(key=key, name=places.native(spec, key), network=places.network(spec))
