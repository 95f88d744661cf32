"""The store in a bucket, by the S3 protocol: one encrypted object a secret, so that a task with a new disk finds them.

`s3:BUCKET/PREFIX`. Credentials, region, endpoint and CA come by boto3's own chain and variables, untouched; the key
is in PAVER_SECRETS_KEY.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from pydantic import SecretStr

from paver.contract.errors import Refused, SecretMissing, SpecError
from paver.contract.types import SecretRef
from paver.secrets.bucket import Bucket, Object
from paver.secrets.envelope import Keys, sealed_with
from paver.secrets.guard import parse
from paver.secrets.s3_errors import Conflict
from paver.secrets.s3_lease import S3Lease
from paver.secrets.store import SecretUnwritable, check_path, check_values

T = TypeVar("T")

BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
"""S3 User Guide, "General purpose bucket naming rules"."""
RIVALS = 8
"""How often one write is begun again because another one was faster."""

LEASES = ".leases"
"""Beside the secrets, under a name that none of them can have."""


class S3Store:
    """A `SecretStore` in a bucket.

    Args:
        bucket: Its name.
        prefix: Where in it the store begins; empty: at the top.
        keys: What its objects are encrypted with; asked for at the first use.
    """

    def __init__(self, bucket: str, prefix: str, keys: Callable[[], Keys] = Keys) -> None:
        self._prefix = f"{prefix}/" if prefix else ""
        self._bucket = Bucket(bucket)
        self._make_keys = keys

    @cached_property
    def _keys(self) -> Keys:
        return self._make_keys()

    @property
    def place(self) -> str:
        """Where the store is, as the spec writes it."""
        return f"s3:{self._bucket.name}/{self._prefix}".rstrip("/")

    def read(self, path: str, key: str) -> SecretStr:
        """One value."""
        values = self.read_all(path)
        if key not in values:
            raise self._missing(f"{path}#{key}")
        return values[key]

    def read_all(self, path: str) -> Mapping[str, SecretStr]:
        """All values of one secret, as they were written together."""
        return parse(self._opened(path, self._there(path)), self._at(path))

    def write(self, path: str, values: Mapping[str, SecretStr]) -> None:
        """Keep the values, in place of whatever is there at that moment."""
        name, data = self._name(path), self._sealed(path, values)

        def replace(found: Object | None) -> None:
            self._bucket.put(name, data, over=found.etag if found else None)

        self._exchanged(name, replace)

    def add(self, path: str, values: Mapping[str, SecretStr]) -> bool:
        """Keep the values unless there are some already."""
        try:
            self._bucket.put(self._name(path), self._sealed(path, values), None)
        except Conflict:
            return False
        return True

    def delete(self, path: str) -> None:
        """Forget it. A bucket that keeps versions has them still, encrypted."""
        name = self._name(path)

        def remove(found: Object | None) -> None:
            if found is not None:
                self._bucket.delete(name, over=found.etag)

        self._exchanged(name, remove)

    def sealed_with(self, path: str) -> str:
        """The id of the key: the beginning of its SHA-256."""
        return sealed_with(self._there(path).data, self._at(path))

    def reseal(self, path: str) -> bool:
        """Encrypt it with the first key, unless it is."""
        name, keys = self._name(path), self._keys

        def seal(found: Object | None) -> bool:
            if found is None:
                raise self._missing(path)
            if sealed_with(found.data, self._at(path)) == keys.writes:
                return False
            self._bucket.put(name, keys.seal(name, self._opened(path, found)), over=found.etag)
            return True

        return self._exchanged(name, seal)

    def list(self, under: str = "") -> tuple[str, ...]:
        """The paths of all secrets, sorted."""
        below = f"{self._prefix}{check_path(under)}/" if under else self._prefix
        return tuple(sorted(self._paths(self._bucket.names(below))))

    def exists(self, path: str, key: str | None = None) -> bool:
        """Whether a secret, or one key of it, is there and may be used."""
        try:
            values = self.read_all(path)
        except SecretMissing:
            return False
        return key is None or key in values

    def reference(self, path: str, key: str) -> SecretRef:
        """How the environment document names one value."""
        return SecretRef(store="s3", path=f"{self._bucket.name}/{self._name(path)}", key=key)

    def lease(self, name: str) -> S3Lease:
        """An object beside the secrets, not encrypted: it holds none."""
        return S3Lease(self._bucket, f"{self._prefix}{LEASES}/{name}.json")

    def _there(self, path: str) -> Object:
        """The object as it lies in the bucket. Asks for the key first: without one nothing can be said of a secret."""
        name, _ = self._name(path), self._keys
        found = self._bucket.get(name)
        if found is None:
            raise self._missing(path)
        return found

    def _opened(self, path: str, found: Object) -> bytes:
        return self._keys.open(self._name(path), found.data, self._at(path))

    def _exchanged(self, name: str, change: Callable[[Object | None], T]) -> T:
        """Change what is there, and nothing that somebody else has put there since it was seen."""
        for _ in range(RIVALS):
            try:
                return change(self._bucket.get(name))
            except Conflict:
                continue
        raise SecretUnwritable(f"s3:{self._bucket.name}/{name} is written by others all the time", hint="try again")

    def _at(self, path: str) -> str:
        return f"{self.place}/{path}"

    def _name(self, path: str) -> str:
        return f"{self._prefix}{check_path(path)}"

    def _sealed(self, path: str, values: Mapping[str, SecretStr]) -> bytes:
        plain = {key: value.get_secret_value() for key, value in check_values(path, values).items()}
        return self._keys.seal(self._name(path), json.dumps(plain).encode())

    def _paths(self, names: Iterator[str]) -> Iterator[str]:
        for name in names:
            path = name.removeprefix(self._prefix)
            try:
                yield check_path(path)
            except Refused:  # whatever else lies in the bucket is no secret's name
                continue

    def _missing(self, what: str) -> SecretMissing:
        return SecretMissing(
            f"the secret {what} is not in the store {self.place}",
            names=[what],
            hint="see that bucket, prefix and account are the ones that it was written to",
        )


def open_s3(ref: SecretRef, base: Path) -> S3Store:
    """The store that a spec's `secrets: s3:BUCKET/PREFIX` names. Raises SpecError where its SDK is not installed."""
    del base
    bucket, _, prefix = ref.path.strip("/").partition("/")
    if not BUCKET.fullmatch(bucket):
        raise SpecError(
            f"{ref} names no bucket" if not bucket else f"{ref}: {bucket} cannot be a bucket's name",
            hint="s3:BUCKET/PREFIX; lower-case letters, digits, - and .",
        )
    if importlib.util.find_spec("boto3") is None:
        raise SpecError("secrets: an s3 store needs boto3", hint="pip install 'iaas-paver[s3]'")
    return S3Store(bucket, prefix.strip("/"))
