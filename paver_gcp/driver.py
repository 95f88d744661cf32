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
from paver_gcp.api import Api
from paver_gcp.bosh import GcpBosh
from paver_gcp.environment import describe
from paver_gcp.permissions import role
from paver_gcp.preflight import preflight
from paver_gcp.section import section_problems
from paver_gcp.session import GcpSession
from paver_gcp.settings import GcpSettings
from paver_gcp.wanted import resources

_TEMPLATE = """\
gcp:
  project:         # FILL IN: the project's id, not its number
  region:          # FILL IN: like europe-west1
  # credentials_file:  # default: GOOGLE_APPLICATION_CREDENTIALS, else Google's own chain
  zones:           # FILL IN: the region's zones
"""


class GcpDriver(Driver[GcpSettings]):
    """`--iaas gcp`: one region of one project."""

    name = "gcp"
    sdk = "google-auth"
    settings = GcpSettings
    capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability) - {Capability.ADOPT_DATASTORE}
    shows: ClassVar[frozenset[str]] = frozenset({"service-account-key"})

    def resources(self, spec: EnvironmentSpec, settings: GcpSettings) -> Sequence[Desired]:
        """All nouns' wants."""
        return resources(spec, settings)

    def connect(self, settings: GcpSettings, secrets: Secrets, owner: Owner) -> Session:
        """The project's session. Nothing is sent before it is used."""
        return GcpSession(Api(settings))

    def describe(
        self, spec: EnvironmentSpec, settings: GcpSettings, seen: Inventory, identity: Mapping[str, str]
    ) -> Description:
        """The document's part."""
        return describe(spec, settings, seen, identity)

    def problems(self, spec: EnvironmentSpec, settings: GcpSettings) -> Iterable[Problem]:
        """Where section and spec do not fit together."""
        return section_problems(spec, settings)

    def location(self, settings: GcpSettings) -> str:
        """The project and the region."""
        return f"project {settings.project}, {settings.region}"

    def preflight(self, spec: EnvironmentSpec, settings: GcpSettings, secrets: Secrets) -> Sequence[Finding]:
        """Asks the project."""
        return preflight(spec, settings)

    def permissions(self, spec: EnvironmentSpec, settings: GcpSettings) -> JsonValue:
        """A custom role, as `gcloud iam roles create --file` takes it."""
        return role(spec, settings)

    def template(self, zones: Sequence[str]) -> str:
        """The section, commented."""
        letters = "bcdf"
        return _TEMPLATE + "".join(
            f"    {zone}: # FILL IN: like europe-west1-{letters[int(zone[1:]) - 1]}\n" for zone in zones
        )

    def bosh(self) -> Bosh:
        """Google's CPI."""
        return GcpBosh()

    def sandbox(self) -> Sandbox:
        """An emulator on loopback."""
        from paver_gcp.sandbox import GcpSandbox  # noqa: PLC0415  whoever paves a real project needs none

        return GcpSandbox()
