"""An emulated account that enforces IAM: whoever is not allowed an action is denied it."""

from __future__ import annotations

import configparser
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import requests
from accounts import Account, Document, Environment

ADMIN, PAVER = "the-admin", "the-paver"
CONFIG = "enforced-config"


class EnforcedAccount(Account):
    """Two users: one who may do everything and is the tests' own, and one who may do what a test grants.

    moto looks at actions, neither at resources nor at conditions; where a statement has a condition, it denies. So what
    is granted are the actions of a policy, everywhere.

    Args:
        directory: Where the emulator's files go.
    """

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        admin, paver = self._user(ADMIN), self._user(PAVER)
        config = configparser.ConfigParser()
        config.read(self.directory / "wire-config")
        for profile in config.sections():
            config[profile].update(paver)
        with (self.directory / CONFIG).open("w") as file:
            config.write(file)
        self._profile.update(admin)
        self._put(ADMIN, ["*"])
        self.grant([])
        requests.post(f"{self.url}/moto-api/reset-auth", b"0", headers={"Content-Type": "text/plain"}, timeout=10)

    def grant(self, actions: Iterable[str]) -> None:
        """Let paver do these, and nothing else."""
        self._put(PAVER, sorted(actions) or ["none:None"])

    def restricted(self, label: str, change: Any = None) -> Environment:
        """An environment that is paved by the one who may do what is granted."""

        def as_paver(document: Document) -> None:
            document["iaas"]["aws"]["config_file"] = CONFIG
            if change is not None:
                change(document)

        return self.environment(label, as_paver)

    def _user(self, name: str) -> dict[str, str]:
        iam = self.client("iam")
        iam.create_user(UserName=name)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}

    def _put(self, name: str, actions: list[str]) -> None:
        statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.client("iam").put_user_policy(UserName=name, PolicyName="granted", PolicyDocument=document)


def actions_of(policy: Any) -> set[str]:
    """All that a policy document allows."""
    return {action for statement in policy["Statement"] for action in statement["Action"]}
