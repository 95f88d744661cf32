"""Who calls, and whether the region, its zones, the machine's type and its image are there."""

from __future__ import annotations

from collections.abc import Iterator

from paver.contract.driver import Cause, Finding
from paver.contract.errors import OutcomeUnknown, Rejected, Transient
from paver.contract.findings import bad, good
from paver.contract.layout import jumpbox_zone
from paver.contract.spec import EnvironmentSpec
from paver_aws.api import Api
from paver_aws.resources.instance import find_image, image_rule
from paver_aws.section import SECTION
from paver_aws.settings import AwsSettings


def identity(api: Api, settings: AwsSettings) -> Iterator[Finding]:
    """Which account answers, and as whom."""
    who = api.identity
    if settings.account and who["Account"] != settings.account:
        what = f"the credentials are of account {who['Account']}, and the spec wants {settings.account}"
        yield bad("identity", what, "choose another profile", (*SECTION, "account"), Cause.TRUST)
    else:
        yield good("identity", f"account {who['Account']}, as {who['Arn']}")


def region(api: Api, settings: AwsSettings) -> Iterator[Finding]:
    """Whether the region is one: a name that is wrong looks like a line that is dead."""
    at = (*SECTION, "region")
    named = [{"Name": "region-name", "Values": [settings.region]}]
    try:
        found = api.pages("ec2", "describe_regions", "Regions", Filters=named)
    except (Transient, OutcomeUnknown) as error:
        if api.familiar:
            raise
        what = f"boto3 knows no region {settings.region}, and nothing answers there: {error.message}"
        yield bad("region", what, "correct it; for a region that is new, a newer boto3", at)
        return
    if found:
        yield good("region", f"{settings.region} answers")
    else:
        yield bad("region", f"AWS has no region {settings.region} for this account", path=at)


def zones(api: Api, spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[Finding]:
    """Whether each zone of the section is there and open."""
    found = api.pages("ec2", "describe_availability_zones", "AvailabilityZones")
    there = {zone["ZoneName"]: zone.get("State", "available") for zone in found}
    asked = {name: settings.zones[name] for name in spec.zones}
    wrong = {name: zone for name, zone in asked.items() if there.get(zone) != "available"}
    for name, zone in wrong.items():
        state = there.get(zone)
        what = f"{zone} is {state}" if state else f"{settings.region} has no zone {zone} for this account"
        yield bad("zones", what, f"it has {', '.join(sorted(there))}", (*SECTION, "zones", name))
    if not wrong:
        yield good("zones", f"{', '.join(sorted(asked.values()))}")


def machine(api: Api, spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[Finding]:
    """Whether the jumpbox's type is offered in its zone, and whether there is an image that fits."""
    if spec.jumpbox.existing:
        return
    kind = settings.jumpbox.instance_type
    zone = settings.zones[jumpbox_zone(spec)]
    named = [{"Name": "instance-type", "Values": [kind]}]
    offered = api.pages(
        "ec2",
        "describe_instance_type_offerings",
        "InstanceTypeOfferings",
        LocationType="availability-zone",
        Filters=named,
    )
    at = (*SECTION, "jumpbox", "instance_type")
    elsewhere = sorted(one["Location"] for one in offered)
    if zone in elsewhere:
        yield good("capacity", f"{kind} is offered in {zone}")
    else:
        hint = f"it is in {', '.join(elsewhere)}" if elsewhere else "name a type that the region has"
        yield bad("capacity", f"{kind} is not offered in {zone}", hint, at)
    rule = image_rule(settings.jumpbox)
    try:
        yield good("image", f"{find_image(api, rule)['ImageId']} fits {rule}")
    except Rejected as error:
        yield bad("image", error.message, error.hint, (*SECTION, "jumpbox"))
