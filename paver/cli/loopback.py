"""Endpoints on loopback, as flags take them: `127.0.0.1:8443`."""

from __future__ import annotations

import ipaddress
import re

import click

_ENDPOINT = re.compile(r"([\d.]+):(\d{1,5})")
_HIGHEST = 65535


class Loopback(click.ParamType[str]):
    """An IPv4 address of 127.0.0.0/8 and a port. Names are none: what they mean is decided elsewhere."""

    name = "address:port"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check it, or fail with what is wanted."""
        found = _ENDPOINT.fullmatch(value.strip())
        try:
            good = found is not None and ipaddress.IPv4Address(found[1]).is_loopback and int(found[2]) <= _HIGHEST
        except ValueError:
            good = False
        if not good:
            self.fail(f"{value!r} is not on loopback; an address and a port are wanted like 127.0.0.1:8443", param, ctx)
        return value.strip()


LOOPBACK = Loopback()
