"""The table of verbs: each entry fits its command, and no two are meant by the same word, emoji or letter."""

from collections import Counter
from dataclasses import fields

import pytest

from handlers.ask import home, show_help
from handlers.base.command import MentionCommand, PostCommand
from handlers.base.verb import ADDRESS, On, Verb, ask
from handlers.verbs import COMMANDS, OTHERS, STANDALONE, VERBS
from storage.tables.states import Via
from tests.harness.samples import samples

EACH = pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)


@EACH
def test_a_verb_is_about_what_its_command_is_about(verb: Verb) -> None:
    assert issubclass(verb.command, MentionCommand) == (verb.on == On.MENTION)
    assert issubclass(verb.command, PostCommand) == (verb.on == On.POST)
    assert (ADDRESS in verb.fields[:1]) == (verb.on == On.POST)


@EACH
def test_its_command_takes_what_its_fields_ask_for(verb: Verb) -> None:
    taken = {one.name for one in fields(verb.command)}
    assert {one.name for one in verb.fields} <= taken
    assert type(ask(verb, None, samples(verb), who=None, via=Via.API)) is verb.command


@EACH
def test_what_is_done_to_several_is_about_mentions_and_asks_by_its_fields_alone(verb: Verb) -> None:
    if verb.several:
        assert verb.on_cards
        assert verb.form
        assert verb.draw is None or verb.advised  # which begins with what is suggested, and asks for no more
        assert not verb.lets_out


@EACH
def test_what_is_shown_has_a_label_that_fits_a_button(verb: Verb) -> None:
    assert bool(verb.label) == (verb.on_cards or verb.form or verb in (*home.BUTTONS, *show_help.DAILY, COMMANDS))
    assert len(verb.label) <= 30


def test_no_two_verbs_share_a_word_an_emoji_a_letter_or_a_command() -> None:
    for said in (
        [word for verb in VERBS for word in (verb.name, *verb.aliases)],
        [verb.emoji for verb in VERBS if verb.emoji],
        [verb.key for verb in VERBS if verb.key],
        [verb.command for verb in VERBS],
    ):
        assert [one for one, number in Counter(said).items() if number > 1] == []


def test_what_needs_no_card_is_told_of_with_what_it_is_about() -> None:
    assert set(On) <= {verb.on for verb in OTHERS}
    assert On.MENTION not in {verb.on for verb in STANDALONE}
