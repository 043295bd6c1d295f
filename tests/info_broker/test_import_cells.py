import pytest

from services.info_broker.errors import WrongHeader
from services.info_broker.imports.cells import object_of
from services.info_broker.imports.readers import FUND_CLASSES, Reading, check_header


def test_a_header_of_paths_builds_the_object() -> None:
    header = [
        "code",
        "terms.kind",
        "terms.minimum_minor",
        "terms.insured",
        "licences.1.kind",
        "licences.0.kind",
        "x_days",
    ]
    cells = ["a", "deposit", "5000", "TRUE", "second", "first", "2.5"]
    assert object_of(header, cells) == {
        "code": "a",
        "terms": {"kind": "deposit", "minimum_minor": 5000, "insured": True},
        "licences": [{"kind": "first"}, {"kind": "second"}],
        "x_days": "2.5",
    }


def test_words_are_split_and_empty_cells_are_absent() -> None:
    assert object_of(["product_name_prefixes", "name_en", "source"], ["汇添富; 添富;", "", None]) == {
        "product_name_prefixes": ["汇添富", "添富"]
    }


@pytest.mark.parametrize(
    "header", [None, ["code", "code"], ["Code"], ["a b"], ["terms", "terms.kind"], ["licences.0", "licences.0.kind"]]
)
def test_a_header_that_does_not_name_the_columns_is_refused(header: list[str] | None) -> None:
    with pytest.raises(WrongHeader):
        check_header(header, [["a", "b"]], required=True)


def test_rows_of_objects_need_no_header() -> None:
    check_header(None, [{"code": "a"}], required=True)


FUND = ["000001", "HXCZHH", "华夏成长混合", "混合型", "HUAXIACHENGZHANGHUNHE"]


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        (FUND[:4], None, "wrong_number_of_fields"),
        (["1", *FUND[1:]], "code", "invalid_value"),
        ([*FUND[:2], "", *FUND[3:]], "name", "missing_field"),
        ([*FUND[:2], "nul\x00", *FUND[3:]], "name", "invalid_value"),
        ([*FUND[:2], "lone \ud800", *FUND[3:]], "name", "invalid_value"),
        (["000002", *FUND[1:3], "鬼知道型", FUND[4]], "source_class", "unknown_fund_class"),
        ({"code": "000001"}, "initials", "missing_field"),
        ({"code": 1, **dict(zip(["initials", "name", "source_class", "pinyin"], FUND[1:], strict=True))}, "code", "invalid_value"),
        (dict(zip(["code", "initials", "name", "source_class", "pinyin", "x"], [*FUND, "y"], strict=True)), "x", "unknown_field"),
    ],
)  # fmt: skip
def test_a_bad_row_is_refused_by_line_field_and_reason(row: object, field: str | None, code: str) -> None:
    reading = Reading("funds.js", 41, None)
    assert list(reading.funds([FUND, row] if row != FUND else [row])) == [41]
    (refused,) = reading.refused
    assert (refused.file, refused.line, refused.field, refused.code) == ("funds.js", 42, field, code)


def test_the_second_of_two_with_one_code_is_refused() -> None:
    reading = Reading("funds.js", 1, None)
    assert list(reading.funds([FUND, FUND])) == [1]
    assert [refused.code for refused in reading.refused] == ["duplicate_in_request"]


def test_every_class_of_the_source_has_its_own_meaning() -> None:
    assert len(set(FUND_CLASSES.values())) == len(FUND_CLASSES)
