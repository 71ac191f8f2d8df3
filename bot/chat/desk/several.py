"""Several: one verb on what was chosen of a list. Each mention is a command of its own, with its own right and log row.

A list sends what is ticked; a form asks for the rest once, and carries it along; what came of it is a page that names
what stayed as it was, and why. The same page sent twice does nothing twice, for each command has the page's key. What
can be undone is undone there at once, of as many as were done.
"""

from aiohttp import web

from bot.chat.backend import Backend
from bot.chat.desk.access import Turned, Visit
from bot.chat.desk.actions import request_key, typed_into
from bot.chat.desk.pages import Views, with_people
from bot.chat.desk.urls import way_back
from handlers.base.command import Answer, Asking, ByToken, read_value
from handlers.base.forms import draw_form_for_several
from handlers.base.verb import Verb, ask
from handlers.dispatch.dispatch import find_mention
from handlers.dispatch.offers import undoing
from handlers.report.several import MOST, Outcome, outcome
from handlers.verbs import FOR_SEVERAL, UNDOING_SEVERAL
from storage.engine.database import Session
from storage.tables.states import Via


class Several:
    """Ask for, and do, one thing to several mentions."""

    def __init__(self, backend: Backend, views: Views) -> None:
        self._backend = backend
        self._views = views

    async def act(self, visit: Visit) -> web.StreamResponse:
        """Show the form of a verb for what was chosen; when that was filled in, do it."""
        name = visit.request.match_info["verb"]
        verb = FOR_SEVERAL.get(name) or UNDOING_SEVERAL.get(name)
        if verb is None:
            raise Turned(404, "There is no such thing to do with several mentions.")
        chosen, back = _chosen(visit), way_back(visit.form.get("back", ""), "/")
        if not chosen:
            response = web.Response(status=303, headers={"Location": back})
            self._views.say_next(visit, response, Answer(text="Choose at least one mention first.", ok=False))
            return response
        if not visit.form.get("go"):
            return await self._form(visit, verb, chosen, back)
        typed = typed_into(verb, visit.form)
        answers = await self._backend.run_several(
            ask(
                verb,
                one,
                typed,
                who=visit.visitor.who,
                via=Via.DESK,
                request_key=request_key(visit, verb, f"{one.token}.{one.version}", typed),
            )
            for one in chosen
        )
        wrong = _wrong_for_all(answers)
        if wrong is not None:
            return await self._form(visit, verb, chosen, back, typed, wrong)

        def read(session: Session) -> tuple[Outcome, list[str]]:
            came = outcome(session, chosen, answers, visit.visitor.person_id)
            return came, _undone_by(session, verb, came)

        came, undo = await self._backend.read(read)
        return self._views.page(visit, "several.html", 0, verb=verb, came=came, undo=undo, back=back)

    async def _form(
        self,
        visit: Visit,
        verb: Verb,
        chosen: list[ByToken],
        back: str,
        typed: dict[str, str] | None = None,
        wrong: Answer | None = None,
    ) -> web.StreamResponse:
        person_id = visit.visitor.person_id

        def draw(session: Session) -> dict[str, object]:
            asking = Asking(
                session=session, organisation=self._backend.organisation, now=visit.now, person_id=person_id
            )
            return {"form": with_people(session, draw_form_for_several(verb, asking, len(chosen)), person_id)}

        values = await self._backend.read(draw)
        picked = [f"{one.token}.{one.version}" for one in chosen]
        more = {"picked": picked, "action": f"/several/{verb.name}", "typed": typed or {}, "wrong": wrong, "back": back}
        return self._views.page(visit, "several_form.html", 0, status=422 if wrong else 200, **values, **more)


def _chosen(visit: Visit) -> list[ByToken]:
    """Return what was ticked, each mention once.

    Raises:
        Turned: There is too much of it, or it is none of ours.
    """
    found: dict[str, ByToken] = {}
    for value in visit.picked:
        one = read_value(value)
        if one is None:
            raise Turned(400, "That form cannot be read. Load the page again, then try once more.")
        found[one.token] = one
    if len(found) > MOST:
        raise Turned(422, f"That are {len(found)} mentions. At most {MOST} can be changed at once.")
    return list(found.values())


def _undone_by(session: Session, verb: Verb, came: Outcome) -> list[str]:
    """Return, as a form sends them, those of what was done that can be undone now."""
    rows = [find_mention(session, ByToken(token)) for token in came.done] if verb.undone_by else []
    return [button.value for row in rows if (button := undoing(verb, row)) is not None]


def _wrong_for_all(answers: list[Answer]) -> Answer | None:
    """Return what is wrong with what was typed, where that is the same for every mention; then nothing was done."""
    said = {tuple(sorted(one.fields.items())) for one in answers}
    return answers[0] if len(said) == 1 and answers[0].fields else None
