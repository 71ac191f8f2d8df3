"""How the owner or a manager of our places is signed in at Google."""

from bot.sources.kinds.google_reviews.options import GoogleReviewsOptions
from bot.sources.kit.google import google_sign_in
from bot.sources.kit.sign_in import SignIn

SCOPE = "https://www.googleapis.com/auth/business.manage"


def sign_in(options: GoogleReviewsOptions) -> SignIn:
    """Declare it."""
    return google_sign_in("Google Business Profile", options.token_url, SCOPE)
