"""Charters: what a source is for, in which voice, who may publish there, and whether a second person reads first.

A source without a charter is closed: only the department that owns the mention publishes, and a second person reads.
Being allowed is a right of the charter alone; that a draft is wise is the checks' advice (see ``voice``).
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from handlers.text.graphemes import AFTER_LINK, LINK, emoji_by_bytes, graphemes, utf8_bytes
from handlers.text.handles import without_hosts
from handlers.text.weights import weighted

ANYONE = "anyone"
NO_REVIEW = "none"
SECOND_PERSON = "second person"


class Stance(StrEnum):
    """Whether we only answer there, or speak first too."""

    REACTIVE = "reactive"
    PROACTIVE = "proactive"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewWhen:
    """When a second person is wanted: any of these; without any condition, always.

    Attributes:
        words: Risk words, found in the draft or in the post, whatever their case.
        first: The first so many published replies of a person on this source.
        high: Whether it answers a customer, or what somebody judged to be a risk or about to cancel.
    """

    words: tuple[str, ...] = ()
    first: int = 0
    high: bool = False

    @property
    def always(self) -> bool:
        """Say whether no condition was set."""
        return not self.words and not self.first and not self.high


ALWAYS = ReviewWhen()


@dataclass(frozen=True, slots=True, kw_only=True)
class Charter:
    """The charter of one source.

    Attributes:
        written: False for the closed default, which stands in no dibs.toml.
        owner: The department or person (e-mail) that keeps the charter; empty = nobody is named.
        publish: Departments by key, people by e-mail, or "anyone"; empty = the department that owns the mention.
        review: "none", "second person", or the department whose members review.
        own_review: Whether the writer may approve their own draft.
        disclosure: A text that every reply has to hold, or empty.
        signature: What stands under every reply; ``{name}`` and ``{department}`` are filled in. Empty = nothing.
        blocked: Words that no reply may hold.
        binding: The names of the checks that block instead of advising.
        saved: Texts to begin with, by name; ``{author}``, ``{name}`` and ``{organisation}`` are filled in.
    """

    written: bool = False
    owner: str = ""
    purpose: str = ""
    voice: str = ""
    stance: Stance = Stance.REACTIVE
    publish: tuple[str, ...] = ()
    review: str = SECOND_PERSON
    review_when: ReviewWhen = ALWAYS
    own_review: bool = False
    disclosure: str = ""
    signature: str = ""
    blocked: tuple[str, ...] = ()
    binding: tuple[str, ...] = ()
    saved: tuple[tuple[str, str], ...] = ()

    @property
    def line(self) -> str:
        """What the card says of it in one line: purpose, voice, and whether we speak first."""
        stance = "We speak first here too" if self.stance == Stance.PROACTIVE else ""
        said = " ".join(part.rstrip(".") + "." for part in (self.purpose, self.voice, stance) if part)
        return said or "No charter yet: the owning department answers, and a second person reads first."


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRules:
    """What a kind of source can do with a reply; declared by the kind, so the same for all its sources.

    Attributes:
        by_api: We can publish there ourselves; else a person posts it by hand.
        limit: The longest reply in ``unit``s; 0 = no limit that we know.
        unit: "characters", "graphemes", "bytes", "weighted characters" or "characters (an emoji counts its bytes)";
            links may count differently (see ``link_length``), and are of one weight where characters are weighted.
        link_length: What an http(s) link counts, whatever its length; 0 = its own length.
        addressed: A reply begins with its author's handle, unless it speaks to them; of a handle the host is not
            counted (``handlers.text.handles``).
        link_card: A card of the first page that it links to stands below it.
        marked: A mark of ours goes with it that no reader is shown, by which it is found again.
    """

    by_api: bool = False
    limit: int = 0
    unit: str = "characters"
    link_length: int = 0
    addressed: bool = False
    link_card: bool = False
    marked: bool = False


EMOJI_BY_BYTES = "characters (an emoji counts its bytes)"
_COUNTS = {
    "graphemes": graphemes,
    "bytes": utf8_bytes,
    "weighted characters": weighted,
    EMOJI_BY_BYTES: emoji_by_bytes,
}

CLOSED = Charter()
BY_HAND = ReplyRules()


def may_publish(charter: Charter, email: str, departments: Collection[str], owning: str) -> bool:
    """Say whether a person may publish under a charter.

    Args:
        charter: The source's.
        email: The person's, or empty.
        departments: The keys of the departments that the person belongs to.
        owning: The key of the department that owns the mention.
    """
    allowed = charter.publish or (owning,)
    if ANYONE in allowed:
        return True
    return any(one in departments or (bool(email) and one.casefold() == email.casefold()) for one in allowed)


def length(text: str, rules: ReplyRules) -> int:
    """Return how long ``text`` is in the unit of ``rules``; a link counts ``link_length`` where that is set."""
    if rules.addressed:
        text = without_hosts(text)
    count = _COUNTS.get(rules.unit, len)
    if not rules.link_length:
        return count(text)
    links = links_of(text)
    for link in links:
        text = text.replace(link, "", 1)
    return count(text) + len(links) * rules.link_length


def links_of(text: str) -> list[str]:
    """Return the http(s) links of a reply, as its readers take them."""
    return [match.group().rstrip(AFTER_LINK) for match in LINK.finditer(text)]
