"""The language of ``query``: its pieces (``tokens``, ``leaves``), its reading (``parse``), when it holds (``tree``)."""
