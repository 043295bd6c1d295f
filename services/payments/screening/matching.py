"""Whether a name is one of a list's. Pure: a list is compiled once, a name is then compared in about a millisecond, and why is told.

Words of the list are found by keys (sound, skeletons of consonants, each also with a letter left out), compared by Damerau-Levenshtein
distance with as many errors as their length allows, and laid over the list's name one to one, dearest first. What counts is which part of
the name asked about is explained and which part of the list's name is there: rare words weigh more than frequent ones, generic ones of
companies hardly, a middle name may be missing, an initial stands for a name beside a surname that agrees.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise, permutations
from math import log

from rapidfuzz import process
from rapidfuzz.distance import OSA

from services.payments.screening.scripts import Reading, Token, Way, joined, readings

HIT = 0.80
"""From this score on somebody has to look at it. Measured in benchmarks/screening.py."""
MOST_MATCHES = 20
MOST_TURNED = 5
SHORTEST_WHOLE = 6
SAME_SKELETON = (0.0, 0.60, 0.82, 0.88, 0.92)
"""By the number of consonants; together with others that agree, ENOUGH_TOGETHER in all, the short ones count as the long."""
ENOUGH_TOGETHER = 6
MOST_WHOLES = 50
_LEGAL = frozenset(
    [
        "ltd",
        "limited",
        "llc",
        "inc",
        "incorporated",
        "corp",
        "corporation",
        "co",
        "plc",
        "gmbh",
        "ag",
        "sa",
        "sas",
        "sarl",
        "spa",
        "srl",
        "sro",
        "bv",
        "nv",
        "oy",
        "ab",
        "as",
        "pte",
        "pty",
        "llp",
        "lp",
        "jsc",
        "ojsc",
        "pjsc",
        "ooo",
        "oao",
        "pao",
        "zao",
        "ao",
        "pjs",
        "fze",
        "fzco",
        "fzc",
        "kft",
        "doo",
        "ood",
        "sro",
    ]
)
_GENERIC = frozenset(
    [
        "company",
        "industrial",
        "industries",
        "industry",
        "international",
        "trading",
        "trade",
        "group",
        "holding",
        "holdings",
        "general",
        "services",
        "service",
        "the",
        "and",
        "of",
        "for",
        "development",
        "foundation",
        "organization",
        "organisation",
        "commercial",
        "enterprise",
        "enterprises",
        "joint",
        "stock",
        "private",
        "public",
        "import",
        "export",
        "shipping",
        "center",
        "centre",
        "bank",
        "national",
        "support",
    ]
)
_PARTICLES = frozenset(
    [
        "al",
        "el",
        "bin",
        "ibn",
        "bint",
        "de",
        "da",
        "del",
        "della",
        "di",
        "do",
        "dos",
        "du",
        "la",
        "le",
        "van",
        "von",
        "der",
        "den",
        "abu",
        "abd",
        "ul",
        "y",
        "e",
    ]
)
_ARTICLES = frozenset(["al", "el", "ul"])
_TITLES = frozenset(["mr", "mrs", "ms", "miss", "dr", "sir", "jr", "sr", "ii", "iii", "iv", "prof"])


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
class _Word:
    """places: name, and positions there; length: how many words of a name are written as this one."""

    token: Token
    length: int
    places: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Name:
    listed: ListedName
    words: tuple[str, ...]
    weights: tuple[float, ...]
    surnames: frozenset[int]
    initials: str
    legal: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Asked:
    token: Token
    start: int
    length: int


_Pair = tuple[float, _Asked, _Word, tuple[int, ...]]


class CompiledList:
    def __init__(self, names: Iterable[ListedName]) -> None:
        self._names: list[_Name] = []
        self._words: list[_Word] = []
        self._ids: dict[tuple[str, Way, int], int] = {}
        self._keys: dict[str, list[int]] = defaultdict(list)
        self._wholes: dict[str, list[int]] = defaultdict(list)
        # Skeletons of several words, for names in Chinese characters that are run together: long, and often with more than one error.
        self._rendered: dict[str, list[int]] = defaultdict(list)
        pending = [(listed, reading) for listed in names for reading in readings(listed.text)]
        frequency: dict[str, int] = defaultdict(int)
        for _, reading in pending:
            for text in {token.text for token in reading.tokens}:
                frequency[text] += 1
        for listed, reading in pending:
            self._add(listed, reading, frequency)
        for number, word in enumerate(self._words):
            for key in _listed_keys(word):
                self._keys[key].append(number)
            if word.length > 1 and len(word.token.rendered) >= SHORTEST_WHOLE:
                self._rendered[word.token.rendered].append(number)
        self._skeletons = list(self._rendered)

    def __len__(self) -> int:
        return len(self._names)

    def matches(self, name: str, kind: Kind, least: float = HIT) -> list[Match]:
        """Of each entry the best, best first; at most MOST_MATCHES."""
        best: dict[int, Match] = {}
        for reading in readings(name):
            for match in self._of_reading(reading, kind):
                known = best.get(match.entry)
                if match.score >= least and (known is None or match.score > known.score):
                    best[match.entry] = match
        return sorted(best.values(), key=lambda match: (-match.score, match.entry))[:MOST_MATCHES]

    def _add(self, listed: ListedName, reading: Reading, frequency: dict[str, int]) -> None:
        number, tokens = len(self._names), _significant(reading.tokens, listed.person)
        texts = tuple(token.text for token in tokens)
        weights = tuple(_weight(text, frequency[text], listed.person) for text in texts)
        surnames = frozenset(range(_surname_words(listed, len(tokens)))) or frozenset(range(len(tokens)))
        initials = "".join(text[0] for text in texts)
        legal = frozenset(token.text for token in reading.tokens) & _LEGAL
        self._names.append(_Name(listed, texts, weights, surnames, initials, legal))
        for whole in reading.whole:
            self._wholes[whole].append(number)
        if listed.person and 2 <= len(tokens) <= 4:
            for turned in range(len(texts)):
                self._wholes["".join(texts[turned:] + texts[:turned])].append(number)
        for article, meant in pairwise(reading.tokens):
            if listed.person and article.text in _ARTICLES and meant in tokens:
                self._place((joined((article, meant)),), number, (0,), (tokens.index(meant),))
        for positions in _positions(len(tokens), len(surnames) if listed.person and len(surnames) < len(tokens) else 0, listed.person):
            self._place(tokens, number, positions, positions)

    def _place(self, tokens: Sequence[Token], number: int, written: tuple[int, ...], positions: tuple[int, ...]) -> None:
        meant = tuple(tokens[one] for one in written)
        token = meant[0] if len(meant) == 1 else joined(meant)
        key = (token.text, token.way, len(meant))
        if key not in self._ids:
            self._ids[key] = len(self._words)
            self._words.append(_Word(token, len(meant)))
        self._words[self._ids[key]].places.append((number, positions))

    def _of_reading(self, reading: Reading, kind: Kind) -> Iterator[Match]:
        for whole in reading.whole:
            for number in self._wholes.get(whole, ()):
                name = self._names[number]
                if name.listed.person or kind is Kind.ORGANISATION:
                    score = 1.0 if not whole.isascii() else 0.9
                    yield Match(name.listed.entry, name.listed.text, score, (Pairing(whole, whole, "whole", score),))
        tokens = _significant(reading.tokens, kind is Kind.PERSON)
        if tokens:
            yield from self._laid_over(tokens, kind)

    def _laid_over(self, tokens: tuple[Token, ...], kind: Kind) -> Iterator[Match]:
        found: dict[int, list[_Pair]] = defaultdict(list)
        for asked in _asked(tokens):
            for number, likeness in self._alike(asked):
                word = self._words[number]
                for place, positions in word.places:
                    found[place].append((likeness, asked, word, positions))
        initials = {index for index, token in enumerate(tokens) if len(token.text) == 1}
        for number, pairs in found.items():
            name = self._names[number]
            if kind is Kind.PERSON and not name.listed.person:
                continue
            if not _worth_it(pairs, len(tokens) - len(initials)):
                continue
            match = _laid(name, tokens, pairs, initials)
            if match is not None:
                yield match

    def _alike(self, asked: _Asked) -> Iterator[tuple[int, float]]:
        candidates: set[int] = set()
        for key in _asked_keys(asked):
            candidates.update(self._keys.get(key, ()))
        if asked.token.way is Way.RENDERED and len(asked.token.rendered) >= SHORTEST_WHOLE:
            candidates.update(self._run_together(asked.token))
        for number in candidates:
            word = self._words[number]
            # Of two that are both several words each word is compared by itself.
            if asked.length > 1 and word.length > 1:
                continue
            likeness = likeness_of(asked.token, word.token)
            if likeness > 0:
                yield number, likeness


    def _run_together(self, token: Token) -> Iterator[int]:
        for skeleton in _rendered(token):
            most = len(skeleton) // 4
            found = process.extract(
                skeleton, self._skeletons, scorer=OSA.distance, score_cutoff=most, limit=MOST_WHOLES
            )
            for one, _, _ in found:
                yield from self._rendered[one]


def likeness_of(asked: Token, listed: Token) -> float:
    """0 to 1; 0 where they are not to be taken for each other."""
    if Way.RENDERED in (asked.way, listed.way):
        return max(_skeletons(one, other) for one in _rendered(asked) for other in _rendered(listed))
    if Way.ABJAD in (asked.way, listed.way):
        return _skeletons(asked.abjad, listed.abjad)
    if asked.text == listed.text:
        return 1.0
    if asked.sound == listed.sound:
        return 0.96
    by_letters = _spelled(asked.text, listed.text)
    by_sound = 0.97 * _spelled(asked.sound, listed.sound)
    by_skeleton = 0.85 if len(listed.abjad) >= 4 and asked.abjad == listed.abjad else 0.0
    return max(by_letters, by_sound, by_skeleton)


def _rendered(token: Token) -> tuple[str, ...]:
    return (token.rendered, token.abjad) if token.way is Way.RENDERED else (token.rendered,)


def _spelled(asked: str, listed: str) -> float:
    """As many errors as a name of that length may have: none up to three letters, one up to five, two up to eight, then three."""
    longest = max(len(asked), len(listed))
    most = 0 if longest <= 3 else 1 if longest <= 5 else 2 if longest <= 8 else 3
    errors = OSA.distance(asked, listed, score_cutoff=most)
    return 1 - errors / longest if errors <= most else 0.0


def _skeletons(asked: str, listed: str) -> float:
    """Few letters say little: the shorter the skeleton, the less alike."""
    longest = max(len(asked), len(listed))
    if asked == listed:
        return SAME_SKELETON[min(longest, 4)]
    if longest < 3 or not asked or not listed:
        return 0.0
    errors = OSA.distance(asked, listed, score_cutoff=longest // 4 + 1)
    if errors == 1:
        return 0.70 if longest == 3 else 0.80 if longest < 6 else 0.85
    if errors == 2:
        return 0.0 if longest < 6 else 0.72 if longest < 9 else 0.81
    return 0.80 if errors <= longest // 4 and longest >= 12 else 0.0


def _laid(name: _Name, tokens: tuple[Token, ...], pairs: list[_Pair], initials: set[int]) -> Match | None:
    """One to one, the most letters explained first; initials take what is left."""
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
        beside = next((at for at, text in enumerate(name.words) if at not in taken_listed and text[0] == letter), None)
        weights[index] = 0.35
        if beside is not None and full:
            taken_asked[index], taken_listed[beside] = 0.85, 0.35
            pairings.append(Pairing(letter, name.words[beside], "initial", 0.85))
    if not _enough(name, tokens, taken_listed, full):
        return None
    score = _score(name, tokens, taken_asked, taken_listed, weights)
    return Match(name.listed.entry, name.listed.text, round(min(score, 1.0), 4), tuple(pairings))


def _enough(name: _Name, tokens: tuple[Token, ...], taken: dict[int, float], full: int) -> bool:
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
    short = tokens[0].way is not Way.SPELLED
    return not short or sum(len(token.abjad if token.way is Way.ABJAD else token.rendered) for token in tokens) >= 4


def _score(
    name: _Name,
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


def _weight(text: str, frequency: int, person: bool) -> float:
    """1 for a word of one name, less the more of the list's names have it."""
    if text in _PARTICLES:
        return 0.15
    if not person and text in _GENERIC:
        return 0.35
    return 1 / (1 + 0.12 * log(frequency))


def _worth_it(pairs: list[_Pair], words: int) -> bool:
    """Whether enough of the words asked about was found at all, before anything is laid out."""
    places = {place for _, asked, _, _ in pairs for place in range(asked.start, asked.start + asked.length)}
    return len(places) >= (1 if words <= 1 else 2 if words <= 4 else words // 2) or any(
        word.length > 1 or asked.length > 1 for _, asked, word, _ in pairs
    )


def _dearest(pair: _Pair) -> tuple[float, int, tuple[int, ...]]:
    likeness, asked, word, positions = pair
    return -likeness, -max(asked.length, word.length), positions


def _positions(size: int, surnames: int, person: bool) -> Iterator[tuple[int, ...]]:
    """Each word, and those that may be written as one: neighbours, of a person's name any two in either order, and the whole of it."""
    yield from ((one,) for one in range(size))
    if person and size <= MOST_TURNED:
        yield from permutations(range(size), 2)
        if size > 2:
            last, given = tuple(range(surnames)), tuple(range(surnames, size))
            whole = {given + last, last + given, given[:1] + last, last + given[:1]}
            yield from sorted(one for one in whole if len(one) > 2)
    else:
        yield from ((one, one + 1) for one in range(size - 1))
        yield from ((one, one + 1, one + 2) for one in range(size - 2))


def _surname_words(listed: ListedName, words: int) -> int:
    """`LAST, First Middle`: how many words stand before the comma; 0 where nothing is known of surnames."""
    before, comma, _ = listed.text.partition(",")
    if not (listed.person and comma):
        return 0
    (reading, *_) = readings(before) or [Reading(Way.SPELLED, ())]
    return min(len(_significant(reading.tokens, True)), words - 1)


def _significant(tokens: tuple[Token, ...], person: bool) -> tuple[Token, ...]:
    """Without titles and forms of companies, unless nothing else is there."""
    left_out = _TITLES | _ARTICLES if person else _LEGAL
    return tuple(token for token in tokens if token.text not in left_out and not _is_article(token)) or tokens


def _is_article(token: Token) -> bool:
    """Written apart in Arabic letters."""
    return token.way is Way.ABJAD and token.text == "l"


def _asked(tokens: tuple[Token, ...]) -> Iterator[_Asked]:
    for start, token in enumerate(tokens):
        if len(token.text) > 1 or token.way is Way.RENDERED:
            yield _Asked(token, start, 1)
        if start + 1 < len(tokens) and min(len(one.text) for one in tokens[start : start + 2]) > 1:
            yield _Asked(joined(tokens[start : start + 2]), start, 2)


def _listed_keys(word: _Word) -> Iterator[str]:
    """Several words written as one are found when they are spelled alike; single ones also with a letter wrong."""
    token, single = word.token, word.length == 1
    if token.way is Way.SPELLED:
        yield from _near("s", token.sound, single)
        yield from _near("t", token.text, single)
    if token.abjad and token.way is not Way.RENDERED:
        yield from _near("a", token.abjad, single)
    for skeleton in _rendered(token):
        yield from _near("r", skeleton, single)


def _asked_keys(asked: _Asked) -> Iterator[str]:
    token = asked.token
    if token.way is Way.RENDERED:
        for skeleton in _rendered(token):
            yield from _near("r", skeleton, True)
    elif token.way is Way.ABJAD:
        yield from _near("a", token.abjad, True)
    else:
        yield from _near("s", token.sound, True)
        yield from _near("t", token.text, True)
        if len(token.abjad) > 2:
            yield from _near("a", token.abjad, False)


def _near(name: str, text: str, also_shorter: bool) -> set[str]:
    """The key itself, and, of one that is long enough, it with each one letter left out: two that differ by one letter share a key."""
    keys = {f"{name}{text}"}
    if also_shorter and len(text) > (3 if name in "st" else 2):
        keys.update(f"{name}{text[:at]}{text[at + 1 :]}" for at in range(len(text)))
    return keys
