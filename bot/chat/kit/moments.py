"""Moments in forms: a field of kind time is one of its choices, or another moment that is picked beside them.

What is picked comes back under the field's name with a mark behind it, in as many parts as a platform's pickers have;
where there are both, it counts. What is asked of a handler is one value, as if it had been typed.
"""

import re
from collections.abc import Mapping

from handlers.base.cards import Field

# Behind the name of a field: a picker of a whole moment, or one of its day and one of its time.
OTHER, DATE, TIME = ".other", ".date", ".time"
OR_ANOTHER = "Or another time"
COUNTS = "This counts where something is chosen above, too."
_PICKED = re.compile(r"(?P<date>\d{4}-\d\d-\d\d)?[ T]?(?P<time>\d\d:\d\d)?", re.ASCII)


def merged(values: Mapping[str, str]) -> dict[str, str]:
    """Return what stands in the fields of a form, with what was picked in the place of what was chosen."""
    fields = {name: value for name, value in values.items() if "." not in name}
    for name in dict.fromkeys(one.partition(".")[0] for one in values if "." in one):
        parts = (values.get(f"{name}{part}", "").strip() for part in (OTHER, DATE, TIME))
        if picked := " ".join(filter(None, parts)):
            fields[name] = picked
        fields.setdefault(name, "")
    return fields


def field_of(name: str) -> str:
    """Return the field that an input is of."""
    return name.partition(".")[0]


def parted(field: Field, value: str) -> tuple[str, str, str]:
    """Return what stands in the inputs of a field that is drawn again: the choice, else the day and the time."""
    if value in {one.value for one in field.choices}:
        return value, "", ""
    found = _PICKED.fullmatch(value)
    return ("", found["date"] or "", found["time"] or "") if found else ("", "", "")
