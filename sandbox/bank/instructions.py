"""Actions on charges and payouts. A reference is executed once, however often it is asked."""

from dataclasses import replace
from itertools import chain
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from sandbox.bank import queries, rules
from sandbox.bank.accounts import account_of
from sandbox.bank.behaviours import Behaviour, named
from sandbox.bank.directory import bank_named, behaviour_at, issuer_of
from sandbox.bank.model import (
    Account,
    AccountKind,
    Bank,
    Card,
    Entry,
    InstitutionKind,
    Instruction,
    InstructionKind,
    InstructionState,
    Order,
)
from sandbox.errors import ReferenceReused, UnknownInstruction, WrongCurrency


async def take_instruction(
    tx: Tx, caller: Caller, *, bank: Bank, kind: InstructionKind, order: Order
) -> Instruction | None:
    """Record an order and, unless it settles later, execute it. None: the behaviour lost it before it arrived."""
    if order.currency != bank.currency:
        raise WrongCurrency(f"{bank.code} keeps {bank.currency}", field="currency")
    behaviour = behaviour_at(bank, order.card_number, order.amount)
    if not behaviour.recorded:
        return None
    taken = _taken(tx, bank, kind, order, behaviour)
    if not await queries.add_instruction(tx.connection, taken):
        return await _taken_before(tx, taken, order)
    refusal = await _refusal(tx, bank, taken, order)
    # Only the behaviours of an unfinished bank keep a decline for later; any other reason is known at once.
    if refusal is not None and not (refusal == behaviour.decline_code and behaviour.settles_after):
        return await _declined(tx, taken, refusal)
    return await settle_instruction(tx, caller, instruction=taken) if taken.settles_at <= tx.now else taken


async def settle_instruction(tx: Tx, caller: Caller, *, instruction: Instruction) -> Instruction:
    """Bring an instruction whose time has come to its end."""
    held = await queries.instruction_referenced(
        tx.connection, instruction.bank, instruction.kind, instruction.reference, lock=True
    )
    if held is None:
        raise UnknownInstruction("no instruction has this reference", field="reference")
    if held.state is not InstructionState.PROCESSING or held.settles_at > tx.now:
        return held
    return await _executed(tx, held)


async def count_notification(tx: Tx, caller: Caller, *, instruction: Instruction) -> None:
    await queries.change_instruction(tx.connection, instruction, notifications_left=instruction.notifications_left - 1)


async def _executed(tx: Tx, instruction: Instruction) -> Instruction:
    bank = bank_named(instruction.bank)
    code = named(instruction.behaviour).decline_code
    if code is not None:
        return await _declined(tx, instruction, code)
    card = await card_known_to_its_bank(tx, instruction.card_number)
    assert card is not None
    entries = await _entries(tx, bank, instruction, card)
    accounts = await locked_accounts(tx, entries)
    if accounts[entries[0].debit_account_id].balance_minor < instruction.amount:
        return await _declined(tx, instruction, _short_of(instruction.kind))
    value_on = rules.value_day(tx.now, bank, tx.settings.zone)
    await queries.book(tx.connection, entries, tx.now, value_on)
    booked = {"state": InstructionState.SUCCEEDED, "booked_at": tx.now, "value_on": value_on}
    await queries.change_instruction(tx.connection, instruction, **booked)
    return replace(instruction, state=InstructionState.SUCCEEDED, booked_at=tx.now, value_on=value_on)


async def locked_accounts(tx: Tx, entries: list[Entry]) -> dict[UUID, Account]:
    """The accounts of all entries, institution by institution in one order."""
    found: dict[UUID, Account] = {}
    for bank in sorted({entry.bank for entry in entries}):
        sides = [(entry.debit_account_id, entry.credit_account_id) for entry in entries if entry.bank == bank]
        found |= await queries.lock_accounts(tx.connection, bank, set(chain.from_iterable(sides)))
    return found


async def card_known_to_its_bank(tx: Tx, number: str) -> Card | None:
    """As the card's own bank knows it: whoever carries an order for another bank's card asks that bank."""
    issuer = issuer_of(number)
    return None if issuer is None else await queries.card_numbered(tx.connection, issuer.code, number)


async def _declined(tx: Tx, instruction: Instruction, code: str) -> Instruction:
    state = InstructionState.DECLINED
    await queries.change_instruction(tx.connection, instruction, state=state, decline_code=code)
    return replace(instruction, state=state, decline_code=code)


async def _entries(tx: Tx, bank: Bank, instruction: Instruction, card: Card) -> list[Entry]:
    """The money first, then the fee, unless it is taken by the month: from the company's own account and never from the reserve."""
    operating = await account_of(tx, bank, AccountKind.OPERATING)
    fees = await account_of(tx, bank, AccountKind.FEES)
    reference, amount = instruction.reference, instruction.amount
    if instruction.kind is InstructionKind.CHARGE:
        money = await charge_entries(tx, bank, reference, amount, card)
    else:
        money = await payout_entries(tx, bank, reference, amount, card, "payout")
    if bank.fees_monthly:
        return money
    fee = Entry(bank.code, operating.id, fees.id, instruction.fee_minor, "fee", reference, "transaction fee")
    return [*money, fee]


async def charge_entries(tx: Tx, bank: Bank, reference: str, amount: int, card: Card) -> list[Entry]:
    """From a card of this bank directly; from another's by the interbank accounts of both."""
    reserve = await account_of(tx, bank, AccountKind.RESERVE)
    if card.bank == bank.code:
        return [Entry(bank.code, card.account_id, reserve.id, amount, "charge", reference, "quick payment")]
    theirs = await account_of(tx, bank_named(card.bank), AccountKind.INTERBANK)
    ours = await account_of(tx, bank, AccountKind.INTERBANK)
    return [
        Entry(card.bank, card.account_id, theirs.id, amount, "charge", reference, f"quick payment by {bank.code}"),
        Entry(bank.code, ours.id, reserve.id, amount, "charge", reference, f"quick payment from {card.bank}"),
    ]


async def payout_entries(tx: Tx, bank: Bank, reference: str, amount: int, card: Card, code: str) -> list[Entry]:
    """To a card of this bank directly; to another's by the interbank accounts of both."""
    reserve = await account_of(tx, bank, AccountKind.RESERVE)
    if card.bank == bank.code:
        return [Entry(bank.code, reserve.id, card.account_id, amount, code, reference, "payout to card")]
    ours = await account_of(tx, bank, AccountKind.INTERBANK)
    theirs = await account_of(tx, bank_named(card.bank), AccountKind.INTERBANK)
    return [
        Entry(bank.code, reserve.id, ours.id, amount, code, reference, f"payout by {card.bank}"),
        Entry(card.bank, theirs.id, card.account_id, amount, code, reference, f"payout from {bank.code}"),
    ]


async def _refusal(tx: Tx, bank: Bank, instruction: Instruction, order: Order) -> str | None:
    card = await card_known_to_its_bank(tx, order.card_number)
    agreement = None
    if order.agreement_reference is not None:
        # A payment institution issues no cards: the holder has agreed with her own bank, which it asks.
        keeper = bank.code if bank.kind is InstitutionKind.BANK or card is None else card.bank
        agreement = await queries.agreement_referenced(tx.connection, keeper, order.agreement_reference)
    return rules.decline_code(order, instruction.kind, bank, named(instruction.behaviour), card, agreement)


async def _taken_before(tx: Tx, taken: Instruction, order: Order) -> Instruction:
    before = await queries.instruction_referenced(tx.connection, taken.bank, taken.kind, taken.reference)
    if before is None or not rules.same_order(before, order):
        raise ReferenceReused("this reference stands for another order", field="reference")
    return before


def _taken(tx: Tx, bank: Bank, kind: InstructionKind, order: Order, behaviour: Behaviour) -> Instruction:
    return Instruction(
        id=tx.ids.new(),
        bank=bank.code,
        kind=kind,
        reference=order.reference,
        card_number=order.card_number,
        amount=order.amount,
        currency=order.currency,
        behaviour=behaviour.name,
        state=InstructionState.PROCESSING,
        decline_code=None,
        fee_minor=bank.charge_fee_minor if kind is InstructionKind.CHARGE else bank.payout_fee_minor,
        created_at=tx.now,
        visible_at=tx.now + behaviour.visible_after,
        settles_at=tx.now + behaviour.settles_after,
        booked_at=None,
        value_on=None,
        notify_url=order.notify_url,
        notifications_left=behaviour.notifications if order.notify_url else 0,
    )


def _short_of(kind: InstructionKind) -> str:
    return "insufficient_funds" if kind is InstructionKind.CHARGE else "insufficient_reserve"
