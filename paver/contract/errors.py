"""Errors that cross the contract. What an error *is* decides what the engine does with it and how the command exits.

    PaverError                     1
    ├── SpecError                  2    the spec or the command line asks for what cannot be
    ├── StepFailed                 4    a run ended with failed steps; its state is consistent
    ├── Locked                     5    someone else paves this environment
    ├── PreflightFailed            3 | 6 | 7
    ├── DriftFound                 7    the world and the spec differ
    ├── DeadlineExceeded           9
    ├── Stopped                    130 | 143
    ├── Refused                    6    safety: going on could hurt what is not ours, or what cannot be replaced
    │   ├── WrongTarget                 another account or vCenter than the one in the spec or on record
    │   ├── Untrusted                   a certificate, thumbprint or CA that is not the one expected
    │   ├── NotOurs                     the thing exists and belongs to someone else
    │   ├── SecretMissing               a secret that the IaaS knows is not in this store
    │   └── DataAtRisk                  users' data would go with it
    └── CallError                  4    raised by a driver's calls; the engine sorts them
        ├── Transient                   nothing happened; try again
        │   └── Throttled               the same, after `retry_after` seconds
        ├── OutcomeUnknown              it was sent and the answer is lost; look before trying again
        ├── Busy                        something holds it; `blockers` says what
        ├── NotFound                    it is not there (what a delete hopes for)
        ├── AlreadyExists               the name is taken, perhaps by ourselves
        ├── Rejected                    the IaaS says no and will go on saying no
        └── Denied             3        password, permission, expired credential; `action` says which

A driver raises `CallError`s and `Refused`s, each from a table that maps its SDK's errors by code. Anything else that
leaves a driver is a defect of that driver: the engine reports it as one and treats the call's outcome as unknown.
"""

from __future__ import annotations

from collections.abc import Sequence


class PaverError(Exception):
    """Base of all errors that paver raises on purpose.

    Args:
        message: What happened, to what. One sentence, no trailing period, never a secret.
        facts: Label and value pairs that help to judge it.
        hint: What to do next.
    """

    exit_code: int = 1

    def __init__(self, message: str, *, facts: Sequence[tuple[str, str]] = (), hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.facts = tuple(facts)
        self.hint = hint
        # For who calls paver from a program: a traceback says all that the command would.
        for line in (*(f"{label}: {value}" for label, value in facts), *([f"hint: {hint}"] if hint else [])):
            self.add_note(line)


class SpecError(PaverError):
    """The spec or the command line asks for what cannot be. `messages` has one line per problem."""

    exit_code = 2

    def __init__(self, message: str, *, messages: Sequence[str] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.messages = tuple(messages)
        for line in messages:
            self.add_note(line)


class Locked(PaverError):
    """Someone else holds the environment's lock; `facts` name the holder, since when, and where the lock is."""

    exit_code = 5


class PreflightFailed(PaverError):
    """Checks found what would fail later; `exit_code` follows from the findings."""

    def __init__(self, message: str, *, exit_code: int, facts: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message, facts=facts)
        self.exit_code = exit_code


class DriftFound(PaverError):
    """The world is not as the spec and the last pave left it."""

    exit_code = 7


class DeadlineExceeded(PaverError):
    """The time that was given for a run or a resource is over."""

    exit_code = 9


class Stopped(PaverError):
    """A signal, or a caller's cancel, ended the run; everything begun is known."""

    def __init__(self, message: str, *, exit_code: int = 130, facts: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message, facts=facts, hint="run the same command to go on from here")
        self.exit_code = exit_code


class Refused(PaverError):
    """Going on could hurt what is not ours, or lose what cannot be made again."""

    exit_code = 6


class WrongTarget(Refused):
    """The session leads to another account, subscription, project or vCenter than the spec or the record says."""


class Untrusted(Refused):
    """A peer's certificate, thumbprint or CA is not the one that was expected."""


class NotOurs(Refused):
    """Something of that name exists and the environment does not own it."""


class SecretMissing(Refused):
    """Secrets that the IaaS knows are not in this store. `names` lists them."""

    def __init__(self, message: str, *, names: Sequence[str], hint: str = "") -> None:
        super().__init__(message, facts=tuple(("secret", name) for name in names), hint=hint)
        self.names = tuple(names)


class DataAtRisk(Refused):
    """Users' data would go with a delete or a replacement that nobody consented to."""


class CallError(PaverError):
    """One call to an IaaS did not do what was asked. The subclass says whether a retry can help."""

    exit_code = 4


class Transient(CallError):
    """Nothing happened, and the same call may succeed in a moment: refused connection, 503, a busy front end."""


class Throttled(Transient):
    """The IaaS asks for patience.

    Args:
        message: As for `PaverError`.
        retry_after: Seconds that the IaaS asked for; None where it named none.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class OutcomeUnknown(CallError):
    """The request may have reached the IaaS and the answer did not reach us: reset, timeout, truncated body."""


class Busy(CallError):
    """Something holds the thing: an operation in progress, a child, a user of it.

    Args:
        message: As for `PaverError`.
        blockers: Native ids or names of what holds it, for people and for the engine, which waits only while what
            blocks is its own and going.
        foreign: Whether anything among the blockers is not the environment's; then waiting is of no use.
    """

    def __init__(self, message: str, *, blockers: Sequence[str] = (), foreign: bool = False) -> None:
        super().__init__(message)
        self.blockers = tuple(blockers)
        self.foreign = foreign


class NotFound(CallError):
    """It is not there."""


class AlreadyExists(CallError):
    """The name is taken. The engine looks whether by ourselves."""


class Rejected(CallError):
    """The IaaS says no, and will say no again: invalid argument, quota, no space, unsupported."""


class Denied(CallError):
    """Password, permission or an expired credential.

    Args:
        message: As for `PaverError`.
        action: The privilege or action that is missing, in the IaaS's own spelling; empty for a failed login.
        hint: As for `PaverError`.
    """

    exit_code = 3

    def __init__(self, message: str, *, action: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.action = action


class StepFailed(PaverError):
    """A run ended with failed steps. Everything else was done, and running again goes on from here.

    Args:
        message: As for `PaverError`.
        failures: Logical key and error of each step that failed.
        waiting: Logical keys of the steps that could not begin because of them.
    """

    def __init__(
        self, message: str, *, failures: Sequence[tuple[str, PaverError]], waiting: Sequence[str] = ()
    ) -> None:
        facts = [fact for key, error in failures for fact in ((key, error.message), *error.facts)]
        if waiting:
            facts.append(("waiting", ", ".join(waiting)))
        hints = dict.fromkeys(error.hint for _, error in failures if error.hint)
        super().__init__(
            message, facts=facts, hint="; ".join([*hints, "then run the same command: it goes on from here"])
        )
        self.failures = tuple(failures)
        self.waiting = tuple(waiting)
        codes = {error.exit_code for _, error in failures}
        self.exit_code = next((code for code in (6, 9) if code in codes), 3 if codes == {3} else 4)
