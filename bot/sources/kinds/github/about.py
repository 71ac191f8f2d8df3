"""How GitHub stands in the documents and in the file that `dibs init` writes."""

from bot.sources.kit.about import About

ABOUT = About(
    briefly="issues, comments and discussions of your repositories, or a search of all that are public",
    hears=(
        "`listen` = `repositories` (issues, their comments, and discussions of up to ten public `repositories`; with "
        "`pull_requests`, pull requests and their comments, too), or `search` (of `query`, in titles and texts of "
        "public issues and discussions everywhere). A webhook at `/hooks/<name>` makes it quicker, and tells of "
        "deletions; polls find all else without it"
    ),
    replies=(
        "by itself, as `username`, below the issue or in the thread of the discussion; in the repositories of others "
        "by hand, unless `reply_anywhere` says so. GitHub knows no repeats, so each reply bears a comment in Markdown "
        "that no reader is shown, by which it is found again"
    ),
    way_in="a token, minutes",
    setup=(
        "`username` is your account there, and `…_TOKEN` a fine-grained personal access token of it, or the "
        "installation token of an App, whose name ends in `[bot]`; with the rights Issues and Discussions, read and "
        "write. `…_WEBHOOK_SECRET` is what a webhook is signed with. `base_url` names a GitHub Enterprise Server, as "
        "`https://HOST/api/v3`"
    ),
    limits=(
        "65,336 characters; of a discussion that changed, a poll sees the newest 30 comments and the newest 20 answers "
        "below each; what is not public is refused, what robots write is left out; without a webhook a deletion shows "
        "only when somebody is about to answer"
    ),
    tested=(
        "a server of ours that answers 500 to what it has made, asks for rests without saying how long, and locks; and "
        "recorded answers and deliveries where they lie beside the checkout: "
        "`tests/bot/sources/kinds/github/test_source.py`, `tests/bot/sources/kinds/github/test_replies.py`, "
        "`tests/bot/sources/kinds/github/test_hook.py`, `tests/bot/sources/kinds/github/test_recorded.py`"
    ),
    examples=(
        """\
name = "github"
kind = "github"                        # DIBS_SOURCE_GITHUB_TOKEN and …_WEBHOOK_SECRET
username = "acme-support"              # your account; an App is called "acme-dibs[bot]"
listen = "repositories"                # repositories (your own) | search (all that is public)
repositories = ["acme/app", "acme/web"]
#pull_requests = true                   # hear pull requests and their comments, too
#base_url = "https://git.acme.example/api/v3"  # a GitHub Enterprise Server
""",
        """\
name = "github-search"
kind = "github"                        # DIBS_SOURCE_GITHUB_SEARCH_TOKEN
username = "acme-support"
listen = "search"
query = "acme"                         # as GitHub writes searches: "acme -org:acme language:python"
#repositories = ["acme/app"]            # your own; of what a search finds, what stands there is answered from here
#reply_anywhere = true                  # answer in the repositories of others, too
""",
    ),
)
