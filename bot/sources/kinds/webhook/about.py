"""How webhooks stand in the documents and in the file that `dibs init` writes."""

from bot.sources.kit.about import About

ABOUT = About(
    briefly="what Octolens, Syften, Trustpilot or any other tool posts as JSON",
    hears="whatever another tool posts as JSON to `/hooks/<name>`",
    replies="by hand",
    way_in="a secret",
    setup=(
        "`preset`, where the tool is [one that Dibs knows](#vendors-by-name); else `scheme` (Standard Webhooks, HMAC, "
        "bearer, or a secret in the path) and `map`. The secret stands in the environment; faces and pictures are "
        "shown from `picture_hosts` alone"
    ),
    limits=(
        "1 MiB and 1,000 posts a delivery; signed times within five minutes of ours. Of a preset, what cannot be read "
        "is kept for a day, at most 500 deliveries and 16 MiB a source"
    ),
    tested=(
        "the example of the Standard Webhooks specification, generated nonsense, and deliveries of our own as the "
        "presets say that they look: `tests/bot/sources/kinds/webhook/test_source.py`, "
        "`tests/bot/sources/kinds/webhook/test_presets.py`"
    ),
    examples=(
        """\
name = "octolens"
kind = "webhook"
preset = "octolens"                    # a vendor that we know, who says all below that you do not say otherwise
#picture_hosts = ["cdn.octolens.example"]  # from where what "avatar" and "picture" of the map name may be shown
""",
        """\
name = "own-tool"
kind = "webhook"                       # DIBS_HOOK_OWN_TOOL_SECRET
scheme = "hmac"                        # standard (Standard Webhooks) | hmac | bearer | path; needed without a preset
header = "X-Signature"
algorithm = "sha256"                   # sha256 | sha1 | sha512
encoding = "hex"                       # hex | base64
prefix = "sha256="                     # what stands before the signature
timestamp_header = "X-Timestamp"       # when <time>.<body> is what is signed
items = "/items"                       # where the list of posts stands, when there is one
map = { id = "/id", text = "/text", url = "/link", author = "/author/name", published = "/timestamp" }
""",
    ),
)
