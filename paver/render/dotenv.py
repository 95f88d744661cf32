"""`dotenv`: the flat names as variables of a shell, for Compose files and the libraries that read `.env`."""

from __future__ import annotations

from paver.contract.environment import PavedEnvironment
from paver.contract.errors import Rejected
from paver.render.flat import Value, flat
from paver.render.rendering import Concealed, Rendering, Tree

PREFIX = "ENV_"
"""Not PAVER_: a variable of that prefix is one of the command's own flags."""


def render(environment: PavedEnvironment) -> tuple[Rendering, ...]:
    """Upper case, with `_` for `-`; a list is joined by commas.

    Raises:
        Rejected: Two names of the spec differ in nothing that a variable's name can show.
    """
    found: dict[str, Tree] = {}
    for name, value in flat(environment).items():
        variable = PREFIX + name.upper().replace("-", "_")
        if variable in found:
            raise Rejected(
                f"{environment.name} has two values for {variable}", hint="rename one of the two in the spec"
            )
        found[variable] = _word(value)
    return (Rendering("environment.env", "dotenv", found),)


def _word(value: Value) -> Tree:
    if isinstance(value, Concealed):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
