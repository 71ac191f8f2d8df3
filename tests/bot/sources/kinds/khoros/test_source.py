"""Rules of listening to a Khoros community, against one of our own on loopback."""

import json
from typing import Any

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.kinds.khoros.options import MOST_BOARDS, KhorosOptions
from bot.sources.kinds.khoros.posts import id_in, read_message
from bot.sources.kinds.khoros.source import PAGE
from bot.sources.kit.options import OptionError, build_options
from tests.bot.sources.kinds.khoros.scene import Here, all_of, played
from tests.fakes.khoros import HIDDEN, SECRETS

BASE = "https://community.acme.example"


def test_a_message_is_heard_as_text_with_its_links_and_knows_its_board() -> None:
    async def story(here: Here) -> None:
        made = here.site.write(
            '<p>Late &amp; <b>cold</b> <!-- x --><a href="/t5/faq/f-p/1">see</a></p>', ago=60, subject="Soup &amp; co"
        )
        ((found,), _) = await all_of(here.make(), "")
        assert (found.external_id, found.title, found.text) == (made["id"], "Soup & co", "Late & cold see")
        assert found.url == f"{here.site.base_url}/t5/support/a-question/m-p/{made['id']}"
        assert found.links == (f"{here.site.base_url}/t5/faq/f-p/1",)
        assert (found.author.external_id, found.author.handle) == ("11", "ana")
        assert (found.lang, found.reply_to) == ("en", "")
        assert found.published_at is not None
        assert (here.now - found.published_at).total_seconds() == 60
        assert json.loads(found.facts) == {"board": "support", "open": True}

    played(story)


def test_pictures_that_the_community_keeps_are_shown_and_others_named() -> None:
    body = (
        '<p>Look <img class="emoticon emoticon-smileyhappy" src="/i/smilies/h.gif" alt=":)"></p>'
        '<span class="lia-inline-image-display-wrapper"><img src="/t5/image/serverpage/image-id/1i2A/image-size/large" '
        'role="button" title="bill.png" alt="bill.png" /></span><img src="https://pictures.example/b.png">'
    )
    found = read_message({"id": "7", "body": body}, BASE)
    assert found is not None
    assert [(one.url, one.alt) for one in found.media] == [
        (f"{BASE}/t5/image/serverpage/image-id/1i2A/image-size/large", "bill.png"),
        ("", ""),
    ]
    assert found.text == "Look"


def test_a_reply_names_what_it_answers() -> None:
    async def story(here: Here) -> None:
        top = here.site.write("Late", ago=30)
        reply = here.site.write("Mine too", "ben", to=top, ago=20)
        deeper = here.site.write("And mine", to=reply, ago=10)
        posts, _ = await all_of(here.make(), "")
        assert [(one.external_id, one.reply_to) for one in posts] == [
            (top["id"], ""),
            (reply["id"], top["id"]),
            (deeper["id"], reply["id"]),
        ]

    played(story)


def test_what_only_members_may_read_is_not_heard_unless_dibs_toml_says_so() -> None:
    async def story(here: Here) -> None:
        here.site.write("Public")
        secret = here.site.write("Secret", board=HIDDEN)
        assert [one.text for one in (await all_of(here.make(), ""))[0]] == ["Public"]
        assert here.site.logins == 0  # a stranger is asked for it
        members = here.make(members=True)
        assert {one.text for one in (await all_of(members, ""))[0]} == {"Public", "Secret"}
        url = here.site.base_url + secret["view_href"]
        assert await here.make().find(url) is None
        assert await members.find(url) is not None

    played(story)


def test_boards_are_chosen_by_their_ids() -> None:
    async def story(here: Here) -> None:
        here.site.write("Here")
        here.site.write("There", board="ideas")
        for _ in range(2):
            posts, checkpoint = await all_of(here.make(boards=("ideas", "blog")), "")
            assert [one.text for one in posts] == ["There"]
        assert [one.text for one in (await all_of(here.make(boards=("ideas",)), checkpoint))[0]] == ["There"]

    played(story)


def test_what_moderators_threw_away_is_not_heard() -> None:
    async def story(here: Here) -> None:
        here.site.write("Spam", moderation_status="rejected")
        here.site.write("Spam, too", moderation_status="MARKED_REJECTED")
        assert (await all_of(here.make(), ""))[0] == []

    played(story)


def test_what_is_new_comes_after_what_was_there_and_an_edit_comes_again() -> None:
    async def story(here: Here) -> None:
        source = here.stranger()
        for number in range(PAGE + 20):
            here.site.write(f"old {number}", ago=1_000 - number)
        posts, checkpoint = await all_of(source, "")
        assert [one.text for one in posts][:1] + [one.text for one in posts][-1:] == ["old 20", "old 119"]
        here.passes(minutes=5)
        new = here.site.write("new")
        here.site.messages["151"]["body"] = "edited"
        posts, checkpoint = await all_of(source, checkpoint)
        texts = [one.text for one in posts]
        assert texts[-1] == "new"
        assert "edited" in texts
        assert "old 19" not in texts  # it was there before we listened
        here.passes(hours=3)
        posts, checkpoint = await all_of(source, checkpoint)
        assert new["id"] in [one.external_id for one in posts]

    played(story)


def test_more_than_a_page_at_one_moment_is_walked_to_its_end() -> None:
    async def story(here: Here) -> None:
        source = here.stranger()
        here.site.write("old")
        _, checkpoint = await all_of(source, "")
        here.passes(minutes=1)
        for number in range(2 * PAGE + 30):
            here.site.write(f"number {number}")
        here.passes(minutes=1)
        here.site.write("last")
        posts, checkpoint = await all_of(source, checkpoint)
        assert {one.text for one in posts} == {"old", "last", *(f"number {number}" for number in range(2 * PAGE + 30))}
        assert len(checkpoint) < 200
        posts, _ = await all_of(source, checkpoint)
        assert posts[-1].text == "last"

    played(story)


@pytest.mark.parametrize("first", [True, False])
def test_a_date_ahead_of_us_hides_nothing_that_comes_later(first: bool) -> None:
    async def story(here: Here) -> None:
        source, checkpoint = here.stranger(), ""
        if not first:
            here.site.write("old")
            _, checkpoint = await all_of(source, "")
        here.site.write("From the future", ago=-86_400)
        _, checkpoint = await all_of(source, checkpoint)
        here.passes(minutes=1)
        here.site.write("now")
        assert "now" in [one.text for one in (await all_of(source, checkpoint))[0]]

    played(story)


@pytest.mark.parametrize("checkpoint", ["x", "[]", "3", '{"since": "x"}', '{"since": 1, "more": 2}', '{"at": true}'])
def test_a_checkpoint_that_cannot_be_read_begins_anew(checkpoint: str) -> None:
    async def story(here: Here) -> None:
        here.site.write("Late")
        assert len((await here.make().poll(checkpoint)).events) == 1

    played(story)


@pytest.mark.parametrize(
    "more",
    [
        {"id": "1' OR '1' = '1"},
        {"id": None},
        {"body": 7, "author": {"id": [], "login": 7}, "board": {}, "view_href": "javascript:alert(1)"},
        {"subject": 3, "parent": {"id": "x"}, "moderation_status": 7, "language": {}},
    ],
)
def test_a_message_of_a_wrong_shape_costs_itself_at_most(more: dict[str, Any]) -> None:
    async def story(here: Here) -> None:
        here.site.write("Late")
        bad = here.site.write("bad")
        here.site.messages[bad["id"]] = bad | more
        posts, _ = await all_of(here.make(), "")
        assert "Late" in [one.text for one in posts]
        assert all(one.external_id.isdecimal() for one in posts)
        assert not any("javascript" in one.url for one in posts)

    played(story)


def test_a_community_that_shows_strangers_nothing_says_how_to_mend_it() -> None:
    async def story(here: Here) -> None:
        here.site.write("Late")
        with pytest.raises(SourceRefused, match="to no stranger: set `username` and `members = true`"):
            await here.stranger().poll("")
        assert len((await here.make(members=True).poll("")).events) == 1

    played(story, open=False)


def test_a_session_that_ended_is_begun_anew_once() -> None:
    async def story(here: Here) -> None:
        source = here.make(members=True)
        await source.poll("")
        here.site.sessions.clear()
        here.passes(minutes=2)
        await source.poll("")
        assert here.site.logins == 2
        assert not any(SECRETS["password"] in path for _, path in here.site.asked)

    played(story)


def test_a_wrong_password_is_tried_once_and_told() -> None:
    async def story(here: Here) -> None:
        source = here.make({"password": "wrong-sample"}, members=True)
        for _ in range(2):
            with pytest.raises(SourceRefused, match=r"does not let our account in \(302\).*PASSWORD") as caught:
                await source.poll("")
            assert "wrong-sample" not in caught.value.reason
        assert sum(path.startswith("/restapi") for _, path in here.site.asked) == 1

    played(story)


def test_a_limit_that_says_to_come_back_at_once_is_a_rest() -> None:
    async def story(here: Here) -> None:
        source = here.stranger()
        here.site.limited = 1
        with pytest.raises(SourceUnavailable, match="429"):
            await source.poll("")
        await source.poll("")

    played(story)


# --- addresses and options ---


@pytest.mark.parametrize(
    ("url", "number"),
    [
        (f"{BASE}/t5/support/a-question/m-p/123", "123"),
        (f"{BASE}/t5/support/a-question/td-p/123/jump-to/first-unread-message", "123"),
        (f"{BASE}/t5/support/a-question/m-p/123#M456", "456"),
        (f"{BASE}/t5/support/a-question/m-p/123/highlight/true#M456", "456"),
        (f"{BASE}/t5/ideas/dark-mode/idi-p/9?x=1", "9"),
        ("https://www.community.acme.example/t5/a/b/qaq-p/7#comments", "7"),
        (f"{BASE}/t5/support/bd-p/support", ""),
        (f"{BASE}/", ""),
        ("https://other.example/t5/support/a/m-p/123", ""),
        ("nonsense", ""),
    ],
)
def test_a_message_is_named_by_its_address(url: str, number: str) -> None:
    assert id_in(url, BASE) == number


def test_a_community_below_a_path_has_no_other_addresses() -> None:
    assert id_in(f"{BASE}/community/t5/a/b/m-p/1", f"{BASE}/community") == "1"
    assert id_in(f"{BASE}/t5/a/b/m-p/1", f"{BASE}/community") == ""


def test_a_message_is_found_by_its_address_and_what_is_gone_is_not() -> None:
    async def story(here: Here) -> None:
        made = here.site.write("Late")
        found = await here.stranger().find(here.site.base_url + made["view_href"])
        assert found is not None
        assert found.text == "Late"
        assert await here.stranger().find(f"{here.site.base_url}/t5/support/x/m-p/99999") is None

    played(story)


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({}, "base_url"),
        ({"base_url": "x"}, "base_url"),
        ({"base_url": f"{BASE}/?x=1"}, "base_url"),
        ({"base_url": BASE, "username": "a' OR 'a' = 'a"}, "username"),
        ({"base_url": BASE, "username": 'a"b'}, "username"),
        ({"base_url": BASE, "username": "a\\"}, "username"),
        ({"base_url": BASE, "username": "a\nb"}, "username"),
        ({"base_url": BASE, "boards": ["support') OR (id = '1"]}, "boards"),
        ({"base_url": BASE, "boards": [""]}, "boards"),
        ({"base_url": BASE, "boards": [f"b{n}" for n in range(MOST_BOARDS + 1)]}, "boards"),
        ({"base_url": BASE, "members": True}, "members"),
    ],
)
def test_wrong_options_are_named(table: dict[str, Any], key: str) -> None:
    with pytest.raises(OptionError) as caught:
        build_options(KhorosOptions, table)
    assert caught.value.key == key


def test_a_name_wants_a_password_and_a_password_a_name() -> None:
    async def story(here: Here) -> None:
        with pytest.raises(OptionError, match="DIBS_SOURCE_COMMUNITY_PASSWORD"):
            here.make({})
        with pytest.raises(OptionError, match="username"):
            here.make(username="")
        assert here.stranger().replies.can_reply is not None
        assert here.make().replies.can_reply is not None

    played(story)
