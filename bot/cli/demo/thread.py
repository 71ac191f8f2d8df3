"""The demo's public thread: three more who write below what one asked on Hacker News, and stand on that card."""

from bot.cli.demo.samples import SAMPLES, Sample

BELOW = next(number for number, one in enumerate(SAMPLES) if one.source == "hacker-news")
_SAID = (
    (24.0, "The same here: a timeout on about every tenth call of the Acme API, always on POST."),
    (41.0, "We put a queue in front of it on Tuesday. The Acme API is fine again by night, so it may be load."),
    (58.0, "Status page aside, is there a status API that one could ask? I would rather poll than guess."),
)
THREAD = tuple(
    Sample(at, "hacker-news", f"sample_thread_{number}", f"reader_{number + 1}", "en", text, below=BELOW)
    for number, (at, text) in enumerate(_SAID)
)
