"""The floor that remembers: tables, and functions that take a session and never commit.

Three ways to speak to the database, each for one thing. SQLModel's classes say what the tables are, and nothing else:
nobody reads or writes through them, because a session would answer from its own memory what another statement has
changed meanwhile, and would hand the floors above an object that writes when it is assigned to. What is read and
written is said in Core, and leaves as frozen rows. What a gesture, an arrival or a card waits for is the same Core,
compiled once (``storage.engine.compiled``): 334 claims a second became 865. A statement that runs a few times a
minute stays plain, where it reads in one piece with its function.
"""
