"""Errors that are answers: each holds one sentence, which is shown to the actor as it is.

    BotError                a sentence for the actor; nothing was changed
    ├── MentionNotFound     no mention bears this reference
    ├── AlreadyClaimed      somebody else was first
    ├── NotYours            it is owned by somebody else: take it over first
    ├── MentionClosed       it was resolved or dismissed
    ├── OutOfDate           the button or form belongs to an older state
    ├── NotAllowed          the actor may not act here
    └── WrongInput          a form or command cannot be understood; ``fields`` says where

All else that is raised is a bug.
"""

from collections.abc import Mapping


class BotError(Exception):
    """Refuse, in a sentence."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class MentionNotFound(BotError):
    """No mention bears this reference."""


class AlreadyClaimed(BotError):
    """Somebody else was first."""


class NotYours(BotError):
    """It is owned by somebody else."""


class MentionClosed(BotError):
    """It was resolved or dismissed."""


class OutOfDate(BotError):
    """The button or form belongs to an older state."""


class NotAllowed(BotError):
    """The actor may not act here."""


class WrongInput(BotError):
    """What was typed cannot be understood.

    Attributes:
        fields: What is wrong, by field of the form; empty for a command.
    """

    def __init__(self, sentence: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.fields = dict(fields or {})
