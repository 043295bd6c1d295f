"""Statement files of every kind: read to the fen, or refused with the place and the reason."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.clock import SUITE_ZONE
from services.payments.reconciliation import camt, delimited, mt940, rules
from services.payments.reconciliation.errors import UnreadableFile
from services.payments.reconciliation.mappings import SHIPPED
from services.payments.reconciliation.model import Form, ReadStatement, ReconciledAccount, StatementKind
from services.payments.reconciliation.reading import read
from tests.payments.reconciliation import files

DATA = Path(__file__).resolve().parents[4] / "shared/data"
OURS = "chi_01jd0000000000000000000001"
ENTRIES = [("ICBC0000000001", 12_345, OURS), ("ICBC0000000002", -45, "chi_01jd0000000000000000000002")]
ACCOUNT = ReconciledAccount(UUID(int=1), "ICBC", files.NUMBER, "CNY", 3, 0, 0, datetime(2026, 1, 1, tzinfo=UTC), None)
TABLES = {"alipay": files.alipay, "wechat": files.wechat}


def taken(content: bytes, form: Form = Form.CAMT, mapping: str = "", **more: bool) -> list[ReadStatement]:
    return read(content, form, ACCOUNT, SUITE_ZONE, mapping=SHIPPED.get(mapping), **more)  # type: ignore[arg-type]


def refusal(content: bytes, form: Form = Form.CAMT, mapping: str = "") -> tuple[str, int | None]:
    with pytest.raises(UnreadableFile) as refused:
        taken(content, form, mapping)
    return refused.value.code, refused.value.facts.get("line")


@pytest.mark.parametrize("version", range(2, 9))
@pytest.mark.parametrize("kind", [53, 54])
def test_every_version_of_camt(kind: int, version: int) -> None:
    (statement,) = taken(files.camt(ENTRIES, kind=kind, version=version, opening=100))
    assert statement.kind is (StatementKind.STATEMENT if kind == 53 else StatementKind.NOTIFICATION)
    assert (statement.account_number, statement.currency, statement.from_on) == (files.NUMBER, "CNY", files.DAY)
    assert [(one.servicer_reference, one.amount, one.reference) for one in statement.lines] == ENTRIES
    assert rules.difference(statement) == (0 if kind == 53 else None)


@pytest.mark.parametrize("mapping", TABLES)
def test_chinese_bills(mapping: str) -> None:
    (statement,) = taken(TABLES[mapping](ENTRIES), Form.TABLE, mapping)
    assert [(one.servicer_reference, one.amount, one.reference) for one in statement.lines] == ENTRIES
    assert {one.value_on for one in statement.lines} == {files.DAY}


def test_mt940_finds_our_reference_across_the_cut_of_a_line() -> None:
    (statement,) = taken(files.mt940(ENTRIES, opening=500), Form.MT940)
    found = [(one.servicer_reference, one.amount, one.reference.replace("-", "_")) for one in statement.lines]
    assert found == ENTRIES
    assert (statement.opening, statement.closing) == (500, 12_800)


@pytest.mark.parametrize("name", ["abnamro", "generic", "ing", "knab", "mt940", "rabobank-iban", "sepa_mt9401"])
def test_dialects_of_real_banks(name: str) -> None:
    """Of some the sample was cut by whoever published it; all of the others add up to their closing balance."""
    place = DATA / "mt940" / f"{name}.sta"
    if not place.exists():
        pytest.skip("the real statements are not here")
    content = place.read_bytes()
    found = mt940.read(content)
    assert sum(len(one.lines) for one in found) == content.count(b":61:")
    if name not in ("abnamro", "ing", "knab"):
        assert {rules.difference(one) for one in found} == {0}


@pytest.mark.parametrize(
    "name",
    ["camt053.v2.minimal", "camt053.v2.multi.statement", "camt053.v2.with-party-ids", "camt053.v8", "camt054.v8"],
)
def test_samples_of_real_banks(name: str) -> None:
    place = DATA / "iso20022/samples" / f"{name}.xml"
    if not place.exists():
        pytest.skip("the real statements are not here")
    found = camt.read(place.read_bytes(), SUITE_ZONE)
    assert sum(len(one.lines) for one in found) == place.read_bytes().count(b"<Ntry>")


def test_a_wrong_sample_is_refused_with_its_line() -> None:
    place = DATA / "iso20022/samples/camt053.v2.wrong.xml"
    if not place.exists():
        pytest.skip("the real statements are not here")
    with pytest.raises(UnreadableFile) as refused:
        camt.read(place.read_bytes(), SUITE_ZONE)
    assert (refused.value.code, refused.value.facts["line"]) == ("not_by_schema", 3)
    assert "Stmt" in refused.value.detail


WHOLE = files.camt(ENTRIES)
BILL = files.alipay(ENTRIES)
ENTITIES = WHOLE.replace(b"<Document", b'<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>\n<Document', 1)
REFUSED: dict[str, tuple[bytes, Form, str, str, int | None]] = {
    "empty": (b" \n", Form.CAMT, "", "file_empty", None),
    "cut in the middle": (WHOLE[: len(WHOLE) // 2], Form.CAMT, "", "file_truncated", 3),
    "cut at the end": (WHOLE[:-4], Form.CAMT, "", "file_truncated", 5),
    "entities": (ENTITIES, Form.CAMT, "", "document_type_not_allowed", None),
    "another encoding": (WHOLE.replace(b"payment", "付款".encode("gb18030")), Form.CAMT, "", "wrong_encoding", 3),
    "utf-16": (WHOLE.decode().encode("utf-16"), Form.CAMT, "", "wrong_encoding", 1),
    "utf-16 without its mark": (ENTITIES.decode().encode("utf-16-le"), Form.CAMT, "", "wrong_encoding", 1),
    "entities in another encoding": (
        ENTITIES.replace(b'encoding="UTF-8"', b'encoding="UTF-7"').replace(b"<!", b"+ADwAIQ-"),
        Form.CAMT,
        "",
        "wrong_encoding",
        1,
    ),
    "said to be in another encoding": (
        WHOLE.replace(b'encoding="UTF-8"', b'encoding="ISO-8859-1"'),
        Form.CAMT,
        "",
        "wrong_encoding",
        1,
    ),
    "no XML": (b"hello", Form.CAMT, "", "not_of_this_form", None),
    "another document": (WHOLE.replace(b"camt.053.001.08", b"pain.001.001.09"), Form.CAMT, "", "not_of_this_form", 2),
    "another version": (WHOLE.replace(b"camt.053.001.08", b"camt.053.001.99"), Form.CAMT, "", "not_of_this_form", 2),
    "not by its schema": (
        WHOLE.replace(b"<Amt", b"<Amnt").replace(b"</Amt", b"</Amnt"),
        Form.CAMT,
        "",
        "not_by_schema",
        2,
    ),
    "another account": (files.camt(ENTRIES, number="CCB-RESERVE-CNY"), Form.CAMT, "", "another_account", None),
    "another currency": (files.camt(ENTRIES, currency="USD"), Form.CAMT, "", "another_currency", None),
    "not balanced": (files.camt(ENTRIES, closing=1), Form.CAMT, "", "statement_unbalanced", None),
    "an entry twice": (files.camt([*ENTRIES, ENTRIES[0]]), Form.CAMT, "", "duplicate_entry", 5),
    "too fine": (WHOLE.replace(b"123.45", b"123.456"), Form.CAMT, "", "malformed_line", 3),
    "MT940 without its end": (files.mt940(ENTRIES).split(b":62F:")[0], Form.MT940, "", "file_truncated", 1),
    "MT940 of another kind": (b"date;amount\n1;2\n", Form.MT940, "", "not_of_this_form", None),
    "MT940 with a wrong field": (
        files.mt940(ENTRIES).replace(b":61:2611", b":61:26x1"),
        Form.MT940,
        "",
        "malformed_line",
        5,
    ),
    "MT940 with a wrong day": (
        files.mt940(ENTRIES).replace(b":61:261102", b":61:261302"),
        Form.MT940,
        "",
        "malformed_line",
        5,
    ),
    "MT940 not balanced": (files.mt940(ENTRIES, closing=7), Form.MT940, "", "statement_unbalanced", None),
    "MT940 in another encoding": (files.mt940(ENTRIES) + "茶".encode("gb18030"), Form.MT940, "", "wrong_encoding", 13),
    "bill cut in a line": (BILL[: BILL.index(b"chi_")], Form.TABLE, "alipay", "file_truncated", 6),
    "bill in another encoding": (
        BILL[:-2] + b"\xff\r\n",
        Form.TABLE,
        "alipay",
        "wrong_encoding",
        10,
    ),
    "bill without a heading": (
        "\r\n".join(["a,b"] * 60).encode() + b"\r\n",
        Form.TABLE,
        "alipay",
        "not_of_this_form",
        None,
    ),
    "bill with a word for an amount": (BILL.replace(b"123.45", b"many"), Form.TABLE, "alipay", "malformed_line", 6),
    "bill with a column less": (BILL.replace(b"123.45 ,,", b""), Form.TABLE, "alipay", "malformed_line", 6),
    "bill of another account": (BILL.replace(b"ICBC-RES", b"CMBC-RES"), Form.TABLE, "alipay", "another_account", None),
}


@pytest.mark.parametrize("what", REFUSED)
def test_wrong_files_are_refused_with_place_and_reason(what: str) -> None:
    content, form, mapping, code, line = REFUSED[what]
    assert refusal(content, form, mapping) == (code, line)


@pytest.mark.parametrize("write", [files.camt, files.mt940])
def test_too_many_entries_are_refused_while_they_are_read(
    write: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (camt, mt940, delimited):
        monkeypatch.setattr(module, "MOST_LINES", 3)
    many = [(f"S{number}", 1, f"r{number}") for number in range(4)]
    assert refusal(write(many), Form.CAMT if write is files.camt else Form.MT940)[0] == "file_too_long"
    assert refusal(files.alipay(many), Form.TABLE, "alipay") == ("file_too_long", 9)


def test_who_asks_for_it_gets_what_does_not_add_up() -> None:
    (statement,) = taken(files.camt([*ENTRIES, ENTRIES[0]], closing=12_300), strict=False)
    assert rules.difference(statement) == -12_345
    assert [one.repeated for one in rules.identified(statement.lines)] == [False, False, True]


def test_a_batch_of_transactions_becomes_its_lines() -> None:
    whole = files.camt([("ICBC9", 300, "chi_a")], version=8)
    one = whole[whole.index(b"<TxDtls>") : whole.index(b"</NtryDtls>")]
    parts = one.replace(b"3.00", b"1.00") + one.replace(b"3.00", b"2.00").replace(b"chi_a", b"chi_b")
    (statement,) = taken(whole.replace(one, parts))
    assert [(line.servicer_reference, line.amount, line.reference) for line in statement.lines] == [
        ("ICBC9/1", 100, "chi_a"),
        ("ICBC9/2", 200, "chi_b"),
    ]


def test_parts_that_go_by_their_entry_or_by_each_other_are_told_apart() -> None:
    whole = files.camt([("ICBC9", 600, "chi_a")], version=8)
    one = whole[whole.index(b"<TxDtls>") : whole.index(b"</NtryDtls>")]
    parts = b"".join(
        one.replace(b"6.00", amount).replace(b"<Refs>", b"<Refs><AcctSvcrRef>" + own + b"</AcctSvcrRef>")
        for amount, own in ((b"0.50", b"ICBC9"), (b"1.00", b"ICBC9"), (b"1.50", b"P"), (b"2.00", b"P"), (b"1.00", b"Q"))
    )
    (statement,) = taken(whole.replace(one, parts))
    told = [line.servicer_reference for line in statement.lines]
    assert told == ["ICBC9/1", "ICBC9/2", "P/3", "P/4", "Q"]


@pytest.mark.parametrize(("write", "form"), [(files.camt, Form.CAMT), (files.mt940, Form.MT940)])
def test_too_many_statements_are_refused_while_they_are_read(
    write: Callable[..., bytes], form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (camt, mt940):
        monkeypatch.setattr(module, "MOST_STATEMENTS", 3)
    content = write(ENTRIES)
    if form is Form.MT940:
        assert refusal(content * 4, form) == ("file_too_long", 3 * len(content.splitlines()) + 1)
    else:
        body = content[content.index(b"<Stmt>") : content.index(b"</BkToCstmrStmt>")]
        assert refusal(content.replace(body, body * 4)) == ("file_too_long", 11)


@given(st.lists(st.integers(-(10**12), 10**12).filter(bool), max_size=20), st.integers(-(10**12), 10**12))
@settings(max_examples=40, deadline=None)
def test_every_kind_of_file_tells_the_same(amounts: list[int], opening: int) -> None:
    entries = [(f"ICBC{place:010d}", amount, f"chi_{place:026d}") for place, amount in enumerate(amounts)]
    camt_one, swift = (
        taken(files.camt(entries, opening=opening)),
        taken(files.mt940(entries, opening=opening), Form.MT940),
    )
    assert [line.amount for line in camt_one[0].lines] == [line.amount for line in swift[0].lines] == amounts
    if amounts:
        bill = taken(files.alipay(entries), Form.TABLE, "alipay") if sum(amounts) >= 0 else None
        assert bill is None or [line.amount for line in bill[0].lines] == amounts


def test_what_is_compared_of_references_and_words() -> None:
    assert rules.match_key("chi_01-ab c") == rules.match_key("CHI-01AB/C") == "CHI01ABC"
    assert rules.match_key("NONREF") == rules.match_key("NOTPROVIDED") == ""
    assert rules.words_of("The TEA shop, No 12345; tea 茶叶店") == ("tea", "shop", "12345", "茶叶", "叶店")
    assert len(rules.words_of(" ".join(f"word{number}" for number in range(40)))) == rules.MOST_WORDS
    for wrong in ("", "1e5", "--1", "1.2.3", "9" * 40, "NaN"):
        with pytest.raises(ValueError, match=r"amount|counted"):
            rules.minor_units(wrong, "CNY")
    assert rules.minor_units("1.234,50", "EUR", comma=True) == rules.minor_units("¥1,234.50", "EUR") == 123_450


@pytest.mark.parametrize(
    ("days", "band"), [(0, "0-1"), (1, "0-1"), (2, "2-7"), (7, "2-7"), (8, "8-30"), (30, "8-30"), (31, "31+")]
)
def test_bands_of_age(days: int, band: str) -> None:
    assert (
        rules.age_band(date(2026, 1, 1), date(2026, 1, 1).replace(day=1 + days) if days < 31 else date(2026, 2, 1))
        == band
    )
