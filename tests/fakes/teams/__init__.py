"""A Microsoft that refuses what Microsoft refuses: OpenID, tokens and Teams' connector, on loopback.

``server.FakeTeams`` is the door; the bot runs with ``TEAMS_CLOUD`` pointing here (``env()``)::

    async with FakeTeams() as teams:
        teams.bot_url = "http://127.0.0.1:8484"
        room = teams.channel("19:support@thread.tacv2")
        status, body = await teams.send(teams.build.press(teams.ana, room, "1700000000000", "dibs:claim", {"ref": "…"}))

``FakeTeams.run()`` serves it in a thread of its own, for tests that are not asynchronous.

Where to look: ``signing`` Microsoft's keys and what is signed with them · ``activities`` what a gesture looks like ·
``connector`` what Teams remembers and refuses · ``faults`` what a test breaks on purpose · ``server`` all together.
"""
