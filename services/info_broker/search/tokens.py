"""Words to find a product by, without any extension of the database.

Chinese runs become single characters and pairs of neighbours; runs of Latin letters and digits (codes, pinyin, initials, English)
become overlapping threes, and their first one and two characters. A query is cut the same way; a product matches when it has all of
the query's tokens (an index lookup) and contains each of its terms (checked on the few that are left, as threes may stand apart).
"""

import re
import unicodedata
from collections.abc import Iterable

LONGEST_QUERY = 100
_RUN = re.compile(r"[㐀-䶿一-鿿]+|[a-z0-9]+")
_GRAM = 3
_START = "^"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def normalise(text: str) -> str:
    """Full-width, case and compatibility forms made one; control characters are blanks, and blanks around are removed."""
    return _CONTROL.sub(" ", unicodedata.normalize("NFKC", text)).lower().strip()


def terms(text: str) -> list[str]:
    """The runs of a text, Chinese apart from Latin: `华夏ETF 50` → 华夏, etf, 50."""
    return _RUN.findall(normalise(text))


def search_text(parts: Iterable[str | None]) -> str:
    """What a term must occur in: the parts normalised, one a line (an absent one is empty), so that no term runs over two."""
    return "\n".join(normalise(part or "") for part in parts)


def document_tokens(parts: Iterable[str | None]) -> list[str]:
    """All tokens of a product, sorted."""
    found: set[str] = set()
    for part in parts:
        for run in terms(part or ""):
            found |= _chinese(run) if _is_chinese(run) else _latin(run)
    return sorted(found)


def query_tokens(query: str) -> list[str]:
    """Tokens every match must have, sorted; none where the query holds nothing that can be searched for."""
    found: set[str] = set()
    for run in terms(query):
        found |= _needed_chinese(run) if _is_chinese(run) else _needed_latin(run)
    return sorted(found)


def _is_chinese(run: str) -> bool:
    return not run.isascii()


def _grams(run: str, length: int) -> set[str]:
    return {run[start : start + length] for start in range(len(run) - length + 1)}


def _chinese(run: str) -> set[str]:
    return set(run) | _grams(run, 2)


def _latin(run: str) -> set[str]:
    return {_START + run[:1], _START + run[:2]} | _grams(run, _GRAM)


def _needed_chinese(run: str) -> set[str]:
    return _grams(run, 2) if len(run) > 1 else {run}


def _needed_latin(run: str) -> set[str]:
    """Short terms are beginnings of words; longer ones may stand anywhere."""
    return _grams(run, _GRAM) if len(run) >= _GRAM else {_START + run}
