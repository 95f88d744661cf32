"""What went a moment ago, and what was made anew under the same native id: a listing's lag is one kind's own."""

from pathlib import Path

import pytest
from memory_lives import Life

from paver.contract.errors import OutcomeUnknown
from paver.contract.resource import Answer, Attempt
from paver.memory.resources.bucket import BucketKind
from paver.memory.resources.network import Network, NetworkKind


def test_what_was_made_under_the_id_of_what_went_is_seen_though_another_kinds_listing_lags(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = NetworkKind.create

    def lost(kind: NetworkKind, want: Network, attempt: Attempt) -> Answer:
        right(kind, want, attempt)
        raise OutcomeUnknown("the answer was lost")

    life = Life(tmp_path)
    life.write()
    life.pave(parallelism=1)
    life.destroy()
    life.hand.count_anew()
    monkeypatch.setattr(BucketKind, "settle", property(lambda _: 60.0, lambda _, seconds: None))
    monkeypatch.setattr(NetworkKind, "create", lost)
    life.pave(parallelism=1)
    networks = [record for record in life.hand.everything().values() if record["kind"] == "network"]
    assert len(networks) == 4
    assert life.plan().empty
