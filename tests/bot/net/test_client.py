"""Rules of fetching: what other people's servers may not do to us."""

import asyncio
import datetime as dt
import gzip
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.net.client import MAX_BODY, Fetcher
from bot.net.errors import MaybeSent, SourceRefused, SourceUnavailable
from bot.net.fetching import Fetched, Request
from bot.net.guard import Judge, Resolver, is_public, resolve_host
from bot.runtime.clock import Clock
from tests.fakes.http import Reply, ScriptedServer
from tests.harness.bare import promised

NOW = dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC)

Scene = Callable[[ScriptedServer, Fetcher], Awaitable[None]]


def played(
    scene: Scene,
    *,
    seconds: float = 5.0,
    resolve: Resolver = resolve_host,
    judge: Judge = is_public,
    tls: "Certificates | None" = None,
) -> None:
    """Run a scene with a server and a fetcher."""

    async def run() -> None:
        trusted = tls.client if tls else None
        fetcher = Fetcher(Clock(lambda: NOW), seconds=seconds, resolve=resolve, judge=judge, tls=trusted)
        async with ScriptedServer(tls=tls.server if tls else None) as server:
            try:
                await scene(server, fetcher)
            finally:
                await fetcher.aclose()

    asyncio.run(run())


def always(*addresses: str) -> Resolver:
    async def resolve(host: str, port: int) -> list[str]:
        return list(addresses)

    return resolve


class Certificates:
    """A certificate for feeds.example, and who trusts it."""

    def __init__(self, folder: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "feeds.example")])
        start = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + dt.timedelta(days=2))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("feeds.example")]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file = folder / "server.pem"
        file.write_bytes(secret + pem)
        self.names: list[str | None] = []
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.load_cert_chain(file)
        self.server.sni_callback = lambda sock, name, context: self.names.append(name)
        self.client = ssl.create_default_context(cadata=pem.decode())


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "198.18.0.1",
        "203.0.113.9",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::808:808",
        "2002:7f00:1::1",
        "2002:808:808::1",
        "2001:0:1::1",
        "2001:db8::1",
        "nonsense",
    ],
)
def test_an_address_that_not_everybody_reaches_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_an_address_of_the_open_internet_is_public(address: str) -> None:
    assert is_public(address)


def test_a_document_is_fetched_with_its_headers_and_the_connection_is_kept() -> None:
    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        server.on("/a", Reply(200, {"ETag": '"1"', "X-RateLimit-Remaining": "9"}, b"hello"))
        for _ in range(3):
            fetched = await fetcher.get(server.url("/a?q=1"), headers={"X-Token": "t"}, allow_private=True)
        assert (fetched.status, fetched.body, fetched.headers["x-ratelimit-remaining"]) == (200, b"hello", "9")
        assert server.connections == 1
        sent = server.requests[0]
        assert (sent.path, sent.headers["x-token"], sent.headers["accept-encoding"]) == ("/a?q=1", "t", "identity")
        assert sent.headers["host"] == f"127.0.0.1:{server.port}"

    played(scene)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "127.1"])
def test_a_private_address_is_refused_however_it_is_written(host: str) -> None:
    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        with pytest.raises(SourceRefused):
            await fetcher.get(server.url("/", host=host))
        assert server.connections == 0

    played(scene)


def test_a_name_with_one_private_answer_is_refused() -> None:
    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        with pytest.raises(SourceRefused, match=r"feeds\.example is not a public address"):
            await fetcher.get(server.url("/", host="feeds.example"))
        assert server.connections == 0

    played(scene, resolve=always("8.8.8.8", "127.0.0.1"))


def test_the_name_is_asked_once_and_the_judged_address_is_connected_to() -> None:
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        server.on("/", Reply(body=b"ours"))
        fetched = await fetcher.get(server.url("/", host="feeds.example"), allow_private=True)
        assert (fetched.body, asked) == (b"ours", ["feeds.example"])
        assert server.requests[0].headers["host"] == f"feeds.example:{server.port}"

    played(scene, resolve=rebinding)


def test_a_dead_address_does_not_hide_a_living_one() -> None:
    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        server.on("/", Reply(body=b"ours"))
        assert (await fetcher.get(server.url("/", host="feeds.example"), allow_private=True)).body == b"ours"

    played(scene, resolve=always("::1", "127.0.0.1"))


def test_a_connection_of_an_intranet_source_never_serves_a_public_one() -> None:
    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        server.on("/", Reply(body=b"ours"))
        await fetcher.get(server.url("/"), allow_private=True)
        with pytest.raises(SourceRefused):
            await fetcher.get(server.url("/"))

    played(scene)


def test_the_certificate_is_checked_against_the_name_and_not_the_address(tmp_path: Path) -> None:
    tls = Certificates(tmp_path)

    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        server.on("/", Reply(body=b"secure"))
        assert (await fetcher.get(server.url("/", host="feeds.example"), allow_private=True)).body == b"secure"
        assert tls.names == ["feeds.example"]
        with pytest.raises(SourceUnavailable, match="certificate"):
            await fetcher.get(server.url("/", host="other.example"), allow_private=True)

    played(scene, resolve=always("127.0.0.1"), tls=tls)


def test_a_redirect_to_a_private_address_is_refused() -> None:
    async def only_feeds(host: str, port: int) -> list[str]:
        return ["127.0.0.1"] if host == "feeds.example" else ["10.0.0.1"]

    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        server.on("/", Reply(302, {"Location": "http://inner.example/admin"}))
        with pytest.raises(SourceRefused, match=r"inner\.example is not a public address"):
            await fetcher.get(server.url("/", host="feeds.example"))

    # Nothing on loopback is public, so this judge lets the first host pass, and asks the real one about the rest.
    played(scene, resolve=only_feeds, judge=lambda address: address == "127.0.0.1" or is_public(address))


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://feeds.example/", "gopher://x", "http://[", "//"])
def test_a_redirect_to_something_else_than_the_web_is_refused(location: str) -> None:
    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        server.on("/", Reply(302, {"Location": location}))
        with pytest.raises(SourceRefused):
            await fetcher.get(server.url("/"), allow_private=True)

    played(scene)


def test_five_redirects_are_followed_and_a_loop_is_not() -> None:
    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        for step in range(5):
            server.on(f"/{step}", Reply(301, {"Location": f"/{step + 1}"}))
        server.on("/5", Reply(body=b"there"))
        fetched = await fetcher.get(server.url("/0"), allow_private=True)
        assert (fetched.body, fetched.url) == (b"there", server.url("/5"))
        server.on("/5", Reply(301, {"Location": "/0"}))
        server.requests.clear()
        with pytest.raises(SourceRefused, match="redirects more than 5 times"):
            await fetcher.get(server.url("/0"), allow_private=True)
        assert len(server.requests) == 6

    played(scene)


def test_credentials_are_not_carried_to_another_origin_and_not_shown() -> None:
    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        server.on("/here", Reply(302, {"Location": "/same"}))
        server.on("/same", Reply(302, {"Location": server.url("/there", host="eve:x@other.example")}))
        server.on("/there", Reply(body=b"ok"))
        url = server.url("/here", host="ana:secret@feeds.example")
        fetched = await fetcher.get(url, headers={"X-Api-Key": "k", "If-None-Match": "e"}, allow_private=True)
        here, same, there = (request.headers for request in server.requests)
        assert here["authorization"] == same["authorization"] == "Basic YW5hOnNlY3JldA=="
        assert here["x-api-key"] == same["x-api-key"] == "k"
        assert not {"authorization", "x-api-key", "cookie"} & there.keys()
        assert there["if-none-match"] == "e"
        assert fetched.url == server.url("/there", host="other.example")

    played(scene, resolve=always("127.0.0.1"))


@pytest.mark.parametrize("url", ["ftp://a.example/", "file:///etc/passwd", "http://", "nonsense", "http://[1", ""])
def test_only_web_addresses_are_fetched(url: str) -> None:
    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        with pytest.raises(SourceRefused):
            await fetcher.get(url, allow_private=True)

    played(scene)


def test_a_slow_drip_ends_with_the_time() -> None:
    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b"."
            await asyncio.sleep(0.02)

    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        server.on("/", Reply(body=drip))
        with promised(2, "the end of a drip"), pytest.raises(SourceUnavailable, match=r"within 0\.3 seconds"):
            await fetcher.get(server.url("/"), allow_private=True)

    played(scene, seconds=0.3)


def test_an_endless_body_ends_at_its_bound() -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 65_536
            yield b"x" * 65_536

    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        server.on("/", Reply(body=endless))
        with pytest.raises(SourceUnavailable, match="larger than 2 MiB"):
            await fetcher.get(server.url("/"), allow_private=True)
        assert sent < 20 * MAX_BODY

    played(scene)


def test_a_body_of_exactly_the_bound_is_taken() -> None:
    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        server.on("/", Reply(body=b"x" * MAX_BODY), Reply(body=b"x" * (MAX_BODY + 1)))
        assert len((await fetcher.get(server.url("/"), allow_private=True)).body) == MAX_BODY
        with pytest.raises(SourceUnavailable):
            await fetcher.get(server.url("/"), allow_private=True)

    played(scene)


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("gzip", lambda data: gzip.compress(data[:9]) + gzip.compress(data[9:])),
        ("deflate", zlib.compress),
        ("deflate", lambda data: zlib.compress(data)[2:-4]),
    ],
)
def test_what_comes_compressed_is_inflated_to_the_bound_and_no_further(
    encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        headers = {"Content-Encoding": encoding}
        server.on("/", Reply(200, headers, pack(b"hello " * 1000)), Reply(200, headers, pack(bytes(50 * MAX_BODY))))
        assert (await fetcher.get(server.url("/"), allow_private=True)).body == b"hello " * 1000
        with pytest.raises(SourceUnavailable, match="larger than 2 MiB"):
            await fetcher.get(server.url("/"), allow_private=True)

    played(scene)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("br", b"x"), ("zstd", b"x"), ("gzip, gzip", b"x"), ("gzip", gzip.compress(b"hello", mtime=0)[:-9])],
)
def test_other_or_broken_compression_is_not_read(encoding: str, body: bytes) -> None:
    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        server.on("/", Reply(200, {"Content-Encoding": encoding}, body))
        with pytest.raises(SourceUnavailable, match="compression"):
            await fetcher.get(server.url("/"), allow_private=True)

    played(scene)


@pytest.mark.parametrize(
    "encoding", ["UTF-8", "utf8", "none", "identity", "text/xml", "ISO-8859-1", "identity, none", "charset=utf-8"]
)
def test_what_names_no_compression_is_none(encoding: str) -> None:
    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        packed = gzip.compress(b"hello")
        server.on("/", Reply(200, {"Content-Encoding": encoding}, b"hello"))
        server.on("/packed", Reply(200, {"Content-Encoding": f"gzip, {encoding}"}, packed))
        assert (await fetcher.get(server.url("/"), allow_private=True)).body == b"hello"
        assert (await fetcher.get(server.url("/packed"), allow_private=True)).body == b"hello"

    played(scene)


CHUNKED = b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("chunked", CHUNKED),
        ("chunked\r\nTransfer-Encoding: chunked", CHUNKED),
        ("Chunked\r\nX-Between: 1\r\ntransfer-encoding:  chunked", CHUNKED),
        ("chunked, chunked", CHUNKED),
        ("identity, chunked", CHUNKED),
        ("identity", b"hello"),
    ],
)
def test_a_body_is_chunked_once_however_often_its_head_says_so(coding: str, body: bytes) -> None:
    async def drip() -> AsyncIterator[bytes]:
        for piece in body:
            yield bytes([piece])

    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        server.on("/", Reply(200, {"Transfer-Encoding": coding}, body))
        server.on("/drip", Reply(200, {"Transfer-Encoding": coding}, drip))
        for path in ("/", "/", "/drip"):
            assert (await fetcher.get(server.url(path), allow_private=True)).body == b"hello"
        assert server.connections == 1

    played(scene)


@pytest.mark.parametrize("coding", ["gzip, chunked", "gzip\r\nTransfer-Encoding: chunked", "nonsense"])
def test_another_coding_of_the_transfer_is_not_read(coding: str) -> None:
    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        server.on("/", Reply(200, {"Transfer-Encoding": coding}, CHUNKED))
        with pytest.raises(SourceUnavailable, match="did not speak HTTP"):
            await fetcher.get(server.url("/"), allow_private=True)

    played(scene)


def test_a_head_that_comes_in_pieces_after_another_is_put_right() -> None:
    closed = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        twice = b"Transfer-Encoding: chunked\r\n" * 2
        told = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\n" + twice + b"\r\n"
        for piece in (told[:9], told[9:60], told[60:130], told[130:], CHUNKED):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)
        writer.close()
        await writer.wait_closed()
        closed.set()

    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as raw:
            port = raw.sockets[0].getsockname()[1]
            assert (await fetcher.get(f"http://127.0.0.1:{port}/", allow_private=True)).body == b"hello"
            await closed.wait()

    played(scene)


def test_cookies_of_a_fetch_go_along_with_its_own_redirects_and_are_forgotten_then() -> None:
    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        first = {"Location": "/feed", "Set-Cookie": "seen=1; Path=/; HttpOnly\r\nSet-Cookie: other=2; Path=/elsewhere"}
        second = {
            "Location": "/feed?x",
            "Set-Cookie": "seen=3\r\nSet-Cookie: gone=; Max-Age=0\r\nSet-Cookie: s=1; Secure",
        }
        server.on("/feed", Reply(302, first), Reply(302, second), Reply(body=b"ok"))
        assert (await fetcher.get(server.url("/feed"), allow_private=True)).body == b"ok"
        await fetcher.get(server.url("/feed"), allow_private=True)
        told = [request.headers.get("cookie") for request in server.requests]
        assert told == [None, "seen=1", "seen=3", None]

    played(scene)


def test_a_cookie_goes_to_no_other_origin() -> None:
    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        server.on("/a", Reply(302, {"Location": server.url("/b", host="other.example"), "Set-Cookie": "a=1; Path=/"}))
        server.on(
            "/b", Reply(302, {"Location": server.url("/c", host="here.example"), "Set-Cookie": "b=1; Domain=example"})
        )
        server.on("/c", Reply(body=b"ok"))
        await fetcher.get(server.url("/a", host="here.example"), allow_private=True)
        assert [request.headers.get("cookie") for request in server.requests] == [None, None, "a=1"]

    played(scene, resolve=always("127.0.0.1"))


def test_a_body_that_is_cut_off_is_no_answer() -> None:
    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        server.on("/", Reply(body=b"half", cut=True))
        with pytest.raises(SourceUnavailable, match="broke off"):
            await fetcher.get(server.url("/"), allow_private=True)

    played(scene)


@pytest.mark.parametrize(
    ("status", "header", "rest"),
    [(429, "7", 7.0), (503, "Wed, 04 Mar 2026 05:06:37 GMT", 30.0), (500, None, None), (429, "soon", None)],
)
def test_a_server_that_asks_for_a_rest_is_told_apart(status: int, header: str | None, rest: float | None) -> None:
    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        server.on("/", Reply(status, {"Retry-After": header} if header else {}))
        with pytest.raises(SourceUnavailable) as caught:
            await fetcher.get(server.url("/"), allow_private=True)
        assert caught.value.retry_after == rest

    played(scene)


@pytest.mark.parametrize(("status", "final"), [(401, False), (403, False), (404, False), (410, True)])
def test_a_refusal_is_final_only_when_it_says_gone(status: int, final: bool) -> None:
    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        server.on("/", Reply(status))
        with pytest.raises(SourceRefused) as caught:
            await fetcher.get(server.url("/"), allow_private=True)
        assert caught.value.final is final

    played(scene)


def test_no_sentence_holds_a_secret_of_the_address() -> None:
    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        server.on("/hush-path", Reply(500), Reply(403), Reply(302, {"Location": "ftp://hush-b/"}), Reply(cut=True))
        url = server.url("/hush-path?key=hush-query", host="ana:hush-word@127.0.0.1")
        for _ in range(4):
            with pytest.raises((SourceRefused, SourceUnavailable)) as caught:
                await fetcher.get(url, allow_private=True)
            assert "hush" not in caught.value.reason

    played(scene)


def test_a_name_that_is_not_known_may_be_known_later() -> None:
    async def unknown(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        with pytest.raises(SourceUnavailable, match="could not be resolved"):
            await fetcher.get("http://feeds.example/")

    played(scene, resolve=unknown)


def test_the_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        server.on("/", Reply(body=b"direct"))
        assert (await fetcher.get(server.url("/"), allow_private=True)).body == b"direct"

    played(scene)


# --- what is sent ---


def test_json_and_a_form_are_sent_as_such_and_answered() -> None:
    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        server.on("/post", Reply(201, body=b"made"))
        fetched = await fetcher.send(
            "POST",
            server.url("/post"),
            json={"text": "grüß \ud800dich"},
            headers={"Authorization": "Bearer t"},
            allow_private=True,
            accept_status=frozenset({201}),
        )
        assert (fetched.status, fetched.body) == (201, b"made")
        await fetcher.send(
            "PUT",
            server.url("/post", host="ana:pw@127.0.0.1"),
            form={"a b": "ü&"},
            allow_private=True,
            accept_status=frozenset({201}),
        )
        first, second = server.requests
        assert (first.method, first.body) == ("POST", '{"text": "grüß ?dich"}'.encode())
        assert (first.headers["content-type"], first.headers["authorization"]) == ("application/json", "Bearer t")
        assert (second.method, second.body) == ("PUT", b"a+b=%C3%BC%26")
        assert second.headers["content-type"] == "application/x-www-form-urlencoded"
        assert second.headers["authorization"] == "Basic YW5hOnB3"

    played(scene)


def test_each_sending_has_a_connection_of_its_own_that_cannot_have_died_before() -> None:
    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        server.on("/", Reply())
        await fetcher.get(server.url("/"), allow_private=True)
        for _ in range(2):
            await fetcher.send("POST", server.url("/"), json={}, allow_private=True)
        assert server.connections == 3

    played(scene)


@pytest.mark.parametrize("status", [408, 425, 429])
def test_what_was_turned_away_in_passing_was_certainly_not_taken(status: int) -> None:
    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        server.on("/", Reply(status, {"Retry-After": "7"}))
        with pytest.raises(SourceUnavailable) as caught:
            await fetcher.send("POST", server.url("/"), json={}, allow_private=True)
        assert caught.value.retry_after == 7
        assert len(server.requests) == 1

    played(scene)


@pytest.mark.parametrize("reply", [Reply(500), Reply(503), Reply(504), Reply(cut=True), Reply(body=b"x", delay=60)])
def test_what_may_have_been_taken_is_said_so_and_sent_once(reply: Reply) -> None:
    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        server.on("/", reply)
        with pytest.raises(MaybeSent):
            await fetcher.send("POST", server.url("/"), json={}, allow_private=True)
        assert len(server.requests) == 1

    played(scene, seconds=3)  # in which it has to begin


def test_an_answer_that_cannot_be_read_leaves_it_open_whether_it_was_taken() -> None:
    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        server.on("/", Reply(body=b"x" * (MAX_BODY + 1)), Reply(200, {"Content-Encoding": "br"}, b"x"))
        for _ in range(2):
            with pytest.raises(MaybeSent):
                await fetcher.send("POST", server.url("/"), json={}, allow_private=True)

    played(scene)


def test_what_never_left_was_certainly_not_taken() -> None:
    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        with pytest.raises(SourceUnavailable, match="No connection"):
            await fetcher.send("POST", "http://127.0.0.1:1/", json={}, allow_private=True)

    async def never(host: str, port: int) -> list[str]:
        await asyncio.sleep(9)
        return []

    async def slow(server: ScriptedServer, fetcher: Fetcher) -> None:
        with pytest.raises(SourceUnavailable, match=r"within 0\.2 seconds"):
            await fetcher.send("POST", server.url("/", host="feeds.example"), json={}, allow_private=True)
        assert server.connections == 0

    played(scene)
    played(slow, seconds=0.2, resolve=never)


def test_what_is_sent_is_guarded_and_not_redirected() -> None:
    async def scene(server: ScriptedServer, fetcher: Fetcher) -> None:
        with pytest.raises(SourceRefused, match="not a public address"):
            await fetcher.send("POST", server.url("/"), json={})
        server.on("/", Reply(307, {"Location": "/there"}), Reply(401))
        for sentence in ("redirects", "with 401"):
            with pytest.raises(SourceRefused, match=sentence):
                await fetcher.send("POST", server.url("/"), json={}, allow_private=True)
        with pytest.raises(SourceRefused, match="characters that HTTP does not take"):
            await fetcher.send("POST", server.url("/"), json={}, headers={"Authorization": "ü"}, allow_private=True)
        assert [request.path for request in server.requests] == ["/", "/"]

    played(scene)


def test_neither_what_is_asked_nor_what_is_answered_shows_a_secret() -> None:
    asked = Request(
        method="POST",
        url="https://api.example/s3cret",
        json={"token": "s3cret"},
        form={"code": "s3cret"},
        headers={"authorization": "Bearer s3cret"},
    )
    headers = httpx.Headers({"set-cookie": "s3cret"})
    answered = Fetched(status=200, headers=headers, body=b"s3cret", url="https://api.example/?key=s3cret")
    assert "s3cret" not in f"{asked} {answered}"
