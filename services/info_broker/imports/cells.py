"""Rows of text cells, as CSV has them, made into the objects that the readers check.

A header names a path: `terms.rate_annual`, `licences.0.kind`. Fields that end in their unit (`_minor`, `_days`, `_months`) are whole
numbers; a few are yes or no; lists of words are written with `;` between. An empty cell is an absent field.
"""

import re
from collections.abc import Sequence
from typing import Any

_WHOLE = re.compile(r"-?\d{1,18}")
_UNITS = ("_minor", "_days", "_months")
_YES_OR_NO = frozenset({"takes_leads", "back_end_charge", "insured", "opens_online", "principal_protected"})
_LISTS = frozenset({"product_name_prefixes"})
_TRUTH = {"true": True, "false": False}
PATH = re.compile(r"[a-z_]+(\.(\d|1\d|[a-z_]+)){0,4}")


def object_of(header: Sequence[str], cells: Sequence[Any]) -> dict[str, Any]:
    """The object a row of cells means. A cell that cannot be converted stays text, for the reader to refuse by name."""
    found: dict[str, Any] = {}
    for path, cell in zip(header, cells, strict=True):
        if cell is None or cell == "":
            continue
        *above, last = path.split(".")
        place = found
        for name in above:
            place = place.setdefault(name, {})
        place[last] = _value(last, cell)
    return {name: _listed(value) for name, value in found.items()}


def _value(field: str, cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    if field in _YES_OR_NO:
        return _TRUTH.get(cell.lower(), cell)
    if field in _LISTS:
        return [word.strip() for word in cell.split(";") if word.strip()]
    if field.endswith(_UNITS) and _WHOLE.fullmatch(cell):
        return int(cell)
    return cell


def _listed(value: Any) -> Any:
    """Objects whose names are all numbers become lists, in their order."""
    if not isinstance(value, dict):
        return value
    members = {name: _listed(member) for name, member in value.items()}
    if members and all(name.isdigit() for name in members):
        return [members[name] for name in sorted(members, key=int)]
    return members
