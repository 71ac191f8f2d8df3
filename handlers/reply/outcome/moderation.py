"""Moderation: a reply that its network has, and shows to nobody before its moderators let it through.

    sending ── held ── looked up ── published, or failed: it was rejected
                ^          │  └──── unclear: nobody can be asked, or they never decided
                └──────────┘ it waits still

It is with the network, so it is never sent again, whatever becomes of it. Until it stands nobody is answered. Its
network tells nobody when that is so, hence we look: soon at first, since many are let through within minutes, then
each hour; and at once when a source shows something of ours that it may be (``handlers.listen.follow_ups``).
"""

from datetime import datetime, timedelta

from handlers.base.replying import Published
from handlers.base.statuses import in_moderation
from handlers.reply.outcome import steps
from handlers.reply.outcome.steps import LeasedPublication
from handlers.reply.preconditions import load
from storage.own import mentions
from storage.tables.states import Action, PublicationState

# How long after one look the next one is, by how long it has waited by then; the last is for all that waits longer.
LOOKS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
# So long we look. What nobody decided by then is for a person to see after.
LONGEST = timedelta(days=30)


def held(one: LeasedPublication, found: Published) -> bool:
    """It waits for moderators: its writer hears of it once, and it is looked at again."""
    if one.row.state == PublicationState.HELD:
        return put_off(one, one.now, f"The moderators have not decided for {LONGEST.days} days.", looked=found)
    values = {"held_at": one.now, "next_at": next_look(one.now, one.now), **_named(found)}
    if not one.settle(PublicationState.HELD, trouble="", **values):
        return False
    steps.end_waiting(one)
    steps.meanwhile(one, but_for=found.external_id[:512])
    seen = steps.log(one, Action.IN_MODERATION, "")
    said = in_moderation(f"Your reply to #{seen.token}", _where(one))
    steps.tell(one, seen, [one.drafter_id], f"{said} Dibs looks again, and tells you what becomes of it.")
    return True


def rejected(one: LeasedPublication) -> bool:
    """It is not there any more, and its network does not say why: the moderators did not let it through."""
    return steps.refused(one, f"The moderators of {_where(one)} did not let it through.")


def put_off(one: LeasedPublication, not_before: datetime, why: str, looked: Published | None = None) -> bool:
    """Look again later; once it waited for too long a person is asked, and told ``why`` nothing was learnt.

    What was ``looked`` at is no trouble. What could not be seen is none for people either, unless that is the last.
    """
    since = one.row.held_at or one.now
    if one.now >= since + LONGEST:
        return steps.unclear(one, why)
    next_at = max(not_before, next_look(since, one.now))
    if looked is None:
        return steps.later(one, PublicationState.HELD, next_at, why)
    steps.end_waiting(one)
    return one.settle(PublicationState.HELD, next_at=next_at, trouble="", **_named(looked))


def next_look(since: datetime, now: datetime) -> datetime:
    """Return when to look again at what waits since a moment."""
    return now + next((one for one in LOOKS if one > now - since), LOOKS[-1])


def _named(found: Published) -> dict[str, str]:
    return {"reference": found.external_id[:512], "url": found.url[:2_048]}


def _where(one: LeasedPublication) -> str:
    return load(one.session, one.organisation, mentions.get(one.session, one.row.mention_id)).where
