"""How WordPress stands in the documents and in the file that `dibs init` writes."""

from bot.sources.kit.about import About

ABOUT = About(
    briefly="the comments on your own blog",
    hears=(
        "the approved comments of the site, or of `posts` alone, under what everybody may read; no pings, nothing of "
        "the account's own. Each look goes two weeks back (once an hour where that is more than 100 comments, else "
        "two hours), so what moderators let through late is heard, and what was edited is seen"
    ),
    replies=(
        "by itself, as a comment of the account below the one that is answered, found again by a mark that no reader "
        "sees; what the site holds for its moderators is held here, too. Without an account by hand"
    ),
    way_in="nothing; for replies an application password, minutes",
    setup=(
        "`base_url` is the site, as the address bar shows it; the REST API is found there with pretty and with plain "
        "permalinks. `…_USER` and `…_APPLICATION_PASSWORD` are an account and an application password of it (spaces "
        "may stay), over https alone. Without them comments are heard and nothing is sent"
    ),
    limits=(
        "65,400 bytes as HTML; a comment that is approved more than two weeks after it was written is not heard, and "
        "a deletion is seen when somebody answers; faces are not shown, since their addresses are made of e-mail "
        "addresses; whoever may not write posts there is not shown what is held"
    ),
    tested=(
        "a server of ours that refuses what WordPress's source refuses (duplicates, floods, closed posts, roles), and "
        "no recorded answers: `tests/bot/sources/kinds/wordpress/test_source.py`, "
        "`tests/bot/sources/kinds/wordpress/test_replies.py`, `tests/bot/sources/kinds/wordpress/test_verdicts.py`, "
        "`tests/bot/sources/kinds/wordpress/test_main_job.py`"
    ),
    examples=(
        """\
name = "blog"
kind = "wordpress"                     # DIBS_SOURCE_BLOG_USER and …_APPLICATION_PASSWORD; without them it only hears
base_url = "https://blog.acme.example"
#posts = ["12", "15"]                   # the numbers of the posts that are listened to; without it all of the site
""",
    ),
)
