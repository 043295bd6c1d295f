"""Chargebacks and their debts on the wire."""

from datetime import datetime
from typing import Literal

from chassis import wire
from services.p2p.chargebacks.model import Chargeback, Debt
from services.p2p.wire_ids import ChargebackDebtId, ChargebackId, LoanDebitId, LoanId, PledgeId, ProjectId

ChargebackStateName = Literal["noted", "booked", "unmatched"]
DebtStateName = Literal["owed", "settled"]


class ChargebackAnswer(wire.Answer):
    """debit_id: `mdb_…` of payments; source: what it told of it. amount: what the bank took back; fee: what a lost dispute costs besides;
    loan_debit_id: where it had repaid a loan. borne: what of both the project bears with money that it has, or the repayment that is taken
    back makes up, the rest being debts. due_at: of `noted`, when it is looked at again."""

    id: ChargebackId
    source: str
    debit_id: str
    kind: Literal["reversed", "dispute_lost"]
    reason: str
    amount: int
    fee: int
    currency: str
    state: ChargebackStateName
    pledge_id: PledgeId | None
    project_id: ProjectId | None
    loan_debit_id: LoanDebitId | None
    borne: int | None
    noted_at: datetime
    changed_at: datetime
    due_at: datetime | None


class ChargebackDebtAnswer(wire.Answer):
    """role: the creator owes what she was paid out; a backer what she has twice, by a refund and by her bank; a borrower what holders keep
    of a debit that her bank took back. repaid: by the debtor; covered: by the house, which bears from `house_at` on what she has not.
    advanced_at: when the platform paid it in the borrower's place. reason: why the last try was refused."""

    id: ChargebackDebtId
    chargeback_id: ChargebackId
    project_id: ProjectId | None
    loan_id: LoanId | None
    role: Literal["creator", "backer", "borrower"]
    debtor: str
    amount: int
    repaid: int
    covered: int
    currency: str
    tries: int
    state: DebtStateName
    reason: str | None
    advanced_at: datetime | None
    made_at: datetime
    house_at: datetime
    changed_at: datetime
    due_at: datetime | None


def chargeback_answer(chargeback: Chargeback) -> ChargebackAnswer:
    return ChargebackAnswer(
        id=chargeback.id,
        source=chargeback.source,
        debit_id=chargeback.debit_id,
        kind=chargeback.kind.value,
        reason=chargeback.reason,
        amount=chargeback.amount_minor,
        fee=chargeback.fee_minor,
        currency=chargeback.currency,
        state=chargeback.state.value,
        pledge_id=chargeback.pledge_id,
        project_id=chargeback.project_id,
        loan_debit_id=chargeback.loan_debit_id,
        borne=chargeback.borne_minor,
        noted_at=chargeback.noted_at,
        changed_at=chargeback.changed_at,
        due_at=chargeback.due_at,
    )


def debt_answer(debt: Debt) -> ChargebackDebtAnswer:
    return ChargebackDebtAnswer(
        id=debt.id,
        chargeback_id=debt.chargeback_id,
        project_id=debt.project_id,
        loan_id=debt.loan_id,
        role=debt.role.value,
        debtor=debt.debtor,
        amount=debt.amount_minor,
        repaid=debt.repaid_minor,
        covered=debt.covered_minor,
        currency=debt.currency,
        tries=debt.tries,
        state=debt.state.value,
        reason=debt.reason,
        advanced_at=debt.advanced_at,
        made_at=debt.made_at,
        house_at=debt.house_at,
        changed_at=debt.changed_at,
        due_at=debt.due_at,
    )
