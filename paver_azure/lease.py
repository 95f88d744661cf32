"""The shared lease: one blob, in a storage account that is the environment's own and holds nothing else."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

from paver.contract import names
from paver.contract.asking import removed
from paver.contract.errors import AlreadyExists, Busy, NotFound, Throttled
from paver.contract.lease import Slip
from paver.contract.types import Owner
from paver_azure import ids
from paver_azure.api import Api, Record
from paver_azure.resources.noun import DONE, inside, state_of

GROUP, ACCOUNT = "Microsoft.Resources/resourceGroups", "Microsoft.Storage/storageAccounts"
CONTAINER, BLOB = "lease", "lease.json"
FIRST, LONGEST = 0.25, 4.0
"""Seconds until the first look at an account that is being made, and the most between two; Azure may ask for more."""


def group_name(owner: Owner) -> str:
    """The group's name. Nobody else's ends in this UUID, unless they mean to."""
    return f"paver-lease-{owner.id}"


def account_name(owner: Owner) -> str:
    """The account's name: as much of the UUID as 24 characters allow."""
    return f"paverlease{owner.id.hex[:14]}"


class BlobLease:
    """A `LeasePlace` in a blob: Azure decides who was first (Microsoft Learn, "Manage concurrency in Blob Storage").

    The first slip's write makes the account, in a group of its own unless the section names one, and clearing the slip
    deletes both. The account's key is asked for, so that nobody needs a role on blobs that takes minutes to be obeyed.

    Args:
        api: Azure.
        owner: Whose lease.
    """

    def __init__(self, api: Api, owner: Owner) -> None:
        self._api = api
        self._owner = owner
        self._own = api.settings.resource_group is None
        self._group = ids.group_id(api.settings.root, api.settings.resource_group or group_name(owner))
        self._account = ids.resource_id(self._group, ACCOUNT, account_name(owner))
        self._lock = threading.Lock()
        self._opened: Any = None
        self._seen: Record | None = None
        self._looks = 0
        """At an account that is being made; 0: it was there."""

    @property
    def place(self) -> str:
        """Where it is."""
        return f"azure-blob:{account_name(self._owner)}/{CONTAINER}/{BLOB}"

    def read(self) -> Slip | None:
        """What is there now: reads of blobs are strongly consistent."""
        container = self._container()
        if container is None:
            return None
        try:
            found: Slip = self._ask(lambda: _read(container), sent=False)
        except NotFound:
            return None
        return found

    def write(self, text: str, over: str | None) -> str | None:
        """Replace it, if it is still what the caller saw; the first one finds no account, and makes it."""
        container = self._container()
        if container is None:
            if over is not None:
                return None
            container = self._made()
        try:
            if self._looks and over is None:
                self._contain(container)
            version: str = self._ask(lambda: _write(container, text, over), sent=True)
        except AlreadyExists:
            return None
        except NotFound:
            if over is not None:
                return None
            self._contain(container)
            raise Throttled(f"{self.place} is being made", retry_after=0.0) from None
        return version

    def clear(self, over: str) -> bool:
        """Take it away, if it is still that one, and what it was kept in after it: the group, or a given one's account.

        It is an environment's last call, and nobody comes back for what it leaves: so it is sent again.
        """
        container = self._container()
        if container is None or not removed(lambda: self._ask(lambda: _clear(container, over), sent=True)):
            return False
        with self._lock:
            self._opened = None
        type_, id_ = (GROUP, self._group) if self._own else (ACCOUNT, self._account)
        removed(lambda: self._api.delete(type_, id_))
        return True

    def _container(self) -> Any:
        """The container, once the account is there; else None."""
        with self._lock:
            if self._opened is None:
                account = self._seen = self._api.look(ACCOUNT, self._account)
                if account is None or state_of(account) != DONE:
                    return None
                key = self._api.account_key(self._account)
                url = str(inside(account, "properties", "primaryEndpoints", "blob"))
                self._opened = self._api.sdk.blobs(url, CONTAINER, (account_name(self._owner), key))
            return self._opened

    def _made(self) -> Any:
        """Group and account, made unless they were just seen; it takes several calls, and Azure half a minute."""
        tags = {names.OWNER: str(self._owner.id), names.ENVIRONMENT: self._owner.name}
        where = {"location": self._api.settings.location, "tags": tags}
        after = 0.0
        if self._seen is None:
            closed = {"allowBlobPublicAccess": False, "minimumTlsVersion": "TLS1_2", "supportsHttpsTrafficOnly": True}
            body = {**where, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": closed}
            try:
                if self._own and self._api.look(GROUP, self._group) is None:
                    self._api.put(GROUP, self._group, where)
                sent = self._api.put(ACCOUNT, self._account, body)
            except Busy as error:  # the one before it is still going
                raise self._later(error.message) from error
            after, done = sent.after, bool(sent.record) and state_of(sent.record) == DONE
            if done and (found := self._container()) is not None:
                return found
        raise self._later(f"{self.place} is being made", after)

    def _later(self, said: str, after: float = 0.0) -> Throttled:
        self._looks += 1
        return Throttled(said, retry_after=max(after, min(LONGEST, FIRST * 2.0 ** (self._looks - 1))))

    def _contain(self, container: Any) -> None:
        with contextlib.suppress(AlreadyExists):
            self._ask(container.create_container, sent=True)

    def _ask(self, send: Any, *, sent: bool) -> Any:
        return self._api.translated(send, self.place, sent=sent)


def _read(container: Any) -> Slip:
    answer = container.get_blob_client(BLOB).download_blob()
    return Slip(answer.readall().decode(), str(answer.properties.etag))


def _write(container: Any, text: str, over: str | None) -> str:
    from azure.core import MatchConditions  # noqa: PLC0415  a plan on paper needs no SDK

    condition = {"etag": over, "match_condition": MatchConditions.IfNotModified} if over is not None else {}
    blob = container.get_blob_client(BLOB)
    return str(blob.upload_blob(text.encode(), overwrite=over is not None, **condition)["etag"])


def _clear(container: Any, over: str) -> None:
    from azure.core import MatchConditions  # noqa: PLC0415  a plan on paper needs no SDK

    container.get_blob_client(BLOB).delete_blob(etag=over, match_condition=MatchConditions.IfNotModified)
