"""`paver wire` as its own process, before a small server."""

from __future__ import annotations

import http.client
import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from fakes import Run

WIRE = [sys.executable, "-m", "paver", "wire", "--listen", "127.0.0.1:0"]


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        """Nothing."""

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        told = b"<vpcId>vpc-0a1b2c</vpcId>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    do_GET = do_PUT = do_POST = _answer  # noqa: N815  names that the base class calls


@pytest.fixture
def upstream() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join(5)


@contextmanager
def running(upstream: str, *flags: str) -> Iterator[tuple[subprocess.Popen[str], http.client.HTTPConnection]]:
    command = [*WIRE, "--upstream", upstream, *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            found = re.search(r"Listening on (127\.0\.0\.1:\d+)", process.stderr.readline())
            assert found is not None
            with closing(http.client.HTTPConnection(found[1], timeout=20)) as client:
                yield process, client
        finally:
            process.kill()


def ask(client: http.client.HTTPConnection, verb: str, path: str) -> int:
    client.request(verb, path)
    answer = client.getresponse()
    answer.read()
    return answer.status


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_runs_until_a_signal_and_says_what_passed(number: signal.Signals, upstream: str) -> None:
    with running(upstream) as (process, client):
        for verb, path in (("POST", "/?Action=CreateVpc"), ("GET", "/?Action=DescribeVpcs&VpcId=vpc-0a1b2c")):
            assert ask(client, verb, path) == 200
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
    first, *rest = out.splitlines()
    assert re.fullmatch(r"2 requests in \d+\.\d s: 1 mutating, 1 reading, 0 bookkeeping\.", first)
    assert rest == [
        "The longest chain of calls that depend on one another: 2.",
        "  1   CreateVpc      200",
        "  2   DescribeVpcs   200",
    ]


def test_faults_are_said_in_the_voice_and_counted_in_one_document_and_a_private_log(
    upstream: str, tmp_path: Path
) -> None:
    log = tmp_path / "wire.log"
    flags = ("--throttle", "100%", "--voice", "ec2", "--latency", "20ms", "--log", str(log), "-o", "json")
    with running(upstream, *flags) as (process, client):
        assert ask(client, "PUT", "/thing?token=planted") == 503
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)
    found = json.loads(out)
    assert found["counts"] == {"mutating": 1, "reading": 0, "bookkeeping": 0}
    assert found["fates"] == {"throttled": 1}
    (line,) = map(json.loads, log.read_text().splitlines())
    assert found["longest_chain"] == [line]
    assert (line["operation"], line["path"], line["fate"], line["status"]) == ("PUT /thing", "/thing", "throttled", 503)
    assert line["seconds"] >= 0.02
    assert "planted" not in log.read_text() + out
    assert log.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--listen", "0.0.0.0:1"), "not on loopback"),
        (("--listen", "192.0.2.1:8443"), "not on loopback"),
        (("--listen", "localhost:1"), "like 127.0.0.1:8443"),
        (("--listen", "127.0.0.1:99999"), "not on loopback"),
        (("--listen", "127.0.0.1"), "not on loopback"),
        (("--upstream", "198.51.100.7:443"), "not on loopback"),
        (("--throttle", "5"), "like 5%"),
        (("--throttle", "101%"), "like 5%"),
        (("--throttle", "60%", "--lose", "60%"), "at most 100%"),
        (("--key", __file__), "a key without a certificate"),
        (("--drip", "0"), "--drip"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_opened(flags: tuple[str, ...], said: str, run: Run) -> None:
    done = run("wire", "--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:9", *flags)
    assert done.code == 2
    assert said in done.err


def test_an_address_that_is_taken_and_a_log_that_cannot_be_written_are_said(upstream: str, run: Run) -> None:
    taken = run("wire", "--listen", upstream, "--upstream", "127.0.0.1:9")
    assert taken.code == 1
    assert "cannot be listened on" in taken.err
    unwritable = run("wire", "--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:9", "--log", "/nowhere/wire.log")
    assert unwritable.code == 1
    assert "cannot be written" in unwritable.err


def test_every_voice_has_a_name_on_the_command_line() -> None:
    from paver.cli.verbs import wire  # noqa: PLC0415  nothing else here needs it
    from paver.conformance.wire import VOICES  # noqa: PLC0415  the same

    assert set(wire.VOICES) == set(VOICES)
