"""Programmes that share a debit out at once: the platform's money goes ahead of the bank's, which refuses after all."""

from typing import Any

import pytest

from tests.conftest import Serve
from tests.p2p.paying import Payer, payer

SLOW, BOUNCES = 990_004, 990_011
"""Amounts at which the sandbox's banks answer late, and answer late that they refuse."""
AT_ONCE: dict[str, Any] = {"distribution": "at_once"}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bank that is silent says so at once, as in the tests of payments."""
    monkeypatch.setattr("sandbox.bank.answering.LONGEST_SILENCE_SECONDS", 0)


async def balances(her: Payer) -> list[int]:
    return [(await lender.balance())[0] for lender in her.lent.lenders]


async def test_a_bounce_after_sharing_at_once_takes_back_what_holders_have(serve: Serve) -> None:
    """One lender has spent what she received. The plan goes on, the second debit stays, and everybody has her own."""
    her = await payer(serve, [600_000, 390_500], **AT_ONCE)
    spent, kept = her.lent.lenders
    await her.owes(BOUNCES)
    before = await balances(her)
    await her.due_day()
    await her.round()
    (advanced,) = await her.debits()
    assert (advanced["state"], (await her.repayments())[1:]) == ("advanced", [("shared", BOUNCES)])
    assert await balances(her) == [600_000, 390_500]
    await her.world.audit()
    (figures,) = (await her.world.operator.get("/v1/verification/advances"))["items"]
    assert (figures["advanced_minor"], figures["moving_minor"]) == (BOUNCES, 0)
    assert (await her.world.account(figures["account_id"]))["balance"] == -BOUNCES
    (_, repayment) = (await her.lent.borrower.lending.get(f"{her.loan}/repayments"))["items"]
    why = {"reason": "it is not final yet"}
    refused = await her.world.operator.refused(f"/v1/repayments/{repayment['id']}/reversal", why)
    assert refused == (409, "repayment_under_way", None)
    await her.world.move((await spent.wallet())["account_id"], await her.world._money_source(), 599_000)
    bounced = await her.ask_bank()
    assert bounced["state"] == "bounced", bounced
    await her.world.run_job("p2p.reverse_repayment", repayment["id"])
    unwound = await her.work(bounced)
    assert (unwound["state"], unwound["reason"]) == ("unwound", "bank_refused")
    assert (await her.repayments())[1:] == [("reversed", BOUNCES)]
    assert await balances(her) == [0, before[1]]
    assert (await her.world.account(figures["account_id"]))["balance"] == 0
    await her.world.audit()
    await her.world.give(her.lent.borrower, 7)
    await her.due_day(after=2)
    assert (await her.lent.repay(7)).json()["state"] == "shared"
    await her.round()
    assert len(await her.debits()) == 2, "the day that was missed while it was taken back"
    settled = await her.ask_bank()
    assert (settled["amount_minor"], settled["state"], settled["advanced"]) == (SLOW, "settled", True)
    assert (await her.lent.borrower.lending.get(her.loan))["state"] == "repaid"
    claim = (await spent.lending.get("/v1/claims"))["items"][0]
    assert (claim["outstanding_minor"], (await kept.balance())[0]) == (0, 390_500)
    received = (await spent.balance())[0]
    assert received < 10_000, "the platform holds what it advanced for her"
    await her.world.run_periodic("p2p.work_debits")
    await her.world.audit()


async def test_holders_keep_what_bounced_where_the_programme_says_so_and_the_audit_names_what_differs(
    serve: Serve,
) -> None:
    her = await payer(serve, [990_500], **AT_ONCE, debiting={"bounce": "platform"})
    await her.owes(BOUNCES)
    await her.due_day()
    await her.round()
    bounced = await her.ask_bank()
    (first, repayment) = (await her.lent.borrower.lending.get(f"{her.loan}/repayments"))["items"]
    await her.world.run_job("p2p.reverse_repayment", repayment["id"])
    assert (await her.work(bounced))["state"] == "unwound"
    assert await balances(her) == [990_500]
    (loan,) = (await her.world.operator.get("/v1/verification/loans"))["items"]
    assert (loan["borne_minor"], loan["advanced_minor"], loan["outstanding_minor"]) == (BOUNCES, 0, BOUNCES)
    by_holder = {one["holder"]: one["outstanding_minor"] for one in loan["holders"]}
    assert by_holder == {her.lent.lenders[0].id: 0, "p2p": BOUNCES}
    await her.world.audit()
    damages = {
        "debit_pays_its_repayment": ("UPDATE loan_debits SET used_minor = used_minor - 1", bounced["id"]),
        "advance_ends_with_its_debit": ("UPDATE loan_debits SET state = 'advanced'", bounced["id"]),
        "loan_debit_past_deadline": ("UPDATE loan_debits SET due_at = due_at - interval '9 days'", bounced["id"]),
        "money_of_a_mandate_has_its_debit": ("UPDATE repayments SET by_mandate = true WHERE number = 1", first["id"]),
    }
    for name, (damage, record) in damages.items():
        async with her.world.p2p.runtime.database.engine.begin() as connection:
            await connection.exec_driver_sql(damage)
        checks = {one["name"]: one for one in (await her.world.operator.get("/v1/verification"))["checks"]}
        assert checks[name]["offending"] == [record], name
