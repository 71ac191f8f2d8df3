"""The demo's scene: an invented company with four departments, five colleagues, and posts that arrive by and by.

Posts go the way that all posts go, and what the colleagues do are commands like anybody's. They do little: the
visitor is to find something to do. Chloe takes three things in the first minutes, so that one sees a board live.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlmodel import Session

from bot.chat.desk.settings import Persona
from bot.demo.mentions import SAMPLES, SOURCES, Sample
from bot.office import Office
from handlers.base import ByToken, MentionCommand, Who
from handlers.enter import Visitor
from handlers.listen.events import Author, Posted
from handlers.listen.match import Matcher, Topic
from handlers.listen.turn import Listening, Step, keep_received
from handlers.organisation import DepartmentConfig, Organisation, SourceRules
from handlers.own.claim import ClaimMention
from handlers.own.note import NoteMention
from handlers.own.resolve import ResolveMention
from storage import passes, people, sources
from storage.tables import Person
from storage.words import Via

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
_TOPICS = (
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
                members=tuple(one.email for one in COLLEAGUES if one.department == key),
            )
            for key, name in _DEPARTMENTS.items()
        ),
        topics=_TOPICS,
        sources=(*(SourceRules(name=name, kind="demo", baseline=False) for name in SOURCES), *feeds),
    )


def add_colleagues(session: Session) -> tuple[Persona, ...]:
    """Write the colleagues down, with their seats at the desk, and return them as personas."""
    personas = []
    for one in COLLEAGUES:
        person = Person(name=one.name, email=one.email)
        session.add(person)
        session.flush()
        passes.open_account(session, people.ident(person.id))
        personas.append(Persona(people.ident(person.id), one.name, one.about))
    return tuple(personas)


@dataclass(frozen=True, slots=True)
class Deed:
    """What a colleague does with a sample, ``at`` seconds after the start."""

    at: float
    sample: int
    make: Callable[[Who, ByToken], MentionCommand]


_DEEDS = (
    Deed(8, 2, lambda who, ref: ClaimMention(who=who, via=Via.DESK, reference=ref)),
    Deed(14, 2, lambda who, ref: NoteMention(who=who, via=Via.DESK, reference=ref, text="A nice one. I say thanks.")),
    Deed(25, 2, lambda who, ref: ResolveMention(who=who, via=Via.DESK, reference=ref)),
    Deed(48, 4, lambda who, ref: ClaimMention(who=who, via=Via.DESK, reference=ref)),
)  # fmt: skip


async def play(office: Office, personas: tuple[Persona, ...]) -> None:
    """Let the samples arrive in their time, and let Chloe do what she does."""
    organisation = office.organisation
    listening = Listening(organisation=organisation, matcher=Matcher(organisation.topics), random=random.SystemRandom())
    rules = {one.name: one for one in organisation.sources}
    await office.tx(lambda session: [sources.ensure(session, name, "demo", "") for name in SOURCES])
    chloe = next(Visitor(person_id=one.person_id, name=one.name).who for one in personas if one.name == "Chloe")
    tokens: dict[int, str] = {}
    timeline = sorted(
        [(one.at, 0, number) for number, one in enumerate(SAMPLES)] + [(one.at, 1, n) for n, one in enumerate(_DEEDS)]
    )
    clock = asyncio.get_running_loop().time
    began = clock()
    for at, kind, number in timeline:
        await asyncio.sleep(max(0.0, began + at - clock()))
        if kind == 0:
            await _arrive(office, listening, rules[SAMPLES[number].source], number, tokens)
        elif _DEEDS[number].sample in tokens:
            deed = _DEEDS[number]
            await office.run(deed.make(chloe, ByToken(tokens[deed.sample])))


async def _arrive(
    office: Office, listening: Listening, rules: SourceRules, number: int, tokens: dict[int, str]
) -> None:
    sample, now = SAMPLES[number], office.clock()
    event = replace(as_post(sample, number), published_at=now - timedelta(seconds=20 + number % 7 * 30))
    arrival = await office.tx(lambda session: keep_received(session, listening, rules, Step(events=[event]), now))
    if arrival.tokens:
        tokens[number] = arrival.tokens[0]


def as_post(sample: Sample, number: int) -> Posted:
    """Return a sample as its source would tell it; its addresses lead nowhere."""
    return Posted(
        external_id=f"sample-{number}",
        text=sample.text,
        title=sample.title,
        url=f"https://{sample.source}.example/{sample.handle}/{number}",
        author=Author(
            name=sample.name,
            handle=sample.handle,
            url=f"https://{sample.source}.example/{sample.handle}",
            external_id=sample.handle,
        ),
        lang=sample.lang,
    )
