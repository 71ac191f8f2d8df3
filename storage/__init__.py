"""The floor that remembers: tables, and functions that take a session and never commit.

Three things, each for one purpose. Classes say what the tables are, and nothing else (``storage.tables.base``): nobody
reads or writes through them, because a mapper would answer from its own memory what another statement has changed
meanwhile, and would hand the floors above an object that writes when it is assigned to. None is loaded, since it would
hold more memory than all tables. What is read and written is said in SQLAlchemy's Core, and leaves as frozen rows. What
a gesture, an arrival or a card waits for is the same Core, compiled once (``storage.engine.compiled``): 334 claims a
second became 865. A statement that runs a few times a minute stays plain, where it reads in one piece with its
function.
"""
