"""moto behind one door: on loopback only, one request at a time, and gone when nobody asks for long enough."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from paver_aws.sandbox.example import IMAGE

# moto reads these when it is imported: images and key pairs that a machine names must be there, as on AWS, and none of
# the hundreds of images that it would load otherwise; a bucket of another account lets nobody in.
SETTINGS = {
    "MOTO_ENABLE_AMI_VALIDATION": "true",
    "MOTO_ENABLE_KEYPAIR_VALIDATION": "true",
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
    "MOTO_S3_ALLOW_CROSSACCOUNT_ACCESS": "false",
}
HOST = "127.0.0.1"
_LOOK = 0.05
"""Seconds until a server that is to stop has seen it."""
Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Server:
    """One emulated AWS in this process: moto keeps its state per process, so there is one of these in each.

    Args:
        port: Where to listen on 127.0.0.1; 0: wherever there is room.
    """

    def __init__(self, port: int = 0) -> None:
        os.environ.update(SETTINGS)
        from moto.moto_server.werkzeug_app import (  # noqa: PLC0415  it reads the settings above
            DomainDispatcherApplication,
            MotoRequestHandler,
            create_backend_app,
        )
        from werkzeug.serving import make_server  # noqa: PLC0415  only the sandbox has it

        from paver_aws.sandbox.repairs import repair  # noqa: PLC0415  the same
        from paver_aws.sandbox.spelling import respell  # noqa: PLC0415  the same

        class Silent(MotoRequestHandler):
            def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  werkzeug's own name
                """Nothing: a sandbox's log is for what went wrong."""

        repair()
        respell()
        self._app: Wsgi = DomainDispatcherApplication(create_backend_app)
        # moto's backends are plain dicts: one thread that writes while another lists makes it answer 500.
        self._one_at_a_time = threading.Lock()
        self.last = time.monotonic()
        """When the last request came."""
        self._server = make_server(HOST, port, self._serve, threaded=True, request_handler=Silent)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_LOOK,), name="moto", daemon=True)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self._server.server_port}"

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more, and free the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _serve(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.last = time.monotonic()
        with self._one_at_a_time:
            return list(self._app(environ, start_response))


def furnish(client: Callable[[str], Any]) -> str:
    """Put an image into an empty account, for jumpboxes; returns its id.

    Args:
        client: Makes a client of boto3 for a service.
    """
    made = client("ec2").register_image(
        Name=f"{IMAGE}-1",
        Architecture="x86_64",
        RootDeviceName="/dev/sda1",
        BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 8}}],
    )
    return str(made["ImageId"])
