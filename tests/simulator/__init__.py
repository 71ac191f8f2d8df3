"""The simulator: days of Dibs on two replicas, played in virtual time from one seed each.

What is real: all that ``bot.app`` composes, twice (outbox worker, runner, dispatcher, ticks), the handlers, the SQL,
and the groups in which transactions are committed, on one SQLite in memory. What is played: the event loop's time
(``loop``), when a transaction runs and who lives to hear of it (``database``), the network (``network``), a chat
platform and three places where posts come from (``chat``, ``sites``), and the people (``people``).

A seed draws a plan (``plan``): posts, edits, deletions and deliveries; gestures, some of them at once, repeated and out
of order; crashes and pauses at named places; stalls, restarts and partitions; servers that are slow, answer 500 to what
they took, hang, ask us to wait, or show late what they have. ``world`` lets it happen, and after every commit and every
message that arrives the promises are looked at (``promises``); when the trouble is over, all has to come to rest.

    make simulate SEEDS=10000          many days, in as many processes as there are cores
    make simulate SEED=917             one of them: its trace, and the smallest day on which the same promise breaks
    make simulate-bugs                 after how many days each planted bug (``bugs``) is found

What it does not prove: statements of two transactions never interleave here, so races are tested on PostgreSQL
(``tests/handlers/own/test_claim_race.py``); clocks are set only on days on which no process begins, and never ahead by
a minute (docs/explanation/promises.md says why); and Slack, Teams and the kinds of sources are played at their
interfaces, and tested against servers elsewhere.
"""
