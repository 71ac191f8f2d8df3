"""How our channel is signed in at YouTube: by the person who owns it, as the channel."""

from bot.sources.kinds.youtube.options import YouTubeOptions
from bot.sources.kit.google import google_sign_in
from bot.sources.kit.sign_in import SignIn, Who

SCOPE = "https://www.googleapis.com/auth/youtube.force-ssl"
API = "/youtube/v3"


def sign_in(options: YouTubeOptions) -> SignIn:
    """Declare it."""
    who = Who(f"{options.base_url.rstrip('/')}{API}/channels?part=snippet&mine=true", ("items", 0, "snippet", "title"))
    return google_sign_in("YouTube", options.token_url, SCOPE, who)
