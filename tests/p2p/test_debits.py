"""What is due is debited from a borrower's card by the mandate she signed: refused and tried again, late, lost, revoked, taken back."""

import asyncio
from hashlib import sha256
from typing import Any

import pytest

from clients.errors import Unreachable
from clients.payments.client import PaymentsClient
from clients.payments.mandates import PayeesPayments
from clients.payments.shapes import DebitAnswer
from services.p2p.debiting import debits
from tests.conftest import Serve
from tests.p2p.auditing import all_failed_when
from tests.p2p.paying import Payer, named, payer, signed
from tests.payments.returned_money.reporting import read, reported
from tests.serving import PATIENCE_SECONDS

SHORT, SLOW = 990_002, 990_004
"""Amounts at which the sandbox's banks refuse for want of money, and answer late."""


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bank that is silent says so at once, as in the tests of payments."""
    monkeypatch.setattr("sandbox.bank.answering.LONGEST_SILENCE_SECONDS", 0)


async def balances(her: Payer) -> list[int]:
    return [(await lender.balance())[0] for lender in her.lent.lenders]


async def test_a_card_without_money_is_tried_again_by_plan_and_then_pays(serve: Serve) -> None:
    her = await payer(serve, [500_000, 490_500])
    await her.owes(SHORT)
    await her.round()
    assert await her.debits() == [], "before the first round of the day"
    await her.due_day()
    await her.round()
    (failed,) = await her.debits()
    assert (failed["state"], failed["reason"], failed["used_minor"]) == ("failed", "insufficient_funds", 0)
    await her.due_day(hour=21)
    await her.round()
    assert len(await her.debits()) == 1, "once a planned day"
    assert (await her.lent.repay(1)).json()["reason"] == "insufficient_funds"
    await her.world.give(her.lent.borrower, 2)
    await her.due_day(after=1)
    await her.round()
    (paid, _) = await her.debits()
    assert (paid["state"], paid["amount_minor"], paid["used_minor"]) == ("settled", SHORT - 2, SHORT - 2)
    assert await her.repayments() == [("shared", 498), ("refused", 1), ("shared", 2), ("shared", SHORT - 2)]
    assert await balances(her) == [500_000, 490_500]
    assert (await her.lent.borrower.lending.get(her.loan))["state"] == "repaid"
    await her.world.run_periodic("p2p.work_repayment_mandates")
    ended = await her.lent.borrower.lending.get(f"/v1/repayment-mandates/{her.mandate['id']}")
    assert (ended["state"], ended["reason"]) == ("ended", "nothing_owed")
    at_payments = await her.customer.get(f"/v1/mandates/{her.mandate['mandate_id']}")
    assert at_payments["state"] == "revoked"
    told = [one["data"]["state"] for one in await her.world.events("p2p.loan_debit.state_changed.v1")]
    assert told == ["failed", "paid", "settled"]
    await her.world.audit()


async def test_what_a_bank_has_not_said_is_waited_for_and_shared_when_it_is_final(serve: Serve) -> None:
    her = await payer(serve, [990_500])
    await her.owes(SLOW)
    await her.due_day()
    await her.round()
    (sent,) = await her.debits()
    assert (sent["state"], await balances(her)) == ("sent", [496])
    await her.due_day(hour=21)
    await her.round()
    again = await her.work(sent)
    assert (again["state"], len(await her.debits())) == ("sent", 1), "neither failed nor asked for again"
    await her.world.give(her.lent.borrower, 4)
    assert (await her.lent.repay(4)).json()["state"] == "shared"
    settled = await her.ask_bank()
    assert (settled["state"], settled["used_minor"]) == ("settled", SLOW - 4)
    assert await her.lent.borrower.balance() == (4, 4), "what was not due any more is hers"
    assert await balances(her) == [990_500]
    assert await her.repayments() == [("shared", 496), ("shared", 4), ("shared", SLOW - 4)]
    await her.world.audit()


async def test_an_answer_that_is_lost_is_asked_for_again_and_what_is_final_may_be_taken_back(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process ends wherever it may: after payments was asked, before it was written down; before money was moved; before that was.

    Then the bank takes back what was final, and staff takes it back from the holders.
    """
    her = await payer(serve, [800_000])
    await her.due_day()
    real = PayeesPayments.request_debit

    async def lost(self: PayeesPayments, *args: Any, **kwargs: Any) -> DebitAnswer:
        await real(self, *args, **kwargs)
        raise Unreachable("the answer was lost")

    async def die(*_: Any, **__: Any) -> Any:
        raise Unreachable("the process ended there")

    with monkeypatch.context() as dying:
        dying.setattr(PayeesPayments, "request_debit", lost)
        await her.round()
    (asked,) = await her.debits()
    assert (asked["state"], asked["debit_id"]) == ("asked", None)
    with monkeypatch.context() as dying:
        dying.setattr(PaymentsClient, "move_all", die)
        with pytest.raises(Unreachable):
            await her.work(asked)
    (paid,) = await her.debits()
    assert paid["state"] == "paid"
    with monkeypatch.context() as dying:
        dying.setattr(debits, "record_moved", die)
        with pytest.raises(Unreachable):
            await her.work(paid)
    settled = await her.work(paid)
    assert (settled["state"], await balances(her)) == ("settled", [800_000])
    at_payments = await her.outside.payments.client("p2p").get(f"/v1/mandates/{her.mandate['mandate_id']}/debits")
    assert len(at_payments.json()["items"]) == 1
    await her.world.audit()
    (repayment,) = (await her.lent.borrower.lending.get(f"{her.loan}/repayments"))["items"]
    await reported(her.outside, "charge_reversed", settled["debit_id"])
    why = {"reason": "the card's bank took it back"}
    reversed_ = await her.world.operator.made(f"/v1/repayments/{repayment['id']}/reversal", why)
    assert (reversed_["state"], await balances(her)) == ("reversed", [0])
    await her.outside.run_periodic("payments.collect_receivables")
    await her.world.audit()


async def test_what_a_bank_pays_after_it_had_refused_is_hers(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    her = await payer(serve, [990_500])
    await her.owes(SHORT)
    await her.due_day()
    await her.round()
    (failed,) = await her.debits()
    real = PayeesPayments.debit

    async def late(self: PayeesPayments, mandate_id: str, debit_id: str) -> DebitAnswer:
        """As payments would tell it."""
        return (await real(self, mandate_id, debit_id)).model_copy(update={"state": "succeeded"})

    monkeypatch.setattr(PayeesPayments, "debit", late)
    receipts = (await her.world.operator.get("/v1/verification/receipts"))["items"][0]["account_id"]
    await her.world.pay_in(receipts, SHORT)
    await asyncio.gather(*(her.work(failed) for _ in range(2)))
    (returned,) = await her.debits()
    assert (returned["state"], await her.lent.borrower.balance()) == ("returned", (SHORT, SHORT))
    assert [state for state, _ in await her.repayments()] == ["shared"]
    await her.world.audit()


async def test_what_naming_a_mandate_is_refused_for_and_one_that_is_revoked_is_no_more(serve: Serve) -> None:
    her = await payer(serve, [800_000])
    door, path = her.lent.borrower.lending, f"{her.loan}/repayment-mandates"
    body = {"most_minor": 800_000, "most_monthly_minor": 800_000, "valid_until": "2031-01-01"}
    assert await door.refused(path, body) == (409, "mandate_named", "loan_id")
    ended = await door.made(f"/v1/repayment-mandates/{her.mandate['id']}/end", status=200)
    assert (ended["state"], ended["reason"]) == ("ended", "borrower")
    assert (await door.made(f"/v1/repayment-mandates/{her.mandate['id']}/end", status=200))["state"] == "ended"
    assert await door.refused(path, body | {"most_minor": 799_999}) == (422, "debit_cap_too_small", "most_minor")
    narrow = body | {"most_minor": 900_000}
    assert await door.refused(path, narrow) == (422, "debit_cap_too_small", "most_monthly_minor")
    short = body | {"valid_until": "2026-01-01"}
    assert await door.refused(path, short) == (422, "mandate_too_short", "valid_until")
    stranger = her.world.person()
    assert await stranger.lending.refused(path, body) == (404, "unknown_loan", "loan_id")
    hers = f"/v1/repayment-mandates/{her.mandate['id']}"
    assert (await stranger.lending.get(hers, 404))["code"] == "unknown_repayment_mandate"
    assert (await stranger.lending.refused(f"{hers}/end"))[1] == "unknown_repayment_mandate"
    assert (await door.refused(f"{hers}/signature"))[1] == "not_allowed_in_state"
    assert (await stranger.lending.get(f"{her.loan}/debits", 404))["code"] == "unknown_loan"
    waits = await named(her.lent)
    await her.due_day(after=-20)
    await her.world.run_periodic("p2p.work_repayment_mandates")
    lapsed = await door.get(f"/v1/repayment-mandates/{waits['id']}")
    assert (lapsed["state"], lapsed["reason"]) == ("ended", "not_signed")
    her.mandate = await signed(her.lent, her.customer, her.card)
    items = (await door.get(path))["items"]
    assert [one["state"] for one in items] == ["active", "ended", "ended"]
    assert (await her.lent.borrower.lending.get(f"{her.loan}/repayment-source"))["source"] == "mandate"
    await her.customer.post(f"/v1/mandates/{her.mandate['mandate_id']}/revocation")
    await her.due_day()
    await her.round()
    (refused,) = await her.debits()
    assert (refused["state"], refused["reason"], refused["debit_id"]) == ("failed", "mandate_revoked", None)
    stopped = await her.lent.borrower.lending.get(f"/v1/repayment-mandates/{her.mandate['id']}")
    assert (stopped["state"], stopped["reason"]) == ("stopped", "mandate_revoked")
    assert (await her.lent.borrower.lending.get(f"{her.loan}/repayment-source"))["source"] == "wallet"
    told = (await her.world.events("p2p.repayment_mandate.state_changed.v1"))[-1]["data"]
    assert (told["state"], told["borrower"]) == ("stopped", her.customer.id)
    await her.world.give(her.lent.borrower, 800_000)
    await her.due_day(hour=21)
    await her.round()
    assert (await her.repayments(), await balances(her)) == ([("shared", 800_000)], [800_000])
    await her.world.run_periodic("p2p.work_repayment_mandates")
    await her.world.audit()


async def test_what_a_bank_takes_back_of_a_final_debit_is_taken_back_from_its_holders_by_itself(serve: Serve) -> None:
    """Told once and again, it is done once; and no other debit follows it."""
    her = await payer(serve, [500_000, 300_000])
    await her.due_day()
    await her.round()
    (settled,) = await her.debits()
    assert (settled["state"], await balances(her)) == ("settled", [500_000, 300_000])
    await reported(her.outside, "charge_reversed", settled["debit_id"])
    chargeback = await her.charged_back()
    assert (chargeback["amount"], chargeback["borne"]) == (800_000, 800_000)
    assert chargeback["loan_debit_id"] == settled["id"]
    (repayment,) = (await her.lent.borrower.lending.get(f"{her.loan}/repayments"))["items"]
    await her.world.run_job("p2p.reverse_repayment", repayment["id"])
    await her.world.run_periodic("p2p.work_chargebacks")
    assert (await her.repayments(), await balances(her)) == ([("reversed", 800_000)], [0, 0])
    (receipts,) = (await her.world.operator.get("/v1/verification/receipts"))["items"]
    assert receipts["most_minor"] == 0, "its bank has taken all of it"
    stopped = await her.lent.borrower.lending.get(f"/v1/repayment-mandates/{her.mandate['id']}")
    assert (stopped["state"], stopped["reason"]) == ("stopped", "charged_back")
    assert (await her.world.operator.get("/v1/chargeback-debts"))["items"] == []
    await her.outside.run_periodic("payments.collect_receivables")
    await her.world.audit()


async def test_what_cannot_be_taken_back_from_holders_the_platform_pays_and_the_borrower_owes(
    serve: Serve, admin_url: str
) -> None:
    """A part of it: the holder keeps hers, the loan's account is filled up at once, and the borrower is asked every day."""
    her = await payer(serve, [800_000])
    await her.due_day()
    await her.round()
    (settled,) = await her.debits()
    await reported(her.outside, "charge_reversed", settled["debit_id"], amount=300_000)
    assert (await her.charged_back())["borne"] == 0
    door = her.lent.borrower.lending
    (debt,) = (await door.get("/v1/chargeback-debts"))["items"]
    assert (debt["role"], debt["amount"], debt["loan_id"]) == ("borrower", 300_000, her.lent.loan["id"])
    await her.world.run_job("p2p.try_chargeback_debt", debt["id"])
    await her.world.run_job("p2p.try_chargeback_debt", debt["id"])
    assert (await her.repayments(), await balances(her)) == ([("shared", 800_000)], [800_000])
    await her.world.audit()
    await her.world.run_periodic("p2p.work_repayment_mandates")
    await her.world.give(her.lent.borrower, 100_000)
    await her.due_day(after=2)
    await asyncio.gather(*(her.world.run_periodic("p2p.work_chargebacks") for _ in range(2)))
    (debt,) = (await door.get("/v1/chargeback-debts"))["items"]
    assert (debt["repaid"], debt["covered"], debt["state"]) == (100_000, 0, "owed")
    assert await her.lent.borrower.balance() == (0, 0)
    await her.world.audit()
    await her.world.operator.made(f"/v1/chargeback-debts/{debt['id']}/cover", status=200)
    await her.world.run_job("p2p.try_chargeback_debt", debt["id"])
    given_up = await door.get(f"/v1/chargeback-debts/{debt['id']}")
    assert (given_up["covered"], given_up["state"]) == (200_000, "settled")
    await her.world.audit()
    for statement, name in (
        ("UPDATE chargebacks SET borne_minor = 1", "debit_taken_back_is_made_up_once"),
        ("UPDATE chargeback_debts SET debtor = 'cus_x'", "borrower_owes_for_her_own_loan"),
    ):
        assert name in await all_failed_when(her.world.p2p, admin_url, statement), statement


async def test_a_disputed_debit_is_answered_for_and_what_is_lost_costs_the_borrower_the_fee(serve: Serve) -> None:
    her = await payer(serve, [800_000])
    await her.due_day()
    await her.round()
    (settled,) = await her.debits()
    reference = await reported(her.outside, "dispute_opened", settled["debit_id"])
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (noted := (await her.world.operator.get("/v1/dispute-evidence"))["items"]):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    path = f"/v1/dispute-evidence/{noted[0]['id']}"
    known = (await her.world.operator.get(path))["evidence"]
    contract = await her.lent.borrower.lending.get(f"{her.loan}/contract")
    assert contract["sha256"] in known
    assert her.mandate["mandate_id"] in known
    added = {"text": "She confirmed it by telephone.", "give_now": True}
    await her.world.operator.made(f"{path}/addition", added, status=200)
    for _ in range(2):
        await her.world.run_job("p2p.give_dispute_evidence", noted[0]["id"])
    given = await her.world.operator.get(path)
    assert (given["state"], given["evidence"]) == ("given", f"{added['text']}\n{known}")
    at_payments = await her.outside.payments.client().get(f"/v1/card-disputes/{given['dispute_id']}")
    assert at_payments.json()["evidence_hash"] == sha256(given["evidence"].encode()).hexdigest()
    answer = await her.outside.door.post(f"disputes/{reference}/decision", {"won": False})
    assert answer.status_code == 200, answer.text
    await read(her.outside)
    lost = await her.charged_back()
    assert (lost["kind"], lost["borne"], lost["fee"] > 0) == ("dispute_lost", 800_000, True)
    (debt,) = (await her.lent.borrower.lending.get("/v1/chargeback-debts"))["items"]
    assert (debt["role"], debt["amount"]) == ("borrower", lost["fee"])
    (repayment,) = (await her.lent.borrower.lending.get(f"{her.loan}/repayments"))["items"]
    await her.world.run_job("p2p.reverse_repayment", repayment["id"])
    await her.world.run_job("p2p.try_chargeback_debt", debt["id"])
    await her.outside.run_periodic("payments.collect_receivables")
    assert await balances(her) == [0]
    await her.world.audit()
