"""The demo's storm: fourteen people say the same within half a minute, of a thing of which one a day speaks.

So one sees one card for all of them a minute later, and what is folded under it. Who wants to see it at once finds it
at the beginning of the next minute, when the timer looks.
"""

from datetime import datetime, timedelta

from bot.cli.demo.samples import Sample
from handlers.base.storms import hour_of
from handlers.text.match import Topic
from storage.engine.database import Session
from storage.own import tallies
from storage.own.tallies import TallyRow

TOPIC = Topic(name="Rocket 9", department="support", any=("rocket 9",))
_BEGINS, _EVERY = 70.0, 2.0
_SAID = (
    "My Acme Rocket 9 stays on the ground. It hums, it is warm, it does not leave.",
    "Anybody else whose Rocket 9 will not start today? Acme?",
    "Rocket 9, day one: no lift-off. The coyote next door looks relieved.",
    "The Rocket 9 says “update 9.1” and then nothing at all.",
    "Since the update my Rocket 9 is a very handsome vase.",
    "Is it me, or do all Rocket 9 refuse since this morning?",
    "Rocket 9 down here, too. The garden party is in three hours.",
    "I pressed the red button of my Rocket 9 eleven times. It played a tune.",
    "Does anybody have the number of Acme? Rocket 9, no ignition.",
    "Rocket 9 will not start after the update. The one before was fine.",
    "Our school has four Rocket 9 and none of them moves.",
    "Update 9.1 broke the Rocket 9. Please tell us how to go back.",
    "Rocket 9 on strike. Solidarity?",
    "Whoever has a Rocket 9: do not update before Acme says something.",
)
STORM = tuple(
    Sample(_BEGINS + _EVERY * number, "bluesky-search", f"sample_storm_{number}", f"Sample {number + 1}", "en", text)
    for number, text in enumerate(_SAID)
)


def add_past(session: Session, now: datetime) -> None:
    """Write down that hardly anybody spoke of it in the last ten days: else nobody would know what is unusual."""
    this = hour_of(now)
    rows = [TallyRow(TOPIC.name, this - timedelta(hours=back), 0, 0) for back in range(1, 240)]
    tallies.put(session, rows)
