"""Rules of pictures: which addresses may stand on a card, and how what may not is named."""

import pytest

from bot.sources.kit.build import author, post
from bot.sources.kit.options import OptionError
from bot.sources.kit.pictures import LONGEST, check_hosts, hosts_of, in_markup, media, picture
from handlers.base.media import (
    MOST_ALT,
    MOST_MEDIA,
    Media,
    MediaKind,
    description,
    from_json,
    in_words,
    shown,
    to_json,
)

HOSTS = ("files.acme.example", "*.cdn.example")
GOOD = "https://files.acme.example/a.png"


@pytest.mark.parametrize(
    ("address", "opened"),
    [
        (GOOD, GOOD),
        (f"  {GOOD}\n", GOOD),
        ("HTTPS://FILES.ACME.EXAMPLE:443/a.png", GOOD),
        ("https://one.cdn.example/a.png?s=1&t=2", "https://one.cdn.example/a.png?s=1&t=2"),
        ('https://a.b.cdn.example/ü b".png', "https://a.b.cdn.example/%C3%BC%20b%22.png"),
    ],
)
def test_a_picture_on_a_host_that_the_kind_allows_is_written_as_a_browser_opens_it(address: str, opened: str) -> None:
    assert picture(address, HOSTS) == opened


@pytest.mark.parametrize(
    "address",
    [
        "",
        "javascript:alert(1)//files.acme.example/",
        "data:image/png;base64,iVBORw0KGgo=",
        "blob:https://files.acme.example/a",
        "http://files.acme.example/a.png",
        "//files.acme.example/a.png",
        "https:/files.acme.example/a.png",
        "https:files.acme.example/a.png",
        "https://files.acme.example:8443/a.png",
        "https://files.acme.example:80/a.png",
        "https://ana@files.acme.example/a.png",
        "https://ana:secret@files.acme.example/a.png",
        "https://@files.acme.example/a.png",
        "https://a\n@files.acme.example/a.png",
        "https://files.acme.example\\@evil.example/a.png",
        "https://evil.example\\@files.acme.example/a.png",
        "https://evil.example/https://files.acme.example/a.png",
        "https://evil.example?files.acme.example",
        "https://evil.example#.cdn.example",
        "https://files.acme.example.evil.example/a.png",
        "https://files.acme.example./a.png",
        "https://evilcdn.example/a.png",
        "https://cdn.example/a.png",
        "https://.cdn.example/a.png",
        "https://127.0.0.1/a.png",
        "https://[::1]/a.png",
        "https://0x7f.1/a.png",
        "https://localhost/a.png",
        "https://files.acme.example/<a>.png",
        "https://files.acme.example/\x00a.png",
        "https://files.acme.example/\ud800.png",
        f"https://files.acme.example/{'a' * LONGEST}",
        f"https://files.acme.example/{'ü' * (LONGEST // 3)}",
    ],
)
def test_whatever_else_is_named_is_no_picture(address: str) -> None:
    assert picture(address, HOSTS) == ""
    assert author(name="Kim", avatar=address, hosts=HOSTS).avatar == ""
    assert media(MediaKind.PICTURE, address, hosts=HOSTS).url == ""


def test_without_a_host_that_is_allowed_nothing_is_shown() -> None:
    assert picture(GOOD, ()) == ""


@pytest.mark.parametrize("host", ["10.0.0.1", "127.0.0.1", "localhost", "[::1]", "", "0x7f.1"])
def test_a_server_without_a_name_has_no_pictures(host: str) -> None:
    assert hosts_of(host) == ()
    assert hosts_of("social.example") == ("social.example", "*.social.example")


@pytest.mark.parametrize(
    "host", ["*", "*.", "*.com", "com", "https://a.example", "a.example/b", "1.2.3.4", "A.example"]
)
def test_what_is_no_host_is_refused_in_a_sentence(host: str) -> None:
    with pytest.raises(OptionError, match="a list of hosts"):
        check_hosts("picture_hosts", ("files.acme.example", host))


def test_what_is_marked_and_what_is_no_picture_is_never_shown() -> None:
    assert media(MediaKind.PICTURE, GOOD, hosts=HOSTS).url == GOOD
    assert media(MediaKind.PICTURE, GOOD, hosts=HOSTS, hidden=True).url == ""
    assert media(MediaKind.OTHER, GOOD, hosts=HOSTS).url == ""


def test_a_description_passes_the_gate_and_is_bounded() -> None:
    one = media(MediaKind.PICTURE, GOOD, alt="A\x00\x1b bill\n\nof \ud800" + "x" * 100_000, hosts=HOSTS)
    assert one.alt.startswith("A bill of ?x")
    assert len(one.alt) == MOST_ALT
    assert len(post(external_id="1", text="", media=[one] * 100).media) == MOST_MEDIA


def test_markup_shows_its_pictures_and_then_its_films_and_neither_signs_nor_faces() -> None:
    markup = (
        '<p>Late <img class="emoji" src="/smile.png"><img class="wp-smiley" src="/s.png"><img src="/face.png" class="a '
        'avatar"></p><video src="/film.mp4"></video><IMG alt="The bill" src="/a.png"><img src="https://else.example/b">'
        "<img><img src='/c.png'"
    )
    found = [*in_markup(markup, "https://files.acme.example/x/", HOSTS)]
    assert found == [
        Media(kind=MediaKind.PICTURE, url=GOOD, alt="The bill"),
        Media(kind=MediaKind.PICTURE),
        Media(kind=MediaKind.VIDEO),
    ]
    hidden = [*in_markup(markup, "https://files.acme.example/x/", HOSTS, hidden=True)]
    assert [(one.url, one.hidden) for one in hidden] == [("", True)] * 3


def test_media_are_kept_whole_and_what_was_kept_before_is_read() -> None:
    kept = (media(MediaKind.PICTURE, GOOD, alt="“A” \\ bill", hosts=HOSTS), media(MediaKind.VIDEO, hidden=True))
    assert from_json(to_json(kept)) == kept
    assert from_json('[{"kind": "video", "url": "", "alt": "A van"}]') == (Media(kind=MediaKind.VIDEO, alt="A van"),)
    assert (to_json(()), from_json("")) == ("", ())


BILL = Media(kind=MediaKind.PICTURE, url=GOOD, alt="A bill")
STILL = Media(kind=MediaKind.VIDEO, url=GOOD)
MARKED = Media(kind=MediaKind.PICTURE, alt="A wound", hidden=True)


@pytest.mark.parametrize(
    ("given", "said", "words"),
    [
        ([], "", ""),
        ([BILL], "", ""),
        ([MARKED], "", "With a picture marked as sensitive (“A wound”)."),
        ([MARKED], "See.\n\n[A wound]", "With a picture marked as sensitive."),
        ([BILL, BILL, BILL], "A bill", "And 2 pictures."),
        ([BILL, STILL, MARKED], "", "And a picture marked as sensitive (“A wound”) and a video."),
        ([Media(kind=MediaKind.OTHER), Media(kind=MediaKind.VIDEO)], "", "With a file and a video."),
        ([Media(kind=MediaKind.PICTURE, alt="x" * 500)], "", f"With a picture (“{'x' * 139}…”)."),
    ],
)
def test_what_a_card_does_not_show_is_named_in_words(given: list[Media], said: str, words: str) -> None:
    assert in_words(given, said, shown(given)) == words


def test_a_card_shows_the_first_that_may_be_shown_and_never_without_words() -> None:
    assert shown([MARKED, STILL, BILL]) is STILL
    assert shown([MARKED]) is None
    assert description(BILL) == "A bill"
    assert description(STILL) == "Still of a video without a description"
