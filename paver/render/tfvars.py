"""`tfvars`: the whole document as Terraform's variables, native ids and all: what stands beside paver needs those."""

from __future__ import annotations

from paver.contract.environment import PavedEnvironment
from paver.render.rendering import Rendering


def render(environment: PavedEnvironment) -> tuple[Rendering, ...]:
    """Each field at the document's top is a variable; the secrets of credentials are one more, by name."""
    document = environment.model_dump(mode="json")
    secrets = {name: found.secret for name, found in environment.credentials.items() if found.secret is not None}
    return (Rendering("terraform.tfvars.json", "json", {**document, "secrets": secrets}),)
