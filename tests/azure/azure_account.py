"""An emulated Azure in this process, reached as a real one is, and specs for it."""

from __future__ import annotations

import contextlib
import io
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import yaml

from paver import api
from paver.cli.main import main
from paver.contract.environment import PavedEnvironment
from paver.engine.events import Event
from paver.engine.plan import Plan
from paver.settings import LoadedSpec, load_spec
from paver_azure.sandbox.census import census
from paver_azure.sandbox.emulator import SECRET
from paver_azure.sandbox.example import example
from paver_azure.sandbox.furnish import furnish
from paver_azure.sandbox.hand import Hand
from paver_azure.sandbox.server import CA, Server
from paver_azure.sandbox.world import World

Document = dict[str, Any]
Change = Callable[[Document], None]
DESTROY = ("-y", "--confirm-env", "sandbox")


@dataclass(frozen=True)
class Outcome:
    """What a command left."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


class AzureAccount:
    """A subscription without anything in it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.world = World()
        self.estate = furnish(self.world)
        self.server = Server(self.world, directory)
        self.server.start()
        self.write(SECRET, self.estate.owner.secret)
        self.root = f"/subscriptions/{self.estate.subscription.id}"
        login = (self.estate.tenant, self.estate.owner.client, self.estate.owner.secret)
        self.hand = Hand(self.server.url, str(directory / CA), *login)

    def close(self) -> None:
        self.hand.close()
        self.server.stop()

    def write(self, file: str, secret: str) -> None:
        path = self.directory / file
        path.touch(mode=0o600)
        path.write_text(secret)

    def told(self) -> dict[str, str]:
        estate = self.estate
        return {
            "url": self.server.url,
            "tenant": estate.tenant,
            "subscription": estate.subscription.id,
            "client": estate.owner.client,
        }

    def environment(self, label: str = "environment", change: Change | None = None) -> AzureEnvironment:
        return AzureEnvironment(self, label, change)

    def there(self) -> Counter[str]:
        """Everything in the subscription, by noun and name, without the shared lease."""
        found = [f"{one.noun} {one.name}" for one in census(self.hand, self.estate.subscription.id)]
        return Counter(one for one in found if "lease" not in one)

    def application(self, file: str, permissions: Iterable[Document] = ()) -> str:
        """Somebody who may do just that in the whole subscription; returns whose client it is."""
        made = self.world.authority.application(self.estate.tenant)
        self.write(file, made.secret)
        self.allow(made.principal, permissions)
        return made.client

    def allow(self, principal: str, permissions: Iterable[Document]) -> None:
        """Let a principal do just that, whatever it was allowed before."""
        at = f"{self.root}/providers/Microsoft.Authorization"
        name = str(UUID(int=UUID(principal).int ^ 1))
        properties = {
            "roleName": f"of {principal}",
            "type": "CustomRole",
            "permissions": list(permissions),
            "assignableScopes": [self.root],
        }
        self.hand.put(f"{at}/roleDefinitions/{name}", {"properties": properties})
        given = {"principalId": principal, "principalType": "ServicePrincipal"}
        role = {"roleDefinitionId": f"{at}/roleDefinitions/{name}"}
        self.hand.put(f"{at}/roleAssignments/{name}", {"properties": {**given, **role}})


class AzureEnvironment:
    """One spec in one subscription, with its state and its secrets."""

    def __init__(self, account: AzureAccount, label: str, change: Change | None) -> None:
        self.account = account
        self.id: UUID = uuid4()
        self.file = account.directory / f"{label}.yml"
        self.state = account.directory / f"{label}-state"
        self.document: Document = yaml.safe_load(example(self.id, account.told()))
        self.document |= {"secrets": f"file:{label}-secrets", "zones": 1, "networks": {"management": {}, "lb": {}}}
        self.section["zones"] = {"z1": "1"}
        self.events: list[Event] = []
        self.edit(change)

    @property
    def section(self) -> Document:
        section: Document = self.document["iaas"]["azure"]
        return section

    def edit(self, change: Change | None = None) -> None:
        if change is not None:
            change(self.document)
        self.file.write_text(yaml.safe_dump(self.document, sort_keys=False))

    def loaded(self) -> LoadedSpec:
        return load_spec(self.file, iaas="azure", environ={})

    def options(self, **more: Any) -> api.Options:
        return api.Options(state_dir=self.state, **more)

    def pave(self, **more: Any) -> PavedEnvironment:
        self.events.clear()
        return api.pave(self.loaded(), self.options(**more), self.events.append)

    def plan(self) -> Plan:
        return api.plan(self.loaded(), self.options())

    def destroy(self, **more: Any) -> Plan:
        self.events.clear()
        return api.destroy(self.loaded(), self.options(**more), self.events.append)

    def run(self, verb: str, *arguments: str) -> Outcome:
        """The command, in this process: what it says and how it ends."""
        out, err = io.StringIO(), io.StringIO()
        state = () if verb == "permissions" else ("--state-dir", str(self.state))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main([verb, "-c", str(self.file), "--iaas", "azure", *state, *arguments])
        return Outcome(code, out.getvalue(), err.getvalue())


def section(**fields: Any) -> Change:
    """A change of the driver's own section."""

    def change(document: Document) -> None:
        document["iaas"]["azure"] |= fields

    return change
