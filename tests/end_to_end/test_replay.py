"""A vendor changes a field: nothing is lost, and `dibs source replay` brings it to its channel while Dibs runs."""

import json
from pathlib import Path

from tests.end_to_end.bot_process import BotProcess
from tests.end_to_end.office import Office, tally, words
from tests.fakes.slack.server import FakeSlack

SECRET = "acme-sample-secret-of-a-test"
TABLE = '\n[[sources]]\nname = "reviews"\nkind = "webhook"\npreset = "trustpilot"\n'
HOOK = f"/hooks/reviews/{SECRET}"


def review(name: str, stars: str, text: str) -> bytes:
    data = {"id": name, stars: 1, "text": text, "consumer": {"id": "c1", "name": "Kim"}}
    return json.dumps({"events": [{"eventName": "service-review-created", "eventData": data}]}).encode()


def test_what_a_vendor_changed_is_kept_told_once_and_read_again_beside_a_running_dibs(
    tmp_path: Path, database_url: str
) -> None:
    secrets = {"DIBS_HOOK_REVIEWS_SECRET": SECRET}
    with FakeSlack.run(posts_per_second=0) as slack:
        office = Office.open(slack)
        with BotProcess(tmp_path, slack, database_url=database_url, sources=TABLE, secrets=secrets) as bot:
            for name in ("r1", "r2"):
                assert bot.deliver(HOOK, review(name, "rating", f"Where is my refund {name}?"), {}) == 200
            assert bot.deliver("/hooks/reviews/acme-wrong-secret-of-a-test", review("r3", "rating", "x"), {}) == 401
            (trouble,) = bot.reader.rows("SELECT * FROM trouble")
            assert "(at /eventData/stars)" in trouble["what"]
            assert bot.reader.count("kept_delivery") == 2

            in_vain = bot.command("source", "replay", "reviews")
            assert (in_vain.returncode, "Still not: 2." in in_vain.stdout) == (1, True), in_vain.stderr
            bot.sources = TABLE + 'map = { stars = "/eventData/rating" }\n'
            bot.configure()  # and the Dibs that runs goes on as it was
            done = bot.command("source", "replay", "reviews")
            assert (done.returncode, done.stderr) == (0, "")
            assert "Read now: 2, with 2 posts, of which 2 new and 2 a mention." in done.stdout
            bot.settle(2)
            again = bot.command("source", "replay", "reviews")
            assert (again.returncode, again.stdout) == (0, "reviews: nothing is kept that is to be read again.\n")

            bot.settle(2)
            found = tally(office, bot, ["r1", "r2"])
            assert not found, found
            shown = words(office.card("refund r1"))
            assert "Trustpilot" in shown
            assert (bot.reader.count("kept_delivery"), bot.reader.rows("SELECT * FROM trouble")) == (0, [])
            assert bot.command("log", "verify").returncode == 0
            assert bot.command("source", "replay", "hook").returncode == 2
            for secret in (SECRET, "acme-wrong-secret-of-a-test"):
                assert secret not in bot.log + in_vain.stdout + done.stdout + bot.get("/metrics")[1].decode()
            assert "Traceback" not in bot.log
