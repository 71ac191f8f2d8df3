"""Reading a query: words side by side, OR, NOT and brackets, by recursive descent.

    level   = operand {[AND] operand} | operand {OR operand}
    operand = [NOT | -] (leaf | "(" level ")")

AND and OR do not mix on one level: there is no rank between them that people agree on, so whoever mixes them is shown
both readings. The work is bounded by the length, the number of leaves and the depth of brackets.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from handlers.text.query.errors import QueryError, at
from handlers.text.query.leaves import ONE_OF, read_leaf
from handlers.text.query.tokens import LEAVES, Sort, Token, tokens
from handlers.text.query.tree import And, Leaf, Node, Not, Or, lonely
from handlers.text.terms import Kind, Term

MAX_QUERY = 2_000
MAX_LEAVES = 250
MAX_DEPTH = 20
_SHOWN = 200
_AROUND = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class _Operand:
    """One operand of a level.

    Attributes:
        field: What it is one of, where several side by side mean one of them; None for all else.
        start: Where it begins.
        said: How it is written.
        joined: What stands between it and the one before: AND, OR, or None for nothing.
    """

    node: Node
    start: int
    said: str
    field: Kind | None = None
    joined: Sort | None = None


def parse_query(query: str, number: Callable[[Term], int]) -> Node:
    """Read a query; ``number`` gives each thing that it looks for its number.

    Raises:
        QueryError: It can be read in two ways, or not at all, or would match everything else.
    """
    if len(query) > MAX_QUERY:
        raise QueryError(f"A query has at most {MAX_QUERY:,} characters; this has {len(query):,}.", query, MAX_QUERY)
    node = _Parser(query, number).whole()
    if node.watch(lambda _: 0) is None:
        place = lonely(node)
        raise QueryError(
            f"NOT alone would match everything else; name something that has to be there ({at(place)}).", query, place
        )
    return node


class _Parser:
    def __init__(self, query: str, number: Callable[[Term], int]) -> None:
        self._query = query
        self._number = number
        self._tokens = tokens(query)
        self._leaves = 0
        self._token = next(self._tokens)

    def whole(self) -> Node:
        if self._token.sort is Sort.END:
            raise QueryError("The query is empty; write what has to be there.", self._query, 0)
        node = self._level(0)
        if self._is(Sort.CLOSE):
            raise self._error(f"The bracket {at(self._token.start)} closes none that was opened.", self._token.start)
        return node

    def _error(self, sentence: str, position: int) -> QueryError:
        return QueryError(sentence, self._query, position)

    def _is(self, sort: Sort) -> bool:
        return self._token.sort is sort

    def _take(self) -> Token:
        taken = self._token
        self._token = next(self._tokens, taken)
        return taken

    def _level(self, depth: int) -> Node:
        operands: list[_Operand] = []
        pending: Token | None = None
        while self._token.sort not in (Sort.END, Sort.CLOSE):
            if self._token.sort in (Sort.AND, Sort.OR):
                if pending or not operands:
                    token = pending or self._token
                    side = "behind" if pending else "before"
                    raise self._error(f"{token.text} {at(token.start)} has nothing {side} it.", token.start)
                pending = self._take()
                continue
            operands.append(replace(self._operand(depth), joined=pending.sort if pending else None))
            pending = None
        if pending:
            raise self._error(f"{pending.text} {at(pending.start)} has nothing behind it.", pending.start)
        return self._joined(operands)

    def _operand(self, depth: int) -> _Operand:
        start = self._token.start
        if self._token.sort is not Sort.NOT:
            return self._positive(depth)
        sign = self._take()
        called = "The minus" if sign.text == "-" else "NOT"
        if self._token.sort is Sort.NOT:
            raise self._error(f"Two NOTs {at(start)} take each other out; leave out both.", start)
        if self._token.sort not in LEAVES | {Sort.OPEN}:
            raise self._error(f"{called} {at(start)} has nothing behind it.", start)
        denied = self._positive(depth)
        if isinstance(denied.node, Not):
            raise self._error(f"Two NOTs {at(start)} take each other out; leave out both.", start)
        return _Operand(node=Not(denied.node, start), start=start, said=self._query[start : self._ended])

    def _positive(self, depth: int) -> _Operand:
        token = self._take()
        self._ended = token.end
        if token.sort is Sort.OPEN:
            return self._bracket(token, depth)
        self._leaves += 1
        if self._leaves > MAX_LEAVES:
            raise self._error(
                f"A query has at most {MAX_LEAVES} words; make two topics of it ({at(token.start)}).", token.start
            )
        term = read_leaf(token, self._query)
        field = term.kind if term.kind in ONE_OF else None
        return _Operand(
            node=Leaf(self._number(term), _spoken(token)), start=token.start, said=token.written, field=field
        )

    def _bracket(self, opened: Token, depth: int) -> _Operand:
        if depth >= MAX_DEPTH:
            raise self._error(
                f"Brackets stand in brackets more than {MAX_DEPTH} deep {at(opened.start)}.", opened.start
            )
        if self._is(Sort.CLOSE):
            raise self._error(f"There is nothing in the brackets {at(opened.start)}.", opened.start)
        if self._is(Sort.END):
            raise self._error(f"The bracket {at(opened.start)} is not closed.", opened.start)
        node = self._level(depth + 1)
        if not self._is(Sort.CLOSE):
            raise self._error(f"The bracket {at(opened.start)} is not closed.", opened.start)
        self._ended = self._take().end
        return _Operand(node=node, start=opened.start, said=self._query[opened.start : self._ended])

    def _joined(self, operands: Sequence[_Operand]) -> Node:
        if len(operands) == 1:
            return operands[0].node
        by_or = [one.joined is Sort.OR for one in operands[1:]]
        if any(by_or) and not all(by_or):
            unclear = by_or.index(not by_or[0]) + 1
            raise self._both(operands[unclear].start, _runs(operands, by_or, False), _runs(operands, by_or, True))
        if any(by_or):
            return Or(one.node for one in operands)
        self._require_side_by_side(operands)
        groups: dict[object, list[Node]] = {}
        for place, one in enumerate(operands):
            groups.setdefault(one.field or place, []).append(one.node)
        nodes = [group[0] if len(group) == 1 else Or(group) for group in groups.values()]
        return nodes[0] if len(nodes) == 1 else And(nodes)

    def _require_side_by_side(self, operands: Sequence[_Operand]) -> None:
        """Refuse ``site:a AND site:b``: side by side they mean one of them, and AND says both."""
        last: dict[Kind, int] = {}
        for place, one in enumerate(operands):
            if one.field is None:
                continue
            before = last.get(one.field)
            last[one.field] = place
            if before is not None and any(other.joined for other in operands[before + 1 : place + 1]):
                pair = operands[before].said, one.said
                raise self._both(one.start, f"{pair[0]} OR {pair[1]}", f"({pair[0]}) ({pair[1]})")

    def _both(self, place: int, one: str, other: str) -> QueryError:
        return self._error(
            f"Both readings are possible {at(place)}: put brackets round what belongs together. "
            f"Either {_short(one)} or {_short(other)}.",
            place,
        )


def _spoken(token: Token) -> str:
    """Return how a reason is told: a phrase stands in quotes there anyway."""
    return " ".join(token.text.split()) if token.sort is Sort.PHRASE and not token.field else token.written


def _runs(operands: Sequence[_Operand], by_or: Sequence[bool], bound: bool) -> str:
    """Write a level with brackets round what OR joins (``bound``), or round what AND does."""
    runs = [[operands[0].said]]
    for one, joined_by_or in zip(operands[1:], by_or, strict=True):
        if joined_by_or is bound:
            runs[-1].append(one.said)
        else:
            runs.append([one.said])
    within, between = (" OR ", " ") if bound else (" ", " OR ")
    return between.join(f"({within.join(run)})" if len(run) > 1 else run[0] for run in runs)


def _short(reading: str) -> str:
    line = " ".join(reading.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - _AROUND]} … {line[-_AROUND:]}"
