"""How Stack Exchange stands in the documents and in the file that `dibs init` writes."""

from bot.sources.kit.about import About

ABOUT = About(
    briefly="questions and answers on Stack Overflow and its sisters",
    hears=(
        "questions and answers on `sites` that Stack Exchange's own search finds for `query`, whole and with who wrote "
        "them. `/dibs add` takes comments, too"
    ),
    replies=(
        "by hand: Stack Exchange's rules are against what programs write, and its sites against answers that "
        "advertise. The card leads to the question; whoever answers signs in there"
    ),
    way_in="nothing; a key for more requests, minutes",
    setup=(
        "`query` and `sites`, by the names that the API has for them: `stackoverflow`, `serverfault`, `unix`, "
        "`es.stackoverflow`. A key in `…_KEY` raises the day's requests from 300 to 10,000; say so by "
        '`budget = "10,000 requests a day"`. `base_url` names another server. The steps stand above'
    ),
    limits=(
        "a poll of a site takes one request, and one more where it finds something; 300 a day are shared by all who "
        "ask from your address, 10,000 with a key. They are spread over the day, and when Stack Exchange wants to be "
        "left alone, it is. What its search knows late is heard if it is less than a day older than the newest; so "
        "long edits and deletions are heard, too. Comments are not searched. `backfill` counts for the first of the "
        "sites. No address of a request, in which a key stands, is written into a log. It costs nothing"
    ),
    tested=(
        "a server of ours that counts, wants to be left alone and refuses as the documents of Stack Exchange say, and "
        "a recorded wrapper of an answer where it lies beside the checkout: "
        "`tests/bot/sources/kinds/stack_exchange/test_source.py`, "
        "`tests/bot/sources/kinds/stack_exchange/test_recorded.py`"
    ),
    examples=(
        """\
name = "stack-exchange"
kind = "stack_exchange"                # DIBS_SOURCE_STACK_EXCHANGE_KEY
query = "acme"                         # put the name of your company here
sites = ["stackoverflow", "serverfault"]   # by the names that the API has for them
#base_url = "https://api.stackexchange.com/2.3"
""",
    ),
)
