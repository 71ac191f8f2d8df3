"""Charters in dibs.toml: what is accepted, what each mistake is told, and what `dibs check` says of them."""

from dataclasses import fields, replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.chat.base import Finding
from bot.cli.check_charters import check_charter_people, check_charters
from bot.cli.command_line import app
from bot.settings.charters import CHARTER_KEYS, LONGEST_SAVED, MOST_SAVED
from bot.sources.registry import load
from handlers.base.charter import CLOSED, Charter, ReviewWhen, Stance
from handlers.base.organisation import Organisation
from storage.engine.database import Database
from storage.people import people
from tests.bot.settings.test_settings import read, refusal

DEPARTMENTS = "[departments.support]\n[departments.finance]\n"
FEED = '[[sources]]\nname = "blog"\nkind = "feed"\nurl = "https://blog.example/feed.xml"\n'
OTHER = '[[sources]]\nname = "wire"\nkind = "feed"\nurl = "https://wire.example/feed.xml"\n'

WHOLE = """
[sources.charter]
owner = "ana@acme.example"
purpose = "Help"
voice = "Short and plain"
stance = "proactive"
publish = ["finance", "ana@acme.example"]
review = "support"
review_when = { words = ["lawyer", "data breach"], first = 3 }
own_review = true
disclosure = "I work for Acme"
signature = "{name}, {department}"
blocked = ["guarantee*"]
binding = ["disclosure", "secrets"]
[sources.charter.saved]
"late parcel" = "Hello {author}, sorry!"
"lost password" = '''
Hello,
{name} of {organisation}
'''
"""


def charter(tmp_path: Path, own: str = "", top: str = "") -> Charter:
    """Return the charter of the source "blog"."""
    return read(tmp_path, DEPARTMENTS + top + FEED + own + OTHER).organisation.source("blog").charter


def told(tmp_path: Path, own: str) -> str:
    """Return what is told of a charter whose first line is line 7 of the file."""
    return refusal(tmp_path, DEPARTMENTS + FEED + "[sources.charter]\n" + own)


# --- what is read ----------------------------------------------------------------------------------------------------


def test_without_a_charter_a_source_is_closed(tmp_path: Path) -> None:
    assert charter(tmp_path) == CLOSED
    assert not CLOSED.written


def test_every_key_of_a_charter_is_read(tmp_path: Path) -> None:
    assert charter(tmp_path, WHOLE) == Charter(
        written=True,
        owner="ana@acme.example",
        purpose="Help",
        voice="Short and plain",
        stance=Stance.PROACTIVE,
        publish=("finance", "ana@acme.example"),
        review="support",
        review_when=ReviewWhen(words=("lawyer", "data breach"), first=3),
        own_review=True,
        disclosure="I work for Acme",
        signature="{name}, {department}",
        blocked=("guarantee*",),
        binding=("disclosure", "secrets"),
        saved=(("late parcel", "Hello {author}, sorry!"), ("lost password", "Hello,\n{name} of {organisation}")),
    )
    assert {*CHARTER_KEYS} == {field.name for field in fields(Charter)} - {"written"}


def test_the_charter_at_the_top_is_that_of_every_source_without_one(tmp_path: Path) -> None:
    settings = read(tmp_path, DEPARTMENTS + '[charter]\npurpose = "Help"\n' + FEED + OTHER)
    assert [one.charter for one in settings.organisation.sources] == [Charter(written=True, purpose="Help")] * 2


def test_what_people_bring_in_by_hand_has_the_charter_at_the_top(tmp_path: Path) -> None:
    top = '[charter]\npurpose = "Help"\n'
    assert read(tmp_path, DEPARTMENTS + top).organisation.source("pasted").charter.purpose == "Help"
    assert read(tmp_path, DEPARTMENTS).organisation.source("pasted").charter == CLOSED


def test_what_a_sources_own_charter_leaves_unsaid_the_one_at_the_top_says(tmp_path: Path) -> None:
    top = '[charter]\npurpose = "Help"\nreview = "none"\nsaved = { a = "1", b = "2" }\n'
    own = '[sources.charter]\nreview = "finance"\nsaved = { b = "3" }\n'
    saved = (("a", "1"), ("b", "3"))
    assert charter(tmp_path, own, top) == Charter(written=True, purpose="Help", review="finance", saved=saved)


def test_anyone_may_be_named_alone(tmp_path: Path) -> None:
    assert charter(tmp_path, '[sources.charter]\npublish = "anyone"\n').publish == ("anyone",)


def test_a_charter_may_be_empty_and_is_written_all_the_same(tmp_path: Path) -> None:
    assert charter(tmp_path, "[sources.charter]\n") == Charter(written=True)


def test_a_saved_text_about_passwords_is_no_secret_unless_it_holds_one(tmp_path: Path) -> None:
    assert charter(tmp_path, '[sources.charter.saved]\npassword = "Press Reset."\n').saved == (
        ("password", "Press Reset."),
    )
    assert "holds a secret" in told(tmp_path, 'saved = { password = "xoxb-1-2-3" }')


def test_what_can_be_done_with_a_reply_comes_from_the_kind(tmp_path: Path) -> None:
    social = 'name = "blog"\nkind = "mastodon"\nbase_url = "https://mastodon.example"\nhashtag = "acme"\n'
    reply = read(tmp_path, f"{DEPARTMENTS}[[sources]]\n{social}").organisation.source("blog").reply
    assert reply == load("mastodon").capabilities.reply
    assert reply.by_api


# --- what each mistake is told ---------------------------------------------------------------------------------------

AT = 'dibs.toml, line 8: [[sources]] "blog" charter'


@pytest.mark.parametrize(
    ("own", "sentence"),
    [
        ('purpos = "x"', 'does not know "purpos"; did you mean "purpose"?'),
        ('owner = "finanse"', 'owner "finanse" is neither a department nor an e-mail address; did you mean "finance"?'),
        ('stance = "loud"', 'stance is "reactive" (we answer) or "proactive" (we speak first too).'),
        (
            'publish = ["suport"]',
            'publish: "suport" is neither a department, nor an e-mail address, nor "anyone"; did you mean "support"?',
        ),
        (
            'publish = "everyone"',
            'publish: "everyone" is neither a department, nor an e-mail address, nor "anyone".',
        ),
        ("publish = []", "publish names nobody; leave it out, and the department that owns the mention publishes."),
        (
            'review = "a second person"',
            'review "a second person" is not "none", "second person" or a department; did you mean "second person"?',
        ),
        (
            'review = "none"\nreview_when = { first = 3 }',
            'review_when never counts beside review = "none"; say in review who reads then: "second person", or a '
            "department.",
        ),
        (
            "review_when = {}",
            "review_when has words, first or high, or several; leave it out, and every reply is read.",
        ),
        ("review_when = { frist = 3 }", 'review_when does not know "frist"; did you mean "first"?'),
        (
            "review_when = { first = -1 }",
            "review_when first is a whole number from 0 to 1000: the first so many replies of a person.",
        ),
        (
            "review_when = { first = true }",
            "review_when first is a whole number from 0 to 1000: the first so many replies of a person.",
        ),
        ('own_review = "no"', "own_review is true or false."),
        ('signature = "{nmae}"', 'signature does not know {nmae}; did you mean "name"?'),
        ('signature = "{planet}"', "signature does not know {planet}; it fills in {name}, {department}."),
        ('blocked = ["lang:de"]', 'blocked: "lang:de" finds nothing, since nobody says in which language.'),
        ('binding = ["secret"]', 'binding: "secret" is no check; did you mean "secrets"?'),
        (
            'binding = ["length"]',
            'binding: "length" is no check; there are person, question, boilerplate, disclosure, secrets, links.',
        ),
        ('saved = { hello = "Hi {autor}" }', 'saved hello does not know {autor}; did you mean "author"?'),
        ('saved = { hello = " " }', f"saved hello is text in quotes, of at most {LONGEST_SAVED} characters."),
        ("saved = { hello = 3 }", f"saved hello is text in quotes, of at most {LONGEST_SAVED} characters."),
        (f'saved = {{ hello = "{"x" * 5001}" }}', f"saved hello is text in quotes, of at most {LONGEST_SAVED} charac"),
        (f'saved = {{ "{"x" * 61}" = "Hi" }}', "is no name: one line of at most 60 characters."),
        (
            "saved = { " + ", ".join(f't{number} = "x"' for number in range(MOST_SAVED + 1)) + " }",
            f"saved has at most {MOST_SAVED} texts.",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_was_expected(tmp_path: Path, own: str, sentence: str) -> None:
    problem = told(tmp_path, own)
    assert problem.replace("line 9", "line 8").startswith(AT)
    assert sentence in problem
    assert "\n" not in problem


def test_a_charter_that_is_no_table_is_told(tmp_path: Path) -> None:
    assert refusal(tmp_path, DEPARTMENTS + FEED + 'charter = "open"\n') == (
        'dibs.toml, line 7: [[sources]] "blog" charter is a table; write [sources.charter].'
    )
    assert "charter is a table; write [charter]." in refusal(tmp_path, 'charter = "open"\n' + DEPARTMENTS + FEED)


def test_a_mistake_at_the_top_is_told_once(tmp_path: Path) -> None:
    problem = refusal(tmp_path, DEPARTMENTS + '[charter]\nreview = "legl"\n' + FEED + OTHER)
    assert problem == 'dibs.toml, line 4: [charter] review "legl" is not "none", "second person" or a department.'


# --- what dibs check says --------------------------------------------------------------------------------------------


def organisation(tmp_path: Path, own: str) -> Organisation:
    return read(tmp_path, DEPARTMENTS + FEED + own).organisation


def test_a_source_without_a_charter_is_a_warning(tmp_path: Path) -> None:
    [found] = check_charters(organisation(tmp_path, ""))
    assert (found.ok, found.subject) == (True, "Charter of blog")
    assert found.sentence == "There is none, so the owning department publishes and a second person reads."
    assert found.mend


def test_a_charter_without_an_owner_is_a_warning(tmp_path: Path) -> None:
    [found] = check_charters(organisation(tmp_path, '[sources.charter]\npurpose = "Help"\n'))
    assert found.sentence == "Nobody keeps it: it has no owner."
    assert check_charters(organisation(tmp_path, '[sources.charter]\nowner = "support"\n')) == []


def test_a_person_who_is_not_known_or_left_is_named_with_what_they_were_to_do(
    tmp_path: Path, database: Database
) -> None:
    publish = 'publish = ["kim@acme.example", "ANA@acme.example", "joe@a.ex"]\n'
    own = f'[sources.charter]\nowner = "Kim@acme.example"\n{publish}'
    charters = organisation(tmp_path, own + OTHER + own)

    def look() -> list[Finding]:
        return database.read(lambda session: check_charter_people(session, charters))

    database.write(lambda session: people.add_person(session, "Ana", "ana@acme.example"))
    joe = database.write(lambda session: people.add_person(session, "Joe", "joe@a.ex"))
    assert [one.sentence for one in look()] == [
        "kim@acme.example (publisher of blog, wire and owner of blog, wire) is not known."
    ]
    database.write(lambda session: people.keep_person(session, replace(joe, active=False)))
    assert [one.sentence for one in look()][1:] == ["joe@a.ex (publisher of blog, wire) is not with us any more."]
    assert all(one.ok and one.mend for one in look())


def test_a_warning_is_shown_and_fails_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "dibs.toml"
    config.write_text(DEPARTMENTS + FEED, encoding="utf-8")
    monkeypatch.setenv("DIBS_CONFIG", str(config))
    monkeypatch.setenv("DIBS_DATABASE_URL", f"sqlite:///{tmp_path / 'dibs.db'}")
    monkeypatch.setenv("DIBS_PUBLIC_URL", "https://dibs.acme.example")
    shown = CliRunner().invoke(app, ["check"])
    assert "warn Charter of blog: There is none" in shown.output
    assert " ok, 1 warning, 0 to mend." in shown.output
    assert shown.exit_code == 0
