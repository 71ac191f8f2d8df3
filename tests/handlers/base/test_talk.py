"""The talk: turns stand as they were said, and a reply answers the author's latest post that still stands."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from handlers.base.media import Media, MediaKind, to_json
from handlers.base.talk import Speaker, Talk, latest_turns, read_others, read_talk
from storage.listen import posts
from storage.own.mentions import MentionRow
from storage.tables.states import PostRole
from tests.harness.scene import START, Scene

THEY, WE, THREAD = PostRole.FOLLOW_UP, PostRole.OURS, PostRole.THREAD


def minutes(number: float) -> datetime:
    return START + timedelta(minutes=number)


class Place:
    """A mention at the start, and what is heard after it."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.mention: MentionRow = scene.arrive("Where is my refund?", published_at=START)
        self.heard_at = 60.0

    def hear(self, role: PostRole, name: str, said: float, reply_to: str = "post-1", **values: object) -> None:
        """Let a post be heard now that was written at ``said``."""
        self.heard_at += 1
        row = {
            "source": "blog",
            "external_id": name,
            "role": str(role),
            "mention_id": self.mention.id,
            "author_id": None,
            "url": f"https://blog.example/{name}",
            "canonical_url": f"https://blog.example/{name}",
            "title": "",
            "text": f"words of {name}",
            "lang": "en",
            "digest": "",
            "published_at": minutes(said),
            "ingested_at": minutes(self.heard_at),
            "reply_to": reply_to,
            "thread": "",
            "media": "",
            "facts": "",
            **values,
        }
        self.scene.database.write(lambda session: posts.add(session, [row]))

    def delete(self, name: str) -> None:
        def work(session: Session) -> None:
            row = posts.known(session, "blog", [name])[name]
            posts.change(session, row.id, text="", title="", deleted_at=minutes(99))

        self.scene.database.write(work)

    def talk(self) -> Talk:
        return self.scene.database.read(lambda session: read_talk(session, self.mention.id))

    def order(self) -> str:
        return " ".join(one.external_id for one in self.talk().turns)

    def answered(self) -> str:
        """Return what a reply answers, which is what a card quotes."""
        name = self.talk().answered.external_id
        latest = self.scene.database.read(lambda session: latest_turns(session, [self.mention.id]))
        quoted = latest[self.mention.id].external_id if latest else "post-1"
        assert quoted == name
        return name


@pytest.fixture
def place(scene: Scene) -> Place:
    return Place(scene)


def test_what_a_mention_began_with_is_a_talk_of_one_turn(place: Place) -> None:
    (turn,) = place.talk().turns
    assert (turn.who, turn.first, turn.words, turn.name) == (Speaker.THEY, True, "Where is my refund?", "Kim (@kim)")
    assert place.answered() == "post-1"


def test_they_and_we_stand_in_turns_and_a_reply_answers_their_latest(place: Place) -> None:
    place.hear(WE, "r1", 1)
    place.hear(THEY, "a1", 2, "r1")
    place.hear(WE, "r2", 3, "a1")
    place.hear(THEY, "a2", 4, "r2")
    assert place.order() == "post-1 r1 a1 r2 a2"
    assert [one.who for one in place.talk().turns] == ["they", "we", "they", "we", "they"]
    assert place.answered() == "a2"
    assert [one.external_id for one in place.talk().ours] == ["r1", "r2"]


def test_an_answer_stands_behind_what_it_answers_though_it_was_heard_first_and_its_clock_is_slow(place: Place) -> None:
    place.hear(THEY, "a1", -30, "r1")
    place.hear(WE, "r1", 1)
    assert place.order() == "post-1 r1 a1"


def test_what_a_mention_began_with_comes_first_whatever_the_date_of_what_follows(place: Place) -> None:
    place.hear(THREAD, "lee", said=-20)
    place.hear(THEY, "a1", said=-10, reply_to="elsewhere")
    assert place.order() == "post-1 a1"


def test_a_reply_answered_what_was_known_when_it_was_sent(place: Place) -> None:
    place.hear(THEY, "a1", said=61)
    place.hear(THEY, "a2", said=62)
    assert [place.talk().answered_at(minutes(at)).external_id for at in (60, 61, 61.5, 62)] == [
        "post-1",
        "a1",
        "a1",
        "a2",
    ]


def test_a_reply_that_was_sent_though_all_was_deleted_answered_that_and_nothing_that_came_later(place: Place) -> None:
    place.delete("post-1")
    place.heard_at = 109
    place.hear(THEY, "a1", said=110)
    assert place.talk().answered_at(minutes(105)).external_id == "post-1"


def test_what_was_deleted_says_and_shows_nothing(place: Place) -> None:
    media = to_json([Media(kind=MediaKind.PICTURE, alt="A bill")])
    place.hear(THEY, "a1", said=1, media=media)
    place.hear(THREAD, "lee", said=1)
    assert [len(one.media) for one in place.talk().turns] == [0, 1]
    place.delete("a1")
    place.delete("lee")
    assert [len(one.media) for one in place.talk().turns] == [0, 0]
    assert place.scene.database.read(lambda session: read_others(session, place.mention.id)) == ()


def test_an_old_post_that_is_shown_late_is_not_their_latest(place: Place) -> None:
    place.hear(WE, "r1", 1)
    place.hear(THEY, "a2", 9, "r1")
    place.hear(THEY, "a1", 5, "r1")
    assert place.order() == "post-1 r1 a1 a2"
    assert place.answered() == "a2"


def test_a_date_of_the_future_makes_no_post_the_latest_for_good(place: Place) -> None:
    place.hear(WE, "r1", 1)
    place.hear(THEY, "a1", 1_000_000, "r1")
    place.hear(THEY, "a2", 70, "r1")
    assert place.answered() == "a2"


def test_names_that_go_in_a_circle_are_a_talk_all_the_same(place: Place) -> None:
    place.hear(THEY, "a1", 2, "a2")
    place.hear(THEY, "a2", 3, "a1")
    place.hear(THEY, "a3", 4, "a3")
    assert place.answered() == "a3"


def test_what_was_deleted_is_not_answered_while_something_stands(place: Place) -> None:
    place.hear(WE, "r1", 1)
    place.hear(THEY, "a1", 2, "r1")
    place.delete("a1")
    assert place.answered() == "post-1"
    place.delete("post-1")
    assert place.talk().answered.gone
    assert place.order() == "post-1 r1 a1"


def test_our_reply_under_two_names_is_one_turn(place: Place) -> None:
    page = "https://blog.example/ours"
    place.hear(WE, "by-hand:ours", 1, "", canonical_url=page)
    place.hear(WE, "tag:9", 1, canonical_url=page)
    assert place.order() == "post-1 tag:9"


def test_what_others_wrote_stands_apart_the_newest_of_it(place: Place) -> None:
    for number in range(30):
        place.hear(THREAD, f"o{number}", number)
    assert place.order() == "post-1"
    shown = place.scene.database.read(lambda session: read_others(session, place.mention.id))
    assert [one.external_id for one in shown] == [f"o{number}" for number in range(10, 30)]
    assert {one.who for one in shown} == {Speaker.OTHERS}


def test_of_a_very_long_talk_the_beginning_and_the_end_are_read(place: Place) -> None:
    for number in range(1, 251):
        place.hear(THEY, f"a{number}", number, f"a{number - 1}")
    names = [one.external_id for one in place.talk().turns]
    assert (names[0], names[-1], len(names)) == ("post-1", "a250", 200)
    assert place.answered() == "a250"
