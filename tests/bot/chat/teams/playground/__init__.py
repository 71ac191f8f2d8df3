"""Microsoft's own simulator of Teams, started by the tests: which version, and what stands around it.

``package.json`` and its lock name the one version, with its hash and without an address; ``loopback.cjs`` keeps it to
this machine; ``simulator`` installs and runs it.
"""
