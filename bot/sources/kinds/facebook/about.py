"""How Facebook stands in the documents and in the file that `dibs init` writes."""

from bot.sources.kit.about import About

ABOUT = About(
    briefly="comments on your Page, posts of its visitors, and who mentions it",
    hears=(
        "comments below the posts of your own `page`, and answers to them, posts of visitors, and public posts that "
        "tag it. A webhook at `/hooks/<name>` tells of them at once, with edits, deletions and what a colleague hides; "
        "polls find what is new below the newest 25 posts without it. Not likes, ratings or messages, and not what the "
        "Page itself posts"
    ),
    replies=(
        "by itself, as the Page, in the thread of the comment, which is one level deep; below posts that stand "
        "elsewhere by hand. Facebook knows no repeats, so what may have arrived is looked for in the thread, by its "
        "words"
    ),
    way_in="an application of Meta's and a role on the Page, minutes; for others Meta's review, weeks",
    setup=(
        "`page` is the number of your Page, `…_ACCESS_TOKEN` the token of the Page itself, and for the webhook "
        "`…_APP_SECRET` is the secret of the application, with which requests are signed, too, and `…_VERIFY_TOKEN` a "
        "long random text of your own: [step by step](#step-by-step). `base_url` names another version of the Graph "
        "API, or another server"
    ),
    limits=(
        "8,000 characters. Below posts older than the newest 25, comments, edits and deletions come by the webhook "
        "alone. Without Advanced Access Facebook does not say who wrote, so what an author answers is a card of its "
        "own. Addresses with `pfbid` cannot be pasted. It costs nothing; a Page has some 4,800 requests a day for each "
        "person who took part in it, of which a poll each minute takes 2,880"
    ),
    tested=(
        "a server of ours that makes comments and answers with a no, limits without Retry-After and names nobody; and "
        "recorded answers and deliveries where they lie beside the checkout: "
        "`tests/bot/sources/kinds/facebook/test_source.py`, `tests/bot/sources/kinds/facebook/test_hook.py`, "
        "`tests/bot/sources/kinds/facebook/test_replies.py`, `tests/bot/sources/kinds/facebook/test_recorded.py`"
    ),
    examples=(
        """\
name = "facebook"
kind = "facebook"                      # DIBS_SOURCE_FACEBOOK_ACCESS_TOKEN, …_APP_SECRET and …_VERIFY_TOKEN
page = "100200300400500"               # the number of your Page
#base_url = "https://graph.facebook.com/v25.0"  # the version of the Graph API
""",
    ),
)
