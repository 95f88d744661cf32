"""An answer that breaks off is none, whatever protocol it is in: a list of nothing would be taken for the truth."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from accounts import Account

from paver.conformance.wire.rates import Rates
from paver.contract.errors import OutcomeUnknown, Transient
from paver_aws.api import Api
from paver_aws.sandbox.emulator import CONFIG
from paver_aws.settings import AwsSettings

LISTS = {
    "ec2": ("describe_vpcs", "Vpcs"),
    "elbv2": ("describe_load_balancers", "LoadBalancers"),
    "iam": ("list_users", "Users"),
    "kms": ("list_aliases", "Aliases"),
    "resourcegroupstaggingapi": ("get_resources", "ResourceTagMappingList"),
    "route53": ("list_hosted_zones", "HostedZones"),
    "s3": ("list_buckets", "Buckets"),
}
NO_XML = {name: LISTS[name] for name in ("kms", "resourcegroupstaggingapi")} | {
    "service-quotas": ("list_services", "Services")  # not emulated
}


class Page(BaseHTTPRequestHandler):
    """What a gateway shows to whoever has not signed in."""

    def do_POST(self) -> None:
        page = b"<html><body>Sign in to go on</body></html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def reached(account: Account, config: Path) -> Api:
    """AWS as that configuration says where it is."""
    return Api(AwsSettings.model_validate({**account.environment("broken").section, "config_file": str(config)}))


@pytest.fixture
def gateway(account: Account, tmp_path: Path) -> Iterator[Api]:
    """AWS behind a gateway that answers in its place."""
    server = HTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    file = tmp_path / CONFIG
    file.write_text(
        (account.directory / CONFIG).read_text().replace(account.url, f"http://127.0.0.1:{server.server_port}")
    )
    api = reached(account, file)
    yield api
    api.close()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def broken(account: Account) -> Iterator[Api]:
    """AWS whose every answer breaks off in its middle."""
    api = reached(account, account.directory / "wire-config")
    account.wire.faults(Rates(truncated=1.0))
    yield api
    account.wire.reset()
    api.close()


@pytest.mark.parametrize("service", LISTS)
def test_a_list_that_breaks_off_is_not_a_shorter_one(broken: Api, service: str) -> None:
    method, within = LISTS[service]
    with pytest.raises(Transient):
        broken.pages(service, method, within)


@pytest.mark.parametrize(
    ("service", "method", "arguments"),
    [
        ("kms", "create_key", {}),
        ("ec2", "create_vpc", {"CidrBlock": "10.9.0.0/16"}),
        ("iam", "create_user", {"UserName": "broken"}),
    ],
)
def test_of_a_change_whose_answer_breaks_off_nobody_knows_the_end(
    broken: Api, service: str, method: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(OutcomeUnknown):
        broken.change(service, method, **arguments)


@pytest.mark.parametrize("service", NO_XML)
def test_a_page_of_somebody_elses_is_no_list(gateway: Api, service: str) -> None:
    method, within = NO_XML[service]
    with pytest.raises(Transient):
        gateway.pages(service, method, within)
