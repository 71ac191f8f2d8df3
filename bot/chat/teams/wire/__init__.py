"""The Bot Framework's protocol: activities that come in, calls that go out, and what they hold."""
