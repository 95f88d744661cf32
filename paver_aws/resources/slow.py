"""What takes minutes to come and to go: asked about together with all others of its kind."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TypeVar, cast

from pydantic import JsonValue

from paver.contract.answers import fresh, later
from paver.contract.asking import Shared
from paver.contract.errors import NotFound
from paver.contract.resource import Answer, Attempt, Desired, Done, Observed, Phase
from paver_aws.api import Api, Record
from paver_aws.resources.noun import Ec2Kind

D = TypeVar("D", bound=Desired)


class SlowKind(Ec2Kind[D]):
    """A noun of EC2 with a state."""

    def __init__(self, api: Api) -> None:
        super().__init__(api)
        self._watched = Shared(self._told)

    @abstractmethod
    def answer(self, record: Record, want: D | None, attempt: Attempt, ticket: JsonValue) -> Answer:
        """What its state says. `want` is None while it goes."""

    @abstractmethod
    def end(self, have: Observed) -> None:
        """Begin its end, with one call."""

    def advance(self, want: D | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """One look."""
        at = cast("dict[str, JsonValue]", ticket)
        record = self._watched.look(str(at["id"]), fresh(ticket))
        if record is not None and self.exists(record):
            return self.answer(record, want, attempt, ticket)
        if want is None or at.get("going"):
            return Done(have=None)
        raise NotFound(f"{at['id']} is gone")

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Begin its end, unless that has begun."""
        if have.phase is not Phase.PENDING or not isinstance(have.ticket, dict) or not have.ticket.get("going"):
            self.end(have)
        return self.going(have.id)

    def going(self, id_: str, ticket: JsonValue = None) -> Answer:
        """Look again."""
        return later("going", ticket, id=id_, going=True)

    def _told(self, ids: Sequence[str]) -> Mapping[str, Record]:
        method, within = self.described
        found = self.api.pages("ec2", method, within, **{f"{self.identifier}s": list(ids)})
        return {one[self.identifier]: one for one in found}
