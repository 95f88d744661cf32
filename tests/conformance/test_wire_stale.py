from __future__ import annotations

import gzip
import http.client
import itertools
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from upstream import Upstream

from paver.conformance.wire import Rates, Request, Route, Sort, Wire
from paver.conformance.wire.sameness import continues, same
from paver.conformance.wire.stale import Past, Recording

LAG = 0.6
KEY = b"the question"
NUMBERS = itertools.count(1)


class World:
    """A number that changes and is read over a wire whose reads lag by ten seconds, on a clock of its own."""

    def __init__(self) -> None:
        self.past = Past(10.0)
        self.now = 0.0
        self.state = 0

    def change(self, *, seconds: float = 0.0, status: int | None = 200) -> None:
        number = next(NUMBERS)
        self.past.change(number)
        self.now += seconds
        if status == 200:
            self.state += 1
        self.past.changed(number, status, self.now)

    def read(self, *, at: float | None = None) -> int:
        self.now = self.now if at is None else at
        older = self.past.older(KEY, self.now)
        self.past.keep(KEY, Recording(self.now, self.now, b"HTTP/1.1 200 OK\r\n", (), b"%d" % self.state))
        return self.state if older is None else int(older.body)


def test_a_change_is_hidden_from_a_known_question_for_the_lag_and_no_longer() -> None:
    world = World()
    assert world.read(at=0) == 0
    world.now = 100
    world.change()
    assert [world.read(at=at) for at in (100.1, 105, 109.9, 110.1, 200)] == [0, 0, 0, 1, 1]


def test_each_of_two_changes_appears_when_its_own_time_has_come() -> None:
    world = World()
    world.read(at=0)
    world.now = 1
    world.change()
    assert world.read(at=3) == 0
    world.now = 4
    world.change()
    assert [world.read(at=at) for at in (4.5, 10.9, 11.5, 13.9, 14.5)] == [0, 0, 1, 1, 2]


def test_what_changed_longer_ago_than_the_lag_is_shown_even_where_it_was_not_seen_meanwhile() -> None:
    world = World()
    world.read(at=0)
    world.now = 1
    world.change()
    world.now = 100
    world.change()
    # Only an answer from before both is known: hiding the second with it would hide the first for a hundred seconds.
    assert world.read(at=101) == 2


def test_a_question_that_was_never_asked_before_a_change_is_answered_live() -> None:
    world = World()
    world.change()
    assert world.read(at=1) == 1


def test_with_nothing_to_hide_reads_are_live_though_the_world_changed_by_other_ways() -> None:
    world = World()
    world.read(at=0)
    world.state = 5
    assert world.read(at=1) == 5


def test_a_change_on_its_way_is_hidden_already() -> None:
    world = World()
    world.read(at=0)
    world.past.change(next(NUMBERS))
    world.state = 1
    assert world.read(at=1) == 0


def test_a_change_that_was_refused_hides_nothing_and_one_without_an_answer_hides() -> None:
    for status, shown in ((409, 7), (None, 0), (503, 0)):
        world = World()
        world.read(at=0)
        world.change(status=status)
        world.state = 7
        assert world.read(at=1) == shown


def test_what_is_kept_does_not_grow_with_time() -> None:
    world = World()
    for second in range(1000):
        world.change()
        world.read(at=second)
    assert len(world.past._answers[KEY]) <= 12
    assert len(world.past._changes) <= 12


def test_a_refusal_is_never_shown_later_but_an_absence_is() -> None:
    for status, kept in ((200, 1), (404, 1), (403, 0), (429, 0), (503, 0)):
        past = Past(10.0)
        past.keep(KEY, Recording(0, 0, b"HTTP/1.1 %d X\r\n" % status, (), b""))
        assert len(past._answers.get(KEY, [])) == kept


def read(target: str = "/a", *, verb: str = "GET", body: bytes = b"", operation: str = "", **headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("r", verb, target, named, body, operation or f"{verb} /a", Sort.READ)


SIGNED = "AWS4-HMAC-SHA256 Credential={}/20260102/eu-west-1/ec2/aws4_request, Signature={}"
SOAP = (
    b"<E><Header><operationID>%s</operationID></Header><Body><RetrievePropertiesEx>%s</RetrievePropertiesEx></Body></E>"
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (read("/a?b=1&c=2"), read("/a?c=2&b=1")),
        (read("/a%2Fb"), read("/a/b")),
        (read("/a?X-Amz-Date=1&X-Amz-Signature=2&v=1"), read("/a?v=1&X-Amz-Date=3&X-Amz-Signature=4")),
        (read("/a?requestId=1"), read("/a?requestId=2")),
        (read(cookie="session=1"), read(cookie="session=2")),
        (read(authorization="Bearer a"), read(authorization="Bearer b")),
        (read(authorization=SIGNED.format("AKIA1", "00")), read(authorization=SIGNED.format("AKIA1", "ff"))),
        (read(body=SOAP % (b"1", b"vm-1")), read(body=SOAP % (b"2", b"vm-1"))),
        (read(body=b"session[52a0-1f]52b1-2e"), read(body=b"session[99a0-1f]88b1-2e")),
    ],
)
def test_two_calls_of_two_sessions_ask_the_same(one: Request, other: Request) -> None:
    assert same(one) == same(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (read("/a"), read("/b")),
        (read("/a"), read("/a", verb="HEAD")),
        (read("/a?b=1"), read("/a?b=2")),
        (read(body=b"vm-1"), read(body=b"vm-2")),
        (read(x_amz_target="A.List"), read(x_amz_target="A.Describe")),
        (read(accept="text/xml"), read(accept="application/json")),
        (read(range="bytes=0-1"), read(range="bytes=2-3")),
        (read(authorization=SIGNED.format("AKIA1", "00")), read(authorization=SIGNED.format("AKIA2", "00"))),
        (read(authorization="Basic a"), read(authorization="Basic b")),
    ],
)
def test_what_asks_for_something_else_or_is_somebody_else_never_shares_an_answer(one: Request, other: Request) -> None:
    assert same(one) != same(other)


@pytest.mark.parametrize(
    "operation", ["ContinueRetrievePropertiesEx", "WaitForUpdatesEx", "CreateFilter", "CurrentTime"]
)
def test_what_works_in_one_session_only_never_lags(operation: str) -> None:
    assert same(read(operation=operation)) is None


@pytest.mark.parametrize(
    ("text", "more"),
    [
        (b"<returnval><token>0</token></returnval>", True),
        (b"<nextToken>abc</nextToken>", True),
        (b"<NextContinuationToken>1</NextContinuationToken>", True),
        (b'{"value": [], "nextLink": "https://x"}', True),
        (b'{"nextPageToken": "x"}', True),
        (b'{"NextToken": "x"}', True),
        (b'{"value": [], "nextLink": ""}', False),
        (b"<nextToken/>", False),
        (b"<NextMarker></NextMarker>", False),
        (b"<token/>", False),
    ],
)
def test_a_page_of_several_is_known_by_its_token(text: bytes, more: bool) -> None:
    assert continues(text) is more


@pytest.fixture
def server() -> Iterator[Upstream]:
    with closing(Upstream()) as upstream:
        yield upstream


@pytest.fixture
def wire(server: Upstream) -> Iterator[Wire]:
    with Wire(Route("127.0.0.1:0", server.address)) as opened:
        yield opened


@pytest.fixture
def client(wire: Wire) -> Iterator[http.client.HTTPConnection]:
    with closing(http.client.HTTPConnection(wire.address(), timeout=20)) as connection:
        yield connection


def ask(connection: http.client.HTTPConnection, verb: str, path: str) -> tuple[int, bytes]:
    connection.request(verb, path)
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_over_the_wire_a_listing_lags_and_catches_up(
    wire: Wire, server: Upstream, client: http.client.HTTPConnection
) -> None:
    server.answers["/things"] = (404, {"Set-Cookie": "session=first", "ETag": "none"}, b"none")
    wire.stale(LAG)
    assert ask(client, "GET", "/things") == (404, b"none")
    server.answers["/things"] = (200, {"Set-Cookie": "session=second", "ETag": "one"}, b"one thing" * 10_000)
    ask(client, "PUT", "/thing")
    began = time.monotonic()
    with closing(http.client.HTTPConnection(wire.address(), timeout=20)) as another:
        another.request("GET", "/things")
        answer = another.getresponse()
        assert (answer.status, answer.read()) == (404, b"none")
        # The body is the older one's, and so is what describes it; the cookie is that of this very exchange.
        assert (answer.getheader("ETag"), answer.getheader("Set-Cookie")) == ("none", "session=second")
        assert ask(another, "HEAD", "/thing")[0] == 200
    assert time.monotonic() - began < LAG
    time.sleep(LAG + 0.1)
    assert ask(client, "GET", "/things") == (200, b"one thing" * 10_000)
    assert [one.fate for one in wire.exchanges] == ["", "", "stale", "", ""]
    assert len(server.acted) == 5  # every read went to the upstream
    assert server.connections == 2


@pytest.mark.parametrize("path", ["/chunked", "/packed", "/long", "/empty", "/until-closed"])
def test_bodies_of_every_framing_and_size_are_answered_again(
    path: str, wire: Wire, server: Upstream, client: http.client.HTTPConnection
) -> None:
    packed = gzip.compress(b"packed")
    server.answers["/packed"] = (200, {"Content-Encoding": "gzip"}, packed)
    wire.stale(30)
    first = ask(client, "GET", path)
    ask(client, "PUT", "/change")
    assert ask(client, "GET", path) == first
    assert wire.fates() == {"stale": 1}
    ask(client, "GET", "/short")


def test_the_length_of_a_thing_that_is_not_there_yet_lags_as_well(
    wire: Wire, server: Upstream, client: http.client.HTTPConnection
) -> None:
    server.answers["/thing"] = (404, {}, b"absent")
    wire.stale(30)
    assert ask(client, "HEAD", "/thing") == (404, b"")
    server.answers["/thing"] = (200, {}, b"here")
    ask(client, "PUT", "/thing")
    client.request("HEAD", "/thing")
    answer = client.getresponse()
    assert (answer.status, answer.read(), answer.getheader("Content-Length")) == (404, b"", "6")
    assert ask(client, "GET", "/short") == (200, b"short")


def test_a_page_of_several_is_always_live(wire: Wire, server: Upstream, client: http.client.HTTPConnection) -> None:
    server.answers["/pages"] = (200, {}, b'{"nextLink": "/pages?2"}')
    wire.stale(30)
    ask(client, "GET", "/pages")
    server.answers["/pages"] = (200, {}, b'{"value": []}')
    ask(client, "PUT", "/thing")
    assert ask(client, "GET", "/pages") == (200, b'{"value": []}')


def test_only_what_is_meant_lags_and_reset_ends_it(
    wire: Wire, server: Upstream, client: http.client.HTTPConnection
) -> None:
    wire.stale(30, only=lambda request: request.path == "/list")
    for path in ("/list", "/one-thing"):
        server.answers[path] = (200, {}, b"before")
        ask(client, "GET", path)
        server.answers[path] = (200, {}, b"after")
    ask(client, "PUT", "/thing")
    assert [ask(client, "GET", path)[1] for path in ("/list", "/one-thing")] == [b"before", b"after"]
    wire.reset()
    assert ask(client, "GET", "/list")[1] == b"after"


def test_a_change_that_the_upstream_never_saw_hides_nothing(
    wire: Wire, server: Upstream, client: http.client.HTTPConnection
) -> None:
    server.answers["/things"] = (200, {}, b"before")
    wire.stale(30)
    wire.faults(Rates(unavailable=1.0), only=Sort.MUTATION)
    ask(client, "GET", "/things")
    server.answers["/things"] = (200, {}, b"by hand")
    assert ask(client, "PUT", "/thing")[0] == 503
    assert ask(client, "GET", "/things")[1] == b"by hand"
