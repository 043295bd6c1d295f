"""Custody on the wire. Amounts in minor units."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chassis import wire
from services.p2p.custody.model import (
    Authorisation,
    CustodyAccount,
    Difference,
    Instruction,
    Line,
    Payment,
    TieOut,
)
from services.p2p.wire_ids import (
    AccountId,
    CustodyAccountId,
    CustodyAuthorisationId,
    CustodyDifferenceId,
    CustodyInstructionId,
    CustodyPaymentId,
    TransferId,
)

BankCode = Annotated[str, Field(pattern=r"^[A-Z]{3,12}$", examples=["ICBC"])]
ScopeName = Literal["invest", "repay", "fee"]
DifferenceStateName = Literal["open", "explained", "resolved"]
Reason = Annotated[str, Field(min_length=1, max_length=500)]


class CustodyAccountRequest(wire.Request):
    """Who she is, and the one card from which and to which her money goes: told to the bank, and kept by it alone."""

    bank: BankCode
    currency: wire.Currency
    name: Annotated[str, Field(min_length=1, max_length=80)]
    identity_number: Annotated[str, Field(pattern=r"^[0-9]{17}[0-9X]$")]
    mobile: Annotated[str, Field(pattern=r"^\+?[0-9]{6,15}$")]
    card_number: Annotated[str, Field(pattern=r"^[0-9]{12,19}$")]


class CustodyAccountAnswer(wire.Answer):
    """number: the bank's; account_id: the ledger's. balance, available: None where they were not asked for, or payments is away."""

    id: CustodyAccountId
    bank: str
    holder: str
    currency: str
    number: str | None
    account_id: AccountId
    opened_at: datetime
    balance: int | None = None
    available: int | None = None


class AuthorisationRequest(wire.Request):
    """cap_minor: all that may go by it; until_on: its last day."""

    scope: ScopeName
    cap_minor: wire.Amount
    until_on: wire.Day


class AuthorisationConfirmation(wire.Request):
    sms_code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class AuthorisationAnswer(wire.Answer):
    """reason: the bank's, where it refused."""

    id: CustodyAuthorisationId
    custody_account_id: CustodyAccountId
    bank: str
    holder: str
    scope: ScopeName
    cap_minor: int
    until_on: wire.Day
    state: Literal["asked", "code_sent", "standing", "revoking", "revoked", "refused", "lapsed", "ended"]
    reason: str | None
    requested_at: datetime
    changed_at: datetime


class CustodyPaymentRequest(wire.Request):
    amount: wire.Amount
    currency: wire.Currency


class CustodyPaymentAnswer(wire.Answer):
    id: CustodyPaymentId
    custody_account_id: CustodyAccountId
    bank: str
    kind: Literal["top_up", "withdrawal"]
    amount: int
    currency: str
    state: Literal["pending", "done", "refused"]
    reason: str | None
    requested_at: datetime
    changed_at: datetime


class InstructionAnswer(wire.Answer):
    """subject: the record it is for; reason: why it was refused or taken back."""

    id: CustodyInstructionId
    bank: str
    subject: str
    mode: Literal["atomic", "independent"]
    state: Literal["asked", "accepted", "posted", "refused", "undoing", "undone"]
    reason: str | None
    asked_at: datetime
    booked_at: datetime | None
    posted_at: datetime | None


class InstructionLine(wire.Answer):
    """bank_result, ledger_result: None where there is no answer yet, or nothing was asked."""

    transfer_id: TransferId
    kind: Literal["top_up", "withdrawal", "freeze", "release", "settle", "transfer"]
    debit_account_id: AccountId | None
    credit_account_id: AccountId | None
    amount_minor: int
    code: str
    authorisation_id: CustodyAuthorisationId | None
    bank_result: str | None
    ledger_result: str | None
    undone_at: datetime | None


class InstructionWithLines(InstructionAnswer):
    lines: list[InstructionLine]


class TieOutAnswer(wire.Answer):
    """bank_minor: all that the bank states; ledger_minor: what the ledger says the bank keeps."""

    bank: str
    currency: str
    day: wire.Day
    accounts: int
    bank_minor: int
    ledger_minor: int
    differences: int
    made_at: datetime


class TieOutList(wire.Answer):
    items: list[TieOutAnswer]


class DifferenceAnswer(wire.Answer):
    """…_minor: all that a side has of the account, …_frozen_minor what of it is frozen; None where it does not know the account.

    under_way: movements that one side had at the end of the day and the other may not have had.
    """

    id: CustodyDifferenceId
    bank: str
    currency: str
    day: wire.Day
    kind: Literal["amount", "missing", "unknown", "total"]
    number: str
    holder: str
    bank_minor: int | None
    bank_frozen_minor: int | None
    ledger_minor: int | None
    ledger_frozen_minor: int | None
    under_way: list[TransferId]
    state: DifferenceStateName
    reason: str | None
    decided_by: str | None
    changed_at: datetime


class DifferenceClosing(wire.Request):
    reason: Reason


def account_answer(account: CustodyAccount) -> CustodyAccountAnswer:
    fields = {name: getattr(account, name) for name in CustodyAccountAnswer.model_fields if hasattr(account, name)}
    return CustodyAccountAnswer(**fields)


def authorisation_answer(held: Authorisation) -> AuthorisationAnswer:
    return AuthorisationAnswer.model_validate(held)


def payment_answer(payment: Payment) -> CustodyPaymentAnswer:
    return CustodyPaymentAnswer(
        id=payment.id,
        custody_account_id=payment.custody_account_id,
        bank=payment.bank,
        kind=payment.kind.value,
        amount=payment.amount_minor,
        currency=payment.currency,
        state=payment.state.value,
        reason=payment.reason,
        requested_at=payment.requested_at,
        changed_at=payment.changed_at,
    )


def instruction_answer(held: Instruction) -> InstructionAnswer:
    return InstructionAnswer.model_validate(held)


def instruction_with(held: Instruction, lines: list[Line]) -> InstructionWithLines:
    shown = InstructionAnswer.model_validate(held).model_dump()
    return InstructionWithLines(**shown, lines=[InstructionLine.model_validate(one) for one in lines])


def tie_out_answer(made: TieOut) -> TieOutAnswer:
    return TieOutAnswer.model_validate(made)


def difference_answer(found: Difference) -> DifferenceAnswer:
    return DifferenceAnswer.model_validate(found)
