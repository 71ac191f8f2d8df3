"""The race for one mention: many claim it at the same moment, and what came of each is compared with the rows.

Run as a program it is one of several processes that race on the same PostgreSQL:
``python -m tests.handlers.own.race URL CLAIM NAMES ROUNDS``. It reads the token of each round from standard input
and writes what its claimants were told, as JSON.
"""

import json
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from random import Random

from sqlmodel import Session

from handlers.base.command import Answer, ByToken, Who
from handlers.dispatch.dispatch import Dispatcher
from handlers.own.claim import ClaimMention
from storage.engine.database import Database, open_engine
from tests.handlers.own.naive import naive_claim
from tests.harness.patience import HANG_SECONDS
from tests.harness.scene import ORGANISATION, START

Claim = Callable[[Session, Who, str, datetime], Answer]


@dataclass(frozen=True, slots=True)
class Told:
    """What one claimant was told."""

    name: str
    ok: bool
    text: str


def true_claim(session: Session, who: Who, token: str, now: datetime) -> Answer:
    """Claim as every gesture does."""
    return Dispatcher(ORGANISATION, Random(1)).handle(session, ClaimMention(who=who, reference=ByToken(token)), now)


CLAIMS: dict[str, Claim] = {"true": true_claim, "naive": naive_claim}


def claim_at_once(database: Database, claim: Claim, token: str, names: Sequence[str]) -> list[Told]:
    """Let everybody submit their claim in the same moment; returns what they were told."""
    barrier = threading.Barrier(len(names))
    futures: dict[str, Future[Answer]] = {}

    def press(name: str) -> None:
        who = Who(platform="slack", workspace="T1", external_id=f"U{name.upper()}", name=name)
        barrier.wait(HANG_SECONDS)
        futures[name] = database.submit(lambda session: claim(session, who, token, START), urgent=True)

    threads = [threading.Thread(target=press, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers = {name: futures[name].result(HANG_SECONDS) for name in names}
    return [Told(name, answers[name].ok, answers[name].text) for name in names]


def main(url: str, claim: str, names: str) -> None:
    """Race in every round whose token comes in on standard input."""
    database = Database(open_engine(url))
    people = names.split(",")
    print("ready", flush=True)
    for line in sys.stdin:
        told = claim_at_once(database, CLAIMS[claim], line.strip(), people)
        print(json.dumps([[one.name, one.ok, one.text] for one in told]), flush=True)
    database.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
