"""What dibs.toml says of a source of Google reviews."""

import re
from dataclasses import dataclass

from bot.sources.kit.google import TOKEN
from bot.sources.kit.options import OptionError, Options, WebAddress

# What is kept of each between two polls has to fit into one checkpoint.
MOST_LOCATIONS = 12
_LOCATION = re.compile(r"accounts/[0-9]{1,30}/locations/[0-9]{1,30}")


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleReviewsOptions(Options):
    """Options: what is heard.

    Attributes:
        locations: Our places, as the API names them ("accounts/1/locations/2"), and what we call each, which stands
            in the title of its reviews; empty where there is but one.
        base_url: The API.
        token_url: Where tokens are bought.
    """

    locations: dict[str, str]
    base_url: WebAddress = "https://mybusiness.googleapis.com"
    token_url: WebAddress = TOKEN

    def __post_init__(self) -> None:
        Options.__post_init__(self)
        if not self.locations or not all(map(_LOCATION.fullmatch, self.locations)):
            raise OptionError("locations", 'is a table such as { "accounts/1/locations/2" = "Berlin" }.')
        if len(self.locations) > MOST_LOCATIONS:
            raise OptionError("locations", f"has at most {MOST_LOCATIONS} places; a second source can have others.")
