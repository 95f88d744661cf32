"""The jumpbox: the machine that the environment is worked on from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address
from typing import Any, ClassVar, cast

from pydantic import JsonValue

from paver.contract.answers import changed, later, pending, waiting
from paver.contract.errors import NotFound, Rejected, Transient
from paver.contract.layout import assigned, jumpbox_network, jumpbox_zone
from paver.contract.resource import Answer, Attempt, Done, Key, Observed, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_aws import host_key, marks, places, rules
from paver_aws.api import Api, Record
from paver_aws.listing import Look
from paver_aws.resources.address import NOUN as ADDRESS
from paver_aws.resources.address import address_key
from paver_aws.resources.instance_profile import NOUN as PROFILE
from paver_aws.resources.instance_profile import profile_key
from paver_aws.resources.internet_gateway import behind
from paver_aws.resources.key_pair import key_pair_key
from paver_aws.resources.noun import Ec2Kind, Tagged
from paver_aws.resources.role import JUMPBOX
from paver_aws.resources.subnet import subnet_key
from paver_aws.settings import AwsJumpbox, AwsSettings

NOUN = "instance"
DISK = "_disk"
"""Where a record keeps its volume's."""
IMAGE = "paver-image"
"""The tag that says how the image was chosen: a newer one that fits as well is no reason to make the machine anew."""


class Instance(Tagged):
    """A machine at a fixed address, with an encrypted disk, that tells its credentials to nobody without a token."""

    image: str
    """An image's id, or `OWNER/PATTERN`: the newest that fits."""
    instance_type: str
    disk_gib: int
    subnet: Value
    address: IPv4Address
    group: Value
    key_name: Value
    profile: Value
    public_address: Value | None = None
    """The allocation of an elastic address."""
    running: bool = True
    metadata_tokens: str = "required"
    encrypted: bool = True


class InstanceKind(Ec2Kind[Instance]):
    """`instance/jumpbox`."""

    noun = NOUN
    resource = "instance"
    described = ("describe_instances", "Reservations")
    identifier = "InstanceId"
    replace: ClassVar[frozenset[str]] = frozenset(
        {"image", "instance_type", "disk_gib", "encrypted", "subnet", "address", "key_name", "profile"}
    )
    deadline: ClassVar[float] = 900.0

    def create(self, want: Instance, attempt: Attempt) -> Answer:
        """Launch it from the newest image that fits."""
        image = find_image(self.api, want.image)
        tags = {**marks.tags(attempt.owner, want.key, want.name, want.tags), IMAGE: want.image}
        disk = {
            "VolumeSize": want.disk_gib,
            "VolumeType": "gp3",
            "Encrypted": want.encrypted,
            "DeleteOnTermination": True,
        }
        try:
            made = self.api.change(
                "ec2",
                "run_instances",
                about=want.name,
                ImageId=image["ImageId"],
                InstanceType=want.instance_type,
                MinCount=1,
                MaxCount=1,
                SubnetId=want.subnet,
                PrivateIpAddress=str(want.address),
                SecurityGroupIds=[want.group],
                KeyName=want.key_name,
                IamInstanceProfile={"Arn": want.profile},
                MetadataOptions={"HttpTokens": "required", "HttpEndpoint": "enabled", "HttpPutResponseHopLimit": 1},
                BlockDeviceMappings=[{"DeviceName": image["RootDeviceName"], "Ebs": disk}],
                ClientToken=str(attempt.token),
                TagSpecifications=marks.specifications("instance", "volume", "network-interface", of=tags),
            )
        except Rejected as error:
            # IAM is eventually consistent, and EC2 may not know a profile that was made a moment ago.
            if "iaminstanceprofile" in error.message.lower().replace(" ", "").replace(".", ""):
                raise Transient(error.message) from error
            raise
        return later("pending", id=made["Instances"][0]["InstanceId"])

    def advance(self, want: Instance | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """One look, then its public address, then its host key."""
        id_ = str(cast("dict[str, JsonValue]", ticket)["id"])
        record = self._now(id_)
        state = "terminated" if record is None else record["State"]["Name"]
        if want is None or state in {"shutting-down", "terminated"}:
            if state != "terminated":
                return later("going", ticket, id=id_)
            if want is None:
                return Done(have=None)
            raise Rejected(f"{id_} ended: {(record or {}).get('StateReason', {}).get('Message', 'no reason given')}")
        if state != "running":
            return later(str(state), ticket, id=id_)
        found = cast("dict[str, Any]", ticket)
        if want.public_address is not None and not found.get("reached"):
            arguments = {"AllocationId": want.public_address, "InstanceId": id_, "AllowReassociation": False}
            self.api.change("ec2", "associate_address", about=id_, **arguments)
            return waiting("its host key comes next", 0.0, id=id_, reached=True)
        record = cast("Record", record)
        disk = {"Size": want.disk_gib, "Encrypted": want.encrypted}
        if host_key.noted(self.tags_of(record)):
            return Done(have=self._seen({**record, DISK: disk}, want.key, attempt.owner, self._reached(want), ()))
        return self._know(id_, found)

    def _know(self, id_: str, ticket: dict[str, Any]) -> Answer:
        """Note the host key on the machine, once it has said it."""
        key = host_key.said(self.api, id_)
        if key is None:
            return later("its host key is not on its console yet", ticket, id=id_, reached=ticket.get("reached", True))
        tags = [{"Key": host_key.TAG, "Value": key}]
        self.api.change("ec2", "create_tags", about=id_, Resources=[id_], Tags=tags)
        return waiting("its host key is known", 0.0, id=id_, reached=True)

    def _reached(self, want: Instance) -> str | None:
        return None if want.public_address is None else str(want.public_address)

    def change(self, have: Observed, want: Instance, field: str, attempt: Attempt) -> Answer:
        """Its public address, its group, that it runs, how it answers about itself."""
        match field:
            case "public_address" if want.public_address is not None:
                arguments = {"AllocationId": want.public_address, "InstanceId": have.id, "AllowReassociation": False}
                self.api.change("ec2", "associate_address", about=have.id, **arguments)
                moved = changed(have, public_address=str(want.public_address))
                seen = cast("Observed", moved.have)
                return Done(have=seen.model_copy(update={"needs": (*seen.needs, str(want.public_address))}))
            case "group":
                groups = {"InstanceId": have.id, "Groups": [want.group]}
                self.api.change("ec2", "modify_instance_attribute", about=have.id, **groups)
                return changed(have, group=str(want.group))
            case "running":
                self.api.change("ec2", "start_instances", about=have.id, InstanceIds=[have.id])
                return later("starting", id=have.id, reached=True)
            case "metadata_tokens":
                tokens = {"InstanceId": have.id, "HttpTokens": want.metadata_tokens, "HttpEndpoint": "enabled"}
                self.api.change("ec2", "modify_instance_metadata_options", about=have.id, **tokens)
                return changed(have, metadata_tokens=want.metadata_tokens)
        return super().change(have, want, field, attempt)

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """End it; its disk goes with it."""
        self.remove("ec2", "terminate_instances", have, InstanceIds=[have.id])
        return later("going", id=have.id)

    def records(self, look: Look) -> Iterator[tuple[Key, Record]]:
        """By tag: instances come in reservations, and tell little of their disks."""
        filters = [
            {"Name": "tag:paver-owner", "Values": [str(look.owner.id)]},
            {"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped", "shutting-down"]},
        ]
        questions = (
            ("describe_instances", "Reservations", filters),
            ("describe_volumes", "Volumes", filters[:1]),
        )
        reservations, volumes = look.each(lambda one: look.pages("ec2", one[0], one[1], Filters=one[2]), questions)
        disks = {one["InstanceId"]: volume for volume in volumes for one in volume.get("Attachments", ())}
        for record in (record for reservation in reservations for record in reservation["Instances"]):
            key = marks.claim(self.tags_of(record), look.owner, NOUN)
            if key is None:
                look.pass_by()
            else:
                yield key, {**record, DISK: disks.get(record["InstanceId"], {})}

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With its public address; the internet gateway cannot go before that does."""
        addresses = [found for _, found in look.claimed(ADDRESS)] if look is not None else []
        mine = [found for found in addresses if found.get("InstanceId") == record["InstanceId"]]
        public = str(mine[0]["AllocationId"]) if mine else None
        profiles = look.claimed(PROFILE) if look is not None else []
        arn = record.get("IamInstanceProfile", {}).get("Arn")
        profile = tuple(str(found["InstanceProfileId"]) for _, found in profiles if found["Arn"] == arn)
        seen = self._seen(record, key, owner, public, (*profile, *(behind(look) if public else ())))
        state, known = record["State"]["Name"], host_key.noted(self.tags_of(record))
        if state in {"pending", "stopping", "shutting-down"} or (state == "running" and not known):
            return pending(seen, {"id": seen.id, "reached": public is not None})
        return seen

    def _seen(self, record: Record, key: Key, owner: Owner, public: str | None, more: tuple[str, ...]) -> Observed:
        tags = self.tags_of(record)
        like = Instance(
            key=key,
            name=marks.implied(owner.name, key),
            image=tags.get(IMAGE) or str(record["ImageId"]),
            instance_type=record["InstanceType"],
            disk_gib=record[DISK].get("Size", 0),
            subnet=record.get("SubnetId", ""),
            address=record.get("PrivateIpAddress", "0.0.0.0"),  # noqa: S104  no address at all
            group=next((group["GroupId"] for group in record.get("SecurityGroups", ())), ""),
            key_name=record.get("KeyName", ""),
            profile=record.get("IamInstanceProfile", {}).get("Arn", ""),
            public_address=public,
            running=record["State"]["Name"] in {"pending", "running"},
            metadata_tokens=record.get("MetadataOptions", {}).get("HttpTokens", ""),
            encrypted=record[DISK].get("Encrypted", False),
            tags=marks.labels(tags),
        )
        needs = (like.subnet, like.group, *([public] if public else ()), *more)
        outputs: Mapping[str, Any] = {
            "private_ip": str(like.address),
            "image_id": record["ImageId"],
            "host_key": host_key.noted(tags),
        }
        return self.seen(
            like, record["InstanceId"], owner, needs=tuple(str(need) for need in needs if need), outputs=outputs
        )

    def _now(self, id_: str) -> Record | None:
        try:
            found = self.api.read("ec2", "describe_instances", about=id_, InstanceIds=[id_])["Reservations"]
        except NotFound:
            return None
        return next((record for reservation in found for record in reservation["Instances"]), None)


def find_image(api: Api, rule: str) -> Record:
    """An image by its id, or the newest of an owner's whose name fits. Raises Rejected where there is none."""
    owner, slash, pattern = rule.partition("/")
    if slash:
        named = [{"Name": "name", "Values": [pattern]}, {"Name": "state", "Values": ["available"]}]
        found = api.pages("ec2", "describe_images", "Images", Owners=[owner], Filters=named)
    else:
        found = api.pages("ec2", "describe_images", "Images", Filters=[{"Name": "image-id", "Values": [rule]}])
    if not found:
        raise Rejected(f"there is no image {rule} in {api.region}", hint="name one: iaas.aws.jumpbox.ami")
    return max(found, key=lambda image: str(image.get("CreationDate", "")))


def image_rule(jumpbox: AwsJumpbox) -> str:
    """How an image is chosen."""
    return jumpbox.ami or f"{jumpbox.owner}/{jumpbox.pattern}"


def jumpbox_key() -> Key:
    """The jumpbox's key."""
    return places.key(NOUN, "jumpbox")


def wanted(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[Instance]:
    """One, unless it is there already."""
    if spec.jumpbox.existing:
        return
    network = jumpbox_network(spec)
    zone = jumpbox_zone(spec)
    yield Instance(
        key=jumpbox_key(),
        name=places.native(spec, "jumpbox"),
        image=image_rule(settings.jumpbox),
        instance_type=settings.jumpbox.instance_type,
        disk_gib=settings.jumpbox.disk_gib,
        subnet=ref(subnet_key(network, zone)),
        address=assigned(spec, network)["jumpbox"],
        group=ref(rules.group_key(rules.JUMPBOX)),
        key_name=ref(key_pair_key(spec), "name"),
        profile=ref(profile_key(JUMPBOX), "arn"),
        public_address=ref(address_key("jumpbox")) if spec.jumpbox.public else None,
        after=(places.gateway_key(spec),) if spec.jumpbox.public else (),
        note=str(assigned(spec, network)["jumpbox"]),
    )
