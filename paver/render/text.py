"""A tree as text. A rendering whose secrets were not put in, nor left out, has none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

from paver.contract.types import SecretRef
from paver.render.rendering import Concealed, Rendering, Tree

WIDE = 1 << 16


def text(rendering: Rendering) -> str:
    """The file's text, with a newline at its end. Raises TypeError where a secret is still a place."""
    plain = _plain(rendering.tree)
    if rendering.syntax == "json":
        return json.dumps(plain, indent=2, ensure_ascii=False) + "\n"
    if rendering.syntax == "dotenv":
        return "".join(f"{name}={_quoted(str(value))}\n" for name, value in plain.items())
    return yaml.dump(plain, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=WIDE)


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks, lists indented no further than their key, and no anchors."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401  the base's signature
        del data
        return True


def _represent_text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _represent_text)


def _plain(tree: Tree) -> Tree:
    if isinstance(tree, Concealed | SecretRef):
        raise TypeError(f"{tree} is neither put in nor left out")
    if isinstance(tree, Mapping):
        return {name: _plain(value) for name, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [_plain(value) for value in tree]
    return tree


def _quoted(value: str) -> str:
    """In single quotes, in which shells, Compose and the dotenv libraries all leave everything as it is.

    A value that has one itself goes into double quotes, where each of them knows these escapes.
    """
    if "'" not in value:
        return f"'{value}'"
    for letter in ("\\", '"', "$", "`"):
        value = value.replace(letter, "\\" + letter)
    return f'"{value}"'
