"""A name asked about laid over one of the list's, word by word, and what that is worth. Pure.

One to one, the most alike first. What counts is which part of the name asked about is explained and which part of the list's name is
there: rare words weigh more than frequent ones, generic ones of companies hardly, a middle name may be missing, an initial stands for a
name beside a surname that agrees.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from math import log

from services.payments.screening.likeness import SAME_SKELETON
from services.payments.screening.scripts import Token, Way

ENOUGH_TOGETHER = 6
_LEGAL = frozenset([
    "ltd", "limited", "llc", "inc", "incorporated", "corp", "corporation", "co", "plc", "gmbh", "ag", "sa", "sas", "sarl", "spa",
    "srl", "sro", "bv", "nv", "oy", "ab", "as", "pte", "pty", "llp", "lp", "jsc", "ojsc", "pjsc", "ooo", "oao", "pao", "zao",
    "ao", "pjs", "fze", "fzco", "fzc", "kft", "doo", "ood", "sro",
])  # fmt: skip
_GENERIC = frozenset([
    "company", "industrial", "industries", "industry", "international", "trading", "trade", "group", "holding", "holdings",
    "general", "services", "service", "the", "and", "of", "for", "development", "foundation", "organization", "organisation",
    "commercial", "enterprise", "enterprises", "joint", "stock", "private", "public", "import", "export", "shipping", "center",
    "centre", "bank", "national", "support",
])  # fmt: skip
_PARTICLES = frozenset([
    "al", "el", "bin", "ibn", "bint", "de", "da", "del", "della", "di", "do", "dos", "du", "la", "le", "van", "von", "der",
    "den", "abu", "abd", "ul", "y", "e", "az", "ash", "adh", "ath", "ar", "ad", "as",
])  # fmt: skip
ARTICLES = frozenset(["al", "el", "ul"])
_TITLES = frozenset([
    "mr", "mrs", "ms", "miss", "dr", "sir", "jr", "sr", "ii", "iii", "iv", "prof",
])  # fmt: skip


class Kind(StrEnum):
    """Whose name it is. Persons are compared with persons, everybody else with the whole list."""

    PERSON = "person"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True)
class ListedName:
    """entry: its place in the caller's own list. person: whether persons are compared with it."""

    entry: int
    text: str
    person: bool


@dataclass(frozen=True, slots=True)
class Pairing:
    """A word asked about, the word on the list that it was taken for, and how alike they are, 0 to 1."""

    asked: str
    listed: str
    how: str
    likeness: float


@dataclass(frozen=True, slots=True)
class Match:
    entry: int
    name: str
    score: float
    pairings: tuple[Pairing, ...]


@dataclass(slots=True)
class Word:
    """places: name, and positions there; length: how many words of a name are written as this one."""

    token: Token
    length: int
    places: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Name:
    listed: ListedName
    words: tuple[str, ...]
    weights: tuple[float, ...]
    surnames: frozenset[int]


@dataclass(frozen=True, slots=True)
class Asked:
    token: Token
    start: int
    length: int


Pair = tuple[float, Asked, Word, tuple[int, ...]]


def laid(name: Name, tokens: tuple[Token, ...], pairs: list[Pair], initials: set[int]) -> Match | None:
    """One to one; initials take what is left. None where it is too little to be anybody's name."""
    taken_asked: dict[int, float] = {}
    taken_listed: dict[int, float] = {}
    pairings, weights, same = [], dict.fromkeys(range(len(tokens)), 1.0), 0
    for likeness, asked, word, theirs in sorted(pairs, key=_dearest):
        mine = range(asked.start, asked.start + asked.length)
        if any(one in taken_asked for one in mine) or any(one in taken_listed for one in theirs):
            continue
        weight = sum(name.weights[one] for one in theirs) / asked.length
        for one in mine:
            taken_asked[one], weights[one] = likeness, weight
        for one in theirs:
            taken_listed[one] = likeness
        how = "same" if likeness == 1 else "rendered" if asked.token.way is not word.token.way else "alike"
        pairings.append(Pairing(asked.token.text, " ".join(name.words[one] for one in theirs), how, likeness))
        same += len(word.token.abjad) if how == "rendered" and likeness in SAME_SKELETON else 0
    if same >= ENOUGH_TOGETHER:
        for taken in (taken_asked, taken_listed):
            taken.update({one: SAME_SKELETON[-1] for one, likeness in taken.items() if likeness in SAME_SKELETON})
    full = len(taken_listed)
    for index in sorted(initials - taken_asked.keys()):
        letter = tokens[index].text
        beside = next((at for at, text in enumerate(name.words) if at not in taken_listed and text[:1] == letter), None)
        weights[index] = 0.35
        if beside is not None and full:
            taken_asked[index], taken_listed[beside] = 0.85, 0.35
            pairings.append(Pairing(letter, name.words[beside], "initial", 0.85))
    if not _enough(name, tokens, taken_listed, full):
        return None
    score = _score(name, tokens, taken_asked, taken_listed, weights)
    return Match(name.listed.entry, name.listed.text, round(min(score, 1.0), 4), tuple(pairings))


def _enough(name: Name, tokens: tuple[Token, ...], taken: dict[int, float], full: int) -> bool:
    """A person's surname and something else; beside initials alone every surname."""
    if not full:
        return False
    if not name.listed.person or len(name.words) == 1:
        return True
    surnames = name.surnames & {one for one, likeness in taken.items() if likeness > 0.35}
    if not surnames or len(taken) < 2:
        return False
    if len(name.surnames) < len(name.words) and not taken.keys() - name.surnames:
        return False
    if full == 1:
        return surnames == name.surnames
    short = any(token.way is not Way.SPELLED for token in tokens)
    return not short or sum(len(token.abjad if token.way is Way.ABJAD else token.rendered) for token in tokens) >= 4


def _score(
    name: Name,
    tokens: tuple[Token, ...],
    asked: dict[int, float],
    listed: dict[int, float],
    weights: dict[int, float],
) -> float:
    for index, token in enumerate(tokens):
        if index not in asked:
            weights[index] = _unmatched(token, name.listed.person)
    explained = sum(weights[one] * likeness for one, likeness in asked.items()) / sum(weights.values())
    present = sum(name.weights[one] * likeness for one, likeness in listed.items()) / sum(name.weights)
    if not name.listed.person:
        return 2 * explained * present / (explained + present)
    if len(name.words) == 1:
        return explained * min(1.0, present)
    # Names left out are usual; names added less so, and then all the others have to be there.
    return max(explained * (0.88 + 0.12 * present), present * (0.70 + 0.30 * explained))


def _unmatched(token: Token, person: bool) -> float:
    """Forms of companies in other letters are as short as they are everywhere."""
    if token.text in _PARTICLES:
        return 0.15
    generic = token.text in _GENERIC or (token.way is Way.ABJAD and len(token.text) < 4)
    return 0.35 if not person and generic else 1.0


def weight_of(text: str, frequency: int, person: bool) -> float:
    """1 for a word of one name, less the more of the list's names have it."""
    if text in _PARTICLES:
        return 0.15
    if not person and text in _GENERIC:
        return 0.35
    return 1 / (1 + 0.12 * log(frequency))


def worth_it(pairs: list[Pair], words: int) -> bool:
    """Whether enough of the words asked about was found at all, before anything is laid out."""
    places = {place for _, asked, _, _ in pairs for place in range(asked.start, asked.start + asked.length)}
    return len(places) >= (1 if words <= 1 else 2 if words <= 4 else words // 2) or any(
        word.length > 1 or asked.length > 1 for _, asked, word, _ in pairs
    )


def _dearest(pair: Pair) -> tuple[float, int, tuple[int, ...]]:
    likeness, asked, word, positions = pair
    return -likeness, -max(asked.length, word.length), positions


def significant(tokens: tuple[Token, ...], person: bool) -> tuple[Token, ...]:
    """Without titles and forms of companies, unless nothing else is there."""
    left_out = _TITLES | ARTICLES if person else _LEGAL
    return tuple(token for token in tokens if token.text not in left_out and not _is_article(token)) or tokens


def _is_article(token: Token) -> bool:
    """Written apart in Arabic letters."""
    return token.way is Way.ABJAD and token.text == "l"
