"""How Discourse stands in the documents and in the file that `dibs init` writes."""

from bot.sources.kit.about import About

ABOUT = About(
    briefly="the posts of a forum, your own or any other",
    hears=(
        "all latest posts of the forum at `base_url`, or with `query` what its own search finds (`tags:billing`, "
        "`#support acme`); `categories` narrows it. What calls `/hooks/<name>` is heard at once, else at the next poll"
    ),
    replies=(
        "by itself, as `username`: below the post, with a mark in its Markdown that no reader is shown, by which it is "
        "looked up in the topic and in the queue of what waits for the forum's moderators. Without a key by hand"
    ),
    way_in="nothing; for replies an admin's key, minutes",
    setup=(
        "`base_url` is the forum; one that all may read is heard without a key. To reply: `username`, an account of "
        "yours there, and its key in `…_API_KEY`. To hear at once: a webhook to `/hooks/<name>`, with the secret in "
        "`…_WEBHOOK_SECRET` (several, with spaces between them, while it is changed). `members` hears what only "
        "members may read as far as the account does, and puts it before all who see the channel. Pictures are "
        "shown from the forum, from below its host and from its vendor's `discourse-cdn.com`; `picture_hosts` names "
        "another place. The steps stand above"
    ),
    limits=(
        "32,000 characters, or what `longest` says, the mark among them. A forum gives an admin's key 60 requests a "
        "minute: a poll takes one, and one more for each post that a search found new or that answers what is older "
        "than what was heard; it costs nothing. Private messages, whispers, hidden posts, notes of moderation and what "
        "the system writes are never heard. Without a webhook an edit is seen while a post is among the latest fifty, "
        "and a deletion when it is answered; with `query` so always. Closed and archived topics are not answered"
    ),
    tested=(
        "a server of ours that refuses what the source code of Discourse refuses, and recorded answers where they lie "
        "beside the checkout; no forum that is live: `tests/bot/sources/kinds/discourse/test_source.py`, "
        "`tests/bot/sources/kinds/discourse/test_hook.py`, `tests/bot/sources/kinds/discourse/test_replies.py`, "
        "`tests/bot/sources/kinds/discourse/test_recorded.py`"
    ),
    examples=(
        """\
name = "forum"
kind = "discourse"                     # DIBS_SOURCE_FORUM_API_KEY and …_WEBHOOK_SECRET
base_url = "https://forum.example"
username = "acme_support"              # your account there, whose key it is
#query = "acme"                         # what to search for; without it all latest posts are heard
#categories = ["support"]               # their slugs; without it all that everybody may read
#members = true                         # hear what only members may read, too; never private messages
#longest = 32000                        # the forum's max_post_length
#picture_hosts = ["files.example"]      # where the forum keeps its pictures, when that is not below its own host
""",
    ),
)
