"""A create of several calls whose second one was never answered: what a look then shows is finished, not believed."""

from pathlib import Path

import pytest
from memory_lives import Life

from paver.contract.errors import OutcomeUnknown
from paver.contract.resource import Answer, Attempt
from paver.memory.resources.network import Network, NetworkKind


def test_what_is_there_and_half_of_what_is_wanted_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right = NetworkKind.create

    def half(kind: NetworkKind, want: Network, attempt: Attempt) -> Answer:
        right(kind, want.model_copy(update={"egress": "none"}), attempt)
        raise OutcomeUnknown("the call that would have set its egress was never answered")

    monkeypatch.setattr(NetworkKind, "create", half)
    life = Life(tmp_path)
    life.write()
    life.pave()
    networks = [record for record in life.hand.everything().values() if record["kind"] == "network"]
    assert len(networks) == 4
    assert {record["fields"]["egress"] for record in networks} == {"direct", "nat"}
    assert life.plan().empty
