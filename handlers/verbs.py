"""The verbs: one list, from which buttons, emoji, shortcuts, slash and text commands, forms and help all come.

Each stands in a module of its own that exports its ``VERB``. To add one: write its module, add it to this list in the
order in which cards and help show it, and write its test; no platform changes, because none names a verb. Questions
and what brings in a post are verbs like others. They show mentions as lines, so ``report`` stands below this list; the
cards offer what is in it, so ``draw`` stands above.
"""

from handlers.ask import (
    add,
    all_commands,
    digest,
    everything,
    held,
    home,
    list_unclaimed,
    log,
    mine,
    report,
    show_help,
    theme,
    voice,
)
from handlers.base.verb import On, Verb
from handlers.own import (
    assign,
    claim,
    dismiss,
    dismiss_rest,
    hand_off,
    join,
    judge,
    mute,
    note,
    outcome,
    release,
    reopen,
    resolve,
    show,
    snooze,
    split,
    still,
    take_over,
    unfold,
    unmute,
    wake,
)
from handlers.people import sign_in
from handlers.reply import confirm, draft, posted_by_hand, publish, review, withdraw


def _all() -> tuple[Verb, ...]:
    return VERBS


VERBS: tuple[Verb, ...] = (
    claim.VERB,
    show.VERB,
    split.VERB,
    join.VERB,
    draft.VERB,
    review.VERB,
    publish.VERB,
    confirm.VERB,
    posted_by_hand.VERB,
    withdraw.VERB,
    resolve.VERB,
    still.VERB,
    release.VERB,
    take_over.VERB,
    hand_off.VERB,
    assign.VERB,
    snooze.VERB,
    wake.VERB,
    dismiss.VERB,
    unfold.VERB,
    dismiss_rest.VERB,
    mute.VERB,
    reopen.VERB,
    note.VERB,
    judge.VERB,
    outcome.VERB,
    everything.verb_of(_all),
    show_help.verb_of(_all),
    all_commands.verb_of(_all),
    list_unclaimed.VERB,
    held.VERB,
    add.VERB,
    mine.VERB,
    unmute.VERB,
    log.VERB,
    digest.VERB,
    report.VERB,
    voice.VERB,
    theme.VERB,
    sign_in.VERB,
    home.VERB,
)
BY_NAME: dict[str, Verb] = {verb.name: verb for verb in VERBS}
# What cards offer, and what else help tells of.
ON_CARDS = tuple(verb for verb in VERBS if verb.on_cards)
OTHERS = tuple(verb for verb in VERBS if verb.help and not verb.on_cards)
# What has a button or a form.
OFFERED: dict[str, Verb] = {verb.name: verb for verb in VERBS if verb.on_cards or verb.form or verb.label}
# What no card offers, and asks by a form of its own for what is missing.
STANDALONE = tuple(verb for verb in VERBS if verb.form and verb.on != On.MENTION)
# What tells of all of them, briefly and in full.
HELP, COMMANDS = BY_NAME[show_help.NAME], BY_NAME[all_commands.NAME]
# What a hint of one line has room for, as it is typed.
HINT = (claim.VERB, mine.VERB, list_unclaimed.VERB, add.VERB, HELP)
# What may be done to several mentions at once.
FOR_SEVERAL = {verb.name: verb for verb in VERBS if verb.several}
# What undoes that, for as many.
UNDOING_SEVERAL = {verb.undone_by: BY_NAME[verb.undone_by] for verb in FOR_SEVERAL.values() if verb.undone_by}
# What a platform shows on the page that it has for each person.
PERSONAL_PAGE = home.VERB
