"""What a network's VLAN may be: one, or the ranges that a trunk lets through to machines that tag by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from paver.contract.addresses import Span, merged

LAST = 4094
_RANGE = re.compile(r"(\d{1,4})(?:-(\d{1,4}))?")

Vlan = Annotated[int, Field(ge=0, le=LAST)]
"""802.1Q; 0: untagged."""


def _trunk(value: Any) -> str:  # noqa: ANN401  whatever stands in the file
    if not isinstance(value, list | tuple) or not value:
        raise PydanticCustomError("trunk", "one VLAN is wanted, or a list of VLANs and ranges: [100-200, 300]")
    return text(_span(one) for one in value)


def _span(value: Any) -> Span:  # noqa: ANN401  the same
    found = None if isinstance(value, bool) else _RANGE.fullmatch(str(value))
    if found is not None:
        first, last = int(found[1]), int(found[2] or found[1])
        if first <= last <= LAST:
            return first, last
    raise PydanticCustomError("trunk", "VLANs go from 0 to 4094: write 300, or 100-200", {"value": str(value)})


Trunk = Annotated[str, BeforeValidator(_trunk, json_schema_input_type=list[int | str])]
"""Ranges in a file, `[100-200, 300]`; kept as one text, as few and in order: `100-200,300`."""


def text(spans: Iterable[Span]) -> str:
    """Ranges as they are kept and compared."""
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in merged(spans))


def ranges(trunk: str) -> list[Span]:
    """The ranges of such a text."""
    return [_span(one) for one in trunk.split(",")]


def vlan_of(ports: Any) -> int | str:  # noqa: ANN401  pyVmomi makes its types at run time
    """The VLAN of a distributed port's settings, whichever way it is said; 0 where nothing is said."""
    said = getattr(ports, "vlan", None)
    private = getattr(said, "pvlanId", None)
    if private is not None:
        return f"private {private}"
    held = getattr(said, "vlanId", None) or 0
    return held if isinstance(held, int) else text((int(one.start), int(one.end)) for one in held)


def words(vlan: int | str | None) -> str:
    """For people."""
    if isinstance(vlan, str):
        return vlan if vlan.startswith("private") else f"VLANs {vlan}"
    return f"VLAN {vlan}" if vlan else "no VLAN"
