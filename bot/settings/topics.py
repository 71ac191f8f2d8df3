"""The topics in dibs.toml: each as lists of terms or as one query, with what is wrong named at its place."""

from bot.toml.problems import did_you_mean, quoted
from bot.toml.table import Table
from handlers.listen.named_sources import require_query
from handlers.text.match import AS_QUERY, Topic, TopicError
from handlers.text.query.errors import QueryError
from handlers.text.terms import TermError, parse_term

LISTS = ("any", "all", "none")
TOPIC_KEYS = ("name", *LISTS, "query", "product", "department")


def read_topics(root: Table, departments: list[str]) -> tuple[Topic, ...]:
    """Read every ``[[topics]]``; what is wrong is complained about, and left out."""
    found: dict[str, Topic] = {}
    for table in root.tables("topics"):
        table.only(TOPIC_KEYS)
        name = table.text("name")
        if name in found:
            table.wrong("name", "is taken by a topic above; every topic has its own.")
        department = department_of(table, "department", departments)
        product = table.text("product") if "product" in table else ""
        lists = {key: _terms(table, key) for key in LISTS}
        usable = {key: texts for key, texts in lists.items() if texts is not None}
        query = _query(table, _names_of_sources(root)) if "query" in table else ""
        if len(usable) < len(lists) or query is None:
            continue
        try:
            found[name] = Topic(name=name, department=department, product=product, query=query, **usable)
        except TopicError as error:
            table.problems.at(table.path, f"{table.label}: {error}")
    return tuple(found.values())


def department_of(table: Table, key: str, known: list[str], default: str | None = None) -> str:
    """Read the key of a department; one that is not known is complained about."""
    if default is not None and key not in table:
        return default
    named = table.text(key)
    if named and named not in known:
        table.wrong(key, f"{quoted(named)} is no department{did_you_mean(named, known)}")
    return named


def _terms(table: Table, key: str) -> tuple[str, ...] | None:
    """Return the terms, or None when one of them is wrong."""
    texts = table.texts(key)
    right = key not in table or (isinstance(table.values[key], list) and len(texts) == len(table.values[key]))  # type: ignore[arg-type]
    for position, text in enumerate(texts):
        try:
            parse_term(text)
        except TermError as error:
            right = False
            table.problems.at((*table.path, key, position), f"{table.label} {key}: {error}")
    return texts if right else None


def _query(table: Table, sources: list[str]) -> str | None:
    """Return the query, on as many lines as it has, or None when it cannot be taken."""
    value = table.values["query"]
    beside = [key for key in LISTS if key in table]
    if not isinstance(value, str):
        table.wrong("query", "is text in quotes, such as 'acme (refund* OR \"charged twice\")'.")
    elif beside:
        table.wrong("query", f"stands beside {' and '.join(beside)}; {AS_QUERY}")
    else:
        query = value.strip()
        try:
            require_query(query, sources)
        except QueryError as error:
            first, *pointed = error.lines
            table.problems.at((*table.path, "query"), "\n".join([f"{table.label} query: {first}", *pointed]))
        else:
            return query
    return None


def _names_of_sources(root: Table) -> list[str]:
    """Return the names of all sources, those too of which something else is wrong."""
    tables = root.values.get("sources")
    named = [one.get("name") for one in tables if isinstance(one, dict)] if isinstance(tables, list) else []
    return [name for name in named if isinstance(name, str)]
