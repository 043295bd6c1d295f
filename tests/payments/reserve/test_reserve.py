"""Proofs, what accounts are for, and own fees on their way out: money straight on the ledger's reserve, no bank asked."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from chassis.clock import SUITE_ZONE, business_day
from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import decode, encode
from clients.ids import new_id
from services.payments.channels.reserves import available_reserves, reserve_at, suspense_of
from services.payments.receivables.accounts import KINDS, company_account
from services.payments.settlement.accounts import platform_account
from tests.databases import Databases
from tests.payments.ledger.book import transfer_id as ledger_transfer_id
from tests.payments.market import Market, Party, refusal
from tests.payments.reserve.proofs import BANK, came_in, items_of, latest, noon, posted, proved

OWN_ACCOUNT = "Sifang Ltd, ICBC 6222 0001"


async def earned(market: Market, amount: int, account_id: str | None = None) -> str:
    """Fees: out of somebody's account, or with money that comes in."""

    async def story(tx: Tx, caller: Caller) -> str:
        fees = await platform_account(tx, "fee_income", "CNY")
        payer = decode("acc", account_id) if account_id else await reserve_at(tx, BANK, "CNY")
        await posted(tx, payer, fees, amount)
        return encode("acc", fees)

    return await market.perform(story, market.operator.caller)


async def today(market: Market) -> date:
    return business_day(await market.now(), SUITE_ZONE)


async def test_a_day_is_proved_again_only_where_it_says_something_else(market: Market, databases: Databases) -> None:
    operator = market.operator
    day = await noon(market)
    asked = {"day": day.isoformat(), "currency": "CNY"}
    assert await operator.refused("/v1/reserve/proofs", asked) == (409, "day_not_over", "day")
    early = asked | {"day": (day - timedelta(days=1)).isoformat()}
    assert await operator.refused("/v1/reserve/proofs", early) == (404, "unknown_reserve", "currency")
    anna = await market.customer()
    await came_in(market, anna.wallet["account_id"], 700)
    fees = await earned(market, 40, anna.wallet["account_id"])
    assert await operator.refused("/v1/reserve/proofs", early) == (404, "unknown_reserve", "currency")
    # Whatever began before midnight may still commit.
    await market.stop_clock(timedelta(hours=12, minutes=4))
    assert await operator.refused("/v1/reserve/proofs", asked) == (409, "day_not_over", "day")
    await market.stop_clock(timedelta(hours=11, minutes=56))
    first = await proved(operator.http, day)
    assert (first["state"], first["version"], first["banks"][0]["held_up"]) == ("incomplete", 1, "statement_missing")
    assert [first[name] for name in ("reserve_minor", "owed_minor", "own_minor", "difference_minor")] == [
        700,
        660,
        40,
        0,
    ]
    # What comes later changes nothing of the day; nobody else is shown it.
    await came_in(market, anna.wallet["account_id"], 5)
    same = await asyncio.gather(*(proved(operator.http, day) for _ in range(8)))
    assert {one["id"] for one in same} == {first["id"]}
    assert (await anna.http.get(f"/v1/reserve/proofs/{first['id']}")).status_code == 403
    assert (await operator.http.get(f"/v1/reserve/proofs/{encode('rpf', new_id())}")).json()[
        "code"
    ] == "unknown_reserve_proof"
    # What an account lacks is named, and nobody asks for fees to be taken out that have to stand for it; of what is left, after more
    # than a business day.
    below = await market.book.account("collection", rule="none")
    await market.book.moved(below["id"], anna.wallet["account_id"], 100)
    await market.stop_clock(timedelta(days=12))
    late = await proved(operator.http, day + timedelta(days=12))
    assert (late["state"], late["difference_minor"], late["fees_overdue_minor"]) == ("broken", -60, 0)
    kinds = {one["kind"]: (one["subject"], one["amount"]) for one in await items_of(operator.http, late)}
    assert kinds == {"claim": (below["id"], -100)}
    await market.book.moved(anna.wallet["account_id"], below["id"], 85)
    await market.stop_clock(timedelta(days=1))
    mended = await proved(operator.http, day + timedelta(days=13))
    assert (mended["state"], mended["difference_minor"], mended["fees_overdue_minor"]) == ("broken", 0, 25)
    assert (await market.book.get(f"/v1/accounts/{fees}"))["balance"] == 40
    listed = (await operator.get("/v1/reserve/proofs", state="broken"))["items"]
    assert [one["id"] for one in listed] == [mended["id"], late["id"]]
    assert await market.failed_checks() == []
    for statement, check in (
        ("UPDATE reserve_proof_banks SET ledger_minor = ledger_minor + 1, timing_minor = 1", "reserve_proofs_are_their_parts"),
        ("UPDATE reserve_proofs SET closed_at = closed_at - interval '30 days'", "last_reserve_proof_agrees_with_the_ledger"),
    ):  # fmt: skip
        assert check in await market.failed_when(databases.admin_url, statement)


async def test_from_an_account_that_only_collects_nothing_is_paid_out(market: Market) -> None:
    operator = market.operator
    terms = {"currency": "CNY", "use": "collection", "valid_from_on": (await today(market)).isoformat()}
    path = f"/v1/reserve/accounts/{BANK}/terms"
    assert await operator.refused(path, terms) == (404, "unknown_reserve", "bank")
    await earned(market, 300)
    old = terms | {"valid_from_on": "2020-01-01"}
    assert await operator.refused(path, old) == (422, "terms_in_past", "valid_from_on")
    assert await available(market) == {BANK: 300}
    (before,) = (await operator.get("/v1/reserve/accounts"))["items"]
    assert (before["use"], before["valid_from_on"]) == ("receipt_and_payment", None)
    await operator.post(path, terms)
    (account,) = (await operator.get("/v1/reserve/accounts"))["items"]
    assert (account["bank"], account["use"]) == (BANK, "collection")
    assert await available(market) == {BANK: 0}
    asked = {"bank": BANK, "currency": "CNY", "amount": 10, "destination": OWN_ACCOUNT}
    assert await operator.refused("/v1/reserve/fee-withdrawals", asked) == (409, "reserve_only_collects", "bank")
    # The newer word of two that begin on one day counts.
    await operator.post(path, terms | {"use": "custody"})
    assert await available(market) == {BANK: 300}


async def available(market: Market) -> dict[str, int]:
    async def story(tx: Tx, caller: Caller) -> dict[str, int]:
        return await available_reserves(tx, "CNY")

    return await market.perform(story, market.operator.caller)


async def moved(market: Market, *transfers: tuple[str, str, int, str]) -> None:
    """By the platform's accounts, or an account's id: debit, credit, amount, reference."""

    async def account(tx: Tx, name: str) -> UUID:
        if name.startswith("acc_"):
            return decode("acc", name)
        if name in ("reserve", "suspense"):
            return await (reserve_at(tx, BANK, "CNY") if name == "reserve" else suspense_of(tx, "CNY"))
        return await (company_account if name in KINDS else platform_account)(tx, name, "CNY")

    async def story(tx: Tx, caller: Caller) -> None:
        for debit, credit, amount, reference in transfers:
            await posted(tx, await account(tx, debit), await account(tx, credit), amount, reference)

    await market.perform(story, market.operator.caller)


async def test_fees_stand_for_claims_before_any_is_taken_out(market: Market) -> None:
    """A fee that is owed brought no money: taken out, it would be that of others."""
    operator, path = market.operator, "/v1/reserve/fee-withdrawals"
    anna = await market.customer()
    wallet = anna.wallet["account_id"]
    await moved(market, ("reserve", wallet, 100, ""), ("receivable", "dispute_fee", 20, ""))
    asked = {"bank": BANK, "currency": "CNY", "amount": 20, "source": "dispute_fee", "destination": OWN_ACCOUNT}
    covered = (409, "fees_cover_claims", "amount")
    assert await operator.refused(path, asked) == covered
    # With 30 more that came in there are 50 of fees and 20 of claims. Of two that are both covered, together they are not.
    await moved(market, ("reserve", "fee_income", 30, ""))
    answers = await asyncio.gather(
        *(operator.ask(path, asked | {"source": source}) for source in ("fee_income", "dispute_fee"))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert [refusal(one) for one in answers if one.status_code == 409] == [covered]
    assert await operator.refused(path, asked | {"source": "fee_income", "amount": 11}) == covered
    # Paid at last: nothing is claimed any more, and what there is may go.
    await moved(market, ("reserve", "receivable", 20, ""))
    for source in ("fee_income", "dispute_fee"):
        await operator.ask(path, asked | {"source": source})
    assert sum(one["amount"] for one in (await operator.get(path))["items"]) == 40


async def test_what_came_in_does_not_pay_for_what_was_paid_out_twice(market: Market) -> None:
    """500 of nobody knows whom and 500 paid twice stand on one account at nothing: owed all the same, and lost."""
    day = await noon(market)
    anna = await market.customer()
    wallet = anna.wallet["account_id"]
    unmatched, late = ("reserve", "suspense", 500, "rtn_1"), ("suspense", "reserve", 500, "wdr_1")
    await moved(market, ("reserve", wallet, 1_000, ""), unmatched, late)
    await market.stop_clock(timedelta(days=1))
    first = await proved(market.operator.http, day)
    assert [first[name] for name in FIGURES] == [1_000, 1_500, -500, -500]
    claims = [(one["kind"], one["subject"], one["amount"]) for one in await items_of(market.operator.http, first)]
    assert claims == [("claim", "wdr_1", -500)]
    # It came back under its own reference; of the other 200 went to whom they belong, which was wrong, and reversed under no reference.
    await moved(market, ("reserve", "suspense", 500, "wdr_1"), ("suspense", wallet, 200, "rtn_1"))
    async with market.served.runtime.reading() as connection:
        (wrong,) = await connection.scalars(text("SELECT id FROM ledger_transfers WHERE amount = 200"))
    await operator_reverses(market, encode("trf", wrong))
    await market.stop_clock(timedelta(days=1))
    second = await proved(market.operator.http, day + timedelta(days=1))
    assert [second[name] for name in FIGURES] == [1_500, 1_500, 0, 0]
    assert await market.failed_checks() == []


async def test_what_a_custody_bank_keeps_is_no_part_of_the_reserve(market: Market) -> None:
    """Below zero stands what that bank has: neither a claim nor money that the reserve lacks."""
    day = await noon(market)
    anna = await market.customer()
    kept = [await account_of(market, kind, rule) for kind, rule in (("custody_bank", "none"), ("custody", None))]
    await moved(market, ("reserve", anna.wallet["account_id"], 1_000, ""), (*kept, 700, ""))
    await market.stop_clock(timedelta(days=1))
    proof = await proved(market.operator.http, day)
    assert [proof[name] for name in FIGURES] == [1_000, 1_000, 0, 0]
    assert [one for one in await items_of(market.operator.http, proof) if one["kind"] == "claim"] == []
    whole = await latest(market.operator.http, day)
    (custody,) = [one for one in whole["classes"] if one["owed"] == "custody"]
    assert (custody["credit_minor"], custody["debit_minor"], custody["accounts"]) == (700, 700, 2)


async def account_of(market: Market, kind: str, rule: str | None) -> str:
    body = {"currency": "CNY", "kind": kind} | ({"rule": rule} if rule else {})
    answer = await market.operator.http.post("/v1/accounts", json=body, headers={"idempotency-key": kind})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


FIGURES = ("reserve_minor", "owed_minor", "own_minor", "difference_minor")


async def operator_reverses(market: Market, transfer_id: str) -> None:
    body = {"id": ledger_transfer_id(), "reference": "mistake"}
    answer = await market.operator.http.post(f"/v1/transfers/{transfer_id}/reversal", json=body)
    assert answer.status_code == 201, answer.text


MOVES = {"confirmation": {"bank_reference": "bank-1"}, "cancellation": None}
ENDS = {"confirmation": "paid", "cancellation": "cancelled"}


async def test_every_event_in_every_state_of_a_withdrawal_of_fees(market: Market, databases: Databases) -> None:
    operator, path = market.operator, "/v1/reserve/fee-withdrawals"
    asked = {"bank": BANK, "currency": "CNY", "amount": 10, "destination": OWN_ACCOUNT}
    assert await operator.refused(path, asked) == (404, "unknown_reserve", "bank")
    await came_in(market, (await market.customer()).wallet["account_id"], 500)
    assert await operator.refused(path, asked) == (409, "no_fees", "source")
    fees = await earned(market, 100)
    assert await operator.refused(path, asked | {"source": "dispute_fee"}) == (409, "no_fees", "source")
    assert await operator.refused(path, asked | {"amount": 101}) == (409, "insufficient_funds", "amount")
    anna = await market.customer()
    assert (await anna.refused(path, asked))[:2] == (403, "missing_scope")
    other = Party("stf_other", market.served.client("stf_other"), market.operator.caller)
    for first in MOVES:
        one = await operator.post(path, asked)
        assert (one["state"], one["reminders"], one["destination"]) == ("requested", 0, OWN_ACCOUNT)
        alone = await operator.refused(f"{path}/{one['id']}/confirmation", MOVES["confirmation"])
        assert alone == (409, "confirmed_by_requester", "withdrawal_id")
        ended = await other.post(f"{path}/{one['id']}/{first}", MOVES[first])
        assert (ended["state"], ended["due_at"]) == (ENDS[first], None)
        for second in MOVES:
            told = await other.refused(f"{path}/{one['id']}/{second}", MOVES[second])
            assert told == (409, "fee_withdrawal_ended", "withdrawal_id")
        assert (await operator.get(f"{path}/{one['id']}"))["state"] == ENDS[first]
    nobody = f"{path}/{encode('rfw', new_id())}"
    assert await operator.refused(f"{nobody}/cancellation") == (404, "unknown_fee_withdrawal", None)
    assert (await operator.http.get(nobody)).status_code == 404
    # Only what the bank has paid has left.
    assert (await market.book.get(f"/v1/accounts/{fees}"))["balance"] == 90
    # Both at once: one of them, and the money once.
    one = await operator.post(path, asked)
    answers = await asyncio.gather(
        *(other.ask(f"{path}/{one['id']}/{event}", body) for event, body in MOVES.items() for _ in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    paid = (await operator.get(f"{path}/{one['id']}"))["state"] == "paid"
    assert (await market.book.get(f"/v1/accounts/{fees}"))["balance"] == (80 if paid else 90)
    # What nobody confirms is told of, and waits on the desk.
    waiting = await operator.post(path, asked)
    assert (await operator.get("/v1/desk/fee_withdrawals"))["items"][0]["id"] == waiting["id"]
    await market.stop_clock(timedelta(days=4))
    assert "fee_withdrawal_past_reminder" in await market.failed_checks()
    await market.run_periodic("payments.remind_of_fee_withdrawals")
    assert (await operator.get(f"{path}/{waiting['id']}"))["reminders"] == 1
    assert [one["id"] for one in (await operator.get(path, state="requested"))["items"]] == [waiting["id"]]
    assert await market.failed_checks() == []
    wrong = "UPDATE fee_withdrawals SET amount = 11"
    assert "fee_withdrawals_agree_with_their_holds" in await market.failed_when(databases.admin_url, wrong)


async def test_what_was_proved_and_published_is_never_changed(tx: Tx) -> None:
    tables = ("reserve_proofs", "reserve_proof_banks", "reserve_proof_items", "liability_roots", "liability_chunks")
    for statement in [f"DELETE FROM {table}" for table in tables]:  # noqa: S608
        with pytest.raises(ProgrammingError, match="permission denied"):
            async with tx.connection.begin_nested():
                await tx.connection.execute(text(statement))
    with pytest.raises(ProgrammingError, match="permission denied"):
        await tx.connection.execute(text("UPDATE liability_roots SET total_minor = 0"))
