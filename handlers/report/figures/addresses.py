"""Addresses: where on the desk a report stands, and what each of its numbers was counted from."""

from collections.abc import Sequence
from urllib.parse import urlencode

from handlers.report.figures.periods import Period
from handlers.report.figures.shown import Figure


def report_path(period: Period, **more: str) -> str:
    """Return the address of a report on the desk."""
    return f"/report?{urlencode({'period': period.label, **more})}"


def rows_path(period: Period, figure: Figure, product: str = "") -> str:
    """Return the address of what a number was counted from; empty where it is people, or spans, or nothing."""
    if not figure.rows or not figure.length:
        return ""
    return rows_at(period, figure.rows, figure.of, product=product)


def rows_at(period: Period, name: str, of: Sequence[str], start: int = 0, product: str = "") -> str:
    """Return the address of the rows of that name, of all or of a product, from the one on where their page begins."""
    pairs = [("period", period.label), ("figure", name), *(("of", one) for one in of)]
    pairs += [("product", product)] if product else []
    return f"/report/rows?{urlencode([*pairs, ('from', str(start))] if start else pairs)}"
