"""An emulated account in a process of its own, a wire before it that counts, and a raw client past paver."""

from __future__ import annotations

import configparser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import boto3
import yaml

from paver import api, sandbox
from paver.conformance.wire.log import Counts
from paver.conformance.wire.proxy import Wire
from paver.conformance.wire.route import Route
from paver.contract.environment import PavedEnvironment
from paver.engine.events import Event
from paver.engine.plan import Plan
from paver.settings import LoadedSpec, load_spec
from paver_aws.sandbox import AwsSandbox
from paver_aws.sandbox.emulator import CONFIG, PROFILE

REGION = "eu-west-1"
Document = dict[str, Any]


class Account:
    """An account that is empty but for its default VPC and one image.

    Args:
        directory: Where the emulator's files go.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory / "sandbox"
        self.sandbox = AwsSandbox(idle=600.0)
        self.running = sandbox.up(self.sandbox, "aws", self.directory)
        self.url = str(self.running.ready()["url"])
        config = configparser.ConfigParser()
        config.read(self.directory / CONFIG)
        self._profile = config[f"profile {PROFILE}"]
        self.wire = Wire(Route("127.0.0.1:0", self.url.removeprefix("http://")))
        self.wire.__enter__()
        through = (self.directory / CONFIG).read_text().replace(self.url, f"http://{self.wire.address()}")
        (self.directory / "wire-config").write_text(through)

    def close(self) -> None:
        self.wire.close()
        sandbox.down("aws", self.directory)

    def client(self, service: str) -> Any:
        """Past the wire, past paver."""
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=self._profile["aws_access_key_id"],
            aws_secret_access_key=self._profile["aws_secret_access_key"],
        )

    def client_of(self, other: str, service: str) -> Any:
        """As somebody of another account."""
        role = f"arn:aws:iam::{other}:role/somebody"
        keys = self.client("sts").assume_role(RoleArn=role, RoleSessionName="somebody")["Credentials"]
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )

    def environment(self, label: str = "environment", change: Callable[[Document], None] | None = None) -> Environment:
        return Environment(self, label, change)

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Within, nothing that changes anything may go over the wire."""
        self.wire.reset()
        yield
        assert [exchange.operation for exchange in self.wire.exchanges if exchange.mutating] == []

    def counts(self) -> Counts:
        return self.wire.counts()


class Environment:
    """One spec in one account, with its state and its secrets."""

    def __init__(self, account: Account, label: str, change: Callable[[Document], None] | None) -> None:
        self.account = account
        self.id: UUID = uuid4()
        self.file = account.directory / f"{label}.yml"
        self.state = account.directory / f"{label}-state"
        self.document: Document = yaml.safe_load(account.sandbox.spec(account.directory, self.id))
        self.document["secrets"] = f"file:{label}-secrets"
        self.section["config_file"] = "wire-config"
        self.events: list[Event] = []
        self.edit(change)

    @property
    def section(self) -> Document:
        section: Document = self.document["iaas"]["aws"]
        return section

    def edit(self, change: Callable[[Document], None] | None = None) -> None:
        if change is not None:
            change(self.document)
        self.file.write_text(yaml.safe_dump(self.document, sort_keys=False))

    def loaded(self) -> LoadedSpec:
        return load_spec(self.file, iaas="aws", environ={})

    def options(self, **more: Any) -> api.Options:
        return api.Options(state_dir=self.state, **more)

    def pave(self, **more: Any) -> PavedEnvironment:
        self.events.clear()
        return api.pave(self.loaded(), self.options(**more), self.events.append)

    def pave_whatever_preflight_finds(self) -> PavedEnvironment:
        """What the driver itself does about what preflight would have stopped."""
        return api.pave(self.loaded(), self.options(), self.events.append, judge=lambda findings: None)

    def plan(self) -> Plan:
        return api.plan(self.loaded(), self.options())

    def destroy(self, **more: Any) -> Plan:
        self.events.clear()
        return api.destroy(self.loaded(), self.options(**more), self.events.append)
