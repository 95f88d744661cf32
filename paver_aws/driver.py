"""The driver. It loads no SDK: a session does, with its first call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from pydantic import JsonValue

from paver.contract.bosh import Bosh
from paver.contract.capabilities import Capability
from paver.contract.driver import Description, Driver, Finding, Sandbox, Secrets, Session
from paver.contract.resource import Desired, Inventory
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner, Problem
from paver_aws.api import Api
from paver_aws.bosh import AwsBosh
from paver_aws.environment import describe
from paver_aws.permissions import policy
from paver_aws.preflight import preflight
from paver_aws.section import section_problems
from paver_aws.session import AwsSession
from paver_aws.settings import AwsSettings
from paver_aws.wanted import resources

_TEMPLATE = """\
aws:
  region:          # FILL IN: like eu-west-1
  # account: ""    # any other account is refused
  # profile:       # of AWS's own configuration; default: AWS_PROFILE, else boto3's chain
  nat_gateways: one-a-zone  # or one, for all zones
  endpoints: []    # services to reach without leaving the VPC: s3, ec2, elasticloadbalancing, sts, kms
  zones:           # FILL IN: the region's availability zones
"""


class AwsDriver(Driver[AwsSettings]):
    """`--iaas aws`: one region of one account."""

    name = "aws"
    sdk = "boto3"
    settings = AwsSettings
    capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability) - {Capability.ADOPT_DATASTORE}
    shows: ClassVar[frozenset[str]] = frozenset({"access-key"})

    def resources(self, spec: EnvironmentSpec, settings: AwsSettings) -> Sequence[Desired]:
        """All nouns' wants."""
        return resources(spec, settings)

    def connect(self, settings: AwsSettings, secrets: Secrets, owner: Owner) -> Session:
        """The account's session. Nothing is sent before it is used."""
        return AwsSession(Api(settings))

    def describe(
        self, spec: EnvironmentSpec, settings: AwsSettings, seen: Inventory, identity: Mapping[str, str]
    ) -> Description:
        """The document's part."""
        return describe(spec, settings, seen, identity)

    def problems(self, spec: EnvironmentSpec, settings: AwsSettings) -> Iterable[Problem]:
        """Where section and spec do not fit together."""
        return section_problems(spec, settings)

    def target(self, settings: AwsSettings) -> Mapping[str, str]:
        """The account, where the section demands one."""
        return {"account": settings.account} if settings.account else {}

    def location(self, settings: AwsSettings) -> str:
        """The account and the region."""
        return f"account {settings.account}, {settings.region}" if settings.account else settings.region

    def preflight(self, spec: EnvironmentSpec, settings: AwsSettings, secrets: Secrets) -> Sequence[Finding]:
        """Asks the account."""
        return preflight(spec, settings)

    def permissions(self, spec: EnvironmentSpec, settings: AwsSettings) -> JsonValue:
        """An IAM policy."""
        return policy(spec, settings)

    def template(self, zones: Sequence[str]) -> str:
        """The section, commented."""
        return _TEMPLATE + "".join(f"    {zone}: # FILL IN: like eu-west-1{zone[1:]}\n" for zone in zones)

    def bosh(self) -> Bosh:
        """Its CPI's words."""
        return AwsBosh()

    def sandbox(self) -> Sandbox:
        """An emulator on loopback."""
        from paver_aws.sandbox import AwsSandbox  # noqa: PLC0415  whoever paves a real account needs none

        return AwsSandbox()
