"""A process that ends between the ledger's answer and its recording, a neighbour that is away, a damaged row."""

from datetime import timedelta
from typing import Any

import pytest

from clients.errors import Unreachable
from clients.payments.client import PaymentsClient
from services.ecommerce_credit.capital import actions as capital_actions
from services.ecommerce_credit.drawings import actions as drawing_actions
from services.ecommerce_credit.repayments import actions as repayment_actions
from tests.ecommerce_credit.people import World


class ProcessDied(Exception):
    """Stands for a process that ended there."""


async def test_what_was_moved_before_a_crash_is_moved_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies between the ledger's answer and its recording: the queue asks again, the ledger answers `exists`."""
    funder = world.person()
    await world.operator.made("/v1/funding-parties", {"customer": funder.id})
    await world.give(funder, 500_000)
    with monkeypatch.context() as dying:
        dying.setattr(capital_actions, "record_done", _die)
        pending = await funder.lending.made(
            "/v1/capital-contributions", {"amount": 500_000, "currency": "CNY"}, status=202
        )
    assert (pending["state"], await funder.balance()) == ("pending", 0)
    for _ in range(2):
        await world.run_job("ecommerce_credit.move_capital", pending["id"])
    assert await world.capital() == 500_000

    borrower = await world.borrower()
    with monkeypatch.context() as dying:
        dying.setattr(drawing_actions, "record_disbursed", _die)
        drawing = (await borrower.draw(200_000)).json()
    assert (drawing["state"], await borrower.person.balance()) == ("pending", 200_000)
    assert (await borrower.line())["available_minor"] == 400_000
    moved = await world.sums()
    for _ in range(2):
        await world.run_job("ecommerce_credit.disburse", drawing["id"])
    assert await world.sums() == moved
    assert (await borrower.drawing(drawing["id"]))["state"] == "outstanding"
    await world.audit()


async def test_a_repayment_recorded_a_day_late_is_of_its_own_day(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.funder(1_000_000)
    borrower = await world.borrower()
    drawing = await borrower.drawn(100_000)
    await world.pass_time(timedelta(days=10))
    with monkeypatch.context() as dying:
        dying.setattr(repayment_actions, "record_received", _die)
        pending = await borrower.repay(drawing["id"], 60_350, key="part")
        assert (pending.status_code, pending.json()["state"]) == (202, "pending")
        path = f"/v1/drawings/{drawing['id']}/repayments"
        refused = await borrower.lending.refused(path, {"amount": 1, "currency": "CNY"})
        assert refused == (409, "repayment_under_way", None)
        report = await world.operator.get("/v1/verification")
        assert [(one["kind"], one["job"], one["reference"]) for one in report["movements"]] == [
            ("repayment", "ecommerce_credit.receive_repayment", drawing["id"])
        ]
        await world.pass_time(timedelta(days=2))
        report = await world.operator.get("/v1/verification")
        assert {check["name"] for check in report["checks"] if check["failed"]} == {"movement_too_old"}
    for _ in range(2):
        await world.run_job("ecommerce_credit.receive_repayment", pending.json()["id"])
    again = await borrower.repay(drawing["id"], 60_350, key="part")
    assert again.json()["id"] == pending.json()["id"]
    await world.run_periodic("ecommerce_credit.close_days")
    days = (await borrower.lending.get(f"/v1/drawings/{drawing['id']}/interest"))["items"]
    assert [one["principal_minor"] for one in days] == [100_000] * 10 + [40_000] * 2
    assert (await borrower.drawing(drawing["id"]))["interest_owed_minor"] == 28
    await world.audit()


async def test_payments_away_a_drawing_waits_and_is_paid_when_it_is_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.funder(1_000_000)
    borrower = await world.borrower()
    with monkeypatch.context() as away:
        away.setattr(PaymentsClient, "transfer", _unreachable)
        waiting = await borrower.draw(50_000)
        assert (waiting.status_code, waiting.json()["state"]) == (202, "pending")
    assert (await borrower.line())["pending_minor"] == 50_000
    closing = await borrower.lending.refused(f"/v1/lines/{borrower.line_id}/closing")
    assert closing == (409, "still_owed", None)
    await world.run_job("ecommerce_credit.disburse", waiting.json()["id"])
    assert (await borrower.drawing(waiting.json()["id"]))["state"] == "outstanding"
    await world.audit()

    await _damage(world, "UPDATE drawings SET outstanding_minor = outstanding_minor - 1 WHERE state = 'outstanding'")
    report = await world.operator.get("/v1/verification")
    assert not report["holds"]
    failed = {check["name"]: check["offending"] for check in report["checks"] if check["failed"]}
    assert set(failed) == {"drawings_make_up_the_line", "repayments_make_up_the_drawing"}
    assert failed["repayments_make_up_the_drawing"] == [waiting.json()["id"]]


async def _damage(world: World, statement: str) -> None:
    async with world.credit.runtime.database.engine.begin() as connection:
        await connection.exec_driver_sql(statement)


async def _die(*_: Any, **__: Any) -> Any:
    raise ProcessDied


async def _unreachable(*_: Any, **__: Any) -> Any:
    raise Unreachable("payments is away")
