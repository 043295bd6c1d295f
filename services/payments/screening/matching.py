"""Whether a name is one of a list's. Pure: a list is compiled once, a name is then compared in about a millisecond, and why is told.

Words of the list are found by keys (sound, skeletons of consonants, each also with a letter left out), compared by Damerau-Levenshtein
distance with as many errors as their length allows (`likeness`), and laid over the list's name (`laying`).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, permutations

from rapidfuzz import process
from rapidfuzz.distance import OSA

from services.payments.screening.laying import (
    ARTICLES,
    Asked,
    Kind,
    ListedName,
    Match,
    Name,
    Pair,
    Pairing,
    Word,
    laid,
    significant,
    weight_of,
    worth_it,
)
from services.payments.screening.likeness import likeness_of, skeletons_of
from services.payments.screening.scripts import Reading, Token, Way, joined, readings

HIT = 0.80
"""From this score on somebody has to look at it. Measured in benchmarks/screening.py."""
MOST_TURNED = 5
SHORTEST_WHOLE = 6
MOST_WHOLES = 50


class CompiledList:
    def __init__(self, names: Iterable[ListedName]) -> None:
        self._names: list[Name] = []
        self._words: list[Word] = []
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

    def matches(self, name: str, kind: Kind) -> list[Match]:
        """Of each entry the best, best first: all of them, since whoever is not among them is held for innocent."""
        best: dict[int, Match] = {}
        for reading in readings(name):
            for match in self._of_reading(reading, kind):
                known = best.get(match.entry)
                if match.score >= HIT and (known is None or match.score > known.score):
                    best[match.entry] = match
        return sorted(best.values(), key=lambda match: (-match.score, match.entry))

    def _add(self, listed: ListedName, reading: Reading, frequency: dict[str, int]) -> None:
        number, tokens = len(self._names), significant(reading.tokens, listed.person)
        texts = tuple(token.text for token in tokens)
        weights = tuple(weight_of(text, frequency[text], listed.person) for text in texts)
        surnames = frozenset(range(_surname_words(listed, reading.way, len(tokens)))) or frozenset(range(len(tokens)))
        self._names.append(Name(listed, texts, weights, surnames))
        for whole in reading.whole:
            self._wholes[whole].append(number)
        if listed.person and 2 <= len(tokens) <= 4:
            for turned in range(len(texts)):
                self._wholes["".join(texts[turned:] + texts[:turned])].append(number)
        for article, meant in pairwise(reading.tokens):
            if listed.person and article.text in ARTICLES and meant in tokens:
                self._place((joined((article, meant)),), number, (0,), (tokens.index(meant),))
        last = len(surnames) if len(surnames) < len(tokens) else 0
        for positions in _positions(len(tokens), last, listed.person):
            self._place(tokens, number, positions, positions)

    def _place(
        self, tokens: Sequence[Token], number: int, written: tuple[int, ...], positions: tuple[int, ...]
    ) -> None:
        meant = tuple(tokens[one] for one in written)
        token = meant[0] if len(meant) == 1 else joined(meant)
        key = (token.text, token.way, len(meant))
        if key not in self._ids:
            self._ids[key] = len(self._words)
            self._words.append(Word(token, len(meant)))
        self._words[self._ids[key]].places.append((number, positions))

    def _of_reading(self, reading: Reading, kind: Kind) -> Iterator[Match]:
        for whole in reading.whole:
            for number in self._wholes.get(whole, ()):
                name = self._names[number]
                if name.listed.person or kind is Kind.ORGANISATION:
                    score = 1.0 if not whole.isascii() else 0.9
                    yield Match(name.listed.entry, name.listed.text, score, (Pairing(whole, whole, "whole", score),))
        tokens = significant(reading.tokens, kind is Kind.PERSON)
        if tokens:
            yield from self._laid_over(tokens, kind)

    def _laid_over(self, tokens: tuple[Token, ...], kind: Kind) -> Iterator[Match]:
        found: dict[int, list[Pair]] = defaultdict(list)
        for asked in _asked(tokens):
            for number, likeness in self._alike(asked, alone=len(tokens) == 1):
                word = self._words[number]
                for place, positions in word.places:
                    found[place].append((likeness, asked, word, positions))
        initials = {index for index, token in enumerate(tokens) if len(token.text) == 1}
        for number, pairs in found.items():
            name = self._names[number]
            if kind is Kind.PERSON and not name.listed.person:
                continue
            if not worth_it(pairs, len(tokens) - len(initials)):
                continue
            match = laid(name, tokens, pairs, initials)
            if match is not None:
                yield match

    def _alike(self, asked: Asked, *, alone: bool) -> Iterator[tuple[int, float]]:
        candidates: set[int] = set()
        for key in _asked_keys(asked):
            candidates.update(self._keys.get(key, ()))
        if alone and asked.token.way is Way.RENDERED and len(asked.token.rendered) >= SHORTEST_WHOLE:
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
        for skeleton in skeletons_of(token):
            most = len(skeleton) // 4
            found = process.extract(
                skeleton, self._skeletons, scorer=OSA.distance, score_cutoff=most, limit=MOST_WHOLES
            )
            for one, _, _ in found:
                yield from self._rendered[one]


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


def _surname_words(listed: ListedName, way: Way, words: int) -> int:
    """`LAST, First Middle`: how many words stand before the comma; 0 where nothing is known of surnames."""
    before, comma, _ = listed.text.partition(",")
    if not (listed.person and comma):
        return 0
    reading = next((one for one in readings(before) if one.way is way), Reading(way, ()))
    return min(len(significant(reading.tokens, True)), words - 1)


def _asked(tokens: tuple[Token, ...]) -> Iterator[Asked]:
    for start, token in enumerate(tokens):
        if len(token.text) > 1 or token.way is Way.RENDERED:
            yield Asked(token, start, 1)
        if start + 1 < len(tokens) and min(len(one.text) for one in tokens[start : start + 2]) > 1:
            yield Asked(joined(tokens[start : start + 2]), start, 2)


def _listed_keys(word: Word) -> Iterator[str]:
    """Several words written as one are found when they are spelled alike; single ones also with a letter wrong."""
    token, single = word.token, word.length == 1
    if token.way is Way.SPELLED:
        yield from _near("s", token.sound, single)
        yield from _near("t", token.text, single)
    if token.abjad and token.way is not Way.RENDERED:
        yield from _near("a", token.abjad, single)
    for skeleton in skeletons_of(token):
        yield from _near("r", skeleton, single)


def _asked_keys(asked: Asked) -> Iterator[str]:
    token = asked.token
    if token.way is Way.RENDERED:
        for skeleton in skeletons_of(token):
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
