"""The people of the simulator: they press what cards offer, fill in forms, and are told what came of it.

A platform delivers a gesture until it is acknowledged, to whichever process is there, and sometimes once more, and
sometimes twice at once. Whoever was answered was answered for good: it is stored, and each repeat says the same.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Protocol, TypeVar

from bot.app import App
from bot.chat.kit.form_values import of_form
from handlers.base.cards import Button, Card, Field, Form, Notice
from handlers.base.command import Answer, ByToken, Command, Who, read_value
from handlers.reply.reading.forms import APPROVE
from handlers.verbs import BY_NAME, OFFERED
from storage.engine.database import is_outage
from tests.simulator import replica
from tests.simulator.chat import Server, Standing
from tests.simulator.database import NOBODY, Store
from tests.simulator.loop import VirtualLoop
from tests.simulator.plan import VERBS, Entry
from tests.simulator.replica import PEOPLE, Replica

T = TypeVar("T")
PATIENCE = 3.0
_MOST_DELIVERIES = 5
# How often somebody sees to what has no card of its own, where there is such a thing.
_ELSEWHERE = 0.3
_KEPT = "SELECT token FROM mention WHERE held NOT IN ('', 'thread') AND status NOT IN ('resolved', 'dismissed')"


class World(Protocol):
    """What people ask of the world."""

    seed: int
    loop: VirtualLoop
    store: Store
    server: Server

    def reachable(self) -> list[Replica]:
        """Return the processes that a platform can deliver to."""
        ...

    def broken(self, promise: str, what: str) -> None:
        """Hear that a promise does not hold."""
        ...

    def note(self, what: str) -> None:
        """Write a line of the trace."""
        ...


@dataclass
class Gesture:
    """One gesture and what was answered to it."""

    world: World
    random: Random
    key: str
    command: Command
    answers: list[Answer] = field(default_factory=list)

    async def deliver(self) -> None:
        """Bring it until it is acknowledged, and perhaps once more."""
        if self.random.random() < 0.15:
            await asyncio.gather(self._once(), self._once())
        for _ in range(_MOST_DELIVERIES):
            if not self.answers or self.random.random() < 0.2:
                await self._once()
                await asyncio.sleep(self.random.uniform(0, 2))

    async def _once(self) -> None:
        answer = await ask(self.world, self.random, lambda app: app.backend.run(self.command))
        if answer is None:
            return
        self.world.note(f"{self.key} {'done' if answer.ok else 'refused'}: {answer.text}")
        if answer.form is not None or answer.fields:
            self.answers.append(answer)
            return
        if not self.world.store.rows("SELECT 1 FROM seen_request WHERE key = ?", self.key):
            self.world.broken("acknowledged means stored", f"{self.key} was answered, and is not stored")
        first = next((one for one in self.answers if one.form is None and not one.fields), answer)
        if (first.ok, first.text) != (answer.ok, answer.text):
            said = f"{self.key} was answered {first.text!r}, and then {answer.text!r}"
            self.world.broken("a repeated gesture has one effect", said)
        self.answers.append(answer)


async def ask(world: World, random: Random, make: Callable[[App], Awaitable[T]], seconds: float = PATIENCE) -> T | None:
    """Ask one of the processes, if one is there; None where it does not answer in time, or by an error."""
    there = world.reachable()
    if not there:
        await asyncio.sleep(random.uniform(0.2, 1))
        return None
    told: asyncio.Future[T] = world.loop.create_future()
    asked = random.choice(there)

    def tell(task: "asyncio.Task[T]") -> None:
        if told.done() or task.cancelled():
            return
        error = task.exception()
        if error is None:
            told.set_result(task.result())
        else:
            told.set_exception(error)

    await asyncio.sleep(random.expovariate(20))
    asked.begin(make(asked.app)).add_done_callback(tell, context=NOBODY)
    try:
        async with asyncio.timeout(seconds):
            return await told
    except TimeoutError:
        return None
    except Exception as error:
        if not is_outage(error):
            world.broken("a gesture meets no bug", f"{type(error).__name__}: {error}")
        return None


def who(name: str, channel: str = "C-FINANCE") -> Who:
    """Return somebody as a gesture names them."""
    return Who(platform="slack", workspace="T1", external_id=f"U{name.upper()}", name=name, channel=channel)


async def press(world: World, entry: Entry) -> None:
    """Let somebody press something on a card that stands, or see to what has none."""
    random = Random(f"{world.seed} gesture {entry.number}")
    if not (cards := world.server.cards()):
        return
    standing, card = _choose(random, cards)
    name = random.choice(list(PEOPLE))
    if (elsewhere := _without_card(world, random)) is not None and random.random() < _ELSEWHERE:
        await _do(world, random, entry, *elsewhere, who(name, standing.channel))
        return
    verb = _verb(random, card)
    about = ByToken(card.token, card.version)
    button = next((one for one in card.buttons if one.verb == verb), None)
    if button is not None:
        about = read_value(button.value, button.shown) or about
    await _do(world, random, entry, verb, about, who(name, standing.channel))


def _without_card(world: World, random: Random) -> tuple[str, ByToken] | None:
    """Choose among what stands on lines, each with its button, and what is kept back; None where there is neither."""
    pressed = [button for one in world.server.standing for button in _on_lines(one)]
    choices = [(button.verb, about) for button in pressed if (about := read_value(button.value, button.shown))]
    kept = [("show", ByToken(token)) for (token,) in world.store.rows(_KEPT)]
    if not choices and not kept:
        return None
    verb, about = random.choice(choices or kept) if random.random() < 0.7 else random.choice(kept or choices)
    typed = random.random() < 0.4
    return (random.choices(list(VERBS), list(VERBS.values()))[0], ByToken(about.token)) if typed else (verb, about)


def _on_lines(standing: Standing) -> list[Button]:
    content = standing.content
    parts = [content.under] if isinstance(content, Card) else content.sections if isinstance(content, Notice) else []
    return [line.button for part in parts if part is not None for line in part.lines if line.button is not None]


def _choose(random: Random, cards: list[tuple[Standing, Card]]) -> tuple[Standing, Card]:
    """Choose a card, mostly one of the latest, and seldom one that was left behind."""
    here = [one for one in cards if not one[1].moved] or cards
    return random.choice(here[-3:] if random.random() < 0.5 else cards)


def _verb(random: Random, card: Card) -> str:
    offered = [one.verb for one in card.buttons if one.verb in VERBS]
    if offered and random.random() < 0.6:
        return random.choice(offered)
    return random.choices(list(VERBS), list(VERBS.values()))[0]


async def _do(world: World, random: Random, entry: Entry, verb: str, about: ByToken, person: Who) -> Gesture | None:
    given: dict[str, str] = {}
    if OFFERED[verb].form:
        form = await ask(world, random, lambda app: app.backend.form(verb, about, person))
        if not isinstance(form, Form):
            return None
        await asyncio.sleep(random.expovariate(0.7))
        about = read_value(form.value, form.shown) or about
        given = {one.name: _filled(random, one) for one in form.fields}
    return await _send(world, random, f"gesture-{entry.number}", verb, about, person, given)


async def _send(
    world: World, random: Random, key: str, verb: str, about: ByToken, person: Who, given: dict[str, str]
) -> Gesture:
    command = of_form(BY_NAME[verb], about, given, person, key)
    gesture = Gesture(world, random, key, command)
    world.note(f"{key}: {person.name} wants to {verb} #{about.token} {given or ''}".rstrip())
    await gesture.deliver()
    return gesture


def _filled(random: Random, one: Field) -> str:
    """Fill in a field of a form."""
    if one.choices:
        return random.choice(one.choices).value if one.required or random.random() < 0.7 else one.initial
    if one.kind == "text":
        return f"I am sorry, we look into it. {random.randrange(1000)}"
    if one.kind == "person":
        return replica.address(random.choice(list(PEOPLE)))
    return "1m" if one.kind == "time" else ""


async def reply(world: World, entry: Entry) -> None:
    """Let somebody write a reply and have it go out; where a second person has to read it, one does."""
    random = Random(f"{world.seed} reply {entry.number}")
    if not (cards := world.server.cards()):
        return
    standing, card = _choose(random, cards)
    writer, reader = random.sample(list(PEOPLE), 2)
    about = ByToken(card.token)
    key = f"reply-{entry.number}"
    text = f"I am sorry, we look into it. {random.randrange(1000)}"
    person = who(writer, standing.channel)
    draft = await _send(world, random, f"{key}.draft", "draft", about, person, {"text": text, "then": "publish"})
    if not draft.answers:
        return
    if not draft.answers[-1].ok:
        await _send(world, random, f"{key}.ask", "draft", about, person, {"text": text, "then": "review"})
        second = who(reader, standing.channel)
        await _review(world, random, key, about, second)
    for number in range(2):
        await asyncio.sleep(random.uniform(0.5, 3))
        now = _shown(world, card.token)
        if now is None:
            return
        button = next((one for one in now.buttons if one.verb == "publish"), None)
        pressed = read_value(button.value, button.shown) if button else about
        sent = await _send(world, random, f"{key}.publish{number}", "publish", pressed or about, person, {})
        if sent.answers and sent.answers[-1].ok:
            return


async def _review(world: World, random: Random, key: str, about: ByToken, person: Who) -> None:
    form = await ask(world, random, lambda app: app.backend.form("review", about, person))
    if not isinstance(form, Form):
        return
    given = {one.name: _filled(random, one) for one in form.fields if one.name != "remark"}
    if any(one.name == "verdict" for one in form.fields):
        given["verdict"] = APPROVE if random.random() < 0.9 else given["verdict"]
    read = read_value(form.value, form.shown) or about
    await _send(world, random, f"{key}.review", "review", read, person, given)


def _shown(world: World, token: str) -> Card | None:
    return next((card for _, card in world.server.cards() if card.token == token and not card.moved), None)


async def race(world: World, entry: Entry) -> None:
    """Let several people claim one card at once."""
    random = Random(f"{world.seed} race {entry.number}")
    if not (cards := world.server.cards()):
        return
    standing, card = _choose(random, cards)
    people = random.sample(list(PEOPLE), random.randint(2, 4))
    about = ByToken(card.token, card.version)
    gestures = [
        _send(world, random, f"race-{entry.number}-{name}", "claim", about, who(name, standing.channel), {})
        for name in people
    ]
    answered = await asyncio.gather(*gestures)
    said = [one.answers[0] for one in answered if one.answers]
    for one in said:
        if not one.text:
            world.broken("the others are told", f"{one} says nothing")
