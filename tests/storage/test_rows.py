"""Rows are filled by position: each field stands where its column stands, and holds what the column holds.

Two columns of one type that change places would pass every check of types. So every class that is filled that way
has a line here, and a class without one is found.
"""

import ast
import types
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from sqlalchemy import Column
from sqlmodel import SQLModel

import storage
from storage.channels import lanes, messages, rooms
from storage.listen import (
    authors,
    budgets,
    credentials,
    customers,
    elsewhere,
    entries,
    erase,
    kept,
    mutes,
    our_side,
    posts,
    retention,
    sources,
    talks,
)
from storage.own import clocks, mentions, storms, tallies
from storage.people import identities, people, sessions
from storage.reply import drafts, past_replies, publications
from storage.report import folding, proposals, shapes, suggestions, tellings, themes
from storage.tables.base import table_of
from storage.tables.clocks import Clock
from storage.tables.credentials import Credential
from storage.tables.mentions import Mention
from storage.tables.mutes import Mute
from storage.tables.people import Department, Home, Person
from storage.tables.posts import Author, KeptDelivery, SourceBudget
from storage.tables.replicas import Replica
from storage.tables.replies import Draft, Publication, Review
from storage.tables.report import Fact, PersonFirst, Stay
from storage.tables.retention import Retention
from storage.tables.storms import Storm, Tally
from storage.tables.suggestions import Suggestion
from storage.tables.voice import Proposal, Theme, ThemeChange
from storage.tables.work import Incident
from storage.work import incidents, replicas


def whole(model: type[SQLModel]) -> list[Column[Any]]:
    return list(table_of(model).columns)


COLUMNS: dict[type, Iterable[Any]] = {
    mentions.MentionRow: whole(Mention),
    mentions.Original: mentions._ORIGINAL,
    clocks.ClockRow: whole(Clock),
    replicas.ReplicaRow: [table_of(Replica).c[name] for name in ("name", "roles", "wants")],
    tallies.TallyRow: whole(Tally),
    tallies.HeardRow: tallies._HEARD_COLUMNS,
    storms.StormRow: whole(Storm),
    mutes.MuteRow: whole(Mute),
    retention.RetentionRow: whole(Retention),
    mutes.Past: list(mutes._PAST),
    messages.MessageRow: messages.MESSAGE_ROW,
    messages.LaneStatus: messages._LANE_STATUS,
    messages.Backlog: messages._BACKLOG,
    lanes.LaneRow: lanes._LANE_ROW,
    rooms.RoomFacts: rooms._FACTS,
    posts.PostRow: posts._ROW,
    posts.BaselineRow: posts._BASELINE_ROW,
    posts.AuthorRow: whole(Author),
    authors.OurAnswer: authors._OUR_ANSWER,
    customers.Listed: customers._LISTED,
    our_side.Nameless: our_side._NAMELESS,
    talks.Spoken: talks._ROW,
    talks.Heard: talks._HEARD,
    entries.EntryRow: entries._ROW,
    elsewhere.Saying: elsewhere._SAYING,
    erase.Known: erase._KNOWN,
    budgets.BudgetRow: whole(SourceBudget),
    budgets.Standing: budgets._STANDING,
    kept.KeptRow: whole(KeptDelivery),
    sources.SourceRow: sources._ROW,
    credentials.CredentialRow: whole(Credential),
    people.PersonRow: whole(Person),
    people.KnownPerson: people._KNOWN_PERSON,
    people.DepartmentRow: whole(Department),
    people.HomeRow: whole(Home),
    identities.IdentityRow: identities._ROW,
    identities.Told: list(identities._TOLD.selected_columns)[1:],
    sessions.SessionRow: sessions._ROW,
    drafts.DraftRow: whole(Draft),
    drafts.ReviewRow: whole(Review),
    publications.PublicationRow: whole(Publication),
    past_replies.AnsweredRow: past_replies._ANSWERED,
    shapes.FactRow: whole(Fact),
    shapes.StayRow: whole(Stay),
    shapes.PersonFirstRow: whole(PersonFirst),
    folding.Position: folding._POSITION,
    tellings.TellingRow: tellings._TOLD_BY,
    themes.ThemeRow: whole(Theme),
    themes.ChangeRow: whole(ThemeChange),
    proposals.ProposalRow: whole(Proposal),
    proposals.Heard: proposals._HEARD,
    proposals.Voice: proposals._VOICE,
    suggestions.Fresh: suggestions._FRESH,
    suggestions.SuggestionRow: whole(Suggestion),
    incidents.IncidentRow: whole(Incident),
}
# The post with which a mention began always has one, and so has every turn of a talk.
_OF_MENTIONS = (mentions.Original, talks.Spoken, talks.Heard, authors.OurAnswer, suggestions.Fresh)
NEVER_EMPTY = {(row, "mention_id") for row in _OF_MENTIONS}
rows = pytest.mark.parametrize("row", COLUMNS, ids=lambda row: row.__name__)


@rows
def test_fields_are_the_columns_by_name_and_in_their_order(row: type) -> None:
    names = getattr(row, "_fields", None) or [one.name for one in fields(row)]
    assert list(names) == [column.key for column in COLUMNS[row]]


@rows
def test_a_field_holds_what_its_column_holds_and_may_be_empty_where_that_may(row: type) -> None:
    for (name, said), column in zip(get_type_hints(row).items(), COLUMNS[row], strict=True):
        kinds = set(get_args(said)) if get_origin(said) in (Union, types.UnionType) else {said}
        (kind,) = kinds - {types.NoneType}
        assert issubclass(kind, column.type.python_type), name
        if getattr(column, "nullable", False) and (row, name) not in NEVER_EMPTY:
            assert types.NoneType in kinds, name


def filled_by_position() -> set[str]:
    """Return the names of the classes of storage that are called with one starred argument."""
    found = set()
    for path in Path(storage.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id[0].isupper():
                found |= {node.func.id} if any(isinstance(one, ast.Starred) for one in node.args) else set()
    return found - {"Index", "InsertOrIgnore", "Compiled"}  # which are no rows


def test_no_row_is_filled_by_position_without_its_line_here() -> None:
    assert filled_by_position() - {row.__name__ for row in COLUMNS} == set()
