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
from paver_azure.api import Api
from paver_azure.bosh import AzureBosh
from paver_azure.environment import describe
from paver_azure.permissions import role
from paver_azure.preflight import preflight
from paver_azure.section import section_problems
from paver_azure.session import AzureSession
from paver_azure.settings import AzureSettings
from paver_azure.wanted import resources

_TEMPLATE = """\
azure:
  tenant:          # FILL IN: the directory's id (az account show --query tenantId)
  subscription:    # FILL IN: the subscription's id; any other is refused
  location:        # FILL IN: like westeurope
  # client:        # an application that paves, with client_secret: env:NAME; default: DefaultAzureCredential
  # cloud: AzureUSGovernment, AzureChinaCloud or AzureStack; the last wants endpoint, authority and ca
  locks: false     # locks against deletion on network, storage account and public addresses
  zones:           # FILL IN: "1", "2", "3"; leave it out where the location has none
"""


class AzureDriver(Driver[AzureSettings]):
    """`--iaas azure`: one location of one subscription."""

    name = "azure"
    sdk = "azure-mgmt-network"
    settings = AzureSettings
    parallelism = 8
    capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability) - {Capability.ADOPT_DATASTORE}

    def resources(self, spec: EnvironmentSpec, settings: AzureSettings) -> Sequence[Desired]:
        """All nouns' wants."""
        return resources(spec, settings)

    def connect(self, settings: AzureSettings, secrets: Secrets, owner: Owner) -> Session:
        """The subscription's session. Nothing is sent before it is used."""
        return AzureSession(_api(settings, secrets))

    def describe(
        self, spec: EnvironmentSpec, settings: AzureSettings, seen: Inventory, identity: Mapping[str, str]
    ) -> Description:
        """The document's part."""
        return describe(spec, settings, seen, identity)

    def problems(self, spec: EnvironmentSpec, settings: AzureSettings) -> Iterable[Problem]:
        """Where section and spec do not fit together."""
        return section_problems(spec, settings)

    def target(self, settings: AzureSettings) -> Mapping[str, str]:
        """The subscription and its directory."""
        return {"subscription": str(settings.subscription), "tenant": str(settings.tenant)}

    def location(self, settings: AzureSettings) -> str:
        """The subscription and the location."""
        return f"subscription {settings.subscription}, {settings.location}"

    def preflight(self, spec: EnvironmentSpec, settings: AzureSettings, secrets: Secrets) -> Sequence[Finding]:
        """Everything that would fail later."""
        api = _api(settings, secrets)
        try:
            return tuple(preflight(api, spec))
        finally:
            api.close()

    def permissions(self, spec: EnvironmentSpec, settings: AzureSettings) -> JsonValue:
        """A custom role."""
        return role(spec, settings)

    def template(self, zones: Sequence[str]) -> str:
        """The section, commented."""
        return _TEMPLATE + "".join(f'    {zone}: "{zone[1:]}"\n' for zone in zones)

    def bosh(self) -> Bosh:
        """Its CPI's words."""
        return AzureBosh()

    def sandbox(self) -> Sandbox:
        """An emulator on loopback."""
        from paver_azure.sandbox import AzureSandbox  # noqa: PLC0415  whoever paves a real one needs none

        return AzureSandbox()


def _api(settings: AzureSettings, secrets: Secrets) -> Api:
    named = settings.client_secret
    return Api(settings, None if named is None else lambda: secrets.given(named))
