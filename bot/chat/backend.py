"""The backend: what a platform may ask of the house. One object, handed to every platform by the composition root.

A platform parses a gesture, asks the backend, and draws the answer: no rule of ours stands on a platform's side.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import TypeVar

from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from bot.runtime.parts import Parts
from bot.sources.lookup import Find, find_nothing
from handlers.base.cards import Form
from handlers.base.command import Answer, Asking, Command, PostCommand, Reference, Who
from handlers.base.errors import BotError, WrongInput
from handlers.base.forms import draw_form
from handlers.base.organisation import Organisation
from handlers.base.verb import ask
from handlers.dispatch.dispatch import Dispatcher, find_mention
from handlers.dispatch.text_commands import Typed, read_command
from handlers.listen.pasted import is_news
from handlers.people.people import require_employee
from handlers.verbs import BY_NAME, PERSONAL_PAGE, STANDALONE
from storage.engine.database import Session
from storage.tables.states import Via

_STANDALONE = {verb.command: verb for verb in STANDALONE}
T = TypeVar("T")
After = Callable[[Command, Answer], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """Run commands and reads for the platforms.

    Attributes:
        find: Fetches the post at a pasted address, where a source can.
        after: Called with each command and its answer, after the commit (counts, waking delivery).
        under_way: The commands that are being run.
        parts: Keeps what a platform runs for as long as the process does.
    """

    database: AsyncDatabase
    dispatcher: Dispatcher
    clock: Clock
    ids: Ids
    find: Find = find_nothing
    after: list[After] = field(default_factory=list)
    under_way: set[int] = field(default_factory=set)
    parts: Parts = field(default_factory=Parts)

    def busy(self) -> bool:
        """Say whether somebody waits for an acknowledgement at this moment."""
        return bool(self.under_way)

    @property
    def organisation(self) -> Organisation:
        """The organisation that this house serves."""
        return self.dispatcher.organisation

    async def run(self, command: Command) -> Answer:
        """Run one command; returns after its commit. Refusals are answers too.

        What a post says may have to be fetched first: but not for an address that is known already, nor for who may not
        act. Where something is missing or wrong and no card has a form for it, the answer holds the form that asks for
        it, with what was said so far; sent, it comes here again.
        """
        if isinstance(command, PostCommand) and await self._is_news(command):
            command = replace(command, found=await self.find(command.url))
        answer = await self._commit(command)
        asking = _STANDALONE.get(type(command)) if answer.fields else None
        if asking is None:
            return answer
        given = {one.name: getattr(command, one.name) for one in asking.fields}
        form = await self.form(asking.name, None, command.who, given, answer.text)
        return replace(answer, form=form) if isinstance(form, Form) else answer

    async def _is_news(self, command: PostCommand) -> bool:
        return await self.read(lambda session: is_news(session, self.organisation, command))

    async def _commit(self, command: Command) -> Answer:
        now = self.clock.now()
        self.under_way.add(id(command))
        try:
            answer = await (self._look(command, now) if command.asks else self._write(command, now))
        finally:
            self.under_way.discard(id(command))
        for tell in self.after:
            tell(command, answer)
        return answer

    async def _write(self, command: Command, now: datetime) -> Answer:
        if self.dispatcher.looks_first(command):
            command = await self.database.read(lambda session: self.dispatcher.looked(session, command, now))
        return await self.database.tx(lambda session: self.dispatcher.handle(session, command, now), urgent=True)

    async def _look(self, command: Command, now: datetime) -> Answer:
        """Answer a question; only who asks for the very first time waits until that is written down."""
        who, dispatcher = command.who, self.dispatcher
        answer = await self.database.read(lambda session: dispatcher.look(session, command, now))
        if answer is None and who is not None:
            unknown = await self.database.tx(lambda session: dispatcher.welcome(session, who), urgent=True)
            answer = await self.database.read(lambda session: dispatcher.look(session, command, now))
            answer = replace(answer, unknown_person=unknown) if answer is not None else None
        if answer is None:  # who asked was written down, and is gone again
            return await self._write(command, now)
        if not answer.repeated:
            told = answer
            self.database.later(lambda session: dispatcher.remember(session, command, told, now))
        return answer

    async def run_several(self, commands: Iterable[Command]) -> list[Answer]:
        """Run several commands one after the other, each for itself: what one is refused costs none of the others."""
        return [await self.run(one) for one in commands]

    async def run_typed(self, typed: Typed) -> Answer:
        """Read and run a typed command; what cannot be understood is answered in a sentence."""
        try:
            command = read_command(typed)
        except WrongInput as error:
            return Answer(text=error.sentence, ok=False)
        return await self.run(command)

    async def personal_page(self, who: Who) -> Answer:
        """Return what a person finds on the page that a platform has for each."""
        return await self.run(ask(PERSONAL_PAGE, None, {}, who=who, via=Via.API))

    async def form(
        self,
        verb: str,
        about: Reference | None,
        who: Who | None = None,
        given: Mapping[str, str] = MappingProxyType({}),
        why: str = "",
    ) -> Form | Answer:
        """Draw the form of a verb for who asks; reads only. What cannot be is answered in a sentence.

        Looking is a right of our own people, too: a form holds colleagues' drafts, so who may not act gets none.

        Args:
            verb: Its name.
            about: The mention, where the verb is on one.
            who: Who asks.
            given: What they said so far, by field: the address of a post, above all.
            why: Why they are asked, where that was not enough.
        """

        def draw(session: Session) -> Form | Answer:
            try:
                found = require_employee(session, who, self.organisation) if who else None
                asking = Asking(
                    session=session,
                    organisation=self.organisation,
                    now=self.clock.now(),
                    found=find_mention(session, about) if about is not None else None,
                    person_id=found.id if found else None,
                    given=given,
                    why=why,
                )
                return draw_form(BY_NAME[verb], asking)
            except BotError as error:
                return Answer(text=error.sentence, ok=False)

        return await self.database.read(draw)

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run a read in a reader's thread."""
        return await self.database.read(work)

    async def tx(self, work: Callable[[Session], T]) -> T:
        """Run a transaction that no person waits for."""
        return await self.database.tx(work)
