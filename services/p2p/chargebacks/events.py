"""Events of chargebacks and of what is owed for them."""

from typing import Literal

from chassis.wire import Answer
from services.p2p.chargebacks.model import Chargeback, Debt
from services.p2p.wire_ids import ChargebackDebtId, ChargebackId, LoanDebitId, LoanId, PledgeId, ProjectId

BOOKED = "p2p.chargeback.booked.v1"
UNMATCHED = "p2p.chargeback.unmatched.v1"
DEBT_INCURRED = "p2p.chargeback_debt.incurred.v1"
DEBT_SETTLED = "p2p.chargeback_debt.settled.v1"


class ChargebackTold(Answer):
    """A bank took back what a pledge was paid with, or a debit that repaid a loan; or one with which nothing was paid. borne: what of
    amount and fee the project bears, or the repayment that is taken back makes up."""

    chargeback_id: ChargebackId
    kind: Literal["reversed", "dispute_lost"]
    debit_id: str
    pledge_id: PledgeId | None
    project_id: ProjectId | None
    loan_debit_id: LoanDebitId | None = None
    amount: int
    fee: int
    currency: str
    borne: int | None


class ChargebackDebtTold(Answer):
    """A creator or a backer owes a project what it no longer has, or a borrower what her bank gave her back; or it is repaid. covered: what
    of it the house bore."""

    chargeback_debt_id: ChargebackDebtId
    chargeback_id: ChargebackId
    project_id: ProjectId | None
    loan_id: LoanId | None = None
    role: Literal["creator", "backer", "borrower"]
    debtor: str
    amount: int
    repaid: int
    covered: int
    currency: str


EVENT_TYPES: dict[str, type[Answer]] = {
    BOOKED: ChargebackTold,
    UNMATCHED: ChargebackTold,
    DEBT_INCURRED: ChargebackDebtTold,
    DEBT_SETTLED: ChargebackDebtTold,
}


def told(chargeback: Chargeback) -> dict[str, object]:
    return ChargebackTold(
        chargeback_id=chargeback.id,
        kind=chargeback.kind.value,
        debit_id=chargeback.debit_id,
        pledge_id=chargeback.pledge_id,
        project_id=chargeback.project_id,
        loan_debit_id=chargeback.loan_debit_id,
        amount=chargeback.amount_minor,
        fee=chargeback.fee_minor,
        currency=chargeback.currency,
        borne=chargeback.borne_minor,
    ).model_dump(mode="json")


def debt_told(debt: Debt) -> dict[str, object]:
    return ChargebackDebtTold(
        chargeback_debt_id=debt.id,
        chargeback_id=debt.chargeback_id,
        project_id=debt.project_id,
        loan_id=debt.loan_id,
        role=debt.role.value,
        debtor=debt.debtor,
        amount=debt.amount_minor,
        repaid=debt.repaid_minor,
        covered=debt.covered_minor,
        currency=debt.currency,
    ).model_dump(mode="json")
