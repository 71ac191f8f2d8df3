"""How webhooks stand in the documents and in the file that `dibs init` writes."""

from bot.sources.kit.about import About

ABOUT = About(
    briefly="whatever another tool posts as JSON",
    hears="whatever another tool posts as JSON to `/hooks/<name>`",
    replies="by hand",
    way_in="a secret",
    setup=(
        "`scheme` (Standard Webhooks, HMAC or bearer), `map`, and the secret in the environment; faces and pictures "
        "are shown from `picture_hosts` alone"
    ),
    limits="1 MiB and 1,000 posts a delivery; signed times within five minutes of ours",
    tested=(
        "the example of the Standard Webhooks specification, and generated nonsense: "
        "`tests/bot/sources/kinds/webhook/test_source.py`"
    ),
    examples=(
        """\
name = "octolens"
kind = "webhook"
scheme = "standard"                    # standard (Standard Webhooks) | hmac | bearer
map = { id = "/id", text = "/body", url = "/url", author = "/author/name", published = "/timestamp" }
items = "/items"                       # where the list of posts stands, when there is one
#picture_hosts = ["cdn.octolens.example"]  # from where what "avatar" and "picture" of the map name may be shown
""",
        """\
name = "own-tool"
kind = "webhook"                       # DIBS_HOOK_OWN_TOOL_SECRET
scheme = "hmac"
header = "X-Signature"
algorithm = "sha256"                   # sha256 | sha1 | sha512
encoding = "hex"                       # hex | base64
prefix = "sha256="                     # what stands before the signature
timestamp_header = "X-Timestamp"       # when <time>.<body> is what is signed
map = { text = "/text", url = "/link" }
""",
    ),
)
