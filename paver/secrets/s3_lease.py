"""A lease in a bucket: one object, written under a condition, which the server decides."""

from __future__ import annotations

import os

from paver.contract.errors import OutcomeUnknown
from paver.contract.lease import Slip
from paver.secrets.bucket import Bucket
from paver.secrets.s3_errors import Conflict
from paver.secrets.store import SecretUnwritable


class S3Lease:
    """A `LeasePlace` in a bucket."""

    def __init__(self, bucket: Bucket, name: str) -> None:
        self._bucket = bucket
        self._name = name

    @property
    def place(self) -> str:
        """Where it is."""
        return f"s3:{self._bucket.name}/{self._name}"

    def read(self) -> Slip | None:
        """What is there now: S3 reads are strongly consistent."""
        found = self._bucket.get(self._name)
        return None if found is None else Slip(found.data.decode().partition("\n")[0], found.etag)

    def write(self, text: str, over: str | None) -> str | None:
        """Replace it, if it is still what the caller saw."""
        # The second line never comes again: an ETag is a digest, and a text that was there before is another version.
        data = f"{text}\n{os.urandom(8).hex()}\n".encode()
        try:
            return self._bucket.put(self._name, data, over=over)
        except Conflict:
            return None
        except SecretUnwritable as error:
            raise OutcomeUnknown(error.message) from None

    def clear(self, over: str) -> bool:
        """Take it away, if it is still that one."""
        found = self._bucket.get(self._name)
        if found is None or found.etag != over:
            return False
        try:
            self._bucket.delete(self._name, over=over)
        except Conflict:
            return False
        return True
