from __future__ import annotations

import gzip
import http.client
import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from paver.conformance.wire import Exchange, Route, Sort, Wire, longest_chain
from paver.conformance.wire.message import Head
from paver.conformance.wire.sample import KEPT, Sample

NUMBERS = itertools.count(1)


def call(
    began: float, asked: str, told: str, *, seconds: float = 1.0, status: int = 200, lines: tuple[bytes, ...] = ()
) -> Exchange:
    made = Exchange(next(NUMBERS), "r", began, "POST", "/", asked.split(maxsplit=1)[0], Sort.MUTATION, status, seconds)
    answer = Sample(head=Head(b"HTTP/1.1 200 OK\r\n", lines))
    answer.feed(told.encode())
    return replace(made, asked=Sample(target=asked.encode()), told=answer)


def names(chain: tuple[Exchange, ...]) -> list[str]:
    return [one.operation for one in chain]


def test_a_call_depends_on_the_answer_that_told_its_id_first() -> None:
    log = [
        call(0, "CreateVpc", "vpc-0a1"),
        call(2, "CreateSubnet vpc-0a1", "subnet-0b2"),
        call(2, "CreateGateway", "igw-0c3"),
        call(4, "CreateNat subnet-0b2", "nat-0d4"),
        call(4, "Attach igw-0c3 vpc-0a1", "ok"),
        call(6, "CreateRoute nat-0d4", "ok"),
    ]
    assert names(longest_chain(log)) == ["CreateVpc", "CreateSubnet", "CreateNat", "CreateRoute"]


def test_a_name_that_the_client_said_first_makes_no_dependence() -> None:
    log = [call(0, "Create staging-z1", "made staging-z1"), call(2, "Use staging-z1", "ok")]
    assert names(longest_chain(log)) == ["Create"]


def test_who_repeats_an_id_is_not_who_told_it() -> None:
    log = [
        call(0, "Create", "vm-17"),
        call(2, "List", "vm-17"),
        call(2, "Other", "net-3"),
        call(4, "Poll net-3", "vm-17 task-9"),
        call(6, "Start vm-17", "ok"),
    ]
    assert names(longest_chain(log)) == ["Other", "Poll"]


def test_calls_in_flight_at_once_do_not_depend_on_one_another() -> None:
    log = [call(0, "Create", "vm-17", seconds=5.0), call(1, "Start vm-17", "ok")]
    assert len(longest_chain(log)) == 1


def test_a_refusal_tells_nothing() -> None:
    log = [call(0, "Create", "taken by vm-17", status=409), call(2, "Start vm-17", "ok")]
    assert len(longest_chain(log)) == 1


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ("<vpcId>vpc-0a1b2c3d4e5f67890</vpcId>", "VpcId=vpc-0a1b2c3d4e5f67890"),
        ("<AccessKeyId>AKIAIOSFODNN7EXAMPLE</AccessKeyId>", "AccessKeyId=AKIAIOSFODNN7EXAMPLE"),
        ("<Arn>arn:aws:iam::123456789012:role/r1-x</Arn>", "RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fr1-x"),
        ("<allocationId>eipalloc-0f1</allocationId>", "AllocationId=eipalloc-0f1&Version=2016-11-15"),
        ('{"id": "/subscriptions/s/resourceGroups/g/providers/X/nics/nic-7f"}', '{"nic": {"id": "/x/nics/nic-7f"}}'),
        (
            '{"properties": {"principalId": "3f0c7d0e-8a54-4a53-9d1b-0c6a2d9f4e17"}}',
            "/x/3f0c7d0e-8a54-4a53-9d1b-0c6a2d9f4e17",
        ),
        ('{"name": "operation-1700000000000-5f1-a2"}', "/compute/v1/operations/operation-1700000000000-5f1-a2"),
        ('{"targetId": "5512345678901234567"}', "/compute/v1/disks/5512345678901234567"),
        ("<val type='Task'>task-9</val>", "<obj type='Task'>task-9</obj>"),
        ("session[52a0-1f]52b1", "<_this>session[52a0-1f]52b1</_this>"),
    ],
)
def test_ids_of_every_kind_of_api_are_followed(told: str, asked: str) -> None:
    form = Head(b"POST / HTTP/1.1\r\n", (b"Content-Type: application/x-www-form-urlencoded\r\n",))
    first, second = call(0, "First", told), call(2, "Second", "ok")
    for target, body, head in ((asked, "", None), ("/", asked, form)):
        question = Sample(head=head, target=target.encode())
        question.feed(body.encode())
        assert names(longest_chain([first, replace(second, asked=question)])) == ["First", "Second"]


@pytest.mark.parametrize(
    "line",
    [
        b"Location: https://x/operations/3f0c7d0e-8a54\r\n",
        b"Azure-AsyncOperation: https://x/operations/3f0c7d0e-8a54?api-version=1\r\n",
        b"Operation-Location: /operations/3f0c7d0e-8a54\r\n",
    ],
)
def test_an_operation_to_poll_that_only_a_header_tells_is_followed(line: bytes) -> None:
    log = [call(0, "Create", "", lines=(line,)), call(2, "Poll operations/3f0c7d0e-8a54", "done")]
    assert names(longest_chain(log)) == ["Create", "Poll"]


def test_a_cookie_makes_no_dependence() -> None:
    log = [call(0, "Login", "", lines=(b"Set-Cookie: session=3f0c7d0e\r\n",)), call(2, "List 3f0c7d0e", "ok")]
    assert len(longest_chain(log)) == 1


def test_the_cost_grows_with_what_passed_and_two_thousand_calls_are_read_in_seconds() -> None:
    def seconds(count: int) -> float:
        listing = " ".join(f"vm-{number} runs" for number in range(300))
        log = [call(2 * at, f"Ask id-{at - 1}x", f"id-{at}x {listing}") for at in range(count)]
        began = time.process_time()
        assert len(longest_chain(log)) == count
        return time.process_time() - began

    small = min(seconds(250) for _ in range(3))
    large = seconds(2000)
    assert large < 5
    assert large < 8 * 3 * small


@pytest.mark.parametrize("word", ["creating", "1234567", "v1", "2016-11-15", "10.0.0.0", "2026-11-25"])
def test_a_word_that_is_no_id_makes_no_dependence(word: str) -> None:
    assert len(longest_chain([call(0, "First", word), call(2, f"Second {word}", "ok")])) == 1


def test_of_nothing_there_is_no_chain() -> None:
    assert longest_chain([]) == ()


def test_an_answer_cut_off_in_a_chunk_is_passed_over() -> None:
    log = [call(0, "First", "nothing", lines=(b"Transfer-Encoding: chunked\r\n",)), call(2, "Second", "ok")]
    assert len(longest_chain(log)) == 1


def test_a_sample_keeps_the_head_of_a_large_body_and_counts_all_of_it() -> None:
    sample = Sample()
    for _ in range(3):
        sample.feed(b"x" * (KEPT // 2 + 1))
    assert (len(sample.body), sample.size) == (KEPT, 3 * (KEPT // 2 + 1))


class _Answers(BaseHTTPRequestHandler):
    """Tells an id in a compressed, chunked answer, as servers of SOAP do."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        """Nothing."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        packed = gzip.compress(b"<returnval>task-17</returnval>")
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in (packed[:9], packed[9:]):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")


@pytest.fixture
def wire() -> Iterator[Wire]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    with Wire(Route("127.0.0.1:0", f"127.0.0.1:{server.server_address[1]}")) as opened:
        yield opened
    server.shutdown()
    server.server_close()
    thread.join(5)


def test_ids_are_found_on_the_wire_through_chunks_and_compression(wire: Wire) -> None:
    with closing(http.client.HTTPConnection(wire.address(), timeout=20)) as client:
        for body in (b"create", b"wait for task-17"):
            client.request("POST", "/sdk", body)
            client.getresponse().read()
    chain = longest_chain(wire.exchanges)
    assert [one.number for one in chain] == [1, 2]
    assert [one.sent for one in chain] == [6, 16]
    assert chain[0].received > len(gzip.compress(b""))
