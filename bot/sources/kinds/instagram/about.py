"""How Instagram stands in the documents and in the file that `dibs init` writes."""

from bot.sources.kit.about import About

ABOUT = About(
    briefly="comments below your media, who mentions or tags you",
    hears=(
        "the comments below the media of `username`, with their answers, and media on which it is tagged. With a "
        "webhook at `/hooks/<name>` also who mentions it in a caption or a comment elsewhere, and comments at once. "
        "Not what is hidden, not comments on advertisements, not stories"
    ),
    replies=(
        "by itself: in the thread of a comment, or below what mentions us. Media on which we are only tagged, and live "
        "videos, by hand. What may have arrived is looked for in the thread; below the media of others a person looks"
    ),
    way_in=(
        "a professional account and an application of Meta's, minutes for your own; for others Meta's review, weeks"
    ),
    setup=(
        "`username` is a professional account, and `account_id` its number. `login` says who lets us in: Facebook, "
        "where the account belongs to a Page, whose token goes into `…_ACCESS_TOKEN`; or Instagram, where an "
        "application of it is let in by `dibs source login NAME`, with `…_CLIENT_ID`, `…_CLIENT_SECRET` and "
        "`DIBS_KEY`: [step by step](#step-by-step). `…_APP_SECRET` and `…_VERIFY_TOKEN` are for the webhook, and the "
        "former proves each request where Facebook lets us in. `base_url` names another server"
    ),
    limits=(
        "2,200 characters. An answer to an answer stands below the first comment, and notifies nobody else unless it "
        "begins with their @name. Watched are the fifty newest media, and of the others those in which something was "
        "said last, eighty together; at the first look the newest comments of each. Of comments with more than 25 "
        "answers the newest twenty below one medium are followed to their ends without a webhook. Mentions elsewhere "
        "are told to the webhook alone, and never again. Edits there, and deletions, are seen when somebody answers. A "
        "comment cannot be added by its address. It costs nothing"
    ),
    tested=(
        "a server of ours that makes comments and then refuses them, tells limits as Meta does, and names mentions by "
        "two numbers, and recorded answers and deliveries where they lie beside the checkout: "
        "`tests/bot/sources/kinds/instagram/test_source.py`, `tests/bot/sources/kinds/instagram/test_replies.py`, "
        "`tests/bot/sources/kinds/instagram/test_hook.py`, `tests/bot/sources/kinds/instagram/test_recorded.py`"
    ),
    examples=(
        """\
name = "instagram"
kind = "instagram"                     # DIBS_SOURCE_INSTAGRAM_ACCESS_TOKEN, …_APP_SECRET and …_VERIFY_TOKEN
username = "acme_support"              # your account, a professional one
account_id = "17841400000000000"       # its number
login = "facebook"                     # "instagram" where it belongs to no Page; then `dibs source login instagram`
""",
    ),
)
