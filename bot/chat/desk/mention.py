"""A mention's page: the talk with its author and what colleagues noted; beside it what we know, and the log."""

from dataclasses import dataclass

from aiohttp import web

from bot.chat.backend import Backend
from bot.chat.desk.access import Visit
from bot.chat.desk.pages import Views, find_named
from handlers.base.cards import Card
from handlers.base.talk import Turn, read_others, read_talk
from handlers.base.timezones import person_zone
from handlers.draw.card import draw_card
from handlers.report.context import Known, Said, read_known, with_notes
from handlers.report.timeline import Timeline, mention_timeline
from handlers.report.words import notes_of
from storage.engine.database import Session
from storage.listen import talks
from storage.own import ownership


@dataclass(frozen=True, slots=True)
class MentionView:
    """One mention as its page shows it: the talk with its author, and the newest of what others wrote around it."""

    card: Card
    said: tuple[Said, ...]
    turns: int
    author: str
    known: Known
    others: tuple[Turn, ...]
    more_others: int
    log: Timeline
    zone: str
    seq: int


class MentionPage:
    """Draws it."""

    def __init__(self, backend: Backend, views: Views) -> None:
        self._backend = backend
        self._views = views

    async def show(self, visit: Visit) -> web.StreamResponse:
        """One mention with its whole text and its log."""
        view = await self._backend.read(lambda session: self._read(session, visit))
        return self._views.page(visit, "mention.html", view.seq, view=view, back=f"/m/{view.card.token}")

    def _read(self, session: Session, visit: Visit) -> MentionView:
        row, organisation, visitor = find_named(session, visit), self._backend.organisation, visit.visitor
        talk, others = read_talk(session, row.id), read_others(session, row.id)
        zone = person_zone(session, organisation, visitor.person_id, visitor.department_id)
        return MentionView(
            card=draw_card(session, row.id, organisation, viewer_id=visitor.person_id),
            said=with_notes(talk, notes_of(session, row.id)),
            turns=len(talk.turns),
            author=talk.turns[0].name,
            known=read_known(session, organisation, row, talk, visitor.person_id),
            others=others,
            more_others=talks.count_others(session, [row.id]).get(row.id, 0) - len(others),
            log=mention_timeline(session, row.id, zone),
            zone=zone.key,
            seq=ownership.head(session)[0],
        )
