"""How Mastodon stands in the documents and in the file that `dibs init` writes."""

from bot.sources.kit.about import About

ABOUT = About(
    briefly="hashtags, searches, who mentions or answers you",
    hears=(
        "`listen` = `hashtag`, `search` (of `query`), `notifications`, or `stream` (of the hashtag, or without one of "
        "our account); also what speaks Mastodon's language"
    ),
    replies=(
        "by itself, as the account of the token: with an Idempotency-Key, and looked up among our own statuses, since "
        "some servers do not heed the key; to no wider circle than the post's"
    ),
    way_in="nothing; for searches and replies a token, minutes",
    setup=(
        "`base_url` is your instance; a token in `…_ACCESS_TOKEN` (Preferences, Development; the scopes `read` and "
        "`write:statuses`). A hashtag alone is heard without; the reply is then by hand. Pictures are shown from the "
        "instance and from below its host; `picture_hosts` names another place where it keeps them"
    ),
    limits=(
        "what the instance allows, mostly 500 characters with links as 23; it hears what the instance knows, and "
        "of that what is public or unlisted"
    ),
    tested=(
        "a server of ours, with and without the key, and recorded answers where they lie beside the checkout: "
        "`tests/bot/sources/kinds/mastodon/test_source.py`, `tests/bot/sources/kinds/mastodon/test_stream.py`, "
        "`tests/bot/sources/kinds/mastodon/test_replies.py`, `tests/bot/sources/kinds/mastodon/test_recorded.py`"
    ),
    examples=(
        """\
name = "mastodon"
kind = "mastodon"                      # DIBS_SOURCE_MASTODON_ACCESS_TOKEN
base_url = "https://mastodon.example"  # your instance
listen = "hashtag"                     # hashtag | search | notifications | stream (of the hashtag, or of your account)
hashtag = "acme"
query = "acme"                         # for a search
#picture_hosts = ["files.example"]      # where the instance keeps its pictures, when that is not below its own host
""",
    ),
)
