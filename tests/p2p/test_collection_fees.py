"""What the platform keeps of money that came late: by how late it was, never more than was recovered, given back with what bounces."""

import json
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from chassis.database import Tx
from finance.ageing import days_past_due, oldest_unpaid_on
from services.p2p.claims import statements
from services.p2p.claims.model import PLATFORM
from services.p2p.claims.portfolio import positions
from services.p2p.losses.model import RESERVE_FUND
from services.p2p.programmes.model import CollectionTier, LenderFees
from services.p2p.repayments import queries
from services.p2p.repayments.collection_fees import keep_back, rate_on
from services.p2p.repayments.model import ShareKind
from services.p2p.verification import checks
from tests.p2p.people import World
from tests.p2p.test_any_repayment import START, Book
from tests.p2p.test_losses import late
from tests.p2p.test_money import Book as Books
from tests.p2p.test_money import book_of, runtime, tx
from tests.p2p.test_programmes import HARBOUR

__all__ = ["runtime", "tx"]
TIERS = (CollectionTier(90, Decimal("0.2")), CollectionTier(180, Decimal("0.35")))
FEES = LenderFees(collection_rate=Decimal("0.1"), collection_after_days=31, collection_tiers=TIERS)


@pytest.mark.parametrize(
    ("days", "rate"),
    [(0, "0"), (30, "0"), (31, "0.1"), (89, "0.1"), (90, "0.2"), (179, "0.2"), (180, "0.35"), (900, "0.35")],
)
def test_the_share_grows_with_the_days_past_due(days: int, rate: str) -> None:
    assert rate_on(FEES, days) == Decimal(rate)


def test_nothing_is_kept_of_what_is_not_late_whatever_the_programme_says() -> None:
    assert rate_on(LenderFees(collection_rate=Decimal(1), collection_after_days=0), 0) == 0
    assert rate_on(LenderFees(), 500) == 0


@settings(deadline=None, max_examples=100)
@given(
    lots=st.lists(st.integers(1, 3_000), min_size=1, max_size=10),
    steps=st.lists(st.tuples(st.integers(0, 120), st.integers(1, 1_500)), min_size=1, max_size=6),
    rates=st.tuples(*(st.sampled_from(["0", "0.01", "0.125", "0.5", "1"]) for _ in range(3))),
    most=st.one_of(st.none(), st.integers(0, 3_000)),
)
def test_never_more_is_kept_than_was_recovered(
    lots: list[int], steps: list[tuple[int, int]], rates: tuple[str, ...], most: int | None
) -> None:
    """Held against a second reckoning, holder by holder, of exact shares."""
    first, *later = (Decimal(rate) for rate in rates)
    tiers = tuple(CollectionTier(after, rate) for after, rate in zip((60, 120), later, strict=True))
    terms = LenderFees(
        collection_rate=first, collection_after_days=1, collection_tiers=tiers, most_collection_minor=most
    )
    book, day = Book(lots, months=6), START
    for days, part in steps:
        day += timedelta(days=days)
        before = book.serviced.on(day)
        amount = min(before.arrears_minor, max(1, before.arrears_minor * part // 1_000))
        if not amount:
            continue
        made = book.pay(day, amount)
        _, parts, shares = book.paid[-1]
        kept = keep_back(terms, shares, parts, before.dues, day)
        assert [(one.claim_id, one.kind, one.amount_minor) for one in kept] == [
            (one.claim_id, one.kind, one.amount_minor) for one in shares
        ]
        assert all(0 <= one.collection_fee_minor <= one.amount_minor for one in kept)
        whole = sum(one.collection_fee_minor for one in kept)
        assert sum(one.received_minor for one in kept) + whole == made.amount_minor - made.fee_minor
        due = {one.number: one.due_on for one in before.dues}
        overdue = days_past_due(oldest_unpaid_on(before.dues), day)
        rate = next((rate for after, rate in ((120, rates[2]), (60, rates[1]), (1, rates[0])) if overdue >= after), "0")
        ceilings = []
        for one in kept:
            own = [part for part in parts if part.kind.value == one.kind.value]
            recovered = sum(part.amount_minor for part in own if due[part.row_number] < day)
            ceilings.append(
                Fraction(one.amount_minor * recovered, sum(part.amount_minor for part in own)) * Fraction(rate)
            )
        assert all(one.collection_fee_minor <= ceiling for one, ceiling in zip(kept, ceilings, strict=True))
        assert most is None or whole <= most
        least = sum(ceilings) - 2 * len(kept)
        assert whole >= (least if most is None else min(most, least)), "nor needlessly less"


def test_neither_the_platform_nor_the_fund_pays_for_what_they_recover() -> None:
    book = Book([600, 300, 100])
    day = date(2027, 2, 10)
    before = book.serviced.on(day)
    book.pay(day, before.arrears_minor)
    _, parts, shares = book.paid[-1]
    names = dict(zip(sorted({one.holder for one in shares}), (PLATFORM, RESERVE_FUND, "cus_1"), strict=True))

    renamed = [one._replace(holder=names[one.holder]) for one in shares]
    kept = keep_back(FEES, renamed, parts, before.dues, day)
    assert {one.holder for one in kept if one.collection_fee_minor} == {"cus_1"}


async def test_what_is_kept_is_told_to_its_holder_and_given_back_with_what_bounces(tx: Tx) -> None:
    book: Books = await book_of(tx, lender_fees=FEES, loss_waterfall=())
    await book.late(45)
    paid = await book.pay_arrears()
    shares = await queries.shares(tx.connection, paid.id)
    first = [one for one in shares if one.holder == book.lenders[0]]
    assert all(one.collection_fee_minor == one.amount_minor // 10 > 0 for one in first)
    await _holds(book)
    claim = await book.claim(book.lenders[0])
    assert claim.principal_received_minor == sum(one.amount_minor for one in first if one.kind is ShareKind.PRINCIPAL)
    years = await statements.years(tx.connection, claim.holder, book.tx.today.year, tx.settings.zone)
    assert years["CNY"].fees_minor == sum(one.collection_fee_minor for one in first)
    (position,) = await positions(tx.connection, [claim], book.tx.today, tx.settings.zone)
    assert position.received[0].fee_minor == sum(one.collection_fee_minor for one in first)
    told = await queries.collection_fees(tx.connection, [book.loan.id])
    assert sum(told.values()) == sum(one.collection_fee_minor for one in shares)
    await book.bounce(paid)
    assert await queries.collection_fees(tx.connection, [book.loan.id]) == {}
    await _holds(book)


async def test_the_audit_names_a_repayment_of_which_too_much_was_kept(tx: Tx) -> None:
    book = await book_of(tx, lender_fees=FEES, loss_waterfall=())
    await book.late(45)
    paid = await book.pay_arrears()
    planted = text(
        """INSERT INTO repayment_shares (repayment_id, claim_id, kind, holder, account_id, amount_minor, transfer_id, collection_fee_minor)
           SELECT repayment_id, gen_random_uuid(), kind, holder, account_id, 100, gen_random_uuid(), :fee FROM repayment_shares
           WHERE repayment_id = :id LIMIT 1"""
    )
    await tx.connection.execute(planted, {"id": paid.id, "fee": 10})
    assert "fees_within_what_was_recovered" not in await _failing(book), "a tenth, as the programme has it then"
    await tx.connection.execute(planted, {"id": paid.id, "fee": 36})
    assert "fees_within_what_was_recovered" in await _failing(book)


async def test_on_time_nothing_is_kept(tx: Tx) -> None:
    book = await book_of(tx, lender_fees=FEES, loss_waterfall=())
    paid = await book.pay(await book.due(1))
    assert not any(one.collection_fee_minor for one in await queries.shares(tx.connection, paid.id))


async def _failing(book: Books) -> set[str]:
    return {one.name for one in await checks.run(book.tx.connection, book.tx.now, []) if one.offending}


async def _holds(book: Books) -> None:
    await book.holds()
    assert "fees_within_what_was_recovered" not in await _failing(book)


async def test_money_that_comes_late_reaches_lenders_less_the_fee_in_one_batch(world: World) -> None:
    fees: dict[str, Any] = {
        "collection_rate": "0.1",
        "collection_after_days": 30,
        "collection_tiers": [{"after_days": 60, "rate": "0.2"}],
    }
    terms = HARBOUR | {"loss_borne_by": "lender", "loss_waterfall": [], "terms_months": [12], "lender_fees": fees}
    path = "/v1/programmes/harbour/versions"
    twice = {"lender_fees": fees | {"collection_tiers": [{"after_days": 30, "rate": "0.2"}]}}
    assert (await world.operator.refused(path, terms | twice))[:2] == (422, "programme_contradicts_itself")
    made = await world.operator.made(path, terms | {"methods": ["equal_principal"]})
    assert made["lender_fees"]["collection_tiers"] == [{"after_days": 60, "rate": "0.2"}]
    lent = await world.disbursed([600_000, 400_000], programme="harbour", method="equal_principal")
    contract = await lent.lenders[0].lending.get(f"/v1/loans/{lent.loan['id']}/contract")
    agreed = json.loads(contract["document"])["terms"]["collection_fee"]
    assert agreed["rates"] == [{"after_days": 30, "rate": "0.1"}, {"after_days": 60, "rate": "0.2"}]
    sheet = await lent.lenders[0].lending.http.get(f"/v1/loans/{lent.loan['id']}/contract/page")
    assert "逾期60天起的催收服务费" in sheet.text
    before = [await person.balance() for person in lent.lenders]
    await late(lent, 61)
    due = (await lent.borrower.lending.get(f"/v1/loans/{lent.loan['id']}/dues"))["due_minor"]
    repaid = await lent.repay(due)
    assert repaid.status_code == 201, repaid.text
    shares = (await world.operator.get(f"/v1/repayments/{repaid.json()['id']}/shares"))["items"]
    whole = sum(one["fee_minor"] for one in shares)
    assert due * 19 // 100 < whole <= due * 2 // 10, "the second row is late too, the third is not"
    after = [await person.balance() for person in lent.lenders]
    assert sum(now[0] - then[0] for now, then in zip(after, before, strict=True)) + whole == due
    accounts = (await world.operator.get("/v1/verification"))["house_accounts"]
    purse = next(one["account_id"] for one in accounts if one["purpose"] == "collection_fees")
    assert (await world.account(purse))["balance"] == whole
    (claim,) = (await lent.lenders[0].lending.get("/v1/claims"))["items"]
    assert 0 < claim["collection_fees_minor"] < whole
    await world.audit()
    back = await world.operator.post(f"/v1/repayments/{repaid.json()['id']}/reversal", {"reason": "bounced"})
    assert back.status_code == 201, back.text
    await world.run_job("p2p.reverse_repayment", repaid.json()["id"])
    assert [await person.balance() for person in lent.lenders] == before
    await world.audit()
