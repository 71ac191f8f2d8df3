import pytest

from handlers.text.terms import Kind, TermError, parse_term


@pytest.mark.parametrize(
    ("text", "kind", "needle", "prefix"),
    [
        ("Refund", Kind.WORD, "refund", False),
        ("  charged \n twice ", Kind.WORD, "charged twice", False),
        ("refund*", Kind.WORD, "refund", True),
        ("charged tw*", Kind.WORD, "charged tw", True),
        ("＃Acme", Kind.HASHTAG, "#acme", False),
        ("#acme*", Kind.HASHTAG, "#acme", True),
        ("@Acme", Kind.HANDLE, "@acme", False),
        ("@acme@mastodon.example", Kind.HANDLE, "@acme@mastodon.example", False),
        ("site:Example.COM", Kind.SITE, "example.com", False),
        ("Site: example.com.", Kind.SITE, "example.com", False),
        ("site:xn--bcher-kva.example", Kind.SITE, "bücher.example", False),
        ("lang:DE", Kind.LANGUAGE, "de", False),
        ("https://", Kind.WORD, "https://", False),
        ("10:30", Kind.WORD, "10:30", False),
        ("acme:anvil", Kind.WORD, "acme:anvil", False),
        ("size:xl", Kind.WORD, "size:xl", False),
        ("c++", Kind.WORD, "c++", False),
    ],
)
def test_each_way_of_writing_a_term_is_understood(text: str, kind: Kind, needle: str, prefix: bool) -> None:
    term = parse_term(text)
    assert (term.kind, term.needle, term.prefix) == (kind, needle, prefix)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("", "such as"),
        (" \u200b ", "such as"),
        ("*", '"refund*"'),
        ("re*fund", '"pre*"'),
        ("re**", '"pre*"'),
        ("*fund", '"pre*"'),
        ("#", '"#acme"'),
        ("@*", '"@acme"'),
        ("#two words", "one word"),
        ('"charged twice"', "quotation marks"),
        ("site:", '"site:example.com"'),
        ("site:*.example.com", '"site:example.com"'),
        ("site:https://example.com/", "no scheme"),
        ("site:example.com/blog", "no scheme, port or path"),
        ("site:example..com", "not a host"),
        ("site:example*", "not a host"),
        ("lang:", '"lang:de"'),
        ("lang:de-AT", "covers de-AT too"),
        ("lang:german language", '"lang:de"'),
        ("sit:example.com", 'did you mean "site:example.com"'),
        ("sites:example.com", 'did you mean "site:example.com"'),
        ("domain:example.com", 'did you mean "site:example.com"'),
        ("language:de", 'did you mean "lang:de"'),
        ("x" * 201, "200"),
    ],
)
def test_a_term_that_could_never_match_as_meant_is_refused_with_advice(text: str, advice: str) -> None:
    with pytest.raises(TermError) as refusal:
        parse_term(text)
    assert advice in str(refusal.value)
    assert str(refusal.value).endswith((".", "?"))
    assert len(str(refusal.value)) < 400


def test_terms_that_find_the_same_are_equal_however_they_are_written() -> None:
    assert parse_term("REFUND") == parse_term("refund")
    assert parse_term("refund") != parse_term("refund*")
