"""The jumpbox's image, where it comes as a disk in an archive: a site without a way out has no family of others'."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import ClassVar

from paver.contract.resource import Answer, Attempt, Key, Observed
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import FrozenDict, Owner
from paver_gcp import marks, places
from paver_gcp.api import Record
from paver_gcp.listing import Look
from paver_gcp.resources.address import JUMPBOX
from paver_gcp.resources.compute import ComputeKind, bare
from paver_gcp.resources.noun import Labelled
from paver_gcp.settings import GcpSettings

NOUN = "image"
SOURCE = "paver-source"
"""The label that says of which archive it is: Compute takes `rawDisk.source`, and tells it to nobody."""


class Image(Labelled):
    """An image, made of an archive that lies in Cloud Storage."""

    source: str
    made_of: str
    """The digest of the source's name."""


class ImageKind(ComputeKind[Image]):
    """`image/jumpbox`."""

    noun = NOUN
    collection = "images"
    replace: ClassVar[frozenset[str]] = frozenset({"made_of"})
    unseen: ClassVar[frozenset[str]] = frozenset({"source"})

    def create(self, want: Image, attempt: Attempt) -> Answer:
        """Begin to make it, with its labels."""
        labels = marks.labels(attempt.owner, want.key, want.labels, {SOURCE: want.made_of})
        return super().create(want.model_copy(update={"labels": FrozenDict(labels)}), attempt)

    def body(self, want: Image) -> Record:
        """Of the archive."""
        return {"rawDisk": {"source": want.source, "containerType": "TAR"}, "labels": dict(want.labels)}

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With what says which archive it is of."""
        like = Image(
            key=key,
            name=marks.implied(owner.name, key),
            source="",
            made_of=record.get("labels", {}).get(SOURCE, ""),
            labels=marks.shown(record.get("labels", {}), owner, key),
        )
        return self.seen(like, bare(record["selfLink"]), owner)


def image_key() -> Key:
    """The jumpbox's image's key."""
    return places.key(NOUN, JUMPBOX)


def wanted(spec: EnvironmentSpec, settings: GcpSettings) -> Iterator[Image]:
    """One, where an archive is named."""
    if settings.jumpbox.tarball is not None and not spec.jumpbox.existing:
        source = settings.jumpbox.tarball
        digest = hashlib.sha256(source.encode()).hexdigest()[: marks.LONGEST]
        yield Image(key=image_key(), name=places.native(spec, image_key()), source=source, made_of=digest)
