"""What differs between rows of a file and what stands here of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from services.ecommerce_credit.sales.model import Row, Stored


def changes_of(
    rows: Sequence[Row], keys: Sequence[str], standing: Mapping[tuple[Any, ...], Row]
) -> tuple[Stored, list[Row]]:
    """What came of the rows, and those of them that are new or say something else than before."""
    added, different, fields = [], [], Counter[str]()
    changed = 0
    for row in rows:
        key = tuple(row[name] for name in keys)
        before = standing.get(key)
        if before is None:
            added.append(key)
        else:
            altered = [name for name in row if row[name] != before[name]]
            if not altered:
                continue
            changed += 1
            fields.update(altered)
        different.append(row)
    return Stored(tuple(added), changed, dict(sorted(fields.items()))), different
