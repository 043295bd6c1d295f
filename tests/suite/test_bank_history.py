"""A bank's history: the order of a day found again, and replayed into the ledger through its own door."""

import csv
from datetime import date
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.transport import Transport
from suite.bank_history.ordering import Entry, Placed, in_order
from suite.bank_history.reading import entries_of
from suite.bank_history.replaying import Replayed, replay
from suite.folder import ROOT
from suite.reading.sheets import ReadFault
from tests.conftest import Serve
from tests.serving import Served

DATA = ROOT.parent / "shared" / "data" / "bank_berka"
real = pytest.mark.skipif(not DATA.exists(), reason=f"no real data beside the project ({DATA.name} is absent)")
HEADER = '"trans_id";"account_id";"date";"type";"operation";"amount";"balance";"k_symbol";"bank";"account"\n'


def entry(line: int, amount: int, balance: int, day: int = 1) -> Entry:
    return Entry(line, str(line), "1", date(1993, 1, day), "cash", amount, balance)


def differences(placed: list[Placed]) -> int:
    return sum(abs(one.difference_minor) for one in placed)


@given(st.lists(st.lists(st.integers(-50, 80), min_size=1, max_size=6), min_size=1, max_size=4), st.randoms())
def test_a_day_that_was_balanced_is_found_again(days: list[list[int]], shuffled: object) -> None:
    entries, balance, line = [], 0, 0
    for number, amounts in enumerate(days, 1):
        day = []
        for amount in amounts:
            balance, line = balance + amount, line + 1
            day.append((amount, balance))
        shuffled.shuffle(day)  # type: ignore[attr-defined]
        entries += [entry(len(entries) + at, *one, day=number) for at, one in enumerate(day)]
    placed = in_order(entries)
    assert differences(placed) == 0
    assert sorted(one.entry.line for one in placed) == sorted(one.line for one in entries)


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=1, max_size=5))
def test_no_other_order_of_a_day_has_smaller_differences(rows: list[tuple[int, int]]) -> None:
    entries = [entry(line, *row) for line, row in enumerate(rows)]

    def total(order: tuple[Entry, ...]) -> int:
        before = [0, *(one.balance_minor for one in order)]
        return sum(abs(one.balance_minor - was - one.amount_minor) for was, one in zip(before, order, strict=False))

    assert differences(in_order(entries)) == min(map(total, permutations(entries)))


def test_a_day_too_long_to_search_is_taken_greedily() -> None:
    entries = [entry(line, 1, line + 1) for line in range(40)]
    assert [one.entry.line for one in in_order(entries[::-1])] == list(range(40))


async def replayed(served: Served, folder: Path, report: Path | None = None) -> Replayed:
    async with Transport(served.url, lambda _: served.token()) as transport:
        return await replay(transport, folder, report)


async def audited(served: Served) -> None:
    report = (await served.client().get("/v1/verification")).json()
    assert report["holds"], [check for check in report["checks"] if check["failed"]]


async def test_a_small_history_whole_and_again(serve: Serve, tmp_path: Path) -> None:
    rows = [
        '1;7;930101;"PRIJEM";"VKLAD";700.00;700.00;"";;',
        '3;7;930102;"VYDAJ";"VYBER";600.00;150.00;"";;',
        '2;7;930102;"PRIJEM";"PREVOD Z UCTU";50.00;750.00;"";;',
        '4;7;930103;"PRIJEM";"";1.40;151.50;"UROK";;',
        '5;8;930105;"PRIJEM";"VKLAD";10.00;10.00;"";;',
        '6;8;930106;"VYBER";"VYBER";30.00;-20.00;"";;',
        '7;8;930107;"PRIJEM";"";0.00;-20.00;"";;',
    ]
    (tmp_path / "trans.asc").write_text(HEADER + "\n".join(rows) + "\n", encoding="latin-1")
    payments = await serve("payments")
    found = await replayed(payments, tmp_path, tmp_path / "report.csv")
    assert (found.rows, found.created, found.empty, found.days, found.exact) == (7, 7, 1, 6, 5)
    assert [(one.entry.id, one.difference_minor) for one in found.differences] == [("4", 10)]
    assert (found.overdrawn, found.holds) == (["8"], True)
    again = await replayed(payments, tmp_path)
    assert (again.created, again.existed, again.holds) == (0, 7, True)
    with (tmp_path / "report.csv").open() as file:
        assert [row["what"] for row in csv.DictReader(file)] == ["difference", "overdrawn"]
    http = payments.client()
    (account,) = (await http.get("/v1/accounts", params={"reference": "bank_history:7"})).json()["items"]
    then = await http.get(f"/v1/accounts/{account['id']}/balance", params={"at": "1993-01-02T12:00:00Z"})
    assert then.json()["balance"] == 15_000
    statement = (await http.get(f"/v1/accounts/{account['id']}/statement")).json()["items"]
    assert [entry["balance"] for entry in statement] == [70_000, 75_000, 15_000, 15_140, 15_150]
    await audited(payments)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('1;7;930101;"PRIJEM";"VKLAD";700.005;700.00;"";;', "more than 2 decimals"),
        ('1;7;931301;"PRIJEM";"VKLAD";700.00;700.00;"";;', "trans.asc:2"),
        ('1;7;930101;"DAR";"VKLAD";700.00;700.00;"";;', "unknown type"),
        ('1;7;930101;"PRIJEM";"SMS";700.00;700.00;"";;', "SMS"),
        ('1;7;930101;"PRIJEM";"VKLAD";;700.00;"";;', "trans.asc:2"),
        ("1;7", "trans.asc:2"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(tmp_path: Path, row: str, said: str) -> None:
    (tmp_path / "trans.asc").write_text(HEADER + row + "\n", encoding="latin-1")
    with pytest.raises(ReadFault, match=said):
        entries_of(tmp_path)


def test_a_folder_without_the_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReadFault, match=r"no trans\.asc"):
        entries_of(tmp_path)
    (tmp_path / "trans.asc").write_text("a;b\n1;2\n")
    with pytest.raises(ReadFault, match="lacks the column trans_id"):
        entries_of(tmp_path)


@real
async def test_a_real_banks_history_meets_its_balances(serve: Serve) -> None:
    payments = await serve("payments")
    found = await replayed(payments, DATA)
    assert (found.rows, found.holds) == (30_000, True)
    assert found.exact / found.days >= 0.94
    assert found.largest_difference_minor <= 10
    assert len(found.overdrawn) == 6
    await audited(payments)
