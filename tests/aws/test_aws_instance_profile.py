"""A profile goes in two calls: what a listing that lags says of the first is no reason to leave it."""

from __future__ import annotations

import uuid
from typing import Any, cast

import pytest
from accounts import Account

from paver.contract.errors import NotFound
from paver.contract.resource import Attempt, Observed, Proof, Waiting
from paver.contract.types import Owner
from paver_aws.api import Api
from paver_aws.resources.instance_profile import InstanceProfileKind, profile_key


class Gone:
    """IAM, in which the role is out of the profile already."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def remove(self, service: str, method: str, *, about: str = "", **arguments: Any) -> dict[str, Any]:
        self.sent.append(method)
        if method.startswith("remove_role"):
            raise NotFound("NoSuchEntity")
        return {}


def test_a_role_that_is_out_already_does_not_keep_its_profile() -> None:
    iam, owner = Gone(), Owner(id=uuid.uuid4(), name="sandbox")
    kind, key = InstanceProfileKind(cast("Api", iam)), profile_key("director")
    have = Observed(
        kind="instance-profile",
        id="AIPA",
        key=key,
        owner=owner.id,
        proof=Proof.NAME,
        actual={"role": "AROA", "role_name": "sandbox-director"},
        outputs={"name": "sandbox-director", "arn": "arn:aws:iam::1:instance-profile/sandbox-director"},
        needs=("AROA",),
    )
    attempt = Attempt(owner=owner, key=key, name="sandbox-director", token=uuid.uuid4())
    answer = kind.delete(have, attempt)
    assert isinstance(answer, Waiting)
    kind.advance(None, answer.ticket, attempt)
    assert iam.sent == ["remove_role_from_instance_profile", "delete_instance_profile"]


def test_the_emulator_says_of_a_role_that_is_in_no_profile_what_iam_says(account: Account) -> None:
    iam = account.client("iam")
    iam.create_role(RoleName="role", AssumeRolePolicyDocument="{}")
    iam.create_instance_profile(InstanceProfileName="profile")
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.remove_role_from_instance_profile(InstanceProfileName="profile", RoleName="role")
    iam.add_role_to_instance_profile(InstanceProfileName="profile", RoleName="role")
    iam.remove_role_from_instance_profile(InstanceProfileName="profile", RoleName="role")
    assert iam.get_instance_profile(InstanceProfileName="profile")["InstanceProfile"]["Roles"] == []
