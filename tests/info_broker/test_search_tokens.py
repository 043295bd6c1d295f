from hypothesis import given
from hypothesis import strategies as st

from services.info_broker.search.rules import Match, match_of, popularity
from services.info_broker.search.tokens import document_tokens, normalise, query_tokens, search_text, terms

CHINESE = st.text(alphabet="华夏成长混合债券易方达沪深", min_size=1, max_size=12)
LATIN = st.text(alphabet="abcxyz019", min_size=1, max_size=12)


def test_chinese_is_cut_into_characters_and_pairs() -> None:
    assert document_tokens(["华夏成长"]) == sorted(["华", "夏", "成", "长", "华夏", "夏成", "成长"])
    assert query_tokens("华夏成长") == sorted(["华夏", "夏成", "成长"])
    assert query_tokens("债") == ["债"]


def test_latin_is_cut_into_threes_and_beginnings() -> None:
    assert document_tokens(["HXCZ"]) == sorted(["^h", "^hx", "hxc", "xcz"])
    assert query_tokens("hx") == ["^hx"]
    assert query_tokens("hxcz") == ["hxc", "xcz"]


def test_scripts_are_told_apart_and_widths_made_one() -> None:
    assert terms("华夏ＥＴＦ 50") == ["华夏", "etf", "50"]
    assert normalise(" Ａ\x00b ") == "a b"


def test_a_query_of_signs_holds_nothing() -> None:
    assert query_tokens(" %_·!? ") == []


def test_an_absent_part_keeps_its_line() -> None:
    assert search_text(["000001", "", None, "华夏成长"]).split("\n") == ["000001", "", "", "华夏成长"]


@given(CHINESE, st.data())
def test_every_stretch_of_a_chinese_name_finds_it(name: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(name) - 1))
    stretch = name[start : data.draw(st.integers(start + 1, len(name)))]
    assert set(query_tokens(stretch)) <= set(document_tokens([name]))


@given(LATIN, st.data())
def test_every_beginning_and_every_longer_stretch_of_a_word_finds_it(word: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(word) - 1))
    stretch = word[start : data.draw(st.integers(start + 1, len(word)))]
    if start == 0 or len(stretch) >= 3:
        assert set(query_tokens(stretch)) <= set(document_tokens([word]))


def test_popularity_never_lifts_a_match_into_the_next_class() -> None:
    assert [popularity(viewers) for viewers in (0, 1, 2, 3, 7, 8, 511, 10**9)] == [0, 1, 1, 2, 3, 3, 9, 9]
    assert match_of(Match.NAME_BEGINS + popularity(10**9)) is Match.NAME_BEGINS
