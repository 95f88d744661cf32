"""The jumpbox's SSH host key: from the machine's console, over AWS's own API, and kept as a tag of the machine.

The console forgets it later (EC2 API Reference, GetConsoleOutput), the tag does not.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

from paver.contract.errors import Rejected
from paver.contract.host_keys import host_key
from paver_aws.api import Api

TAG = "paver-host-key"


def noted(tags: Mapping[str, str]) -> str:
    """The key that the tags tell; empty: none."""
    return tags.get(TAG, "")


def said(api: Api, instance: str) -> str | None:
    """The key that the machine printed, `ssh-ed25519 AAAA…`; None: it has not, so far."""
    return host_key(_console(api, instance))


def _console(api: Api, instance: str) -> str:
    # Only machines on Nitro tell what they print now; any other what it printed a while ago (the same reference).
    try:
        answer = api.read("ec2", "get_console_output", about=instance, InstanceId=instance, Latest=True)
    except Rejected:
        answer = api.read("ec2", "get_console_output", about=instance, InstanceId=instance)
    return _text(str(answer.get("Output") or ""))


def _text(output: str) -> str:
    """boto3 decodes the output; what it could not decode it leaves as it came."""
    if "-----" in output or " " in output:
        return output
    return base64.b64decode(output, validate=False).decode("utf-8", "replace")
