"""A public thread on the desk: one card, what stands on it a line each, and a page for each of these."""

import html
from pathlib import Path

from storage.tables.states import Held, Status
from tests.bot.chat.desk.installation import open_installation
from tests.harness.scene import ORGANISATION
from tests.harness.threads import begun, listed


def test_a_thread_is_one_row_of_the_board_and_each_of_its_others_is_claimed_or_split_there(tmp_path: Path) -> None:
    with open_installation(tmp_path, ORGANISATION) as house:
        lead, under = begun(house.scene, 6)
        ana = house.visitor()
        board = ana.get("/").text
        assert board.count('class="card row') == 1
        assert "5 more in this public thread" in board
        assert [f'href="/m/{one.token}"' in board for one in under] == [False, False, True, True, True]
        whole = ana.get(f"/m/{lead.token}").text
        assert all(f'href="/m/{one.token}"' in whole for one in under)
        page = html.unescape(ana.get(f"/m/{under[0].token}").text)
        assert "Stands on the card of its public thread." in page
        assert f"on that of #{lead.token}" in page
        assert 'data-verb="split"' in page
        assert 'data-verb="show"' not in page
        ana.press("split", under[0].token, f"/m/{under[0].token}")
        ana.press("claim", under[1].token, f"/m/{lead.token}")
        assert [house.scene.look(one).held for one in under[:2]] == [Held.NO, Held.NO]
        assert house.scene.look(under[1]).status == Status.CLAIMED
        assert len(listed(house.scene, Held.THREAD)) == 3
        assert "3 more in this public thread" in ana.get("/").text


def test_what_stands_on_a_card_is_found_by_its_reason(tmp_path: Path) -> None:
    with open_installation(tmp_path, ORGANISATION) as house:
        _, (one,) = begun(house.scene, 2)
        ana = house.visitor()
        assert f'data-token="{one.token}"' in ana.get("/held?reason=thread").text
        assert "On the card of a thread" in ana.get("/held").text
        assert f'data-token="{one.token}"' not in ana.get("/held?reason=storm").text
