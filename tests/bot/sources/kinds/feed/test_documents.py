"""What is read of a document: encodings, dates, links and authors as they are meant, whatever a program wrote."""

import json
from typing import Any

import pytest

from bot.sources.kinds.feed.encoding import decode
from bot.sources.kinds.feed.reader import NotAFeed, read
from bot.sources.kinds.feed.source import _posts
from bot.sources.kit.pictures import Hosts
from handlers.base.events import Posted
from handlers.text.urls import canonical_url

URL = "https://feeds.other.example/all/rss"
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title><entry><id>1</id>%s</entry></feed>'
RSS = (
    '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>%s<item>'
    '<guid isPermaLink="false">1</guid>%s</item></channel></rss>'
)


def posts_in(
    document: bytes | str, content_type: str = "application/xml", hosts: Hosts = (), **more: Any
) -> list[Posted]:
    raw = document if isinstance(document, bytes) else document.encode()
    return list(_posts(json.dumps({"entries": read(raw, content_type, URL, **more)}).encode(), hosts))


def rss(item: str, channel: str = "") -> Posted:
    (post,) = posts_in(RSS % (channel, item))
    return post


def json_feed(hosts: Hosts = (), **fields: Any) -> list[Posted]:
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "title": "acme"}], **fields}
    return posts_in(json.dumps(feed), "application/feed+json", hosts)


# --- encodings --------------------------------------------------------------------------------------------------------

GREEK, CYRILLIC, KANJI, QUOTES = "φόρος", "жалоба", "返金", "“Grüße”"
DECLARED = '<?xml version="1.0" encoding="%s"?>\r\n' + RSS % ("", "<title>%s</title>")


@pytest.mark.parametrize(
    ("text", "written_in", "declared", "content_type"),
    [
        (QUOTES, "utf-8", "utf-16", "application/xml"),
        (QUOTES, "utf-8", "UTF-16LE", "application/xml; charset=utf-16"),
        (QUOTES, "utf-8", "ucs-2", "text/xml"),
        (QUOTES, "utf-8", "unicode", "text/xml"),
        (QUOTES, "utf-8", "utf-32", "text/xml"),
        (QUOTES, "utf-8", "iso-8859-1", "text/xml; charset=ISO-8859-1"),
        (QUOTES, "utf-8", "us-ascii", "text/xml"),
        (QUOTES, "utf-8", "", "application/rss+xml"),
        (QUOTES, "utf-8", "no-such-one", "application/rss+xml; charset=nonsense"),
        (QUOTES, "utf-8-sig", "windows-1252", "application/rss+xml; charset=windows-1252"),
        (QUOTES, "utf-16", "utf-8", "application/rss+xml; charset=utf-8"),
        (QUOTES, "utf-16-le", "utf-16", "application/rss+xml"),
        (QUOTES, "utf-16-be", "utf-16", "application/rss+xml"),
        (QUOTES, "utf-32", "utf-8", "application/rss+xml"),
        (QUOTES, "cp1252", "iso-8859-1", "application/rss+xml"),
        (QUOTES, "cp1252", "utf-8", "application/rss+xml"),
        (QUOTES, "cp1252", "ascii", "text/xml"),
        (CYRILLIC, "cp1251", "windows-1251", "text/xml"),
        (CYRILLIC, "koi8-r", "utf-8", "text/xml; charset=koi8-r"),
        (GREEK, "iso8859-7", "iso-8859-7", "text/xml"),
        (KANJI, "cp932", "Shift_JIS", "text/xml"),
        (KANJI, "euc-jp", "euc-jp", "text/xml"),
        ("①返金", "cp932", "x-sjis", "text/xml"),
        ("退款鎔", "gb18030", "gb2312", "text/xml"),
        ("환불뷁", "cp949", "euc-kr", "text/xml"),
        ("退款", "big5", "Big5", "text/xml"),
    ],
)
@pytest.mark.parametrize("odd", ["", "x"])
def test_a_document_is_read_in_the_encoding_in_which_it_is_written(
    text: str, written_in: str, declared: str, content_type: str, odd: str
) -> None:
    document = (DECLARED % (declared, text + odd)).replace(' encoding=""', "").encode(written_in)
    (post,) = posts_in(document, content_type)
    assert post.title == text + odd


def test_a_document_that_was_cut_in_a_letter_loses_that_letter_alone() -> None:
    assert decode("Grüße, ”".encode()[:-1], "text/xml; charset=utf-8") == "Grüße, \ufffd"


# --- dates ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["2026/3/3 14:05:09", "Tue, 03 Mar 2026 14:05:09 GMT"])
def test_a_date_of_another_form_is_read(written: str) -> None:
    assert str(rss(f"<pubDate>{written}</pubDate><title>t</title>").published_at) == "2026-03-03 14:05:09+00:00"


@pytest.mark.parametrize("zero", ["Mon, 01 Jan 0001 00:00:00 +0000", "14:05", "2026-W10-2"])
def test_what_is_no_date_makes_room_for_the_next_one(zero: str) -> None:
    assert rss(f"<title>t</title><pubDate>{zero}</pubDate>").published_at is None
    (post,) = posts_in(ATOM % f"<published>{zero}</published><updated>2026-03-03T14:05:09Z</updated>")
    assert str(post.published_at) == "2026-03-03 14:05:09+00:00"


def test_a_date_of_the_far_future_is_none_and_a_near_one_stands() -> None:
    documents = [
        RSS % ("", f"<title>t</title><pubDate>{year}-03-03T14:05:09Z</pubDate>") for year in (9999, 2039, 2026)
    ]
    dates = [posts_in(document, latest=1_800_000_000)[0].published_at for document in documents]
    assert [date and date.year for date in dates] == [None, None, 2026]


# --- links ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        (
            '<link href="https://b.example/1"/><link rel="enclosure" type="audio/mpeg">https://cdn.example/1.mp3</link>',
            "1",
        ),
        (
            '<link rel="enclosure">https://cdn.example/1.mp3</link><link rel="alternate" href="https://b.example/2"/>',
            "2",
        ),
        (
            '<link rel="alternate"/><link rel="alternate" href="https://b.example/3"/><link href="https://b.example/4"/>',
            "3",
        ),
        ('<link rel="self" href="https://b.example/feed"/><link rel="alternate" href="https://b.example/5"/>', "5"),
        ('<link rel="enclosure">https://cdn.example/1.mp3</link>', ""),
        ('<link rel="replies" href="https://b.example/9"/>', ""),
    ],
)
def test_an_entry_stands_at_its_first_alternate_with_an_address(links: str, expected: str) -> None:
    (post,) = posts_in(ATOM % f"<title>t</title>{links}")
    assert post.url == (f"https://b.example/{expected}" if expected else "")


@pytest.mark.parametrize(
    ("channel", "link", "expected"),
    [
        ("<link>https://blog.example/</link>", "/posts/1", "https://blog.example/posts/1"),
        ("<link>https://blog.example/de/</link>", "posts/1", "https://blog.example/de/posts/1"),
        ("<link>https://blog.example/</link>", "//cdn.example/1", "https://cdn.example/1"),
        ("<link>https://blog.example/</link>", "https://b.example/1", "https://b.example/1"),
        ("", "/posts/1", "https://feeds.other.example/posts/1"),
        ("<link>mailto:kim@blog.example</link>", "/posts/1", "https://feeds.other.example/posts/1"),
        (
            '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" href="https://x.example/f"/>',
            "/posts/1",
            "https://feeds.other.example/posts/1",
        ),
    ],
)
def test_a_link_of_rss_belongs_to_the_site(channel: str, link: str, expected: str) -> None:
    post = rss(
        f"<title>t</title><link>{link}</link><description>&lt;a href='{link}'&gt;x&lt;/a&gt;</description>", channel
    )
    assert post.url == expected


def test_a_link_in_the_text_of_rss_belongs_to_the_site_and_a_base_goes_before_it() -> None:
    channel = "<link>https://blog.example/</link>"
    text = "<title>t</title><description>&lt;a href='/more'&gt;more&lt;/a&gt;</description>"
    assert rss(text, channel).links == ("https://blog.example/more",)
    based = f'<link xml:base="https://base.example/x/">1</link>{text}'
    assert rss(based, channel).url == "https://base.example/x/1"


def test_an_atom_link_belongs_to_where_the_document_stands() -> None:
    (post,) = posts_in(
        (ATOM % '<title>t</title><link href="/1"/>').replace("<title>F", '<link href="https://b.example/"/><title>F')
    )
    assert post.url == "https://feeds.other.example/1"


def test_the_source_of_an_entry_is_among_its_links() -> None:
    link = "<link>https://news.google.com/rss/articles/CBMi?oc=5</link>"
    post = rss(f'<title>t</title>{link}<source url="https://daily.example">The Daily</source>')
    assert "https://daily.example" in post.links
    (atom,) = posts_in(ATOM % '<title>t</title><source><id>s</id><link href="https://daily.example/"/></source>')
    assert "https://daily.example/" in atom.links


# --- authors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("<author>lee@shop.photography</author>", "lee@shop.photography"),
        ("<author>lee@shop.photography (Lee Ng)</author>", "Lee Ng"),
        ("<author>Lee Ng &lt;lee@mail.shop.museum&gt;</author>", "Lee Ng"),
        ("<author>lee@shop.example (Lee Ng)</author>", "Lee Ng"),
        ("<author>lee@shop.com</author>", "lee@shop.com"),
        ("<author>Lee Ng</author>", "Lee Ng"),
        ("<dc:creator>Lee @ Acme</dc:creator>", "Lee @ Acme"),
        ("<dc:creator>@lee@social.example</dc:creator>", "lee@social.example"),
    ],
)
def test_an_author_is_named_whole(written: str, name: str) -> None:
    assert rss(f"<title>t</title>{written}").author.name == name


# --- JSON Feed --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "version",
    [
        "https://www.jsonfeed.org/version/1.1/",
        "http://jsonfeed.org/version/1",
        "jsonfeed.org/version/1.1",
        "HTTPS://JSONFEED.ORG/VERSION/1.1",
    ],
)
def test_a_json_feed_is_one_whatever_form_its_version_has(version: str) -> None:
    assert [post.title for post in json_feed(version=version)] == ["acme"]


@pytest.mark.parametrize("version", ["1.1", None, "https://example.org/version/1"])
def test_a_json_feed_without_a_version_is_known_by_its_addresses(version: str | None) -> None:
    assert [post.title for post in json_feed(version=version, home_page_url="https://b.example/")] == ["acme"]
    with pytest.raises(NotAFeed):
        json_feed(version=version)


@pytest.mark.parametrize(
    "written",
    [
        {"authors": {"name": "Lee"}},
        {"authors": [{"name": "Lee"}]},
        {"authors": ["Lee"]},
        {"author": "Lee"},
        {"author": [{"name": "Lee"}]},
        {"authors": [], "author": {"name": "Lee"}},
        {"authors": [{}], "author": {"name": "Lee"}},
    ],
)
def test_the_author_of_a_json_feed_is_read_in_any_shape(written: dict[str, Any]) -> None:
    for feed in (written, {"items": [{"id": "1", "title": "acme", **written}]}):
        assert [post.author.name for post in json_feed(**feed)] == ["Lee"]


def test_a_json_feed_may_hold_line_breaks_numbers_and_one_item_alone() -> None:
    text = '{"version": "https://jsonfeed.org/version/1", "items": {"id": 7.5, '
    text += '"content_text": "one\ntwo\tthree", "date_published": 1772546709}}'
    (post,) = posts_in(b"\xef\xbb\xbf \n" + text.encode())
    assert (post.external_id, post.text, str(post.published_at)) == (
        "7.5",
        "one\ntwo\tthree",
        "2026-03-03 14:05:09+00:00",
    )


# --- comments ---------------------------------------------------------------------------------------------------------

COMMENTS = """<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Comments for Acme</title><link>https://blog.acme.example</link>
<item><title>Comment on Our news by Kim</title><link>https://blog.acme.example/2026/03/news/#comment-6</link>
<dc:creator><![CDATA[Kim]]></dc:creator><pubDate>Wed, 04 Mar 2026 05:06:07 +0000</pubDate>
<guid isPermaLink="false">https://blog.acme.example/?p=12#comment-6</guid>
<description>In reply to Ana: Me &#8230;</description>
<content:encoded><![CDATA[<p>In reply to <a href="https://blog.acme.example/2026/03/news/#comment-5">Ana</a>.</p>
<p>Me too &amp; twice.</p>]]></content:encoded></item>
<item><title>Comment on Our news by Ana</title><link>https://blog.acme.example/2026/03/news/#comment-5</link>
<dc:creator><![CDATA[Ana]]></dc:creator><pubDate>Wed, 04 Mar 2026 05:00:00 +0000</pubDate>
<guid isPermaLink="false">https://blog.acme.example/?p=12#comment-5</guid>
<description>Acme charged me.</description><content:encoded><![CDATA[<p>Acme charged me.</p>]]></content:encoded></item>
</channel></rss>"""


def test_a_feed_of_comments_has_each_comment_with_its_own_name_address_words_and_author() -> None:
    ana, kim = posts_in(COMMENTS)
    assert (ana.title, ana.author.name, ana.text) == ("Comment on Our news by Ana", "Ana", "Acme charged me.")
    assert "Me too & twice." in kim.text
    assert ana.external_id != kim.external_id
    # Two comments below one post are two pages, and no sightings of each other.
    assert [canonical_url(one.url) for one in (ana, kim)] == [
        f"https://blog.acme.example/2026/03/news#comment-{number}" for number in (5, 6)
    ]
