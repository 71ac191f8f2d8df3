"""A Slack that refuses what Slack refuses, for end-to-end tests, fault tests and benchmarks.

``server.FakeSlack`` is the door. It answers the Web API on loopback, so the bot runs as its own process with
``SLACK_API_URL`` pointing here, and it sends people's gestures to the bot, signed, or over a socket when one is open::

    with FakeSlack.run() as slack:
        ana = slack.workspace.add_user("ana", email="ana@acme.example")
        room = slack.workspace.add_channel("support-social", members=[ana.id])
        slack.bot_url = start_bot(env=slack.env())           # http://127.0.0.1:8484
        slack.wait_for(lambda: slack.messages(room))
        ack = slack.press(ana, slack.messages(room)[0], "dibs:claim")
        assert ack.status == 200

Leaving the block fails the test when an acknowledgement came later than 3 s (``late``) or when the bot did what a
good bot never does (``violations``), unless ``run(allow={"late", …})`` names it.

Where to look: ``workspace`` what Slack remembers · ``blocks``, ``elements`` Block Kit's limits · ``mrkdwn`` whom a text
notifies · ``limits`` how fast is too fast · ``methods*`` the Web API · ``faults`` what a test breaks on purpose ·
``payloads``, ``fields`` what a gesture looks like · ``gestures``, ``people`` sending it · ``socketmode`` the socket ·
``looking`` what a test may ask · ``api`` a request's way · ``server`` all of it together.
"""
