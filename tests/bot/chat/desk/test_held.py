"""What is held back on the desk: by reason, each with Show; a mute is read before it is pressed, and ended there."""

import html
import re
from dataclasses import replace
from pathlib import Path

from handlers.base.events import Author
from storage.own import mentions
from storage.tables.states import Held
from tests.bot.chat.desk.installation import DeskInstallation, open_installation
from tests.harness.scene import ORGANISATION
from tests.harness.storms import let_it_be_quiet, minute, people

BOT = Author(name="Deals", handle="@dealbot", external_id="deal-1")


def muted(house: DeskInstallation) -> str:
    """Let Ana mute the bot, and the bot go on; returns the reference of what is held then."""
    for number in range(8):
        house.scene.arrive(author=Author(handle=f"p{number}", external_id=f"p{number}"))
    mention, ana = house.scene.arrive("Cheap refund tips", author=BOT), house.visitor()
    form = ana.get(f"/m/{mention.token}/mute").text
    assert "In the last 30 days that would have been 1: 1 open." in html.unescape(form)
    answer = ana.press("mute", mention.token, f"/m/{mention.token}/mute", what="author", days="7")
    assert answer.status_code in (200, 303), answer.text
    house.scene.ingest(house.scene.posted("Refund deals!", author=BOT))
    wanted = mentions.Filter(held=(Held.MUTED,))
    (held,) = house.scene.database.read(lambda session: mentions.listed(session, wanted))
    return held.token


def test_what_is_muted_stands_there_with_its_reason_and_is_shown_by_a_press(tmp_path: Path) -> None:
    with open_installation(tmp_path, replace(ORGANISATION)) as house:
        token = muted(house)
        ana = house.visitor()
        assert f'data-token="{token}"' not in ana.get("/").text
        page = html.unescape(ana.get("/held").text)
        assert f'data-token="{token}"' in page
        assert "Held back: it is muted." in page
        assert "@dealbot in blog until Monday 9 March by Ana" in page
        for path, shown in (
            ("/held?reason=muted&by=1&department=finance&day=2026-03-02", True),
            ("/held?reason=below", False),
            ("/held?day=2026-03-01", False),
            ("/held?department=support", False),
            ("/held?day=9999-12-31&by=x&reason=none", True),
        ):
            assert (f'data-token="{token}"' in ana.get(path).text) is shown, path
        ana.press("show", token, "/held")
        assert f'data-token="{token}"' in ana.get("/").text
        assert f'data-token="{token}"' not in ana.get("/held").text
        assert f'data-token="{token}"' in ana.get("/held?reason=muted&by=1&day=2026-03-02").text


def test_what_a_storm_folded_is_one_press_from_its_card(tmp_path: Path) -> None:
    with open_installation(tmp_path, ORGANISATION) as house:
        let_it_be_quiet(house.scene)
        people(house.scene, 20)
        minute(house.scene)
        ana = house.visitor()
        said = re.search(r'usually 1 an hour\. <a href="([^"]+)">19 posts are folded here\.</a>', ana.get("/").text)
        assert said is not None
        page = html.unescape(said[1])
        found = [ana.get(page).text]
        while more := re.search(r'href="(/held\?[^"]*after=[^"]+)"', found[-1]):
            found.append(ana.get(html.unescape(more[1])).text)
        assert sum(len(re.findall(r"<article", one)) for one in found) == 19


def test_a_mute_is_ended_where_it_stands(tmp_path: Path) -> None:
    with open_installation(tmp_path, ORGANISATION) as house:
        muted(house)
        ana = house.visitor()
        page = ana.get("/held").text
        (mute,) = re.findall(r'name="mute" value="([a-z0-9]+)"', page)
        fields = {"csrf": ana.csrf, "nonce": "n1", "back": "/held", "mute": mute}
        ana.post("/unmute", fields)
        assert "Nothing is muted now." in ana.get("/held").text
