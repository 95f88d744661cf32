"""The session: one region of one project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from paver.contract.driver import Session
from paver.contract.lease import LeasePlace
from paver.contract.resource import Desired, Inventory
from paver.contract.types import Owner
from paver_gcp.api import Api
from paver_gcp.lease import BucketLease
from paver_gcp.listing import Look
from paver_gcp.nouns import kinds as all_kinds
from paver_gcp.resources.noun import GcpKind


class GcpSession(Session):
    """A project, as the credentials of Google's chain see it.

    Args:
        api: Google. Nothing is sent before it is used.
    """

    kinds: Mapping[str, GcpKind[Any]]

    def __init__(self, api: Api) -> None:
        self.api = api
        self.kinds = all_kinds(api)

    def identity(self) -> Mapping[str, str]:
        """The project, by id and number, and the region; who calls may differ from run to run."""
        return {
            "id": self.api.project,
            "project": self.api.project,
            "number": self.api.number,
            "region": self.api.region,
        }

    def observe(self, owner: Owner, wanted: Sequence[Desired], kinds: frozenset[str] | None = None) -> Inventory:
        """One list a kind, all at once; what Google opens one owned container at a time costs a call each."""
        asked = self.kinds.keys() if kinds is None else kinds & self.kinds.keys()
        return Look(self.api, self.kinds, owner, wanted, whole=kinds is None).inventory(asked)

    def lease(self, owner: Owner) -> LeasePlace:
        """In a bucket of the environment's own."""
        return BucketLease(self.api, owner)

    def close(self) -> None:
        """Close idle sockets."""
        self.api.close()
