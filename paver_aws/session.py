"""The session: one account in one region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from paver.contract.driver import Session
from paver.contract.lease import LeasePlace
from paver.contract.resource import Desired, Inventory
from paver.contract.types import Owner
from paver_aws.api import Api
from paver_aws.lease import BucketLease
from paver_aws.listing import Look
from paver_aws.nouns import kinds as all_kinds
from paver_aws.resources.noun import AwsKind


class AwsSession(Session):
    """An account, as the credentials of boto3's chain see it.

    Args:
        api: AWS. Nothing is sent before it is used.
    """

    kinds: Mapping[str, AwsKind[Any]]

    def __init__(self, api: Api) -> None:
        self.api = api
        self.kinds = all_kinds(api)

    def identity(self) -> Mapping[str, str]:
        """The account and the region; who calls may differ from run to run."""
        account = self.api.account
        return {"id": account, "account": account, "region": self.api.region}

    def observe(self, owner: Owner, wanted: Sequence[Desired], kinds: frozenset[str] | None = None) -> Inventory:
        """One list a kind, all at once; what AWS opens one owned container at a time costs a call each."""
        asked = self.kinds.keys() if kinds is None else kinds & self.kinds.keys()
        return Look(self.api, self.kinds, owner, wanted, whole=kinds is None).inventory(asked)

    def lease(self, owner: Owner) -> LeasePlace:
        """In a bucket of the environment's own."""
        return BucketLease(self.api, owner)

    def close(self) -> None:
        """Close idle sockets."""
        self.api.close()
