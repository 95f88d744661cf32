"""A lease whose answers are lost: it is known again for ours, and somebody else's is never taken for it."""

from datetime import timedelta

import pytest
from leasing import Clock, Shelf, run, somebody_elses, taken

from paver.contract.errors import Locked
from paver.contract.lease import Slip
from paver.engine.lease import TTL, Lease


async def renewed_unheard(shelf: Shelf, clock: Clock) -> Lease:
    """One that is taken, and renewed once; neither the answer to that nor the look after it came back."""
    mine = await taken(shelf, clock)
    clock.time += TTL / 3
    shelf.lose, shelf.blind = 1, 1
    mine.keep()
    return mine


def test_a_lost_answer_is_looked_up() -> None:
    async def main() -> None:
        shelf, clock = Shelf(), Clock()
        shelf.lose = 1
        mine = await taken(shelf, clock)
        clock.time += TTL / 3
        shelf.lose = 1
        mine.keep()
        assert shelf.holding.holder == mine.holder
        clock.time += TTL / 3
        mine.keep()

    run(main())


def test_a_lost_answer_that_could_not_be_looked_up_is_found_later_to_be_ours() -> None:
    async def main() -> None:
        shelf, clock = Shelf(), Clock()
        shelf.lose, shelf.blind = 1, 1
        mine = await taken(shelf, clock)
        assert (shelf.holding.holder, shelf.holding.serial) == (mine.holder, 1)
        clock.time += TTL / 3
        shelf.lose, shelf.blind = 1, 1
        mine.keep()
        behind = shelf.holding.expires
        clock.time += 1
        mine.keep()
        assert behind is not None
        assert shelf.holding.expires == behind + timedelta(seconds=1)
        assert shelf.holding.holder == mine.holder

    run(main())


@pytest.mark.parametrize("gone", [False, True])
def test_one_whose_last_renewal_was_lost_is_given_back(gone: bool) -> None:
    async def main() -> None:
        shelf, clock = Shelf(), Clock()
        mine = await renewed_unheard(shelf, clock)
        await mine.give_back(gone=gone)
        assert shelf.slip is None if gone else shelf.holding.holder is None

    run(main())


def test_a_lost_renewal_does_not_hide_that_somebody_else_came() -> None:
    async def main() -> None:
        shelf, clock = Shelf(), Clock()
        mine = await renewed_unheard(shelf, clock)
        assert shelf.slip is not None
        shelf.slip = Slip(somebody_elses(clock), "theirs")
        with pytest.raises(Locked):
            mine.keep()
        await mine.give_back(gone=True)
        assert shelf.slip.version == "theirs"

    run(main())
