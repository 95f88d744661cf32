"""What a loaded spec is about, in the words of heads and remarks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paver.cli.output.remarks import remarks
from paver.cli.output.text import head

if TYPE_CHECKING:
    from paver.settings import LoadedSpec


def head_of(loaded: LoadedSpec) -> str:
    """`NAME on IAAS: target`, offline."""
    return head(loaded.spec.name, loaded.iaas, loaded.driver.location(loaded.settings))


def remarks_of(loaded: LoadedSpec) -> tuple[str, ...]:
    """What will be open from outside, or what is left to the platform."""
    from paver.contract.spec import SiteSettings  # noqa: PLC0415  pydantic loads where a verb runs

    kept = loaded.settings.addresses if isinstance(loaded.settings, SiteSettings) else None
    return tuple(remarks(loaded.spec, kept))
