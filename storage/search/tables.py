"""Tables of search. They hold nothing that does not stand elsewhere, so nobody needs to copy them.

``mention_words`` has a row for each mention with its words, which ``storage.text.cut`` cut; an index over it finds the
mentions that have a word. PostgreSQL keeps them as a ``tsvector`` made of the words as they are, with GIN. SQLite keeps
them as text with a space around each, indexed by FTS5 ("external content", so that nothing is kept twice; triggers hold
both together). FTS5 cuts text once more: its tokenizer "ascii" leaves alone all that is not ASCII, and of ASCII folds
capitals only, of which we have none, and parts words at all but letters, digits and the signs that it is told are part
of words. So our words survive it as they are, where "unicode61" would fold and part them by rules of its own Unicode.
Where words stand in a text is not kept (``detail=none``): we ask for words, never for phrases.

On PostgreSQL new words go into the index at once (``fastupdate = off``): else they wait in a list that each search
reads from end to end, and some insert has to clear it up.
"""

from sqlalchemy import Column, Integer, MetaData, Table, Text, false
from sqlmodel import Field

from storage.tables.base import Row
from storage.text.cut import SIGNS

# Apart from the other tables, since it is not the same on both databases; migrations make it by ``CREATE``.
mention_words = Table(
    "mention_words", MetaData(), Column("mention_id", Integer, primary_key=True), Column("words", Text)
)


class SearchDue(Row, table=True):
    """Mentions of which the index does not know everything, or nothing, by their ids: ``first`` to ``last``.

    Of ``only_facets`` it may lack the facets, but has the words. That span begins at 0, where no other does.
    """

    __tablename__ = "search_due"
    first: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    last: int
    only_facets: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


CREATE = {
    "sqlite": [
        "CREATE TABLE mention_words (mention_id INTEGER PRIMARY KEY REFERENCES mention (id), words TEXT NOT NULL)",
        f"""CREATE VIRTUAL TABLE mention_words_index USING fts5(words, content='mention_words',
            content_rowid='mention_id', columnsize=0, detail=none, tokenize="ascii tokenchars '{SIGNS}'")""",
        """CREATE TRIGGER mention_words_added AFTER INSERT ON mention_words BEGIN
            INSERT INTO mention_words_index (rowid, words) VALUES (NEW.mention_id, NEW.words); END""",
        """CREATE TRIGGER mention_words_removed AFTER DELETE ON mention_words BEGIN
            INSERT INTO mention_words_index (mention_words_index, rowid, words)
            VALUES ('delete', OLD.mention_id, OLD.words); END""",
        """CREATE TRIGGER mention_words_changed AFTER UPDATE ON mention_words BEGIN
            INSERT INTO mention_words_index (mention_words_index, rowid, words)
            VALUES ('delete', OLD.mention_id, OLD.words);
            INSERT INTO mention_words_index (rowid, words) VALUES (NEW.mention_id, NEW.words); END""",
    ],
    "postgresql": [
        """CREATE TABLE mention_words (mention_id INTEGER PRIMARY KEY REFERENCES mention (id),
            words TSVECTOR NOT NULL)""",
        "CREATE INDEX ix_mention_words ON mention_words USING gin (words) WITH (fastupdate = off)",
    ],
}
