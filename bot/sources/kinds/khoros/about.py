"""How Khoros stands in the documents and in the file that `dibs init` writes."""

from bot.sources.kit.about import About

ABOUT = About(
    briefly="posts in your community on Khoros (Lithium)",
    hears=(
        "topics and their replies, articles and their comments, ideas: those that everybody may read, in the whole "
        "community or in `boards`. With `members = true` also what only the account may read. Each look goes two "
        "hours back, so what moderators let through late is heard, and what was edited is seen"
    ),
    replies=(
        "by itself, as the account, below the very message; looked up there by its words. What waits for the "
        "community's moderators is held here, too. Without an account by hand"
    ),
    way_in="an account of the community with a password, minutes",
    setup=(
        "`base_url` is the community, as the address bar shows it, up to what stands before `/t5/`; `username` and "
        "`…_PASSWORD` are an account that logs in there with a password of its own (not by single sign-on), over https "
        "alone: [step by step](#step-by-step). Without them it is heard, and nothing is sent. "
        "`boards` chooses boards by their ids; `members` asks as the account also for what is heard"
    ),
    limits=(
        "20,000 characters; a board may take fewer. What is approved, or edited, more than two hours after it was "
        "posted is not heard, and a deletion is seen when somebody answers. A password that was refused is not tried "
        "again before Dibs is started anew. Faces are not shown. Khoros publishes no limits: polls ask once, and what "
        "it answers with 429 is asked again later. It costs nothing beside the community itself"
    ),
    tested=(
        "a server of ours that says no inside a 200, refuses fields that it does not know and keeps posts back; and "
        "two recorded answers where they lie beside the checkout: `tests/bot/sources/kinds/khoros/test_source.py`, "
        "`tests/bot/sources/kinds/khoros/test_replies.py`, `tests/bot/sources/kinds/khoros/test_recorded.py`, "
        "`tests/bot/sources/kinds/khoros/test_main_job.py`"
    ),
    examples=(
        """\
name = "community"
kind = "khoros"                        # DIBS_SOURCE_COMMUNITY_PASSWORD; without it and username it only hears
base_url = "https://community.acme.example"
username = "acme_support"              # the name with which the account logs in there
#boards = ["support", "ideas"]          # the ids of the boards that are listened to; without it the whole community
#members = true                         # hear what the account may read, though not everybody may
""",
    ),
)
