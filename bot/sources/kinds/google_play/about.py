"""How Google Play stands in the documents and in the file that `dibs init` writes."""

from bot.sources.kit.about import About

ABOUT = About(
    briefly="reviews of your app in Google Play",
    hears=(
        "the reviews of `package` that say something, with their stars and their headline as title, in the words that "
        "were written; an edited one again. On which device, and of which version, is not kept. `/dibs add` brings one "
        "by its address in the store or in the Play Console"
    ),
    replies=(
        "by itself, as the developer: a review has one reply, so one that stands there is shown before ours replaces it"
    ),
    way_in="a service account of Google's, and a right in the Play Console; an hour, at times a day",
    setup=(
        "`package` is the name of one app; another app is another source, which may have the same key. "
        "`…_SERVICE_ACCOUNT` is the JSON file of a key of a service account that has the right “Reply to reviews” in "
        "the Play Console; `…_SERVICE_ACCOUNT_FILE` names the file. It wants the packages of the extra `accounts`. The "
        "steps stand above. `base_url` and `token_url` name other servers"
    ),
    limits=(
        "350 characters; what looks like HTML (`<…>`) is refused before it is sent, since Google takes it out. Google "
        "shows the reviews of the last seven days, and no ratings without words; an older one may have to be answered "
        "in the Play Console. A deletion is heard of the 30 newest, one a minute, and of others when they are "
        "answered. A reply that a colleague writes elsewhere shows when somebody answers here. Beta versions and "
        "faces are not shown to us"
    ),
    tested=(
        "a server of ours that checks what the key has signed, replaces replies without a word, takes HTML out of "
        "them, answers 500 and an unknown no to what it took; no recorded answers: "
        "`tests/bot/sources/kinds/google_play/test_source.py`, `tests/bot/sources/kinds/google_play/test_replies.py`"
    ),
    costs="It costs nothing; three requests a minute keep within Google's 200 an hour for each app",
    examples=(
        """\
name = "google-play"
kind = "google_play"                   # DIBS_SOURCE_GOOGLE_PLAY_SERVICE_ACCOUNT
package = "com.acme.app"               # as the app's address in the store has it
base_url = "https://androidpublisher.googleapis.com"
token_url = "https://oauth2.googleapis.com/token"
""",
    ),
)
