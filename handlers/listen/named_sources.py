"""A query that asks where something was heard names a source that there is, or it would match nothing in silence."""

from collections.abc import Sequence

from handlers.listen.pasted import PASTED
from handlers.text.nearest import nearest
from handlers.text.query.errors import QueryError, at
from handlers.text.query.parse import parse_query
from handlers.text.terms import Kind, Term


def require_query(query: str, sources: Sequence[str]) -> None:
    """Read a query, and ask whether there are the sources that it names.

    Raises:
        QueryError: It cannot be taken as it stands.
    """
    terms: list[Term] = []

    def note(term: Term) -> int:
        terms.append(term)
        return 0

    parse_query(query, note)
    known = {name.casefold() for name in (*sources, PASTED)}
    for term in terms:
        if term.kind is Kind.SOURCE and term.needle not in known:
            place, name = query.find(term.text), term.text.partition(":")[2]
            near = nearest(name, sources)
            rest = f"; did you mean {near}?" if near else f"; there is {', '.join(sources) or 'none'}."
            raise QueryError(f"There is no source {name} ({at(place)}){rest}", query, place)
