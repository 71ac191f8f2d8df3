"""Rules of making plain text out of markup, and of finding addresses."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sources.kit.build import language, stable_id
from bot.sources.kit.html import links_in, on_site, read_markup, read_tag, web_link


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("a<b>b</b>c", "abc"),
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("a<br/>b<br>c", "a\nb\nc"),
        ("<td>a</td><td>b</td>", "a b"),
        ("<ul><li>a</li><li>b</li></ul>", "a\n\nb"),
        ("a\n  b", "a b"),
        ("&lt;b&gt; &amp;amp; &#39;", "<b> &amp; '"),
        ("&#" + "9" * 5_000 + ";", "&#" + "9" * 5_000 + ";"),
        ("1 < 2 <3 a<b", "1 < 2 <3 a<b"),
        (
            "<@U1> <!channel> <https://x.example|y> <a@b.example>",
            "<@U1> <!channel> <https://x.example|y> <a@b.example>",
        ),
        ('<a title="x > y" href=z>t</a>', "t"),
        ("<a title='don\"t'>t</a>", "t"),
        ('it"s <b>bold</b>', 'it"s bold'),
        ("<script>if (a<b) {}</script>x<style>y</style>", "x"),
        ("a<!-- <b>no</b> -->b", "ab"),
        ("a<!-- never closed", "a"),
        ('a<i title="never closed>b</i>', "ab"),
        ("a<i never closed", "a"),
        ("İ<script>x</script>y", "İy"),
        ("<g-emoji>x</g-emoji><svg:g>y</svg:g>", "xy"),
        ("<ruby>請<rp>(</rp><rt>せい</rt><rp>)</rp>求<rt>きゅう</rt></ruby>書", "請求書"),
        ("<ruby>請<rt>せい<rb>求<rt>きゅう</ruby>書", "請求書"),
        ("<RUBY><rb>解</rb><rb>約</rb><RT lang=ja>かい</RT><rt>やく</rt></RUBY>した", "解約した"),
        ("<ruby>東<rtc><rt>tō</rt></rtc></ruby>へ", "東へ"),
        ("<p><ruby>東<rt>ひがし</p><p>acme", "東\n\nacme"),
        ("<ruby>東<rt>ひがし acme", "東ひがし acme"),
        ("<rt>acme</rt> is no reading outside", "acme is no reading outside"),
    ],
)
def test_markup_becomes_the_text_that_a_reader_sees(markup: str, text: str) -> None:
    assert read_markup(markup).text == text


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<a",
        "<a ",
        '<a href="',
        "<!--",
        "<!",
        "</",
        "<script>",
        "&",
        "&#",
        "<a>",
        "<a =\"'",
        "<p>\n",
        " \n",
        '="',
        "<ruby><rt>",
    ],
)
def test_no_broken_markup_takes_more_than_its_length(piece: str) -> None:
    start = time.thread_time()
    read_markup(piece * (320_000 // len(piece)))
    assert time.thread_time() - start < 2.5


@given(st.text(alphabet="<>/!-ab =\"'&#;\n x"))
def test_no_markup_breaks_the_scanner(markup: str) -> None:
    read_markup(markup)


def test_links_are_found_without_the_punctuation_around_them() -> None:
    text = "See https://a.example/x, (https://b.example/y_(z)) and HTTP://c.example. 見て https://d.example/日本。次"
    assert links_in(text) == [
        "https://a.example/x",
        "https://b.example/y_(z)",
        "HTTP://c.example",
        "https://d.example/日本",
    ]


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("https://www.google.com/url?url=https://a.example/%3Fb", "https://a.example/?b"),
        ("https://www.google.co.uk/url?q=http://a.example", "http://a.example"),
        ("https://www.google.com/url?url=javascript:alert(1)", "https://www.google.com/url?url=javascript:alert(1)"),
        ("https://evil.example/url?url=https://a.example", "https://evil.example/url?url=https://a.example"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//a.example/x", ""),
        ("https://", ""),
        ("http://[", ""),
        ("https://a.example/" + "x" * 3_000, ""),
        ("https://a.example/\x00", ""),
        ("https://a.example/a b", "https://a.example/a%20b"),
        ("https://a.example/größe", "https://a.example/größe"),
        ("https://evil.example\\@good.example/", ""),
        ("https://u:p@a.example/x?y=@z", "https://a.example/x?y=@z"),
        ("https://a.example/\ud83d", ""),
        ("https://www.google.com/url?q=https://evil.example%5C@good.example/", ""),
        ("https://a.example/x\ny", "https://a.example/xy"),
    ],
)
def test_only_an_absolute_web_address_is_a_link(link: str, address: str) -> None:
    assert web_link(link) == address


def test_a_relative_link_is_resolved() -> None:
    assert web_link("../b?c#d", "https://a.example/x/y") == "https://a.example/b?c#d"
    assert web_link("//b.example/", "https://a.example/x") == "https://b.example/"
    assert web_link("/b", "https://ana:secret@a.example/x") == "https://a.example/b"
    assert web_link("\\\\evil.example/", "https://a.example/x") == ""
    assert web_link("/\\evil.example/", "https://a.example/x") == ""


@pytest.mark.parametrize(
    ("tag", "lang"), [("en-US", "en-us"), ("zh_Hant", "zh-hant"), ("", ""), ("x-default", ""), ("und", ""), ("<b>", "")]
)
def test_a_language_is_a_tag_or_unknown(tag: str, lang: str) -> None:
    assert language(tag) == lang


def test_a_long_id_is_hashed_and_a_short_one_kept() -> None:
    assert stable_id(" a ") == "a"
    assert stable_id("x" * 512) == "x" * 512
    assert stable_id("x" * 513).startswith("sha256:")
    assert stable_id("x" * 513) != stable_id("x" * 514)


def test_a_quote_that_never_closes_is_looked_for_once() -> None:
    start = time.thread_time()
    read_markup("<a " * 100_000 + '="')
    assert time.thread_time() - start < 2.5


def test_links_that_name_people_or_tags_are_none_that_somebody_gave() -> None:
    markup = '<p><a class="u-url Mention" href="/u/kim">@kim</a> <a href="/here" class=\'x\'>here</a></p>'
    assert read_markup(markup, ("mention",)).hrefs == ("/here",)
    assert read_markup(markup, ("mention",)).text == read_markup(markup).text == "@kim here"
    assert read_markup(markup).hrefs == ("/u/kim", "/here")


def test_links_are_read_from_where_the_markup_stands_where_that_is_told() -> None:
    markup = '<a href="/t/1">a</a> <a href="javascript:alert(1)">b</a> <a href="https://else.example/">c</a>'
    links = ("https://forum.example/t/1", "https://else.example/")
    assert read_markup(markup, base="https://forum.example/talk/").hrefs == links
    assert read_markup(markup).hrefs == ("/t/1", "javascript:alert(1)", "https://else.example/")


def test_a_tag_says_what_its_attributes_say() -> None:
    tag = read_tag('<img CLASS="Emoji big" data-src="/other.png" src=\'/a.png?a=1&amp;b=2\' alt="">')
    assert tag.classes == {"emoji", "big"}
    assert [tag.get(name) for name in ("src", "data-src", "alt", "title")] == ["/a.png?a=1&b=2", "/other.png", "", ""]


def test_an_emoji_is_read_as_its_sign_or_its_name_and_any_other_picture_is_a_space() -> None:
    smiley = '<img src="https://s.w.org/1f642.png" alt="\U0001f642" class="wp-smiley" style="height: 1em;" />'
    assert read_markup(f"Great {smiley}!").text == "Great \U0001f642!"
    assert read_markup('a<img class="emoji" alt=":a\n&lt;b:">c<img class="big" alt="A cat">d').text == "a:a <b:c d"
    assert read_markup("a<img class='emoji'>b").text == "ab"


@pytest.mark.parametrize(
    ("link", "path"),
    [
        ("https://forum.example/talk/t/1", "/t/1"),
        ("https://www.forum.example/talk/t/1?page=2", "/t/1"),
        ("https://forum.example/t/1", None),
        ("https://forum.example.net/talk/t/1", None),
        ("https://forum.example/talkative", None),
        ("no address", None),
    ],
)
def test_what_lies_on_a_site_has_a_path_from_there(link: str, path: str | None) -> None:
    parts = on_site(link, "https://forum.example/talk/")
    assert (parts.path if parts else None) == path
