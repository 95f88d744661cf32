"""The shared lease: one object, in a bucket that is the environment's own and holds nothing else."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from paver.contract import names
from paver.contract.asking import removed
from paver.contract.errors import AlreadyExists, Busy, NotFound, NotOurs
from paver.contract.lease import Slip
from paver.contract.types import Owner
from paver_gcp.api import Api, quoted
from paver_gcp.errors import Changed

OBJECT = "lease.json"
NONE = "0"
"""The generation of what is not there (Cloud Storage documentation, "Request preconditions")."""


def bucket_name(owner: Owner) -> str:
    """The bucket's name. Nobody else's ends in this UUID, unless they mean to."""
    return f"paver-lease-{owner.id}"


class BucketLease:
    """A `LeasePlace` in a bucket: Cloud Storage decides who was first, by generations.

    The first slip's write makes the bucket, and clearing the slip deletes it. A name can be taken by anybody: a bucket
    of another project's is refused, and what lies in it is no lease.

    Args:
        api: Google.
        owner: Whose lease.
    """

    def __init__(self, api: Api, owner: Owner) -> None:
        self._api = api
        self._owner = owner
        self._name = bucket_name(owner)
        self._ours = False

    @property
    def place(self) -> str:
        """Where it is."""
        return f"gs:{self._name}/{OBJECT}"

    def read(self) -> Slip | None:
        """What is there now: Cloud Storage's reads are strongly consistent."""
        try:
            answer = self._api.media(self._object)
            if not self._is_ours():
                return None
        except NotFound:
            return None
        return Slip(answer.content.decode(), str(answer.headers["X-Goog-Generation"]))

    def write(self, text: str, over: str | None) -> str | None:
        """Replace it, if it is still what the caller saw; the first one finds no bucket, and makes it."""
        try:
            if over is None:
                self._make()
            put = self._api.upload(self._name, OBJECT, text.encode(), ifGenerationMatch=over or NONE)
        except (Changed, NotFound):
            return None
        return str(put["generation"])

    def clear(self, over: str) -> bool:
        """Take it away, if it is still that one, and the bucket after it.

        It is an environment's last call, and nobody comes back for what it leaves: so it is sent again.
        """
        if not self._gone(lambda: self._api.remove("storage", self._object, ifGenerationMatch=over)):
            return False
        with contextlib.suppress(Busy):  # somebody may have laid a slip there meanwhile
            self._gone(lambda: self._api.remove("storage", self._bucket))
        return True

    def _gone(self, remove: Callable[[], object]) -> bool:
        """Delete; what an earlier try may have deleted counts as that."""

        def sent() -> None:
            try:
                remove()
            except Changed as error:  # another generation: it is somebody else's
                raise AlreadyExists(error.message) from error

        return removed(sent)

    @property
    def _bucket(self) -> str:
        return f"b/{quoted(self._name)}"

    @property
    def _object(self) -> str:
        return f"{self._bucket}/o/{quoted(OBJECT)}"

    def _is_ours(self) -> bool:
        """Whether the bucket is this project's. Asked until it is: a bucket does not change hands."""
        if not self._ours:
            found = self._api.read("storage", self._bucket, fields="projectNumber")
            self._ours = str(found.get("projectNumber", self._api.number)) == self._api.number
        return self._ours

    def _make(self) -> None:
        """The bucket, which may be there: private, without versions, so that a slip that goes is gone."""
        body = {
            "name": self._name,
            "location": self._api.settings.bucket_location or self._api.region,
            "iamConfiguration": {
                "uniformBucketLevelAccess": {"enabled": True},
                "publicAccessPrevention": "enforced",
            },
            "softDeletePolicy": {"retentionDurationSeconds": "0"},
            "labels": {names.OWNER: str(self._owner.id), names.ENVIRONMENT: self._owner.name},
        }
        try:
            self._api.change("POST", "storage", "b", body, about=f"bucket {self._name}", project=self._api.project)
        except AlreadyExists as error:
            if not self._is_ours():
                raise NotOurs(
                    f"the bucket {self._name} belongs to another project",
                    hint="somebody took the name of this environment's lease: give the environment another id",
                ) from error
