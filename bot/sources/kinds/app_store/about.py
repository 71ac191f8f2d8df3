"""How the App Store stands in the documents and in the file that `dibs init` writes."""

from bot.sources.kit.about import About

ABOUT = About(
    briefly="reviews of your app in the App Store",
    hears=(
        "the reviews of `app` in all countries, with their stars, their country and their headline as title; of the "
        "newest two hundred what was edited, too. `/dibs add` brings one by the address that its card had"
    ),
    replies=(
        "by itself, as the developer: a review has one reply, so one that stands there is shown before ours replaces "
        "it. Until Apple has published a reply, which takes up to a day, it is not said to stand there"
    ),
    way_in="a key of App Store Connect, minutes",
    setup=(
        "`app` is the number of one app; another app is another source, which may have the same key. `issuer_id` and "
        "`key_id` say which key of the team it is, and `…_PRIVATE_KEY` is the key, the file `AuthKey_….p8` that is "
        "given once; `…_PRIVATE_KEY_FILE` names the file. It wants the packages of the extra `accounts`, and a clock "
        "that is right. The steps stand above. `base_url` names another server"
    ),
    limits=(
        "5,970 characters. Apple tells no time of an edit: one of an older review is seen when somebody answers it. A "
        "deletion is heard of the 100 newest, and of others when they are answered. A reply that a colleague writes "
        "elsewhere shows when somebody answers here. Apple has no address of one review: the link of a card leads to "
        "all of the app in App Store Connect. Ratings without words, faces and versions are not shown to us. It costs "
        "nothing, mostly 3,600 requests an hour for each key"
    ),
    tested=(
        "a server of ours that checks what the key has signed and when, overwrites replies without a word, keeps them "
        "pending, drops them again, answers 409 to what it took and sends pages elsewhere; no recorded answers: "
        "`tests/bot/sources/kinds/app_store/test_source.py`, `tests/bot/sources/kinds/app_store/test_replies.py`"
    ),
    examples=(
        """\
name = "app-store"
kind = "app_store"                     # DIBS_SOURCE_APP_STORE_PRIVATE_KEY
app = "1234567890"                     # as the app's address in App Store Connect has it
issuer_id = "11111111-2222-3333-4444-555555555555"   # stands above the keys of the team
key_id = "SAMPLEKEY1"                  # the id of the key
base_url = "https://api.appstoreconnect.apple.com"
""",
    ),
)
