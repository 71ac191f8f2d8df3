"""How Threads stands in the documents and in the file that `dibs init` writes."""

from bot.sources.kit.about import About

ABOUT = About(
    briefly="who mentions you, what stands below your posts; a search",
    hears=(
        "the mentions of `username`, all that stands below its own posts, and what answers its replies in the threads "
        "of others; with `query` also what a search finds, the newest first. Edits are heard while Threads allows "
        "them. Not what somebody hid, and not what private accounts say. A webhook at `/hooks/<name>` brings mentions "
        "and answers at once, and rings for the rest"
    ),
    replies=(
        "by itself, in two steps: what the first one leaves is seen by nobody, and made public once, whatever fails "
        "between them. Where the author lets only those answer whom the post names, by hand"
    ),
    way_in="an application of Meta's, minutes for your own account; its webhook a verified business",
    setup=(
        "`username`, and `…_CLIENT_ID` and `…_CLIENT_SECRET` of an application for Threads, `DIBS_KEY`, and "
        "`dibs source login threads`: [step by step](#step-by-step). `…_ACCESS_TOKEN` begins the chain of tokens once, "
        "where nobody can sign in so. `…_VERIFY_TOKEN` is for a webhook alone, and `…_APP_SECRET` where another secret "
        "than the client's signs what it brings. `base_url` names another server"
    ),
    limits=(
        "500 characters, in which an emoji counts the bytes that it has in UTF-8, and five links. 1,000 replies and "
        "2,200 searches a day: Threads counts the last 24 hours, Dibs the day of UTC. Each poll asks below ten posts, "
        "of the fifty newest and of those in which something was said last, eighty together, so without a webhook an "
        "answer is heard within minutes, and below a post that is none of them not at all. That a stranger's post "
        "was deleted is seen when it is answered. Where an author approves answers first, Threads does not say that "
        "ours waits. A post cannot be added by its address, since Threads finds none by that. It costs nothing"
    ),
    tested=(
        "a server of ours that refuses what Threads refuses, processes killed between the two steps, and recorded "
        "answers where they lie beside the checkout: `tests/bot/sources/kinds/threads/test_source.py`, "
        "`tests/bot/sources/kinds/threads/test_replies.py`, `tests/bot/sources/kinds/threads/test_hook.py`, "
        "`tests/bot/sources/kinds/threads/test_recorded.py`"
    ),
    examples=(
        """\
name = "threads"
kind = "threads"                       # DIBS_SOURCE_THREADS_CLIENT_ID, …_CLIENT_SECRET; `dibs source login threads`
username = "acme_support"              # your account
#query = "acme refund"                 # also what a search finds; wants a right of its own
base_url = "https://graph.threads.com"
""",
    ),
)
