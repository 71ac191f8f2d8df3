"""The demo's scene: an invented company with four departments, five colleagues, and posts that arrive by and by.

Posts go the way that all posts go, and what the colleagues do are commands like anybody's. They do little: the
visitor is to find something to do. Chloe takes two things in the first minute, so that one sees a board live, and her
reply to the very first mention waits for somebody to read it. Each source shows another kind of charter.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.chat.backend import Backend
from bot.chat.desk.settings import Persona
from bot.cli.demo.places import ANSWERS_AFTER, NETWORKS, PLACES, VIA, Answered, answer_of, as_post, host_of
from bot.cli.demo.samples import SAMPLES, SOURCES
from bot.cli.demo.storm import STORM, TOPIC
from bot.cli.demo.thread import THREAD
from handlers.base.charter import ANYONE, BY_HAND, CLOSED, NO_REVIEW, Charter, ReviewWhen
from handlers.base.clocks import NOTHING, Lease, Target, Targets
from handlers.base.command import ByToken, MentionCommand, Who
from handlers.base.events import Posted
from handlers.base.organisation import DepartmentConfig, Organisation, SourceRules
from handlers.listen.ingest import Arrival
from handlers.listen.polling import Listening, Step, store_received
from handlers.own.claim import ClaimMention
from handlers.own.note import NoteMention
from handlers.own.resolve import ResolveMention
from handlers.people.sign_in import Visitor
from handlers.reply.draft import DraftReply
from handlers.reply.reading.forms import REVIEW
from handlers.text.match import Matcher, Topic
from storage.engine.database import Session
from storage.listen import sources
from storage.people import people, sessions
from storage.tables.states import ClockKind, Via

TIMEZONE = "UTC"


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the invented company."""

    name: str
    department: str
    about: str

    @property
    def email(self) -> str:
        """Their address, by which they belong to their department."""
        return f"{self.name.lower()}@acme.example"


COLLEAGUES = (
    Colleague("Ana", "finance", "Finance"),
    Colleague("Ben", "support", "Customer support"),
    Colleague("Chloe", "support", "Customer support"),
    Colleague("Dev", "engineering", "Engineering"),
    Colleague("Emi", "people", "People"),
)
_DEPARTMENTS = {
    "support": "Customer support",
    "finance": "Finance",
    "engineering": "Engineering",
    "people": "People",
}
# Nobody waits for hours to see a claim that is asked about, and goes back, and one that comes too late.
_TARGETS = {
    "support": Targets(lease=Lease(ask=timedelta(minutes=2), back=timedelta(minutes=2))),
    "finance": Targets(by_kind={ClockKind.CLAIM: Target(within=timedelta(minutes=4))}),
}
_PLAYED = (*SAMPLES, *STORM, *THREAD)
_TOPICS = (
    TOPIC,
    Topic(
        name="billing",
        department="finance",
        any=(
            "refund", "invoice*", "charged twice", "Rechnung*", "facture*", "remboursement", "factura*", "reembolso",
            "faktur*", "iade", "請求書", "返金", "发票", "退款", "환불", "الفاتورة", "חשבונית",
        ),
    ),
    Topic(
        name="app and API",
        department="engineering",
        any=(
            "acme api", "status api", "bug", "crash*", "Absturz", "stürzt", "クラッシュ", "崩溃", "يتوقف",
            "δεν ανοίγει", "timeout",
        ),
    ),
    Topic(
        name="working at Acme",
        department="people",
        any=("hiring", "interview*", "entrevista", "vaga", "Ausbildung", "채용", "recruiter*"),
    ),
)  # fmt: skip
_PRINCIPLES = (
    "We answer as people, by our own first names.",
    "We say what happens next, and when.",
    "We never argue in public.",
)
# What is said nowhere is closed: the owning department publishes, and a second person reads first.
_CHARTERS = {
    "bluesky-search": Charter(
        written=True,
        owner="support",
        purpose="We help whoever asks us for help",
        voice="Plain, kind, in the author’s language",
    ),
    "forum": Charter(
        written=True,
        owner="support",
        purpose="We answer questions among equals, and leave praise alone",
        voice="As one who knows the thing",
        publish=(ANYONE,),
        review=NO_REVIEW,
        signature="{name}, Acme {department}",
    ),
    "github": Charter(
        written=True,
        owner="engineering",
        purpose="We say what we know of an issue, and when it is mended",
        voice="Exact, and never defensive",
        publish=("engineering",),
    ),
    "community": Charter(
        written=True,
        owner="support",
        purpose="We help where our customers help each other",
        voice="As a neighbour",
        publish=(ANYONE,),
    ),
    "linkedin": Charter(
        written=True,
        owner="people",
        purpose="We answer whoever thinks of working with us",
        voice="Warm and plain",
        publish=("people",),
    ),
    "reviews": Charter(
        written=True,
        owner="support",
        purpose="We thank for praise, and mend what went wrong",
        voice="Short and warm",
        publish=(ANYONE,),
        review_when=ReviewWhen(words=("lawyer", "lawsuit")),
        blocked=("guarantee", "compensation"),
        saved=(
            ("Thank you", "Thank you, {author}! It made our day. {name} from {organisation}"),
            ("I look into it", "Hello {author}, I am sorry. I look into it myself and write again today. {name}"),
        ),
    ),
}


def build_organisation(feeds: tuple[SourceRules, ...] = ()) -> Organisation:
    """Return the invented company, listening to the samples and to the given real feeds."""
    return Organisation(
        name="Acme",
        timezone=TIMEZONE,
        fallback="support",
        departments=tuple(
            DepartmentConfig(
                key=key,
                name=name,
                timezone=TIMEZONE,
                targets=_TARGETS.get(key, NOTHING),
                members=tuple(one.email for one in COLLEAGUES if one.department == key),
            )
            for key, name in _DEPARTMENTS.items()
        ),
        topics=_TOPICS,
        sources=(*(_rules(name) for name in SOURCES), *feeds),
        principles=_PRINCIPLES,
    )


def _rules(name: str) -> SourceRules:
    return SourceRules(
        name=name,
        kind="demo",
        baseline=False,
        charter=_CHARTERS.get(name, CLOSED),
        reply=PLACES.get(name, BY_HAND),
        network=NETWORKS.get(name, ""),
        via=VIA.get(name, ""),
        hosts=frozenset({host_of(name)}),
        account="@acme.example" if name == "bluesky-search" else "",
    )


def add_colleagues(session: Session) -> tuple[Persona, ...]:
    """Write the colleagues down, with their seats at the desk, and return them as personas."""
    personas = []
    for one in COLLEAGUES:
        person = people.add_person(session, one.name, one.email)
        sessions.open_account(session, person.id)
        personas.append(Persona(person.id, one.name, one.about))
    return tuple(personas)


@dataclass(frozen=True, slots=True)
class Deed:
    """What a colleague does with a sample, ``at`` seconds after the start."""

    at: float
    sample: int
    make: Callable[[Who, ByToken], MentionCommand]


_DRAFT = (
    "Hello Kim, one anvil is one payment: I am sorry. I sent the second one back to your card today, and it is there "
    "by Friday. Regards to the coyote. Chloe"
)
_DEEDS = (
    Deed(2, 0, lambda who, ref: DraftReply(who=who, via=Via.DESK, reference=ref, text=_DRAFT, then=REVIEW)),
    Deed(8, 2, lambda who, ref: ClaimMention(who=who, via=Via.DESK, reference=ref)),
    Deed(14, 2, lambda who, ref: NoteMention(who=who, via=Via.DESK, reference=ref, text="A nice one. I say thanks.")),
    Deed(25, 2, lambda who, ref: ResolveMention(who=who, via=Via.DESK, reference=ref)),
    Deed(48, 4, lambda who, ref: ClaimMention(who=who, via=Via.DESK, reference=ref)),
)  # fmt: skip


async def play(backend: Backend, personas: tuple[Persona, ...], answered: "asyncio.Queue[Answered]") -> None:
    """Let the samples arrive in their time, let Chloe do what she does, and let authors answer what they are told."""
    await backend.tx(lambda session: [sources.ensure(session, name, "demo", "") for name in SOURCES])
    chloe = next(Visitor(person_id=one.person_id, name=one.name).who for one in personas if one.name == "Chloe")
    stage = _Stage(backend)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(stage.play(chloe))
        tasks.create_task(stage.answer(answered))


class _Stage:
    """Where the samples are played."""

    def __init__(self, backend: Backend) -> None:
        organisation = backend.organisation
        self._backend = backend
        self._listening = Listening(
            organisation=organisation, matcher=Matcher(organisation.topics), random=self._backend.ids.random
        )

    async def play(self, chloe: Who) -> None:
        tokens: dict[int, str] = {}
        timeline = sorted(
            [(one.at, 0, number) for number, one in enumerate(_PLAYED)]
            + [(one.at, 1, n) for n, one in enumerate(_DEEDS)]
        )
        clock = self._backend.clock
        began = clock.monotonic()
        for at, kind, number in timeline:
            await clock.sleep(max(0.0, began + at - clock.monotonic()))
            if kind == 0:
                event = as_post(_PLAYED[number], number)
                ago = timedelta(seconds=20 + number % 7 * 30)
                arrival = await self._arrive(_PLAYED[number].source, event, ago)
                tokens.update((number, token) for token in arrival.tokens)
            elif _DEEDS[number].sample in tokens:
                deed = _DEEDS[number]
                await self._backend.run(deed.make(chloe, ByToken(tokens[deed.sample])))

    async def answer(self, answered: "asyncio.Queue[Answered]") -> None:
        while True:
            one = await answered.get()
            await self._backend.clock.sleep(ANSWERS_AFTER)
            await self._arrive(one.source, answer_of(one), timedelta())

    async def _arrive(self, source: str, event: Posted, ago: timedelta) -> Arrival:
        now = self._backend.clock.now()
        step = Step(events=[replace(event, published_at=now - ago)])
        rules = self._backend.organisation.source(source)
        return await self._backend.tx(lambda session: store_received(session, self._listening, rules, step, now))
