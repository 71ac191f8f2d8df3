"""How Reddit stands in the documents and in the file that `dibs init` writes."""

from bot.sources.kit.about import About

ABOUT = About(
    briefly="searches, whole subreddits, who mentions you",
    hears=(
        "`listen` = `search` (of `query`, in all of Reddit or in `subreddit`), `subreddit` (its posts and comments), "
        "or `mentions` (of `username`)"
    ),
    replies=(
        "by itself, as `username`: Reddit knows no repeats, so what may have arrived is looked up below the post and "
        "among our comments"
    ),
    way_in="an application and a token to refresh by, minutes; for companies an agreement with Reddit",
    setup=(
        "`username`, and `…_CLIENT_ID`, `…_CLIENT_SECRET` and `…_REFRESH_TOKEN` of an application (scopes `identity`, "
        "`read`, `history`, `submit`, `privatemessages`). `base_url` and `auth_url` name other servers"
    ),
    limits=(
        "10,000 characters; lists end after 1,000 things; Reddit approves new applications by hand, so feeds are "
        "another way in"
    ),
    tested=(
        "a server of ours that puts errors inside a 200, and recorded answers where they lie beside the checkout: "
        "`tests/bot/sources/kinds/reddit/test_source.py`, `tests/bot/sources/kinds/reddit/test_replies.py`, "
        "`tests/bot/sources/kinds/reddit/test_recorded.py`"
    ),
    examples=(
        """\
name = "reddit"
kind = "reddit"                        # DIBS_SOURCE_REDDIT_CLIENT_ID, …_CLIENT_SECRET and …_REFRESH_TOKEN
username = "acme_support"              # your account
listen = "search"                      # search | subreddit (its posts and comments) | mentions (of your account)
query = "acme"
subreddit = "acme"                     # where to look; a search without it looks everywhere
base_url = "https://oauth.reddit.com"
auth_url = "https://www.reddit.com"
""",
    ),
)
