"""A running bot looks at its dibs.toml again: what is right counts at once, what is wrong changes nothing."""

import os
import signal
from pathlib import Path

from tests.end_to_end.bot_process import BotProcess, mentioned
from tests.end_to_end.office import Office, words
from tests.fakes.slack.server import FakeSlack


def test_a_running_bot_takes_over_its_topics_and_survives_a_file_that_is_wrong(tmp_path: Path) -> None:
    with FakeSlack.run(posts_per_second=0) as slack:
        office = Office.open(slack)
        bot = BotProcess(tmp_path / "bot", slack)
        _hear_handles(bot)
        nobody = bot.command("reload")
        assert (nobody.returncode, "no Dibs runs on" in nobody.stderr) == (1, True)
        with bot:
            file = bot.folder / "dibs.toml"
            right = file.read_text()
            file.write_text(
                right.replace("invoice", "parcel").replace("[organisation]", "[organisation]\nguests = true")
            )
            done = bot.command("reload")
            assert (done.returncode, done.stdout.splitlines()) == (
                0,
                [
                    "No mention came in the last 7 days, so there is nothing to try the topics on.",
                    "What was dropped was not stored, so it cannot be tried.",
                    "Changed: topic billing.",
                    "Kept as it was until Dibs is started again: [organisation] guests.",
                ],
            )
            assert bot.push(mentioned(1, text="My parcel is late")) == 200
            bot.wait_for(lambda: len(office.cards(office.finance)) == 1)
            file.write_text(file.read_text() + '[[topics]]\nname = "late"\nany = ["late"]\ndepartment = "finance"\n')
            added = bot.command("reload").stdout.splitlines()
            assert added[1] == "  late: 0; besides, 1 that billing has"
            assert added[2:4] == [
                "All would come in as they did.",
                "What was dropped was not stored, so it cannot be tried.",
            ]
            assert added[4] == "Changed: topic late is new."
            assert bot.command("reload").stdout.startswith("Nothing changed that counts at once.")
            file.write_text(right.replace('department = "finance"', 'department = "fnance"'))
            wrong = bot.command("reload")
            assert wrong.returncode == 1
            assert "is no department" in wrong.stderr
            os.kill(bot.pid, signal.SIGHUP)
            bot.wait_for(lambda: "dibs.toml is not taken over" in bot.log)
            assert bot.push(mentioned(2, text="Another parcel")) == 200
            bot.wait_for(lambda: len(office.cards(office.finance)) == 2)
            _take_up_customers(bot, office, right)


def _hear_handles(bot: BotProcess) -> None:
    file = bot.folder / "dibs.toml"
    file.write_text(file.read_text().replace('author = "/author" }', 'author = "/author", handle = "/handle" }'))


def _take_up_customers(bot: BotProcess, office: Office, right: str) -> None:
    """A list of customers counts from a reload on, and a running Dibs goes on with it when the next one is wrong."""
    named = right.replace("[organisation]", '[organisation]\ncustomers = "customers.csv"')
    (bot.folder / "customers.csv").write_text("source,handle,label\nhook,@Kim,Gold plan\n")
    (bot.folder / "dibs.toml").write_text(named)
    assert ", customers." in bot.command("reload").stdout
    assert bot.push(mentioned(11, text="An invoice", handle="kim")) == 200
    bot.wait_for(lambda: len(office.cards(office.finance)) == 3)
    (bot.folder / "customers.csv").write_text("source,handle,label\nhook,kim,Gold\nhook,@KIM,\n")
    wrong = bot.command("reload")
    assert (wrong.returncode, 'customers.csv, line 3: "@KIM" on hook stands in line 2 already' in wrong.stderr) == (
        1,
        True,
    )
    assert bot.push(mentioned(12, text="Another invoice", handle="kim")) == 200
    bot.wait_for(lambda: len(office.cards(office.finance)) == 4)
    assert ["Customer: Gold plan" in words(card) for card in office.cards(office.finance)[-2:]] == [True, True]
