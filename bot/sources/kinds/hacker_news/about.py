"""How Hacker News stands in the documents and in the file that `dibs init` writes."""

from bot.sources.kit.about import About

ABOUT = About(
    briefly="stories and comments",
    hears="stories and comments that Algolia's search finds",
    replies="by hand: Hacker News has no way in for programs",
    way_in="nothing",
    setup="`query`; `tags` narrows it",
    limits="what Algolia indexes more than an hour late is missed; the first look takes one page of 100",
    tested="a server of ours that answers as Algolia does: `tests/bot/sources/kinds/hacker_news/test_source.py`",
    examples=(
        """\
name = "hacker-news"
kind = "hacker_news"
query = "acme"                          # put the name of your company here
#tags = "(story,comment)"
#base_url = "https://hn.algolia.com/api/v1/"
""",
    ),
)
