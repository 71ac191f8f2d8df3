"""A whole day at the desk without any script: links, forms and buttons, as the plainest of browsers has them."""

import html
import re

import httpx

from tests.bot.chat.desk.installation import Browser, DeskInstallation


def fields(form: str) -> dict[str, str]:
    """Return what a browser would send of a form that nobody touched, but for its buttons."""
    found = re.findall(r'<input [^>]*?name="(\w+)"[^>]*?value="([^"]*)"', form)
    return {name: html.unescape(value) for name, value in found}


def form_with(page: str, words: str) -> str:
    """Return the form of a page in which these words stand."""
    forms: list[str] = re.findall(r"<form .*?</form>", page, re.DOTALL)
    return next(one for one in forms if words in one)


def press(browser: Browser, page: str, label: str, **typed: str) -> httpx.Response:
    """Press the button with these words, as it stands on a page, and follow where that leads."""
    form = form_with(page, f">{label}</button>")
    pressed = next(
        one for one in re.findall(r"<button [^>]*>[^<]*</button>", form) if one.endswith(f">{label}</button>")
    )
    action = re.search(r'formaction="([^"]*)"', pressed) or re.search(r'action="([^"]*)"', form)
    named = re.search(r'name="(\w+)" value="([^"]*)"', pressed)
    assert action is not None
    sent = fields(form) | typed | ({named[1]: html.unescape(named[2])} if named else {})
    answer = browser.post(html.unescape(action[1]), sent)
    return browser.get(answer.headers["Location"]) if answer.status_code == 303 else answer


def test_a_whole_day(house: DeskInstallation) -> None:
    mention, other = house.scene.arrive("Where is my refund?"), house.scene.arrive("Hello there")
    ana = Browser(house)
    welcome = ana.get(house.link("Ana").removeprefix(house.url)).text
    assert ana.post("/enter", fields(form_with(welcome, "Enter as"))).status_code == 303
    page = ana.get("/").text
    asked = fields(form_with(page, 'role="search"')) | {"q": "refund", "source": "blog", "owner": "nobody"}
    found = ana.get(f"/?{httpx.QueryParams(asked)}").text
    assert f'id="c-{mention.token}"' in found
    assert f'id="c-{other.token}"' not in found
    assert "take this away" in found
    card = found[found.index(f'id="c-{mention.token}"') :]

    page = press(ana, card, "Claim").text
    assert "is yours." in page
    page = ana.get("/?tab=mine").text
    assert f'id="c-{other.token}"' not in page
    link = html.unescape(re.search(rf'href="(/m/{mention.token}/draft[^"]*)"', page)[1])  # type: ignore[index]
    form = ana.get(link).text
    assert "Where is my refund?" in form
    page = press(ana, form, "Save as a draft", text="I am sorry about the refund, Kim. I look into it today. Ana").text
    assert "is kept" in page
    page = ana.get("/?tab=mine").text
    page = press(ana, page[page.index(f'id="c-{mention.token}"') :], "Resolve").text
    assert "is resolved." in page
    page = press(ana, page, "Undo").text
    assert "is open again. It is yours." in page
    assert house.scene.log(mention) == ["arrived", "claimed", "drafted", "resolved", "reopened"]
    ben = house.visitor("Ben")
    page = ben.get("/?tab=hands").text
    assert ">Resolve</button>" not in page
    assert ">Release</button>" not in page
    assert f"/m/{mention.token}/takeover" in page


def test_who_is_refused_is_offered_to_take_it_over(house: DeskInstallation) -> None:
    mention = house.scene.arrive()
    ben = house.visitor("Ben")
    page = ben.get("/").text
    house.visitor("Ana").press("claim", mention.token)
    page = press(ben, page[page.index(f'id="c-{mention.token}"') :], "Claim").text
    said = page[page.index('id="said"') : page.index("<main")]
    assert f"Ana has #{mention.token} already" in said
    assert f'href="/m/{mention.token}/takeover' in said
