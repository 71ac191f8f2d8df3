"""How LinkedIn stands in the documents and in the file that `dibs init` writes."""

from bot.sources.kit.about import About

ABOUT = About(
    briefly="comments on your company's Page and posts that mention it, once LinkedIn has approved your application",
    hears=(
        "comments below the posts of your Page, with their answers, edits and deletions, and posts that mention the "
        "Page; not likes, and nothing of the Page's own but the answers that a colleague gives by hand. A webhook at "
        "`/hooks/<name>` rings for a poll, and brings deletions"
    ),
    replies=(
        "by itself, as the Page: below the comment, or in the row of the first one where it is an answer itself, and "
        "looked up there by its words. Where LinkedIn has not approved the application, by hand"
    ),
    way_in="the review of LinkedIn's Community Management API, weeks",
    setup=(
        "`organization` is the number of the Page; `…_CLIENT_ID` and `…_CLIENT_SECRET` are those of an application "
        "that LinkedIn's review let use its Community Management API, and whoever administers the Page signs in by "
        "`dibs source login NAME`: [step by step](#step-by-step). A token to refresh by from elsewhere goes into "
        "`…_REFRESH_TOKEN`. `version` is the month of LinkedIn's API, which "
        "retires each after about a year; `scopes` are the rights that are asked for. `base_url` and `token_url` name "
        "other servers"
    ),
    limits=(
        "1,250 characters. The review takes weeks, and a sign-in ends after 60 days, or after a year where LinkedIn "
        "lets the application refresh it: `dibs check` says until when. LinkedIn tells no names of people, and not "
        "who mentions the Page in a comment below the posts of others; of posts that not everybody sees, its webhook "
        "says nothing. What stands below the post of somebody else it may not show, and then a person is asked "
        "whether a reply stands. A call is made for each poll, one for each new comment and three for an answer, "
        "four for a reply, and `budget` says how many there are a day. It costs nothing"
    ),
    tested=(
        "a server of ours that refuses what LinkedIn refuses (retired versions, PKCE, answers to answers, addresses "
        "that are not escaped), and no recorded answers: `tests/bot/sources/kinds/linkedin/test_source.py`, "
        "`tests/bot/sources/kinds/linkedin/test_replies.py`, `tests/bot/sources/kinds/linkedin/test_hook.py`, "
        "`tests/bot/sources/kinds/linkedin/test_talk.py`"
    ),
    costs=(
        "That is what LinkedIn gives one member while an application is on trial; approved ones have more, and only "
        "the application's page at LinkedIn says how many: put that into `budget`"
    ),
    examples=(
        """\
name = "linkedin"
kind = "linkedin"                      # DIBS_SOURCE_LINKEDIN_CLIENT_ID, …_CLIENT_SECRET; `dibs source login`
organization = "1234567"               # the number of your Page
version = "202609"                     # the month of LinkedIn's API; change it before LinkedIn retires it
#scopes = ["r_organization_social", "w_organization_social", "rw_organization_admin"]  # where they end not in _feed
base_url = "https://api.linkedin.com"
token_url = "https://www.linkedin.com/oauth/v2/accessToken"
""",
    ),
)
