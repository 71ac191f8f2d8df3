"""Fuzz: whatever comes in, nothing above 499 goes out, and nothing changes."""

import random
import string

from tests.bot.chat.desk.installation import DeskInstallation

PIECES = (
    "",
    "\x00",
    "%00",
    "../",
    "💥",
    "\u202e",
    "'",
    '"',
    "<b>",
    "{{7*7}}",
    "-1",
    "9" * 30,
    "a" * 3_000,
    "\r\n",
)


def _noise(dice: random.Random) -> str:
    return "".join(dice.choice((dice.choice(PIECES), dice.choice(string.printable))) for _ in range(dice.randint(0, 6)))


def _path(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


def test_looking_never_fails(house: DeskInstallation) -> None:
    mention = house.scene.arrive()
    ana, dice = house.visitor(), random.Random(7)
    for _ in range(150):
        a, b = _path(_noise(dice)), _path(_noise(dice))
        path = dice.choice(
            (
                f"/?tab={a}&department={b}&after={a}&order={b}",
                f"/?after={dice.randint(0, 10**17)}-{dice.randint(0, 10**18 - 1)}",
                f"/?after={'9' * 17}-1",
                f"/m/{a}",
                f"/m/{mention.token}/{a}",
                f"/m/{mention.token}/card?tab={a}",
                f"/m/{mention.token}/snooze?back={a}",
                f"/log?before={a}",
                f"/digest/{a}",
                f"/enter?key={a}",
                f"/static/{a}",
                f"/tabs?department={a}",
            )
        )
        answer = ana.get(path)
        assert answer.status_code < 500, path


def test_typing_never_fails_and_never_changes_what_it_should_not(house: DeskInstallation) -> None:
    mention = house.scene.arrive()
    ana, dice = house.visitor(), random.Random(11)
    form = ana.form("/", mention.token)
    fields = ("reason", "note", "department", "person", "until", "text", "back", "ref", "nonce", "x")
    for _ in range(200):
        verb = dice.choice(("claim", "takeover", "handoff", "assign", "snooze", "release", "nothing", "%00"))
        typed = {dice.choice(fields): _noise(dice) for _ in range(3)}
        typed.setdefault("ref", dice.choice((form["ref"], "", f"{mention.token}.99")))
        typed.pop("text", None)
        if verb in ("claim", "release"):
            typed["ref"] = _noise(dice) + "!"
        answer = ana.post(f"/m/{mention.token}/{verb}", {"csrf": form["csrf"], **typed})
        assert answer.status_code < 500, (verb, typed)
    assert house.scene.look(mention).owner_id is None


def test_every_verb_takes_odd_values(house: DeskInstallation) -> None:
    ana, dice = house.visitor(), random.Random(13)
    for verb, field in (
        ("note", "text"),
        ("dismiss", "reason"),
        ("snooze", "until"),
        ("assign", "person"),
        ("handoff", "department"),
        ("takeover", "reason"),
        ("resolve", "note"),
    ):
        for value in (*PIECES, "person:99999999999999999999", "person:0", "9999-12-31", "0001-01-01", _noise(dice)):
            mention = house.scene.arrive()
            form = ana.form(f"/m/{mention.token}/{verb}")
            answer = ana.post(f"/m/{mention.token}/{verb}", {**form, field: value})
            assert answer.status_code < 500, (verb, value)


def test_bodies_are_bounded_and_of_one_kind(house: DeskInstallation) -> None:
    mention = house.scene.arrive()
    ana = house.visitor()
    csrf = ana.form("/", mention.token)["csrf"]
    path = f"/m/{mention.token}/note"
    assert ana.post(path, {"csrf": csrf, "text": "x" * 1_100_000}).status_code == 413
    assert ana.post("/enter", {"key": "x" * 70_000}).status_code == 413
    assert ana.post(path, {f"f{number}": "x" for number in range(300)}).status_code == 400
    origin = {"Origin": house.url}
    urlencoded = {**origin, "Content-Type": "application/x-www-form-urlencoded"}
    assert ana.client.post(path, json={"csrf": csrf}, headers=origin).status_code == 415
    assert ana.client.post(path, content=b"\xff\xfe=%ff", headers=urlencoded).status_code == 403
    assert ana.client.post("/enter", content=b"%", headers=urlencoded).status_code == 403
    packed = {**urlencoded, "Content-Encoding": "gzip"}
    assert ana.client.post("/enter", content=b"no gzip", headers=packed).status_code == 415
    assert house.scene.log(mention) == ["arrived"]
