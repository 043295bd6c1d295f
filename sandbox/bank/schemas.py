"""What a bank says over HTTP."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from chassis.ids import encode
from chassis.wire import Amount, AmountOrZero, Answer, Currency, Request
from sandbox.bank.model import Account, Agreement, Bank, Card, InstitutionKind, Instruction, Order

Reference = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_\-]+$")]
CardNumber = Annotated[str, Field(pattern=r"^[0-9]{12,19}$")]
HolderName = Annotated[str, Field(min_length=1, max_length=80)]
Mobile = Annotated[str, Field(pattern=r"^\+?[0-9]{6,15}$")]


class ChargeRequest(Request):
    """Pull money from a card into the payment company's reserve, under an agreement."""

    reference: Reference
    agreement_reference: Reference
    card_number: CardNumber
    amount: Amount
    currency: Currency
    notify_url: Annotated[str, Field(max_length=500, pattern=r"^https?://")] | None = None

    def order(self) -> Order:
        return Order(holder_name=None, **self.model_dump())


class PayoutRequest(Request):
    """Push money from the reserve to a card of any bank."""

    reference: Reference
    card_number: CardNumber
    holder_name: HolderName
    amount: Amount
    currency: Currency
    notify_url: Annotated[str, Field(max_length=500, pattern=r"^https?://")] | None = None

    def order(self) -> Order:
        return Order(agreement_reference=None, **self.model_dump())


class InstructionAnswer(Answer):
    """Where an instruction stands. Only `succeeded` and `declined` are final."""

    reference: str
    bank_reference: str
    state: Literal["processing", "succeeded", "declined"]
    decline_code: str | None
    amount: int
    currency: str
    fee_minor: int
    booked_at: datetime | None
    value_on: date | None


class AgreementRequest(Request):
    reference: Reference
    card_number: CardNumber
    holder_name: HolderName
    mobile: Mobile


class ConfirmationRequest(Request):
    sms_code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class AgreementAnswer(Answer):
    reference: str
    state: Literal["code_sent", "active", "refused"]
    refusal_code: str | None


class CardRequest(Request):
    """number: of this bank and Luhn-valid, or left to the bank."""

    holder_name: HolderName
    mobile: Mobile
    number: CardNumber | None = None
    balance_minor: AmountOrZero = 100_000_000


class CardAnswer(Answer):
    number: str
    bank: str
    holder_name: str
    mobile: str


class TermsAnswer(Answer):
    """finality_minutes: an instruction that queries do not find may still appear for so long."""

    bank: str
    kind: InstitutionKind
    name: str
    currency: str
    charge_fee_minor: int
    payout_fee_minor: int
    cut_off: str
    finality_minutes: int
    largest_amount: int


class AccountAnswer(Answer):
    bank: str
    kind: str
    number: str
    holder_name: str
    currency: str
    balance_minor: int


class EntryAnswer(Answer):
    """amount: signed, from the account holder's side. position: place in the bank's books, cursor of the list."""

    position: int
    amount: int
    code: str
    reference: str
    narrative: str
    booked_at: datetime
    value_on: date


class StatementAnswer(Answer):
    account: AccountAnswer
    items: list[EntryAnswer]
    next: int | None


def instruction_answer(instruction: Instruction) -> InstructionAnswer:
    facts = {name: getattr(instruction, name) for name in InstructionAnswer.model_fields if name != "bank_reference"}
    return InstructionAnswer(bank_reference=encode("bki", instruction.id), **facts)


def agreement_answer(agreement: Agreement) -> AgreementAnswer:
    return AgreementAnswer.model_validate(agreement)


def card_answer(card: Card) -> CardAnswer:
    return CardAnswer.model_validate(card)


def account_answer(account: Account) -> AccountAnswer:
    return AccountAnswer.model_validate(account)


def terms_answer(bank: Bank) -> TermsAnswer:
    return TermsAnswer(
        bank=bank.code,
        kind=bank.kind,
        name=bank.name,
        currency=bank.currency,
        charge_fee_minor=bank.charge_fee_minor,
        payout_fee_minor=bank.payout_fee_minor,
        cut_off=bank.cut_off.isoformat("minutes"),
        finality_minutes=int(bank.finality.total_seconds() // 60),
        largest_amount=bank.largest_amount,
    )
