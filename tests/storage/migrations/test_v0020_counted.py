"""The step to 0020: who turned out to be whom is known from the log, where that person has no account any more."""

from sqlalchemy import Engine

from storage.engine.database import Database
from storage.engine.schema import upgrade
from storage.own import ownership
from storage.people import people
from tests.storage.migrations import release_0004

BEN, ANA, LEA = 2, 1, 3


def test_who_was_joined_before_is_one_person_since(empty: Engine) -> None:
    release_0004.make(empty)
    with empty.begin() as connection:
        connection.exec_driver_sql(f"INSERT INTO person (id, name, active) VALUES ({LEA}, 'Lea', false)")
    database = Database(empty)
    joined = [
        ownership.Change(mention_id=1, action="joined", via="api", at=release_0004.THEN, from_owner_id=a, to_owner_id=b)
        for a, b in ((LEA, ANA), (BEN, ANA))
    ]
    database.write(lambda session: ownership.append(session, *joined))
    upgrade(empty)
    assert database.read(people.joined) == {LEA: ANA}  # Ben has an account still
    assert database.read(ownership.verify).trouble == ""
    database.close()
