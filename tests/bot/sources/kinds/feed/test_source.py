"""Rules of feeds: what is asked, what is read, and what a broken one may not do."""

import json
import time
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.kit.tools import SourceTools
from tests.bot.sources.scene import feed_on, played, posts_of, read_feed
from tests.fakes.http import Reply, ScriptedServer
from tests.harness.bare import promised

RSS = """<rss version="2.0"><channel><title>Acme in the news</title><language>en-GB</language>%s</channel></rss>"""
ONE = (RSS % "<item><guid>g1</guid><title>Hello</title><link>/a</link></item>").encode()


def items(*bodies: str) -> bytes:
    return (RSS % "".join(f"<item>{body}</item>" for body in bodies)).encode()


def test_a_feed_that_has_not_changed_is_asked_conditionally_and_brings_nothing() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        validators = {"ETag": 'W/"1"', "Last-Modified": "Wed, 04 Mar 2026 05:00:00 GMT"}
        server.on("/feed", Reply(200, validators, ONE), Reply(304))
        feed = feed_on(server, tools)
        first = await feed.poll("")
        second = await feed.poll(first.checkpoint)
        assert (len(first.events), second.events, second.checkpoint) == (1, (), first.checkpoint)
        assert "if-none-match" not in server.requests[0].headers
        assert server.requests[1].headers["if-none-match"] == 'W/"1"'
        assert server.requests[1].headers["if-modified-since"] == "Wed, 04 Mar 2026 05:00:00 GMT"

    played(scene)


@pytest.mark.parametrize(
    ("told", "etag", "modified"),
    [
        ({"ETag": '"2"'}, '"2"', "Wed, 04 Mar 2026 05:00:00 GMT"),
        ({"Last-Modified": "Thu, 05 Mar 2026 05:00:00 GMT"}, '"1"', "Thu, 05 Mar 2026 05:00:00 GMT"),
        ({"ETag": "\u20ac".encode().decode("latin-1")}, '"1"', "Wed, 04 Mar 2026 05:00:00 GMT"),
    ],
)
def test_what_a_304_says_of_itself_is_sent_from_then_on(told: dict[str, str], etag: str, modified: str) -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        validators = {"ETag": '"1"', "Last-Modified": "Wed, 04 Mar 2026 05:00:00 GMT"}
        server.on("/feed", Reply(200, validators, ONE), Reply(304, told), Reply(304))
        feed, checkpoint = feed_on(server, tools), ""
        for _ in range(4):
            checkpoint = (await feed.poll(checkpoint)).checkpoint
        for request in server.requests[2:]:
            assert (request.headers["if-none-match"], request.headers["if-modified-since"]) == (etag, modified)

    played(scene)


def test_the_same_bytes_without_validators_bring_nothing_and_changed_ones_do() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/feed", Reply(body=ONE), Reply(body=ONE), Reply(body=ONE.replace(b"Hello", b"Hullo")))
        feed = feed_on(server, tools)
        first = await feed.poll("")
        second = await feed.poll(first.checkpoint)
        third = await feed.poll(second.checkpoint)
        assert (len(first.events), len(second.events)) == (1, 0)
        assert [post.title for post in posts_of(third)] == ["Hullo"]

    played(scene)


def test_a_checkpoint_that_makes_no_sense_only_costs_a_full_answer() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/feed", Reply(body=ONE))
        for checkpoint in ("x", "[]", '{"other": 1}', "1"):
            assert len((await feed_on(server, tools).poll(checkpoint)).events) == 1

    played(scene)


def test_a_feed_that_is_gone_says_so_for_good() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/feed", Reply(410))
        with pytest.raises(SourceRefused) as caught:
            await feed_on(server, tools).poll("")
        assert caught.value.final

    played(scene)


def test_a_feed_that_asks_for_a_rest_gets_it() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/feed", Reply(429, {"Retry-After": "90"}))
        with pytest.raises(SourceUnavailable) as caught:
            await feed_on(server, tools).poll("")
        assert caught.value.retry_after == 90

    played(scene)


def test_an_entry_of_rss_is_read_whole() -> None:
    (post,) = read_feed(
        items(
            """<guid isPermaLink="false">tag:1</guid><link>/posts/1</link><title>AT&amp;amp;T &amp;lt;3 Acme</title>
            <author>ana@example.com (Ana)</author><pubDate>Wed, 04 Mar 2026 06:06:07 +0100</pubDate>
            <description><![CDATA[<p>Hi <b>Acme</b>,</p><p>see <a href="/more?a=1&amp;b=2">this</a> &amp; that
            <script>alert(1)</script><br>or https://acme.example/x.</p>]]></description>"""
        )
    )
    host = post.url.removesuffix("/posts/1")
    assert (post.external_id, post.title, post.author.name) == ("tag:1", "AT&T <3 Acme", "Ana")
    assert post.text == "Hi Acme,\n\nsee this & that\nor https://acme.example/x."
    assert post.url.startswith("http://127.0.0.1")
    assert post.links == (f"{host}/more?a=1&b=2", "https://acme.example/x")
    assert post.published_at == datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    assert post.lang == "en-gb"


def test_an_entry_of_atom_is_read_whole() -> None:
    (post,) = read_feed(
        b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>F</title><entry>
        <id>urn:1</id><title type="text">a &lt;b&gt; c &amp;amp;</title><link href="https://e.example/1"/>
        <updated>2026-03-04T05:06:07Z</updated><author><name>Ben</name><uri>https://ben.example/</uri></author>
        <content type="html">Gr\xc3\xbc\xc3\x9fe &amp;amp; mehr&lt;br/&gt;Zeile</content></entry></feed>"""
    )
    assert (post.external_id, post.title, post.url) == ("urn:1", "a <b> c &amp;", "https://e.example/1")
    assert (post.text, post.lang) == ("Grüße & mehr\nZeile", "de")
    assert (post.author.name, post.author.url) == ("Ben", "https://ben.example/")
    assert post.published_at == datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.mark.parametrize("version", ["1", "1.1"])
def test_an_entry_of_json_feed_is_read_whole(version: str) -> None:
    person = {"name": "Ana", "url": "https://ana.example/"}
    item = {
        "id": 7,
        "url": "/1",
        "title": "T <b>",
        "content_html": "<p>Hi</p>",
        "date_published": "2026-03-04T05:06:07Z",
    }
    item |= {"author": person} if version == "1" else {"authors": [person], "language": "pt-BR"}
    feed = {"version": f"https://jsonfeed.org/version/{version}", "title": "F", "items": [item]}
    (post,) = read_feed(json.dumps(feed).encode(), "application/feed+json")
    assert (post.external_id, post.title, post.text) == ("7", "T <b>", "Hi")
    assert post.url.startswith("http://127.0.0.1")
    assert post.url.endswith("/1")
    assert (post.author.name, post.lang) == ("Ana", "" if version == "1" else "pt-br")
    assert post.published_at == datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def test_events_stand_oldest_first_by_date_or_else_by_their_place() -> None:
    dates = ["Wed, 04 Mar 2026", "Mon, 02 Mar 2026", "Tue, 03 Mar 2026"]
    dated = [f"<guid>{n}</guid><pubDate>{date} 05:00:00 GMT</pubDate>" for n, date in enumerate(dates)]
    assert [post.external_id for post in read_feed(items(*dated))] == ["1", "2", "0"]
    assert [post.external_id for post in read_feed(items("<guid>new</guid>", "<guid>old</guid>"))] == ["old", "new"]


def test_an_entry_without_an_id_is_known_by_link_and_title_and_a_long_id_by_its_hash() -> None:
    (named, long) = read_feed(
        items(f"<guid isPermaLink='false'>{'x' * 600}</guid>", "<link>https://e.example/1</link><title>T</title>")
    )
    assert named.external_id == "https://e.example/1 T"
    assert long.external_id.startswith("sha256:")
    assert len(long.external_id) <= 512


def test_the_links_of_google_alerts_are_unwrapped() -> None:
    (post,) = read_feed(
        b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>tag:google.com,2013:1</id>
        <title type="html">&lt;b&gt;Acme&lt;/b&gt; wins</title>
        <link href="https://www.google.com/url?rct=j&amp;sa=t&amp;url=https://news.example/a%3Fb%3D1&amp;ct=ga"/>
        </entry></feed>"""
    )
    assert (post.title, post.url) == ("Acme wins", "https://news.example/a?b=1")


def test_a_guid_that_is_no_address_is_no_link() -> None:
    (post,) = read_feed(items("<guid>1234</guid><title>T</title>"))
    assert (post.external_id, post.url) == ("1234", "")


def test_text_that_only_looks_like_a_tag_stays() -> None:
    (post,) = read_feed(
        items("<guid>1</guid><title>&lt;!channel&gt; 1 &lt; 2 &lt;@U1&gt; &lt;https://x.example|y&gt;</title>")
    )
    assert post.title == "<!channel> 1 < 2 <@U1> <https://x.example|y>"


def test_a_link_that_runs_code_is_dropped() -> None:
    (post,) = read_feed(
        items("<guid>1</guid><link>javascript:a()</link><description>&lt;a href='data:x'&gt;x&lt;/a&gt;</description>")
    )
    assert (post.url, post.links, post.text) == ("", (), "x")


def test_everything_is_bounded() -> None:
    long = "wörter" * 20_000
    (post,) = read_feed(items(f"<guid>1</guid><title>{long}</title><description>{long}</description>"))
    assert (len(post.title), len(post.text)) == (500, 40_000)


def test_an_empty_feed_is_well() -> None:
    assert read_feed(items()) == []
    assert read_feed(b'{"version": "https://jsonfeed.org/version/1.1", "items": []}') == []


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<html><head><title>Log in</title></head><body>Hello</body></html>",
        b"plain words",
        b'{"error": "no"}',
        b"{" * 100_000,
        b'{"a":' * 100_000,
        b"[1]",
        b"\x00\xff\xfe" * 100,
    ],
)
def test_a_document_that_is_no_feed_is_said_to_be_none(document: bytes) -> None:
    with pytest.raises(SourceUnavailable, match="not a feed"):
        read_feed(document)


def test_entities_neither_reach_files_nor_grow() -> None:
    bomb = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    document = (
        f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "{"lol" * 100}"><!ENTITY f SYSTEM "file:///etc/passwd">{bomb}]>'
        "<rss version='2.0'><channel><item><guid>1</guid><title>x &i; y</title></item>"
        "<item><guid>2</guid><title>p &f; q</title></item></channel></rss>"
    ).encode()
    start = time.thread_time()
    posts = read_feed(document)
    assert time.thread_time() - start < 5
    assert {post.external_id for post in posts} <= {"1", "2"}
    assert not any("root:" in post.title or "lollol" in post.title for post in posts)


def test_a_document_that_keeps_the_reader_busy_ends_with_its_time_and_the_next_is_read() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/feed", Reply(body=b"<rss><channel><item><description>" + b"<a>" * 600_000), Reply(body=ONE))
        busy = pytest.raises(SourceUnavailable, match="could not be read within 1 seconds")
        with promised(4, "an end of what takes too long"), busy:
            await feed_on(server, tools).poll("")

        async def read() -> int:
            with suppress(SourceUnavailable):  # where the machine is so busy that a second is too short for it
                return len((await feed_on(server, tools).poll("")).events)
            return 0

        while not (found := await read()):
            pass
        assert found == 1

    played(scene, reading_seconds=1)
