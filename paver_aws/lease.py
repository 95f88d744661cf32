"""The shared lease: one object, in a bucket that is the environment's own and holds nothing else."""

from __future__ import annotations

import contextlib
import os
from typing import Any

from paver.contract import names
from paver.contract.asking import removed
from paver.contract.errors import AlreadyExists, Busy, NotFound
from paver.contract.lease import Slip
from paver.contract.types import Owner
from paver_aws import marks
from paver_aws.api import Api
from paver_aws.resources.bucket import made_in

OBJECT = "lease.json"


def bucket_name(owner: Owner) -> str:
    """The bucket's name. Nobody else's ends in this UUID, unless they mean to."""
    return f"paver-lease-{owner.id}"


class BucketLease:
    """A `LeasePlace` in a bucket: S3 decides who was first (S3 User Guide, "Conditional requests").

    The first slip's write makes the bucket, and clearing the slip deletes it. Every call says which account the bucket
    must belong to: a name can be taken by anybody, and what lies in their bucket is no lease.

    Args:
        api: AWS.
        owner: Whose lease.
    """

    def __init__(self, api: Api, owner: Owner) -> None:
        self._api = api
        self._owner = owner
        self._name = bucket_name(owner)

    @property
    def place(self) -> str:
        """Where it is."""
        return f"s3:{self._name}/{OBJECT}"

    def read(self) -> Slip | None:
        """What is there now: S3 reads are strongly consistent."""
        try:
            answer = self._api.fetch("s3", "get_object", "Body", about=self.place, **self._object)
        except NotFound:
            return None
        return Slip(answer["Body"].decode().partition("\n")[0], answer["ETag"])

    def write(self, text: str, over: str | None) -> str | None:
        """Replace it, if it is still what the caller saw; the first one finds no bucket, and makes it."""
        condition = {"IfNoneMatch": "*"} if over is None else {"IfMatch": over}
        # The second line never comes again: an ETag is a digest, and a text that was there before is another version.
        data = f"{text}\n{os.urandom(8).hex()}\n".encode()
        try:
            if over is None:
                self._make()
            put = self._api.replace("s3", "put_object", about=self.place, Body=data, **self._object, **condition)
        except (AlreadyExists, NotFound):
            return None
        return str(put["ETag"])

    def clear(self, over: str) -> bool:
        """Take it away, if it is still that one, and the bucket after it.

        It is an environment's last call, and nobody comes back for what it leaves: so it is sent again.
        """
        if not self._gone("delete_object", IfMatch=over, **self._object):
            return False
        with contextlib.suppress(Busy):  # somebody may have laid a slip there meanwhile
            self._gone("delete_bucket", **self._bucket)
        return True

    def _gone(self, method: str, **arguments: Any) -> bool:
        """Delete; what an earlier try may have deleted counts as that."""
        return removed(lambda: self._api.remove("s3", method, about=self.place, **arguments))

    @property
    def _bucket(self) -> dict[str, Any]:
        return {"Bucket": self._name, "ExpectedBucketOwner": self._api.account}

    @property
    def _object(self) -> dict[str, Any]:
        return {"Key": OBJECT, **self._bucket}

    def _make(self) -> None:
        """The bucket, which may be there: private and encrypted, as S3 makes all (User Guide, "Creating buckets")."""
        tags = {marks.NAME: self._name, names.OWNER: str(self._owner.id), names.ENVIRONMENT: self._owner.name}
        where = made_in(self._api.region)
        with contextlib.suppress(AlreadyExists):
            self._api.change("s3", "create_bucket", about=self._name, Bucket=self._name, **where)
        tagging = {"TagSet": marks.pairs(tags)}
        self._api.change("s3", "put_bucket_tagging", about=self._name, **self._bucket, Tagging=tagging)
