"""Standing: who an author is to us, what people make of what they wrote, and what follows from both.

What follows is an order, a target and a reader, and never whether: whoever writes to us is heard, gets a card, stands
in every list and count, and may be answered, whatever stands here. So nothing in this module says yes or no.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from storage.own.mentions import MentionRow
from storage.tables.judgements import AuthorVerdict, Ending, Risk, Tier

# From so many followers on, what somebody says is heard by many.
WIDE = 10_000

VERDICT_LABELS: Mapping[AuthorVerdict, str] = {
    AuthorVerdict.HAPPY: "happy",
    AuthorVerdict.MISGUIDED: "misguided",
    AuthorVerdict.UNHAPPY: "unhappy",
    AuthorVerdict.RAGER: "rager",
    AuthorVerdict.TROLL: "troll",
}
RISK_LABELS: Mapping[Risk, str] = {
    Risk.RISK: "risk",
    Risk.PURCHASE: "purchase",
    Risk.CANCEL: "cancel",
    Risk.SERVICE: "service",
}
TIER_LABELS: Mapping[str, str] = {
    Tier.CUSTOMER: "Customers",
    Tier.WIDE: "Wide reach",
    Tier.KNOWN: "Answered before",
}
ENDING_LABELS: Mapping[Ending, str] = {
    Ending.THANKED: "Thanked us",
    Ending.SETTLED: "Settled",
    Ending.UNHAPPY: "Still unhappy",
}
URGENT_RISKS = (Risk.RISK, Risk.CANCEL)
URGENT_FIRST = "customers and risks first"
WATCH = "Watch, do not answer: a colleague called its author a {verdict}. You can answer all the same."

Words = Mapping[str, tuple[str, ...]]
# What a department looks for unless dibs.toml says otherwise; of one axis, what stands first is supposed first.
DEFAULT_WORDS: Words = {
    Risk.RISK: ("lawyer*", "lawsuit*", "legal action", "data breach", "fraud", "unsafe", "injured"),
    Risk.CANCEL: ("cancel my", "cancelling", "canceling", "switching to", "close my account", "unsubscribe"),
    Risk.SERVICE: ("not working", "broken", "crashes", "error message", "log in"),
    Risk.PURCHASE: ("looking to buy", "thinking of buying", "pricing", "free trial"),
    AuthorVerdict.UNHAPPY: ("disappointed", "disappointing", "frustrating", "unacceptable", "worst"),
    AuthorVerdict.HAPPY: ("thank you", "great service", "well done"),
}
_RISKS = tuple(one for one in Risk if one)
_VERDICTS = tuple(one for one in AuthorVerdict if one)
KINDS = (*_RISKS, *_VERDICTS)


@dataclass(frozen=True, slots=True)
class Hint:
    """What the words of a post make us suppose, and by which of the words that a department looks for."""

    kind: str
    word: str

    @property
    def sentence(self) -> str:
        """How people read it: it names its word, so that anybody sees how much it is worth."""
        return f"Perhaps {self.kind}: “{self.word}”"


def write_hints(risk: Hint | None, verdict: Hint | None) -> str:
    """Return what is kept of the hints of both axes."""
    return "\n".join(f"{one.kind}: {one.word}" for one in (risk, verdict) if one is not None)


def hint_of_risk(hints: str) -> Hint | None:
    """Return what is supposed of the risk, or None."""
    return next((one for one in _hints(hints) if one.kind in _RISKS), None)


def hint_of_verdict(hints: str) -> Hint | None:
    """Return what is supposed of the author, or None."""
    return next((one for one in _hints(hints) if one.kind in _VERDICTS), None)


def _hints(hints: str) -> list[Hint]:
    return [Hint(kind, word) for kind, _, word in (one.partition(": ") for one in hints.splitlines())]


def is_high(tier: str, risk: str) -> bool:
    """Say whether the higher targets hold, and the higher care of a charter: of customers, and of what is at risk.

    A hint is none: what is promised and who reads depends on what is known, and on what a person said.
    """
    return tier == Tier.CUSTOMER or risk in URGENT_RISKS


def priority_of(tier: str, risk: str, hints: str) -> int:
    """Return where it stands in lists: 1 before 0. A hint counts until a person has said how it is."""
    supposed = hint_of_risk(hints)
    return int(is_high(tier, risk) or (not risk and supposed is not None and supposed.kind in URGENT_RISKS))


def said_of(row: MentionRow, *, deleted: bool = False) -> list[str]:
    """Return what there is to say of an author and of what they wrote, each with its reason, in words.

    Of what was deleted no word is shown any more, and no hint, which names one.
    """
    found = [row.tier_why] if row.tier_why else []
    judged = [one for one in (row.verdict, row.risk) if one]
    if judged:
        found.append(f"judged: {', '.join(judged)}")
    if row.outcome:
        found.append(f"ended: {ENDING_LABELS[Ending(row.outcome)].lower()}")
    hints = () if deleted else (hint_of_risk(row.hints), hint_of_verdict(row.hints))
    return [*found, *(hint.sentence for hint in hints if hint is not None)]


def watch_of(row: MentionRow) -> str:
    """Return the advice that stands where somebody writes to a rager or a troll; empty for all others."""
    if row.verdict not in (AuthorVerdict.RAGER, AuthorVerdict.TROLL):
        return ""
    return WATCH.format(verdict=row.verdict)
