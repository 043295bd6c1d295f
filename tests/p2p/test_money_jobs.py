"""Periodic work and reversals where something of one loan is broken, or a run ends in the middle."""

import asyncio
from contextlib import suppress
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from chassis.ids import decode
from chassis.runtime import Runtime
from clients.errors import ClientError
from clients.ids import new_id
from services.p2p.debiting import round_jobs, round_queries
from services.p2p.losses import jobs as loss_jobs
from services.p2p.losses import queries as loss_queries
from services.p2p.losses import rules as loss_rules
from services.p2p.losses.model import LayerDue
from services.p2p.programmes.model import LossBearer
from services.p2p.repayments import reversal_jobs
from services.p2p.repayments.model import Share
from tests.p2p.people import World
from tests.p2p.test_servicing import paid, until_day


async def test_a_broken_loan_keeps_no_other_from_being_collected(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    lent = await world.disbursed([300_000], term_months=3)
    await world.give(lent.borrower, 200_000)
    await until_day(world, (await lent.rows())[0]["due_on"], hour=9)
    found = round_queries.due

    async def one_broken(*args: Any, **kwargs: Any) -> list[tuple[UUID, str, str]]:
        return [(UUID(int=1), "nobody", "CNY"), *await found(*args, **kwargs)]

    monkeypatch.setattr(round_queries, "due", one_broken)
    await round_jobs.debit_due(world.p2p.runtime)
    while not (await lent.borrower.lending.get(f"/v1/loans/{lent.loan['id']}/collections"))["items"]:
        await asyncio.sleep(0.05)  # where the service's own round was at it
        await round_jobs.debit_due(world.p2p.runtime)


async def test_a_broken_loan_keeps_no_other_from_being_covered(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[UUID] = []
    those = [due_of(UUID(int=number), 100, 0) for number in (1, 2)]

    async def due(*_: Any, **__: Any) -> list[LayerDue]:
        return those

    async def pending(*_: Any) -> list[UUID]:
        return [new_id(), new_id()]

    async def pay(_: Runtime, payload: dict[str, Any]) -> None:
        raise AssertionError("a CHECK of the table")

    async def cover(_: Runtime, one: LayerDue, __: Any) -> None:
        seen.append(one.loan_id)
        raise AssertionError("an unexpected fault")

    monkeypatch.setattr(loss_queries, "pending", pending)
    monkeypatch.setattr(loss_queries, "layers_due", due)
    monkeypatch.setattr(loss_jobs, "pay_compensation", pay)
    monkeypatch.setattr(loss_jobs, "_cover", cover)
    await loss_jobs.cover_losses(world.p2p.runtime)
    assert set(seen) == {UUID(int=1), UUID(int=2)}, "the service's own round may have been at it, too"


def due_of(loan_id: UUID, asked: int, paid_minor: int) -> LayerDue:
    bearer = LossBearer.RESERVE_FUND
    return LayerDue(loan_id, loan_id, "CNY", 1, bearer, date(2026, 3, 10), asked, asked, paid_minor)


@pytest.mark.parametrize(
    ("available", "asked", "before", "expected"),
    [
        (500, 100_000, 1, True),
        (2_000, 100_000, 1, False),
        (500, 100_000, 0, False),
        (150, 100_000, 0, True),
        (100_000, 100_000, 1, False),
        (50, 50, 1, False),
    ],
)
def test_a_fund_with_too_little_for_the_first_pays_nobody_behind(
    available: int, asked: int, before: int, expected: bool
) -> None:
    assert loss_rules.too_little(available, due_of(UUID(int=1), asked, before)) is expected


async def test_a_reversal_that_ended_between_refusal_and_plan_goes_on_and_moves_one_sum(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first look saw money that was gone; the run ended before it looked again. Then three runs go on at once."""
    lent = await world.disbursed([300_000], term_months=3)
    await world.give(lent.borrower, 200_000)
    (lender,) = lent.lenders
    made = await paid(lent, (await lent.rows())[0]["payment_minor"])
    wallet = await lender.wallet()
    await world.move(wallet["account_id"], await world._money_source(), wallet["balance"] - 500)
    looks: list[int] = []

    async def look(_: Runtime, share: Share, currency: str) -> int:
        looks.append(share.amount_minor)
        if len(looks) == 1:
            return 10**9
        raise ClientError("the process ended there")

    with monkeypatch.context() as dying:
        dying.setattr(reversal_jobs, "_has", look)
        answer = await world.operator.post(f"/v1/repayments/{made['id']}/reversal", {"reason": "bounced"})
        assert answer.json()["state"] == "reversing", answer.text
        assert len(looks) >= 2
    payload = {"id": str(decode("rep", made["id"]))}
    runs = (reversal_jobs.reverse_repayment(world.p2p.runtime, payload) for _ in range(3))
    await asyncio.gather(*runs, return_exceptions=True)
    path = f"/v1/loans/{lent.loan['id']}/repayments"
    while (await lent.borrower.lending.get(path))["items"][0]["state"] != "reversed":
        with suppress(ClientError):  # where the service's own run was at it
            await reversal_jobs.reverse_repayment(world.p2p.runtime, payload)
    (loan,) = (await world.operator.get("/v1/verification/loans"))["items"]
    assert loan["advanced_minor"] == made["amount"] - 500
    await world.audit()
