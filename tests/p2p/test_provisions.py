"""Provisions and accrued interest of a day's close, on the real database, against a naive second model loan by loan."""

import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, insert, select, update

from chassis.clock import start_of_day
from chassis.database import Tx
from clients.ids import new_id
from finance.accrual import simple_interest_minor
from finance.expected_loss import PRESUMED, expected_loss_minor
from services.p2p.accounting import actions, provision_queries, queries
from services.p2p.accounting.actions import DayRead
from services.p2p.accounting.model import LENDERS, Account, Line
from services.p2p.accounting.provision_rates import table_on
from services.p2p.accounting.tables import book_movements, loan_provisions
from services.p2p.claims import queries as claim_queries
from services.p2p.claims.model import Claim
from services.p2p.claims.tables import claims as claim_rows
from services.p2p.loans.model import Loan
from services.p2p.loans.tables import loan_rows
from services.p2p.losses.model import RESERVE_FUND
from services.p2p.programmes.model import Covered, LossBearer, LossLayer, Programme
from services.p2p.servicing.tables import loan_accruals
from services.p2p.sureties.tables import sureties, suretyships
from services.p2p.verification import accounting_queries
from services.p2p.wire_ids import surety_text
from services.p2p.write_offs.tables import write_offs
from tests.conftest import MakeRuntime
from tests.p2p.resale_records import FREE, LEDGER, START, claim_of, lent, programme_with

FIRST = date(2026, 11, 25)
"""The claims of these loans stand as they do since the day before; rows are due on the tenth."""
SHARES = (Decimal("0.3"), Decimal("0.5"), Decimal("0.6"), Decimal(1))
DAYS = (0, 1, 29, 30, 31, 60, 90, 91, 200, 270, 271, 360, 361, 800)


@pytest.fixture
async def tx(make_runtime: MakeRuntime) -> AsyncIterator[Tx]:
    runtime = await make_runtime("p2p")
    async with runtime.database.engine.connect() as connection, connection.begin() as transaction:
        yield await runtime.database.begin(connection, seed="tests")
        await transaction.rollback()


@dataclass
class Case:
    loan: Loan
    programme: Programme
    claims: list[Claim]
    late: int = 0
    given_up: bool = False


def layers_of(chance: random.Random) -> tuple[LossLayer, ...]:
    bearers = chance.sample([LossBearer.RESERVE_FUND, LossBearer.GUARANTOR], chance.choice([0, 1, 1, 2]))
    return tuple(LossLayer(bearer, 30, Covered.PRINCIPAL, chance.choice(SHARES)) for bearer in bearers)


async def surety(tx: Tx) -> UUID:
    surety_id = new_id()
    values: dict[str, Any] = {
        "id": surety_id, "kind": "guarantor", "name": "East", "licence_kind": "guarantee", "licence_number": "1", "currency": "CNY",
        "licensed_from": START, "licensed_until": START + timedelta(days=9_999), "capital_minor": 1, "cap_minor": 1, "programmes": [],
        "state": "active", "account_id": new_id(), "changed_by": "stf_tests", "registered_at": tx.now, "changed_at": tx.now,
    }  # fmt: skip
    await tx.connection.execute(insert(sureties).values(values))
    return surety_id


async def cases(tx: Tx, chance: random.Random, surety_id: UUID, number: int) -> list[Case]:
    """Loans of two lenders, some of which the fund or the surety has paid for a part of, some without a surety who should be there."""
    found = []
    for _ in range(number):
        programme = await programme_with(tx, FREE, loss_waterfall=layers_of(chance))
        loan, claims = await lent(tx, programme, [chance.randint(1, 10**6), chance.randint(1, 10**6)])
        bearers = {layer.bearer for layer in programme.loss_waterfall}
        if LossBearer.GUARANTOR in bearers and chance.random() < 0.8:
            promise = {"kind": "guarantor", "surety_id": surety_id, "amount_minor": 1, "backed_at": tx.now}
            await tx.connection.execute(insert(suretyships).values(listing_id=loan.listing_id, **promise))
        else:
            bearers.discard(LossBearer.GUARANTOR)
        names = {LossBearer.RESERVE_FUND: RESERVE_FUND, LossBearer.GUARANTOR: surety_text(surety_id)}
        if bearers and chance.random() < 0.5:
            passed = claim_of(loan, chance.randint(1, 10**6), names[chance.choice(sorted(bearers))])
            paid = passed._replace(account_id=new_id())
            claims.append(paid)
            await claim_queries.add(tx.connection, [paid], cause="compensation", cause_id="tests")
        found.append(Case(loan, programme, claims))
    return found


async def age(tx: Tx, chance: random.Random, found: list[Case], day: date) -> None:
    """The close of the day, as it would have seen them."""
    for case in found:
        case.late = chance.choice(DAYS)
        if case.late > 180 and not case.given_up and chance.random() < 0.5:
            case.given_up = True
            values: dict[str, Any] = {
                "id": new_id(), "loan_id": case.loan.id, "state": "approved", "reason": "gone", "proposed_by": "stf_a",
                "decided_by": "stf_b",
                "days_past_due": 181, "outstanding_minor": 1, "uncovered_minor": 1, "proposed_at": tx.now, "changed_at": start_of_day(day),
            }  # fmt: skip
            await tx.connection.execute(insert(write_offs).values(values))
        row: dict[str, Any] = {
            "on_day": day, "loan_id": case.loan.id, "currency": "CNY", "interest_minor": 0, "days_past_due": case.late,
            "outstanding_minor": sum(claim.outstanding_minor for claim in case.claims), "accrues": case.late <= 90,
        }  # fmt: skip
        await tx.connection.execute(insert(loan_accruals).values(row))


def naive(case: Case, surety_name: str, backed: bool) -> dict[str, tuple[int, int, int]]:
    """Stage, exposure and provision by entity: claims one by one, layers one by one, by `finance.expected_loss`."""
    names = {LossBearer.RESERVE_FUND: "reserve_fund", LossBearer.GUARANTOR: surety_name}
    exposure: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for claim in case.claims:
        name = {RESERVE_FUND: "reserve_fund"}.get(
            claim.holder, claim.holder if claim.holder.startswith("sur_") else LENDERS
        )
        held[name] += claim.outstanding_minor
    left = held.pop(LENDERS, 0)
    exposure.update(held)
    for layer in case.programme.loss_waterfall:
        name = names[layer.bearer]
        if layer.bearer is LossBearer.GUARANTOR and not backed:
            continue
        owes = int(layer.share * (left + held[name])) - held[name]
        takes = max(0, min(left, owes))
        exposure[name] += takes
        left -= takes
    exposure[LENDERS] += left
    if case.given_up:
        stage, rate = 3, Decimal(1)
    else:
        stage = PRESUMED.stage(case.late)
        rate = Decimal(table_on(FIRST).step(case.late).rate_millionths) / 10**6
    return {
        name: (stage, amount, expected_loss_minor(amount, rate, "1")) for name, amount in exposure.items() if amount
    }


async def backed(tx: Tx, case: Case) -> bool:
    wanted = select(suretyships.c.surety_id).where(suretyships.c.listing_id == case.loan.listing_id)
    return (await tx.connection.execute(wanted)).first() is not None


async def test_provisions_of_a_book_of_loans_are_those_of_a_naive_model_day_after_day(tx: Tx) -> None:
    chance = random.Random(6)
    surety_id = await surety(tx)
    name = surety_text(surety_id)
    found = await cases(tx, chance, surety_id, 40)
    written = 0
    before: dict[tuple[UUID, str], tuple[int, int, int]] = {}
    for offset in range(4):
        day = FIRST + timedelta(days=offset)
        await age(tx, chance, found[offset:], day)
        booked = await actions.book(tx, LEDGER, read=DayRead(day, 0, [], {surety_id: name}))
        assert await actions.book(tx, LEDGER, read=DayRead(day, 9, [], {})) == booked
        expected = {
            (case.loan.id, entity): kept
            for case in found[offset:]
            for entity, kept in naive(case, name, await backed(tx, case)).items()
        }
        await _stages_are(tx, day, expected)
        # A row for what changed, and for what is owed no more; none for what stayed.
        gone = {key for key, kept in before.items() if key not in expected and kept[1]}
        changed = {key for key, kept in expected.items() if before.get(key) != kept} | gone
        rows = (await tx.connection.execute(select(func.count()).select_from(loan_provisions))).scalar_one()
        assert rows - written == len(changed)
        written, before = rows, {key: kept for key, kept in before.items() if key in gone} | expected
        before |= {key: (kept[0], 0, 0) for key, kept in before.items() if key in gone}
        lines = await queries.trial_balance(tx.connection, day, "CNY", None)
        _are_booked(lines, expected)
    for check in await accounting_queries.checks(tx.connection, tx.settings.zone):
        assert not check.offending or check.name == "claims_are_in_the_books", check


async def _stages_are(tx: Tx, day: date, expected: dict[tuple[UUID, str], tuple[int, int, int]]) -> None:
    totals: Counter[tuple[str, int, str]] = Counter()
    for (_, entity), (stage, exposure, kept) in expected.items():
        totals.update(
            {(entity, stage, "loans"): 1, (entity, stage, "exposure"): exposure, (entity, stage, "kept"): kept}
        )
    shown: Counter[tuple[str, int, str]] = Counter()
    for one in await provision_queries.stages(tx.connection, day):
        key = (one.entity, one.stage)
        shown.update(
            {(*key, "loans"): one.loans, (*key, "exposure"): one.exposure_minor, (*key, "kept"): one.provision_minor}
        )
    assert +shown == +totals


def _are_booked(lines: list[Line], expected: dict[tuple[UUID, str], tuple[int, int, int]]) -> None:
    kept: Counter[str] = Counter()
    for (_, entity), (_, _, provision) in expected.items():
        kept[entity] += provision
    booked = {line.entity: -line.closing_minor for line in lines if line.account is Account.PROVISIONS}
    assert {name: minor for name, minor in booked.items() if minor} == +kept
    for entity in booked:
        own = [line for line in lines if line.entity == entity]
        assert sum(line.debit_minor for line in own) == sum(line.credit_minor for line in own)
        assert sum(line.closing_minor for line in own) == 0
        losses = sum(
            line.closing_minor for line in own if line.account in (Account.PROVISION_EXPENSE, Account.LOAN_LOSSES)
        )
        assert losses == booked[entity]


async def test_interest_accrues_to_lenders_by_what_they_hold_and_stops_at_ninety_days(tx: Tx) -> None:
    programme = await programme_with(tx, FREE)
    loan, claims = await lent(tx, programme, [60_000, 40_000])
    rows = (
        await tx.connection.execute(
            select(loan_rows).where(loan_rows.c.loan_id == loan.id).order_by(loan_rows.c.number)
        )
    ).all()

    async def accrued(day: date, *, accrues: bool = True) -> int:
        values: dict[str, Any] = {
            "on_day": day, "loan_id": loan.id, "currency": "CNY", "interest_minor": 0, "days_past_due": 0 if accrues else 91,
            "outstanding_minor": 100_000, "accrues": accrues,
        }  # fmt: skip
        await tx.connection.execute(insert(loan_accruals).values(values))
        found = await provision_queries.accrued(
            tx.connection, day, start_of_day(day + timedelta(days=1), tx.settings.zone)
        )
        return found.get("CNY", 0)

    def earned(day: date) -> int:
        total = 0
        for row in rows:
            ends_on, until = row.from_on + timedelta(days=row.days), day + timedelta(days=1)
            if ends_on <= until:
                total += row.interest_minor
            elif row.from_on < until:
                owed = row.principal_minor + row.balance_minor
                total += simple_interest_minor(
                    owed, loan.annual_rate, row.from_on, until, day_count=loan.day_count, rounding="half_up"
                )
        return total

    for offset in (0, 1, 13, 14, 15, 16, 45, 60):
        assert await accrued(FIRST + timedelta(days=offset)) == earned(FIRST + timedelta(days=offset)) > 0
    assert await accrued(FIRST + timedelta(days=2), accrues=False) == 0
    day = FIRST + timedelta(days=3)
    # Ten rows are paid, the last two before they were earned: that much was received ahead.
    paid_minor = sum(row.interest_minor for row in rows[:10])
    of_ten = loan_rows.c.number <= 10
    await tx.connection.execute(update(loan_rows).where(of_ten).values(interest_paid_minor=loan_rows.c.interest_minor))
    assert await accrued(day) == earned(day) - paid_minor < 0
    # Somebody who paid for a part of the loss has that part of what accrues, and books it when it comes.
    day = FIRST + timedelta(days=100)
    await tx.connection.execute(update(claim_rows).where(claim_rows.c.id == claims[0].id).values(holder=RESERVE_FUND))
    assert await accrued(day) == (earned(day) - paid_minor) * 40_000 // 100_000


async def test_what_accrues_is_booked_by_what_it_changed(tx: Tx) -> None:
    programme = await programme_with(tx, FREE)
    loan, _ = await lent(tx, programme, [100_000])
    balances = []
    for offset, accrues in enumerate((True, True, False, True)):
        day = FIRST + timedelta(days=offset)
        values: dict[str, Any] = {
            "on_day": day, "loan_id": loan.id, "currency": "CNY", "interest_minor": 0, "days_past_due": 10 if accrues else 91,
            "outstanding_minor": 100_000, "accrues": accrues,
        }  # fmt: skip
        await tx.connection.execute(insert(loan_accruals).values(values))
        await actions.book(tx, LEDGER, read=DayRead(day, 0, [], {}))
        balances.append(await queries.balance_of(tx.connection, "CNY", LENDERS, Account.ACCRUED_INTEREST))
        income = await queries.balance_of(tx.connection, "CNY", LENDERS, Account.INTEREST_INCOME)
        assert income == -balances[-1]
    assert 0 == balances[2] < balances[0] < balances[1] < balances[3]
    days = (await tx.connection.execute(select(book_movements.c.day).distinct())).scalars().all()
    assert len(days) == 4
