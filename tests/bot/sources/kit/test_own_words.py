"""Rules of own words: which of our replies is the one that was sent."""

from dataclasses import dataclass

from bot.sources.kit.own_words import OwnWords


@dataclass(frozen=True)
class Said:
    name: str
    at: float
    text: str = "It is on its way."


OWN: OwnWords[Said] = OwnWords(
    name=lambda one: one.name, at=lambda one: one.at, says=lambda one: one.text, skew=60, most=2
)
ASKED = Said("asked", 1_000.0, "Where is my refund?")


def test_what_reads_as_it_was_sent_and_came_since_is_the_reply() -> None:
    kept = OWN.kept(ASKED, [])
    assert OWN.sent("It  is on\nits way.", kept, [Said("other", 1_005, "No."), Said("ours", 1_005)]) == Said(
        "ours", 1_005
    )
    assert OWN.sent("It was.", kept, [Said("ours", 1_005)]) is None


def test_what_our_account_wrote_before_is_not_the_reply_though_it_reads_so() -> None:
    before = Said("before", 1_500.0)
    kept = OWN.kept(ASKED, [before])
    assert OWN.sent("It is on its way.", kept, [before]) is None
    # Of those that are no more told apart by name, the time says it: two clocks may differ by a minute.
    older = [Said(f"older{number}", 1_000.0 + number) for number in range(4)]
    kept = OWN.kept(ASKED, [*older, before])
    assert kept == {"known": ["older3", "before"], "after": 1_440.0}
    assert OWN.sent("It is on its way.", kept, [*older, before]) is None
    assert OWN.sent("It is on its way.", kept, [*older, Said("ours", 1_450.0)]) == Said("ours", 1_450.0)


def test_how_late_it_is_there_is_told_by_whatever_stands_there() -> None:
    assert OWN.kept(ASKED, [], [Said("of others", 5_000.0)])["after"] == 4_940.0


def test_what_has_no_name_is_no_reply() -> None:
    assert OWN.kept(ASKED, [Said("", 1_100.0)])["known"] == []
    assert OWN.sent("It is on its way.", OWN.kept(ASKED, []), [Said("", 1_100.0)]) is None


def test_what_stood_there_before_a_post_does_not_answer_it() -> None:
    ours = [Said("before", 999.0), Said("first", 1_000.0), Said("last", 2_000.0)]
    assert [one.name for one in OWN.later(ASKED, ours)] == ["last", "first"]


def test_a_kind_says_how_texts_compare() -> None:
    own: OwnWords[Said] = OwnWords(
        name=lambda one: one.name, at=lambda one: one.at, says=lambda one: one.text, skew=0, reads=str.lower
    )
    assert own.sent("YES", own.kept(ASKED, []), [Said("ours", 1_001.0, "yes")]) == Said("ours", 1_001.0, "yes")
