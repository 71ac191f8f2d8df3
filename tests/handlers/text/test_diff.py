"""What changed between two versions of a draft."""

import time

from handlers.text.diff import MOST_LINES, difference


def test_the_same_text_has_no_difference() -> None:
    assert difference("I sent it.\n Ana", "I sent it.  Ana") == []


def test_only_the_sentence_that_changed_is_shown() -> None:
    old = "Hi Kim. The refund comes on Monday. Ana"
    new = "Hi Kim. The refund comes on Friday. Ana"
    assert difference(old, new) == ["- The refund comes on Monday.", "+ The refund comes on Friday."]


def test_of_a_long_sentence_the_words_around_the_change_are_shown() -> None:
    long = "we looked through every order of this year and found that the {} of May was never sent to you at all"
    assert difference(long.format("invoice"), long.format("refund")) == [
        "- … found that the invoice of May was …",
        "+ … found that the refund of May was …",
    ]


def test_what_is_added_and_what_is_taken_out_stand_in_order() -> None:
    assert difference("One. Two. Three.", "Two. Three. Four.") == ["- One.", "+ Four."]


def test_a_first_version_is_all_new() -> None:
    assert difference("", "返金しました。すぐに届きます。") == ["+ 返金しました。", "+ すぐに届きます。"]


def test_a_number_with_a_point_is_one_word() -> None:
    assert difference("It is 1.5 kg.", "It is 1.6 kg.") == ["- It is 1.5 kg.", "+ It is 1.6 kg."]


def test_a_draft_of_thousands_of_sentences_is_bounded_in_lines_and_time() -> None:
    began = time.thread_time()
    lines = difference("a. " * 20_000, "".join(f"b{number}. " for number in range(20_000)))
    assert time.thread_time() - began < 5
    assert len(lines) == MOST_LINES
    assert lines[-1] == f"… and {2 * 200 - MOST_LINES + 1} more"
