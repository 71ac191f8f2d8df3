"""What Facebook answers to a comment of ours, and to what is asked: the rows of all that is Meta's, and no others.

https://developers.facebook.com/docs/graph-api/guides/error-handling
"""

from bot.sources.kit.meta import verdicts

MAX_CHARACTERS = 8_000
HEARS = ("pages_read_engagement", "pages_read_user_content")
REPLIES = "pages_manage_engagement"
SUBSCRIBES = "pages_manage_metadata"

VERDICTS = verdicts("Facebook", ", ".join((*HEARS, REPLIES)))
