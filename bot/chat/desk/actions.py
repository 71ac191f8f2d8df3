"""Actions: a press or a form becomes a command; its answer goes back as a page or, to our script, as JSON."""

import hashlib
import json
from dataclasses import replace

from aiohttp import web

from bot.chat.backend import Backend
from bot.chat.desk.access import Access, Turned, Visit, read_form
from bot.chat.desk.events import Live
from bot.chat.desk.pages import Views, verb_of
from bot.chat.desk.render import Pages
from bot.chat.desk.settings import Persona
from bot.chat.desk.urls import way_back
from bot.chat.kit.moments import merged
from handlers.base.cards import Line
from handlers.base.command import Answer, ByToken, read_value
from handlers.base.verb import ADDRESS, On, Verb, ask
from handlers.people import sign_in as enter
from handlers.people.seats import ALL, end_elsewhere
from storage.tables.states import Via

_USED = "This link was used already, or is more than ten minutes old."


class Gestures:
    """Turn what people press and type into commands."""

    def __init__(
        self, backend: Backend, pages: Pages, access: Access, views: Views, live: Live, personas: tuple[Persona, ...]
    ) -> None:
        self._backend = backend
        self._pages = pages
        self._access = access
        self._views = views
        self._live = live
        self._personas = personas

    async def act(self, visit: Visit) -> web.StreamResponse:
        """Run a verb on a mention."""
        verb = verb_of(visit)
        token = visit.request.match_info["token"]
        about = read_value(visit.form.get("ref", ""), visit.form.get("shown", ""))
        if about is None or about.token != token:
            raise Turned(400, "That form cannot be read. Load the page again, then try once more.")
        typed = typed_into(verb, visit.form)
        answer = await self._run(visit, verb, about, typed)
        if answer.ok and verb.undone_by:
            answer = replace(answer, offer=await self._views.undoing(verb, token))
        back = way_back(visit.form.get("back", ""), f"/m/{token}")
        again = f"/m/{token}/{verb.name}" if verb.form else ""
        if _by_script(visit):
            form = await self._views.sheet(visit, answer.form, {}, note=answer.text) if answer.form else ""
            told = self._views.told(visit, answer.notice, again, back) if answer.notice else ""
            return await self._as_json(visit, answer, token, back, form=form, told=told)
        if answer.form is not None:
            return await self._views.show_form(visit, answer.form, {}, note=answer.text)
        if verb.form and not answer.ok:
            # What was too long comes back whole, to be shortened by who wrote it.
            return await self._views.draw_form(visit, verb, typed | _whole(verb, visit.form), answer)
        if answer.notice is not None:
            return self._views.show_told(visit, answer.notice, again, back)
        return self._go_on(visit, answer, back)

    async def _run(self, visit: Visit, verb: Verb, about: ByToken | None, typed: dict[str, str]) -> Answer:
        key = request_key(visit, verb, f"{about.token}.{about.version}.{about.shown}" if about else "", typed)
        return await self._backend.run(ask(verb, about, typed, who=visit.visitor.who, via=Via.DESK, request_key=key))

    async def ask(self, verb: Verb, visit: Visit) -> web.StreamResponse:
        """Run a verb that is about no mention; what is missing, or what a post says, is asked for by its form."""
        typed = typed_into(verb, visit.form)
        answer = await self._run(visit, verb, None, typed)
        first = verb.on == On.POST and not any(one.name in visit.form for one in verb.fields if one != ADDRESS)
        form, wrong = answer.form, None if first and ADDRESS.name not in answer.fields else answer
        if form is not None and first and wrong is not None:
            form = await self._views.first_form(verb, visit, typed)
        token = next((line.token for line in _lines(answer) if line.token), "") if verb.on == On.POST else ""
        back = f"/m/{token}" if token else way_back(visit.form.get("back", ""), "/")
        if _by_script(visit):
            sheet = await self._views.sheet(visit, form, typed, wrong) if form else ""
            told = self._views.told(visit, answer.notice, "", back) if answer.notice and not token else ""
            response = await self._as_json(visit, answer, token, back, form=sheet, told=told)
            if token:
                self._views.say_next(visit, response, answer)
            return response
        if form is not None:
            return await self._views.show_form(visit, form, typed, wrong)
        if answer.notice is not None and not token:
            return self._views.show_told(visit, answer.notice, "", back)
        return self._go_on(visit, answer, back)

    def _go_on(self, visit: Visit, answer: Answer, back: str) -> web.StreamResponse:
        """Lead back to where the visitor was, and say there what came of it."""
        response = web.Response(status=303, headers={"Location": back})
        self._views.say_next(visit, response, answer)
        return response

    async def _as_json(
        self, visit: Visit, answer: Answer, token: str, back: str, *, form: str = "", told: str = ""
    ) -> web.Response:
        body = {
            "ok": answer.ok,
            "text": answer.text,
            "offer": self._views.offer(visit, answer, back),
            "fields": answer.fields,
            "card": await self._views.draw_card(visit, token, back) if token else "",
            "form": form,
            "told": told,
            "token": token,
        }
        return web.Response(text=json.dumps(body, ensure_ascii=False), content_type="application/json")

    # --- coming and going ---

    async def look_at_link(self, request: web.Request) -> web.StreamResponse:
        """Show whose link it is, with the button that uses it: looking alone must not."""
        key, now = request.query.get("key", "")[:200], self._backend.clock.now()
        found = await self._backend.read(lambda session: enter.look_at_link(session, key, now))
        if found is None:
            raise Turned(403, self._used())
        back = way_back(request.query.get("back", ""), "/")
        return self._pages.page("enter.html", key=key, name=found[1], personas=self._personas, back=back)

    def _used(self) -> str:
        return f"{_USED} {self._pages.way_in}"

    async def enter(self, request: web.Request) -> web.StreamResponse:
        """Use a link up and open a session."""
        form, now = await read_form(request), self._backend.clock.now()
        browser = request.headers.get("User-Agent", "")
        idle = self._access.idle
        token = await self._backend.tx(
            lambda session: enter.enter(session, form.get("key", ""), now, self._backend.ids.random, browser, idle)
        )
        if token is None:
            raise Turned(403, self._used())
        await self._act_as(token, form.get("persona", ""))
        response = web.Response(status=303, headers={"Location": way_back(form.get("back", ""), "/")})
        self._access.seat(response, token)
        return response

    async def switch(self, visit: Visit) -> web.StreamResponse:
        """Act as another persona of the demo."""
        if not await self._act_as(visit.token, visit.form.get("persona", "")):
            raise Turned(403, "Only the demo has personas to act as.")
        return web.Response(status=303, headers={"Location": way_back(visit.form.get("back", ""), "/")})

    async def _act_as(self, token: str, chosen: str) -> bool:
        persona = next((one for one in self._personas if str(one.person_id) == chosen), None)
        if persona is None:
            return False
        await self._backend.tx(lambda session: enter.act_as(session, token, persona.person_id))
        return True

    async def end_elsewhere(self, visit: Visit) -> web.StreamResponse:
        """End sessions of the visitor's elsewhere; their pages that are open end with them."""
        person_id, which = visit.visitor.person_id, visit.form.get("which", "")
        ended = await self._backend.tx(lambda session: end_elsewhere(session, person_id, visit.token, which, visit.now))
        if which == ALL:
            return self._gone(visit, "Your sessions have ended, this one among them.")
        text = f"{ended} of your sessions ended." if ended else "There is no such session any more."
        return self._go_on(visit, Answer(text=text, ok=ended > 0), "/sessions")

    async def leave(self, visit: Visit) -> web.StreamResponse:
        """End the session, and every page that is open with it."""
        await self._backend.tx(lambda session: enter.leave(session, visit.token))
        return self._gone(visit, "You have left the desk.")

    def _gone(self, visit: Visit, sentence: str) -> web.StreamResponse:
        self._live.leave(visit.token)
        response = self._pages.plain(200, sentence)
        response.del_cookie(self._access.cookie, path="/")
        return response


def _by_script(visit: Visit) -> bool:
    return "application/json" in visit.request.headers.get("Accept", "")


def typed_into(verb: Verb, form: dict[str, str]) -> dict[str, str]:
    """Return what was typed into the verb's fields; what is required and absent is empty, and refused as such."""
    form = merged(form)
    return {
        field.name: form.get(field.name, "").replace("\r\n", "\n").strip()[: field.limit]
        for field in verb.fields
        if field.required or field.name in form
    }


def _whole(verb: Verb, form: dict[str, str]) -> dict[str, str]:
    return {one.name: form[one.name] for one in verb.fields if one.kind == "text" and one.name in form}


def request_key(visit: Visit, verb: Verb, ref: str, typed: dict[str, str]) -> str:
    """Name this press: the same page pressed twice is one gesture, another text in its form is another."""
    return _key([visit.form.get("nonce", "")[:40], verb.name, ref, str(visit.visitor.person_id), json.dumps(typed)])


def _key(parts: list[str]) -> str:
    return f"desk:{hashlib.sha256(json.dumps(parts).encode()).hexdigest()}"


def _lines(answer: Answer) -> list[Line]:
    return [line for section in answer.notice.sections for line in section.lines] if answer.notice else []
