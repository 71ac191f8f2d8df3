"""The backend: what a platform may ask of the house. One object, handed to every platform by the composition root.

A platform parses a gesture, asks the backend, and draws the answer: no rule of ours stands on a platform's side.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from bot.sources.lookup import Find, find_nothing
from handlers.base.cards import Form
from handlers.base.command import Answer, Asking, Command, Reference, Who
from handlers.base.errors import BotError, WrongInput
from handlers.base.organisation import Organisation
from handlers.dispatch.add import AddPost, draw_add_form, is_news
from handlers.dispatch.dispatch import Dispatcher, find_mention
from handlers.dispatch.forms import draw_form
from handlers.dispatch.text_commands import Typed, read_command
from handlers.verbs import BY_NAME
from storage.engine.database import Session
from storage.people import people

T = TypeVar("T")
After = Callable[[Command, Answer], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """Run commands and reads for the platforms.

    Attributes:
        find: Fetches the post at a pasted address, where a source can.
        after: Called with each command and its answer, after the commit (counts, waking delivery).
        under_way: The commands that are being run.
    """

    database: AsyncDatabase
    dispatcher: Dispatcher
    clock: Clock
    ids: Ids
    find: Find = find_nothing
    after: list[After] = field(default_factory=list)
    under_way: set[int] = field(default_factory=set)

    def busy(self) -> bool:
        """Say whether somebody waits for an acknowledgement at this moment."""
        return bool(self.under_way)

    @property
    def organisation(self) -> Organisation:
        """The organisation that this house serves."""
        return self.dispatcher.organisation

    async def run(self, command: Command) -> Answer:
        """Run one command; returns after its commit. Refusals are answers too."""
        now = self.clock.now()
        self.under_way.add(id(command))
        try:
            answer = await self.database.tx(lambda session: self.dispatcher.handle(session, command, now), urgent=True)
        finally:
            self.under_way.discard(id(command))
        for tell in self.after:
            tell(command, answer)
        return answer

    async def run_typed(self, typed: Typed) -> Answer:
        """Read and run a typed command; what cannot be understood is answered in a sentence."""
        try:
            command = read_command(typed)
        except WrongInput as error:
            return Answer(text=error.sentence, ok=False)
        return await self.run_any(command)

    async def run_any(self, command: Command) -> Answer:
        """Run a command of whatever kind; one that brings in a post may have to be fetched first."""
        return await (self.add(command) if isinstance(command, AddPost) else self.run(command))

    async def add(self, asked: AddPost) -> Answer:
        """Bring in a post by its address: fetched where a source can, else as the person tells it.

        Nothing is fetched for an address that is known already, or for who may not act. Where something is missing or
        wrong, the answer holds the form that asks for it, with what was typed so far; sent, it comes here again.
        """
        if await self.read(lambda session: is_news(session, self.organisation, asked)):
            asked = replace(asked, found=await self.find(asked.url))
        answer = await self.run(asked)
        if not answer.fields:
            return answer
        return replace(answer, form=draw_add_form(self.organisation, asked, answer.text))

    async def form(self, verb: str, reference: Reference, who: Who | None = None) -> Form | Answer:
        """Draw the form of a verb for who asks; reads only. What cannot be is answered in a sentence."""

        def draw(session: Session) -> Form | Answer:
            try:
                found = people.known(session, who.platform, who.workspace, who.external_id) if who else None
                asking = Asking(
                    session=session,
                    organisation=self.organisation,
                    mention=find_mention(session, reference),
                    person_id=found.id if found else None,
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
