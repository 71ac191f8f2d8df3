"""Dates are right or absent."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sources.kit.dates import told_moment

RIGHT = [
    ("Tue, 03 Mar 2026 14:05:09 +0100", "2026-03-03T13:05:09"),
    ("Tue,3 Mar 2026 14:05:09 +01:00", "2026-03-03T13:05:09"),
    ("3 Mar 26 14:05 EST", "2026-03-03T19:05:00"),
    ("Sun, 03 Mar 96 14:05 GMT", "1996-03-03T14:05:00"),
    ("Fri, 03 Mar 2026 14:05:09 GMT", "2026-03-03T14:05:09"),
    ("Tue, 3 March 2026 2:05 p.m.", "2026-03-03T14:05:00"),
    ("Mar 3, 2026 12:05 AM PST", "2026-03-03T08:05:00"),
    ("March 3rd, 2026 at 14:05", "2026-03-03T14:05:00"),
    ("Tue Mar  3 14:05:09 2026", "2026-03-03T14:05:09"),
    ("Tue Mar 3 14:05:09 CET 2026", "2026-03-03T13:05:09"),
    ("Fri, 03 Jul 2026 14:05:09 CEST", "2026-07-03T12:05:09"),
    ("Tue Mar 03 2026 14:05:09 GMT+0100 (Central European Standard Time)", "2026-03-03T13:05:09"),
    ("Dienstag, 3. März 2026 14:05", "2026-03-03T14:05:00"),
    ("Di, 3 März 2026 14:05", "2026-03-03T14:05:00"),
    ("mardi, 03 août 2026 14:05:09 +0200", "2026-08-03T12:05:09"),
    ("03 dic 2026 14:05", "2026-12-03T14:05:00"),
    ("2026/3/3 14:05:09", "2026-03-03T14:05:09"),
    ("2026-3-3", "2026-03-03T00:00:00"),
    ("2026.03.03 14:05", "2026-03-03T14:05:00"),
    ("2026-03-03T14:05:09.123456789-05:00", "2026-03-03T19:05:09"),
    ("2026-03-03t14:05:09z", "2026-03-03T14:05:09"),
    ("2026-03-03 14:05:09 UTC", "2026-03-03T14:05:09"),
    ("20260303T140509Z", "2026-03-03T14:05:09"),
    ("2026-12-31T24:00:00Z", "2027-01-01T00:00:00"),
    ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00"),
    ("2026年3月3日 14:05", "2026-03-03T14:05:00"),
    ("2026년 3월 3일", "2026-03-03T00:00:00"),
    ("03.03.2026, 14:05", "2026-03-03T14:05:00"),
    ("31/03/2026", "2026-03-31T00:00:00"),
    ("03/31/2026 2:05 PM", "2026-03-31T14:05:00"),
    ("1772546709", "2026-03-03T14:05:09"),
    ("1772546709000", "2026-03-03T14:05:09"),
]
NONE = [
    "",
    "soon",
    "yesterday 14:05",
    "14:05",
    "3 Mar",
    "Mar 2026",
    "2026",
    "2026-03",
    "2026-W10-2",
    "2026-062",
    "2026-13-03",
    "2026-02-30",
    "26-03-03",
    "99-03-03",
    "03/04/2026",
    "3/4/26",
    "Tue, 03 Mar 2026 25:05:09 GMT",
    "Tue, 03 Mar 2026 14:65 GMT",
    "Tue, 03 Mar 2026 13:05 PM XYZT",
    "Tue, 03 Mar 2026 14:05:09 IST",
    "Tue, 03 Mar 2026 14:05:09 +9900",
    "3 jui 2026 14:05",
    "3 Mon 2026 14:05",
    "Mon, 01 Jan 0001 00:00:00 +0000",
    "0001-01-01T00:00:00",
    "0000-00-00 00:00:00",
    "-0001-11-30T00:00:00+00:00",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "1970-01-01T01:00:00+01:00",
    "Wed, 31 Dec 1969 19:00:00 -0500",
    "1899-12-30T00:00:00",
    "1601-01-01T00:00:00Z",
    "0",
    "0000000000",
    "{{ date }}",
    "9" * 90,
]


@pytest.mark.parametrize(("written", "moment"), RIGHT)
def test_a_date_is_read_as_it_is_meant(written: str, moment: str | None) -> None:
    assert told_moment(written) == (datetime.fromisoformat(moment).replace(tzinfo=UTC) if moment else None)


@pytest.mark.parametrize("written", NONE)
def test_what_tells_no_moment_has_none(written: str) -> None:
    assert told_moment(written) is None


@given(st.text(max_size=40) | st.text("0123456789 :/-.TZ+JanMy,", max_size=30))
def test_no_date_is_too_strange(written: str) -> None:
    moment = told_moment(written)
    assert moment is None or moment.year >= 1970
