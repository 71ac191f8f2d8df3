"""The demo: samples that are openly samples, a company in which all have something to do, and a process that ends."""

import contextlib
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest

from bot.demo.mentions import SAMPLES, SOURCES
from bot.demo.run import HOST, free_port
from bot.demo.scene import COLLEAGUES, as_post, build_organisation
from handlers.listen.match import Matcher
from handlers.listen.route import decide

pytestmark = pytest.mark.xdist_group("processes")  # it starts the bot, as the end-to-end tests do


def test_forty_samples_in_many_languages_arrive_within_four_minutes_and_the_first_at_once() -> None:
    assert len(SAMPLES) == 40
    assert len({one.lang for one in SAMPLES}) >= 12
    assert [one.at for one in SAMPLES] == sorted(one.at for one in SAMPLES)
    assert SAMPLES[0].at <= 1
    assert SAMPLES[-1].at <= 240
    assert all(one.handle.startswith("sample_") and one.source in SOURCES for one in SAMPLES)
    assert all(re.match(r"https://[a-z-]+\.example/", as_post(one, 1).url) for one in SAMPLES)


def test_every_department_gets_some_and_what_no_topic_knows_goes_to_the_fallback() -> None:
    organisation = build_organisation()
    matcher = Matcher(organisation.topics)
    rules = {one.name: one for one in organisation.sources}
    counted: Counter[str] = Counter()
    for number, one in enumerate(SAMPLES):
        decision = decide(matcher, organisation, rules[one.source], as_post(one, number))
        assert decision is not None
        counted[decision.department] += 1
        assert decision.topic or decision.department == organisation.fallback
    assert set(counted) == {one.key for one in organisation.departments}
    assert min(counted.values()) >= 4
    assert {one.department for one in COLLEAGUES} == set(counted)


def test_a_taken_port_is_stepped_over() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) > port


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_card_stands_within_seconds_and_a_signal_ends_it_all(tmp_path: Path, number: signal.Signals) -> None:
    began = time.monotonic()
    command = [sys.executable, "-m", "bot", "demo", "--port", str(free_port(0))]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={"PATH": "", "TMPDIR": str(tmp_path), "HOME": str(tmp_path)}
    ) as demo:
        try:
            assert demo.stdout is not None
            link = next(found[0] for line in demo.stdout if (found := re.search(r"http://\S+", line)))
            page = _first_card(link, began + 20)
            assert "Customer support" in page or "Finance" in page
            demo.send_signal(number)
            told = time.monotonic()
            assert demo.wait(10) == 0
            assert time.monotonic() - told < 10
            assert "nothing of it is left" in demo.stdout.read()
        finally:
            with contextlib.suppress(ProcessLookupError):
                demo.kill()
    assert list(tmp_path.iterdir()) == []


def _first_card(link: str, until: float) -> str:
    base = link.split("/enter")[0]
    with httpx.Client(base_url=base, trust_env=False, headers={"Origin": base}) as client:
        entered = client.post("/enter", data={"key": link.split("key=")[1]})
        assert entered.status_code == 303
        while time.monotonic() < until:
            page = client.get("/").text
            if "<article" in page:
                return page
            time.sleep(0.1)
    raise AssertionError("No card came.")
