"""The session: one region of one project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from paver.contract.lease import LeasePlace
from paver.contract.listing import ListingSession
from paver.contract.types import Owner
from paver_gcp.api import Api
from paver_gcp.lease import BucketLease
from paver_gcp.listing import Look
from paver_gcp.nouns import kinds as all_kinds


class GcpSession(ListingSession[Api]):
    """A project, as the credentials of Google's chain see it.

    Args:
        api: Google. Nothing is sent before it is used.
    """

    look: ClassVar[type[Look]] = Look

    def __init__(self, api: Api) -> None:
        super().__init__(api, all_kinds(api))

    def identity(self) -> Mapping[str, str]:
        """The project, by id and number, and the region; who calls may differ from run to run."""
        return {
            "id": self.api.project,
            "project": self.api.project,
            "number": self.api.number,
            "region": self.api.region,
        }

    def lease(self, owner: Owner) -> LeasePlace:
        """In a bucket of the environment's own."""
        return BucketLease(self.api, owner)
