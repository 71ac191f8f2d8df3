"""Rules of pictures on the desk: a viewer asks nobody but us, and what comes from elsewhere is an image or nothing."""

import asyncio
import re
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from bot.chat.desk.pictures import (
    AT_ONCE,
    KEPT_FOR,
    MAX_PICTURE,
    MOST_KEPT,
    MOST_WAITING,
    REFUSED_FOR,
    Pictures,
    kind_of,
)
from bot.chat.desk.render import initials
from bot.net.client import Fetcher
from bot.net.guard import is_public
from bot.runtime.clock import Clock
from handlers.base.events import Author, AuthorGone, Deleted
from handlers.base.media import Media, MediaKind
from handlers.draw.pictures import picture_name
from tests.bot.chat.desk.installation import DeskInstallation, open_installation
from tests.bot.chat.desk.windows import card, window
from tests.bot.net.test_client import Certificates
from tests.fakes.http import Reply, ScriptedServer
from tests.harness.loops import run_in
from tests.harness.patience import HANG_SECONDS

PNG = b"\x89PNG\r\n\x1a\n" + b"p" * 100
JPEG = b"\xff\xd8\xff\xe0" + b"j" * 100
GIF = b"GIF89a" + b"g" * 100
WEBP = b"RIFF\x00\x00\x00\x00WEBP" + b"w" * 100
NAME = "feeds.example"


async def resolve(host: str, port: int) -> list[str]:
    """Say where hosts are: ours on this machine, which the tests call public, the others inside or nowhere."""
    return {NAME: ["127.0.0.1"], "inside.example": ["10.0.0.7"], "metadata.example": ["169.254.169.254"]}.get(host, [])


def judge(address: str) -> bool:
    return address == "127.0.0.1" or is_public(address)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


class Scene:
    """A server of pictures, and what fetches from it; time stands until it is moved."""

    def __init__(self, server: ScriptedServer, fetcher: Fetcher) -> None:
        self.now = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
        self.server = server
        self.pictures = Pictures(fetcher, Clock(lambda: self.now), seconds=1.0)

    def url(self, path: str) -> str:
        return self.server.url(path, host=NAME)

    async def kind(self, path: str) -> str:
        found = await self.pictures.get(self.url(path))
        return found.kind if found else ""

    def asked(self) -> list[str]:
        return [one.path for one in self.server.requests]


Play = Callable[[Scene], Awaitable[None]]


def played(certificates: Certificates, play: Play) -> None:
    async def run() -> None:
        fetcher = Fetcher(Clock(), resolve=resolve, judge=judge, tls=certificates.client)
        async with ScriptedServer(tls=certificates.server) as server:
            scene = Scene(server, fetcher)
            try:
                await play(scene)
            finally:
                await scene.pictures.stop()
                await fetcher.aclose()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (PNG, "image/png"),
        (JPEG, "image/jpeg"),
        (GIF, "image/gif"),
        (b"GIF87a" + b"g", "image/gif"),
        (WEBP, "image/webp"),
        (b"", ""),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", ""),
        (b"<?xml version='1.0'?><svg/>", ""),
        (b"<!doctype html><script>alert(1)</script>", ""),
        (b" " + PNG, ""),
        (b"RIFF\x00\x00\x00\x00WAVE", ""),
        (b"BM" + b"b" * 100, ""),
        (b"%PDF-1.7", ""),
        (b"GIF89", ""),
    ],
)
def test_an_image_is_one_by_its_first_bytes(body: bytes, kind: str) -> None:
    assert kind_of(body) == kind


def test_a_picture_is_fetched_once_for_all_who_want_it_and_kept_for_a_while(certificates: Certificates) -> None:
    async def play(scene: Scene) -> None:
        scene.server.on("/a", Reply(200, {"Content-Type": "text/html"}, PNG, delay=0.05))
        kinds = await asyncio.gather(*(scene.kind("/a") for _ in range(40)))
        assert (set(kinds), scene.asked()) == ({"image/png"}, ["/a"])
        scene.now += KEPT_FOR
        assert (await scene.kind("/a"), scene.asked()) == ("image/png", ["/a", "/a"])
        sent = scene.server.requests[0].headers
        assert not {"cookie", "referer", "origin", "authorization"} & sent.keys()

    played(certificates, play)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(404),
        Reply(500),
        Reply(200, {"Content-Type": "image/svg+xml"}, b"<svg/>"),
        Reply(200, {"Content-Type": "image/png"}, b"<html></html>"),
        Reply(200, {"Content-Type": "image/png"}, PNG + b"x" * MAX_PICTURE),
        Reply(200, {"Content-Type": "image/png"}, PNG + b"x" * 10 * 1024 * 1024),
        Reply(200, {}, PNG, cut=True),
        Reply(302, {"Location": "https://inside.example/a.png"}),
        Reply(302, {"Location": "http://metadata.example/latest"}),
        Reply(302, {"Location": "https://10.0.0.7/a.png"}),
        Reply(302, {"Location": "https://[::1]/a.png"}),
        Reply(302, {"Location": "file:///etc/passwd"}),
        Reply(302, {"Location": "data:image/png;base64,iVBORw0KGgo="}),
        Reply(302, {"Location": "/a"}),
        Reply(302, {"Location": "https://nowhere.example/a.png"}),
    ],
)
def test_what_is_no_picture_is_asked_for_once_a_minute(certificates: Certificates, reply: Reply) -> None:
    async def play(scene: Scene) -> None:
        scene.server.on("/a", reply)
        assert await scene.kind("/a") == ""
        asked = len(scene.asked())
        assert (await scene.kind("/a"), len(scene.asked())) == ("", asked)
        scene.now += REFUSED_FOR
        scene.server.on("/a", Reply(200, {}, JPEG))
        assert await scene.kind("/a") == "image/jpeg"

    played(certificates, play)


def test_a_redirect_to_a_picture_elsewhere_is_followed_but_never_to_plain_http(certificates: Certificates) -> None:
    async def play(scene: Scene) -> None:
        async with ScriptedServer() as plain:
            plain.on("/b", Reply(200, {}, GIF))
            scene.server.on("/b", Reply(200, {}, GIF))
            scene.server.on("/a", Reply(302, {"Location": scene.url("/b"), "Set-Cookie": "seen=1"}))
            assert await scene.kind("/a") == "image/gif"
            scene.server.on("/c", Reply(302, {"Location": plain.url("/b", host=NAME)}))
            assert await scene.kind("/c") == ""

    played(certificates, play)


def test_a_slow_server_keeps_nobody_and_is_not_held_against_others(certificates: Certificates) -> None:
    async def drips() -> AsyncIterator[bytes]:
        yield PNG
        while True:
            await asyncio.sleep(0.05)
            yield b"x"

    async def play(scene: Scene) -> None:
        scene.server.on("/good", Reply(200, {}, PNG))
        for number in range(AT_ONCE):
            scene.server.on(f"/slow{number}", Reply(200, {}, drips))
        started = asyncio.get_running_loop().time()
        slow = [asyncio.create_task(scene.kind(f"/slow{number}")) for number in range(AT_ONCE)]
        await asyncio.sleep(0.2)
        waiting = asyncio.create_task(scene.kind("/good"))
        await asyncio.sleep(0.2)
        assert "/good" not in scene.asked()  # so many at once, and no more
        assert set(await asyncio.gather(*slow)) == {""}
        await waiting
        assert asyncio.get_running_loop().time() - started < 10
        assert await scene.kind("/good") == "image/png"  # whether it had waited too long or not

    played(certificates, play)


def test_who_leaves_takes_the_picture_from_nobody_else(certificates: Certificates) -> None:
    async def play(scene: Scene) -> None:
        scene.server.on("/a", Reply(200, {}, PNG, delay=0.2))
        first, second = (asyncio.create_task(scene.kind("/a")) for _ in range(2))
        await asyncio.sleep(0.05)
        first.cancel()
        assert await second == "image/png"

    played(certificates, play)


def test_more_than_can_wait_go_without_and_are_not_remembered_as_bad(certificates: Certificates) -> None:
    async def play(scene: Scene) -> None:
        for number in range(MOST_WAITING + 1):
            scene.server.on(f"/{number}", Reply(200, {}, PNG))
        many = [asyncio.create_task(scene.kind(f"/{number}")) for number in range(MOST_WAITING)]
        await asyncio.sleep(0)
        assert await scene.kind(f"/{MOST_WAITING}") == ""
        await asyncio.gather(*many)
        assert await scene.kind(f"/{MOST_WAITING}") == "image/png"

    played(certificates, play)


def test_what_is_kept_is_bounded_and_the_oldest_goes_first(certificates: Certificates) -> None:
    large = PNG + b"x" * (MAX_PICTURE - len(PNG))
    fitting = MOST_KEPT // MAX_PICTURE

    async def play(scene: Scene) -> None:
        for number in range(fitting + 1):
            scene.server.on(f"/{number}", Reply(200, {}, large))
            assert await scene.kind(f"/{number}") == "image/png"
        asked = len(scene.asked())
        assert await scene.kind("/1") == "image/png"
        assert len(scene.asked()) == asked
        assert await scene.kind("/0") == "image/png"
        assert len(scene.asked()) == asked + 1
        assert await scene.kind("/1") == "image/png"  # somebody had looked at it meanwhile
        assert len(scene.asked()) == asked + 1

    played(certificates, play)


# --- on the pages -----------------------------------------------------------------------------------------------------


@pytest.fixture
def fetcher(certificates: Certificates) -> Fetcher:
    return Fetcher(Clock(), resolve=resolve, judge=judge, tls=certificates.client)


@pytest.fixture
def house(tmp_path: Path, fetcher: Fetcher) -> Iterator[DeskInstallation]:
    with open_installation(tmp_path, fetcher=fetcher) as opened:
        yield opened


@pytest.fixture
def server(house: DeskInstallation, fetcher: Fetcher, certificates: Certificates) -> Iterator[ScriptedServer]:
    async def opened() -> ScriptedServer:
        return await ScriptedServer(tls=certificates.server).__aenter__()

    server = run_in(house.loop, opened())
    yield server
    run_in(house.loop, fetcher.aclose())
    run_in(house.loop, server.__aexit__())


def sources(page: str) -> list[str]:
    return re.findall(r'<img src="([^"]+)"', page)


def test_a_page_shows_faces_and_pictures_by_addresses_of_our_own(
    house: DeskInstallation, server: ScriptedServer
) -> None:
    server.on(
        "/kim", Reply(200, {"Content-Type": "text/html", "Set-Cookie": "seen=1"}, GIF + b"<script>alert(1)</script>")
    )
    server.on("/bill", Reply(200, {}, JPEG))
    face, bill = (server.url(path, host=NAME) for path in ("/kim", "/bill"))
    marked = Media(kind=MediaKind.VIDEO, alt="<b>", hidden=True)
    mention = house.scene.arrive(
        author=Author(name="Kim Sample", external_id="kim", avatar=face),
        media=(Media(kind=MediaKind.PICTURE, url=bill, alt='A "bill"'), marked),
    )
    ana = house.visitor()
    for path in ("/", f"/m/{mention.token}", f"/m/{mention.token}/card"):
        page = ana.get(path).text
        assert sources(page) == [f"/picture/{picture_name(one)}?of={mention.token}" for one in (face, bill)]
        assert NAME not in page
        assert 'alt="A &#34;bill&#34;"' in page
        assert "And a video marked as sensitive (“&lt;b&gt;”)." in page
        assert ">KS<img" in page
    shown, other = (ana.get(one) for one in sources(ana.get("/").text))
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/gif")
    assert (other.status_code, other.headers["content-type"], other.content) == (200, "image/jpeg", JPEG)
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["content-security-policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert shown.headers["cross-origin-resource-policy"] == "same-origin"
    assert shown.headers["cache-control"] == "private, max-age=86400, immutable"
    assert "set-cookie" not in shown.headers
    for asked in server.requests:
        assert not {"cookie", "referer", "origin"} & asked.headers.keys()


def test_only_what_stands_on_a_mention_is_fetched_and_only_for_who_may_look(
    house: DeskInstallation, server: ScriptedServer
) -> None:
    server.on("/kim", Reply(200, {}, PNG))
    face = server.url("/kim", host=NAME)
    author = Author(name="Kim", external_id="kim", avatar=face)
    mention, plain = house.scene.arrive(author=author), house.scene.arrive(author=Author(name="Lee", external_id="lee"))
    ana, name = house.visitor(), picture_name(face)
    nobody = house.visitor("Ben")
    nobody.client.cookies.clear()
    assert nobody.get(f"/picture/{name}?of={mention.token}").status_code == 401
    for path in (
        f"/picture/{name}",
        f"/picture/{name}?of=",
        f"/picture/{name}?of=zzzz",
        f"/picture/{name}?of={plain.token}",
        f"/picture/{name[:-1]}?of={mention.token}",
        f"/picture/{name.upper()}?of={mention.token}",
        f"/picture/{picture_name(server.url('/other', host=NAME))}?of={mention.token}",
        f"/picture/{'0' * 32}?of={mention.token}",
        f"/picture/%00?of={mention.token}%00",
        f"/picture/{face.replace('/', '%2F')}?of={mention.token}",
        f"/picture/{name}?of={'x' * 5_000}",
    ):
        answer = ana.get(path)
        assert (path, answer.status_code, answer.headers["cache-control"]) == (path, 404, "private, max-age=60")
    assert server.requests == []
    assert ana.get(f"/picture/{name}?of={mention.token}").status_code == 200


def test_what_was_deleted_or_forgotten_has_no_picture_any_more(house: DeskInstallation, server: ScriptedServer) -> None:
    for path in ("/kim", "/bill"):
        server.on(path, Reply(200, {}, PNG))
    face, bill = (server.url(path, host=NAME) for path in ("/kim", "/bill"))
    shown = Media(kind=MediaKind.PICTURE, url=bill)
    author = Author(name="Kim", external_id="kim", avatar=face)
    first = house.scene.arrive(author=author, media=(shown,), external_id="p1")
    other = house.scene.arrive(author=author)
    ana = house.visitor()

    def statuses(token: str) -> list[int]:
        return [ana.get(f"/picture/{picture_name(one)}?of={token}").status_code for one in (face, bill)]

    assert statuses(first.token) == [200, 200]
    house.scene.ingest(Deleted(external_id="p1"))
    assert (statuses(first.token), statuses(other.token)) == ([404, 404], [200, 404])
    house.scene.ingest(AuthorGone(author_external_id="kim"))
    assert statuses(other.token) == [404, 404]
    assert sources(ana.get(f"/m/{other.token}").text) == []


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Kim Sample", "KS"),
        ("@kim", "K"),
        ("  ~*~ kim   van der sample ✨", "KS"),
        ("🦊", ""),
        ("\u202egnp.kim", "G"),
        ("山田 太郎", "山太"),
        ("ß", "SS"),
        ("<b>", "B"),
        ("", ""),
    ],
)
def test_who_has_no_face_has_letters(name: str, letters: str) -> None:
    assert initials(name) == letters


# --- in a real browser ------------------------------------------------------------------------------------------------


def drawn(width: int, height: int) -> bytes:
    """Return a whole PNG of one colour."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = b"".join(b"\x00" + b"\x20\x60\xa0" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return PNG[:8] + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.desk
def test_a_browser_asks_us_alone_and_nothing_moves_when_a_picture_comes(
    chromium: Browser, house: DeskInstallation, server: ScriptedServer
) -> None:
    server.on("/late", Reply(200, {}, drawn(900, 300), delay=0.7))
    server.on("/gone", Reply(404, delay=0.7))
    server.on("/kim", Reply(200, {}, drawn(64, 64)))
    late, gone, face = (server.url(path, host=NAME) for path in ("/late", "/gone", "/kim"))
    below = house.scene.arrive(author=Author(name="Kim", external_id="kim", avatar=face))
    for number, address in enumerate((gone, late)):
        shown = Media(kind=MediaKind.PICTURE, url=address, alt="A bill")
        house.scene.arrive(author=Author(name="Lee", external_id=f"lee{number}", avatar=address), media=(shown,))
    asked: list[str] = []
    with window(chromium, house, "Ana") as ana:
        ana.on("request", lambda request: asked.append(request.url))
        ana.reload(wait_until="domcontentloaded")
        before = card(ana, below).bounding_box()
        for _ in range(int(20 * HANG_SECONDS)):
            if ana.evaluate("[...document.images].every((one) => one.complete)"):
                break
            ana.wait_for_timeout(50)
        assert card(ana, below).bounding_box() == before
        widths = ana.evaluate("[...document.querySelectorAll('img:not(.sign)')].map((one) => one.naturalWidth)")
        assert widths == [900, 900, 0, 0, 64]
        signs = "[...document.querySelectorAll('img.sign')].map((one) => [one.naturalWidth > 0, one.width])"
        assert ana.evaluate(signs) == [[True, 16]] * 3
        letters = "getComputedStyle(document.querySelectorAll('img:not(.sign)')[2], '::after').content"
        assert ana.evaluate(letters) == '"L"'
    assert all(one.startswith(house.url) for one in asked)
