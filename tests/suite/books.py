"""Books of a small world that agree with each other, for the audit's rules to find fault with."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from clients.ids import encode
from clients.p2p.shapes import ListingFigures, LoanFigures, MovementAnswer
from clients.payments.shapes import AccountAnswer, PostedSum, TransferAnswer
from suite.audit.lending import CONTRIBUTION, FUNDED, INTEREST, ORIGINATION_FEE, PAYOUT, PRINCIPAL, RESOLD, LendingBooks
from suite.audit.posted import Posted

LOAN, LISTING = encode("lon", UUID(int=1)), encode("lst", UUID(int=2))
ESCROW, BORROWER, ANN, BO, FEES, RESERVE = (UUID(int=place) for place in range(10, 16))
THEN = datetime(2026, 11, 1, tzinfo=UTC)


def sum_of(code: str, debit: UUID, credit: UUID, amount: int, reference: str = LOAN) -> PostedSum:
    return PostedSum(
        reference=reference,
        code=code,
        debit_account_id=debit,
        credit_account_id=credit,
        currency="CNY",
        amount=amount,
        count=1,
    )


def sums() -> list[PostedSum]:
    """Ann lent 700 and Bo 300; 10 and 5 were kept back; the first 100 with 7 of interest came back."""
    return [
        sum_of(FUNDED, ANN, ESCROW, 700),
        sum_of(FUNDED, BO, ESCROW, 300),
        sum_of(PAYOUT, ESCROW, BORROWER, 985),
        sum_of(ORIGINATION_FEE, ESCROW, FEES, 10),
        sum_of(CONTRIBUTION, ESCROW, RESERVE, 5),
        sum_of(PRINCIPAL, BORROWER, ANN, 70),
        sum_of(PRINCIPAL, BORROWER, BO, 30),
        sum_of(INTEREST, BORROWER, ANN, 5),
        sum_of(INTEREST, BORROWER, BO, 2),
    ]


def passed(buyer: UUID, seller: UUID, principal: int, amount: int) -> TransferAnswer:
    """The transfer by which a slice of a claim passed on."""
    facts: dict[str, Any] = {
        "id": UUID(int=77), "kind": "single", "code": RESOLD, "reference": LOAN, "debit_account_id": buyer, "credit_account_id": seller,
        "amount": amount, "currency": "CNY", "metadata": {"principal_minor": str(principal)}, "flags": [], "posted_at": THEN,
        "pending_id": None, "expires_at": None, "value_on": THEN.date(),
    }  # fmt: skip
    return TransferAnswer.model_validate(facts)


def loan(**changes: Any) -> LoanFigures:
    facts: dict[str, Any] = {
        "id": LOAN,
        "listing_id": LISTING,
        "currency": "CNY",
        "state": "repaying",
        "account_id": ESCROW,
        "borrower_account_id": BORROWER,
        "disbursed_minor": 1000,
        "payout_minor": 985,
        "origination_fee_minor": 10,
        "reserve_contribution_minor": 5,
        "principal_repaid_minor": 100,
        "interest_repaid_minor": 7,
        "late_repaid_minor": 0,
        "prepayment_fees_minor": 0,
        "compensated_principal_minor": 0,
        "compensated_interest_minor": 0,
        "resale_paid_minor": 0,
        "advanced_minor": 0,
        "outstanding_minor": 900,
        "holders": [holder("ann", ANN, 700, 70, 5), holder("bo", BO, 300, 30, 2)],
    }
    return LoanFigures.model_validate(facts | changes)


def holder(name: str, account: UUID, funded: int, principal: int, interest: int) -> dict[str, Any]:
    return {
        "claim_id": f"clm_{name}",
        "holder": name,
        "account_id": account,
        "funded_minor": funded,
        "principal_received_minor": principal,
        "interest_received_minor": interest,
        "late_received_minor": 0,
        "bought_minor": 0,
        "sold_minor": 0,
        "compensated_minor": 0,
        "advanced_minor": 0,
        "outstanding_minor": funded - principal,
    }


def listing(**changes: Any) -> ListingFigures:
    facts: dict[str, Any] = {
        "id": LISTING, "state": "disbursed", "currency": "CNY", "account_id": ESCROW, "holds": 0, "held_minor": 0
    }  # fmt: skip
    return ListingFigures.model_validate(facts | changes)


def account(**changes: Any) -> AccountAnswer:
    sides = dict.fromkeys(
        ("debits_posted", "debits_pending", "credits_posted", "credits_pending", "balance", "available"), 0
    )
    facts: dict[str, Any] = {
        "id": ESCROW, "currency": "CNY", "kind": "listing_escrow", "owner": "p2p", "rule": "none", "reference": LISTING,
        "book_id": 1, "closed": False, "frozen": False, "frozen_amount": 0, "opened_at": THEN, "metadata": {},
    }  # fmt: skip
    return AccountAnswer.model_validate(facts | sides | changes)


def movement(kind: str, reference: str, amount: int, **changes: Any) -> MovementAnswer:
    facts: dict[str, Any] = {
        "kind": kind, "record": reference, "job": f"p2p.{kind}", "job_record": UUID(int=9), "reference": reference,
        "amount_minor": amount, "currency": "CNY", "since_at": THEN, "age_seconds": 1,
    }  # fmt: skip
    return MovementAnswer.model_validate(facts | changes)


def books(
    loans: list[LoanFigures] | None = None,
    listings: list[ListingFigures] | None = None,
    movements: list[MovementAnswer] | None = None,
    accounts: list[AccountAnswer] | None = None,
) -> LendingBooks:
    held = [account()] if accounts is None else accounts
    return LendingBooks(
        loans=[loan()] if loans is None else loans,
        listings=[listing()] if listings is None else listings,
        movements=movements or [],
        accounts={one.id: one for one in held},
    )


def posted(changed: list[PostedSum] | None = None) -> Posted:
    return Posted(sums() if changed is None else changed)
