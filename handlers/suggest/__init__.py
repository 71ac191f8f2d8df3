"""Suggest: to which department a mention may belong, learnt from where others like it ended."""
