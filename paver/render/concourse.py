"""`concourse`: what `fly set-pipeline -l` and `load_var` read, one flat YAML with the same keys on every IaaS."""

from __future__ import annotations

from paver.contract.environment import PavedEnvironment
from paver.render.flat import flat
from paver.render.rendering import Rendering


def render(environment: PavedEnvironment) -> tuple[Rendering, ...]:
    """The flat names as they are."""
    return (Rendering("concourse-vars.yml", "yaml", flat(environment)),)
