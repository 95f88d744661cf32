"""A bucket on moto's server, on loopback, and the wire before it."""

from __future__ import annotations

import base64
import http.client
import os
from collections.abc import Iterator
from contextlib import contextmanager

import boto3
import pytest
from moto.server import ThreadedMotoServer

from paver.conformance.wire import Route, Wire
from paver.secrets.envelope import VARIABLE

NAME = "paver-secrets"
KEY = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
OTHER_KEY = base64.b64encode(b"fedcba9876543210fedcba9876543210").decode()


@contextmanager
def moto() -> Iterator[Wire]:
    """An empty bucket; the environment leads boto3 to it through the wire."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        with Wire(Route("127.0.0.1:0", f"{host}:{port}")) as wire, pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("AWS_")]:
                patch.delenv(name)
            patch.setenv("AWS_ENDPOINT_URL_S3", f"http://{wire.address()}")
            patch.setenv("AWS_ACCESS_KEY_ID", "test")
            patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
            patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
            patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
            patch.setenv(VARIABLE, KEY)
            asked = http.client.HTTPConnection(host, port, timeout=10)
            asked.request("POST", "/moto-api/reset")  # its world outlives its server
            asked.getresponse().read()
            asked.close()
            client().create_bucket(Bucket=NAME)
            yield wire
    finally:
        server.stop()


def client():  # type: ignore[no-untyped-def]  # noqa: ANN201  boto3 makes its clients at run time
    return boto3.session.Session().client("s3")


def objects() -> dict[str, bytes]:
    """Everything in the bucket, past the store."""
    found = client().list_objects_v2(Bucket=NAME).get("Contents", [])
    return {one["Key"]: client().get_object(Bucket=NAME, Key=one["Key"])["Body"].read() for one in found}
