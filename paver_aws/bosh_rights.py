"""What BOSH's CPI for AWS may do: changes rehearsed with its key, and of the rest what IAM's simulator says.

A rehearsal is EC2's own word on a call that it then does not make. What has none (load balancing, roles, KMS) is asked
of the simulator, with paver's own login, for the CPI may not ask it: findings say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from paver.contract.bosh import Variables
from paver.contract.errors import CallError, Denied
from paver.contract.findings import Cause, Finding, bad, from_error, good, warn
from paver_aws import policies
from paver_aws.api import Api

OWN = "seen with paver's own login, for the CPI may not ask"
GRANT = "paver pave grants it"
AT_ONCE = 8
SEEN = "kms:DescribeKey"
"""What the look at a key has shown already."""
NOWHERE: Mapping[str, str] = {
    "InstanceId": "i-00000000000000000",
    "VolumeId": "vol-00000000000000000",
    "SnapshotId": "snap-00000000000000000",
    "ImageId": "ami-00000000000000000",
    "AllocationId": "eipalloc-00000000000000000",
}
"""Ids that nothing bears: of a rehearsal that must name something."""


@dataclass(frozen=True, slots=True)
class Places:
    """What the CPI's policy is scoped to."""

    image: str
    roles: tuple[str, ...]
    targets: tuple[str, ...]
    keys: tuple[str, ...]


class Rights:
    """What one key may do.

    Args:
        cpi: AWS, with that key.
        own: AWS, as paver's own login sees it.
        user: The ARN of the key's user.
        told: What a director is given.
        places: Where.
    """

    def __init__(self, cpi: Api, own: Api, user: str, told: Variables, places: Places) -> None:
        self._cpi, self._own = cpi, own
        self._user = user
        self._told = told
        self._places = places

    def findings(self) -> Iterator[Finding]:
        """What is rehearsed first, for what EC2 does not decide is asked of the simulator."""
        rehearsals = self._rehearsals()
        sure, unsure, denied = 0, list[str](), list[str]()
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="rehearsals") as pool:
            for action, answer in pool.map(self._rehearsed, rehearsals.items()):
                if answer is None:
                    unsure.append(action)
                elif isinstance(answer, Denied):
                    denied.append(action)
                elif isinstance(answer, CallError):
                    yield from_error("permission", answer)
                else:
                    sure += 1
        for action in denied:
            yield bad("permission", f"{self._user} may not {action}", GRANT, cause=Cause.DENIED)
        if sure:
            what = f"EC2 would let it do {sure} of the {len(rehearsals)} changes that the CPI makes there"
            yield good("permission", what)
        yield from self._simulated(unsure)

    def _rehearsals(self) -> Mapping[str, tuple[str, Mapping[str, Any]]]:
        """By action: the call, and the least that it must name."""
        instance, volume = {"InstanceId": NOWHERE["InstanceId"]}, {"VolumeId": NOWHERE["VolumeId"]}
        machine = {
            "ImageId": self._places.image,
            "InstanceType": "t3.medium",
            "MinCount": 1,
            "MaxCount": 1,
            "KeyName": self._told["default_key_name"],
            "SubnetId": self._told["subnet_id"],
            "SecurityGroupIds": self._told["default_security_groups"],
        }
        image = {"Name": "paver-verify", "RootDeviceName": "/dev/sda1"}
        copied = {"Name": "paver-verify", "SourceImageId": self._places.image, "SourceRegion": self._cpi.region}
        return {
            "ec2:AssociateAddress": ("associate_address", {**instance, "AllocationId": NOWHERE["AllocationId"]}),
            "ec2:AttachVolume": ("attach_volume", {**instance, **volume, "Device": "/dev/sdf"}),
            "ec2:CopyImage": ("copy_image", copied),
            "ec2:CreateSnapshot": ("create_snapshot", volume),
            "ec2:CreateTags": (
                "create_tags",
                {"Resources": [self._told["subnet_id"]], "Tags": [{"Key": "k", "Value": "v"}]},
            ),
            "ec2:CreateVolume": ("create_volume", {"AvailabilityZone": self._told["az"], "Size": 1}),
            "ec2:DeleteSnapshot": ("delete_snapshot", {"SnapshotId": NOWHERE["SnapshotId"]}),
            "ec2:DeleteVolume": ("delete_volume", volume),
            "ec2:DeregisterImage": ("deregister_image", {"ImageId": NOWHERE["ImageId"]}),
            "ec2:DetachVolume": ("detach_volume", volume),
            "ec2:ModifyInstanceAttribute": (
                "modify_instance_attribute",
                {**instance, "SourceDestCheck": {"Value": False}},
            ),
            "ec2:RegisterImage": ("register_image", image),
            "ec2:RunInstances": ("run_instances", machine),
            "ec2:TerminateInstances": ("terminate_instances", {"InstanceIds": [NOWHERE["InstanceId"]]}),
        }

    def _rehearsed(self, one: tuple[str, tuple[str, Mapping[str, Any]]]) -> tuple[str, bool | CallError | None]:
        """The action, and what EC2 said: True, a refusal, or None where it spoke of something else."""
        action, (method, arguments) = one
        try:
            return action, self._cpi.rehearse(method, **arguments) or None
        except CallError as error:
            return action, error

    def _simulated(self, unsure: Iterable[str]) -> Iterator[Finding]:
        """The rest, by resource: policies scope it, and a question about everything would be answered with no."""
        asks: list[tuple[tuple[str, ...], tuple[str, ...]]] = [
            (("iam:PassRole",), self._places.roles),
            (policies.CPI_TARGETS, self._places.targets),
            (tuple(action for action in policies.KMS_VOLUMES if action != SEEN), self._places.keys),
            (tuple(unsure), ("*",)),
        ]
        asks = [(actions, places) for actions, places in asks if actions and places]
        asked: list[str] = []
        refused = False
        for actions, places in asks:
            try:
                answers = [self._decided(actions, place) for place in places]
            except CallError as error:
                named = ", ".join(action for every, _ in asks for action in every)
                yield warn("permission", f"nobody was asked of {named}: {error.message}", OWN)
                return
            asked += actions
            denied = dict.fromkeys(action for answer in answers for action, said in answer.items() if not said)
            for action in denied:
                refused = True
                what = f"{self._user} may not {action}, says IAM's simulator"
                yield bad("permission", what, GRANT, cause=Cause.DENIED)
        if not refused:
            yield good("permission", f"IAM's simulator lets it {', '.join(dict.fromkeys(asked))}; {OWN}")

    def _decided(self, actions: tuple[str, ...], place: str) -> Mapping[str, bool]:
        here = {"ContextKeyName": "aws:RequestedRegion", "ContextKeyValues": [self._own.region]}
        answer = self._own.read(
            "iam",
            "simulate_principal_policy",
            PolicySourceArn=self._user,
            ActionNames=list(actions),
            ResourceArns=[place],
            ContextEntries=[{**here, "ContextKeyType": "string"}],
        )
        return {str(one["EvalActionName"]): one["EvalDecision"] == "allowed" for one in answer["EvaluationResults"]}
