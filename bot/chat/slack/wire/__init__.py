"""Slack's protocol: requests and sockets that come in, calls that go out, and what their payloads hold."""
