import os
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from paver.contract.errors import Refused
from paver.contract.resource import Attempt, Key
from paver.contract.types import Owner
from paver.engine.journal import FILE, IN_FLIGHT, Journal, JournalUnwritable

OWNER = Owner(id=UUID("7c1f0a52-5c4e-4b7e-9a0e-2f6d3b8e91a4"), name="staging")


def attempt(name: str, *, native: str = "") -> Attempt:
    return Attempt(owner=OWNER, name=native or name, token=uuid4(), key=Key(kind="subnet", name=name))


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    journal = Journal(tmp_path, OWNER.id)
    journal.begin("pave")
    return journal


def test_a_call_without_an_outcome_is_unanswered(journal: Journal) -> None:
    answered, unanswered = attempt("a"), attempt("b")
    journal.attempt("create", answered)
    journal.attempt("create", unanswered)
    journal.outcome(answered, "subnet-1")
    history = journal.read()
    assert list(history.unanswered) == ["subnet/b"]
    assert history.unanswered["subnet/b"].token == unanswered.token
    assert history.unanswered["subnet/b"].action == "create"


def test_a_ticket_is_kept_until_the_outcome(journal: Journal) -> None:
    one = attempt("a")
    journal.attempt("create", one)
    journal.waiting(one, {"task": 7})
    assert journal.read().tickets == {"subnet/a": {"task": 7}}
    assert not journal.read().unanswered
    journal.outcome(one, "subnet-1")
    assert not journal.read().tickets


def test_an_ended_run_leaves_nothing_unanswered(journal: Journal) -> None:
    journal.attempt("create", attempt("a"))
    journal.end()
    assert not journal.read().unanswered


def test_what_was_made_or_deleted_a_moment_ago_is_remembered(journal: Journal) -> None:
    made, deleted = attempt("a"), attempt("b")
    journal.attempt("create", made)
    journal.outcome(made, "subnet-1")
    journal.attempt("delete", deleted)
    journal.gone(deleted.key, "subnet-7")
    journal.end()
    again = journal.read()
    assert list(again.begun) == ["subnet/a"]
    assert list(again.gone) == [("subnet", "subnet-7")]


def test_an_old_ended_journal_starts_anew(tmp_path: Path) -> None:
    old = "2026-01-01T00:00:00+00:00"
    (tmp_path / FILE).write_text(
        f'{{"t":"{old}","event":"begin","version":1,"owner":"{OWNER.id}"}}\n{{"t":"{old}","event":"end"}}\n'
    )
    journal = Journal(tmp_path, OWNER.id)
    journal.begin("pave")
    assert old not in (tmp_path / FILE).read_text()
    journal.close()


def test_a_torn_last_line_is_passed_over_and_the_next_one_is_whole(journal: Journal, tmp_path: Path) -> None:
    journal.attempt("create", attempt("a"))
    journal.close()
    path = tmp_path / FILE
    path.write_bytes(path.read_bytes()[:-9])
    again = Journal(tmp_path, OWNER.id)
    assert not again.read().unanswered
    again.attempt("create", attempt("b"))
    assert list(again.read().unanswered) == ["subnet/b"]


@pytest.mark.parametrize(
    "line",
    [b"\xff\x00\xfe", b"[]", b'{"event":"attempt"}', b'{"event":"outcome"}', b'{"t":7,"event":"attempt","key":"a/b"}'],
)
def test_lines_that_mean_nothing_are_passed_over(journal: Journal, tmp_path: Path, line: bytes) -> None:
    journal.close()
    with (tmp_path / FILE).open("ab") as file:
        file.write(line + b"\n")
    assert not journal.read().unanswered


def test_another_environments_journal_is_refused(journal: Journal, tmp_path: Path) -> None:
    journal.close()
    with pytest.raises(Refused) as refused:
        Journal(tmp_path, uuid4()).read()
    assert "owner" in dict(refused.value.facts)
    assert refused.value.exit_code == 6


def test_a_newer_pavers_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(
        f'{{"t":"2026-01-01T00:00:00+00:00","event":"begin","version":2,"owner":"{OWNER.id}"}}\n'
    )
    with pytest.raises(Refused, match="not this paver's"):
        Journal(tmp_path, OWNER.id).read()


@pytest.mark.parametrize("step", ["write", "fsync"])
def test_an_intent_that_cannot_be_written_says_so(journal: Journal, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def fail(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(JournalUnwritable, match="No space left"):
        journal.attempt("create", attempt("a"))


def test_the_file_is_private_under_any_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        journal = Journal(tmp_path, OWNER.id)
        journal.begin("pave")
    finally:
        os.umask(old)
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    journal.close()


def test_what_was_made_anew_under_the_id_of_what_went_is_not_gone(journal: Journal) -> None:
    one = attempt("a")
    journal.attempt("delete", one)
    journal.gone(one.key, "bucket-of-that-name")
    journal.attempt("create", one)
    journal.outcome(one, "bucket-of-that-name")
    assert not journal.read().gone


def test_a_deletion_that_a_kill_left_unanswered_is_done_once_a_later_run_ended_without_it(journal: Journal) -> None:
    journal.attempt("delete", attempt("a", native="id-1"))
    assert not journal.read().gone
    journal.begin("pave")
    journal.end()
    history = journal.read()
    assert set(history.gone) == {("subnet", "id-1")}
    assert history.last is not None
    assert history.gone["subnet", "id-1"] <= history.last + IN_FLIGHT


def test_so_is_one_whose_key_something_new_has_got_since(journal: Journal) -> None:
    journal.attempt("delete", attempt("a", native="id-1"))
    journal.begin("pave")
    again = attempt("a")
    journal.attempt("create", again)
    journal.waiting(again, "id-2")
    journal.attempt("advance", again)
    journal.outcome(again, "id-2")
    journal.end()
    assert set(journal.read().gone) == {("subnet", "id-1")}


def test_what_was_made_anew_under_the_id_of_what_may_have_gone_is_there(journal: Journal) -> None:
    journal.attempt("delete", attempt("a", native="of-that-name"))
    journal.begin("pave")
    again = attempt("a")
    journal.attempt("create", again)
    journal.outcome(again, "of-that-name")
    journal.end()
    assert not journal.read().gone


def test_a_deletion_that_was_refused_took_nothing(journal: Journal) -> None:
    one = attempt("a", native="id-1")
    journal.attempt("delete", one)
    journal.outcome(one, "Busy")
    journal.end()
    assert not journal.read().gone
