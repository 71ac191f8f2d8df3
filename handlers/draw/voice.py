"""Voice: by which verb, and by which of its words, the page of what many people say has something done to a theme."""

from handlers.ask.theme import VERB, WHATS

DOES = VERB.name
STEPS = {one: one for one in WHATS}
