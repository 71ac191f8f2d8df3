"""Rules of what of a post's HTML are its author's own words, links and pictures."""

import re

import pytest

from bot.sources.kinds.discourse.cooked import Cooked, read_cooked
from bot.sources.kinds.discourse.posts import read_post
from handlers.base.events import content_digest
from handlers.base.media import MediaKind
from tests.harness.linear import assert_linear

BASE = "https://forum.example"
HOSTS = ("forum.example", "*.forum.example")
QUOTE = """\
<aside class="quote no-group" data-username="acme_support" data-post="2" data-topic="11">
<div class="title">
<div class="quote-controls"></div>
<img loading="lazy" alt="" width="24" height="24" src="/user_avatar/forum.example/acme/48/7_2.png" class="avatar"> acme:
</div>
<blockquote>
<p>Acme sends the refund today.</p>
</blockquote>
</aside>
"""
NEWS = "https://news.example/1?a=1&amp;b=2"
LINK = f'<p><a href="{NEWS}" class="onebox" target="_blank">{NEWS}</a></p>'
ONEBOX = """\
<aside class="onebox allowlistedgeneric" data-onebox-src="https://news.example/1?a=1&amp;b=2">
  <header class="source"><img src="/uploads/i.png" class="site-icon"><a href="https://news.example/1">news</a></header>
  <article class="onebox-body"><img src="/uploads/t.png" class="thumbnail">
<h3><a href="https://news.example/1?a=1&amp;b=2">Acme fined</a></h3><p>By a court</p></article>
  <div class="onebox-metadata"></div><div style="clear: both"></div>
</aside>
"""
LIGHTBOX = """\
<p><div class="lightbox-wrapper"><a class="lightbox" href="https://cdn.forum.example/original/1X/a.png" title="bill">\
<img src="https://cdn.forum.example/optimized/1X/a_690x400.png" alt="An Acme bill" data-base62-sha1="x" width="690">\
<div class="meta"><svg class="fa"><use href="#far-image"></use></svg><span class="filename">bill.png</span>\
<span class="informations">1920×1080 97.6 KB</span></div></a></div></p>
"""


def read(cooked: str) -> Cooked:
    return read_cooked(cooked, BASE, HOSTS)


def digest(cooked: str) -> str:
    return content_digest(read_post({"id": 1, "cooked": cooked}, BASE))


def test_a_quote_is_anothers_words_and_a_block_quote_by_hand_is_not() -> None:
    found = read(f"{QUOTE}<p>It did not come.</p><blockquote><p>As they say</p></blockquote>")
    assert found.text == "It did not come.\n\nAs they say"
    assert found.media == ()
    nested = QUOTE.replace("<p>Acme sends the refund today.</p>", QUOTE)
    assert read(f"<p>Before.</p>{nested}<p>After.</p>").text == "Before.\n\nAfter."


def test_words_of_others_are_left_out_however_deep_and_wherever_they_end() -> None:
    quote = '<aside class="quote"><blockquote>'
    for deep in (2, 10, 11, 500):
        nested = f"{quote * deep}theirs{'</blockquote>theirs</aside>' * deep}"
        assert read(f"<p>Before.</p>{nested}<p>After.</p>").text == ("Before.\n\nAfter." if deep <= 10 else "Before.")
        assert read(f"<p>Before.</p>{quote * deep}theirs</blockquote></aside>theirs").text == "Before."
    assert read(f"<p>Mine.</p></aside><p>Mine.</p>{quote}theirs <aside").text == "Mine.\n\nMine."
    assert read(f"{quote}{ONEBOX}</blockquote></aside><p>Mine.</p>").text == "Mine."


def test_a_preview_reads_as_the_link_that_it_was() -> None:
    before, after = f"<p>See:</p>\n{LINK}\n<p>Bye</p>", f"<p>See:</p>\n{ONEBOX}\n<p>Bye</p>"
    found = read(after)
    assert found.text == "See:\n\nhttps://news.example/1?a=1&b=2\n\nBye"
    assert (found.links, found.media) == (("https://news.example/1?a=1&b=2",), ())
    assert digest(before) == digest(after)
    elder = re.sub(r' data-onebox-src="[^"]*"', "", after).replace(
        '<a href="https://news.example/1">', '<a href="https://news.example/1?a=1&amp;b=2">'
    )
    assert digest(before) == digest(elder)


def test_the_title_of_a_link_that_was_fetched_later_is_no_edit() -> None:
    before = f'<p>See <a href="{NEWS}" class="inline-onebox-loading">{NEWS}</a>!</p>'
    after = f'<p>See <a href="{NEWS}" class="inline-onebox">Acme fined</a>!</p>'
    assert digest(before) == digest(after)
    assert read(after).text == "See https://news.example/1?a=1&b=2!"
    assert read('<p><a href="https://x.example/">my words</a></p>').text == "my words"


def test_a_picture_is_shown_with_its_words_and_without_its_file() -> None:
    found = read(LIGHTBOX)
    assert found.text == ""
    assert found.links == ()
    ((picture,),) = [found.media]
    assert (picture.kind, picture.alt) == (MediaKind.PICTURE, "An Acme bill")
    assert picture.url == "https://cdn.forum.example/optimized/1X/a_690x400.png"
    assert read_post({"id": 1, "cooked": LIGHTBOX}, BASE).text == "[An Acme bill]"


def test_pictures_are_shown_from_where_forums_keep_them_alone() -> None:
    for source, shown in (
        ("/uploads/default/a.png", "https://forum.example/uploads/default/a.png"),
        ("//forum.example/a.png", "https://forum.example/a.png"),
        ("https://evil.example/a.png", ""),
        ("http://forum.example/a.png", ""),
        ("data:image/png;base64,AAAA", ""),
        ("http://[", ""),
    ):
        ((picture,),) = [read(f'<p><img src="{source}" alt=""></p>').media]
        assert picture.url == shown
    ours = read_post({"id": 1, "cooked": '<img src="https://us1.discourse-cdn.com/flex/a.png">'}, BASE)
    assert ours.media[0].url == "https://us1.discourse-cdn.com/flex/a.png"
    ((spoilt,),) = [read('<div class="spoiler"><img src="/a.png"></div>').media]
    assert (spoilt.url, spoilt.hidden) == ("", True)
    assert [one.kind for one in read('<div class="video-placeholder-container"></div>').media] == [MediaKind.VIDEO]


def test_an_emoji_reads_as_its_name_and_is_no_picture() -> None:
    found = read('<p>Great <img src="/images/emoji/x/smile.png?v=6" title=":smile:" class="emoji" alt=":smile:">!</p>')
    assert (found.text, found.media) == ("Great :smile:!", ())


def test_names_of_people_and_tags_are_words_and_no_links() -> None:
    found = read(
        '<p><a class="mention" href="/u/ana">@ana</a> <a class="hashtag-cooked" href="/c/support/4">#support</a> '
        '<a href="/t/hello/11">there</a> <a href="javascript:alert(1)">x</a></p>'
    )
    assert found.text == "@ana #support there x"
    assert found.links == (f"{BASE}/t/hello/11",)


def test_what_somebody_wrote_that_looks_like_markup_stays() -> None:
    assert read("<p>&lt;!channel&gt; &lt;@U1&gt; a &lt;3 b</p>").text == "<!channel> <@U1> a <3 b"


@pytest.mark.parametrize(
    "piece",
    ["<aside", "<aside class='quote'>", "</aside>", "<a ", '<a href="', "<img ", '<div class="meta">', "<a x>", '"'],
)
def test_broken_markup_costs_no_more_than_its_length(piece: str) -> None:
    assert_linear(read, lambda length: (piece * length)[:length])


@pytest.mark.parametrize(
    ("template", "face"),
    [
        ("/user_avatar/forum.example/kim/{size}/1_2.png", f"{BASE}/user_avatar/forum.example/kim/96/1_2.png"),
        ("/letter_avatar_proxy/v4/letter/k/df705f/{size}.png", ""),
        ("https://avatars.discourse.org/v4/letter/k/df705f/{size}.png", ""),
        ("//www.gravatar.com/avatar/3d.png?s={size}", ""),
        ("", ""),
    ],
)
def test_a_face_is_shown_where_somebody_chose_one(template: str, face: str) -> None:
    assert read_post({"id": 1, "username": "kim", "avatar_template": template}, BASE).author.avatar == face
