"""What a machine's console says of its SSH host keys, whichever IaaS shows the console.

An image with cloud-init prints them at its first boot (cloud-init, "SSH", `emit_keys_to_console`, on by default).
Whoever connects first then trusts what the IaaS's own API says, and nothing that the network says.
"""

from __future__ import annotations

import re

PREFERRED = ("ssh-ed25519", "ecdsa-sha2-nistp256")
_BLOCK = re.compile(r"-----BEGIN SSH HOST KEY KEYS-----(.*?)-----END SSH HOST KEY KEYS-----", re.DOTALL)
_KEY = re.compile(r"\b(ssh-ed25519|ecdsa-sha2-nistp256) ([A-Za-z0-9+/]{40,180}={0,2})")


def host_key(console: str) -> str | None:
    """The key that was printed last, `ssh-ed25519 AAAA…`; None: none was, so far."""
    found = _BLOCK.findall(console)
    keys = dict(_KEY.findall(found[-1])) if found else {}
    return next((f"{kind} {keys[kind]}" for kind in PREFERRED if kind in keys), None)
