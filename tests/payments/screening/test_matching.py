"""Names as they come, against a small list: who is meant, who is not, and why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.screening.laying import Kind, ListedName
from services.payments.screening.matching import CompiledList
from services.payments.screening.scripts import LONGEST_NAME, Way, readings

BOUT, KADYROV, SHIPPING, MOHAMMED, WANG, HAN, ALIAS = range(7)
LIST = CompiledList(
    [
        ListedName(BOUT, "BOUT, Viktor Anatolijevich", True),
        ListedName(KADYROV, "KADYROV, Ramzan Akhmatovich", True),
        ListedName(SHIPPING, "ORIENT SHIPPING COMPANY LIMITED", False),
        ListedName(MOHAMMED, "AL-ZAWAHIRI, Ayman Mohammed", True),
        ListedName(WANG, "WANG, Xiaoming", True),
        ListedName(HAN, "东方贸易有限公司", False),
        ListedName(ALIAS, "LOCKBITSUPP", True),
    ]
)


def found(name: str, kind: Kind = Kind.PERSON) -> list[int]:
    return [match.entry for match in LIST.matches(name, kind)]


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("Viktor Bout", BOUT), ("BOUT VIKTOR", BOUT), ("V. Bout", BOUT), ("Bout, V. A.", BOUT), ("Viktor A. Bout", BOUT),
        ("Víctor  Bóut", BOUT), ("Vlktor Bout", BOUT), ("ViktorBout", BOUT), ("Vik tor Bout", BOUT), ("Mr Viktor Bout", BOUT),
        ("Viktor B\u200bout", BOUT), ("V\u0456kt\u043er Bout", BOUT), ("V1ktor B0ut", BOUT), ("Ｖｉｋｔｏｒ Ｂｏｕｔ", BOUT),
        ("Kadyrov Ramzan", KADYROV), ("Рамзан Ахматович Кадыров", KADYROV), ("رمضان قديروف", KADYROV), ("拉姆赞·卡德罗夫", KADYROV),
        ("拉姆赞卡德罗夫", KADYROV), ("Ramzan Qadirov", KADYROV), ("Aiman az-Zawahiri", MOHAMMED), ("أيمن الظواهري", MOHAMMED),
        ("Viktor Bout 王", BOUT), ("王 Viktor Bout", BOUT), ("Viktor Bout (维克托·布特)", BOUT), ("Boris (拉姆赞·卡德罗夫)", KADYROV),
        ("Рамзан Кадыров（先生）", KADYROV), ("رمضان قديروف Kadyrov", KADYROV), ("王小明(先生)", WANG),
        ("王小明 Boris", WANG), ("王小明 2", WANG), ("㧝 Viktor Bout", BOUT), ("王小明", WANG),
        ("Xiaoming Wang", WANG), ("Xiao Ming Wang", WANG), ("LockBitSup", ALIAS),
    ],
)  # fmt: skip
def test_a_listed_person_is_found(name: str, entry: int) -> None:
    assert entry in found(name)


@pytest.mark.parametrize(
    "name",
    [
        "Viktor Smirnov", "Viktor", "Bout", "Anatolijevich Viktor", "John Bout", "V. B.", "王晓红", "小明", "王明", "Ramzan Ivanov",
        "Viktor 王", "Boris 卡德", "㧝", "㧝小明", "Viktor (先生)", "卡德",
        "Mohammed Ayman", "Lock Smith", "Orient Shipping", "东方贸易", "", "...", "12345", "李拉姆",
    ],
)  # fmt: skip
def test_somebody_else_is_not(name: str) -> None:
    assert found(name) == []


def test_organisations_are_compared_with_everybody() -> None:
    for name in ("Orient Shipping Co., Ltd.", "SHIPPING ORIENT", "Oriant Shipping Company", "Ориент Шиппинг Компани"):
        assert found(name, Kind.ORGANISATION)[:1] == [SHIPPING], name
    assert found("東方貿易有限公司", Kind.ORGANISATION) == [HAN]
    assert found("Viktor Bout", Kind.ORGANISATION) == [BOUT]
    assert found("Orient Express Company", Kind.ORGANISATION) == []


def test_a_form_of_company_in_characters_is_nobodys_name() -> None:
    for name in ("Rostec 公司", "公司 Orient Shipping", "㧝 V. Orient Shipping Co"):
        mixed = CompiledList([ListedName(0, "ROSTEC 公司", False), ListedName(1, "ORIENT SHIPPING (㧝)", False)])
        assert [match.entry for match in mixed.matches(name, Kind.ORGANISATION)] == [int("Orient" in name)], name
    assert LIST.matches("Rostec 公司", Kind.ORGANISATION) == []


def test_nobody_is_held_for_innocent_because_others_are_more_alike() -> None:
    many = CompiledList([ListedName(entry, "BOUT, Viktor" + " Ivan" * (entry % 2), True) for entry in range(60)])
    assert {match.entry for match in many.matches("Viktor Bout", Kind.PERSON)} == set(range(60))


def test_a_character_that_nobody_can_read_stops_nobody() -> None:
    strange = CompiledList([ListedName(0, "㧝·维克托·布特", True), ListedName(1, "㧝", False)])
    assert [match.entry for match in strange.matches("V. Bout, Viktor", Kind.PERSON)] in ([], [0])


def test_why_is_told() -> None:
    (match,) = LIST.matches("Bout, Wiktor A", Kind.PERSON)
    told = {(one.asked, one.listed, one.how) for one in match.pairings}
    assert told == {("bout", "bout", "same"), ("wiktor", "viktor", "alike"), ("a", "anatolijevich", "initial")}
    assert 0.8 < match.score < 1


@given(st.text(max_size=LONGEST_NAME + 50))
def test_any_text_is_compared_and_scores_stay_in_bounds(text: str) -> None:
    for kind in Kind:
        assert all(0.8 <= match.score <= 1 for match in LIST.matches(text, kind))


@given(st.permutations(["ramzan", "akhmatovich", "kadyrov"]), st.sampled_from([str.upper, str.title, str.lower]))
def test_the_order_of_words_says_nothing(words: list[str], written: object) -> None:
    assert callable(written)
    assert found(written(" ".join(words))) == [KADYROV]


def test_a_chinese_name_is_read_as_its_surname_is() -> None:
    for name, pinyin in (("单小明", "shanxiaoming"), ("欧阳娜", "ouyangna"), ("曾伟", "zengwei"), ("張偉", "zhangwei")):
        (reading,) = readings(name)
        assert (reading.way, reading.whole[1]) == (Way.CHINESE, pinyin)
