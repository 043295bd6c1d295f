"""The order of results. It is published with every answer, and pay has no place in it."""

from enum import IntEnum


class Match(IntEnum):
    """How a query met a product; the value is the class of its score, popularity (0 … 9) orders within the class."""

    EXACT_CODE = 90
    EXACT_NAME = 80
    NAME_BEGINS = 70
    CODE_OR_INITIALS_BEGIN = 60
    PINYIN_OR_ENGLISH_BEGINS = 50
    NAME_CONTAINS = 40
    ALL_TERMS = 20
    NO_QUERY = 0


RANKING = (
    "score = match + popularity; match: 90 exact code, 80 exact name (Chinese or English) or initials, 70 name begins with the query, "
    "60 code or initials begin with it, 50 pinyin or English name begins with it, 40 name contains it, "
    "20 all its terms are found somewhere, 0 no query; popularity 0 to 9: binary logarithm of 1 + people who viewed the product, "
    "each counted once a day, in the last 30 days; equal scores by code. Paid placements change no score and no order: "
    "they stand apart in `sponsored`, marked."
)
LARGEST_POPULARITY = 9


def match_of(score: int) -> Match:
    """The class that a score says."""
    return Match(score - score % 10)


def popularity(daily_viewers: int) -> int:
    """0 … 9 from people who viewed it, each counted once a day: floor(log2(1 + n)), at most 9."""
    return min(LARGEST_POPULARITY, (1 + daily_viewers).bit_length() - 1)
