"""A rendering by its format's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from paver.contract.bosh import Bosh
from paver.contract.environment import PavedEnvironment
from paver.contract.errors import SpecError
from paver.render import (
    bosh_cloud_config,
    bosh_director,
    bosh_runtime,
    bucc,
    concourse,
    credhub,
    dotenv,
    tfvars,
)
from paver.render.names import FORMATS
from paver.render.rendering import Rendering

Files = tuple[Rendering, ...]

NATIVE: Mapping[str, Callable[[PavedEnvironment, Bosh], Files]] = MappingProxyType(
    {
        "bosh-director": bosh_director.render,
        "bosh-cloud-config": bosh_cloud_config.render,
        "bucc": bucc.render,
    }
)
"""Those that say native names, and so need the driver."""
NEUTRAL: Mapping[str, Callable[[PavedEnvironment], Files]] = MappingProxyType(
    {
        "bosh-runtime": bosh_runtime.render,
        "concourse": concourse.render,
        "credhub": credhub.render,
        "dotenv": dotenv.render,
        "tfvars": tfvars.render,
    }
)
"""Those that the document alone is enough for."""


def render(environment: PavedEnvironment, name: str, bosh: Bosh | None) -> Files:
    """The files of one format, their secrets not looked up.

    Args:
        environment: The document.
        name: One of `names.FORMATS`.
        bosh: What the document's driver knows of BOSH; None: nothing, or the driver is not here.

    Raises:
        SpecError: There is no such format, or it needs a driver that knows of BOSH.
        Rejected: The environment lacks what the format asks for.
    """
    if name in NEUTRAL:
        return NEUTRAL[name](environment)
    if name not in NATIVE:
        raise SpecError(f"there is no format {name}", hint=f"there is: {', '.join(FORMATS)}")
    if bosh is None:
        raise SpecError(
            f"{name} says native names, and the driver {environment.iaas} has none for BOSH",
            hint=f"these need none: {', '.join(NEUTRAL)}",
        )
    return NATIVE[name](environment, bosh)
