"""Quotas, asked of a service that the emulator has not: a fake one on loopback, found by AWS's own configuration."""

from __future__ import annotations

import configparser
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from accounts import Account, Document, Environment
from commands import Outcome, command

VPCS, ADDRESSES, BALANCERS, GATEWAYS = "L-F678F1CE", "L-0263D0A3", "L-69A177A2", "L-FE5A380F"
PLENTY = dict.fromkeys((VPCS, ADDRESSES, BALANCERS, GATEWAYS), 50)
CONFIG = "quota-config"


class Quotas(BaseHTTPRequestHandler):
    """Service Quotas, as far as this driver asks it: JSON 1.1 by X-Amz-Target."""

    applied: ClassVar[dict[str, int]] = {}
    usual: ClassVar[dict[str, int]] = {}
    asked: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        """One limit, or that nobody has ever changed it."""
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        operation, code = self.headers["X-Amz-Target"].partition(".")[2], request["QuotaCode"]
        self.asked.append(f"{operation} {request['ServiceCode']} {code}")
        known = {"GetServiceQuota": self.applied, "GetAWSDefaultServiceQuota": self.usual}[operation]
        status = 200 if code in known else 400
        body = {"Quota": {"QuotaCode": code, "Value": float(known[code])}} if code in known else _unknown()
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name in the standard library
        """Nothing."""


def _unknown() -> dict[str, str]:
    return {"__type": "NoSuchResourceException", "message": "The quota is not there"}


@pytest.fixture
def quotas(account: Account) -> Iterator[type[Quotas]]:
    """With room for everything, until a test says otherwise."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Quotas)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    Quotas.applied, Quotas.usual, Quotas.asked = dict(PLENTY), {}, []
    config = configparser.ConfigParser()
    config.read(account.directory / "wire-config")
    for profile in config.sections():
        config[profile]["services"] = "fake"
    config["services fake"] = {"service_quotas": f"\nendpoint_url = http://127.0.0.1:{server.server_port}"}
    with (account.directory / CONFIG).open("w") as file:
        config.write(file)
    yield Quotas
    server.shutdown()
    thread.join()
    server.server_close()


def environment(account: Account, label: str) -> Environment:
    def asking(document: Document) -> None:
        document["iaas"]["aws"]["config_file"] = CONFIG

    return account.environment(label, asking)


def preflight(account: Account, label: str) -> Outcome:
    with account.unchanged():
        return command(environment(account, label), "preflight")


def test_where_there_is_room_every_limit_was_seen(account: Account, quotas: type[Quotas]) -> None:
    done = preflight(account, "room")
    assert done.code == 0, done.out
    assert "what is to be made fits into every limit that was seen" in done.out
    assert "not seen" not in done.out
    assert sorted(quotas.asked) == [
        f"GetServiceQuota ec2 {ADDRESSES}",
        f"GetServiceQuota elasticloadbalancing {BALANCERS}",
        f"GetServiceQuota vpc {VPCS}",
        f"GetServiceQuota vpc {GATEWAYS}",
    ]


@pytest.mark.parametrize(
    ("code", "limit", "said"),
    [
        (VPCS, 1, "1 more VPCs are needed, and 0 of 1 are left"),
        (ADDRESSES, 6, "7 more elastic addresses are needed, and 6 of 6 are left"),
        (BALANCERS, 1, "2 more network load balancers are needed, and 1 of 1 are left"),
        (GATEWAYS, 0, "1 more NAT gateways in eu-west-1b are needed, and 0 of 0 are left"),
    ],
)
def test_a_limit_that_would_be_met_on_the_way_is_7_and_says_how_much_is_left(
    account: Account, quotas: type[Quotas], code: str, limit: int, said: str
) -> None:
    quotas.applied[code] = limit
    done = preflight(account, f"short-{code.lower()}")
    assert done.code == 7
    assert said in done.out
    assert f"ask for more in Service Quotas ({code})" in done.out


def test_a_limit_that_is_exactly_enough_is_enough(account: Account, quotas: type[Quotas]) -> None:
    quotas.applied |= {VPCS: 2, ADDRESSES: 7, BALANCERS: 2, GATEWAYS: 1}  # AWS's own VPC counts
    assert preflight(account, "exact").code == 0


def test_what_is_ours_already_needs_no_more_room(account: Account, quotas: type[Quotas]) -> None:
    one = environment(account, "paved")
    one.pave()
    try:
        quotas.applied |= {VPCS: 2, ADDRESSES: 7, BALANCERS: 2, GATEWAYS: 1}
        assert command(one, "preflight").code == 0
        another = preflight(account, "another")
    finally:
        one.destroy()
    assert another.code == 7
    # VPC, addresses, a gateway in each of three zones; of the balancers it is said that their names are taken.
    assert another.out.count("are needed") == 5
    assert "balancer sandbox-ssh is somebody else's" in another.out


def test_a_limit_that_nobody_has_changed_is_the_usual_one(account: Account, quotas: type[Quotas]) -> None:
    del quotas.applied[ADDRESSES]
    quotas.usual[ADDRESSES] = 5
    done = preflight(account, "usual")
    assert done.code == 7
    assert "7 more elastic addresses are needed, and 5 of 5 are left" in done.out


def test_pave_stops_at_an_exhausted_quota_before_anything_is_made(account: Account, quotas: type[Quotas]) -> None:
    quotas.applied[ADDRESSES] = 5
    with account.unchanged():
        done = command(environment(account, "stopped"), "pave", "-y")
    assert done.code == 7
    assert "7 more elastic addresses are needed, and 5 of 5 are left" in done.err


def test_a_limit_that_cannot_be_seen_is_a_warning(account: Account, quotas: type[Quotas]) -> None:
    del quotas.applied[BALANCERS]
    done = preflight(account, "unseen")
    assert done.code == 0
    assert "not seen: network load balancers" in done.out
