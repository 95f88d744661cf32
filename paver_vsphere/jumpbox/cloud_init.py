"""What the guest is told at its first boot, and how it tells its SSH host key.

cloud-init reads it from the VM's own settings (cloud-init, "Datasources: VMware", `guestinfo.metadata` and
`guestinfo.userdata`), at every boot again, so that it stays there: nothing of it is secret. The guest makes its host
key by itself and tells the public half through VMware Tools. Whoever connects first then trusts what the vCenter says,
and nothing that the network says.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping

from paver_vsphere.jumpbox.wanted import Machine

TOLD = "guestinfo.paver-host-key"
"""Where the guest tells it. It may write another one at any time, so that the first one counts."""

_KEY = re.compile(r"(ssh-ed25519 [A-Za-z0-9+/]{40,180}={0,2})( .*)?")
_TELL = f'vmtoolsd --cmd "info-set {TOLD} $(cat /etc/ssh/ssh_host_ed25519_key.pub)"'


def guest_data(want: Machine, instance: str, card: str) -> Mapping[str, str]:
    """The settings that cloud-init reads.

    Args:
        want: The machine.
        instance: What tells this machine from another one under its name: a new one makes cloud-init begin anew.
        card: The hardware address of its network card; empty where the vCenter has given it none so far.
    """
    found: dict[str, str] = {}
    for name, text in (("metadata", _metadata(want, instance, card)), ("userdata", _user_data(want))):
        found |= {f"guestinfo.{name}": b64encode(text.encode()).decode(), f"guestinfo.{name}.encoding": "base64"}
    return found


def told_host_key(options: Mapping[str, str]) -> str | None:
    """The key that the guest told, `ssh-ed25519 AAAA…`; None: it has not, so far."""
    match = _KEY.fullmatch(options.get(TOLD, "").strip())
    return match[1] if match else None


def _metadata(want: Machine, instance: str, card: str) -> str:
    ethernet = {
        # An address is what every distribution can match a card by.
        "match": {"macaddress": card} if card else {"name": "e*"},
        "dhcp4": False,
        "addresses": [f"{want.address}/{want.prefix}"],
        "routes": [{"to": "0.0.0.0/0", "via": want.gateway}],
        "nameservers": {"addresses": list(want.dns_servers)},
    }
    return json.dumps(
        {
            "instance-id": instance,
            "local-hostname": want.hostname,
            "network": {"version": 2, "ethernets": {"card": ethernet}},
        }
    )


def _user_data(want: Machine) -> str:
    user = {
        "name": want.user,
        "shell": "/bin/bash",
        "sudo": "ALL=(ALL) NOPASSWD:ALL",
        "lock_passwd": True,
        "ssh_authorized_keys": [str(want.public_key)],
    }
    config = {
        "fqdn": want.hostname,
        "users": [user],
        "ssh_pwauth": False,
        "disable_root": True,
        "ssh_deletekeys": True,  # keys that came with the OVA are known to whoever has it
        "runcmd": [_TELL],
    }
    return f"#cloud-config\n{json.dumps(config)}\n"
