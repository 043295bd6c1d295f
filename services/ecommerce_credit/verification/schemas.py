"""The audit on the wire, and the figures from which `sifang verify` works it out again from transfers."""

from datetime import datetime
from uuid import UUID

from chassis import wire
from services.ecommerce_credit.capital.jobs import CODES as CAPITAL_CODES
from services.ecommerce_credit.capital.model import Movement as CapitalMovement
from services.ecommerce_credit.capital.model import MovementKind
from services.ecommerce_credit.drawings.jobs import DISBURSEMENT_CODE
from services.ecommerce_credit.drawings.model import Drawing
from services.ecommerce_credit.lines.model import Line
from services.ecommerce_credit.repayments.jobs import CODES
from services.ecommerce_credit.repayments.model import PartKind
from services.ecommerce_credit.verification.model import Check, Movement
from services.ecommerce_credit.wire_ids import (
    AccountId,
    CapitalMovementId,
    DrawingId,
    LineId,
    drawing_text,
    movement_text,
)

OFFENDING_SHOWN = 100


class CheckAnswer(wire.Answer):
    """failed: how many of the examined offend; offending: ids of the first hundred."""

    name: str
    examined: int
    failed: int
    offending: list[str]


class MovementAnswer(wire.Answer):
    """kind: disbursement, repayment, contribution or withdrawal; reference: that of its transfers; job: what finishes it, with record."""

    kind: str
    record: str
    job: str
    job_record: UUID
    reference: str
    amount_minor: int
    currency: str
    since_at: datetime
    age_seconds: int


class HouseAccountAnswer(wire.Answer):
    purpose: str
    currency: str
    account_id: AccountId


class VerificationAnswer(wire.Answer):
    """movements: the oldest thousand under way; one older than five minutes makes `movement_too_old` fail."""

    holds: bool
    business_at: datetime
    checks: list[CheckAnswer]
    movements: list[MovementAnswer]
    house_accounts: list[HouseAccountAnswer]


class ExpectedSum(wire.Answer):
    """Σ of the ledger's posted transfers with this code and reference, from the one account to the other."""

    code: str
    reference: str
    debit_account_id: AccountId
    credit_account_id: AccountId
    currency: str
    amount_minor: int


class DrawingFigures(wire.Answer):
    """disbursed − principal repaid = outstanding. All 0 while it is pending, and when it was refused.

    account_id: the borrower's; transfers: every sum that the ledger has with `reference` = id and a code `credit.*`, and no other.
    """

    id: DrawingId
    line_id: LineId
    currency: str
    state: str
    account_id: AccountId | None
    disbursed_minor: int
    principal_repaid_minor: int
    interest_repaid_minor: int
    outstanding_minor: int
    transfers: list[ExpectedSum]


class LineFigures(wire.Answer):
    """outstanding: Σ of the line's drawings, which alone stand in the ledger."""

    id: LineId
    state: str
    currency: str
    limit_minor: int
    pending_minor: int
    outstanding_minor: int


class CapitalFigures(wire.Answer):
    """A movement of capital that was done, or is under way (then with no transfers yet, or the one named by its movement)."""

    id: CapitalMovementId
    customer: str
    kind: str
    state: str
    currency: str
    amount_minor: int
    transfers: list[ExpectedSum]


def check_answer(check: Check) -> CheckAnswer:
    return CheckAnswer(
        name=check.name,
        examined=check.examined,
        failed=len(check.offending),
        offending=list(check.offending[:OFFENDING_SHOWN]),
    )


def movement_answer(movement: Movement, now: datetime) -> MovementAnswer:
    return MovementAnswer(
        kind=movement.kind,
        record=movement.record,
        job=movement.job,
        job_record=movement.job_record,
        reference=movement.reference,
        amount_minor=movement.amount_minor,
        currency=movement.currency,
        since_at=movement.since_at,
        age_seconds=max(0, int((now - movement.since_at).total_seconds())),
    )


def drawing_figures(drawing: Drawing, income_account_id: UUID | None) -> DrawingFigures:
    """income_account_id: of the drawing's currency; known wherever something was drawn."""
    made = drawing.disbursed_at is not None
    return DrawingFigures(
        id=drawing.id,
        line_id=drawing.line_id,
        currency=drawing.currency,
        state=drawing.state.value,
        account_id=drawing.account_id,
        disbursed_minor=drawing.amount_minor if made else 0,
        principal_repaid_minor=drawing.principal_repaid_minor,
        interest_repaid_minor=drawing.interest_repaid_minor,
        outstanding_minor=drawing.outstanding_minor,
        transfers=_sums(drawing, income_account_id) if made else [],
    )


def _sums(drawing: Drawing, income_account_id: UUID | None) -> list[ExpectedSum]:
    wallet, capital = drawing.account_id, drawing.capital_account_id
    expected = (
        (DISBURSEMENT_CODE, capital, wallet, drawing.amount_minor),
        (CODES[PartKind.PRINCIPAL], wallet, capital, drawing.principal_repaid_minor),
        (CODES[PartKind.INTEREST], wallet, income_account_id, drawing.interest_repaid_minor),
    )
    return [
        ExpectedSum(
            code=code,
            reference=drawing_text(drawing.id),
            debit_account_id=debit,
            credit_account_id=credit,
            currency=drawing.currency,
            amount_minor=amount,
        )
        for code, debit, credit, amount in expected
        if amount
    ]


def line_figures(line: Line) -> LineFigures:
    return LineFigures.model_validate(line)


def capital_figures(movement: CapitalMovement) -> CapitalFigures:
    wallet, capital = movement.account_id, movement.capital_account_id
    into = movement.kind is MovementKind.CONTRIBUTION
    moved = (
        ExpectedSum(
            code=CAPITAL_CODES[movement.kind],
            reference=movement_text(movement.id),
            debit_account_id=wallet if into else capital,
            credit_account_id=capital if into else wallet,
            currency=movement.currency,
            amount_minor=movement.amount_minor,
        )
        if wallet and capital
        else None
    )
    return CapitalFigures(
        id=movement.id,
        customer=movement.customer,
        kind=movement.kind.value,
        state=movement.state.value,
        currency=movement.currency,
        amount_minor=movement.amount_minor,
        transfers=[moved] if moved else [],
    )
