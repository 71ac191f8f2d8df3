"""What is judged of a mention: who its author is to us, how they speak, what is at stake, how it ended, whose it is."""

from enum import StrEnum


class Tier(StrEnum):
    """Who the author of a mention is to us: the first of these that is so counts, from the last to the first."""

    NONE = "none"
    KNOWN = "known"
    WIDE = "wide"
    CUSTOMER = "customer"


class AuthorVerdict(StrEnum):
    """What a colleague makes of an author's tone; empty = nobody said."""

    UNSAID = ""
    HAPPY = "happy"
    MISGUIDED = "misguided"
    UNHAPPY = "unhappy"
    RAGER = "rager"
    TROLL = "troll"


class Risk(StrEnum):
    """What may come of a mention: trouble, a purchase, a customer who leaves, work for the service; empty = unsaid."""

    UNSAID = ""
    RISK = "risk"
    PURCHASE = "purchase"
    CANCEL = "cancel"
    SERVICE = "service"


class Ending(StrEnum):
    """How it ended for the author of what was resolved; empty = nobody said."""

    UNSAID = ""
    THANKED = "thanked"
    SETTLED = "settled"
    UNHAPPY = "unhappy"


class Shown(StrEnum):
    """What people saw of a suggestion.

    ``past`` = it was worked out of what was over already; ``silent`` = they had not earned it yet; ``hidden`` = by a
    coin, so that what comes of those that are shown can be compared; ``choices`` = the order of the form; ``named`` =
    that, and its card names the first.
    """

    PAST = "past"
    SILENT = "silent"
    HIDDEN = "hidden"
    CHOICES = "choices"
    NAMED = "named"
