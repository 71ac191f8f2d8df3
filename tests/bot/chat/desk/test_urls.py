"""Addresses of views: what one shares is what others see, and what this release does not know is named."""

from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from bot.chat.desk.urls import KNOWN, parameters, read_wanted, write_wanted
from handlers.base.standing import RISK_LABELS, TIER_LABELS
from handlers.draw.wanted import AGES, MAX_QUERY, Wanted
from storage.own.board import Whose
from storage.tables.states import Status, Tab, values


def query_of(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


WORDS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=MAX_QUERY).map(str.strip)
VIEWS = st.builds(
    Wanted,
    tab=st.sampled_from(Tab),
    department=WORDS,
    newest=st.booleans(),
    q=WORDS,
    source=WORDS,
    product=WORDS,
    tier=st.sampled_from(["", *TIER_LABELS]),
    risk=st.sampled_from(["", *map(str, RISK_LABELS)]),
    lang=st.sampled_from(["", "de", "fil"]),
    age=st.sampled_from(["", *AGES]),
    state=st.sampled_from(["", *values(Status)]),
    owner=st.sampled_from(["", *values(Whose)]),
)


@given(VIEWS)
def test_a_view_is_an_address_and_its_address_the_view(wanted: Wanted) -> None:
    assert read_wanted(query_of(write_wanted(wanted))) == wanted


def test_who_searches_looks_everywhere_unless_a_tab_is_named() -> None:
    assert read_wanted({"q": "refund"}).tab == Tab.ALL
    assert read_wanted({"q": "refund", "tab": "unclaimed"}).tab == Tab.UNCLAIMED
    assert read_wanted({"source": "blog"}).tab == Tab.UNCLAIMED
    assert write_wanted(Wanted(tab=Tab.ALL, q="refund", owner="nobody")) == "/?q=refund&owner=nobody"


@given(st.dictionaries(st.sampled_from([*sorted(KNOWN), "colour"]), st.text(max_size=300)))
def test_what_is_not_understood_is_left_out_and_named(query: dict[str, str]) -> None:
    wanted = read_wanted(query)
    known = {name: value for name, value in query.items() if name == "colour" or name in KNOWN}
    named = {one.partition("=")[0] for one in wanted.unread}
    assert named <= {name for name, value in known.items() if value}
    assert replace(read_wanted(query_of(write_wanted(wanted))), after=wanted.after, unread=wanted.unread) == wanted
    assert all(len(one) <= 61 for one in wanted.unread)


def test_each_part_of_an_address_of_another_release_is_named() -> None:
    query = {"tab": "later", "owner": "somebody", "colour": "red", "age": "", "after": "x", "lang": "Deutsch", "q": "a"}
    wanted = read_wanted(query)
    assert wanted.unread == ("tab=later", "owner=somebody", "colour=red", "after=x", "lang=Deutsch")
    assert wanted == Wanted(tab=Tab.ALL, q="a", unread=wanted.unread)


def test_a_form_repeats_what_it_does_not_ask() -> None:
    wanted = Wanted(tab=Tab.MINE, department="finance", newest=False, q="refund", lang="de")
    assert parameters(wanted, "q") == {"tab": "mine", "department": "finance", "lang": "de", "order": "oldest"}
