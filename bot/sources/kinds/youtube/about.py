"""How YouTube stands in the documents and in the file that `dibs init` writes."""

from bot.sources.kit.about import About

ABOUT = About(
    briefly="comments on your own channel, videos that a search finds",
    hears=(
        "the comments below all videos and posts of `channel`, with their answers; with `query` also videos of others "
        "that a search finds. Edits and deletions are heard in the hundred threads in which something was said last"
    ),
    replies=(
        "by itself, as the channel: in the thread of the comment, and looked up there by its words. Below videos, and "
        "in threads that are closed to the channel, by hand"
    ),
    way_in="an OAuth client of Google's, minutes",
    setup=(
        "`channel` is the id of your channel; `…_CLIENT_ID` and `…_CLIENT_SECRET` are those of a Google Cloud project, "
        "and whoever owns the channel signs in by `dibs source login NAME`, or puts a token into `…_REFRESH_TOKEN`. "
        "The steps stand above. `base_url` and `token_url` name other servers"
    ),
    limits=(
        "10,000 characters. A project has 10,000 units a day, until midnight in California, and a fifth of them is "
        "kept for replies: a poll takes two or three, and one more for each thread that goes on longer than YouTube "
        "shows; a reply takes 50. Searches are a hundred a day, and Dibs makes ninety: where several sources use one "
        "project, `budget` shares out both. An answer in a thread that is none of the hundred is heard when something "
        "else brings the thread forth. Comments that were held back are not heard, and community posts have an address "
        "that YouTube may not open. It costs nothing"
    ),
    tested=(
        "a server of ours that keeps YouTube's quotas, cuts its lists, and says processingFailure to what it made; and "
        "recorded answers where they lie beside the checkout: `tests/bot/sources/kinds/youtube/test_source.py`, "
        "`tests/bot/sources/kinds/youtube/test_replies.py`, `tests/bot/sources/kinds/youtube/test_recorded.py`"
    ),
    examples=(
        """\
name = "youtube"
kind = "youtube"                       # DIBS_SOURCE_YOUTUBE_CLIENT_ID, …_CLIENT_SECRET and …_REFRESH_TOKEN
channel = "UCxxxxxxxxxxxxxxxxxxxxxx"   # the id of your channel
#query = "acme"                        # also videos of others that a search finds
base_url = "https://www.googleapis.com"
token_url = "https://oauth2.googleapis.com/token"
""",
    ),
)
