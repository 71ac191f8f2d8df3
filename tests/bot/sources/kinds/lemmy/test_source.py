"""Rules of hearing on Lemmy: in either version of its API, once, in public, and whoever shows it."""

from datetime import timedelta
from typing import Any

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.base import SourceConfig
from bot.sources.kinds.lemmy.options import LemmyOptions
from bot.sources.kinds.lemmy.source import Lemmy
from bot.sources.kit.options import OptionError
from bot.sources.kit.tools import SourceTools
from handlers.base.events import Posted
from tests.bot.sources.kinds.lemmy.scene import SECRETS, VARIABLE, Make, Now, all_of, both, heard, played, told_gone
from tests.bot.sources.scene import played as played_script
from tests.fakes.http import Reply, ScriptedServer
from tests.fakes.lemmy import BEGIN, FAR, US, FakeLemmy


@both
def test_who_mentions_and_who_answers_us_is_heard_with_all_that_a_card_shows(version: str) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        top = site.post("Which tool?", "For **invoices**.", "kim", FAR, far=f"https://{FAR}/post/9")
        ours = site.comment("Try Acme.", top, US)
        asked = site.comment("@acme_support it is down", top, "lee", FAR, far=f"https://{FAR}/comment/77")
        answer = site.comment("Thanks!", ours, "kim")
        site.tell(asked, "mention")
        site.tell(answer, "reply")
        first, second = sorted(await heard(make()), key=lambda one: one.text)
        assert (first.external_id, first.url) == (f"https://{FAR}/comment/77", f"https://{FAR}/comment/77")
        assert (first.title, first.text) == ("Which tool?", "@acme_support it is down")
        assert (first.author.handle, first.author.url) == (f"lee@{FAR}", f"https://{FAR}/u/lee")
        assert (first.author.name, first.author.external_id) == ("Lee", f"https://{FAR}/u/lee")
        assert first.published_at == BEGIN + timedelta(seconds=2)
        assert first.reply_to == f"https://{FAR}/post/9"
        assert second.external_id == site.at(answer)
        assert second.author.handle == "kim@127.0.0.1"
        assert not [one for one in site.asked if "search" in one[1]]

    played(story, version=version)


@both
@pytest.mark.parametrize("shape", ["own", "items", "results", "search"])
def test_a_search_finds_posts_and_comments_of_all_instances(version: str, shape: str) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        top = site.post("Acme is slow", "Since Monday.", url="https://status.example/")
        said = site.comment("Not only acme", top, "lee", FAR, far=f"https://{FAR}/comment/1")
        site.comment("Nothing of it", top)
        found = await heard(make(query="acme"))
        assert [one.external_id for one in found] == [top["ap_id"], said["ap_id"]]
        assert (found[0].title, found[0].text, found[0].reply_to) == ("Acme is slow", "Since Monday.", "")
        assert found[0].links == ("https://status.example/",)
        assert await heard(make({}, username="", query="acme")) == found
        assert site.logins == 1

    played(story, version=version, shape=shape)


@both
def test_the_same_comment_on_two_instances_is_one_post(version: str) -> None:
    found: list[Posted] = []

    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        if found:
            site.post("Something that is only here")  # so that numbers differ
        top = site.post("On Acme", far=f"https://{FAR}/post/5")
        site.comment("acme it is", top, "lee", FAR, far=f"https://{FAR}/comment/6")
        found.extend(await heard(make(query="acme it is")))

    played(story, version="v3")
    played(story, version=version)
    assert [one.external_id for one in found] == [f"https://{FAR}/comment/6"] * 2
    assert len({one.url for one in found}) == len({one.author for one in found}) == 1
    assert len({one.facts for one in found}) == 2


@both
def test_what_a_comment_answers_is_known_by_its_address_and_asked_for_where_it_is_news(version: str) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make(query="acme")
        top = site.post("Tools")
        above = site.comment("Which one?", top, "lee", FAR, far=f"https://{FAR}/comment/8")
        site.comment("acme, of old", above)
        _, checkpoint = await all_of(source)
        assert not [one for one in site.asked if "/comment?" in one[1]]  # what was there before is no news
        below = site.comment("acme, of course", above)
        (post,) = [one for one in await heard(source, checkpoint) if one.text == "acme, of course"]
        assert post.reply_to == f"https://{FAR}/comment/8"
        site.comment("acme, indeed", below)
        asked = len([one for one in site.asked if "/comment?" in one[1]])
        (post,) = [one for one in await heard(source, checkpoint) if one.text == "acme, indeed"]
        assert post.reply_to == below["ap_id"]
        assert len([one for one in site.asked if "/comment?" in one[1]]) == asked

    played(story, version=version)


@both
def test_edits_deletions_and_removals_are_heard(version: str) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make()
        top = site.post("Tools")
        one, two, three = [site.comment(f"acme {number}", top) for number in range(3)]
        for said in (one, two, three):
            site.tell(said)
        _, checkpoint = await all_of(source)
        one |= {"content": "acme is well", "edited": now.at}
        two["deleted"] = three["removed"] = True
        assert [post.text for post in await heard(source, checkpoint)] == ["acme is well"]
        assert await told_gone(source, checkpoint) == [two["ap_id"], three["ap_id"]]

    played(story, version=version)


@both
@pytest.mark.parametrize(
    ("visibility", "open_to_all"),
    [
        ("public", True),
        ("unlisted", True),
        ("local_only_public", True),
        ("local_only_private", False),
        ("private", False),
        ("Something new", False),
    ],
)
def test_what_fewer_than_everybody_may_read_is_not_heard(version: str, visibility: str, open_to_all: bool) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        said = site.comment("acme", site.post("Tools", community=site.community(visibility=visibility)))
        site.tell(said)
        source = make(query="acme")
        assert bool(await heard(source)) is open_to_all
        assert (await source.find(site.at(said)) is not None) is open_to_all

    played(story, version=version)


def test_communities_of_before_there_were_visibilities_are_public() -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        said = site.comment("acme", site.post("Tools"))
        shown = site._view

        def old(thing: Any) -> Any:
            view = shown(thing)
            del view["community"]["visibility"]
            return view

        site._view = old  # type: ignore[method-assign]
        assert [one.external_id for one in await heard(make(query="acme"))] == [said["ap_id"]]

    played(story)


def test_messages_and_what_moderators_did_are_no_mentions_and_end_no_walk() -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make()
        top = site.post("Tools")
        site.tell(site.comment("old", top))
        _, checkpoint = await all_of(source)
        site.tell(fresh := site.comment("acme?", top))
        for number in range(60):
            site.tell(top, ("private_message", "mod_action", "subscribed")[number % 3], BEGIN + timedelta(minutes=1))
        found = [one.external_id for one in await heard(source, checkpoint)]
        assert fresh["ap_id"] in found
        assert top["ap_id"] not in found

    played(story, version="v4")


@both
def test_many_pages_are_walked_and_each_is_heard_once_more_at_most(version: str) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make()
        top = site.post("Tools")
        site.tell(site.comment("first", top))
        _, checkpoint = await all_of(source)
        for number in range(130):
            at = BEGIN + timedelta(hours=2, minutes=number)
            site.tell(site.comment(f"acme {number}", top, at=at))
        found = await heard(source, checkpoint)
        assert {one.text for one in found} >= {f"acme {number}" for number in range(130)}
        assert len(found) == len({one.external_id for one in found})

    played(story, version=version)


@both
def test_what_another_instance_dates_into_the_future_hides_nothing_that_comes_then(version: str) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make(query="acme")
        top = site.post("Tools")
        site.comment(
            "acme of tomorrow", top, "lee", FAR, far=f"https://{FAR}/comment/1", at=BEGIN + timedelta(days=900)
        )
        _, checkpoint = await all_of(source)
        now.passes(minutes=10)
        for number in range(120):
            site.comment(f"acme of now {number}", top, at=now.at)
        found = {one.text for one in await heard(source, checkpoint)}
        assert found >= {f"acme of now {number}" for number in range(120)}

    played(story, version=version)


def test_an_instance_that_becomes_version_4_is_heard_on_without_a_gap() -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make(query="acme")
        top = site.post("Tools")
        for number in range(70):
            site.tell(site.comment(f"acme {number}", top, at=BEGIN + timedelta(hours=2, minutes=number)))
        checkpoint = (await source.poll("")).checkpoint
        for number in range(70, 160):
            site.tell(site.comment(f"acme {number}", top, at=BEGIN + timedelta(hours=2, minutes=number)))
        batch = await source.poll(checkpoint)
        assert batch.more  # it is in the middle of a walk, whose cursors version 4 does not know
        site.version = "v4"
        with pytest.raises(SourceUnavailable):
            await source.poll(batch.checkpoint)
        found = [*batch.events, *await heard(source, batch.checkpoint)]
        assert {one.text for one in found if isinstance(one, Posted)} >= {f"acme {number}" for number in range(70, 160)}

    played(story)


@both
def test_the_version_is_asked_for_once(version: str) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make({}, username="", query="acme")
        for _ in range(3):
            await source.poll("")
        sites = [path for _, path in site.asked if path.endswith("/site")]
        assert sites == (["/api/v4/site"] if version == "v4" else ["/api/v4/site", "/api/v3/site"])

    played(story, version=version)


@both
def test_an_address_is_found_here_and_elsewhere(version: str) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make()
        top = site.post("Tools")
        said = site.comment("acme", top, "lee", FAR, far=f"https://{FAR}/comment/3")
        site.far["https://third.example/comment/5"] = ("comment", said["id"])
        for address in (
            site.at(said),
            f"{site.at(top)}/{said['id']}",
            f"https://{FAR}/comment/3",
            "https://third.example/comment/5",
        ):
            post = await source.find(address)
            assert post is not None, address
            assert (post.external_id, post.reply_to) == (f"https://{FAR}/comment/3", top["ap_id"])
        found = await source.find(site.at(top))
        assert found is not None
        assert (found.external_id, found.title) == (top["ap_id"], "Tools")
        asked = len(site.asked)
        for address in (f"https://{FAR}/c/tools", "https://news.example/story/1", "no address", f"https://{FAR}/u/lee"):
            assert await source.find(address) is None
        assert len(site.asked) == asked
        assert await source.find(f"{site.base_url}/comment/999") is None
        assert await source.find(f"https://{FAR}/comment/999") is None
        assert await make({}, username="", query="acme").find("https://third.example/comment/5") is None
        said["removed"] = True
        assert await source.find(site.at(said)) is None

    played(story, version=version)


@both
def test_pictures_are_shown_from_the_instance_and_what_is_nsfw_is_not(version: str) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        picture = "https://files.example/pictrs/image/a.png"
        plain: dict[str, Any] = {"url": picture, "thumbnail_url": picture, "alt_text": "A red box"}
        site.person("kim", avatar="https://files.example/pictrs/image/kim.png")
        site.post("acme one", **plain)
        site.post("acme two", **plain, nsfw=True)
        site.post("acme three", url="https://news.example/", thumbnail_url=picture)
        one, two, three = await heard(make(query="acme", picture_hosts=("files.example",)))
        assert (one.media[0].url, one.media[0].alt) == (picture, "A red box")
        assert "[A red box]" in one.text
        assert one.author.avatar == "https://files.example/pictrs/image/kim.png"
        assert (two.media[0].url, two.media[0].hidden) == ("", True)
        assert three.media == ()
        assert (await heard(make(query="acme one")))[0].media[0].url == ""

    played(story, version=version)


@both
def test_a_session_that_has_ended_is_renewed_once(version: str) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make()
        site.tell(site.comment("acme", site.post("Tools")))
        assert len(await heard(source)) == 1
        site.sessions.clear()
        now.passes(minutes=5)
        assert len(await heard(source)) == 1
        assert site.logins == 2

    played(story, version=version)


@both
def test_a_wrong_password_names_its_variable_and_is_tried_once(version: str) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make({"password": "wrong-horse"})
        for _ in range(2):
            with pytest.raises(SourceRefused, match=VARIABLE) as caught:
                await source.poll("")
            assert "wrong-horse" not in caught.value.reason
        assert site.logins == 1

    played(story, version=version)


@both
def test_a_second_factor_is_said_and_how_to_do_without(version: str) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        with pytest.raises(SourceRefused, match="second factor"):
            await make().poll("")

    played(story, version=version, second_factor=True)


@both
def test_what_only_members_may_read_is_refused(version: str) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        with pytest.raises(SourceRefused, match="Only members"):
            await make(query="acme").poll("")

    played(story, version=version, private=True)


@both
@pytest.mark.parametrize("status", [400, 429])
@pytest.mark.parametrize("known", [True, False])
def test_who_searched_too_often_rests(version: str, status: int, known: bool) -> None:
    async def story(site: FakeLemmy, make: Make, now: Now) -> None:
        source = make(query="acme") if known else make({}, username="", query="acme")
        site.limits["/search"] = status
        with pytest.raises(SourceUnavailable):
            await source.poll("")

    played(story, version=version)


@pytest.mark.parametrize(
    "body", [b"[]", b"{}", b'{"site_view": 5}', b"<html></html>", b'{"comments": 5}', b'{"comments": [5, {}, null]}']
)
def test_what_is_no_lemmy_is_a_trouble_and_never_a_bug(body: bytes) -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/api/v4/site", Reply(404))
        server.on("/api/v3/site", Reply(body=b'{"site_view": {"local_site": {}}}' if b"comments" in body else body))
        server.on("/api/v3/search", Reply(body=body))
        options = LemmyOptions(base_url=server.url(""), query="acme")
        source = Lemmy(SourceConfig(name="l", kind="lemmy", options=options, allow_private=True), tools)
        with pytest.raises(SourceUnavailable):
            await source.poll("")

    played_script(scene)


def test_a_server_that_shows_a_page_for_every_path_is_asked_in_version_3_too() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/api/v4/site", Reply(body=b"<html>Welcome</html>"))
        server.on("/api/v3/site", Reply(body=b'{"site_view": {"local_site": {}}}'))
        server.on("/api/v3/search", Reply(body=b'{"comments": [{"comment": {"id": 1}}], "posts": [{}]}'))
        options = LemmyOptions(base_url=server.url(""), query="acme")
        source = Lemmy(SourceConfig(name="l", kind="lemmy", options=options, allow_private=True), tools)
        assert (await source.poll("")).events == ()

    played_script(scene)


@pytest.mark.parametrize(
    ("options", "secrets", "key"),
    [
        ({"base_url": "ftp://lemmy.example", "query": "acme"}, {}, "base_url"),
        ({"username": "acme@lemmy.example"}, SECRETS, "username"),
        ({"username": ""}, {}, "query"),
        ({"username": "", "query": "acme"}, SECRETS, "username"),
        ({}, {}, VARIABLE),
        ({"base_url": "http://lemmy.example"}, SECRETS, "base_url"),
        ({"picture_hosts": ("192.0.2.1",)}, SECRETS, "picture_hosts"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], secrets: dict[str, str], key: str) -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        with pytest.raises(OptionError) as caught:
            built({"base_url": "https://lemmy.example", "username": US} | options, secrets, tools)
        assert caught.value.key == key

    played_script(scene)


def built(options: dict[str, Any], secrets: dict[str, str], tools: SourceTools) -> Lemmy:
    return Lemmy(SourceConfig(name="lemmy", kind="lemmy", options=LemmyOptions(**options), secrets=secrets), tools)


def test_our_account_is_one_of_our_own_by_its_full_name() -> None:
    options = LemmyOptions(base_url="https://lemmy.example", username="acme_support")
    assert options.account == "@acme_support@lemmy.example"
    assert options.own_accounts == ("acme_support@lemmy.example",)
    assert LemmyOptions(base_url="https://lemmy.example", query="acme").own_accounts == ()
