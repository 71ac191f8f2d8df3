"""Whom a comment in a row answers: our latest reply to its author, or what nobody knows the addressee of."""

import json
from datetime import datetime, timedelta

from bot.sources.kit.build import author, deleted, post
from bot.sources.kit.talk import MOST, Said, Talk, written_at
from handlers.base.events import Posted

BEGAN = datetime.fromisoformat("2026-03-04T05:06:07+00:00")
US = "acme"


def talk() -> Talk:
    return Talk("row", lambda one: one.author.external_id == US)


def said(name: str, who: str, minute: int, *, row: str = "top", **facts: str) -> Posted:
    return post(
        external_id=name,
        text="x",
        writer=author(external_id=who),
        published_at=BEGAN + timedelta(minutes=minute),
        reply_to="top",
        facts={"row": row, **facts},
    )


def answered(known: Talk, *posts: Posted) -> list[str]:
    return [one.reply_to for one in known.placed(posts) if isinstance(one, Posted)]


def test_a_comment_answers_our_latest_reply_to_its_author_that_stood_there_before() -> None:
    posts = (said("a", US, 1, to="kim"), said("b", US, 2, to="lee"), said("c", "kim", 3), said("d", US, 4, to="kim"))
    assert answered(talk(), *posts) == ["top", "top", "a", "top"]
    # However they come: what stands later in the row is none of it.
    assert answered(talk(), *reversed(posts)) == ["top", "a", "top", "top"]


def test_what_somebody_of_ours_wrote_by_hand_may_be_to_anybody() -> None:
    assert answered(talk(), said("a", US, 1), said("b", "kim", 2), said("c", "kim", 3, row="other")) == [
        "top",
        "a",
        "top",
    ]


def test_a_reply_to_somebody_else_is_answered_by_nobody_else() -> None:
    known = talk()
    assert answered(known, said("a", US, 1, to="lee"), said("b", "kim", 2)) == ["top", "top"]
    assert known.is_to_another("a", "kim")
    assert not known.is_to_another("a", "lee")
    assert not known.is_to_another("what nobody knows", "kim")


def test_to_whom_a_reply_was_is_kept_where_it_is_shown_again() -> None:
    known = talk()
    known.say(Said(written_at(said("a", US, 1)), "a", "top", "kim"))
    assert answered(known, said("a", US, 1), said("b", "lee", 2), said("c", "kim", 2)) == ["top", "top", "a"]


def test_with_what_a_row_begins_and_what_is_gone_stay_as_they_are() -> None:
    known = talk()
    first, gone = said("top", "kim", 2, row="top"), deleted("b")
    assert known.placed([said("a", US, 1), first, gone])[1:] == [first, gone]


def test_it_is_read_again_as_it_was_told_and_nothing_else_is() -> None:
    known, other = talk(), talk()
    known.placed(said(f"a{number}", US, number, to="kim") for number in range(MOST + 5))
    told = json.loads(json.dumps(known.told()))
    assert len(told) == MOST
    other.learn({"said": [7, ["a"], [1, "a", "b", "c"], *told]})
    assert other.told() == told
    other.learn({"said": {"a": 1}})
    assert other.told() == told
