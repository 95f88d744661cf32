"""What is wanted of Azure: derived from the spec, pure and offline, without the SDK."""

from __future__ import annotations

from collections.abc import Iterator

from paver.contract.resource import Desired
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import FrozenDict
from paver_azure.nouns import NOUNS
from paver_azure.resources.noun import Tagged
from paver_azure.settings import AzureSettings


def resources(spec: EnvironmentSpec, settings: AzureSettings) -> list[Desired]:
    """All nouns' wants, with the site's labels on what bears tags."""
    labels = FrozenDict({**spec.labels, **settings.tags})
    return [_labelled(want, labels) for want in _plain(spec, settings)]


def _plain(spec: EnvironmentSpec, settings: AzureSettings) -> Iterator[Desired]:
    for noun in NOUNS:
        yield from noun.wanted(spec, settings)


def _labelled(want: Desired, labels: FrozenDict[str, str]) -> Desired:
    if not labels or want.adopt is not None or not isinstance(want, Tagged):
        return want
    return want.model_copy(update={"tags": labels})
