"""Pages: the desk's pages to look at and press on: the frame around each, the board, one card, a form."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web

from bot.chat.backend import Backend
from bot.chat.desk.access import NO_PAGE, Access, Turned, Visit
from bot.chat.desk.events import HEARTBEAT_SECONDS
from bot.chat.desk.render import Pages
from bot.chat.desk.said import seal, unseal
from bot.chat.desk.settings import Persona
from bot.chat.desk.urls import parameters, read_wanted, way_back, write_wanted
from bot.chat.desk.view import ASKED, addresses, chips
from handlers.base.cards import Button, Card, Choice, Field, Form, Notice
from handlers.base.command import Answer, ByToken
from handlers.base.errors import MentionNotFound
from handlers.base.verb import ADDRESS, On, Verb
from handlers.dispatch.dispatch import find_mention
from handlers.dispatch.offers import undoing
from handlers.draw.board import fits, read_board, read_tabs
from handlers.draw.card import draw_card
from handlers.text.bounds import MAX_URL
from handlers.verbs import BY_NAME
from storage.engine.database import Session
from storage.own.mentions import MentionRow
from storage.people import people
from storage.people.people import PersonRow

# More people than a page should hold: then a name is typed without being offered.
MOST_CHOICES = 2_000
# Of what is typed, more than this is not looked at: it is far too long in any case.
MAX_CHECKED = 200_000
NO_SUCH = "I know no such mention."
ADDRESS_HINT = (
    "As your browser shows it. What stands there is fetched where a source can; else you are asked what it says."
)
NO_MENTION = "There is no such mention. It may have been written wrongly: a reference looks like #k7f2."


def verb_of(visit: Visit) -> Verb:
    """Return the verb that an address names for a mention.

    Raises:
        Turned: Cards offer no such thing.
    """
    verb = BY_NAME.get(visit.request.match_info["verb"])
    if verb is None or not verb.on_cards:
        raise Turned(404, "There is no such thing to do with a mention.")
    return verb


def find_named(session: Session, visit: Visit) -> MentionRow:
    """Return the mention that an address names.

    Raises:
        Turned: There is none.
    """
    try:
        return find_mention(session, ByToken(visit.request.match_info["token"].replace("\x00", "")))
    except MentionNotFound:
        raise Turned(404, NO_MENTION) from None


class Views:
    """Draw what people look at."""

    def __init__(self, backend: Backend, pages: Pages, access: Access, personas: tuple[Persona, ...]) -> None:
        self._backend = backend
        self._pages = pages
        self._access = access
        self._personas = personas
        access.turn = self.turn

    # --- what every page needs ---

    def frame(self, visit: Visit, seq: int) -> dict[str, Any]:
        """Return what the frame around every page shows."""
        return {
            "visitor": visit.visitor,
            "csrf": visit.csrf,
            "nonce": self._backend.ids.token(),
            "personas": self._personas,
            "said": unseal(visit.token, visit.request.cookies.get(self.said_cookie, "")),
            "seq": seq,
            "beat": HEARTBEAT_SECONDS,
            "here": visit.request.rel_url.raw_path_qs,
        }

    def page(self, visit: Visit, template: str, seq: int, *, status: int = 200, **values: Any) -> web.Response:
        """Draw a page in its frame; what was said once is not said again."""
        response = self._pages.page(template, status=status, **self.frame(visit, seq), **values)
        if self.said_cookie in visit.request.cookies:
            response.del_cookie(self.said_cookie, path="/")
        return response

    @property
    def said_cookie(self) -> str:
        """Where the answer to a press waits for the next page."""
        return f"{self._access.cookie}-said"

    def say_next(self, visit: Visit, response: web.Response, answer: Answer) -> None:
        """Let the next page say this."""
        secure, value = self._access.secure, seal(visit.token, answer)
        response.set_cookie(
            self.said_cookie, value, max_age=60, httponly=True, samesite="Strict", secure=secure, path="/"
        )

    def turn(self, visit: Visit, turned: Turned) -> web.StreamResponse:
        """Say in the frame of all pages what is not there, or cannot be done, with the way home."""
        return self.page(visit, "lost.html", 0, status=turned.status, sentence=turned.sentence, code=turned.status)

    async def nowhere(self, visit: Visit) -> web.StreamResponse:
        """What is at no address of ours."""
        raise Turned(404, NO_PAGE)

    # --- pages ---

    async def board(self, visit: Visit) -> web.StreamResponse:
        """The board: one tab of it, a page at a time."""
        wanted = read_wanted(visit.request.query)
        shown = await self._backend.read(
            lambda session: read_board(session, self._backend.organisation, wanted, visit.visitor, now=visit.now)
        )
        values = addresses(wanted, shown.next) | {"chips": chips(shown), "kept": parameters(wanted, *ASKED)}
        values["select"] = bool(visit.request.query.get("select"))
        return self.page(visit, "board.html", shown.seq, board=shown, back=write_wanted(wanted), **values)

    async def tabs(self, visit: Visit) -> web.StreamResponse:
        """The numbers alone, for a page that is open already."""
        wanted = read_wanted(visit.request.query)
        counted = await self._backend.read(
            lambda session: read_tabs(session, self._backend.organisation, wanted, visit.visitor, now=visit.now)
        )
        return self._pages.page("tabs.html", tabs=counted, wanted=wanted, **addresses(wanted, None))

    async def card(self, visit: Visit) -> web.StreamResponse:
        """One card alone, for a page that is open already; X-Fits says whether it belongs into that page's tab."""
        wanted = read_wanted(visit.request.query)

        def read(session: Session) -> tuple[Card, bool]:
            row = find_named(session, visit)
            organisation, visitor = self._backend.organisation, visit.visitor
            fitting = fits(session, organisation, row.id, wanted, visitor, now=visit.now)
            return draw_card(session, row.id, organisation, viewer_id=visitor.person_id), fitting

        card, fitting = await self._backend.read(read)
        values = {**self.frame(visit, 0), "card": card, "back": write_wanted(wanted), "whole": False}
        response = self._pages.page("card.html", **values)
        response.headers["X-Fits"] = "1" if fitting else "0"
        return response

    async def undoing(self, verb: Verb, token: str) -> Button | None:
        """Return the button that undoes what was just done to a mention, where there is one."""
        return await self._backend.read(lambda session: undoing(verb, find_mention(session, ByToken(token))))

    def offer(self, visit: Visit, answer: Answer, back: str) -> str:
        """Draw what may be done next, to be put beside what is said in a page that is open."""
        if answer.offer is None:
            return ""
        return self._pages.text("offer.html", **self.frame(visit, 0), offer=answer.offer, back=back)

    async def draw_card(self, visit: Visit, token: str, back: str) -> str:
        """Draw a card as it stands now, for the answer to a press; empty when there is none."""

        def read(session: Session) -> Card | None:
            try:
                row = find_mention(session, ByToken(token))
            except MentionNotFound:
                return None
            return draw_card(session, row.id, self._backend.organisation, viewer_id=visit.visitor.person_id)

        card = await self._backend.read(read)
        if card is None:
            return ""
        return self._pages.text("card.html", **self.frame(visit, 0), card=card, back=back, whole=False)

    async def form(self, visit: Visit) -> web.StreamResponse:
        """The form of a verb, for where no script opens it beside the card."""
        return await self.draw_form(visit, verb_of(visit), {}, None)

    async def check(self, visit: Visit) -> web.StreamResponse:
        """Say how what was typed so far will stand there, for a form that is open; nothing is kept, and nothing sent.

        The answer holds what changes in the form: the preview, its digests, what may be pressed, and the text of a
        saved reply that was chosen.
        """
        verb = verb_of(visit)
        token = visit.request.match_info["token"].replace("\x00", "")
        given = {one.name: _as_typed(visit.form[one.name]) for one in verb.fields if one.name in visit.form}
        drawn = await self._backend.form(verb.name, ByToken(token), visit.visitor.who, given)
        if isinstance(drawn, Answer):
            return _json({"ok": False, "text": NO_MENTION if drawn.text.startswith(NO_SUCH) else drawn.text})
        filled = {} if drawn.previewed in given else {one.name: one.initial for one in drawn.fields}
        fresh = {"preview": "", "ends": ""}
        for name in fresh:
            fresh[name] = self._pages.text("check.html", part=name, form=drawn, back=self._way_back(visit, token))
        return _json({"ok": True, "shown": drawn.shown, "text": filled.get(drawn.previewed), **fresh})

    def _way_back(self, visit: Visit, token: str) -> str:
        asked = visit.form.get("back") or visit.request.query.get("back", "")
        return way_back(asked, f"/m/{token}" if token else "/")

    async def draw_form(
        self, visit: Visit, verb: Verb, typed: Mapping[str, str], wrong: Answer | None
    ) -> web.StreamResponse:
        """Draw the form of a verb with what was typed, and what was wrong with it beside each field."""
        token = visit.request.match_info["token"].replace("\x00", "")
        drawn = await self._backend.form(verb.name, ByToken(token), visit.visitor.who)
        if isinstance(drawn, Answer):
            if wrong is not None:
                drawn = wrong  # what was just refused says more than why there is no form
            gone = drawn.text.startswith(NO_SUCH)
            raise Turned(404 if gone else 409, NO_MENTION if gone else drawn.text)
        return await self.show_form(visit, drawn, typed, wrong)

    async def show_form(
        self, visit: Visit, form: Form, typed: Mapping[str, str], wrong: Answer | None = None, note: str = ""
    ) -> web.StreamResponse:
        """Draw a form as a page of its own."""
        values = await self._sheet(visit, form, typed, wrong, note)
        return self.page(visit, "form.html", 0, status=422 if wrong else 200, **values)

    async def sheet(
        self, visit: Visit, form: Form, typed: Mapping[str, str], wrong: Answer | None = None, note: str = ""
    ) -> str:
        """Draw a form alone, to be put beside a card in a page that is open."""
        values = await self._sheet(visit, form, typed, wrong, note)
        return self._pages.text("sheet.html", **self.frame(visit, 0), **values)

    async def _sheet(
        self, visit: Visit, form: Form, typed: Mapping[str, str], wrong: Answer | None, note: str
    ) -> dict[str, Any]:
        token = form.value.partition(".")[0]
        return {
            "form": await self._backend.read(lambda session: with_people(session, form, visit.visitor.person_id)),
            "action": f"/m/{token}/{form.verb}" if token else f"/{form.verb}",
            "typed": typed,
            "wrong": wrong,
            "note": note,
            "back": self._way_back(visit, token),
        }

    def told(self, visit: Visit, notice: Notice, again: str, back: str) -> str:
        """Draw what is to be read after a press, to be put beside a card in a page that is open.

        ``again`` is the address of the form that it was said about, or empty.
        """
        return self._pages.text("told.html", **self.frame(visit, 0), notice=notice, again=again, back=back)

    def show_told(self, visit: Visit, notice: Notice, again: str, back: str) -> web.StreamResponse:
        """Draw what is to be read after a press, as a page of its own."""
        return self.page(visit, "said.html", 0, notice=notice, again=again, back=back)

    async def ask(self, verb: Verb, visit: Visit) -> web.StreamResponse:
        """The form of a verb that is about no mention."""
        query = visit.request.query
        given = {one.name: query[one.name][: min(one.limit, MAX_URL)] for one in verb.fields if one.name in query}
        return await self.show_form(visit, await self.first_form(verb, visit, given), {})

    async def first_form(self, verb: Verb, visit: Visit, given: Mapping[str, str]) -> Form:
        """Draw the form that such a verb begins with.

        Of a post it asks for the address alone: the rest is asked for only where nobody could fetch it.
        """
        form = await self._backend.form(verb.name, None, visit.visitor.who, given)
        if isinstance(form, Answer):
            raise Turned(409, form.text)
        if verb.on != On.POST:
            return form
        asked = (replace(one, hint=ADDRESS_HINT) for one in form.fields if one.name == ADDRESS.name)
        return replace(form, about="", fields=tuple(asked))


def _as_typed(text: str) -> str:
    return text.replace("\r\n", "\n").strip()[:MAX_CHECKED]


def _json(body: dict[str, Any]) -> web.Response:
    return web.Response(text=json.dumps(body, ensure_ascii=False), content_type="application/json")


def with_people(session: Session, form: Form, person_id: int) -> Form:
    """Offer everybody's name where a person is asked for, whoever asks last; of namesakes what tells them apart."""
    if not any(field.kind == "person" for field in form.fields):
        return form
    everybody = sorted(people.active(session), key=lambda one: one.id == person_id)
    if len(everybody) > MOST_CHOICES:
        return form
    names = Counter(one.name for one in everybody)
    choices = tuple(_choice(one, alone=names[one.name] == 1) for one in everybody)
    return replace(form, fields=tuple(_choosing(field, choices) for field in form.fields))


def _choice(one: PersonRow, *, alone: bool) -> Choice:
    if alone:
        return Choice(value=one.name, label=one.email or "")
    return Choice(value=one.email or f"person:{one.id}", label=one.name)


def _choosing(field: Field, choices: tuple[Choice, ...]) -> Field:
    return replace(field, choices=choices) if field.kind == "person" else field
