"""The session: one subscription."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from paver.contract.lease import LeasePlace
from paver.contract.listing import ListingSession
from paver.contract.types import Owner
from paver_azure.api import Api
from paver_azure.arm_types import SUBSCRIPTIONS
from paver_azure.lease import BlobLease
from paver_azure.listing import Look
from paver_azure.nouns import kinds as all_kinds


class AzureSession(ListingSession[Api]):
    """A subscription, as whoever is logged in sees it.

    Args:
        api: Azure. Nothing is sent before it is used.
    """

    look: ClassVar[type[Look]] = Look

    def __init__(self, api: Api) -> None:
        super().__init__(api, all_kinds(api))

    def identity(self) -> Mapping[str, str]:
        """The subscription and its directory; who calls may differ from run to run."""
        found = self.api.ask(self.api.settings.root, SUBSCRIPTIONS)
        subscription = str(found["subscriptionId"]).lower()
        return {"id": subscription, "subscription": subscription, "tenant": str(found["tenantId"]).lower()}

    def lease(self, owner: Owner) -> LeasePlace:
        """In a storage account of the environment's own."""
        return BlobLease(self.api, owner)
