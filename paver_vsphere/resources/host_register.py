"""The register on the first ESXi host: `.paver/<owner id>.json` on its first datastore, for what can bear no mark."""

from __future__ import annotations

from typing import Literal

from paver.contract.resource import Desired, Key

KIND = "host-register"
KEY = Key(kind=KIND, name="esxi")


class HostRegister(Desired):
    """Wanted: the file in which the things of this environment on a bare ESXi host are noted before they are made."""

    key: Key = KEY
    form: Literal[1] = 1
    """The form of the file; a later one is written over it in place."""
