"""Addresses: where on the desk a report stands, and what each of its numbers was counted from."""

from urllib.parse import urlencode

from handlers.report.figures.periods import Period
from handlers.report.figures.shown import Figure


def report_path(period: Period, **more: str) -> str:
    """Return the address of a report on the desk."""
    return f"/report?{urlencode({'period': period.label, **more})}"


def rows_path(period: Period, figure: Figure) -> str:
    """Return the address of what a number was counted from; empty where it is people, or spans, or nothing."""
    if not figure.rows or not figure.length:
        return ""
    pairs = [("period", period.label), ("figure", figure.rows), *(("of", one) for one in figure.of)]
    return f"/report/rows?{urlencode(pairs)}"
