"""Names for the benchmark of screening: variants of a list's names as people write them, and names of innocent people.

Everything here is of its own: no table of the matcher is used, so that a rule that is wrong there is not wrong here, too. Cyrillic goes the
way that passports romanise it backwards, Arabic letter by letter with most short vowels left out, Chinese by the syllables that news agencies
take (新华社译名). Companies and ships are not rendered in Chinese: there they are translated.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from random import Random

PERSONS_ALONE = ("initials", "missing middle name", "Chinese", "Chinese, run together")
NEIGHBOURS = {
    "q": "wa", "w": "qes", "e": "wrd", "r": "etf", "t": "ryg", "y": "tuh", "u": "yij", "i": "uok", "o": "ipl", "p": "ol", "a": "qsz",
    "s": "awdx", "d": "sefc", "f": "drgv", "g": "fthb", "h": "gyjn", "j": "hukm", "k": "jil", "l": "kop", "z": "asx", "x": "zsc",
    "c": "xdv", "v": "cfb", "b": "vgn", "n": "bhm", "m": "njk",
}  # fmt: skip
CYRILLIC = (
    ("shch", "щ"), ("yevich", "евич"), ("kh", "х"), ("zh", "ж"), ("ch", "ч"), ("sh", "ш"), ("ts", "ц"), ("ya", "я"), ("yu", "ю"), ("yo", "ё"),
    ("ye", "е"), ("iy", "ий"), ("ii", "ий"), ("ay", "ай"), ("ey", "ей"), ("ph", "ф"), ("th", "т"), ("ck", "к"), ("oo", "у"), ("ee", "и"),
    ("a", "а"), ("b", "б"), ("c", "к"), ("d", "д"), ("e", "е"), ("f", "ф"), ("g", "г"), ("h", "х"), ("i", "и"), ("j", "дж"), ("k", "к"),
    ("l", "л"), ("m", "м"), ("n", "н"), ("o", "о"), ("p", "п"), ("q", "к"), ("r", "р"), ("s", "с"), ("t", "т"), ("u", "у"), ("v", "в"),
    ("w", "в"), ("x", "кс"), ("y", "ы"), ("z", "з"),
)  # fmt: skip
ARABIC = (
    ("tsh", "تش"), ("kh", "خ"), ("zh", "ج"), ("ch", "تش"), ("sh", "ش"), ("ts", "تس"), ("th", "ث"), ("gh", "غ"), ("ph", "ف"), ("ck", "ك"),
    ("oo", "و"), ("ee", "ي"), ("ou", "و"), ("b", "ب"), ("c", "ك"), ("d", "د"), ("f", "ف"), ("g", "غ"), ("h", "ه"), ("j", "ج"), ("k", "ك"),
    ("l", "ل"), ("m", "م"), ("n", "ن"), ("p", "ب"), ("q", "ق"), ("r", "ر"), ("s", "س"), ("t", "ت"), ("v", "ف"), ("w", "و"), ("x", "كس"),
    ("y", "ي"), ("z", "ز"), ("a", "ا"), ("i", "ي"), ("o", "و"), ("u", "و"), ("e", ""),
)  # fmt: skip
# Of each consonant: with a, e, i, o, u, then with n after those, then alone.
SYLLABLES = {
    "": "阿埃伊奥乌安恩因翁温", "b": "巴贝比博布班本宾邦本布", "k": "卡克基科库坎肯金孔昆克", "d": "达德迪多杜丹登丁东敦德", "f": "法费菲福富凡芬芬丰丰夫",
    "g": "加格吉戈古甘根金贡贡格", "h": "哈赫希霍胡汉亨欣洪洪赫", "j": "贾杰吉乔朱詹真金容准奇", "l": "拉莱利洛卢兰伦林朗伦尔", "m": "马梅米莫穆曼门明蒙蒙姆",
    "n": "纳内尼诺努南嫩宁农农恩", "p": "帕佩皮波普潘彭平蓬蓬普", "r": "拉雷里罗鲁兰伦林龙伦尔", "s": "萨塞西索苏桑森辛松孙斯", "sh": "沙谢希肖舒尚申欣雄顺什",
    "ch": "查切奇乔丘钱琴钦琼春奇", "ts": "察采齐佐楚灿岑青聪聪茨", "t": "塔特蒂托图坦滕廷顿通特", "v": "瓦韦维沃武万文温冯文夫", "w": "瓦韦威沃伍万文温翁文",
    "y": "亚耶伊约尤扬延因永云伊", "z": "扎泽齐佐祖赞曾津宗尊兹", "kh": "哈赫希霍胡汉亨欣洪洪赫", "zh": "扎热日若茹然任任容容日",
}  # fmt: skip
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
    made = []
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
        return _written([*one.words[: one.surnames or 1], *one.words[one.surnames or 1 :]], random).replace(" ", ", ", 1)
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
    text = "".join(ACCENTS.get(letter, letter) if random.random() < 0.4 else letter for letter in " ".join(_spoken(one)))
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
}


SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红鑫文辉建国志海玲飞云宇浩然子轩梓涵欣怡佳琪博雅晨思雨嘉俊豪天翔鹏程雪梅春兰永胜立新晓东小龙淑珍凤金荣德成家庆一诺若曦可馨奕泽昊宸婷月乐安康宁瑞诗函琳倩颖彤"
FIRST = (
    "James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard Susan Joseph Jessica Thomas Sarah Charles"
    " Karen Christopher Lisa Daniel Nancy Matthew Betty Anthony Margaret Mark Sandra Donald Ashley Steven Kimberly Paul Emily Andrew Donna"
    " Joshua Michelle Kenneth Carol Kevin Amanda Brian Dorothy George Melissa Timothy Deborah Ronald Stephanie Edward Rebecca Jason Sharon"
    " Jeffrey Laura Ryan Cynthia Jacob Kathleen Gary Amy Nicholas Angela Eric Shirley Jonathan Anna Stephen Brenda Larry Pamela Justin Emma"
    " Scott Nicole Brandon Helen Benjamin Samantha Samuel Katherine Gregory Christine Elvis Angus Artem Dmitry Logan Burton Raul Frank Alexander"
).split()
LAST = (
    "Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson Anderson Thomas Taylor Moore"
    " Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson Walker Young Allen King Wright Scott Torres Nguyen"
    " Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter Roberts Gomez Phillips Evans Turner Diaz Parker Cruz Edwards"
    " Collins Reyes Stewart Morris Morales Murphy Cook Rogers Gutierrez Ortiz Morgan Cooper Peterson Bailey Reed Kelly Howard Ramos Kim Cox"
    " Ward Richardson Watson Brooks Chavez Wood Bennett Gray Mendoza Ruiz Hughes Price Alvarez Castillo Sanders Patel Myers Long Ross Foster"
    " Logan Moreno Burgess Morey Burton Morton Moran Loren Horton Frunze Marlow Dalton Leader Presley Logue Angus Daniels Martino Morano"
).split()


def innocents(count: int, seed: int) -> Iterator[str]:
    """Half Chinese, a fifth of them in pinyin, half English, a third with a middle name or initial; all different."""
    random, seen = Random(f"innocent {seed}"), set[str]()
    while len(seen) < count:
        name = _chinese_person(random) if len(seen) < count // 2 else _english_person(random)
        if name not in seen:
            seen.add(name)
            yield name


def _chinese_person(random: Random) -> str:
    surname = SURNAMES[min(int(random.expovariate(1 / 22)), len(SURNAMES) - 1)]
    return surname + "".join(random.choice(GIVEN) for _ in range(1 if random.random() < 0.15 else 2))


def _english_person(random: Random) -> str:
    first, last, middle = random.choice(FIRST), random.choice(LAST), random.choice(FIRST)
    form = random.randrange(6)
    if form == 0:
        return f"{first} {middle} {last}"
    return f"{first} {middle[0]}. {last}" if form == 1 else f"{last}, {first}" if form == 2 else f"{first} {last}"


RUSSIAN = (
    "Ivan Pyotr Sergey Aleksey Nikolay Mikhail Vladimir Yuriy Andrey Oleg Igor Viktor Boris Gennady Konstantin Leonid Stanislav Vyacheslav Ruslan Timur".split(),
    "Abram Bogd Chern Dubr Fedor Golov Ignat Karp Lavr Morozk Nesterk Ozer Pavl Romanenk Sokol Tarask Ustin Vorob Yakush Zaits Shcherb Khokhl Grechk"
    " Levash Mukhort Pestr Rzhevsk Svirid Tyut Zhigal".split(),
    ("ov", "ev", "in", "enko", "sky", "kin", "chuk", "ovich"),
)  # fmt: skip
ARAB = (
    "Mohammed Ahmad Abdullah Khalid Omar Yusuf Hassan Ibrahim Mustafa Tariq Faisal Samir Walid Nasser Jamal Karim Rashid Salim Bilal Hamza".split(),
    "Rahman Masri Tikriti Jaziri Zawahri Baghdadi Hamdani Shammari Qasimi Obeidi Dulaimi Zubaydi Harbi Otaibi Ghamdi Qurashi Maliki Sadiqi Bakri Hourani"
    " Tamimi Khatib Najjar Haddad Sabbagh Dabbagh Turkmani Halabi Dimashqi Shirazi".split(),
)  # fmt: skip
SPANISH = (
    "Joaquin Ismael Ovidio Rafael Nemesio Dario Heriberto Arturo Servando Fidencio Baltazar Eleazar Leopoldo Gilberto Everardo".split(),
    "Zambada Caro Oseguera Usuga Lazcano Trevino Beltran Arellano Coronel Quintero Esparragoza Carrillo Valdovinos Mondragon Ibarra Cienfuegos Urrego"
    " Marulanda Echeverri Saldarriaga".split(),
)  # fmt: skip
CHINESE = "Wang Li Zhang Chen Huang Zhou Sun Ma Guo He Deng Xiao Tian".split()
KOREAN = (
    "Chol Yong Kwang Song Myong Hyok Jong Un Il Tae Pyong Nam".split(),
    "Ri Kim Pak Choe Jang Kang Ryu Chon".split(),
)


def eastern(name: str) -> bool:
    """Chinese and Korean names have characters of their own: nobody renders them by sound."""
    return name.partition(",")[0].title() in {*KOREAN[1], *CHINESE}


def generated(count: int, seed: int) -> list[str]:
    """Names such as stand on long lists, `LAST, First Middle`; one of twenty is Chinese in pinyin."""
    random, made = Random(f"listed {seed}"), dict[str, None]()
    chinese = list(permutations("hao jun bin kai lei yong ming wei feng jian".split(), 2))
    while len(made) < count:
        which = random.random()
        if which < 0.45:
            stem, ends = random.choice(RUSSIAN[1]), random.choice(RUSSIAN[2])
            father = random.choice(RUSSIAN[0]).removesuffix("y")
            name = f"{stem}{random.choice('aeio')}l{ends}, {random.choice(RUSSIAN[0])} {father}ovich"
        elif which < 0.75:
            name = f"AL-{random.choice(ARAB[1])}, {random.choice(ARAB[0])} {random.choice(ARAB[0])} {random.choice(ARAB[1])}"
        elif which < 0.90:
            name = f"{random.choice(SPANISH[1])} {random.choice(SPANISH[1])}, {random.choice(SPANISH[0])} {random.choice(SPANISH[0])}"
        elif which < 0.95:
            name = f"{random.choice(KOREAN[1])}, {random.choice(KOREAN[0])} {random.choice(KOREAN[0])}"
        else:
            surname = random.choice(CHINESE)
            name = f"{surname}, {''.join(random.choice(chinese)).title()}"
        made[name.upper().partition(",")[0] + ", " + name.partition(", ")[2]] = None
    return list(made)
