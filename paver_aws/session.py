"""The session: one account in one region."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from paver.contract.lease import LeasePlace
from paver.contract.listing import ListingSession
from paver.contract.types import Owner
from paver_aws.api import Api
from paver_aws.lease import BucketLease
from paver_aws.listing import Look
from paver_aws.nouns import kinds as all_kinds


class AwsSession(ListingSession[Api]):
    """An account, as the credentials of boto3's chain see it.

    Args:
        api: AWS. Nothing is sent before it is used.
    """

    look: ClassVar[type[Look]] = Look

    def __init__(self, api: Api) -> None:
        super().__init__(api, all_kinds(api))

    def identity(self) -> Mapping[str, str]:
        """The account and the region; who calls may differ from run to run."""
        account = self.api.account
        return {"id": account, "account": account, "region": self.api.region}

    def lease(self, owner: Owner) -> LeasePlace:
        """In a bucket of the environment's own."""
        return BucketLease(self.api, owner)
