"""Rows on their way into a real service: bad ones refused one by one, good ones taken, and again without a change."""

import asyncio
from pathlib import Path

import pytest
from rich.console import Console

from clients.transport import Transport
from suite import importing
from suite.folder import Folder, RunningProcess, RunningService, RunningSuite
from suite.reading.kinds import Parcel
from suite.reading.sending import Tally, send
from suite.reading.sheets import ReadFault, Row, Sheet
from tests.conftest import Serve
from tests.serving import Served

FUNDS = ("code", "initials", "name", "source_class", "pinyin")
GOOD = ["990001", "QHCZ", "青禾成长", "混合型", "QINGHE"]


@pytest.fixture
async def broker(serve: Serve) -> Served:
    return await serve("info_broker")


async def sent(broker: Served, rows: list[Row], header: tuple[str, ...] | None = FUNDS) -> Tally:
    async with Transport(broker.url, lambda _: broker.token()) as transport:
        return await send(
            transport, Parcel({"source": "eastmoney.funds"}, Sheet("funds.js", header, rows)), lambda _: None
        )


async def test_bad_rows_are_refused_with_their_line_and_the_others_are_taken(broker: Served) -> None:
    rows = [
        Row(1, GOOD),
        Row(4, ["990002", "QH", "青禾", "没有的类型", "QH"]),
        Row(5, ["990003", "QH", "青禾三", "混合型"]),
        Row(9, ["no code", "QH", "青禾四", "混合型", "QH"]),
        Row(11, ["990005", "QH", "青禾五", "混合型", "QH"]),
    ]
    tally = await sent(broker, rows)
    assert (tally.rows, tally.accepted) == (5, 2)
    assert [(one.line, one.field, one.code) for one in tally.refused] == [
        (4, "source_class", "unknown_fund_class"),
        (5, None, "wrong_number_of_fields"),
        (9, "code", "invalid_value"),
    ]
    again = await sent(broker, rows)
    assert (again.accepted, again.unchanged, len(again.refused)) == (0, 2, 3)


async def test_a_row_that_spoils_its_request_is_found_and_the_others_are_taken(broker: Served) -> None:
    rows = [Row(line, [f"99{line:04d}", "QH", "青禾", "混合型", "QH"]) for line in range(1, 1201)]
    rows[700] = Row(701, ["990701", None, 5, "混合型", "QH"])
    tally = await sent(broker, rows)
    assert (tally.rows, tally.accepted) == (1200, 1199)
    assert [(one.line, one.field) for one in tally.refused] == [(701, "name")]


async def test_a_header_that_a_service_does_not_know_stops_the_file(broker: Served) -> None:
    with pytest.raises(ReadFault, match=r"funds\.js: .*: Code"):
        await sent(broker, [Row(1, GOOD)], ("Code", *FUNDS[1:]))


@pytest.fixture
def suite_of(broker: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """A data folder in which that service is written down as running, with the keys it trusts."""
    (tmp_path / "keys").symlink_to(broker.runtime.settings.keys)
    folder = Folder(tmp_path)
    running = RunningSuite(
        1, "running", 0, {"info_broker": RunningService(broker.url, [RunningProcess(broker.url, 1, True)])}
    )
    monkeypatch.setattr(Folder, "running", lambda self: running)
    return folder


async def test_the_command_tells_every_refused_row_and_answers_whether_there_was_none(
    suite_of: Folder, tmp_path: Path
) -> None:
    file = tmp_path / "funds.js"
    file.write_text(
        '\ufeffvar r = [["990001","QH","青禾","混合型","QH"],["1","QH","青禾","混合型","QH"]];', encoding="utf-8"
    )
    console = Console(record=True, width=200)
    assert not await asyncio.to_thread(importing.read_in, suite_of, "funds", file, console)
    told = console.export_text()
    assert "funds.js:2 code: invalid_value" in told
    assert "2 rows, 1 new, 0 changed, 0 unchanged, 1 refused" in told
    file.write_text('var r = [["990001","QH","青禾","混合型","QH"]];', encoding="utf-8")
    assert await asyncio.to_thread(importing.read_in, suite_of, "funds", file, console)
    assert "1 rows, 0 new, 0 changed, 1 unchanged, 0 refused" in console.export_text()
