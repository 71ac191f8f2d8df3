"""Tables of what was forgotten: neither text nor name, only by what it is known when its source shows it again."""

from datetime import datetime

from sqlmodel import Field

from storage.tables.base import Row


class Forgotten(Row, table=True):
    """What was forgotten, as the keyed hash of what its source calls it; ``hits`` is how often it came since."""

    key: str = Field(primary_key=True)
    at: datetime
    hits: int = 0


class ForgetSecret(Row, table=True):
    """With what those hashes are keyed: drawn when something is forgotten for the first time."""

    __tablename__ = "forget_secret"
    id: int = Field(default=1, primary_key=True)
    secret: str
