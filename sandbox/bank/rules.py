"""What a bank decides, on plain data."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sandbox.bank.behaviours import OWN_BANK_ONLY, Behaviour
from sandbox.bank.model import Agreement, AgreementState, Bank, Card, Instruction, InstructionKind, Order

CODE_LIFETIME = timedelta(minutes=5)
MOST_TRIES = 5
_LUHN_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def check_digit(digits: str) -> str:
    """The Luhn check digit that completes a card number (ISO/IEC 7812-1, annex B)."""
    total = sum(
        _LUHN_DOUBLED[int(digit)] if place % 2 == 0 else int(digit) for place, digit in enumerate(reversed(digits))
    )
    return str(-total % 10)


def valid_number(number: str) -> bool:
    return number.isascii() and number.isdigit() and check_digit(number[:-1]) == number[-1]


def magic_card(bank: Bank, behaviour: Behaviour, *, own_bank_only: bool = False) -> str:
    """The card of a bank that always behaves like this; own_bank_only: whoever else carries the order succeeds."""
    prefix = bank.prefixes[0]
    number = behaviour.number + (OWN_BANK_ONLY if own_bank_only else 0)
    body = prefix + "0" * (bank.card_length - len(prefix) - 3) + f"{number:02d}"
    return body + check_digit(body)


def value_day(instant: datetime, bank: Bank, zone: ZoneInfo) -> date:
    """Bookings after the bank's cut-off carry the next day."""
    local = instant.astimezone(zone)
    return local.date() + timedelta(days=1) if local.time() >= bank.cut_off else local.date()


def decline_code(
    order: Order,
    kind: InstructionKind,
    bank: Bank,
    behaviour: Behaviour,
    card: Card | None,
    agreement: Agreement | None,
) -> str | None:
    """Why the bank will not even try, or None; funds are seen when it books. The order of the reasons is stable."""
    if order.amount > bank.largest_amount:
        return "amount_limit"
    if card is None:
        return "unknown_card"
    if kind is InstructionKind.CHARGE and not _covers(agreement, order):
        return "no_agreement"
    if order.holder_name is not None and order.holder_name != card.holder_name:
        return "holder_mismatch"
    return behaviour.decline_code


def _covers(agreement: Agreement | None, order: Order) -> bool:
    return (
        agreement is not None
        and agreement.state is AgreementState.ACTIVE
        and agreement.card_number == order.card_number
    )


def same_order(instruction: Instruction, order: Order) -> bool:
    """Whether a reference is used again for the same thing."""
    return (instruction.card_number, instruction.amount, instruction.currency) == (
        order.card_number,
        order.amount,
        order.currency,
    )


def code_expired(agreement: Agreement, now: datetime) -> bool:
    return now >= agreement.code_sent_at + CODE_LIFETIME
