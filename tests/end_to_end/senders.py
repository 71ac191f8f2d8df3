"""Senders: mentions come to several replicas at an even pace, while something happens to these or to what they need."""

import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.end_to_end.bot_process import BotProcess, mentioned
from tests.fakes.slack.records import Json
from tests.harness.patience import wait_until

SENDERS = 16


def push_while(
    meanwhile: Callable[[], None],
    bots: list[BotProcess],
    number: int,
    per_second: int,
    post: Callable[[int], Json] = mentioned,
) -> list[str]:
    """Push so many mentions while something happens in a thread of its own; returns their ids."""
    happening = threading.Thread(target=meanwhile, name="meanwhile")
    with ThreadPoolExecutor(SENDERS, "sender") as senders:
        happening.start()
        begun, sent = time.monotonic(), []
        for one in range(number):
            time.sleep(max(0.0, begun + one / per_second - time.monotonic()))
            sent.append(senders.submit(_push, bots, one, post(one)))
        happening.join()
        return [one.result() for one in sent]


def _push(bots: list[BotProcess], number: int, post: Json) -> str:
    """Push a mention as a sender does: to one replica after another, until one says that it has it."""
    turns = itertools.count(number)
    wait_until(lambda: bots[next(turns) % len(bots)].push(post) == 200, lambda: "nobody took it")
    return str(post["id"])
