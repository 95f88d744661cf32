"""An account for one test: started here, ended by its process id, and refusing keys that nobody made, as AWS does."""

from __future__ import annotations

import configparser
import json
import urllib.request
from pathlib import Path
from typing import Any

from paver.contract import stage
from paver_aws.sandbox.census import Client, Clients
from paver_aws.sandbox.emulator import CONFIG, PROFILE, AwsSandbox
from paver_aws.sandbox.example import REGION

IDLE = 600.0
ELSEWHERE = "210987654321"
EVERYTHING = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
ADMINISTRATOR = "administrator"


class Stage(stage.Stage):
    """A running sandbox, with an administrator's key.

    Args:
        directory: Where its files go; empty.
    """

    def __init__(self, directory: Path) -> None:
        self.sandbox = AwsSandbox(idle=IDLE)
        super().__init__(self.sandbox, directory)
        self.url = str(self.ready["url"])
        found = configparser.ConfigParser()
        found.read(directory / CONFIG)
        root = found[f"profile {PROFILE}"]
        furnisher = clients(self.url, {name: root[name] for name in ("aws_access_key_id", "aws_secret_access_key")})
        self.keys = principal(furnisher, ADMINISTRATOR)
        self.elsewhere = self._other_account(furnisher)
        self._enforce()
        self.client = clients(self.url, self.keys)

    def _other_account(self, client: Clients) -> dict[str, str]:
        """Credentials of another account, in which they may do everything."""
        role = f"arn:aws:iam::{ELSEWHERE}:role/elsewhere"
        found = client("sts").assume_role(RoleArn=role, RoleSessionName="elsewhere")["Credentials"]
        keys = {
            "aws_access_key_id": found["AccessKeyId"],
            "aws_secret_access_key": found["SecretAccessKey"],
            "aws_session_token": found["SessionToken"],
        }
        iam = clients(self.url, keys)("iam")
        iam.create_role(RoleName="elsewhere", AssumeRolePolicyDocument=EVERYTHING)
        iam.put_role_policy(RoleName="elsewhere", PolicyName="everything", PolicyDocument=EVERYTHING)
        return keys

    def _enforce(self) -> None:
        """From now on who calls is looked up, and what they may do (moto's guide, "IAM-like access control")."""
        request = urllib.request.Request(  # noqa: S310  the sandbox's own address
            f"{self.url}/moto-api/reset-auth", data=b"0", headers={"Content-Type": "text/plain"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=self.start):  # noqa: S310  the same
            pass


def clients(url: str, keys: dict[str, str]) -> Clients:
    """Clients of boto3, each made once.

    Args:
        url: The sandbox's.
        keys: As boto3's own arguments.
    """
    import boto3  # noqa: PLC0415  only the sandbox's own tests need it here

    made: dict[str, Client] = {}

    def client(service: str) -> Any:
        if service not in made:
            made[service] = boto3.client(service, region_name=REGION, endpoint_url=url, **keys)
        return made[service]

    return client


def principal(client: Clients, name: str, policy: str = EVERYTHING) -> dict[str, str]:
    """A user with one policy, and the key that it is known by."""
    iam = client("iam")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="stage", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
