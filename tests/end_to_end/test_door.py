"""Strangers at the port hold nobody up, learn nothing of us, and fill no log."""

import http.client
import resource
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count

import pytest

from tests.end_to_end.bot_process import mentioned
from tests.end_to_end.office import RunningOnSlack, running_on_slack
from tests.end_to_end.strangers import bomb, request, strangers
from tests.harness.bare import bare
from tests.harness.patience import HANG_SECONDS

FILES = 1_024
SLOW = 300
ROUNDS = 5
TIMES = 5
CROWDS = 3
FORM = "application/x-www-form-urlencoded"
NUMBERS = count()
PATHS = ("/slack/events", "/enter", "/api/messages", "/nowhere", "/hooks/hook", "/hooks/nobody", "/m/abcd/claim")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOnSlack]:
    """A bot that may open 1,024 files."""
    with running_on_slack(tmp_path_factory.mktemp("door")) as found:
        found.bot.start()
        resource.prlimit(found.bot.pid, resource.RLIMIT_NOFILE, (FILES, FILES))
        claim(found)()  # the first one loads what Slack's need
        yield found


def claim(scene: RunningOnSlack) -> Callable[[], None]:
    """Return a claim of a new mention, by a signed slash command."""
    number = next(NUMBERS)
    assert scene.bot.push(mentioned(f"door-{number}")) == 200
    token = next(one["token"] for one in scene.bot.reader.mentions() if one["external_id"] == f"hook-door-{number}")

    def send() -> None:
        assert scene.slack.slash(scene.office.ana, scene.office.finance, f"claim #{token}").status == 200

    return send


def seconds(work: Callable[[], object]) -> float:
    """Return how long it takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def well_answered(scene: RunningOnSlack, crowd: Callable[[], AbstractContextManager[object]]) -> None:
    """See that beside a crowd /healthz and a signed claim take at most so many times what a bare server takes.

    What holds somebody up does so each time, and what else a machine does now and then does not: so a crowd comes up
    to three times.
    """
    seen = []
    for _ in range(CROWDS):
        claims = [claim(scene) for _ in range(ROUNDS)]
        bare().ask()
        with crowd():
            ours, bares = taken(scene, claims)
        if max(ours) <= TIMES * max(bares):
            return
        seen.append(f"ours {ours}, a bare server's {bares}")
    raise AssertionError("\n".join(seen))


def taken(scene: RunningOnSlack, claims: list[Callable[[], None]]) -> tuple[list[float], list[float]]:
    """Return how long /healthz and these claims take, and a bare server at the same moments."""
    bares, ours = [], []
    for one in claims:
        bares.append(seconds(lambda: bare().ask()))
        ours.append(seconds(lambda: scene.bot.get("/healthz")))
        ours.append(seconds(one))
        bares.append(seconds(lambda: bare().ask()))
    return ours, bares


@pytest.mark.parametrize("number", [4, 40, pytest.param(400, marks=pytest.mark.slow)])
def test_compressed_bodies_are_refused_by_their_heads_and_hold_nobody_up(scene: RunningOnSlack, number: int) -> None:
    sent = [request(path, bomb(), Content_Encoding="gzip", Content_Type=FORM) for path in PATHS]

    @contextmanager
    def crowd() -> Iterator[None]:
        with strangers(scene.bot.port, sent, number, answered=True) as they:
            yield
            assert they.answers() == {415: number}

    well_answered(scene, crowd)


@pytest.mark.parametrize(
    "said", [b"", b"POST /slack/events HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slack"], ids=["nothing", "half"]
)
def test_more_silent_connections_than_there_are_files_hold_nobody_up(scene: RunningOnSlack, said: bytes) -> None:
    @contextmanager
    def crowd() -> Iterator[None]:
        with strangers(scene.bot.port, [said], 1_100, answered=False) as they:
            they.answers()
            yield

    well_answered(scene, crowd)
    assert "Traceback" not in scene.bot.log


def test_three_hundred_who_send_a_byte_at_a_time_hold_nobody_up(
    scene: RunningOnSlack, say: Callable[[str], None]
) -> None:
    claim(scene)()
    half = [request(path, Content_Type=FORM).replace(b"Content-Length: 0", b"Content-Length: 5000") for path in PATHS]

    @contextmanager
    def crowd() -> Iterator[None]:
        with strangers(scene.bot.port, half, SLOW, answered=False, slowly=True) as they:
            they.answers()
            yield

    well_answered(scene, crowd)
    assert "Traceback" not in scene.bot.log
    say(f"{SLOW} slow connections: {2 * ROUNDS} others answered, {ROUNDS} of them claims, 0 lost, 0 twice")


@pytest.mark.parametrize("path", [*PATHS, "/healthz", "/"])
@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "deflate", "br", "zstd", "x-gzip", "gzip, identity", "nonsense"])
def test_whatever_says_that_it_is_compressed_is_415(scene: RunningOnSlack, path: str, encoding: str) -> None:
    with socket.create_connection(("127.0.0.1", scene.bot.port), timeout=HANG_SECONDS) as line:
        line.sendall(
            f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Encoding: {encoding}\r\nContent-Length: 900\r\n\r\n".encode()
        )
        answer = b"".join(iter(lambda: line.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 415 ")
    assert b"\r\nConnection: close\r\n" in answer


def test_no_asking_whether_to_go_on_is_answered_before_that(scene: RunningOnSlack) -> None:
    asking = request("/nowhere", Content_Encoding="gzip", Expect="100-continue")
    with socket.create_connection(("127.0.0.1", scene.bot.port), timeout=HANG_SECONDS) as line:
        line.sendall(asking)
        assert line.recv(4096).startswith(b"HTTP/1.1 415 ")


def test_who_says_that_nothing_was_compressed_is_heard(scene: RunningOnSlack) -> None:
    assert scene.bot.deliver("/hooks/hook", b"[]", {"Content-Encoding": "identity"}) == 200


def test_a_large_body_that_is_refused_is_not_read_to_its_end(scene: RunningOnSlack) -> None:
    with socket.create_connection(("127.0.0.1", scene.bot.port), timeout=HANG_SECONDS) as line:
        line.sendall(b"POST /hooks/hook HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n" + b"x" * 100_000)
        assert b"".join(iter(lambda: line.recv(4096), b"")).startswith(b"HTTP/1.1 413 ")


NO_HTTP = {
    "a cookie": b"GET / HTTP/1.1\r\nHost: a\r\nCookie: __Host-dibs=Zanzibar\x02\r\n\r\n",
    "a bearer": b"POST /hooks/hook HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer Zanzibar\x1f\r\n\r\n",
    "a query": b"GET /enter?key=Zanzibar\x7f HTTP/1.1\r\nHost: a\r\n\r\n",
    "a version": b"GET /enter?key=Zanzibar HTTP/7\r\nHost: a\r\n\r\n",
    "no verb": b"Zanzibar\r\n\r\n",
    "a name": b"GET / HTTP/1.1\r\nHost: a\r\nZanz\x00ibar: 1\r\n\r\n",
    "a fold": b"GET / HTTP/1.1\r\nHost: a\r\n Zanzibar\r\n\r\n",
    "too long": b"GET /enter?key=" + b"Zanzibar" * 2_000 + b" HTTP/1.1\r\n\r\n",
    "too many": b"GET / HTTP/1.1\r\n" + b"A: Zanzibar\r\n" * 500 + b"\r\n",
    "a length": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: Zanzibar\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 9\r\n\r\nZanzibar",
    "a chunk": b"POST /nowhere HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZanzibar\r\n",
    "a greeting of TLS": b"\x16\x03\x01\x00\xf1\x01Zanzibar",
    "an address": b"GET http://[Zanzibar HTTP/1.1\r\nHost: a\r\n\r\n",
    "an expectation": b"GET / HTTP/1.1\r\nHost: a\r\nExpect: Zanzibar\r\n\r\n",
}


@pytest.mark.parametrize("sent", NO_HTTP.values(), ids=NO_HTTP)
def test_what_is_no_http_costs_no_line_and_is_not_told_again(scene: RunningOnSlack, sent: bytes) -> None:
    before = len(scene.bot.log)
    with socket.create_connection(("127.0.0.1", scene.bot.port), timeout=HANG_SECONDS) as line:
        line.sendall(sent)
        answer = b"".join(iter(lambda: line.recv(4096), b""))
    assert answer.split(b" ", 2)[1].startswith(b"4")
    assert b"Zanzibar" not in answer
    assert b"aiohttp" not in answer
    assert b"\r\nX-Content-Type-Options: nosniff\r\n" in answer
    assert scene.bot.log[before:] == ""


def test_it_is_counted(scene: RunningOnSlack) -> None:
    shown = scene.bot.get("/metrics")[1].decode()
    assert 'dibs_refused_total{why="malformed"}' in shown
    assert 'dibs_refused_total{why="compressed"}' in shown


@pytest.mark.parametrize(
    "asked",
    [
        "GET /",
        "GET /nowhere",
        "PUT /healthz",
        "GET /healthz",
        "GET /metrics",
        "POST /slack/events",
        "GET /static/desk.css",
        "POST /hooks/nobody",
        "GET /live",
        "BREW /",
    ],
)
def test_every_answer_wears_the_same_few_headers(scene: RunningOnSlack, asked: str) -> None:
    method, path = asked.split()
    line = http.client.HTTPConnection("127.0.0.1", scene.bot.port, timeout=HANG_SECONDS)
    line.request(method, path)
    answer = line.getresponse()
    worn = {
        name: answer.headers[name]
        for name in ("Server", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy")
    }
    line.close()
    assert worn == {
        "Server": "Dibs",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
    }
