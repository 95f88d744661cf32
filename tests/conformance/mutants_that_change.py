"""Mutants that change wrongly: too much, too little, at the wrong time, in the wrong words."""

# ruff: noqa: ANN401  what is spoiled has any type
import time
from collections.abc import Iterator, Sequence
from typing import Any

from mutant import Mutant, each, instead, seen

from paver.contract import names
from paver.contract.driver import Secrets
from paver.contract.errors import CallError, NotFound, Rejected, Transient
from paver.contract.resource import BASE_FIELDS, Desired, Done, Observed
from paver.contract.spec import EnvironmentSpec
from paver.memory.settings import MemorySettings


class MakesTwo(Mutant):
    name, rule = "mutant-makes-two", 10

    def spoil(self, session: Any, secrets: Secrets) -> None:
        def twice(right: Any, want: Any, attempt: Any) -> Any:
            right(want.model_copy(update={"name": f"{want.name}-bis"}), attempt)
            return right(want, attempt)

        instead(session.kinds["network"], "create", twice)


class SendsTwo(Mutant):
    name, rule = "mutant-sends-two", 15

    def spoil(self, session: Any, secrets: Secrets) -> None:
        def tagged_after(right: Any, want: Any, attempt: Any) -> Any:
            answer = right(want, attempt)
            session.world.change(answer.have.id, tags=names.marks(attempt.owner, want.key))
            return answer

        instead(session.kinds["network"], "create", tagged_after)


class DeletesNothing(Mutant):
    name, rule = "mutant-deletes-nothing", 70

    def spoil(self, session: Any, secrets: Secrets) -> None:
        each(session, "delete", lambda right, have, attempt: Done(have=None))
        seen(session, lambda item: None if self.gone(session, item) else item)

    def gone(self, session: Any, item: Observed) -> bool:
        """What it was told to delete, it does not show again: whoever believes the listing believes the lie."""
        del session
        return item.kind == "volume"


class LeaksAnSdkError(Mutant):
    name, rule = "mutant-leaks-an-sdk-error", 91

    def spoil(self, session: Any, secrets: Secrets) -> None:
        def raw(right: Any, *words: Any) -> Any:
            try:
                return right(*words)
            except Transient as error:
                raise ConnectionError(error.message) from error

        each(session, "create", raw)


class LeaksASecretIntoAnError(Mutant):
    name, rule = "mutant-leaks-a-secret-into-an-error", 100

    def spoil(self, session: Any, secrets: Secrets) -> None:
        def telling(right: Any, want: Any, attempt: Any) -> Any:
            try:
                return right(want, attempt)
            except CallError as error:
                password = secrets.minted("bosh-cpi").get_secret_value()
                raise type(error)(f"{error.message} (as bosh-cpi:{password})") from error

        each(session, "create", telling)


class LeavesASecretInTheIaas(Mutant):
    name, rule = "mutant-leaves-a-secret-in-the-iaas", 102

    def resources(self, spec: EnvironmentSpec, settings: MemorySettings) -> Sequence[Desired]:
        wanted = super().resources(spec, settings)
        first = next(want for want in wanted if want.key.kind == "balancer")
        late = first.model_copy(update={"after": (*first.after, *_keys(wanted, "account"))})
        return [late if want is first else want for want in wanted]

    def spoil(self, session: Any, secrets: Secrets) -> None:
        def described(right: Any, want: Any, attempt: Any) -> Any:
            answer = right(want, attempt)
            # Past the API, so that no other rule is broken: as a private key that stays in user data.
            with session.world.store.lend() as state:
                for id_, record in state["things"].items():
                    if record["name"] == want.name:
                        password = secrets.minted("bosh-cpi").get_secret_value()
                        state["things"][id_] = {**record, "description": f"boot password {password}"}
            return answer

        instead(session.kinds["balancer"], "create", described)


class BearsNoMarks(Mutant):
    name, rule = "mutant-bears-no-marks", 33

    def spoil(self, session: Any, secrets: Secrets) -> None:
        def bare(right: Any, want: Any, attempt: Any) -> Any:
            answer = right(want, attempt)
            with session.world.store.lend() as state:
                for id_, record in state["things"].items():
                    if record["name"] == want.name:
                        state["things"][id_] = {**record, "tags": {}}
            return answer

        instead(session.kinds["volume"], "create", bare)


class StumblesOverAbsence(Mutant):
    name, rule = "mutant-stumbles-over-absence", 74

    def spoil(self, session: Any, secrets: Secrets) -> None:
        def stumbling(right: Any, *words: Any) -> Any:
            try:
                return right(*words)
            except NotFound as error:
                raise Rejected(error.message) from error

        each(session, "delete", stumbling)


class Waits(Mutant):
    name, rule = "mutant-waits", 14

    def spoil(self, session: Any, secrets: Secrets) -> None:
        def slow(right: Any, want: Any, attempt: Any) -> Any:
            answer = right(want, attempt)
            time.sleep(2.5)
            return answer

        instead(session.kinds["gateway"], "create", slow)


class MarksAfterwards(Mutant):
    name, rule = "mutant-marks-afterwards", 41

    def spoil(self, session: Any, secrets: Secrets) -> None:
        def marked_later(right: Any, want: Any, attempt: Any) -> Any:
            made = session.world.create("subnet", want.name, fields={}, needs=[want.network])
            fields = {name: value for name, value in want.model_dump(mode="json").items() if name not in BASE_FIELDS}
            session.world.change(made["id"], fields=fields, tags=names.marks(attempt.owner, want.key))
            kind = session.kinds["subnet"]
            return Done(have=kind.observed(session.world.get(made["id"]), attempt.owner, kind._own(attempt)))

        instead(session.kinds["subnet"], "create", marked_later)


class DeletesData(Mutant):
    name, rule = "mutant-deletes-data", 72

    def spoil(self, session: Any, secrets: Secrets) -> None:
        def emptied(right: Any, have: Observed, attempt: Any) -> Any:
            session.world.empty(have.id)
            return right(have, attempt)

        instead(session.kinds["bucket"], "delete", emptied)
        seen(session, lambda item: item.model_copy(update={"holds": ""}))


class DeletesOthersToo(Mutant):
    name, rule = "mutant-deletes-others-too", 73

    def spoil(self, session: Any, secrets: Secrets) -> None:
        def cleared(right: Any, have: Observed, attempt: Any) -> Any:
            for other in session.world.holders(have.id):
                session.world.remove(other["id"])
            return right(have, attempt)

        instead(session.kinds["subnet"], "delete", cleared)
        seen(session, lambda item: item.model_copy(update={"held_by": ()}))


def _keys(wanted: Sequence[Desired], kind: str) -> Iterator[Any]:
    return (want.key for want in wanted if want.key.kind == kind)
