"""How Google reviews stand in the documents and in the file that `dibs init` writes."""

from bot.sources.kit.about import About

ABOUT = About(
    briefly="reviews of your places in Google Maps and Search",
    hears=(
        "all reviews of `locations`, with their stars as title, also those without a word; in the words that were "
        "written, and not in Google's translation"
    ),
    replies=(
        "by itself, as the owner: a review has one reply, so one that stands there is shown before ours replaces it. "
        "Until Google has approved a reply, it is not said to stand there"
    ),
    way_in="a form at Google, days; then an OAuth client",
    setup=(
        "`locations` are up to 12 places, as the API names them, and what you call them; `…_CLIENT_ID` and "
        "`…_CLIENT_SECRET` are those of a Google Cloud project to which Google has granted access, and an owner or "
        "manager of the places signs in by `dibs source login NAME`, or puts a token into `…_REFRESH_TOKEN`. The steps "
        "stand above. `base_url` and `token_url` name other servers"
    ),
    limits=(
        "4,096 bytes; verified places only. A place that is closed to us stops its source, so places that may be "
        "get one each. A deletion is heard of the 30 newest reviews of a source, and of others when they are answered; "
        "a new name in `locations` shows reviews as edited. A reply that a colleague writes elsewhere shows "
        "when somebody answers here. Who stays anonymous has no name. Google tells no address "
        "of a review. It costs nothing, 300 requests a minute"
    ),
    tested=(
        "a server of ours that replaces replies without a word, rejects them an hour later and has no quota to give; "
        "no recorded answers: `tests/bot/sources/kinds/google_reviews/test_source.py`, "
        "`tests/bot/sources/kinds/google_reviews/test_replies.py`"
    ),
    examples=(
        """\
name = "google-reviews"
kind = "google_reviews"                # DIBS_SOURCE_GOOGLE_REVIEWS_CLIENT_ID, …_CLIENT_SECRET and …_REFRESH_TOKEN
locations = { "accounts/1/locations/2" = "Berlin" }   # your places, and what you call them
base_url = "https://mybusiness.googleapis.com"
token_url = "https://oauth2.googleapis.com/token"
""",
    ),
)
