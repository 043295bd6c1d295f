"""What plans charged, beside transfers made up by hand: each difference is seen, and a charge under way explains its own alone."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from clients.p2p.shapes import EnrolmentFigures, MovementAnswer
from clients.payments.shapes import PostedSum
from suite.audit import plans
from suite.audit.posted import Posted

HERS, HOUSE, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
ENROLMENT = "enr_01jd0000000000000000000001"


def charged(fees: int, excess: int, enrolment: str = ENROLMENT) -> EnrolmentFigures:
    return EnrolmentFigures(
        id=enrolment, state="ended", currency="CNY", account_id=HERS, fees_minor=fees, excess_minor=excess
    )


def moved(code: str, amount: int, debit: UUID = HERS, reference: str = ENROLMENT) -> PostedSum:
    return PostedSum(
        reference=reference,
        code=code,
        currency="CNY",
        debit_account_id=debit,
        credit_account_id=HOUSE,
        amount=amount,
        count=1,
    )


def under_way(amount: int) -> MovementAnswer:
    return MovementAnswer(
        kind="plan_charge",
        record=ENROLMENT,
        job="p2p.settle_enrolment",
        job_record=UUID(int=9),
        reference=ENROLMENT,
        amount_minor=amount,
        currency="CNY",
        since_at=datetime(2026, 11, 24, tzinfo=UTC),
        age_seconds=1,
    )


def failing(figures: EnrolmentFigures, sums: list[PostedSum], *moving: MovementAnswer) -> set[str]:
    found: list[Any] = plans.checks([figures], moving, Posted(sums))
    return {one.name for one in found if not one.holds}


def test_what_was_charged_is_on_the_ledger_and_nothing_else() -> None:
    both = [moved(plans.FEE, 300), moved(plans.EXCESS, 3_700)]
    follows, belongs = "charges of plans follow from transfers", "charges of plans belong to an enrolment"
    assert failing(charged(300, 3_700), both) == set()
    assert failing(charged(0, 0), []) == set()
    assert failing(charged(300, 3_700), both[:1]) == {follows}
    assert failing(charged(300, 3_701), both) == {follows}
    assert failing(charged(0, 0), both) == {follows}
    assert failing(charged(300, 0), [moved(plans.FEE, 300, OTHER)]) == {follows}
    assert failing(charged(0, 0), both, under_way(4_000)) == set()
    assert failing(charged(0, 0), both, under_way(3_999)) == {follows}
    assert failing(charged(0, 0), [moved(plans.FEE, 1, reference="enr_nobodys")]) == {belongs}
