"""How feeds stand in the documents and in the file that `dibs init` writes."""

from bot.sources.kit.about import About

ABOUT = About(
    briefly="RSS, Atom and JSON Feed, Google Alerts too",
    hears="RSS, Atom and JSON Feed; the links of Google Alerts are unwrapped",
    replies="by hand",
    way_in="nothing",
    setup="`url`; pictures are named, and shown from `picture_hosts` alone",
    limits=(
        "2 MiB and 15 s a fetch; public addresses only, unless `allow_private = true`; hears only what the feed still "
        "shows at the next look"
    ),
    tested=(
        "a server of ours that answers 304, 410 and 429, and feedparser's own sample documents where they lie beside "
        "the checkout: `tests/bot/sources/kinds/feed/test_source.py`, "
        "`tests/bot/sources/kinds/feed/test_recorded.py`, `tests/end_to_end/test_recorded_end_to_end.py`"
    ),
    examples=(
        """\
name = "blog-search"
kind = "feed"                          # RSS, Atom, JSON Feed, Google Alerts
url = "https://alerts.example/feed.xml"
#allow_private = false                  # true: it may stand in your own network
#picture_hosts = ["*.blog.example"]     # from where its pictures may be shown; without it they are named in words
""",
    ),
)
