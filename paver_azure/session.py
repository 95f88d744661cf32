"""The session: one subscription."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from paver.contract.driver import Session
from paver.contract.lease import LeasePlace
from paver.contract.resource import Desired, Inventory
from paver.contract.types import Owner
from paver_azure.api import Api
from paver_azure.arm_types import SUBSCRIPTIONS
from paver_azure.lease import BlobLease
from paver_azure.listing import Look
from paver_azure.nouns import kinds as all_kinds
from paver_azure.resources.noun import AzureKind


class AzureSession(Session):
    """A subscription, as whoever is logged in sees it.

    Args:
        api: Azure. Nothing is sent before it is used.
    """

    kinds: Mapping[str, AzureKind[Any]]

    def __init__(self, api: Api) -> None:
        self.api = api
        self.kinds = all_kinds(api)

    def identity(self) -> Mapping[str, str]:
        """The subscription and its directory; who calls may differ from run to run."""
        found = self.api.ask(self.api.settings.root, SUBSCRIPTIONS)
        subscription = str(found["subscriptionId"]).lower()
        return {"id": subscription, "subscription": subscription, "tenant": str(found["tenantId"]).lower()}

    def observe(self, owner: Owner, wanted: Sequence[Desired], kinds: frozenset[str] | None = None) -> Inventory:
        """One list a kind, all at once; what ARM opens one owned container at a time costs a call each."""
        asked = self.kinds.keys() if kinds is None else kinds & self.kinds.keys()
        return Look(self.api, self.kinds, owner, wanted, whole=kinds is None).inventory(asked)

    def lease(self, owner: Owner) -> LeasePlace:
        """In a storage account of the environment's own."""
        return BlobLease(self.api, owner)

    def close(self) -> None:
        """Close idle sockets."""
        self.api.close()
