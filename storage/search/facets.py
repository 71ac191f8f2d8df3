"""Facets: words of the index for what a mention is and does not say: its source, its department and its product.

The index finds at once where two of many meet, which no condition on rows does. It only has to yield no fewer than
there are: whoever asks looks at the rows besides. So names that are alike may share a facet.
"""

import re

from storage.text.cut import facet

# What FTS5 would cut at.
_STRANGE = re.compile("[^a-z0-9._]")


def of_source(name: str) -> str:
    """Return the word for all mentions of a source."""
    return facet(f"@{_STRANGE.sub('_', name.lower())}")


def of_product(name: str) -> str:
    """Return the word for all mentions that are about a product."""
    return facet(f"&{_STRANGE.sub('_', name.lower())}")


def of_department(department_id: int) -> str:
    """Return the word for all mentions that a department has."""
    return facet(f"#{department_id}")
