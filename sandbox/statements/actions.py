"""Stories of statements: drawn up from an institution's own books, and spoilt where a test wants it."""

from datetime import date, datetime

from chassis.database import Tx
from chassis.identity import Caller
from sandbox.bank import queries as books
from sandbox.bank.accounts import account_of
from sandbox.bank.directory import issuers
from sandbox.bank.instructions import locked_accounts
from sandbox.bank.model import Account, AccountKind, Bank, Entry
from sandbox.bank.rules import value_day
from sandbox.errors import DayNotClosed, NothingToSpoil
from sandbox.statements import queries, rules
from sandbox.statements.model import Fault, FaultKind, Line, Statement


async def draw_up(tx: Tx, caller: Caller, *, bank: Bank, kind: AccountKind, day: date, final: bool) -> Statement:
    """final: a statement of a day that is over; else what is booked so far. Raises DayNotClosed."""
    if final and value_day(tx.now, bank, tx.settings.zone) <= day:
        raise DayNotClosed(f"{bank.code} books on {day} until {bank.cut_off:%H:%M}", field="on")
    account = await account_of(tx, bank, kind)
    lines = await queries.lines_of(tx.connection, account, day - rules.NEXT_DAY, day)
    faults = await queries.faults_of(tx.connection, bank.code, [line.position for line in lines])
    opening = await queries.balance_before(tx.connection, account, day)
    closing = opening + sum(line.amount for line in lines if line.value_on == day)
    return Statement(
        bank=bank.code,
        account_number=account.number,
        holder_name=account.holder_name,
        currency=account.currency,
        day=day,
        opening_minor=opening,
        closing_minor=closing,
        lines=rules.shown(lines, faults, day),
        made_at=datetime.combine(day, bank.cut_off, tx.settings.zone),
    )


async def spoil(
    tx: Tx, caller: Caller, *, bank: Bank, kind: FaultKind, day: date, seed_of_choice: int, amount: int
) -> Fault:
    """Make a day's reserve statement wrong, or book what nobody asked for today; the same seed spoils the same line.

    amount: by how much an amount is wrong, or what is credited. Raises NothingToSpoil.
    """
    reserve = await account_of(tx, bank, AccountKind.RESERVE)
    if kind is FaultKind.UNEXPLAINED_CREDIT:
        vault = await account_of(tx, bank, AccountKind.VAULT)
        entry = Entry(
            bank.code, vault.id, reserve.id, amount, "credit", f"unexplained-{seed_of_choice}", "credit transfer"
        )
        return Fault(await _booked(tx, bank, reserve, [entry]), kind)
    lines = await queries.lines_of(tx.connection, reserve, day, day)
    if kind is FaultKind.RETURNED:
        return Fault(await _returned(tx, bank, reserve, lines, seed_of_choice), kind)
    faults = await queries.faults_of(tx.connection, bank.code, [line.position for line in lines])
    line = rules.chosen(lines, frozenset(fault.position for fault in faults), seed_of_choice)
    if line is None:
        raise NothingToSpoil("no booking of that day is left to be spoilt", field="on")
    fault = Fault(line.position, kind, amount if kind is FaultKind.WRONG_AMOUNT else 0)
    await queries.add_fault(tx.connection, bank.code, fault)
    return fault


async def _returned(tx: Tx, bank: Bank, reserve: Account, lines: list[Line], seed: int) -> int:
    """A payout of that day comes back (退票), by the way it went: its own bank gives it back to the one that paid."""
    back = {line.reference for line in lines if line.code == "return"}
    paid = [
        line for line in lines if line.amount < 0 and line.code in ("payout", "order") and line.reference not in back
    ]
    line = rules.chosen(paid, frozenset(), seed)
    if line is None:
        raise NothingToSpoil("no payout of that day can come back", field="on")
    entries = []
    for involved in dict.fromkeys((bank.code, *(issuer.code for issuer in issuers()))):
        for row in await queries.entries_referenced(tx.connection, involved, line.reference):
            if row.code == line.code:
                sides = (row.credit_account_id, row.debit_account_id)
                entries.append(Entry(involved, *sides, row.amount, "return", row.reference, "returned: account closed"))
    return await _booked(tx, bank, reserve, entries)


async def _booked(tx: Tx, bank: Bank, reserve: Account, entries: list[Entry]) -> int:
    """The position of the booking on the reserve."""
    accounts = await locked_accounts(tx, entries)
    for entry in entries:
        source = accounts[entry.debit_account_id]
        if source.kind is AccountKind.CUSTOMER and source.balance_minor < entry.amount:
            raise NothingToSpoil("the payee has spent it", field="on")
    day = value_day(tx.now, bank, tx.settings.zone)
    await books.book(tx.connection, entries, tx.now, day)
    return (await queries.lines_of(tx.connection, reserve, day, day))[-1].position
