"""How Lemmy stands in the documents and in the file that `dibs init` writes."""

from bot.sources.kit.about import About

ABOUT = About(
    briefly="who mentions or answers your account, and searches of all that an instance knows",
    hears=(
        "who mentions or answers `username`, and with `query` the posts and comments that a search of the instance "
        "finds, those of other instances among them. The same comment on two instances is one mention. Versions 3 "
        "(Lemmy 0.19) and 4 (Lemmy 1.0) of the API are spoken; which one, the instance is asked"
    ),
    replies=(
        "by itself, as `username`: as a comment below, in a language that the community takes, with a mark in its "
        "Markdown that no reader is shown, by which it is looked up among our own comments. One that another instance "
        "has to take first is said to stand there when it has. Without an account by hand"
    ),
    way_in="nothing for a search; for mentions and replies an account, minutes",
    setup=(
        "`base_url` is the instance; `username` is your account there, without its host, and `…_PASSWORD` its "
        "password; `query` is what to search for, and needs no account. Pictures are shown from the instance and from "
        "below its host; `picture_hosts` names another place. The steps stand above"
    ),
    limits=(
        "10,000 characters, the mark among them. An account with a second factor cannot be used. What is said in "
        "communities that not everybody may read, private messages, and instances for members alone are never heard. "
        "An instance sets its own limits, often 50 comments and 100 searches in ten minutes; a poll of a search takes "
        "two, and one request more for each comment that answers what was not heard. It costs nothing. There is no "
        "webhook. An edit or a deletion is seen while it is less than an hour older than the newest, later when it is "
        "answered. What our account does not see by its settings (languages, NSFW, bots, who is blocked) is not heard. "
        "Version 3 hides a comment of ours that moderators removed: where one is removed before anybody knows whether "
        "it was sent, it may be sent again. PieFed and Mbin speak other languages"
    ),
    tested=(
        "a server of ours that refuses what the source code of Lemmy refuses, in both versions, and recorded answers "
        "where they lie beside the checkout; no instance that is live: "
        "`tests/bot/sources/kinds/lemmy/test_source.py`, `tests/bot/sources/kinds/lemmy/test_replies.py`, "
        "`tests/bot/sources/kinds/lemmy/test_recorded.py`, `tests/bot/sources/kinds/lemmy/test_talk.py`"
    ),
    examples=(
        """\
name = "lemmy"
kind = "lemmy"                         # DIBS_SOURCE_LEMMY_PASSWORD
base_url = "https://lemmy.example"     # your instance
username = "acme_support"              # your account there; without it, a query alone is heard
query = "acme"                         # what to search for; without it, who speaks to the account is heard
#picture_hosts = ["files.example"]      # where the instance keeps its pictures, when that is not below its own host
""",
    ),
)
