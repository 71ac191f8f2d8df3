"""How X stands in the documents and in the file that `dibs init` writes."""

from bot.sources.kit.about import About

ABOUT = About(
    briefly="who mentions you; a search where you pay for it",
    hears=(
        "the mentions of `username`, asked for every minute: an edit is an edit of the same mention, the whole of what "
        "is longer than 280, what its links lead to, pictures with their descriptions. Not reposts, not our own posts, "
        "not what a protected account says. With `query` also what a search of the last seven days finds. A webhook at "
        "`/hooks/<name>` may ring for a poll"
    ),
    replies=(
        "by itself where the author mentions or quotes us, which is whom X lets an application answer, and by hand "
        "elsewhere, in X's own window. X knows no repeats, so what may have arrived is looked up among our posts since"
    ),
    way_in="an application that pays by use, minutes",
    setup=(
        "`username`, and `…_CLIENT_ID` and `…_CLIENT_SECRET` of an application of its own, `DIBS_KEY`, and "
        "`dibs source login x`: [step by step](#step-by-step). `…_REFRESH_TOKEN` begins the chain of tokens once, "
        "where nobody can sign in so. `…_CONSUMER_SECRET` is for a webhook alone, which is optional. `owns_app` is "
        "false where the application belongs to another account. `base_url` names another server"
    ),
    limits=(
        "X sells what it answers: [what a month costs](#what-a-month-costs). 280 weighted characters, in which a link "
        "is 23, an emoji 2 and most of what is not Latin 2; the same words only once; 300 polls in a quarter of an "
        "hour, so `every` is 3 s or more; the first look shows ten posts at most"
    ),
    tested=(
        "a server of ours that refuses what X refuses, and recorded answers of 2021 and 2022 where they lie beside the "
        "checkout: `tests/bot/sources/kinds/x/test_source.py`, `tests/bot/sources/kinds/x/test_replies.py`, "
        "`tests/bot/sources/kinds/x/test_hook.py`, `tests/bot/sources/kinds/x/test_recorded.py`. Lengths were compared "
        "with a public implementation of twitter-text"
    ),
    costs=(
        "A mention comes to 0.011 USD with its author, a picture to 0.005 more, an answer to 0.026 with its look-ups, "
        "and to 0.216 with a link in it, a post that a search finds to 0.015: 300 mentions and 60 answers a month are "
        "300 × 0.011 + 60 × 0.026 = 4.86 USD."
    ),
    examples=(
        """\
name = "x"
kind = "x"                             # DIBS_SOURCE_X_CLIENT_ID and …_CLIENT_SECRET; then `dibs source login x`
username = "acme_support"              # your account
#query = "acme (refund OR invoice)"     # costs five times as much as mentions
owns_app = true                        # false where the application belongs to another account: mentions cost more
base_url = "https://api.x.com"
""",
    ),
)
