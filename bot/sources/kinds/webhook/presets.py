"""Vendors by name: whose deliveries look how. One table; an operator overrides any of it by the options of the hook.

Each row says from where its payload is known. What a vendor does not document is said to be so, and its map is then
what we ask of whoever builds the call in an automation. Where a vendor calls a field differently one day, the delivery
is kept and told of (``bot.sources.runner.kept``), and read again when this table or the operator's map is mended.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.sources.kit.signatures import Scheme

Pointers = Mapping[str, tuple[str, ...]]


class Vendor(StrEnum):
    """The vendors that we know by name."""

    OCTOLENS = "octolens"
    SYFTEN = "syften"
    BRAND24 = "brand24"
    MENTION = "mention"
    TRUSTPILOT = "trustpilot"
    ZAPIER = "zapier"
    N8N = "n8n"
    MAKE = "make"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """How the deliveries of one vendor look.

    Attributes:
        vendor: What people call it; empty for nobody in particular.
        scheme: How it signs.
        items: JSON pointer to the list of items in a delivery; None where a delivery is one, or a list of them.
        map: Where each field of a post stands within an item; the first place with something in it counts.
        needed: Fields that every item of this vendor bears, beside words: without them it is not what we know.
        space: JSON pointer, within an item, to that within which its id is unique, such as its network; or empty.
        verb: JSON pointer, within an item, to the word for what happened; empty where each item is a post.
        posts: The words for a post that is new or was edited; any word that is neither here nor in ``gone`` is skipped.
        gone: The words for a post that was deleted, of which only the id is needed.
        page: The address of a post by its id, where items bear none.
        silent: An item that bears its words empty says nothing on purpose, and is skipped.
        known: From where the payload is known, as a sentence.
        setup: What to do at the vendor, in sentences.
    """

    vendor: str = ""
    scheme: Scheme = Scheme.BEARER
    items: str | None = None
    map: Pointers = field(default_factory=dict)
    needed: tuple[str, ...] = ()
    space: str = ""
    verb: str = ""
    posts: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    page: str = ""
    silent: bool = False
    known: str = ""
    setup: str = ""


GENERIC = Preset()

_OURS: Pointers = {
    name: (f"/{name}",)
    for name in ("id", "text", "title", "url", "author", "handle", "author_url", "published", "lang", "low")
}
_BUILT = (
    "What is sent is what you write, so the map is ours: name the fields of the body so, and leave out what you do "
    "not have."
)

PRESETS: Mapping[Vendor, Preset] = {
    Vendor.OCTOLENS: Preset(
        vendor="Octolens",
        scheme=Scheme.PATH,
        map={
            "id": ("/data/sourceId",),
            "text": ("/data/body",),
            "title": ("/data/title",),
            "url": ("/data/url",),
            "author": ("/data/authorName", "/data/author"),
            "handle": ("/data/author",),
            "author_url": ("/data/authorProfileLink",),
            "published": ("/data/timestamp",),
            "lang": ("/data/language",),
            "avatar": ("/data/authorAvatarUrl",),
            "picture": ("/data/imageUrl",),
            "low": ("/data/relevanceScore", "/data/relevance"),
        },
        needed=("id", "url"),
        space="/data/source",
        verb="/action",
        posts=("mention_created",),
        known="The payload is the one of Octolens' own page (octolens.com/docs, Webhooks), which also says that it "
        "signs nothing. That a delivery bears what Octolens thinks of it (`relevanceScore`) is known from two programs "
        "that receive it.",
        setup="Open a feed, *Set up alert*, *Webhook*; paste the address of the hook, and choose *Instantly*.",
    ),
    Vendor.SYFTEN: Preset(
        vendor="Syften",
        scheme=Scheme.PATH,
        map={
            "text": ("/text",),
            "title": ("/title",),
            "url": ("/item_url",),
            "author": ("/author",),
            "handle": ("/author",),
            "published": ("/timestamp",),
            "lang": ("/lang",),
        },
        needed=("url",),
        known="The payload, a list of items, is known from two programs that receive it, published by customers of "
        "Syften; no page of Syften's that describes it was found, nor one that says how it is signed.",
        setup="Under *Settings*, *Webhook*, paste the address of the hook.",
    ),
    Vendor.BRAND24: Preset(
        vendor="Brand24",
        scheme=Scheme.PATH,
        map={
            "text": ("/content",),
            "title": ("/title",),
            "url": ("/url", "/source"),
            "author": ("/author",),
            "published": ("/date",),
        },
        silent=True,
        known="Brand24 documents no webhook. The map is that of a mention in its data API (api-data.brand24.com), as "
        "published programs read it: it bears no id and no author, its address stands in `source`, and of Facebook, "
        "Instagram and X its words are null, so such a mention is skipped.",
        setup="Let an automation that reads Brand24 (Zapier, Make or n8n) post each mention, or a list of them, as it "
        "is to the address of the hook.",
    ),
    Vendor.MENTION: Preset(
        vendor="Mention",
        scheme=Scheme.PATH,
        map={
            "id": ("/id",),
            "text": ("/description", "/description_medium", "/description_short"),
            "title": ("/title",),
            "url": ("/original_url", "/url"),
            "author": ("/author_influence/name",),
            "author_url": ("/author_influence/url",),
            "author_id": ("/author_influence/author_unique_id",),
            "published": ("/published_at",),
            "lang": ("/language_code",),
            "low": ("/trashed_as_spam", "/trashed"),
        },
        needed=("id", "url"),
        known="Mention documents no webhook of its own. The map is that of a mention in its API (dev.mention.com), and "
        "as its trigger at Zapier hands it on.",
        setup="Let an automation with Mention's trigger *New mention* (Zapier, Make) post it as it is to the address "
        "of the hook.",
    ),
    Vendor.TRUSTPILOT: Preset(
        vendor="Trustpilot",
        scheme=Scheme.PATH,
        items="/events",
        map={
            "id": ("/eventData/id",),
            "text": ("/eventData/text",),
            "title": ("/eventData/title",),
            "stars": ("/eventData/stars",),
            "url": ("/eventData/link",),
            "author": ("/eventData/consumer/name",),
            "author_id": ("/eventData/consumer/id",),
            "published": ("/eventData/createdAt",),
            "lang": ("/eventData/language",),
        },
        needed=("id", "stars"),
        verb="/eventName",
        posts=("service-review-created", "service-review-updated"),
        gone=("service-review-deleted",),
        page="https://www.trustpilot.com/reviews/{}",
        known="The events are those of Trustpilot's page on webhooks (service reviews), which documents no signature. "
        "A deletion bears the id alone. Reviews of products are skipped.",
        setup="In Trustpilot Business: *Integrations*, *Developers*, *Webhook notifications*, *Service reviews*; paste "
        "the address of the hook. It wants a plan with the webhooks.",
    ),
    Vendor.ZAPIER: Preset(
        vendor="Zapier",
        map=_OURS,
        known=_BUILT,
        setup="*Webhooks by Zapier*, *POST*: the address of the hook, payload type *json*, a header `Authorization` "
        "with `Bearer` and the secret, and the fields under *Data*.",
    ),
    Vendor.N8N: Preset(
        vendor="n8n",
        map=_OURS,
        known=_BUILT,
        setup="A node *HTTP Request*: *POST* to the address of the hook, *Header Auth* with the name `Authorization` "
        "and `Bearer` and the secret, *Send Body* as JSON. A list of posts may go in one request.",
    ),
    Vendor.MAKE: Preset(
        vendor="Make",
        map=_OURS,
        known=_BUILT,
        setup="The module *HTTP*, *Make a request*: *POST* to the address of the hook, a header `Authorization` with "
        "`Bearer` and the secret, body type *Raw*, content type JSON. Make pastes texts as they are: line breaks and "
        "quotation marks in them are read as they are meant, where only one meaning is possible.",
    ),
}
