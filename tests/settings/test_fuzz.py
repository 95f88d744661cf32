"""T13: whatever is done to a spec, it is a spec or a list of messages; never a traceback."""

import copy
import re
import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paver.contract.errors import SpecError
from paver.memory.sandbox import MemorySandbox
from paver.settings import load_spec

EXAMPLE = Path(__file__).with_name("environment.yml").read_text()
SPECS = [yaml.safe_load(MemorySandbox().spec(Path(), UUID(int=7))), yaml.safe_load(EXAMPLE)]
SNIPPETS = [
    "\t",
    "\n",
    " ",
    ":",
    "- ",
    "? ",
    "{",
    "}",
    "[",
    "]",
    "&a ",
    "*a",
    "!!str ",
    "<<: ",
    "---\n",
    "%",
    "@",
    "|",
    ">",
    "'",
    '"',
    "#",
    "\0",
]
MESSAGE = re.compile(r"^[^\n]*environment\.yml:\d+:\d+: [^\n]+: [^\n]+$")

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63),
    st.floats(allow_nan=False),
    st.text(max_size=40),
    st.sampled_from(["10.0.0.0/16", "10.40.0.0/33", "z9", "yes", "0x7f", "env:", "file:x#", "\u202e", "a" * 300, "{}"]),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=8), st.integers(), max_size=3),
)
NAMES = st.one_of(
    st.sampled_from(["networks", "lb", "zones", "cidr", "reserved", "iaas", "memory", "path"]), st.text(max_size=12)
)


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(node, dict):
        for key, inner in node.items():
            found += places(inner, (*path, key))
    return found


@st.composite
def spoiled(draw: st.DrawFn) -> str:
    spec = copy.deepcopy(draw(st.sampled_from(SPECS)))
    for _ in range(draw(st.integers(1, 4))):
        *parents, last = draw(st.sampled_from(places(spec) or [("name",)]))
        at = spec
        for part in parents:
            at = at[part]
        match draw(st.sampled_from(["value", "rename", "drop", "add"])):
            case "value":
                at[last] = draw(ODD)
            case "rename":
                at[draw(NAMES)] = at.pop(last)
            case "drop":
                at.pop(last)
            case _:
                at[draw(NAMES)] = draw(ODD)
    text = yaml.safe_dump(spec, allow_unicode=draw(st.booleans()))
    if draw(st.integers(0, 4)) == 0:
        cut = draw(st.integers(0, len(text)))
        text = text[:cut] + draw(st.text(max_size=5)) + text[cut:]
    return text


@st.composite
def garbled(draw: st.DrawFn) -> str:
    """The example as somebody left it whose cat walked over the keyboard."""
    text = EXAMPLE
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = start + draw(st.sampled_from([0, 0, 1, 3, 40]))
        text = text[:start] + draw(st.one_of(st.sampled_from(SNIPPETS), st.text(max_size=3))) + text[end:]
    return text


def read(text: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "environment.yml"
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        refused: SpecError | None = None
        try:
            load_spec(file, environ={})
        except SpecError as error:
            refused = error
    if refused is not None:
        assert refused.messages
        assert refused.exit_code == 2
        assert all(MESSAGE.match(line) for line in refused.messages), refused.messages


@given(st.one_of(spoiled(), garbled()))
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_spoiled_spec_is_refused_in_words(text: str) -> None:
    read(text)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@given(st.one_of(spoiled(), garbled()))
@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
def test_ten_thousand_spoiled_specs_are_refused_in_words(text: str) -> None:
    read(text)
