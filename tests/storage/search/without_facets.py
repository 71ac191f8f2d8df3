"""An index as the release before left it: words of every mention, and no facet but that of languages."""

import pytest
from sqlalchemy import insert, select
from sqlmodel import Session

from storage.search import index
from storage.search.tables import SearchDue
from storage.tables.base import table_of
from storage.tables.mentions import Mention


def forget_facets(session: Session) -> None:
    """Write all words anew without facets, and let those be due."""
    connection = session.connection()
    mention_ids = sorted(connection.scalars(select(table_of(Mention).c.id)))
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(index, "of_source", lambda _name: "before")
        monkeypatch.setattr(index, "of_department", lambda _id: "before")
        index.write_down(session, mention_ids)
    connection.execute(insert(table_of(SearchDue)).values(first=0, last=mention_ids[-1], only_facets=True))
