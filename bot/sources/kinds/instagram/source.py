"""Instagram: the comments below our own media, media on which we are tagged, and @mentions.

What stands below our media has a list for each, which is asked for when Instagram counts another number of comments
there, and now and then all the same, since one may come while another goes (``bot.sources.kit.fan_out``). New answers
stand below comments however old, so of what has changed several pages are read. Mentions in the captions and comments
of others have no list at all: a webhook names them by two numbers, and what they are is asked for before that is
acknowledged, or it would be lost. Nothing tells of edits and deletions; both are seen when somebody answers.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.sources.base import Batch, Capabilities, Delivered, Greeting, SourceConfig
from bot.sources.kinds.instagram.api import InstagramApi
from bot.sources.kinds.instagram.options import InstagramOptions
from bot.sources.kinds.instagram.posts import (
    COMMENT_KIND,
    HOSTS,
    MENTION,
    OWN_MEDIA,
    TAGGED,
    Thing,
    is_long,
    read_live,
    read_media,
    read_thread,
    seconds,
)
from bot.sources.kinds.instagram.replies import RULES, InstagramReplies
from bot.sources.kinds.instagram.verdicts import SCOPES
from bot.sources.kit.fan_out import Branch, FanOut
from bot.sources.kit.json import whole
from bot.sources.kit.meta import ident
from bot.sources.kit.meta_account import held_token, lacking, uncalled
from bot.sources.kit.meta_hook import MetaHook, changes, known_by
from bot.sources.kit.own_replies import OwnReplies
from bot.sources.kit.talk import written_at
from bot.sources.kit.tools import SourceTools
from bot.sources.kit.walk import NewestFirst, Page
from bot.sources.proof import Lack, Proof
from bot.sources.registry import secret_variables
from handlers.base.events import Event

OVERLAP_SECONDS = 3_600.0
AT_ONCE, IN_TURN = 5, 1
# So many pages of comments are read for answers below older ones, and so many threads that are longer than is shown.
DEEP, LONG = 8, 20
FIELDS = ("comments", "mentions")
_UNCALLED = ("Instagram", "comments come late so, and mentions never.")


class Instagram:
    """One professional account that is listened to, and answered with."""

    capabilities = Capabilities(polls=True, receives=True, reply=RULES, network="Instagram", hosts=HOSTS)

    def __init__(self, config: SourceConfig[InstagramOptions], tools: SourceTools) -> None:
        """Take the account; nothing is asked yet.

        Raises:
            OptionError: A secret is missing, or what is needed to keep the account.
        """
        self._now = tools.clock.now
        self._login = config.options.login
        self._api = InstagramApi(config, tools)
        variables = secret_variables(config.kind, config.name)
        self._hook = MetaHook(config, variables, signed_by=("app_secret", "client_secret"))
        walk = NewestFirst(1.0, lambda since: since - OVERLAP_SECONDS)
        self._fan_out = FanOut(walk, at_once=AT_ONCE, in_turn=IN_TURN)
        self.replies = OwnReplies(InstagramReplies(self._api))

    async def poll(self, checkpoint: str) -> Batch:
        """Fetch a page of the media on which we are tagged, and of what stands below some of ours; oldest first.

        Raises:
            SourceUnavailable: Instagram is not well, or asks for a rest.
            SourceRefused: It does not let us in.
        """
        await self._api.is_us()
        return await self._fan_out.poll(checkpoint, {"tags": self._tags}, self._branches, self._below, self._now())

    async def prove(self) -> Proof:
        """Ask who we are, what the token allows, and of what the webhook is told.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        await self._api.is_us()
        token = await held_token(self._api.rest)
        lacks: list[Lack | None] = [*lacking(token, SCOPES[self._login], (), ".")]
        if self._hook.agreed:
            lacks.append(await uncalled(self._api.rest, self._api.me, token.app, FIELDS, _UNCALLED))
        return Proof(who=f"@{self._api.us}", rights=token.rights, until=token.until, lacks=tuple(filter(None, lacks)))

    def handshake(self, query: Mapping[str, str], now: datetime) -> Greeting | None:
        """Show that the hook is ours.

        Raises:
            HookRefused: Who asks does not know the token that was agreed.
        """
        return self._hook.handshake(query)

    def receive(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> Delivered[Event]:
        """Take what is named: what it is, is asked for.

        Raises:
            HookRefused: 401 where it is not signed with our secret, 400 where it is no JSON.
        """
        named, events = list[str](), list[Event]()
        for one in changes(self._hook.read(headers, raw, now), "instagram"):
            comment, media = ident(one.value, "comment_id"), ident(one.value, "media_id")
            if one.topic == "comments" and (about := ident(one.value, "id")):
                named.append(f"{COMMENT_KIND}/{about}/")
            elif one.topic == "mentions" and (comment or media):
                named.append(f"{MENTION}/{comment}/{media}")
            elif one.topic == "live_comments":
                told = read_live(one.value, {"time": int(one.at.timestamp())})
                events += [told] if told else []
        return Delivered(events, known_by=known_by(raw), named=tuple(dict.fromkeys(named)))

    async def fetch(self, named: Sequence[str]) -> list[Event]:
        """Return the comments and the mentions that a delivery named, as far as they are there.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        await self._api.is_us()
        found: list[Event] = []
        for one in named:
            kind, comment, media = one.split("/")
            if kind == COMMENT_KIND:
                top = await self._api.thread(comment)
                told = read_thread(top, self._api.us) if top else []
                found += [each for each in told if each.external_id == comment]
            elif (mention := await self._api.mention(comment, media)) is not None:
                found.append(mention)
        return found

    # --- lists ---

    async def _tags(self, cursor: str, _since: float) -> Page[float]:
        page = await self._api.page(f"/{self._api.me}/tags", TAGGED, cursor, linked=False)
        shown, following = page or ([], "")
        return Page([(seconds(one), read_media(one, self._api.us, tagged=True)) for one in shown], following)

    async def _branches(self, begun: int) -> list[Branch]:
        shown, _ = await self._api.page(f"/{self._api.me}/media", OWN_MEDIA) or ([], "")
        counted = [(one, whole(one, "comments_count")) for one in shown]
        return [Branch(ident(one, "id"), count, young=seconds(one) >= begun) for one, count in counted if count > 0]

    async def _below(self, media_id: str, cursor: str, end: float) -> Page[float] | None:
        """Take a page of comments, and of what has changed several, down to what is older than was asked for."""
        tops: list[Thing] = []
        for _ in range(DEEP if end > 0 else 1):
            page = await self._api.comments(media_id, cursor)
            if page is None:
                return None
            tops, cursor = tops + page[0], page[1]
            if not cursor:
                break
        long = [number for number, one in enumerate(tops) if is_long(one)][:LONG]
        for number in long:
            tops[number] = await self._api.whole(tops[number])
        posts = [post for top in tops for post in read_thread(top, self._api.us)]
        entries: list[tuple[float, Event | None]] = [(at, post) for post in posts if (at := written_at(post)) >= end]
        # What is older ends the walk, and is not shown again: nobody edits on Instagram.
        oldest = min((seconds(top) for top in tops), default=0.0)
        return Page([*entries, (oldest, None)] if tops else entries, cursor)
