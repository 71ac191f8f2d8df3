"""Rules of what every part that replies does."""

from typing import Any

import pytest

from bot.net.client import Fetcher
from bot.net.errors import SourceRefused
from bot.runtime.clock import Clock
from bot.sources.kit.answer import Answer
from bot.sources.kit.build import post
from bot.sources.kit.replying import edited, named, unless_answered
from bot.sources.kit.rest import Rest
from bot.sources.kit.verdicts import Means, Row, Said, Verdicts
from handlers.base.events import content_digest
from handlers.base.replying import Alive, Changed, Outcome, Parent, Published, Refused, Unclear

TABLE = Verdicts(
    rows=(
        Row(means=Means.REFUSED, status={422}, why="It is too long."),
        Row(means=Means.ACCOUNT, status={403}, why="Mend the account."),
    ),
    read=lambda _answer: Said(),
    unknown="Sample refused it ({status}).",
)
THERE = post(external_id="p1", text="Where is my refund?")
ADDRESS = "https://sample.example/ours/1"


def parent(*ours: str, text: str = "Where is my refund?") -> Parent:
    digest = content_digest(post(external_id="p1", text=text))
    return Parent(external_id="p1", url="", text=text, digest=digest, ours=frozenset(ours))


def test_what_reads_as_we_know_it_was_not_edited() -> None:
    assert edited(parent(), THERE, "seen") is None


def test_an_edit_comes_with_how_it_reads_now_and_what_was_seen() -> None:
    assert edited(parent(text="Where?"), THERE, "seen") == Changed("The author edited it.", "seen", THERE)
    said = edited(parent(text="Where?"), THERE, "seen", "The author edited the post.")
    assert said == Changed("The author edited the post.", "seen", THERE)


@pytest.mark.parametrize("known", ["1", ADDRESS])
def test_an_answer_of_ours_that_is_known_by_name_or_address_is_no_reason_to_ask(known: str) -> None:
    assert unless_answered(parent(known), [("1", ADDRESS)], "seen") == Alive("seen")


def test_the_first_answer_of_ours_that_nobody_knows_is_told_with_where_it_stands() -> None:
    ours = [("1", ADDRESS), ("2", f"{ADDRESS}2"), ("3", f"{ADDRESS}3")]
    assert unless_answered(parent("1"), ours, "seen") == Changed(f"Our account answered it already: {ADDRESS}2", "seen")
    assert unless_answered(parent("1", "2", "3"), ours, "") == Alive()


def asked() -> Rest[None]:
    async def nothing(_refused: None) -> None:
        return None

    return Rest(
        Fetcher(Clock()),
        "https://sample.example",
        name="Sample",
        not_ours="That is not Sample.",
        renew=nothing,
        headers=lambda _held: {},
        verdicts=TABLE,
    )


def made(told: Any) -> Outcome | None:
    return named(told.get("id", ""), ADDRESS)


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, {"id": "1"}, Published("1", ADDRESS)),
        (200, {}, Unclear("That is not Sample.")),
        (200, {"error": "none of ours"}, Unclear("That is not Sample.")),
        (422, {"id": "1"}, Refused("It is too long.")),
        (409, {"id": "1"}, Unclear("Sample refused it (409).", refused=True)),
    ],
)
def test_what_became_of_a_reply_is_a_no_of_the_table_or_what_was_made(status: int, body: Any, outcome: Outcome) -> None:
    assert asked().outcome(Answer(status, {}, body), made) == outcome


def test_what_a_person_has_to_mend_is_raised() -> None:
    with pytest.raises(SourceRefused, match="Mend the account"):
        asked().outcome(Answer(403, {}, {}), made)
