"""Names in any script as tokens that can be compared: spelling, sound, and the skeleton of their consonants.

A name is read by the way its letters came: `spelled` (Latin, and Cyrillic or Greek, whose letters have their usual Latin ones), `abjad`
(Arabic and Hebrew, which write few vowels), `rendered` (a foreign name in Chinese characters, 音译, where r is l and v is w) and `chinese`
(a Chinese name, compared by its characters or whole in pinyin). Pure; transliteration of single characters is anyascii's.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from anyascii import anyascii

LONGEST_NAME = 300
DOTTED = frozenset(
    [
        "sa",
        "sro",
        "srl",
        "spa",
        "llc",
        "ltda",
        "sarl",
        "doo",
        "ag",
        "bv",
        "nv",
        "ao",
        "ooo",
        "zao",
        "oao",
        "pjsc",
        "jsc",
    ]
)
MOST_TOKENS = 24
MOST_RUNS = 4


class Way(StrEnum):
    SPELLED = "spelled"
    ABJAD = "abjad"
    RENDERED = "rendered"
    CHINESE = "chinese"


@dataclass(frozen=True, slots=True)
class Token:
    """text: in Latin letters; sound: the same for spellings of one sound; abjad and rendered: classes of consonants, a letter each.

    Of a rendered word `abjad` is its other skeleton: ji and qi stand for ki as for ji, xi for hi as for xi, re for re as for zhe.
    """

    text: str
    way: Way
    sound: str
    abjad: str
    rendered: str


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to understand a name. whole: what a Chinese name is compared by."""

    way: Way
    tokens: tuple[Token, ...]
    whole: tuple[str, ...] = ()


_SEPARATORS = re.compile(r"[\s·•‧・･⸱∙,，、;；/\\|()（）\"“”«»\-‐-―_=＝+&@]+")
_APOSTROPHES = re.compile(r"['’‘ʹʼ`´ʻ]")
_DOTTED = re.compile(r"(?:\b\w\.){2,}(?:\w\b)?|(?:\b\w\.)+\w\b\.?")
_HAN = re.compile(r"[㐀-鿿豈-﫿\U00020000-\U0003ffff]")
_ARABIC = re.compile(r"[֐-ࣿ]")
_NOT_ARABIC = re.compile(r"[^֐-ࣿ\s\-]+")
_HAN_RUN = re.compile(r"([㐀-鿿豈-﫿\U00020000-\U0003ffff]+)")
_PARTED = re.compile(r"[^㐀-鿿豈-﫿\U00020000-\U0003ffff\s·•‧・･⸱∙.．,，\-‐-―=＝]+")
_CYRILLIC_OR_GREEK = re.compile(r"[Ͱ-ԯ]")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")
_ARTICLE = re.compile(r"^ال(?=.{3})")
_MARKS = re.compile(r"[ً-ٰٟـ֑-ׇ]")
# Letters of other scripts that look like Latin ones: within a Latin word they are a disguise.
_LOOK_ALIKE = str.maketrans(
    "аеорсухіјѕԁһвнкмтүАЕОРСУХІЈЅВНКМТαορνικυτΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aeopcyxijsdhbhkmtyAEOPCYXIJSBHKMTaopvikutABEZHIKMNOPTYX"
)
_LOOK_ALIKE_DIGITS = str.maketrans("01345789", "oieaStBg".lower())
# Characters that are read otherwise as a surname.
_SURNAMES = {
    "单": "shan", "單": "shan", "仇": "qiu", "曾": "zeng", "解": "xie", "查": "zha", "区": "ou", "區": "ou", "朴": "piao", "任": "ren",
    "盖": "ge", "蓋": "ge", "翟": "zhai", "缪": "miao", "繆": "miao", "冼": "xian", "乐": "yue", "樂": "yue", "尉迟": "yuchi",
    "尉遲": "yuchi", "长孙": "zhangsun", "長孫": "zhangsun", "万俟": "moqi", "召": "shao", "员": "yun", "秘": "bi", "种": "chong",
    "覃": "qin", "燕": "yan", "隗": "wei", "佴": "nai", "折": "she", "黑": "he", "重": "chong", "纪": "ji", "紀": "ji",
}  # fmt: skip
_COMPOUND = frozenset(
    [
        "欧阳",
        "歐陽",
        "司马",
        "司馬",
        "上官",
        "诸葛",
        "諸葛",
        "东方",
        "東方",
        "皇甫",
        "尉迟",
        "尉遲",
        "公孙",
        "公孫",
        "慕容",
        "长孙",
        "長孫",
        "宇文",
        "司徒",
        "轩辕",
        "令狐",
        "夏侯",
        "万俟",
        "独孤",
        "南宫",
        "闻人",
        "端木",
    ]
)
_TRADITIONAL = str.maketrans(
    "陳張劉楊黃吳趙孫馬羅鄭謝韓馮鄧許蘇蔣賈葉閻鍾範陸廖譚汪龍萬錢湯賴顏嚴莊喬賀龔聶魯齊華國偉強麗燕軍傑濤輝寧飛慶紅蘭鳳葉東勇靜鵬書榮"
    "會銀誠賢錦鎮鐵開關陽際雲電風馨體學實業團產發貿運輸術設計機銀務慈員際導織爾維洛倫羅蘭納達貝費韋諾薩齊喬瑪麗亞",
    "陈张刘杨黄吴赵孙马罗郑谢韩冯邓许苏蒋贾叶阎钟范陆廖谭汪龙万钱汤赖颜严庄乔贺龚聂鲁齐华国伟强丽燕军杰涛辉宁飞庆红兰凤叶东勇静鹏书荣"
    "会银诚贤锦镇铁开关阳际云电风馨体学实业团产发贸运输术设计机银务慈员际导织尔维洛伦罗兰纳达贝费韦诺萨齐乔玛丽亚",
)


# What stands beside a name in other letters and is none.
_NO_NAMES = frozenset(
    ["公司", "有限公司", "集团", "集團", "先生", "女士", "小姐", "贸易有限公司", "中国", "中國", "股份有限公司"]
)


def readings(name: str) -> list[Reading]:
    """Every way in which a name is to be compared; none for one without letters. Cut at LONGEST_NAME characters.

    Of one in several scripts each script is read by itself, and all of it together: `Viktor Bout 王` is Viktor Bout, too.
    """
    plain = _plain(name)
    if not _HAN.search(plain):
        return _spelled_readings(plain)
    rest = _HAN.sub(" ", plain)
    others = words(rest) if any(letter.isalpha() for letter in rest) else []
    found = list(_han_readings(_PARTED.sub(" ", plain) if others else plain))
    for run in _han_runs(plain):
        found += _han_readings(run)
    if others:
        found += [*_spelled_readings(rest), Reading(Way.RENDERED, _mixed(plain))]
    return [reading for reading in dict.fromkeys(found) if reading.tokens or reading.whole]


def _spelled_readings(plain: str) -> list[Reading]:
    """Arabic words are compared without vowels, and so are Latin ones beside them; those also by themselves."""
    if not _ARABIC.search(plain):
        return _reading(Way.SPELLED, words(plain))
    rest = _ARABIC.sub(" ", plain)
    found = _reading(Way.ABJAD, words(plain))
    if any(letter.isalpha() for letter in rest):
        found += _reading(Way.ABJAD, words(_NOT_ARABIC.sub(" ", plain))) + _reading(Way.SPELLED, words(rest))
    return found


def _reading(way: Way, found: list[str]) -> list[Reading]:
    return [Reading(way, tuple(token_of(word, way) for word in found[:MOST_TOKENS]))] if found else []


def _mixed(plain: str) -> tuple[Token, ...]:
    """One name whose words are in several scripts."""
    tokens: list[Token] = []
    for part in _HAN_RUN.split(plain):
        if _HAN.match(part):
            tokens += _rendered(part)
        else:
            way = Way.ABJAD if _ARABIC.search(part) else Way.SPELLED
            tokens += [token_of(word, way) for word in words(part)]
    return tuple(tokens[:MOST_TOKENS])


def _han_runs(plain: str) -> list[str]:
    """Where brackets or other letters part them each is a name of its own, but for what is no name at all."""
    runs = [run.strip(" ·,-") for run in _PARTED.split(plain)]
    found = [run for run in runs if len(run) > 1 and _HAN.search(run) and run not in _NO_NAMES]
    return found[:MOST_RUNS] if len(runs) > 1 else []


def words(plain: str) -> list[str]:
    """Latin words of a name that is not Chinese. Letters with full stops between stay apart: they are initials."""
    spaced = _DOTTED.sub(_undotted, _APOSTROPHES.sub("", plain)).replace(".", " ")
    found = (_latin(word) for word in _SEPARATORS.split(spaced))
    return [part for word in found for part in word.split()]


def _undotted(found: re.Match[str]) -> str:
    """`S.R.O.` is a word, `D.M.` are initials."""
    letters = found[0].replace(".", "")
    return f"{letters if anyascii(letters).lower() in DOTTED else ' '.join(letters)} "


@lru_cache(maxsize=200_000)
def token_of(text: str, way: Way) -> Token:
    single = _DOUBLE.sub(r"\1", text) if way is Way.SPELLED else text
    return Token(text, way, sound(text), _skeleton(single, Way.ABJAD), _skeleton(single, Way.RENDERED))


def joined(tokens: tuple[Token, ...]) -> Token:
    """Neighbours written as one word."""
    one = token_of("".join(token.text for token in tokens), tokens[0].way)
    if tokens[0].way is not Way.RENDERED:
        return one
    skeletons = ("".join(token.abjad for token in tokens), "".join(token.rendered for token in tokens))
    return Token(one.text, one.way, one.sound, *skeletons)


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name[:LONGEST_NAME])
    return _MARKS.sub("", "".join(letter for letter in folded if unicodedata.category(letter) != "Cf"))


def _latin(word: str) -> str:
    if _LATIN.search(word) and _CYRILLIC_OR_GREEK.search(word):
        word = word.translate(_LOOK_ALIKE)
    word = _ARTICLE.sub("", word).replace("ظ", "ز")
    text = re.sub(r"[^a-z0-9 ]", "", anyascii(word).lower())
    letters = sum(letter.isalpha() for letter in text)
    return text.translate(_LOOK_ALIKE_DIGITS) if 2 * (len(text) - letters) < letters else text


_SOUNDS = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("shch|sch|sh", "S"), ("tch|tsh|cz|ch", "C"), ("dzh|dj|zh", "j"), ("kh", "h"), ("gh", "g"), ("ph", "f"), ("th", "t"), ("dh", "d"),
        ("ck", "k"), ("x", "ks"), ("q", "k"), ("c(?=[eiy])", "s"), ("c", "k"), ("w", "v"), ("ou|oo", "u"), ("ee|ii|iy|yi|yy", "i"),
        ("[iyj](?=[ueoa])", "i"), ("ey$|ei$|ay$", "i"), ("ey|ei|ai|ay|ae", "e"), ("y", "i"), (r"(.)\1+", r"\1"), ("(?<=.)h$", ""),
        ("ie|ia(?=.)|io(?=.)", "e"), ("iu", "u"), ("ff$|v$", "f"),
    )
]  # fmt: skip


def sound(text: str) -> str:
    """The same for the usual romanisations of one name: Yuryevich, Iurevich, Yurevich."""
    for pattern, replacement in _SOUNDS:
        text = pattern.sub(replacement, text)
    return text


_CONSONANTS = re.compile(r"shch|sch|tsh|tch|dzh|kh|gh|ph|th|dh|sh|ch|zh|ts|tz|cz|dz|dj|ck|[bcdfghjklmnpqrstvwxz]")
_DOUBLE = re.compile(r"([bcdfgjklmnpqrstvxz])\1+")
_CLASSES = {
    **dict.fromkeys("shch sch tsh tch dzh sh ch zh ts tz cz dz dj j s z".split(), "S"),  # noqa: SIM905
    **dict.fromkeys(["gh", "ck", "k", "q", "g"], "K"), **dict.fromkeys(["th", "dh", "t", "d"], "T"), **dict.fromkeys(["ph", "f", "v"], "F"),
    "kh": "H", "b": "P", "p": "P", "l": "L", "r": "R", "m": "M", "n": "N", "x": "KS",
}  # fmt: skip


def _skeleton(text: str, way: Way) -> str:
    """Consonants by class: voiced and voiceless are one, so are the sibilants. Arabic writes w for vowels; Chinese has l for r, w for v."""
    rendered = way is Way.RENDERED
    classes = []
    for found in _CONSONANTS.finditer(text):
        one, following = found[0], text[found.end() : found.end() + 1]
        if one == "h":
            classes.append("H" if following else "")
        elif one == "w":
            classes.append("F" if rendered else "")
        elif one == "c":
            classes.append("S" if following in tuple("eiy") else "K")
        else:
            classes.append(_CLASSES[one])
    skeleton = "".join(classes)
    return skeleton.replace("R", "L") if rendered else skeleton


def _han_readings(plain: str) -> Iterator[Reading]:
    parts = [part for part in re.split(r"[\s·•‧・･⸱∙.．,，\-‐-―=＝]+", plain) if part]
    characters = "".join(parts).translate(_TRADITIONAL)
    if characters in _NO_NAMES:
        return
    if all(_HAN.match(letter) for letter in characters):
        yield Reading(Way.CHINESE, (), (characters, *_pinyin(characters)))
    # Chinese persons have at most four characters and no point between them; a foreign name has more, or one.
    if len(parts) > 1 or len(characters) > 4:
        tokens = tuple(token for part in parts for token in _rendered(part))
        yield Reading(Way.RENDERED, tokens[:MOST_TOKENS])


def _pinyin(characters: str) -> tuple[str, ...]:
    """A person's name whole, as pinyin writes it; of longer ones, which are no person's, none, nor where a character has no reading."""
    if not 2 <= len(characters) <= 4 or not all(anyascii(character) for character in characters):
        return ()
    length = 2 if characters[:2] in _COMPOUND and len(characters) > 2 else 1
    surname = _SURNAMES.get(characters[:length]) or anyascii(characters[:length]).lower()
    return (surname + anyascii(characters[length:]).lower(),)


_SYLLABLE = re.compile(r"[A-Z][a-z]*|[a-z]+")
_INITIALS = {
    **dict.fromkeys(["zh", "ch", "sh", "j", "q", "x", "z", "c", "s"], "S"), **dict.fromkeys(["g", "k"], "K"), "h": "H", "r": "L", "l": "L",
    "w": "F", "f": "F", **dict.fromkeys(["d", "t"], "T"), **dict.fromkeys(["b", "p"], "P"), "m": "M", "n": "N", "y": "",
}  # fmt: skip


_OTHERS = _INITIALS | {"j": "K", "q": "K", "x": "H", "r": "S"}


def _rendered(part: str) -> tuple[Token, ...]:
    """None of characters that nobody knows how to read."""
    pinyin = anyascii(part)
    syllables = [syllable.lower() for syllable in _SYLLABLE.findall(pinyin)]
    text = re.sub(r"[^a-z0-9]", "", pinyin.lower())
    skeleton, other = ("".join(_syllable(one, initials) for one in syllables) for initials in (_INITIALS, _OTHERS))
    return (Token(text, Way.RENDERED, text, other, skeleton),) if text else ()


def _syllable(syllable: str, initials: Mapping[str, str]) -> str:
    initial = next((one for one in (syllable[:2], syllable[:1]) if one in initials), "")
    ends = "N" if syllable.endswith(("n", "ng")) and len(syllable) > 1 else "L" if syllable == "er" else ""
    return initials.get(initial, "") + ends
