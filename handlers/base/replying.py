"""What passes between handlers and a source that can publish: the post that is answered, and what became of a reply.

Frozen values only; ``bot/sources/base.py`` says who does what with them.
"""

from dataclasses import dataclass
from datetime import datetime

from handlers.base.events import Posted

# So long may be what a first step of a publication leaves for the second.
MAX_STAGED = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """The post that a reply answers, as we know it.

    Attributes:
        external_id: The source's own name for it, as in ``Posted``.
        digest: What tells two states of its content apart (``handlers.base.events.content_digest``).
        ours: By what the replies of ours are known that we know of in this talk: their external ids and addresses.
            One that stands below the post and is none of these is what nobody here knows of.
        facts: What its source noted of it (``Posted.facts``); empty where it was found before there were any.
    """

    external_id: str
    url: str
    title: str = ""
    text: str = ""
    author_id: str = ""
    author_handle: str = ""
    digest: str = ""
    published_at: datetime | None = None
    ours: frozenset[str] = frozenset()
    facts: str = ""


# --- may it be answered by us? ---


@dataclass(frozen=True, slots=True)
class Allowed:
    """We can publish the reply ourselves."""


@dataclass(frozen=True, slots=True)
class Handoff:
    """A person has to post it by hand, at ``url``, because ``why`` (a sentence)."""

    url: str
    why: str


# --- how the parent is, just before the send ---


@dataclass(frozen=True, slots=True)
class Alive:
    """It stands as we know it; ``context`` is what ``prepare`` needs of it (JSON of the source's own, at most 4 KB)."""

    context: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """It reads differently now, or somebody of ours answered it already: ``what`` says so in a sentence.

    ``posted`` is how it reads now: it becomes what people are shown before they say whether the reply goes out.

    Where a network keeps one answer only, ours would take the place of a colleague's. That is this, too: it stands
    there, and is none of ``Parent.ours``, so ``what`` quotes what would be lost, and a person says whether it may be.
    """

    what: str
    context: str = ""
    posted: Posted | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """It was deleted, or may not be answered any more; ``why`` is a sentence."""

    why: str


ParentState = Alive | Changed | Gone


# --- what became of a send ---


@dataclass(frozen=True, slots=True)
class Published:
    """It is there: by what name, and where.

    What is ``held`` is with the network, and shown to nobody before its moderators let it through: we look again until
    they have decided. It is named as it will be once it stands, or not at all where that is not known yet.
    """

    external_id: str
    url: str
    held: bool = False


@dataclass(frozen=True, slots=True)
class Staged:
    """The first of two steps was done, and nothing of it is public; the second sends ``prepared`` in its turn.

    It is stored before, so whatever the second step needs of the first stands in it, as JSON of at most ``MAX_STAGED``
    characters. ``after_seconds`` is how long the network wants us to wait with it.
    """

    prepared: str
    after_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Refused:
    """It was certainly not published; ``why`` is a sentence for the drafter."""

    why: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """It may have been published: a time-out, a cut connection, a 5xx; look before anything is sent again.

    ``refused`` means that the answer was a no which we do not know: if a look finds nothing, it is not sent again.
    """

    why: str
    refused: bool = False


Outcome = Published | Staged | Refused | Unclear
# What a look finds; None = it is certainly not there.
Found = Published | Refused | None
