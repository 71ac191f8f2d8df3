"""What the generator of very many mentions writes is what arrival and the verbs would have written."""

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlmodel import Session, SQLModel

from handlers.base.command import ByToken, MentionCommand
from handlers.dispatch.dispatch import Dispatcher
from handlers.draw.board import read_board
from handlers.draw.wanted import Wanted
from handlers.listen.ingest import ingest
from handlers.own.claim import ClaimMention
from handlers.own.dismiss import DismissMention
from handlers.own.resolve import ResolveMention
from handlers.own.snooze import SnoozeMention
from handlers.people.sign_in import Visitor
from handlers.text.match import Matcher
from storage.engine.database import Database
from storage.own import ownership
from storage.search import due
from storage.search.tables import mention_words
from storage.tables.states import Action, Tab, Via
from tests.bench.made_up import ORGANISATION, PEOPLE, Life, Lives, Step, Timeline
from tests.bench.make_million import add_people, make
from tests.harness.engines import open_sharing

MANY = 300
# Who was answered before is known to what arrived, and to nobody where it was made.
_OF_FORMER_ANSWERS = ("answered_at", "tier", "tier_why")
# What is drawn by chance, and what follows from that.
_BY_CHANCE = {"salt", "remark_hash", "prev", "hash"}
_QUESTIONS = (
    "acme",
    "refund",
    "invoice refund",
    "sample",
    "acme.example",
    "rückerstattung",
    "返金",
    "thank",
    "none given",
)
_SAID: Mapping[Action, type[MentionCommand]] = {
    Action.CLAIMED: ClaimMention,
    Action.RESOLVED: ResolveMention,
    Action.DISMISSED: DismissMention,
}


class Tokens(Random):
    """Draws the tokens that a generated mention bears."""

    token = ""

    def choices(self, *_: Any, **__: Any) -> Any:
        """Return the token."""
        return self.token


@pytest.fixture
def made(database_url: str) -> Iterator[Database]:
    """What the generator wrote."""
    engine = open_sharing(database_url)
    make(engine, MANY)
    opened = Database(engine)
    yield opened
    opened.close()


@pytest.fixture
def arrived(in_memory: Database) -> Database:
    """What arrival and the verbs wrote of the same."""
    add_people(in_memory.engine)
    in_memory.write(arrive)
    return in_memory


def arrive(session: Session) -> None:
    """Let everything happen."""
    timeline, matcher, tokens = Timeline(), Matcher(ORGANISATION.topics), Tokens()
    dispatcher = Dispatcher(ORGANISATION, Random(1))
    (lives,) = Lives(MANY, 1).portions()
    for life, step in (*timeline.add(lives), *timeline.rest()):
        if step is None or step.action == Action.RESPONDED:
            tokens.token = life.token
            posts, now = ([life.post], life.at) if step is None else ([life.answer], step.at)
            ingest(session, ORGANISATION.source(life.source), matcher, ORGANISATION, posts, now, tokens)
        else:
            answer = dispatcher.handle(session, command(life, step), step.at)
            assert answer.ok, answer.text


def command(life: Life, step: Step) -> MentionCommand:
    """Return what a person says at the desk."""
    common: dict[str, Any] = {
        "who": Visitor(person_id=step.person or 0, name=f"Person {step.person}").who,
        "reference": ByToken(life.token),
        "via": Via.DESK,
    }
    if step.action == Action.SNOOZED:
        return SnoozeMention(until=f"{life.until:%Y-%m-%d %H:%M}", **common)
    return _SAID[step.action](**common)


def everything(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all tables, but for what chance decided."""
    found = {}
    for table in SQLModel.metadata.sorted_tables:
        columns = [one for one in table.c if one.name not in (*_BY_CHANCE, *_OF_FORMER_ANSWERS)]
        found[table.name] = sorted((tuple(row) for row in session.connection().execute(select(*columns))), key=repr)
    return found


def words(session: Session) -> list[tuple[int, list[str]]]:
    """Return the words of each mention."""
    query = select(mention_words)
    if session.connection().dialect.name == "postgresql":
        query = text("SELECT mention_id, array_to_string(tsvector_to_array(words), ' ') FROM mention_words")  # type: ignore[assignment]
    return sorted((row[0], sorted(row[1].split())) for row in session.connection().execute(query))


def test_every_row_is_what_arrival_would_have_written(made: Database, arrived: Database) -> None:
    generated, real = made.read(everything), arrived.read(everything)
    assert generated.keys() == real.keys()
    for name, rows in real.items():
        assert generated[name] == rows, name
    assert made.read(words) == arrived.read(words)
    assert {row[5] for row in real["mention"]} >= {"new", "claimed", "responded", "snoozed", "resolved", "dismissed"}


def test_the_log_verifies_nothing_is_due_and_search_and_the_board_are_the_same(
    made: Database, arrived: Database
) -> None:
    check = made.read(ownership.verify)
    assert (check.trouble, check.rows) == ("", made.read(ownership.head)[0])
    assert made.read(due.left) is None
    visitor = Visitor(person_id=PEOPLE, name="Person")
    (lives,) = Lives(MANY, 1).portions()
    for question in ("", *_QUESTIONS):
        for tab in (Tab.ALL, Tab.UNCLAIMED, Tab.DONE):
            boards = [
                one.read(
                    lambda session, question=question, tab=tab: read_board(  # type: ignore[misc]
                        session, ORGANISATION, Wanted(tab=tab, q=question), visitor, now=lives[-1].at
                    )
                )
                for one in (made, arrived)
            ]
            assert [card.title for card in boards[0].cards] == [card.title for card in boards[1].cards]
            assert boards[0].tabs == boards[1].tabs
            assert boards[0].cards or tab == Tab.UNCLAIMED, question


def test_a_generated_database_goes_on(made: Database) -> None:
    (lives,) = Lives(MANY + 1, 1).portions()

    def more(session: Session) -> int:
        matcher, post = Matcher(ORGANISATION.topics), lives[-1].post
        return ingest(
            session, ORGANISATION.source(lives[-1].source), matcher, ORGANISATION, [post], lives[-1].at, Random(1)
        ).matched

    assert made.write(more) == 1
    assert made.read(ownership.verify).trouble == ""
