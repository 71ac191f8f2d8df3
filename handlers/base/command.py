"""What every handler shares: who acts, on what, with what answer.

A command is what somebody wants, in the imperative; it names its mention by what the gesture carried (a token, the
place of a card, a URL), and the Dispatcher finds the mention. A handler is a plain function of command and context.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import ClassVar

from handlers.base.cards import Button, Form, Notice
from handlers.base.events import Found
from handlers.base.organisation import Organisation
from storage.engine.database import Session
from storage.own.mentions import MentionRow
from storage.tables.states import IdentityKind, Via


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """An account as the gesture tells it.

    Attributes:
        workspace: The Slack team or Teams tenant that the account belongs to.
        channel: The channel in which the person acts, or empty.
        kind: What the platform knows of the account when the gesture arrives.
        types: What stands before a command that they type there ("/dibs"); empty where it is typed alone, None where
            nothing is typed, as on the desk.
    """

    platform: str
    workspace: str
    external_id: str
    name: str = ""
    kind: IdentityKind = IdentityKind.MEMBER
    channel: str = ""
    types: str | None = ""


def as_typed(types: str | None, words: str) -> str:
    """Return a command as it is typed there: "/dibs claim #k7f2"; ``types`` is what ``Who`` says of it."""
    return f"{types or ''} {words}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The employee acting now."""

    id: int
    name: str
    department_id: int | None
    timezone: str | None = None


_VALUE = re.compile(r"([0-9a-z]{4,12})\.([0-9]{1,9})", re.ASCII)
_SHOWN = re.compile(r"[0-9a-z.]{0,2000}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ByToken:
    """A mention by its token (`k7f2`).

    Attributes:
        version: As it was drawn, when a button or form carried it.
        shown: The digests of what the button or form showed of a reply, when it showed one.
    """

    token: str
    version: int | None = None
    shown: str = ""


def read_value(value: str, shown: str = "") -> ByToken | None:
    """Read what our buttons and forms carry: ``<token>.<version>``, and what they showed; None where it is not ours."""
    found = _VALUE.fullmatch(value) if _SHOWN.fullmatch(shown) else None
    return ByToken(found[1], int(found[2]), shown) if found else None


@dataclass(frozen=True, slots=True)
class ByCard:
    """A mention by where its card stands."""

    platform: str
    channel: str
    reference: str


@dataclass(frozen=True, slots=True)
class ByUrl:
    """A mention by the address of one of its posts."""

    url: str


Reference = ByToken | ByCard | ByUrl


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Ask for something.

    Attributes:
        who: The account that asks; None for timers and sources.
        request_key: What makes two deliveries of one gesture the same; empty when it cannot be repeated.
    """

    who: Who | None = None
    via: Via = Via.API
    request_key: str = ""
    # A question: it writes nothing, so it is answered on a snapshot and waits behind nothing that is being written.
    asks: ClassVar[bool] = False
    # The fields that may be longer than anything else that is typed, and how long.
    limits: ClassVar[Mapping[str, int]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionCommand(Command):
    """Ask for something about one mention.

    Attributes:
        unsplit: A name was typed with a text behind it, and the text may hold more of the name's words.
    """

    reference: Reference
    unsplit: bool = False
    # A claim is decided by who is first, not by which state the button was drawn in.
    ignores_version: ClassVar[bool] = False

    @property
    def shown(self) -> str:
        """What the page, form or card showed that was pressed, as it carried it; empty where nothing was."""
        return self.reference.shown if isinstance(self.reference, ByToken) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedCommand(Command):
    """Ask for something because its time has come; nobody acts.

    Attributes:
        job: What is done, once or on every replica.
        slot: Which of its times this is. What has one is done once, by whoever takes the slot in the transaction of
            the work; what has none is done everywhere and guards itself by compare and swap.
        behind: Nobody waits for it, so it comes behind all else that is to be written.
    """

    via: Via = Via.TIMER
    job: str = ""
    slot: str = ""
    behind: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PostCommand(Command):
    """Ask for something about a post at some address, whether we have it or not.

    Attributes:
        url: As it was pasted; nothing is looked at or fetched that is no address.
        found: What a source of ours fetched from there; None = nobody could say what it is, or nobody had to.
    """

    url: str
    found: Found | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What to tell the actor, privately.

    Attributes:
        text: One or two sentences of plain text.
        ok: False when it was refused.
        notice: Lines to show beside the text.
        form: A form to open instead, when something is missing (candidates, a reason).
        offer: What may be done instead of what was refused, or to undo what was done.
        fields: What is wrong with a form, by field.
        repeated: This gesture was delivered before: it is what was answered then, and nothing was done again.
        unknown_person: The actor was not known before: look them up after the commit.
        secret: The text is for this one delivery: it is not kept, and a repeat is told to ask again.
    """

    text: str
    ok: bool = True
    notice: Notice | None = None
    form: Form | None = None
    offer: Button | None = None
    fields: dict[str, str] = field(default_factory=dict)
    repeated: bool = False
    unknown_person: bool = False
    secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who wants the form of a verb, for what; a form is drawn without writing anything.

    Attributes:
        found: The mention that it is about, where it is about one.
        person_id: Who asks; None for somebody whom we do not know yet.
        given: What they said so far, by field.
        why: Why they are asked, where they said something and it was not enough.
        now: This moment.
    """

    session: Session
    organisation: Organisation
    now: datetime
    found: MentionRow | None = None
    person_id: int | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    why: str = ""

    @property
    def mention(self) -> MentionRow:
        """The mention that it is about."""
        if self.found is None:
            raise ValueError("This needs a mention.")
        return self.found


@dataclass(slots=True, kw_only=True)
class Context:
    """What a handler works with: one transaction, one moment, one actor, chance, and the mention that was named."""

    session: Session
    now: datetime
    organisation: Organisation
    actor: Actor | None
    via: Via
    random: Random
    who: Who | None = None
    found: MentionRow | None = None

    @property
    def person(self) -> Actor:
        """The actor, where a person must act."""
        if self.actor is None:
            raise ValueError("This needs a person.")
        return self.actor

    @property
    def types(self) -> str | None:
        """What stands before a command that the actor types, where they are; None where nothing is typed."""
        return self.who.types if self.who else ""

    @property
    def mention(self) -> MentionRow:
        """The mention that the command named, as it stood when it was looked up."""
        if self.found is None:
            raise ValueError("This needs a mention.")
        return self.found

    @property
    def asking(self) -> Asking:
        """The actor as one who wants a form for the mention."""
        return Asking(
            session=self.session,
            organisation=self.organisation,
            now=self.now,
            found=self.mention,
            person_id=self.person.id,
        )


def as_system(
    session: Session,
    organisation: Organisation,
    now: datetime,
    random: Random,
    *,
    via: Via,
    found: MentionRow | None = None,
) -> Context:
    """Return the context of what no person does: a source, the configuration, or what a platform answered."""
    return Context(session=session, now=now, organisation=organisation, actor=None, via=via, random=random, found=found)
