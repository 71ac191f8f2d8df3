"""A topic in dibs.toml may be one query; what is wrong with it is told at its line, with a caret below the place."""

from pathlib import Path

import pytest

from bot.settings.settings import Settings, load_settings
from bot.toml.problems import SettingsError

HEAD = '[departments.support]\n[[topics]]\nname = "billing"\ndepartment = "support"\n'
FEED = '[[sources]]\nname = "blog"\nkind = "feed"\nurl = "https://blog.example/feed"\n'


def read(folder: Path, text: str) -> Settings:
    path = folder / "dibs.toml"
    path.write_text(text)
    return load_settings({}, config_path=path)


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        read(folder, text)
    return str(caught.value).replace(str(folder / "dibs.toml"), "dibs.toml")


def test_a_topic_may_be_a_query_of_several_lines_and_name_a_product(tmp_path: Path) -> None:
    query = "query = '''\nacme (refund*\n  OR \"charged twice\") -`SAP`\n'''\nproduct = \"Acme Pay\"\n"
    (topic,) = read(tmp_path, HEAD + query).organisation.topics
    assert topic.query == 'acme (refund*\n  OR "charged twice") -`SAP`'
    assert topic.product == "Acme Pay"
    assert topic.any == ()


WRONG = {
    "query = 'acme refund OR x'": 'dibs.toml, line 5: [[topics]] "billing" query: Both readings are possible at '
    "position 15: put brackets round what belongs together. Either (acme refund) OR x or acme (refund OR x).\n"
    "    acme refund OR x\n"
    "                   ^",
    "query = 1": 'dibs.toml, line 5: [[topics]] "billing" query is text in quotes, such as \'acme (refund* OR '
    '"charged twice")\'.',
    "query = ' '": 'dibs.toml, line 5: [[topics]] "billing" query: The query is empty; write what has to be there.',
    'query = "acme"\nany = ["refund"]\nnone = ["x"]': 'dibs.toml, line 5: [[topics]] "billing" query stands beside any '
    "and none; say all of it in the query: what any lists is (this OR that), what all lists stands side by side, what "
    "none lists is NOT (this OR that).",
    "query = 'source:blgo acme'\n" + FEED: 'dibs.toml, line 5: [[topics]] "billing" query: There is no source blgo '
    "(at position 0); did you mean blog?\n    source:blgo acme\n    ^",
    'query = "acme"\nproduct = ""': 'dibs.toml, line 6: [[topics]] "billing" product is empty; write something, or '
    "leave it out.",
    'qeury = "acme"': 'dibs.toml, line 5: [[topics]] "billing" does not know "qeury"; did you mean "query"?',
}


@pytest.mark.parametrize(("text", "said"), WRONG.items())
def test_what_is_wrong_with_a_query_is_told_at_its_line(tmp_path: Path, text: str, said: str) -> None:
    assert said in refusal(tmp_path, HEAD + text)


@pytest.mark.parametrize("query", ["source:blog acme", "source:Blog acme", "source:pasted acme"])
def test_a_source_that_is_there_may_be_named(tmp_path: Path, query: str) -> None:
    assert read(tmp_path, HEAD + f"query = '{query}'\n" + FEED).organisation.topics[0].query == query
