"""Due-day debit on the wire."""

from datetime import datetime
from typing import Literal

from chassis import wire
from services.p2p.debiting.events import DebitStateName, MandateStateName
from services.p2p.debiting.model import LoanDebit, RepaymentMandate
from services.p2p.wire_ids import LoanDebitId, LoanId, RepaymentId, RepaymentMandateId


class CollectionAnswer(wire.Answer):
    """A look into the borrower's wallet for what was due. round: 1 in the morning, 2 in the evening; repayment_id: what came of it, if
    anything was there. Those that found nothing are kept for 90 days.
    """

    loan_id: LoanId
    on_day: wire.Day
    round: int
    available_minor: int
    repayment_id: RepaymentId | None
    tried_at: datetime


class RepaymentMandateRequest(wire.Request):
    """What may be debited at one time (an instalment at least) and in a month, and until when (the loan's last due day at least)."""

    most_minor: wire.Amount
    most_monthly_minor: wire.Amount
    valid_until: wire.Day


class RepaymentMandateAnswer(wire.Answer):
    """mandate_id: at payments, where she signs it (`POST /v1/mandates/{id}/signature`) for her card or her wallet.

    `stopped`: it can be debited no more, reason says why; what is due is taken from her wallet again.
    """

    id: RepaymentMandateId
    loan_id: LoanId
    currency: str
    most_minor: int
    most_monthly_minor: int
    valid_until: wire.Day
    state: MandateStateName
    reason: str | None
    mandate_id: str | None
    requested_at: datetime
    changed_at: datetime


class LoanDebitAnswer(wire.Answer):
    """A try to debit a mandate. used_minor: what of it pays repayment_id, the rest goes to her wallet; advanced: shared out with the
    platform's money before the bank had said how it ended. reason: of one that failed, a code.
    """

    id: LoanDebitId
    loan_id: LoanId
    repayment_mandate_id: RepaymentMandateId
    number: int
    on_day: wire.Day
    amount_minor: int
    used_minor: int
    currency: str
    state: DebitStateName
    reason: str | None
    debit_id: str | None
    repayment_id: RepaymentId | None
    advanced: bool
    requested_at: datetime
    changed_at: datetime


class RepaymentSourceAnswer(wire.Answer):
    """How what is due is taken today. mandate: that which is debited; wallet_first: whether her wallet is asked before it.

    retry_days: after each due day, on which the mandate is debited again for what is still owed of it.
    """

    loan_id: LoanId
    source: Literal["wallet", "mandate"]
    mandate: RepaymentMandateAnswer | None
    wallet_first: bool
    retry_days: list[int]


def mandate_answer(mandate: RepaymentMandate) -> RepaymentMandateAnswer:
    return RepaymentMandateAnswer.model_validate(mandate)


def debit_answer(debit: LoanDebit) -> LoanDebitAnswer:
    return LoanDebitAnswer.model_validate(debit)
