"""The environment document for people, and one value of it."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from paver.cli.output.text import facts, head
from paver.contract.errors import SpecError

if TYPE_CHECKING:
    from paver.contract.environment import PavedEnvironment


def environment_lines(environment: PavedEnvironment) -> list[str]:
    """What one looks up most."""
    target = environment.target
    where = f"{target.endpoint}, {target.location}" if target.location else target.endpoint
    return [head(environment.name, environment.iaas, where), "", *facts(_rows(environment))]


def paved_facts(environment: PavedEnvironment, command: str) -> list[tuple[str, str]]:
    """Where to go after a pave."""
    rows = []
    if director := _director(environment):
        subnet, address = director
        rows.append(("director goes to", f"{address}, subnet {subnet}"))
    if box := environment.jumpbox:
        rows.append(("jumpbox", f"ssh {box.user}@{box.public_address or box.address}"))
    return [*rows, ("document", command)]


def value_at(document: Any, path: str) -> Any:  # noqa: ANN401  any value of a JSON document
    """What stands at `networks.management.assigned.director`. A name may hold dots; a number counts a list from 0.

    Raises:
        SpecError: Nothing stands there; the hint says what does.
    """
    at: list[str] = []
    left = path.split(".") if path else []
    while left:
        step = _step(document, left)
        if step is None:
            raise _nothing(document, ".".join(at), left[0])
        name, taken = step
        document = document[int(name)] if isinstance(document, list) else document[name]
        at.append(name)
        left = left[taken:]
    return document


def value_lines(value: Any) -> list[str]:  # noqa: ANN401  the same
    """A text or number as it is, for `$(…)`; anything else as JSON."""
    if isinstance(value, str):
        return value.splitlines() or [""]
    return json.dumps(value, indent=2, ensure_ascii=False).splitlines()


def _step(document: Any, left: list[str]) -> tuple[str, int] | None:  # noqa: ANN401  the same
    if isinstance(document, dict):
        for taken in range(len(left), 0, -1):
            if (name := ".".join(left[:taken])) in document:
                return name, taken
    elif isinstance(document, list) and left[0].isdecimal() and int(left[0]) < len(document):
        return left[0], 1
    return None


def _nothing(document: Any, at: str, name: str) -> SpecError:  # noqa: ANN401  the same
    there = list(document) if isinstance(document, dict) else []
    near = difflib.get_close_matches(name, there, 1)
    hint = f"did you mean {near[0]}?" if near else f"there is: {', '.join(there)}" if there else ""
    return SpecError(f"the document has no {name} {f'in {at}' if at else 'at its top'}", hint=hint)


def _director(environment: PavedEnvironment) -> tuple[str, str] | None:
    for network in environment.networks.values():
        address = network.assigned.get("director")
        for name, subnet in network.subnets.items():
            if address is not None and address in subnet.cidr:
                return name, str(address)
    return None


def _rows(environment: PavedEnvironment) -> Iterator[tuple[str, str]]:
    for network in environment.networks.values():
        address = network.assigned.get("director")
        for subnet in network.subnets.values():
            if address is not None and address in subnet.cidr:
                yield "director", f"{address} in {subnet.cidr}, gateway {subnet.gateway}"
    if box := environment.jumpbox:
        key = f"{box.key.store}:{box.key.path}" + (f"#{box.key.key}" if box.key.key else "")
        yield "jumpbox", f"{box.user}@{box.public_address or box.address}, key in {key}"
    balancers = environment.load_balancers
    widest = max((len(balancer.host) for balancer in balancers.values()), default=0)
    for name, balancer in balancers.items():
        made = " (kept for the platform)" if balancer.made_by == "platform" else ""
        yield name, f"{balancer.host:<{widest}}  {' '.join(map(str, balancer.addresses))}{made}"
    for name, datastore in environment.datastores.items():
        if datastore.object is not None:
            where = f" at {datastore.object.address}" if datastore.object.address else ""
            yield name, f"{datastore.object.protocol} {datastore.object.bucket}{where}"
    if environment.certificates.bundle:
        yield "trust", ", ".join(environment.certificates.bundle)
