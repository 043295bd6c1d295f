"""Proofs of the reserve on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from chassis.ids import TypeId, encode
from chassis.wire import Amount, Answer, Currency, Day, Request
from services.payments.reconciliation.schemas import BreakId, StatementId
from services.payments.reserve.classes import DEFAULT_USE
from services.payments.reserve.model import (
    AccountTerms,
    AccountUse,
    FeeWithdrawal,
    Item,
    ItemKind,
    Owed,
    Proof,
    ProofState,
    WholeProof,
    WithdrawalState,
)

ProofId = Annotated[UUID, TypeId("rpf")]
FeeWithdrawalId = Annotated[UUID, TypeId("rfw")]
Bank = Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[A-Z0-9_]+$")]


class ReserveProofRequest(Request):
    day: Day
    currency: Currency


class ReserveTermsRequest(Request):
    """From a day on, today or later."""

    currency: Currency
    use: Literal["custody", "receipt_and_payment", "collection"]
    valid_from_on: Day


class FeeWithdrawalRequest(Request):
    """source: settlement's fees, or those of lost disputes. bank: whose reserve pays it out. destination: the platform's own account at
    a bank that the order names, in words."""

    source: Literal["fee_income", "dispute_fee"] = "fee_income"
    bank: Bank
    currency: Currency
    amount: Amount
    destination: Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]


class FeeConfirmationRequest(Request):
    bank_reference: Annotated[str, Field(min_length=1, max_length=64)]


class ReserveProofAnswer(Answer):
    """reserve_minor = owed_minor + own_minor: what is at the banks by our books, what is owed to others, and what of it is the
    platform's own (fees, less what it has to make good). difference_minor: what of others' money the reserve lacks, 0 or less."""

    id: ProofId
    day: date
    currency: str
    version: int
    state: ProofState
    reserve_minor: int
    owed_minor: int
    own_minor: int
    difference_minor: int
    fees_overdue_minor: int
    made_at: datetime
    made_by: str


class ReserveBankAnswer(Answer):
    """statement + timing + paper + breaks + unexplained = ledger. statement_id: the evidence. held_up: why there is no proof yet."""

    bank: str
    state: ProofState
    held_up: str | None
    statement_id: StatementId | None
    statement_minor: int | None
    timing_minor: int
    paper_minor: int
    breaks_minor: int
    unexplained_minor: int
    ledger_minor: int


class ReserveClassAnswer(Answer):
    """Accounts of one class: what they had in credit and in debit."""

    owed: Owed
    credit_minor: int
    debit_minor: int
    accounts: int


class WholeReserveProofAnswer(ReserveProofAnswer):
    banks: list[ReserveBankAnswer]
    classes: list[ReserveClassAnswer]


class ReserveItemAnswer(Answer):
    """subject: our reference, `line:…`, `trf:…`, or an account. amount: what the ledger has more than the bank."""

    number: int
    bank: str | None
    kind: ItemKind
    subject: str
    break_id: BreakId | None
    amount: int


class ReserveTermsAnswer(Answer):
    bank: str
    currency: str
    use: AccountUse
    valid_from_on: date


class ReserveAccountAnswer(Answer):
    """valid_from_on: None where nothing was said of it yet: money comes and goes there."""

    bank: str
    currency: str
    use: AccountUse
    valid_from_on: date | None


class ReserveAccountsAnswer(Answer):
    items: list[ReserveAccountAnswer]


class FeeWithdrawalAnswer(Answer):
    """id: to be given to the bank as the reference of the order."""

    id: FeeWithdrawalId
    source: str
    bank: str
    currency: str
    amount: int
    destination: str
    state: WithdrawalState
    bank_reference: str | None
    requested_at: datetime
    requested_by: str
    due_at: datetime | None
    reminders: int
    ended_at: datetime | None
    ended_by: str | None


def proof_answer(proof: Proof) -> ReserveProofAnswer:
    return ReserveProofAnswer.model_validate(proof)


def whole_answer(whole: WholeProof) -> WholeReserveProofAnswer:
    return WholeReserveProofAnswer(
        **proof_answer(whole.proof).model_dump() | {"id": whole.proof.id},
        banks=[ReserveBankAnswer.model_validate(one) for one in whole.banks],
        classes=[ReserveClassAnswer.model_validate(one) for one in whole.classes],
    )


def item_answer(number: int, item: Item) -> ReserveItemAnswer:
    return ReserveItemAnswer(
        number=number,
        bank=item.bank,
        kind=item.kind,
        subject=item.subject,
        break_id=item.break_id,
        amount=item.amount,
    )


def item_line(number: int, item: Item) -> str:
    """Of the table that `…/items.csv` answers."""
    broken = encode("brk", item.break_id) if item.break_id else ""
    return f"{number},{item.bank or ''},{item.kind},{item.subject},{broken},{item.amount}\r\n"


def account_answer(bank: str, currency: str, terms: AccountTerms | None) -> ReserveAccountAnswer:
    use, since = (terms.use, terms.valid_from_on) if terms else (DEFAULT_USE, None)
    return ReserveAccountAnswer(bank=bank, currency=currency, use=use, valid_from_on=since)


def terms_answer(terms: AccountTerms) -> ReserveTermsAnswer:
    return ReserveTermsAnswer.model_validate(terms)


def withdrawal_answer(withdrawal: FeeWithdrawal) -> FeeWithdrawalAnswer:
    return FeeWithdrawalAnswer.model_validate(withdrawal)
