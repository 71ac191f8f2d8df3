"""Sample replies: some of the demo's sources take replies, without any network, and their authors answer a while later.

They keep to the contract of ``bot.sources.base`` as the real ones do: what is sent twice stands there once, and a
look-up finds it. An author answers every reply, as long as one talks with them. All of it is openly a sample: the
addresses lead nowhere, and the answers say what they are.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.cli.demo.samples import SAMPLES, Sample
from bot.cli.demo.storm import STORM
from bot.cli.demo.thread import THREAD
from bot.sources.base import Capabilities
from handlers.base.charter import ReplyRules
from handlers.base.events import Author, Posted
from handlers.base.replying import Alive, Allowed, Handoff, Outcome, Parent, ParentState, Published

BY_API = ReplyRules(by_api=True, limit=300, unit="graphemes")
_LONG = ReplyRules(by_api=True, limit=32_000)
PLACES: Mapping[str, ReplyRules] = {
    "bluesky-search": BY_API,
    "forum": BY_API,
    "github": _LONG,
    "community": _LONG,
    "instagram": ReplyRules(by_api=True, limit=2_200),
    "app-store": ReplyRules(by_api=True, limit=5_970),
    "linkedin": ReplyRules(by_api=True, limit=1_250),
}
# What people call the network of a source, where its cards bear that name: one of each family.
NETWORKS = {
    "bluesky-search": "Bluesky",
    "reviews": "Google reviews",
    "hacker-news": "Hacker News",
    "github": "GitHub",
    "community": "Discourse",
    "instagram": "Instagram",
    "app-store": "App Store",
    "linkedin": "LinkedIn",
    "videos": "TikTok",
}
# Who told us of it, where its network lets nobody listen.
VIA = {"videos": "a listening tool"}
_HOSTS = {"community": "community.acme.example"}
ANSWERS_AFTER = 5.0
_POST = "sample-"
_THANKS = {
    "de": "Danke, das ging ja schnell! (Musterantwort der Vorführung)",
    "en": "Thank you, that was quick! (sample answer of the demo)",
    "es": "¡Gracias, qué rapidez! (respuesta de muestra de la demostración)",
    "fr": "Merci, c’était rapide ! (réponse d’exemple de la démonstration)",
}
_ASKS_AGAIN = {
    "de": "Und gilt das auch für nächsten Monat? (Musterantwort der Vorführung)",
    "en": "And does that hold for next month, too? (sample answer of the demo)",
    "es": "¿Y vale también para el mes que viene? (respuesta de muestra de la demostración)",
    "fr": "Et c’est valable aussi pour le mois prochain ? (réponse d’exemple de la démonstration)",
}


@dataclass(frozen=True, slots=True)
class Answered:
    """A reply that stands under a sample, or under what its author answered: ``turn`` says which of ours it is."""

    source: str
    sample: int
    reply_id: str
    turn: int = 1

    @property
    def answer_id(self) -> str:
        """By which name its author's answer is known."""
        return f"{self.reply_id}-answer"


@dataclass
class SampleReplies:
    """A place where replies stand, in memory.

    Attributes:
        answered: Hears of each reply, once.
    """

    name: str
    answered: "asyncio.Queue[Answered]"
    _standing: dict[str, Published] = field(default_factory=dict)
    _talks: dict[str, Answered] = field(default_factory=dict)

    def can_reply(self, parent: Parent) -> Allowed | Handoff:
        """Allow it: every post here is a sample."""
        return Allowed()

    async def check(self, parent: Parent) -> ParentState:
        """Say that the sample stands as it was."""
        return Alive()

    def prepare(self, parent: Parent, text: str, send_id: str, context: str) -> str:
        """Return what would be sent."""
        return json.dumps({"send_id": send_id, "parent": parent.external_id, "text": text}, ensure_ascii=False)

    async def publish(self, prepared: str) -> Outcome:
        """Let the reply stand here; the same one sent again is the same one."""
        asked = json.loads(prepared)
        send_id, parent = str(asked["send_id"]), str(asked["parent"])
        if send_id not in self._standing:
            reply_id = f"sample-reply-{send_id[:12]}"
            self._standing[send_id] = Published(reply_id, f"https://{host_of(self.name)}/acme/{reply_id}")
            self._hear(parent, reply_id)
        return self._standing[send_id]

    def _hear(self, parent: str, reply_id: str) -> None:
        """Let the author of a sample hear of a reply, be it to the sample or to an answer of theirs."""
        number, before = parent.removeprefix(_POST), self._talks.get(parent)
        if before is not None:
            told = replace(before, reply_id=reply_id, turn=before.turn + 1)
        elif parent.startswith(_POST) and number.isdigit():
            told = Answered(self.name, int(number), reply_id)
        else:
            return
        self._talks[told.answer_id] = told
        self.answered.put_nowait(told)

    async def find_published(self, prepared: str) -> Published | None:
        """Look whether it stands here."""
        return self._standing.get(str(json.loads(prepared)["send_id"]))


@dataclass
class SamplePlace:
    """A source whose replies are samples."""

    replies: SampleReplies
    capabilities: Capabilities = field(init=False)

    def __post_init__(self) -> None:
        self.capabilities = Capabilities(reply=PLACES[self.replies.name])


def host_of(source: str) -> str:
    """Return where the posts of a source stand; nothing is there."""
    return _HOSTS.get(source, f"{source}.example")


def as_post(sample: Sample, number: int) -> Posted:
    """Return a sample as its source would tell it; its addresses lead nowhere."""
    site = f"https://{host_of(sample.source)}"
    home = f"{site}/{sample.handle}"
    author = Author(name=sample.name, handle=sample.handle, url=home, external_id=sample.handle)
    return Posted(
        external_id=f"{_POST}{number}",
        text=sample.text,
        title=sample.title,
        url=f"{site}/{sample.path}" if sample.path else f"{home}/{number}",
        author=author,
        lang=sample.lang,
        thread=f"{_POST}{sample.below}" if sample.below is not None else "",
    )


def answer_of(one: Answered, samples: Sequence[Sample] = (*SAMPLES, *STORM, *THREAD)) -> Posted:
    """Return what the author of a sample says to a reply."""
    sample = samples[one.sample]
    asked = as_post(sample, one.sample)
    said, lang = _THANKS if one.turn % 2 else _ASKS_AGAIN, sample.lang if sample.lang in _THANKS else "en"
    return replace(
        asked,
        external_id=one.answer_id,
        title="",
        text=said[lang],
        url=f"{asked.url}/answer-{one.turn}",
        lang=lang,
        reply_to=one.reply_id,
    )
