"""A flood: thousands of posts in ten minutes by three authors, with a real storm inside: one card, and nothing lost."""

import random
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import Session

from handlers.base.events import Author
from handlers.draw.card import Seen, draw_cards
from handlers.own.strike import StrikeClocks
from storage.engine.database import Database
from storage.own import ownership
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.states import Held
from tests.harness.channels import deliver, in_channel
from tests.harness.scene import Scene
from tests.harness.storms import minute, promise_claims, with_history

MINUTES = 10


@pytest.mark.parametrize("number", [400, pytest.param(5_000, marks=pytest.mark.slow)])
def test_a_flood_leaves_one_card_and_those_of_who_is_exempt_and_loses_nothing(database: Database, number: int) -> None:
    scene = with_history(database)
    promise_claims(scene, timedelta(minutes=8))
    draw = random.Random(5)
    voices = [f"voice-{one}" for one in range(number // 10)]
    loud = [draw.choice(["loud-a", "loud-b", "loud-c"]) for _ in range(number - len(voices) - MINUTES)]
    writers = [*voices, *loud]
    draw.shuffle(writers)
    said: list[tuple[str, str]] = [(one, "Where is my refund?") for one in writers]
    for one in range(MINUTES):  # one a minute of whom we must not overlook
        said.insert(one * number // MINUTES + 7, (f"risk-{one}", "My lawyer wants the refund."))
    for start in range(0, number, number // MINUTES):
        batch = said[start : start + number // MINUTES]
        for first in range(0, len(batch), 100):
            some = batch[first : first + 100]
            posts = (scene.posted(text, author=Author(external_id=who), published_at=scene.now) for who, text in some)
            scene.ingest(*posts)
        scene.pass_time(minutes=1)
        minute(scene)
        while scene.do(StrikeClocks(job="clocks")).ok:
            pass
        deliver(scene)
    require_nothing_lost(scene, number)


def require_nothing_lost(scene: Scene, number: int) -> None:
    """Require that each post has a card or a reason, and that the channel was told no more than it has to be."""

    def look(session: Session) -> list[tuple[int, str]]:
        table = table_of(Mention)
        return [(row.id, row.held) for row in session.connection().execute(select(table.c.id, table.c.held))]

    rows = scene.database.read(look)
    assert len(rows) == number
    assert Counter(held for _, held in rows) == {Held.NO: MINUTES + 1, Held.STORM: number - MINUTES - 1}
    channel = in_channel(scene, "C-FINANCE")
    cards = {one.mention_id for one in channel if one.kind == "card" and one.mention_id is not None}
    standing = {mention_id for mention_id, held in rows if held == Held.NO}
    assert cards >= standing
    # What was posted before ten people had spoken says on one line where it went.
    seen = Seen(platform="slack", channel="C-FINANCE")
    gone = sorted(cards - standing)
    assert len(gone) <= 3 * number // MINUTES
    drawn = scene.database.read(lambda session: draw_cards(session, gone[:32], scene.organisation, seen))
    assert all(one.brief and one.state.startswith("Folded into a storm") for one in drawn.values())
    notices = Counter(one.key.partition(":")[0] for one in channel if one.kind != "card")
    # One list a minute; of the ladder, a warning and a delay at most for each card that stands there.
    assert notices["folded"] <= MINUTES
    assert set(notices) <= {"folded", "clock"}
    assert notices["clock"] <= 2 * (MINUTES + 1)
    assert scene.database.read(ownership.verify).trouble == ""
