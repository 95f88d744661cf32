"""Where the public and the sovereign clouds answer. No SDK, no call."""

from __future__ import annotations

from typing import Literal, NamedTuple

CloudName = Literal["AzureCloud", "AzureUSGovernment", "AzureChinaCloud", "AzureStack"]
"""As BOSH's CPI spells them (`environment`)."""


class Cloud(NamedTuple):
    """A cloud's own endpoints. An Azure Stack has none that anybody could know beforehand."""

    manager: str
    """The resource manager."""
    authority: str
    """Where tokens come from."""
    storage: str
    """The audience of tokens for blobs; the same in every cloud (Microsoft Learn, "Authorize access to blobs")."""


CLOUDS = {
    "AzureCloud": Cloud(
        "https://management.azure.com", "https://login.microsoftonline.com", "https://storage.azure.com"
    ),
    "AzureUSGovernment": Cloud(
        "https://management.usgovcloudapi.net", "https://login.microsoftonline.us", "https://storage.azure.com"
    ),
    "AzureChinaCloud": Cloud(
        "https://management.chinacloudapi.cn", "https://login.chinacloudapi.cn", "https://storage.azure.com"
    ),
}
