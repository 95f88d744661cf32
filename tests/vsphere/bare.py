"""A bare ESXi host of a sandbox, paved and laid bare again by the simplest engine there can be."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import yaml
from pydantic import SecretStr
from sandboxes import Sandboxed

from paver.contract.resource import Answer, Attempt, Desired, Done, Inventory, Key, Observed, Phase, Proof, Ref, Waiting
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import SecretRef
from paver_vsphere.bootstrap import esxi_resources
from paver_vsphere.esxi import EsxiSession
from paver_vsphere.exchange import DatastoreFiles
from paver_vsphere.session import Connection
from paver_vsphere.settings import VsphereSettings

PATIENCE = 60.0
STEPS = 400


class Killed(BaseException):
    """The process died here."""


class Files:
    """Secrets as the sandbox's example spec names them: files beside it."""

    def __init__(self, base: Path) -> None:
        self.base = base

    def given(self, ref: SecretRef) -> SecretStr:
        return SecretStr((self.base / ref.path).read_text().strip())

    def minted(self, name: str) -> SecretStr:
        raise AssertionError(f"nothing on a bare host wants the minted {name}")


class Bare:
    """One environment on one sandbox's first host."""

    def __init__(self, sandboxed: Sandboxed, *, id_: UUID | None = None, **appliance: Any) -> None:  # noqa: ANN401  any value of any noun
        self.sandboxed = sandboxed
        document = yaml.safe_load(sandboxed.sandbox.spec(sandboxed.directory, id_ or uuid4()))
        document["iaas"]["vsphere"]["appliance"].update(appliance)
        context = {"base": sandboxed.directory}
        self.spec = EnvironmentSpec.model_validate(document, context=context)
        self.settings = VsphereSettings.model_validate(document["iaas"]["vsphere"], context=context)
        self.secrets = Files(sandboxed.directory)

    @property
    def wanted(self) -> Sequence[Desired]:
        return esxi_resources(self.spec, self.settings)

    @contextmanager
    def session(self) -> Iterator[EsxiSession]:
        session = EsxiSession.connect(self.settings, self.secrets, self.spec.owner)
        try:
            yield session
        finally:
            session.close()

    def seen(self) -> Inventory:
        with self.session() as session:
            return session.observe(self.spec.owner, self.wanted)

    def pave(self) -> Inventory:
        with self.session() as session:
            for want in self.wanted:
                self._become(session, want)
            return session.observe(self.spec.owner, self.wanted)

    def destroy(self) -> Inventory:
        with self.session() as session:
            for _ in range(STEPS):
                items = [i for i in session.observe(self.spec.owner, ()).items if i.proof is not Proof.ADOPTED]
                top = next((i for i in items if not any(i.id in other.needs for other in items)), None)
                if top is None:
                    break
                kind = session.kinds[top.kind]
                attempt = self.attempt(top.key)
                self.finish(kind, None, kind.delete(top, attempt), attempt)
            return session.observe(self.spec.owner, ())

    def attempt(self, key: Key | None) -> Attempt:
        assert key is not None
        return Attempt(owner=self.spec.owner, name=str(key), token=uuid4(), key=key)

    def finish(self, kind: Any, want: Desired | None, answer: Answer, attempt: Attempt) -> Observed | None:  # noqa: ANN401  any value of any noun
        deadline = time.monotonic() + PATIENCE
        while isinstance(answer, Waiting):
            assert time.monotonic() < deadline, answer.said
            time.sleep(min(answer.again, 0.2))
            answer = kind.advance(want, answer.ticket, attempt)
        assert isinstance(answer, Done)
        return answer.have

    def _become(self, session: EsxiSession, want: Desired) -> None:
        kind, attempt = session.kinds[want.key.kind], self.attempt(want.key)
        for _ in range(5):
            inventory = session.observe(self.spec.owner, self.wanted)
            have = inventory.find(want.key)
            whole = want.model_copy(update={name: _value(value, inventory) for name, value in want})
            if have is None:
                self.finish(kind, whole, kind.create(whole, attempt), attempt)
            elif have.phase is Phase.PENDING:
                self.finish(kind, whole, Waiting(ticket=have.ticket, again=0, said="resumed"), attempt)
            elif have.phase is Phase.BROKEN:
                self.finish(kind, None, kind.delete(have, attempt), attempt)
            else:
                return
        raise AssertionError(f"{want.key} does not become ready")

    def census(self) -> dict[str, set[str]]:
        """What the sandbox itself says is on the first host: names by type, files too."""
        found: dict[str, set[str]] = {}
        for item in self.sandboxed.control("/census")["esxi-1"]:
            found.setdefault(item["type"], set()).add(item["name"])
            for file in item["props"].get("files") or ():
                found.setdefault("file", set()).add(str(file))
        return found


def _value(value: Any, inventory: Inventory) -> Any:  # noqa: ANN401  any value of any noun
    if not isinstance(value, Ref):
        return value
    have = inventory.find(value.to)
    assert have is not None, value
    return have.output(value.output)


class Calls:
    """Counts the mutating calls of a process, and kills it before or after one of them."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.sent: list[str] = []
        self.kill_at = -1
        self.kill_after = False
        call, write = Connection.call, DatastoreFiles.write

        def counted_call(connection: Connection, method: Any, *args: Any, what: str, **kwargs: Any) -> Any:  # noqa: ANN401  any value of any noun
            return self._struck(what, lambda: call(connection, method, *args, what=what, **kwargs))

        def counted_write(files: DatastoreFiles, path: str, content: bytes) -> None:
            self._struck(f"write {path}", lambda: write(files, path, content))

        patch.setattr(Connection, "call", counted_call)
        patch.setattr(DatastoreFiles, "write", counted_write)

    def _struck(self, what: str, send: Any) -> Any:  # noqa: ANN401  any value of any noun
        number = len(self.sent)
        if number == self.kill_at and not self.kill_after:
            self.sent.append(f"{what} (killed before)")
            raise Killed
        self.sent.append(what)
        answer = send()
        if number == self.kill_at:
            raise Killed
        return answer
