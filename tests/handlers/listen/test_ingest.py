"""Ingest: every post once, by its source's own name for it, whatever is repeated, shuffled, edited or deleted."""

import random
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session

from handlers.base.command import ByToken
from handlers.base.events import Author, AuthorGone, Deleted, Posted
from handlers.base.organisation import SourceRules
from handlers.listen import ingest as listening
from handlers.own.claim import ClaimMention
from handlers.own.resolve import ResolveMention
from storage.engine.database import Database
from storage.listen import posts
from storage.own import mentions, ownership
from storage.own.mentions import Filter, MentionRow
from storage.tables.base import table_of
from storage.tables.posts import Author as AuthorTable
from storage.tables.posts import Post
from storage.tables.states import Status
from tests.harness.channels import card, card_key, deliver, facts, in_channel, last, message, remarks
from tests.harness.patience import HANG_SECONDS
from tests.harness.scene import ORGANISATION, Scene, at

SOURCES = (
    *ORGANISATION.sources,
    SourceRules(name="echo", kind="feed"),
    SourceRules(name="stream", kind="bluesky", unmatched="drop"),
    SourceRules(name="own", kind="feed", own_accounts=frozenset({"acme", "https://acme.example", "id-7"})),
)


@pytest.fixture
def scene(database: Database) -> Scene:
    """A scene with four sources."""
    return Scene(database, replace(ORGANISATION, sources=SOURCES))


def all_mentions(scene: Scene) -> list[MentionRow]:
    wanted = Filter(statuses=tuple(Status))
    return scene.database.read(lambda session: mentions.listed(session, wanted, limit=1_000))


def roles(scene: Scene, *ids: str) -> list[str]:
    def look(session: Session) -> list[str]:
        table = table_of(Post)
        query = select(table.c.external_id, table.c.role)
        found = {row.external_id: row.role for row in session.connection().execute(query)}
        return [found.get(one, "none") for one in ids]

    return scene.database.read(look)


# --- once ------------------------------------------------------------------------------------------------------------


def test_a_post_becomes_a_mention_with_a_card_a_log_row_and_its_clocks(scene: Scene) -> None:
    said = datetime(2026, 3, 1, tzinfo=UTC)
    arrival = scene.ingest(scene.posted("My refund", published_at=said))
    (mention,) = all_mentions(scene)
    assert (arrival.seen, arrival.matched, arrival.tokens) == (1, 1, (mention.token,))
    assert (mention.published_at, mention.ingested_at, mention.carded_at) == (said, scene.now, None)
    assert (mention.status, mention.version, mention.topic) == ("new", 1, "billing")
    row = last(scene, mention)
    assert (row["action"], row["via"], row["actor_id"]) == ("arrived", "source", None)
    assert (row["from_department_id"], row["to_department_id"]) == (None, mention.department_id)
    assert [one.key for one in in_channel(scene, "C-FINANCE")] == [card_key(mention, "C-FINANCE")]


def test_a_repeated_shuffled_and_back_dated_feed_brings_nothing_twice(scene: Scene) -> None:
    feed = [scene.posted("refund", external_id=f"p{number}") for number in range(50)]
    first = scene.ingest(*feed)
    draw = random.Random(7)
    for days in (0, 1, 400):
        draw.shuffle(feed)
        back_dated = [replace(post, published_at=scene.now - timedelta(days=days)) for post in feed]
        assert scene.ingest(*back_dated) == listening.Arrival()
    assert (first.seen, first.matched) == (50, 50)
    assert len(all_mentions(scene)) == 50
    assert len(in_channel(scene, "C-FINANCE")) == 50


def test_a_full_batch_with_repeats_inside_brings_each_once_in_its_last_words(scene: Scene) -> None:
    batch = [scene.posted(f"refund {number}", external_id=f"p{number % 60}") for number in range(100)]
    arrival = scene.ingest(*batch)
    assert (arrival.seen, arrival.matched) == (60, 60)
    found = all_mentions(scene)
    assert len({mention.token for mention in found}) == 60
    ids = [mention.id for mention in found]
    originals = scene.database.read(lambda session: mentions.originals(session, ids))
    last_words = {number % 60: f"refund {number}" for number in range(100)}
    assert {post.text for post in originals.values()} == set(last_words.values())
    assert len(in_channel(scene, "C-FINANCE")) == 60


def test_one_name_in_two_sources_is_two_posts(scene: Scene) -> None:
    scene.ingest(scene.posted("refund", external_id="p"))
    scene.ingest(scene.posted("refund", external_id="p"), source="echo")
    assert len(all_mentions(scene)) == 2


def test_every_arrival_stands_in_one_chain(scene: Scene) -> None:
    scene.ingest(*(scene.posted() for _ in range(100)))
    scene.ingest(*(scene.posted() for _ in range(20)))
    verdict = scene.database.read(ownership.verify)
    assert (verdict.rows, verdict.trouble) == (120, "")


def test_tokens_are_unique_even_when_the_dice_repeat_themselves(scene: Scene) -> None:
    class Stuck(random.Random):
        """Throws each number many times before it moves on."""

        throws = 0

        def choices(self, *_population: Any, k: int = 1, **_weights: Any) -> Any:
            self.throws += 1
            return list(f"{self.throws // 7:0{k}d}")

    def work(session: Session) -> listening.Arrival:
        batch = [scene.posted() for _ in range(30)]
        return listening.ingest(session, SOURCES[0], scene.matcher, scene.organisation, batch, scene.now, Stuck())

    arrivals = [scene.database.write(work) for _ in range(2)]
    tokens = [token for arrival in arrivals for token in arrival.tokens]
    assert len(tokens) == len(set(tokens)) == 60


def test_tokens_can_be_read_out_and_are_no_words(scene: Scene) -> None:
    arrival = scene.ingest(*(scene.posted() for _ in range(100)))
    assert {len(token) for token in arrival.tokens} == {5}
    assert not set("".join(arrival.tokens)) & set("aeiou01l")


# --- what is no mention ----------------------------------------------------------------------------------------------


def test_dropped_posts_are_counted_and_not_stored(scene: Scene) -> None:
    arrival = scene.ingest(
        scene.posted("hello", external_id="a"), scene.posted("refund", external_id="b"), source="stream"
    )
    assert (arrival.seen, arrival.matched, arrival.dropped) == (2, 1, 1)
    assert roles(scene, "a", "b") == ["none", "original"]


def test_what_was_dropped_becomes_a_mention_once_it_matches(scene: Scene) -> None:
    scene.ingest(scene.posted("hello", external_id="a"), source="stream")
    assert scene.ingest(scene.posted("hello, my refund", external_id="a"), source="stream").matched == 1


@pytest.mark.parametrize(
    "author", [Author(handle="@Acme"), Author(url="https://acme.example/"), Author(name="x", external_id="ID-7")]
)
def test_our_own_accounts_are_never_mentions(scene: Scene, author: Author) -> None:
    arrival = scene.ingest(scene.posted("refund", external_id="a", author=author), source="own")
    assert (arrival.seen, arrival.matched) == (1, 0)
    assert roles(scene, "a") == ["ours"]


def test_a_baseline_only_counts_as_known(scene: Scene) -> None:
    old = [scene.posted("refund", external_id=f"old{number}") for number in range(3)]
    arrival = scene.ingest(*old, scene.posted("refund", external_id="new"), baseline={"old0", "old1", "old2"})
    assert (arrival.seen, arrival.matched) == (4, 1)
    assert scene.ingest(*old) == listening.Arrival()
    assert roles(scene, "old0", "new") == ["baseline", "original"]


def test_a_baseline_post_that_matches_only_after_an_edit_becomes_a_mention_then(scene: Scene) -> None:
    matching, other = scene.posted("refund", external_id="a"), scene.posted("hello", external_id="b")
    scene.ingest(matching, other, baseline={"a", "b"})
    scene.ingest(replace(matching, text="refund, still"), replace(other, text="hello again"))
    assert all_mentions(scene) == []
    scene.ingest(replace(other, text="hello, my refund"))
    (mention,) = all_mentions(scene)
    assert mention.topic == "billing"
    assert [one.key for one in in_channel(scene, "C-FINANCE")] == [card_key(mention, "C-FINANCE")]
    assert scene.log(mention) == ["arrived"]
    assert card(scene, mention, "C-FINANCE").body == "hello, my refund"
    scene.ingest(replace(other, text="hello, my refund!"))
    assert len(all_mentions(scene)) == 1


# --- sightings -------------------------------------------------------------------------------------------------------


def test_the_same_address_from_another_source_is_a_sighting_on_the_card(scene: Scene) -> None:
    mention = scene.arrive(url="https://blog.example/posts/1")
    deliver(scene)
    twin = scene.posted("refund", url="https://www.blog.example/posts/1/?utm_source=echo", external_id="twin")
    arrival = scene.ingest(twin, source="echo")
    assert (arrival.seen, arrival.matched) == (1, 0)
    assert roles(scene, "twin") == ["sighting"]
    assert facts(card(scene, mention, "C-FINANCE"))["also seen at"] == "echo"
    assert message(scene, card_key(mention, "C-FINANCE")).state == "due"
    assert scene.look(mention) == mention


def others(scene: Scene, mention: MentionRow) -> list[str]:
    """Return what the card says that other sources say."""
    return [str(fact.value) for fact in card(scene, mention, "C-FINANCE").asides if "Another source" in fact.label]


def test_what_another_source_says_under_the_same_address_stands_on_the_one_card(scene: Scene) -> None:
    page = "https://forum.example/t/5#comment-77"
    friend = scene.arrive("Acme's refund is wonderful", url=page, author=Author(name="Friend"))
    deliver(scene)
    scene.ingest(
        scene.posted("They kept my refund", url=page, external_id="real", author=Author(name="Kim")), source="own"
    )
    assert len(all_mentions(scene)) == 1
    assert message(scene, card_key(friend, "C-FINANCE")).state == "due"
    drawn = card(scene, friend, "C-FINANCE")
    assert drawn.body == "Acme's refund is wonderful"
    assert others(scene, friend) == ["“They kept my refund” (Kim, own)"]
    scene.ingest(scene.posted("Refund? Never seen", url=page), source="echo")
    scene.ingest(scene.posted("It took a year, that refund", url=page), source="stream")
    assert others(scene, friend)[0].startswith("“It took a year")
    assert others(scene, friend)[2] == "and 1 more"


def test_a_sighting_that_changes_its_words_changes_them_on_the_card(scene: Scene) -> None:
    page = "https://forum.example/t/5"
    mention = scene.arrive("Where is my refund?", url=page)
    twin = scene.posted("Where is my refund?", url=page, external_id="twin")
    scene.ingest(twin, source="echo")
    deliver(scene)
    assert others(scene, mention) == []
    scene.ingest(replace(twin, text="The refund came twice"), source="echo")
    assert message(scene, card_key(mention, "C-FINANCE")).state == "due"
    assert others(scene, mention) == ["“The refund came twice” (Kim, echo)"]
    scene.ingest(Deleted(external_id="twin"), source="echo")
    assert others(scene, mention) == []


def test_a_deletion_takes_the_repeats_of_the_words_along_and_leaves_others(scene: Scene) -> None:
    page = "https://forum.example/t/5"
    mention = scene.arrive("Where is my refund?", url=page, external_id="first")
    scene.ingest(scene.posted("Where is my refund?", url=page), source="echo")
    scene.ingest(scene.posted("No refund for me", url=page), source="own")
    scene.ingest(Deleted(external_id="first"))
    assert others(scene, mention) == ["“No refund for me” (Kim, own)"]


@pytest.mark.race
def test_one_address_that_several_sources_show_at_the_same_moment_makes_one_card(scene: Scene) -> None:
    names = ("blog", "echo", "own")
    for number in range(20):
        start = threading.Barrier(len(names))

        def show(name: str, url: str, start: threading.Barrier = start) -> None:
            post = scene.posted(url=url, external_id=f"{name}-{url}")
            start.wait(HANG_SECONDS)
            scene.ingest(post, source=name)

        url = f"https://blog.example/posts/{number}"
        jobs = [threading.Thread(target=show, args=(name, url)) for name in names]
        for job in jobs:
            job.start()
        for job in jobs:
            job.join()
        assert len(all_mentions(scene)) == number + 1


def test_two_posts_on_one_page_of_one_source_are_two_mentions(scene: Scene) -> None:
    scene.ingest(*(scene.posted(url="https://blog.example/posts/1") for _ in range(2)))
    scene.ingest(scene.posted(url="https://blog.example/posts/1"))
    assert len(all_mentions(scene)) == 3


def test_posts_without_an_address_are_never_sightings(scene: Scene) -> None:
    scene.ingest(scene.posted(url=""))
    scene.ingest(scene.posted(url=""), source="echo")
    assert len(all_mentions(scene)) == 2


def test_a_sighting_that_is_deleted_takes_nothing_with_it(scene: Scene) -> None:
    mention = scene.arrive(url="https://blog.example/posts/1")
    scene.ingest(scene.posted("refund", url="https://blog.example/posts/1", external_id="twin"), source="echo")
    scene.ingest(Deleted(external_id="twin"), source="echo")
    assert scene.look(mention).status == "new"
    assert card(scene, mention, "C-FINANCE").body == "Where is my refund?"


# --- edits -----------------------------------------------------------------------------------------------------------


def test_an_edit_shows_the_new_text_and_moves_nothing(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive("My refund", external_id="p")
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    deliver(scene)
    owned = scene.look(mention)
    scene.pass_time(minutes=5)
    arrival = scene.ingest(scene.posted("All is well", external_id="p"))
    assert (arrival.seen, arrival.changed) == (0, 1)
    assert scene.look(mention) == owned
    drawn = card(scene, mention, "C-FINANCE")
    assert drawn.body == "All is well"
    assert facts(drawn)["edited"] == scene.now
    assert message(scene, card_key(mention, "C-FINANCE")).state == "due"
    assert scene.log(mention) == ["arrived", "claimed"]


def test_white_space_is_no_edit(scene: Scene) -> None:
    mention = scene.arrive("My refund", external_id="p")
    deliver(scene)
    assert scene.ingest(scene.posted("  My\n refund ", external_id="p")).changed == 0
    assert message(scene, card_key(mention, "C-FINANCE")).state == "shown"


# --- deletions -------------------------------------------------------------------------------------------------------


def test_a_deletion_takes_the_text_and_dismisses_what_nobody_has(scene: Scene) -> None:
    mention = scene.arrive("My refund", external_id="p")
    deliver(scene)
    assert scene.ingest(Deleted(external_id="p")).changed == 1
    now, row = scene.look(mention), last(scene, mention)
    assert (now.status, now.version) == ("dismissed", 2)
    assert (row["action"], row["via"], row["actor_id"]) == ("dismissed", "source", None)
    assert remarks(scene, mention) == ["The author deleted the post."]
    stored = scene.database.read(lambda session: posts.known(session, "blog", ["p"])["p"])
    assert (stored.text, stored.title, stored.deleted_at) == ("", "", scene.now)


def test_a_deletion_leaves_what_is_owned_to_its_owner(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive(external_id="p")
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    owned = scene.look(mention)
    scene.ingest(Deleted(external_id="p"))
    assert scene.look(mention) == owned
    assert card(scene, mention, "C-FINANCE").body == "The author deleted this post."
    assert scene.do(ResolveMention(who=ana, reference=ByToken(mention.token))).ok


def test_deleting_again_or_what_we_never_saw_changes_nothing(scene: Scene) -> None:
    mention = scene.arrive(external_id="p")
    scene.ingest(Deleted(external_id="p"))
    assert scene.ingest(Deleted(external_id="p"), Deleted(external_id="q")) == listening.Arrival()
    assert scene.log(mention) == ["arrived", "dismissed"]


def test_a_deleted_post_that_a_late_feed_still_shows_stays_deleted(scene: Scene) -> None:
    post = scene.posted("My refund", external_id="p")
    scene.ingest(post)
    scene.ingest(Deleted(external_id="p"))
    assert scene.ingest(post, replace(post, text="My refund, edited")) == listening.Arrival()
    (mention,) = all_mentions(scene)
    assert card(scene, mention, "C-FINANCE").body == "The author deleted this post."


def test_when_an_author_is_gone_so_is_all_that_they_wrote_and_their_name(scene: Scene) -> None:
    kim, lee = Author(name="Kim", external_id="kim"), Author(name="Lee", external_id="lee")
    first, second, other = scene.arrive(author=kim), scene.arrive(author=kim), scene.arrive(author=lee)
    assert scene.ingest(AuthorGone(author_external_id="kim")).changed == 2
    assert [scene.look(one).status for one in (first, second, other)] == ["dismissed", "dismissed", "new"]
    drawn = card(scene, first, "C-FINANCE")
    assert (drawn.author, drawn.body) == ("", "The author deleted this post.")
    assert card(scene, other, "C-FINANCE").author == "Lee"


def test_an_author_of_the_same_name_at_another_source_stays(scene: Scene) -> None:
    kim = Author(name="Kim", external_id="kim")
    mention = scene.arrive(author=kim)
    scene.ingest(scene.posted("refund", author=kim), source="echo")
    scene.ingest(AuthorGone(author_external_id="kim"), source="echo")
    assert scene.look(mention).status == "new"
    table = table_of(AuthorTable)
    names = scene.database.read(lambda session: set(session.connection().scalars(select(table.c.name))))
    assert names == {"Kim", ""}


def test_a_batch_is_taken_in_order_of_what_it_says_of_one_post(scene: Scene) -> None:
    post: Posted = scene.posted("My refund", external_id="p")
    scene.ingest(post, Deleted(external_id="p"))
    (mention,) = all_mentions(scene)
    assert scene.log(mention) == ["arrived", "dismissed"]
