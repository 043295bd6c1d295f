"""Names for the benchmark of screening: variants of a list's names as people write them, and names of innocent people.

Everything here is of its own: no table of the matcher is used, so that a rule that is wrong there is not wrong here, too. Cyrillic goes the
way that passports romanise it backwards, Arabic letter by letter with most short vowels left out, Chinese by the syllables that news
agencies take (新华社译名). Companies and ships are not rendered in Chinese: there they are translated.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from random import Random

POOLS = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
"""Names by how frequent they are, and tables: what is Cyrillic, Arabic and Chinese for which letters.

syllables: of each consonant with a, e, i, o, u, then with n after those, then alone.
"""
NEIGHBOURS: Mapping[str, str] = POOLS["neighbours"]
CYRILLIC, ARABIC = (tuple(POOLS[name].items()) for name in ("cyrillic", "arabic"))
SYLLABLES: Mapping[str, str] = POOLS["syllables"]
PERSONS_ALONE = ("initials", "missing middle name", "Chinese", "Chinese, run together")
GREEDY = sorted((one for one in SYLLABLES if one), key=len, reverse=True)
ACCENTS = {"a": "á", "e": "é", "i": "í", "o": "ó", "u": "ú", "n": "ñ", "c": "ç", "s": "š", "z": "ž"}
DISGUISES = {"a": "а", "e": "е", "o": "о", "c": "с", "p": "р", "x": "х", "i": "і"}


@dataclass(frozen=True)
class Original:
    """entry: which of the list's; words: the name's, surnames first as the list has them; surnames: how many those are."""

    entry: int
    words: tuple[str, ...]
    surnames: int
    person: bool


@dataclass(frozen=True)
class Variant:
    kind: str
    text: str
    entry: int
    person: bool


def original(entry: int, text: str, person: bool) -> Original:
    before, comma, after = text.partition(",") if person else (text, "", "")
    words = tuple(word.strip(".,&()").lower() for word in f"{before} {after}".split())
    surnames = len(before.split()) if comma else 0
    return Original(entry, tuple(word for word in words if word), surnames, person)


def variants(originals: Sequence[Original], seed: int, most_of_a_kind: int) -> list[Variant]:
    """Of each kind as many as there are, at most so many, all different."""
    made: list[Variant] = []
    for kind, make in KINDS.items():
        random, found = Random(f"{seed} {kind}"), dict[tuple[str, int], Variant]()
        fit = [one for one in originals if one.person or kind not in PERSONS_ALONE]
        for _ in range(most_of_a_kind * 8):
            one = random.choice(fit)
            text = make(one, random)
            if text is not None and len(found) < most_of_a_kind:
                found[text, one.entry] = Variant(kind, text, one.entry, one.person)
        made += found.values()
    return made


def _spoken(one: Original) -> list[str]:
    """Given names first."""
    return [*one.words[one.surnames :], *one.words[: one.surnames]]


def _written(words: Sequence[str], random: Random) -> str:
    shown = " ".join(words)
    return random.choice((shown.title(), shown.upper(), shown))


def _order(one: Original, random: Random) -> str | None:
    if len(one.words) < 2:
        return None
    if one.person and random.random() < 0.5:
        return _written([*one.words[: one.surnames or 1], *one.words[one.surnames or 1 :]], random).replace(
            " ", ", ", 1
        )
    words = list(one.words)
    random.shuffle(words)
    return _written(words, random)


def _initials(one: Original, random: Random) -> str | None:
    given, surnames = one.words[one.surnames :], list(one.words[: one.surnames])
    if not surnames or not given:
        return None
    which = random.randrange(len(given))
    stop = random.choice((".", "", ". "))
    short = [f"{word[0]}{stop}".strip() if at >= which else word for at, word in enumerate(given)]
    words = [*short, *surnames] if random.random() < 0.5 else [*surnames, *short]
    return _written(words, random)


def _missing_middle(one: Original, random: Random) -> str | None:
    given, surnames = one.words[one.surnames :], list(one.words[: one.surnames])
    if not surnames or len(given) < 2:
        return None
    words = [given[0], *surnames] if random.random() < 0.7 else [*surnames, given[0]]
    return _written(words, random)


def _wrong(word: str, random: Random) -> str:
    at = random.randrange(1, len(word) - 1)
    what = random.randrange(4)
    if what == 0:
        return word[:at] + random.choice(NEIGHBOURS.get(word[at], "e")) + word[at + 1 :]
    if what == 1:
        return word[:at] + word[at + 1 :]
    if what == 2:
        return word[:at] + random.choice("aeinrst") + word[at:]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _typing(errors: int) -> Callable[[Original, Random], str | None]:
    def make(one: Original, random: Random) -> str | None:
        """In words long enough that somebody who reads them would still know which is meant."""
        words = _spoken(one)
        places = [at for at, word in enumerate(words) if len(word) >= 5 and word.isalpha()]
        if len(places) < errors:
            return None
        for at in random.sample(places, errors):
            words[at] = _wrong(words[at], random)
        return _written(words, random)

    return make


def _spaces(one: Original, random: Random) -> str | None:
    words = _spoken(one)
    if random.random() < 0.5 and len(words) > 1:
        at = random.randrange(len(words) - 1)
        words[at : at + 2] = [words[at] + words[at + 1]]
    else:
        at = random.randrange(len(words))
        if len(words[at]) < 6:
            return None
        cut = random.randrange(2, len(words[at]) - 2)
        words[at : at + 1] = [words[at][:cut], words[at][cut:]]
    return _written(words, random)


def _marks(one: Original, random: Random) -> str:
    text = "".join(
        ACCENTS.get(letter, letter) if random.random() < 0.4 else letter for letter in " ".join(_spoken(one))
    )
    return text.replace(" ", random.choice((" ", "-", "  ", " . ")))


def _disguised(one: Original, random: Random) -> str | None:
    """Some letters of a word from another alphabet, which look the same."""
    words = _spoken(one)
    at = random.randrange(len(words))
    letters = [place for place, letter in enumerate(words[at]) if letter in DISGUISES]
    if not letters or len(letters) == len(words[at]):
        return None
    changed = random.sample(letters, random.randint(1, len(letters)))
    words[at] = "".join(DISGUISES[one] if place in changed else one for place, one in enumerate(words[at]))
    return " ".join(words)


def by_letters(word: str, table: Sequence[tuple[str, str]]) -> str:
    made, rest = "", word
    while rest:
        found = next(((latin, other) for latin, other in table if rest.startswith(latin)), (rest[0], rest[0]))
        made, rest = made + found[1], rest[len(found[0]) :]
    return made


def _cyrillic(one: Original, random: Random) -> str:
    words = [by_letters(word, CYRILLIC) for word in (_spoken(one) if random.random() < 0.5 else one.words)]
    # A y at the end of a Russian first name or surname is й; one between consonants is и for most who write it.
    ended = [word[:-1] + "ий" if word.endswith("ы") else word.replace("ы", random.choice("ыи")) for word in words]
    return " ".join(ended).title()


def _arabic(one: Original, random: Random) -> str:
    words = []
    for word in _spoken(one):
        soft = word.replace("ce", "se").replace("ci", "si")
        single = "".join(letter for at, letter in enumerate(soft) if at == 0 or letter != soft[at - 1])
        made = by_letters(single, ARABIC)
        if single[0] in "aeiou":
            made = "أ" + made.lstrip("ايو")
        if "ا" in made[1:-1] and random.random() < 0.3:
            at = made.index("ا", 1)
            made = made[:at] + made[at + 1 :]
        words.append(made)
    return " ".join(words)


def in_characters(word: str) -> str:
    """Consonant and vowel, with an n that follows; a consonant alone where no vowel does."""
    made, rest = "", word.replace("ph", "f").replace("th", "t").replace("ck", "k").replace("x", "ks").replace("q", "k")
    while rest:
        consonant = next((one for one in GREEDY if rest.startswith(one)), "")
        if not consonant and rest[0] == "c":
            consonant, rest = ("s" if rest[1:2] in ("e", "i") else "k"), rest[1:]
        else:
            rest = rest[len(consonant) :]
        row = SYLLABLES[consonant]
        while rest[:1] and rest[0] == consonant:
            rest = rest[1:]
        vowel = "aeiou".find(rest[0]) if rest and rest[0] in "aeiou" else -1
        if vowel < 0:
            made += row[10] if consonant and len(row) > 10 else ""
            rest = rest if consonant else rest[1:]
            continue
        rest = rest[1:].lstrip("aeiouy") if len(rest) > 1 and rest[1] in "aeiou" else rest[1:]
        nasal = rest[:1] == "n" and rest[1:2] not in tuple("aeiouyn")
        made += row[vowel + 5 if nasal else vowel]
        rest = rest[1:] if nasal else rest
    return made


def _chinese(separator: str) -> Callable[[Original, Random], str | None]:
    def make(one: Original, random: Random) -> str | None:
        words = _spoken(one) if one.surnames else list(one.words)
        given, surnames = words[: len(words) - one.surnames], words[len(words) - one.surnames :]
        if len(given) > 1 and surnames and random.random() < 0.5:
            words = [given[0], *surnames]
        elif random.random() < 0.2:
            words = [*surnames, *given]
        text = separator.join(in_characters(word) for word in words)
        return text if separator in text and len(text) > 4 else None

    return make


def _mixed(one: Original, random: Random) -> str | None:
    """What somebody adds in characters: a surname, a form of address, or the whole name again in brackets."""
    shown = _written(_spoken(one), random)
    added = random.choice(("王", " 先生", " 公司", " (", "（"))
    if added in (" (", "（"):
        rendered = _chinese("·")(one, random)
        return None if rendered is None else f"{shown}{added}{rendered}{'）' if added == '（' else ')'}"
    return f"{shown} {added.strip()}" if random.random() < 0.7 else f"{added.strip()} {shown}"


KINDS: dict[str, Callable[[Original, Random], str | None]] = {
    "order": _order,
    "initials": _initials,
    "missing middle name": _missing_middle,
    "one typing error": _typing(1),
    "two typing errors": _typing(2),
    "spaces": _spaces,
    "accents and stops": _marks,
    "letters that look alike": _disguised,
    "Cyrillic": _cyrillic,
    "Arabic": _arabic,
    "Chinese": _chinese("·"),
    "Chinese, run together": _chinese(""),
    "with Chinese characters beside": _mixed,
}


def _one(pool: str, random: Random) -> str:
    return str(random.choice(POOLS[pool].split()))


def _frequent(pool: str, random: Random) -> str:
    """The first much more often than the last."""
    return pool[min(int(random.expovariate(1 / 22)), len(pool) - 1)]


def innocents(count: int, seed: int) -> Iterator[str]:
    """Half Chinese, a fifth of them in pinyin, half English, a third with a middle name or initial; all different."""
    random, seen = Random(f"innocent {seed}"), set[str]()
    while len(seen) < count:
        name = _chinese_person(random) if len(seen) < count // 2 else _english_person(random)
        if name not in seen:
            seen.add(name)
            yield name


def _chinese_person(random: Random) -> str:
    surname = _frequent(POOLS["chinese_surnames"], random)
    return surname + "".join(random.choice(POOLS["chinese_given"]) for _ in range(1 if random.random() < 0.15 else 2))


def _english_person(random: Random) -> str:
    first, last, middle = _one("english_first", random), _one("english_last", random), _one("english_first", random)
    form = random.randrange(6)
    if form == 0:
        return f"{first} {middle} {last}"
    return f"{first} {middle[0]}. {last}" if form == 1 else f"{last}, {first}" if form == 2 else f"{first} {last}"


def eastern(name: str) -> bool:
    """Chinese and Korean names have characters of their own: nobody renders them by sound."""
    return name.partition(",")[0].title() in {*POOLS["korean_surnames"].split(), *POOLS["pinyin_surnames"].split()}


def generated(count: int, seed: int) -> list[str]:
    """Names such as stand on long lists, `LAST, First Middle`; one of twenty is Chinese in pinyin."""
    random, made = Random(f"listed {seed}"), dict[str, None]()
    chinese = list(permutations(POOLS["pinyin_syllables"].split(), 2))
    while len(made) < count:
        which = random.random()
        if which < 0.45:
            stem, ends = _one("russian_stems", random), _one("russian_ends", random)
            father = _one("russian_first", random).removesuffix("y")
            name = f"{stem}{random.choice('aeio')}l{ends}, {_one('russian_first', random)} {father}ovich"
        elif which < 0.75:
            name = f"AL-{_one('arab_last', random)}, {_one('arab_first', random)} {_one('arab_first', random)} {_one('arab_last', random)}"
        elif which < 0.90:
            surnames = f"{_one('spanish_last', random)} {_one('spanish_last', random)}"
            name = f"{surnames}, {_one('spanish_first', random)} {_one('spanish_first', random)}"
        elif which < 0.95:
            name = f"{_one('korean_surnames', random)}, {_one('korean_given', random)} {_one('korean_given', random)}"
        else:
            surname = _one("pinyin_surnames", random)
            name = f"{surname}, {''.join(random.choice(chinese)).title()}"
        made[name.upper().partition(",")[0] + ", " + name.partition(", ")[2]] = None
    return list(made)
