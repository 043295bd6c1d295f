"""Stories called directly on the real database, in a transaction that is rolled back; and what the tables themselves refuse."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from clients.ids import new_id
from services.ecommerce_credit.drawings import actions as drawing_actions
from services.ecommerce_credit.drawings import queries as drawing_queries
from services.ecommerce_credit.drawings.model import Drawing, DrawingState
from services.ecommerce_credit.errors import AboveAvailable, RepaymentUnderWay, TooManyShopClaims
from services.ecommerce_credit.interest import queries as interest_queries
from services.ecommerce_credit.limits import queries as limit_queries
from services.ecommerce_credit.limits.model import Limit, LimitState
from services.ecommerce_credit.lines import actions as line_actions
from services.ecommerce_credit.lines import queries as line_queries
from services.ecommerce_credit.lines.model import Line
from services.ecommerce_credit.marketplaces import queries as marketplace_queries
from services.ecommerce_credit.marketplaces.model import Marketplace
from services.ecommerce_credit.repayments import actions as repayment_actions
from services.ecommerce_credit.repayments.model import RepaymentState
from services.ecommerce_credit.shops import actions as shop_actions
from services.ecommerce_credit.shops import queries as shop_queries
from services.ecommerce_credit.shops.model import Shop
from services.ecommerce_credit.verification import checks
from tests.conftest import MakeRuntime
from tests.ecommerce_credit.records import drawing as drawing_of
from tests.ecommerce_credit.records import features
from tests.ecommerce_credit.records import line as line_of

OWNER = Caller("cus_owner", "gateway", frozenset({"ecommerce_credit:read", "ecommerce_credit:write"}))
LEDGER = Caller("ecommerce_credit", "ecommerce_credit")


@pytest.fixture
async def tx(make_runtime: MakeRuntime) -> AsyncIterator[Tx]:
    runtime = await make_runtime("ecommerce_credit")
    async with runtime.database.engine.connect() as connection, connection.begin() as transaction:
        yield await runtime.database.begin(connection, seed="tests")
        await transaction.rollback()


@pytest.fixture
async def line(tx: Tx) -> Line:
    """Open for 6,000.00."""
    await marketplace_queries.add(tx.connection, Marketplace("market", "CNY", "Asia/Shanghai", tx.now))
    shop = Shop(UUID(int=2), "market", "seller", "CNY", "cus_owner", tx.now, tx.now)
    await shop_queries.add(tx.connection, [shop])
    limit = Limit(
        UUID(int=3), shop.id, "cus_owner", LimitState.ACCEPTED, features(), "1", 660, "A", (), (), 600_000, "CNY",
        Decimal("0.0005"), 6, Decimal("0.1825"), Decimal("0.24"), "rule", tx.now, tx.now, None,
    )  # fmt: skip
    await limit_queries.add(tx.connection, limit)
    made = line_of(due_at=tx.now + timedelta(days=300), opened_at=tx.now, changed_at=tx.now)
    await line_queries.add(tx.connection, made)
    await line_queries.add_step(tx.connection, made, None, taken_by="cus_owner")
    return made


async def drawn(tx: Tx, line: Line, amount: int) -> Drawing:
    asked = await drawing_actions.draw(tx, OWNER, line_id=line.id, amount_minor=amount, currency="CNY")
    return await drawing_actions.record_disbursed(
        tx, LEDGER, drawing_id=asked.id, account_id=UUID(int=7), capital_account_id=UUID(int=8)
    )


def later(tx: Tx, days: int) -> None:
    tx.now += timedelta(days=days)


async def test_a_pending_drawing_takes_room_and_a_refused_one_gives_it_back(tx: Tx, line: Line) -> None:
    first = await drawing_actions.draw(tx, OWNER, line_id=line.id, amount_minor=400_000, currency="CNY")
    with pytest.raises(AboveAvailable) as refused:
        await drawing_actions.draw(tx, OWNER, line_id=line.id, amount_minor=200_001, currency="CNY")
    assert refused.value.facts["available_minor"] == 200_000
    for _ in range(2):
        done = await drawing_actions.record_refused(tx, LEDGER, drawing_id=first.id, reason="insufficient_funds")
        assert done.state is DrawingState.REFUSED
    assert (await line_actions.locked(tx, line.id)).available_minor == 600_000
    late = await drawing_actions.record_disbursed(
        tx, LEDGER, drawing_id=first.id, account_id=UUID(int=7), capital_account_id=UUID(int=8)
    )
    assert late.state is DrawingState.REFUSED
    assert [event.type for event in tx.events.take()] == ["ecommerce_credit.drawing.refused.v1"]


async def test_a_customer_has_twenty_claims_under_way_at_most(tx: Tx, line: Line) -> None:
    shops = [Shop(new_id(), "market", f"s{number}", "CNY", None, tx.now, tx.now) for number in range(21)]
    await shop_queries.add(tx.connection, shops)
    caller = replace(OWNER, subject=encode("cus", new_id()))
    for shop in shops[:20]:
        await shop_actions.claim(tx, caller, marketplace="market", seller_id=shop.seller_id)
    with pytest.raises(TooManyShopClaims):
        await shop_actions.claim(tx, caller, marketplace="market", seller_id="s20")


async def test_an_answer_recorded_twice_changes_nothing_twice(tx: Tx, line: Line) -> None:
    drawing = await drawn(tx, line, 100_000)
    later(tx, 1)
    again = await drawing_actions.record_disbursed(
        tx, LEDGER, drawing_id=drawing.id, account_id=UUID(int=9), capital_account_id=UUID(int=9)
    )
    assert (again.drawn_on, again.account_id) == (drawing.drawn_on, UUID(int=7))
    repayment = await repayment_actions.repay_drawing(
        tx, OWNER, drawing_id=drawing.id, amount_minor=50_050, currency="CNY"
    )
    with pytest.raises(RepaymentUnderWay):
        await repayment_actions.repay_line(tx, OWNER, line_id=line.id, amount_minor=1, currency="CNY")
    for _ in range(2):
        done = await repayment_actions.record_received(tx, LEDGER, repayment_id=repayment.id)
        assert done.state is RepaymentState.RECEIVED
    late = await repayment_actions.record_refused(tx, LEDGER, repayment_id=repayment.id, reason="late")
    assert late.state is RepaymentState.RECEIVED
    left = await line_actions.locked(tx, line.id)
    assert (left.outstanding_minor, left.pending_minor) == (50_000, 0)


async def test_the_day_close_is_exact_restartable_and_the_same_in_slices(tx: Tx, line: Line) -> None:
    """Against a loop over days in Python; slices of two drawings and three days, begun again until nothing is left."""
    random, first = Random(7), tx.today
    several = []
    for number in range(7):
        amount, rate = random.randint(1, 10**12), Decimal(random.randint(1, 99_999)).scaleb(-8)
        started = first + timedelta(days=number)
        made = drawing_of(
            number, id=new_id(), line_id=line.id, amount_minor=amount, outstanding_minor=amount, daily_rate=rate,
            limit_minor=10**13, used_minor=amount, drawn_on=started, accrued_to_on=started,
        )  # fmt: skip
        await drawing_queries.add(tx.connection, made)
        several.append(made)
    until = first + timedelta(days=40)
    runs = 0
    while await interest_queries.close_slice(tx.connection, until, drawings=2, days=3):
        runs += 1
        assert runs < 200
    assert await interest_queries.close_slice(tx.connection, until, drawings=2, days=3) == 0
    for made in several:
        closed = await drawing_queries.load(tx.connection, made.id)
        assert closed is not None
        assert made.accrued_to_on is not None
        naive = Decimal(0)
        day = made.accrued_to_on
        while day < until:
            naive += made.outstanding_minor * made.daily_rate
            day += timedelta(days=1)
        assert (closed.interest_accrued, closed.accrued_to_on) == (naive, until)
        days = await interest_queries.days(tx.connection, made.id, after=date(1, 1, 1), limit=100)
        assert len(days) == (until - made.accrued_to_on).days


async def test_the_audit_sees_what_is_changed_by_hand(tx: Tx, line: Line) -> None:
    drawing = await drawn(tx, line, 100_000)
    later(tx, 3)
    await interest_queries.close_slice(tx.connection, tx.today, drawings=10, days=10)
    repayment = await repayment_actions.repay_drawing(
        tx, OWNER, drawing_id=drawing.id, amount_minor=1_000, currency="CNY"
    )
    await repayment_actions.record_received(tx, LEDGER, repayment_id=repayment.id)
    shops = "owner_has_an_approved_claim"  # the shop of these tests was given its owner without one
    assert await failing(tx) == {shops}
    for damage, found in (
        ("UPDATE lines SET limit_minor = limit_minor + 1", {"line_has_its_accepted_limit"}),
        ("UPDATE lines SET outstanding_minor = outstanding_minor + 1", {"drawings_make_up_the_line"}),
        ("UPDATE drawings SET interest_accrued = interest_accrued + 1", {"days_make_up_the_interest"}),
        ("UPDATE drawings SET interest_repaid_minor = interest_repaid_minor - 1", {"repayments_make_up_the_drawing"}),
        ("UPDATE drawings SET daily_rate = 0.0001", {"interest_follows_the_balance"}),
        ("UPDATE drawings SET accrued_to_on = accrued_to_on - 1", {"days_make_up_the_interest", "interest_not_closed"}),
        ("UPDATE repayments SET requested_on = requested_on - 1", {"interest_follows_the_balance"}),
    ):
        async with tx.connection.begin_nested() as damaged:
            await tx.connection.exec_driver_sql(damage)
            assert await failing(tx) == {shops} | found, damage
            await damaged.rollback()


async def failing(tx: Tx) -> set[str]:
    found = await checks.run(tx.connection, tx.now, [], tx.settings.zone)
    return {check.name for check in found if check.offending}


async def test_the_tables_themselves_refuse_what_must_not_be(tx: Tx, line: Line) -> None:
    await drawn(tx, line, 100_000)
    for statement, constraint in (
        ("UPDATE drawings SET used_minor = limit_minor + 1", "within_the_limit"),
        ("UPDATE drawings SET outstanding_minor = 0", "outstanding_owes"),
        ("UPDATE drawings SET interest_repaid_minor = 1", "interest_within_accrued"),
        ("UPDATE lines SET state = 'closed', due_at = NULL, closed_at = opened_at", "closed_owes_nothing"),
        ("UPDATE lines SET pending_minor = -1", "nothing_negative"),
        (
            "INSERT INTO interest_days SELECT id, drawn_on, 100000, 0.0005, 49 FROM drawings",
            "principal_times_rate",
        ),
    ):
        with pytest.raises(IntegrityError, match=constraint):
            async with tx.connection.begin_nested():
                await tx.connection.exec_driver_sql(statement)
    limit = await limit_queries.load(tx.connection, line.limit_id)
    assert limit is not None
    other = replace(limit, id=new_id())
    await limit_queries.add(tx.connection, other)
    with pytest.raises(IntegrityError, match="one_alive"):
        await line_queries.add(tx.connection, replace(line, id=new_id(), limit_id=other.id))


@pytest.mark.parametrize("table", ["imports", "shop_claim_steps", "line_steps", "interest_days", "repayment_parts"])
async def test_history_cannot_be_edited(tx: Tx, table: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        await tx.connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608
