"""The sandbox's process: `python -m paver_aws.sandbox.serve DIRECTORY PORT IDLE NAT BALANCER`."""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
from pathlib import Path
from typing import Any

from paver.contract.stage import READY, private
from paver_aws.sandbox.emulator import CONFIG, PROFILE
from paver_aws.sandbox.example import REGION
from paver_aws.sandbox.pending import Pending, slow
from paver_aws.sandbox.server import Server, furnish

_LOOK = 1.0


def main(directory: Path, port: int, idle: float, pending: Pending) -> None:
    """Serve until nobody has asked for `idle` seconds, or the directory is gone."""
    server = Server(port)
    slow(pending)
    server.start()
    key, secret = "AKIA" + secrets.token_hex(8).upper(), secrets.token_urlsafe(30)
    furnish(lambda service: _client(service, server.url, key, secret))
    private(
        directory / CONFIG,
        f"[profile {PROFILE}]\nregion = {REGION}\nendpoint_url = {server.url}\n"
        f"aws_access_key_id = {key}\naws_secret_access_key = {secret}\n",
    )
    private(directory / READY, json.dumps({"url": server.url, "pid": os.getpid()}) + "\n")
    while time.monotonic() - server.last < idle and directory.is_dir():
        time.sleep(_LOOK)
    server.stop()


def _client(service: str, url: str, key: str, secret: str) -> Any:
    import boto3  # noqa: PLC0415  after the server has set moto's variables

    return boto3.client(
        service, region_name=REGION, endpoint_url=url, aws_access_key_id=key, aws_secret_access_key=secret
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), Pending(*map(float, sys.argv[4:])))
