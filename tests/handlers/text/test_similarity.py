"""The threshold of boilerplate, measured on replies that are the same and on replies that are not."""

import pytest

from handlers.reply.reading.checks import BOILERPLATE
from handlers.text.similarity import likeness, shingles

SAME = [
    (
        "Hi Kim, sorry about the double charge. I have refunded the second one, it is back on your card by Friday. Ana",
        "Hi Lou, sorry about the double charge. I have refunded the second one, it is back on your card by Monday. Ben",
    ),
    ("Thanks for your kind words!", "Thanks for your kind words, Joe!"),
    ("Thanks for your kind words!", "Thank you for your kind words!"),
    (
        "We are sorry to hear about your experience. Please send us a message with your order number so we can help.",
        "We're sorry to hear about your bad experience. Please send us a message with your order number, we'll help.",
    ),
    (
        "Hallo Kim, das tut uns leid! Schick uns bitte deine Bestellnummer, dann schauen wir nach.",
        "Hallo Tom, das tut uns sehr leid. Schick uns doch bitte deine Bestellnummer, dann schauen wir gleich nach.",
    ),
    (
        "ご不便をおかけして申し訳ございません。注文番号をお知らせいただけますでしょうか。",
        "ご不便をおかけして大変申し訳ございません。注文番号をお知らせください。",
    ),
    (
        "Sorry about that. I fixed your invoice 2231, see https://acme.example/i/1",
        "Sorry about that. I fixed your invoice 2240, see https://acme.example/i/2",
    ),
    (
        "Dear customer, we value your feedback and have forwarded it to the relevant team. Have a great day!",
        "Dear Sam, we value your feedback and have forwarded it to the relevant department. Have a nice day!",
    ),
]
DIFFERENT = [
    (
        "Hi Kim, sorry about the double charge. I have refunded the second one, it is back on your card by Friday. Ana",
        "Hi Lou, the refund for your June invoice went out yesterday; your bank shows it in two or three days. Ana",
    ),
    ("Thanks for your kind words!", "Thanks, I'll tell the people who built it!"),
    (
        "We are sorry to hear about your experience. Please send us a message with your order number so we can help.",
        "I'm sorry the parcel sat in Leipzig for a week. I asked the carrier, and it is out for delivery today.",
    ),
    (
        "Hallo Kim, das tut uns leid! Schick uns bitte deine Bestellnummer, dann schauen wir nach.",
        "Hallo Kim, die Rechnung war falsch, ich habe sie heute neu geschickt. Tut mir leid, Ana",
    ),
    (
        "ご不便をおかけして申し訳ございません。注文番号をお知らせいただけますでしょうか。",
        "ご不便をおかけして申し訳ございません。不具合は本日修正し、明日から使えるようになります。",
    ),
    (
        "Sorry about that. I fixed your invoice 2231, see https://acme.example/i/1",
        "Sorry about that. The export now has the tax column; reload the page and tell me if it's still missing.",
    ),
    ("Yes, we open on Sundays from nine.", "Yes, we ship to Norway, it takes a week."),
    (
        "Hi Kim, Ana from Acme here. You are right, the price on the page was the old one. We changed it this morning.",
        "Hi Joe, Ana from Acme here. You are right, the button did nothing on phones. We mended it this morning.",
    ),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_reply_to_somebody_else_is_boilerplate(one: str, other: str) -> None:
    assert likeness(shingles(one), shingles(other)) >= BOILERPLATE + 0.05


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_two_replies_of_one_person_are_not_boilerplate(one: str, other: str) -> None:
    assert likeness(shingles(one), shingles(other)) <= BOILERPLATE - 0.05


def test_nothing_is_like_nothing() -> None:
    assert likeness(shingles("https://acme.example/1 @kim 42"), shingles("")) == 0.0
