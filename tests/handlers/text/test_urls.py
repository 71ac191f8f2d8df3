import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.text.urls import canonical_url

SAME = [
    ("http://Blog.Example.com/Post/", "https://blog.example.com/Post"),
    ("https://www.example.com:443/post#top", "https://example.com/post"),
    ("http://example.com:80/post?utm_source=x&b=2&a=1&fbclid=y", "https://example.com/post?a=1&b=2"),
    ("https://user:secret@example.com./post", "https://example.com/post"),
    ("https://example.com/%7eana/caf%c3%a9", "https://example.com/~ana/café"),
    ("https://bücher.example/x", "https://xn--bcher-kva.example/x"),
    (" https://example.com/post#:~:text=refund\n", "https://example.com/post"),
    ("https://x.com/acme/status/42?s=20&t=abc", "https://mobile.twitter.com/i/web/status/42/photo/1"),
    ("https://youtu.be/abc-DEF_123?si=x&t=4", "https://m.youtube.com/watch?v=abc-DEF_123&feature=share"),
    ("https://www.youtube.com/shorts/abc-DEF_123", "https://www.youtube.com/watch?t=1&v=abc-DEF_123"),
    ("https://youtu.be/abc?lc=C1", "https://youtube.com/watch?lc=C1&v=abc"),
    ("https://old.reddit.com/r/acme/comments/k7/some_title/", "https://redd.it/k7"),
    ("https://www.reddit.com/r/a/comments/k7/title/z9/?context=3", "https://reddit.com/r/a/comments/k7/comment/z9/"),
    ("https://de-de.facebook.com/acme/posts/1?__tn__=R", "https://m.facebook.com/acme/posts/1"),
    ("https://www.instagram.com/p/Abc/?igsh=x&hl=de", "https://instagram.com/p/Abc/"),
    ("https://www.instagram.com/some.body/p/Q-7_/?img_index=2", "https://instagr.am/p/Q-7_"),
    ("https://www.instagram.com/some.body/reel/Q-7_/", "https://www.instagram.com/reels/Q-7_/"),
    ("https://www.threads.net/@some.body/post/Q-7_", "https://threads.com/@some.body/post/Q-7_/media?xmt=Z&slof=1"),
    ("https://www.threads.net/t/Q-7_", "https://www.threads.com/@some.body/post/Q-7_"),
    ("https://www.paper.example/world/9?at_medium=social&at_custom3=x&at_link_id=7", "http://paper.example/world/9/"),
    ("https://paper.example/9?xtor=RSS-16&ns_campaign=a&wt.mc_id=b&WT_mc=c", "https://paper.example/9"),
    ("https://paper.example/9?gad_source=1&gbraid=a&srsltid=b&mc_eid=c&_hsmi=d&mkt_tok=e", "https://paper.example/9"),
    ("https://shop.example/9;jsessionid=0A7.n1?colour=red", "https://shop.example/9?colour=red"),
    ("https://lee.medium.com/late-9f?source=rss----77aa---4&sk=f00", "https://lee.medium.com/late-9f"),
    ("https://lee.substack.com/p/late?r=1a&utm_medium=web&showWelcomeOnShare=true", "https://lee.substack.com/p/late"),
    (
        "https://www.nytimes.com/2026/late.html?smid=tw-share&partner=rss&emc=rss",
        "https://mobile.nytimes.com/2026/late.html",
    ),
    ("https://fixupx.com/lee/status/9", "https://x.com/lee/status/9?s=46"),
    ("https://www.reddit.com/gallery/k7", "https://sh.reddit.com/r/acme/comments/k7/late/"),
    (
        "https://www.linkedin.com/posts/lee_late-activity-7123-xYz1?rcm=A",
        "https://linkedin.com/feed/update/urn%3Ali%3Aactivity%3A7123/",
    ),
    (
        "https://www.linkedin.com/feed/update/urn:li:activity:71/?commentUrn=urn%3Ali%3Acomment%3A%28activity%3A71%2C72%29",
        "https://linkedin.com/feed/update/urn:li:activity:71?dashCommentUrn=urn:li:fsd_comment:(72,urn:li:activity:71)",
    ),
    (
        "https://www.linkedin.com/feed/update/urn:li:activity:71/?commentUrn=urn%3Ali%3Acomment%3A%28activity%3A71%2C72%29"
        "&replyUrn=urn%3Ali%3Acomment%3A%28activity%3A71%2C73%29",
        "https://www.linkedin.com/feed/update/urn:li:activity:71?replyUrn=urn:li:comment:(urn:li:activity:71,73)&rcm=A",
    ),
    ("https://www.facebook.com/groups/acme/permalink/77/?mibextid=x", "https://m.facebook.com/groups/acme/posts/77"),
    ("https://telegram.me/s/acme/7", "https://t.me/acme/7?single"),
    ("https://uk.trustpilot.com/reviews/6a?languages=all", "https://www.trustpilot.com/reviews/6a"),
    ("https://de.m.wikipedia.org/wiki/Acme?wprov=sfla1", "https://de.wikipedia.org/wiki/Acme"),
    ("https://social.example/users/lee/statuses/77", "https://social.example/@lee/77"),
    ("https://l.facebook.com/l.php?u=https%3A%2F%2Fpaper.example%2F9%3Ffbclid%3DA&h=B", "https://paper.example/9"),
    (
        "http://www.bing.com/news/apiclick.aspx?ref=FexRss&tid=9&url=https%3a%2f%2fpaper.example%2f9",
        "https://paper.example/9",
    ),
    ("https://www.google.com/amp/s/paper.example/9?x=1", "https://paper.example/9?x=1"),
    (
        "https://eu01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fpaper.example%2F9&data=x",
        "https://paper.example/9",
    ),
    (
        "https://r.search.yahoo.com/_ylt=A/RV=2/RE=1/RO=10/RU=https%3a%2f%2fpaper.example%2f9/RK=2/RS=x-",
        "https://paper.example/9",
    ),
    ("https://urldefense.com/v3/__https://paper.example/9__;!!x!y$", "https://paper.example/9"),
]

DIFFERENT = [
    ("https://example.com/Post", "https://example.com/post"),
    ("https://example.com/post?id=1", "https://example.com/post?id=2"),
    ("https://example.com:8443/post", "https://example.com/post"),
    ("https://m.example.com/post", "https://example.com/post"),
    ("https://old.example.com/post", "https://example.com/post"),
    ("https://example.com/a%2Fb", "https://example.com/a/b"),
    ("https://example.com/?q=%ff", "https://example.com/?q=%fe"),
    ("https://example.com/post#comment-5", "https://example.com/post"),
    ("https://example.com/#!/5", "https://example.com/#!/6"),
    ("https://youtube.com/watch?v=a&lc=1", "https://youtube.com/watch?v=a&lc=2"),
    ("https://reddit.com/r/a/comments/k7/t/z9", "https://reddit.com/r/a/comments/k7/t"),
    ("https://news.ycombinator.com/item?id=1", "https://news.ycombinator.com/item?id=2"),
    ("https://evil.example/x.com/a/status/1", "https://x.com/a/status/1"),
    ("https://paper.example/9?source=rss-77aa------2", "https://paper.example/9"),
    ("https://paper.example/9?si=2&r=3&ref=4", "https://paper.example/9"),
    ("https://paper.example/9?attribute=medium", "https://paper.example/9"),
    ("https://evil.example/instagram.com/lee/p/Q", "https://www.instagram.com/p/Q"),
    ("https://www.instagram.com/p/Q/c/17/", "https://www.instagram.com/p/Q/"),
    ("https://www.instagram.com/p/Q", "https://www.instagram.com/p/q"),
    ("https://archive.example/save?url=https://paper.example/9", "https://paper.example/9"),
    (
        "https://www.linkedin.com/posts/lee_late-activity-7123-xYz1",
        "https://www.linkedin.com/posts/lee_late-activity-7124-xYz1",
    ),
    (
        "https://www.linkedin.com/feed/update/urn:li:activity:71/?commentUrn=urn%3Ali%3Acomment%3A%28activity%3A71%2C72%29",
        "https://www.linkedin.com/feed/update/urn:li:activity:71/?commentUrn=urn%3Ali%3Acomment%3A%28activity%3A71%2C73%29",
    ),
    (
        "https://www.linkedin.com/feed/update/urn:li:activity:71/?commentUrn=urn%3Ali%3Acomment%3A%28activity%3A71%2C72%29",
        "https://www.linkedin.com/feed/update/urn:li:activity:71/",
    ),
    ("https://a.substack.com/p/late", "https://b.substack.com/p/late"),
]

INCOMPARABLE = [
    "",
    "example.com/post",
    "mailto:ana@example.com",
    "javascript:alert(1)",
    "ftp://example.com/post",
    "https://example.com",
    "https://www.example.com/?utm_source=x#top",
    "https:///post",
    "https://[::1/post",
    "https://example.com:99999/post",
    "https://example.com:x/post",
    "https://bü..example/post",
    "https://example.com/\ud800",
    "https://example.com/?" + "&".join(f"f{n}=1" for n in range(200)),
    "https://example.com/" + "x" * 2_048,
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_addresses_of_one_page_have_one_form(one: str, other: str) -> None:
    assert canonical_url(one) == canonical_url(other) != ""


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_addresses_of_different_posts_stay_apart(one: str, other: str) -> None:
    assert canonical_url(one) != canonical_url(other)
    assert canonical_url(one)
    assert canonical_url(other)


@pytest.mark.parametrize("url", INCOMPARABLE)
def test_what_names_no_page_cannot_be_compared(url: str) -> None:
    assert canonical_url(url) == ""


@pytest.mark.parametrize("url", [address for pair in (*SAME, *DIFFERENT) for address in pair])
def test_the_one_form_is_its_own_form(url: str) -> None:
    assert canonical_url(canonical_url(url)) == canonical_url(url)


@given(st.text(max_size=60), st.sampled_from(["", "https://example.com/", "http://", "https://example.com/?"]))
def test_no_address_is_too_strange(text: str, beginning: str) -> None:
    form = canonical_url(beginning + text)
    assert form == "" or form.startswith("https://")
