"""What a file says before anything is sent: lines, encodings, and one clear line about what cannot be read."""

from pathlib import Path

import pytest

from suite.reading.kinds import OLIST, UnknownKind, files_of, kind_named, parcels_of
from suite.reading.sheets import ReadFault, read_array, read_csv, read_fund_page

COLUMNS = ("code", "initials", "name", "source_class", "pinyin")


def written(folder: Path, name: str, content: str | bytes) -> Path:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def test_a_row_knows_the_line_where_it_begins(tmp_path: Path) -> None:
    file = written(tmp_path, "a.csv", 'id,text\n1,plain\n\n2,"two\nlines"\n3,after\n')
    sheet = read_csv(file)
    assert sheet.header == ["id", "text"]
    assert [(row.line, row.cells) for row in sheet.rows] == [
        (2, ["1", "plain"]),
        (4, ["2", "two\nlines"]),
        (6, ["3", "after"]),
    ]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path: Path, mark: bytes) -> None:
    assert read_csv(written(tmp_path, "a.csv", mark + "编号,名\r\n1,二\r\n".encode())).header == ["编号", "名"]


def test_a_file_of_nothing_but_a_header_has_no_rows(tmp_path: Path) -> None:
    assert read_csv(written(tmp_path, "a.csv", "id,text\n")).rows == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        ("id\n杭州\n".encode("gb18030"), "is not UTF-8 (line 2, byte 0xba); save it as UTF-8"),
        ("id\n1\n".encode("utf-16"), "is UTF-16; save it as UTF-8"),
        (b"id,id\n", "the header has id twice"),
        (b"id,\n", "column 2 of the header has no name"),
        (b'id\n1\n"' + b"x" * 1_000_001, "cannot be read after line"),
    ],
)
def test_what_is_no_table_is_told_in_one_line(tmp_path: Path, content: bytes, told: str) -> None:
    file = written(tmp_path, "a.csv", content)
    with pytest.raises(ReadFault) as caught:
        read_csv(file)
    assert told in str(caught.value)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_array_is_read_out_of_javascript(tmp_path: Path) -> None:
    sheet = read_array(
        written(tmp_path, "a.js", '\ufeffvar r = [["000001","HX","华夏"],["000002","HX","x"]];'), COLUMNS
    )
    assert sheet.header == list(COLUMNS)
    assert [(row.line, row.cells[0]) for row in sheet.rows] == [(1, "000001"), (2, "000002")]


@pytest.mark.parametrize(
    ("content", "told"), [("", "is empty"), ("var r;", "holds no array"), ("var r = [1, 2", "holds no readable array")]
)
def test_javascript_without_an_array_is_told(tmp_path: Path, content: str, told: str) -> None:
    with pytest.raises(ReadFault, match=told):
        read_array(written(tmp_path, "a.js", content), COLUMNS)


PAGE = """/* a page */ var fS_code = "000004"; var Data_netWorthTrend = [{"x": 1363708800000, "y": 1.0, "unitMoney": ""},
    {"x": 1363881600000, "y": 0.998, "unitMoney": "分红：每份派现金0.05元"}, {"x": null}];"""


def test_a_funds_page_is_read_day_by_day(tmp_path: Path) -> None:
    """Midnight in China is the day before in London: 1363708800000 is 20 March 2013, 00:00 in Shanghai."""
    sheet = read_fund_page(written(tmp_path, "fund_000004.js", PAGE))
    assert [row.cells for row in sheet.rows] == [
        ["000004", "2013-03-20", "1.0", None],
        ["000004", "2013-03-22", "0.998", "分红：每份派现金0.05元"],
        ["000004", None, None, None],
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("var Data_netWorthTrend = [];", "fS_code is missing"),
        ('var fS_code = "000004";', "holds no Data_netWorthTrend"),
        ('var fS_code = "000004"; var Data_netWorthTrend = [{', "Data_netWorthTrend cannot be read"),
    ],
)
def test_a_page_that_is_none_is_told(tmp_path: Path, content: str, told: str) -> None:
    with pytest.raises(ReadFault, match=told):
        read_fund_page(written(tmp_path, "fund_000004.js", content))


def test_a_folder_of_funds_holds_a_list_and_pages(tmp_path: Path) -> None:
    written(tmp_path, "funds.js", "var r = [];")
    for code in ("000004", "000001"):
        written(tmp_path, f"fund_{code}.js", PAGE)
    found = [(wanted.source, file.name) for wanted, file in files_of(kind_named("funds"), tmp_path)]
    assert found == [
        ("eastmoney.funds", "funds.js"),
        ("eastmoney.net_values", "fund_000001.js"),
        ("eastmoney.net_values", "fund_000004.js"),
    ]


def test_a_folder_without_the_files_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReadFault, match=r"does not hold olist_sellers_dataset\.csv or sellers\.csv"):
        files_of(kind_named("marketplace"), tmp_path)


def test_one_file_of_several_is_known_by_its_name(tmp_path: Path) -> None:
    kind = kind_named("marketplace")
    ((wanted, _),) = files_of(kind, written(tmp_path, "order_items.csv", "a\n"))
    assert wanted.source == "olist.order_items"
    with pytest.raises(ReadFault, match="is none of"):
        files_of(kind, written(tmp_path, "something.csv", "a\n"))


def test_a_file_by_another_name_is_the_one_that_its_kind_needs(tmp_path: Path) -> None:
    ((wanted, _),) = files_of(kind_named("funds"), written(tmp_path, "my own.js", ""))
    assert wanted.source == "eastmoney.funds"


def test_whose_marketplace_it_is_stands_beside_the_files(tmp_path: Path) -> None:
    for name in ("sellers", "orders", "order_items", "order_payments"):
        written(tmp_path, f"{name}.csv", "id\n1\n")
    with pytest.raises(ReadFault, match=r"marketplace\.toml with code, currency, zone is missing"):
        parcels_of(kind_named("marketplace"), tmp_path)
    written(tmp_path, "marketplace.toml", 'code = "silk"\ncurrency = "CNY"\n')
    with pytest.raises(ReadFault, match="lacks zone"):
        parcels_of(kind_named("marketplace"), tmp_path)
    written(tmp_path, "marketplace.toml", 'code = "silk"\ncurrency = "CNY"\nzone = "Asia/Shanghai"\n')
    first, *_ = parcels_of(kind_named("marketplace"), tmp_path)
    assert first.facts == {
        "source": "olist.sellers", "marketplace": "silk", "currency": "CNY", "zone": "Asia/Shanghai",
    }  # fmt: skip


def test_files_with_olists_names_are_olists(tmp_path: Path) -> None:
    for name in ("sellers", "orders", "order_items", "order_payments"):
        written(tmp_path, f"olist_{name}_dataset.csv", "id\n1\n")
    first, *_ = parcels_of(kind_named("marketplace"), tmp_path)
    assert first.facts == {"source": "olist.sellers", **OLIST}


def test_an_unknown_kind_names_those_there_are() -> None:
    with pytest.raises(UnknownKind, match="marketplace"):
        kind_named("nothing")
