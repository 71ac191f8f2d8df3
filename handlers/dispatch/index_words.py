"""Index words: what search does not know yet, or not all of, is taken up a little at a time while all else goes on."""

from dataclasses import dataclass

from handlers.base.command import Answer, Context, TimedCommand
from storage.search import due

# One line in the log for about so many mentions.
_SAID_EVERY = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexWords(TimedCommand):
    """Ask for the next portion."""


def prepare_index(context: Context) -> IndexWords | None:
    """Return the next portion, if something is due."""
    return IndexWords(job="search") if due.left(context.session) else None


def index_words(_command: IndexWords, context: Context) -> Answer:
    """Write the words of some mentions into the index."""
    done = due.take_up(context.session)
    still = due.left(context.session)
    if still is None:
        return Answer(text="Every mention can be found by its words now.", ok=done > 0)
    before = (still.number + done) // _SAID_EVERY
    said = f"About {still.number:,} older mentions are not in the index of words yet as they should be."
    return Answer(text=said if still.number // _SAID_EVERY < before else "")
