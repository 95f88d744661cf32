"""The record and the lock: what the state directory holds beside the journal."""

import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from paver.contract.errors import Locked, Refused
from paver.contract.types import Owner
from paver.engine import lock, record
from paver.engine.record import Record

ID = UUID("7c1f0a52-5c4e-4b7e-9a0e-2f6d3b8e91a4")
NOW = datetime(2026, 11, 25, tzinfo=UTC)


def test_environments_of_one_name_and_two_owners_have_two_directories(tmp_path: Path) -> None:
    one = record.directory_for(tmp_path, Owner(id=ID, name="prod"), "memory")
    two = record.directory_for(tmp_path, Owner(id=uuid4(), name="prod"), "memory")
    assert one != two


def test_a_record_comes_back_as_it_was_written(tmp_path: Path) -> None:
    written = Record(owner=ID, identities={"": {"id": "account-1"}}, paved_at=NOW, paved_by="ci on worker-3")
    record.write(tmp_path, written)
    assert record.read(tmp_path, ID) == written
    assert (tmp_path / record.FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [record.FILE]


def test_a_lost_record_is_an_empty_one(tmp_path: Path) -> None:
    assert record.read(tmp_path, ID) == Record(owner=ID)


@pytest.mark.parametrize(
    ("text", "field"),
    [("", "file"), ("{", "file"), (f'{{"version": 2, "owner": "{ID}"}}', "version"), ('{"owner": "x"}', "owner")],
)
def test_a_spoiled_record_is_refused_by_file_and_field(tmp_path: Path, text: str, field: str) -> None:
    (tmp_path / record.FILE).write_text(text)
    with pytest.raises(Refused, match=r"record\.json") as refused:
        record.read(tmp_path, ID)
    assert field in dict(refused.value.facts)


def test_another_environments_record_is_refused(tmp_path: Path) -> None:
    record.write(tmp_path, Record(owner=uuid4()))
    with pytest.raises(Refused, match="another environment"):
        record.read(tmp_path, ID)


def test_the_lock_names_its_holder_to_whoever_meets_it(tmp_path: Path) -> None:
    with lock.hold(tmp_path, verb="pave", now=NOW, timeout=0):
        with pytest.raises(Locked) as locked, lock.hold(tmp_path, verb="destroy", now=NOW, timeout=0):
            pass
        assert "pave since 2026-11-25T00:00:00+00:00" in dict(locked.value.facts)["holder"]
        assert locked.value.exit_code == 5
        assert "pid" in lock.holder(tmp_path)
    assert lock.holder(tmp_path) == ""


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    code = (
        "import sys, time; from datetime import datetime, UTC; from pathlib import Path\n"
        "from paver.engine import lock\n"
        "with lock.hold(Path(sys.argv[1]), verb='pave', now=datetime.now(UTC), timeout=0):\n"
        "    print('held', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    with pytest.raises(Locked), lock.hold(tmp_path, verb="pave", now=NOW, timeout=0):
        pass
    process.kill()
    process.wait()
    process.stdout.close()
    began = time.monotonic()
    with lock.hold(tmp_path, verb="pave", now=NOW, timeout=5):
        assert time.monotonic() - began < 2
