"""Buttons: the verbs that a card offers for a mention as it stands, in the order of the card."""

from handlers.base.cards import Button, Rank
from handlers.base.right import Viewer
from handlers.base.situation import Situation
from handlers.base.verb import Verb, button
from handlers.report.lines import named_by
from handlers.suggest.shown import NO_ADVICE, Advice
from handlers.verbs import ON_CARDS
from storage.own.mentions import MentionRow, Original

# So many verbs stand on a card itself, and so many in its menu; what is in neither is in the form of all of them.
MOST_BUTTONS, MOST_IN_MENU = 3, 4


def offered(now: Situation) -> tuple[Verb, ...]:
    """Return the verbs that make sense for a mention as it stands."""
    return tuple(verb for verb in ON_CARDS if verb.when(now))


def draw_buttons(
    row: MentionRow,
    post: Original,
    now: Situation,
    shown: str,
    viewer: Viewer | None = None,
    advice: Advice = NO_ADVICE,
) -> tuple[Button, ...]:
    """Return the verbs that make sense now in the order of the card; ``shown`` is for who lets it out.

    One main button at most, three buttons over all, and a menu; what finds no room is in the form of all of them, which
    is the menu's last entry. For a viewer that form is not needed: what they may do is all there.
    """
    alone = viewer is not None
    possible = [verb for verb in offered(now) if viewer is None or (verb.may(viewer) and not verb.last)]
    ranked = sorted(possible, key=lambda verb: verb.rank(now, alone=alone))
    about = named_by(post)
    drawn: list[Button] = []
    for verb in ranked:
        rank = verb.rank(now, alone=alone)
        if rank == Rank.MAIN and drawn:
            rank = Rank.BUTTON
        if rank == Rank.BUTTON and len(drawn) >= MOST_BUTTONS:
            rank = Rank.MENU
        if rank == Rank.MENU and not verb.last and sum(one.rank == Rank.MENU for one in drawn) >= MOST_IN_MENU:
            rank = Rank.MORE
        number, said = verb.counts(now) if verb.counts else 0, str(now.asked) if verb.of_cycle else shown
        to = advice.named.name if verb.advised and advice.named is not None else ""
        drawn.append(button(verb, row, about, rank=rank, shown=said, number=number, to=to))
    return tuple(drawn)
