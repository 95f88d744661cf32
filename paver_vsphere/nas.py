"""An NFS export as vSphere writes it: server, path, protocol."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from paver_vsphere.sdk import vim

PROTOCOLS: Mapping[str, str] = MappingProxyType({"3": "NFS", "4.1": "NFS41"})
"""An NFS version to the type of a volume."""


class Export(NamedTuple):
    """What is mounted; empty where nothing is."""

    server: str = ""
    path: str = ""
    protocol: str = ""

    @classmethod
    def of(cls, info: object) -> Export:
        """The export behind a datastore, by its `info`."""
        nas = getattr(info, "nas", None)
        return cls(str(nas.remoteHost), str(nas.remotePath), str(nas.type)) if nas else cls()

    def __str__(self) -> str:
        return f"{self.server}:{self.path}"

    def volume(self, name: str) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
        """What mounts it under a name."""
        # Version 4.1 may reach a server at several addresses, and takes the list even where there is one.
        more = {"remoteHostNames": [self.server], "securityType": "AUTH_SYS"} if self.protocol == "NFS41" else {}
        return vim().host.NasVolume.Specification(
            remoteHost=self.server,
            remotePath=self.path,
            localPath=name,
            accessMode="readWrite",
            type=self.protocol,
            **more,
        )
