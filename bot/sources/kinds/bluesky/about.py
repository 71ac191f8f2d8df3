"""How Bluesky stands in the documents and in the file that `dibs init` writes."""

from bot.sources.kit.about import About

ABOUT = About(
    briefly="searches, who mentions or answers you, or all that is written there",
    hears=(
        "`listen` = `search` (of `query`), `notifications` (who mentions, answers or quotes us), or `stream`: all "
        "that is written there, by Jetstream, of which topics choose"
    ),
    replies=(
        "by itself, as `handle`: one record under a key of ours, so that a repeat changes nothing; looked up under "
        "that key"
    ),
    way_in="nothing; for replies an app password, minutes",
    setup=(
        "`handle` and an app password in `…_APP_PASSWORD`; a stream alone works without. `query` also fills the gaps "
        "of a stream; `base_url` and `jetstream_url` name other servers"
    ),
    limits=(
        "300 graphemes; not where the author lets nobody answer; a stream that was away for longer than the server "
        "keeps loses what no search finds"
    ),
    tested=(
        "a server of ours that refuses what Bluesky refuses, and recorded events where they lie beside the checkout: "
        "`tests/bot/sources/kinds/bluesky/test_source.py`, `tests/bot/sources/kinds/bluesky/test_jetstream.py`, "
        "`tests/bot/sources/kinds/bluesky/test_replies.py`"
    ),
    examples=(
        """\
name = "bluesky"
kind = "bluesky"                       # DIBS_SOURCE_BLUESKY_APP_PASSWORD: an app password of the account
listen = "search"                      # search | notifications | stream (all that is written; topics choose from it)
query = "acme"
handle = "acme.example"                # your account, without "@"; a stream alone works without one
base_url = "https://bsky.social"
jetstream_url = "wss://jetstream2.us-east.bsky.network/subscribe"
""",
    ),
)
