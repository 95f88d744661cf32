"""What is wanted of Google Cloud: derived from the spec, pure and offline, without the SDK."""

from __future__ import annotations

from collections.abc import Iterator

from paver.contract.resource import Desired
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import FrozenDict
from paver_gcp.nouns import NOUNS
from paver_gcp.resources.noun import Labelled
from paver_gcp.settings import GcpSettings


def resources(spec: EnvironmentSpec, settings: GcpSettings) -> list[Desired]:
    """All nouns' wants, with the spec's labels on what bears labels."""
    labels = FrozenDict(spec.labels)
    return [_labelled(want, labels) for want in _plain(spec, settings)]


def _plain(spec: EnvironmentSpec, settings: GcpSettings) -> Iterator[Desired]:
    for noun in NOUNS:
        yield from noun.wanted(spec, settings)


def _labelled(want: Desired, labels: FrozenDict[str, str]) -> Desired:
    if not labels or want.adopt is not None or not isinstance(want, Labelled):
        return want
    return want.model_copy(update={"labels": labels})
