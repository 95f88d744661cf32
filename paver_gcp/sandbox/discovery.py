"""Google's own description of its APIs, as google-api-python-client carries it: which paths there are, what they take.

Source: Google API Discovery Service, "Discovery documents". Nothing in the emulator knows a path, a parameter or a
field but from there.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

Json = Any
"""A JSON value."""
SERVED = (
    "compute.v1",
    "iam.v1",
    "cloudresourcemanager.v3",
    "dns.v1",
    "storage.v1",
    "serviceusage.v1",
    "secretmanager.v1",
)
_PART = re.compile(r"\{(\+?)(\w+)\}")


@dataclass(frozen=True)
class Document:
    """One API."""

    name: str
    """`compute`."""
    schemas: Mapping[str, Json]
    parameters: Mapping[str, Json]
    """What every method takes."""


@dataclass(frozen=True)
class Method:
    """One thing that an API can be asked."""

    id: str
    """`compute.firewalls.insert`."""
    verb: str
    path: re.Pattern[str]
    parameters: Mapping[str, Json]
    request: str | None
    """The name of its body's schema."""
    document: Document
    upload: bool = False
    literal: int = 0
    """How many characters of the path are no parameter: of two that fit, the longer is meant."""

    @property
    def service(self) -> str:
        """`compute`."""
        return self.document.name

    @property
    def known(self) -> Mapping[str, Json]:
        """Every parameter by name."""
        return {**self.document.parameters, **self.parameters}


def found() -> Path:
    """The directory of the documents. Raises LookupError where the package is not installed."""
    spec = importlib.util.find_spec("googleapiclient")
    if spec is None or spec.origin is None:
        raise LookupError("google-api-python-client is not installed")
    return Path(spec.origin).parent / "discovery_cache" / "documents"


@dataclass
class Catalogue:
    """All methods of all APIs that are served.

    Args:
        directory: Where the documents are; default: in google-api-python-client.
    """

    directory: Path = field(default_factory=found)

    @cached_property
    def methods(self) -> Mapping[str, tuple[Method, ...]]:
        """By verb, the most literal first."""
        every = [method for name in SERVED for method in _methods(self._read(name))]
        return {
            verb: tuple(
                sorted((method for method in every if method.verb == verb), key=lambda one: one.literal, reverse=True)
            )
            for verb in {method.verb for method in every}
        }

    @cached_property
    def _first(self) -> Mapping[tuple[str, int], tuple[Method, ...]]:
        """By verb and number of slashes where that is fixed: a request is held against few methods."""
        index: dict[tuple[str, int], list[Method]] = {}
        for verb, methods in self.methods.items():
            for method in methods:
                count = method.path.pattern.replace("[^/]", "").count("/")
                index.setdefault((verb, count), []).append(method)
        return {key: tuple(methods) for key, methods in index.items()}

    def find(self, verb: str, path: str) -> tuple[Method, dict[str, str]] | None:
        """The method that a request means, with the parameters of its path; None: no API has such a path."""
        near = self._first.get((verb, path.count("/")), ())
        for method in (*near, *(one for one in self.methods.get(verb, ()) if one not in near)):
            match = method.path.fullmatch(path)
            if match is not None:
                return method, {name: unquote(value) for name, value in match.groupdict().items()}
        return None

    def _read(self, name: str) -> Json:
        return json.loads((self.directory / f"{name}.json").read_text(encoding="utf-8"))


def _methods(told: Json) -> Iterator[Method]:
    document = Document(told["name"], told["schemas"], told.get("parameters", {}))
    base = urlsplit(told["rootUrl"]).path + told["servicePath"]
    for one in _nested(told):
        yield _method(document, one, base + one["path"], upload=False)
        for protocol in one.get("mediaUpload", {}).get("protocols", {}).values():
            yield _method(document, one, protocol["path"], upload=True)


def _nested(told: Json) -> Iterator[Json]:
    yield from told.get("methods", {}).values()
    for resource in told.get("resources", {}).values():
        yield from _nested(resource)


def _method(document: Document, told: Json, path: str, *, upload: bool) -> Method:
    parameters = told.get("parameters", {})
    pattern, literal, end = "", 0, 0
    for part in _PART.finditer(path):
        plain = path[end : part.start()]
        whole, name = part.groups()
        inner = str(parameters[name].get("pattern", ".+")).removeprefix("^").removesuffix("$") if whole else "[^/]+"
        pattern += f"{re.escape(plain)}(?P<{name}>{inner})"
        literal, end = literal + len(plain), part.end()
    rest = path[end:]
    return Method(
        id=told["id"],
        verb=told["httpMethod"],
        path=re.compile(pattern + re.escape(rest)),
        parameters=parameters,
        request=told.get("request", {}).get("$ref"),
        document=document,
        upload=upload,
        literal=literal + len(rest),
    )
