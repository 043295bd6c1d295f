"""Other terms for a loan: every event in every state, who may do what, and a loan that goes on under them to its end."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import httpx
import pytest

from finance.calendars import add_months
from services.p2p.errors import AboveRateCeiling, CannotBeScheduled, NotAllowedInState
from services.p2p.repayments import rules as repayment_rules
from services.p2p.repayments.standing import changes_of
from services.p2p.restructurings import rules
from services.p2p.restructurings.errors import RestructuringExpired
from services.p2p.restructurings.model import Restructuring, RestructuringEvent, RestructuringState
from tests.p2p.people import Door, World
from tests.p2p.test_any_repayment import START, Book

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
TABLE = {
    ("proposed", "confirm"): "offered",
    ("offered", "accept"): "accepted",
    ("offered", "decline"): "declined",
    ("proposed", "withdraw"): "withdrawn",
    ("offered", "withdraw"): "withdrawn",
    ("proposed", "expire"): "expired",
    ("offered", "expire"): "expired",
}


@pytest.mark.parametrize(("state", "event"), list(product(RestructuringState, RestructuringEvent)))
def test_every_event_in_every_state(state: RestructuringState, event: RestructuringEvent) -> None:
    record: Any = SimpleNamespace(state=state)
    expected = TABLE.get((state.value, event.value))
    if expected is None:
        with pytest.raises(NotAllowedInState):
            rules.next_state(record, event)
    else:
        assert rules.next_state(record, event).value == expected


def terms(periods: int, rate: str | None = None, first_due_on: date | None = None, **more: Any) -> Restructuring:
    return Restructuring(
        id=UUID(int=31),
        loan_id=UUID(int=77),
        annual_rate=None if rate is None else Decimal(rate),
        periods=periods,
        first_due_on=first_due_on,
        reason="lost her job",
        state=RestructuringState.OFFERED,
        proposed_by="stf_1",
        proposed_at=NOW,
        confirmed_by="stf_2",
        changed_at=NOW,
        due_at=NOW,
        **more,
    )


def test_the_time_to_answer_ends_with_its_instant() -> None:
    rules.require_in_time(terms(3), NOW - timedelta(microseconds=1))
    with pytest.raises(RestructuringExpired):
        rules.require_in_time(terms(3), NOW)


@pytest.mark.parametrize(("rate", "allowed"), [("0.11", True), ("0.50", False)])
def test_no_terms_dearer_than_the_law_lets_them_be(rate: str, allowed: bool) -> None:
    book = Book([1_000], late_daily_rate=Decimal("0.0003"))
    if allowed:
        rules.agreed(book.serviced, terms(24, rate), START + timedelta(days=5))
        return
    with pytest.raises(AboveRateCeiling) as refused:
        rules.agreed(book.serviced, terms(24, rate), START + timedelta(days=5))
    assert refused.value.field == "annual_rate"


def test_what_is_due_stays_due_and_as_late_and_the_rest_is_divided_anew() -> None:
    book = Book([1_000, 700], months=6, late_daily_rate=Decimal("0.0003"))
    first = book.rows[0]
    day = first.due_on + timedelta(days=10)
    after = rules.agreed(book.serviced, terms(12, "0.05"), day)
    assert after.schedule is not None
    assert after.dues[0].due_on == first.due_on
    assert after.dues[0].penalty_minor == book.serviced.on(day).dues[0].penalty_minor
    assert len(after.schedule.rows) == 13
    assert sum(due.principal_minor for due in after.dues) == book.loan.principal_minor
    book.agreed.append(terms(12, "0.05", agreed_on=day, after_repayment=0))
    book.rows = repayment_rules.rows_paid(book.loan, after.schedule.rows, [], changes_of(after))
    assert [row.annual_rate for row in book.rows[:3]] == [None, None, Decimal("0.05")]
    for row in after.schedule.rows:
        on = max(day, row.due_on)
        book.pay(on, book.serviced.on(on).arrears_minor)
    assert all(claim.outstanding_minor == 0 for claim in book.claims)


def test_rows_paid_before_their_day_bar_other_terms() -> None:
    book = Book([1_000], late_daily_rate=Decimal("0.0003"))
    book.pay(START, book.rows[0].payment_minor)
    with pytest.raises(CannotBeScheduled):
        rules.agreed(book.serviced, terms(3), START + timedelta(days=3))


@pytest.mark.parametrize(
    ("rate", "first_due_on", "field"),
    [("-0.0001", None, "annual_rate"), (None, date(2999, 12, 31), "first_due_on")],
)
def test_terms_without_end_or_below_nothing_are_refused(
    rate: str | None, first_due_on: date | None, field: str
) -> None:
    book, day = Book([1_000], late_daily_rate=Decimal("0.0003")), START + timedelta(days=3)
    with pytest.raises(CannotBeScheduled) as refused:
        rules.agreed(book.serviced, terms(3, rate, first_due_on), day)
    assert refused.value.field == field
    rules.agreed(book.serviced, terms(3, "0", add_months(day, rules.LONGEST_PAUSE_MONTHS)), day)
    late = add_months(day, rules.LONGEST_PAUSE_MONTHS) + timedelta(days=1)
    with pytest.raises(CannotBeScheduled):
        rules.agreed(book.serviced, terms(3, first_due_on=late), day)


async def said(door: Door, path: str, body: Any = None) -> dict[str, Any]:
    answer: httpx.Response = await door.post(path, body)
    assert answer.status_code in (200, 201), answer.text
    return dict(answer.json())


async def test_proposed_confirmed_accepted_and_repaid_under_the_new_terms(world: World) -> None:
    lent = await world.disbursed([600_000, 400_000], term_months=3)
    await world.give(lent.borrower, 200_000)
    path = f"/v1/loans/{lent.loan['id']}/restructurings"
    second = Door(world.p2p.client(subject="stf_second"), "stf_second")
    wish = {"periods": 6, "annual_rate": "0.08", "reason": "lost her job"}
    borrower = lent.borrower.lending
    assert (await borrower.refused(path, wish))[0] == 403
    dear = await world.operator.refused(path, wish | {"annual_rate": "0.5"})
    assert dear == (422, "above_rate_ceiling", "annual_rate")
    proposed = await world.operator.made(path, wish)
    one = f"/v1/restructurings/{proposed['id']}"
    assert await world.operator.refused(path, wish) == (409, "restructuring_under_way", None)
    assert (await world.operator.refused(f"{one}/confirmation"))[:2] == (403, "own_proposal")
    unknown = (404, "unknown_restructuring", "restructuring_id")
    assert await borrower.refused(f"{one}/decision", {"decision": "accept"}) == unknown
    offered = await said(second, f"{one}/confirmation")
    assert offered["state"] == "offered"
    stranger = world.person().lending
    assert await stranger.refused(f"{one}/decision", {"decision": "accept"}) == unknown
    accepted = await said(borrower, f"{one}/decision", {"decision": "accept"})
    assert (accepted["state"], accepted["due_at"]) == ("accepted", None)
    assert (await borrower.refused(f"{one}/decision", {"decision": "decline"}))[1] == "not_allowed_in_state"
    loan = await borrower.get(f"/v1/loans/{lent.loan['id']}")
    assert loan["schedule_version"] == 2
    rows = await lent.rows()
    assert len(rows) == 6
    assert len((await borrower.get(f"/v1/loans/{lent.loan['id']}/schedule", version=1))["rows"]) == 3
    await world.audit()
    for row in rows:
        assert (await lent.repay(row["payment_minor"])).json()["state"] == "shared"
    assert (await borrower.get(f"/v1/loans/{lent.loan['id']}"))["state"] == "repaid"
    assert (await borrower.get(path))["items"] == [accepted]
    await world.audit()


async def test_declined_withdrawn_and_left_without_an_answer(world: World) -> None:
    lent = await world.disbursed([300_000], term_months=3)
    path = f"/v1/loans/{lent.loan['id']}/restructurings"
    second = Door(world.p2p.client(subject="stf_second"), "stf_second")
    wish = {"periods": 6, "reason": "asked for it"}
    declined = await world.operator.made(path, wish)
    await said(second, f"/v1/restructurings/{declined['id']}/confirmation")
    await said(lent.borrower.lending, f"/v1/restructurings/{declined['id']}/decision", {"decision": "decline"})
    withdrawn = await world.operator.made(path, wish)
    await said(world.operator, f"/v1/restructurings/{withdrawn['id']}/withdrawal")
    late = await world.operator.made(path, wish)
    await world.pass_time(timedelta(days=7))
    refused = await second.refused(f"/v1/restructurings/{late['id']}/confirmation")
    assert refused[:2] in ((409, "restructuring_expired"), (409, "not_allowed_in_state"))
    await world.run_periodic("p2p.expire_restructurings")
    states = {one["id"]: one["state"] for one in (await lent.borrower.lending.get(path))["items"]}
    assert states == {declined["id"]: "declined", withdrawn["id"]: "withdrawn", late["id"]: "expired"}
    assert len(await lent.rows()) == 3
    await world.audit()
