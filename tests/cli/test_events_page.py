# ruff: noqa: ANN401  fields of any type
"""docs/events.md names every event and every field that `--log-format json` writes, and no others."""

import dataclasses
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from paver.cli.output.errors import error_json
from paver.cli.output.events import event_json
from paver.cli.output.tally import PAST
from paver.contract.errors import SpecError
from paver.engine import events

PAGE = Path(__file__).parents[2] / "docs" / "events.md"


def on_the_page() -> dict[str, set[str]]:
    found = {}
    for line in PAGE.read_text().splitlines():
        if line.startswith("| `"):
            names, _, fields = (cell.strip() for cell in line.strip("|").split("|"))
            for name in re.findall(r"`(\w+)`", names):
                found[name] = set(re.findall(r"`(\w+)`", fields))
    return found


def example(kind: type[events.Event], **given: Any) -> events.Event:
    """An event with a value of the right type in each field."""
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        hint = hints[field.name]
        made: Any = datetime(2026, 11, 25, tzinfo=UTC) if hint is datetime else (get_origin(hint) or hint)()
        values[field.name] = made
        assert get_args(hint) or made is not None
    return kind(**{**values, **given})


def written() -> dict[str, set[str]]:
    found = {}
    kinds = [kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, events.Event)]
    for kind in kinds:
        if kind is events.Event:
            continue
        actions = list(PAST) if kind is events.StepDone else [""]
        for action in actions:
            line = event_json(example(kind, **({"action": action} if action else {})))
            found[line["event"]] = set(line) - {"time", "event"}
    error = error_json(SpecError("it failed"))
    found[error["event"]] = set(error) - {"event"}
    return found


def test_the_page_has_every_event_with_its_fields_and_no_others() -> None:
    assert on_the_page() == written()
