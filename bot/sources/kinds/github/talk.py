"""Whom a comment answers. GitHub does not say: the comments of an issue stand in one row, as those of a thread do.

A reply of ours says in its mark what it answers, and whose (``replies.prepare``). So what somebody writes after our
reply to them answers that one, and after a comment of ours that says nothing of the kind, as by hand, that. All else
answers what everything there stands below. Of each author in each row our latest reply is remembered, as far as the
checkpoint has room.
"""

from collections.abc import Iterable
from dataclasses import replace

from bot.sources.kit.json import string
from bot.sources.kit.replying import facts_of
from handlers.base.events import Event, Posted

# Our latest reply, by the row and the number of the author whom it answers; the one that was seen last stands last.
Spoken = dict[str, str]


def placed(events: Iterable[Event], spoken: Spoken) -> list[Event]:
    """Return events with what each comment answers; what we said is remembered in ``spoken``."""
    told = list(events)
    comments = [one for one in told if isinstance(one, Posted) and one.reply_to]
    answered = {one.external_id: _answered(one, spoken) for one in sorted(comments, key=lambda one: _number(one))}
    return [
        replace(one, reply_to=answered[one.external_id])
        if isinstance(one, Posted) and one.external_id in answered
        else one
        for one in told
    ]


def _answered(comment: Posted, spoken: Spoken) -> str:
    facts = facts_of(comment)
    row = string(facts, "below")
    if "to" in facts:
        key = f"{row} {facts['to']}"
        # An older one may be shown again, because somebody edited it.
        spoken[key] = max(comment.external_id, spoken.pop(key, ""), key=_at)
        of = string(facts, "of")
        return f"{comment.external_id.partition('/')[0]}/{of}" if of.strip("0") else comment.reply_to
    for key in (f"{row} {comment.author.external_id}", f"{row} "):
        if key in spoken and _at(spoken[key]) < _number(comment):
            return spoken[key]
    return comment.reply_to


def _number(comment: Posted) -> int:
    return _at(comment.external_id)


def _at(name: str) -> int:
    number = name.rpartition("/")[2]
    return int(number) if number.isdecimal() else 0
