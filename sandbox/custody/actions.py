"""Stories of a custody bank: sub-accounts opened for people it has checked, and instructions carried out once, by what users allowed."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from chassis.clock import business_day, start_of_day
from chassis.database import Tx
from chassis.identity import Caller
from sandbox.bank import queries as bank_queries
from sandbox.bank.accounts import account_of, card_for
from sandbox.bank.directory import bank_named, issuer_of
from sandbox.bank.instructions import card_known_to_its_bank, locked_accounts
from sandbox.bank.model import AccountKind, Bank, Entry
from sandbox.bank.rules import value_day
from sandbox.custody import queries, rules
from sandbox.custody.model import (
    Closing,
    Executed,
    FaultKind,
    HolderKind,
    Line,
    LineKind,
    Mode,
    Result,
    SilenceKind,
    StatementFault,
    SubAccount,
)
from sandbox.errors import (
    CardNotHers,
    DayNotClosed,
    IdentityNotConfirmed,
    MalformedInstruction,
    NothingToSpoil,
    PersonHasAccount,
    ReferenceReused,
    WrongCurrency,
)
from sandbox.identity import queries as register
from sandbox.identity import rules as identity_rules
from sandbox.identity.model import Source


async def open_account(
    tx: Tx,
    caller: Caller,
    *,
    bank: Bank,
    kind: HolderKind,
    holder: str,
    currency: str,
    behind: str | None = None,
    name: str | None = None,
    identity_number: str | None = None,
    mobile: str | None = None,
    card_number: str | None = None,
) -> SubAccount:
    """The holder's sub-account; the same whenever she is named again. Raises WrongCurrency,
    IdentityNotConfirmed, CardNotHers, PersonHasAccount, ReferenceReused."""
    if currency != bank.currency:
        raise WrongCurrency(f"{bank.code} keeps {bank.currency}", field="currency")
    before = await queries.account_of(tx.connection, bank.code, holder)
    if before is not None:
        if (before.kind, before.behind, before.identity_number) != (kind, behind, identity_number):
            raise ReferenceReused("the holder is somebody else here", field="holder")
        return before
    if kind is HolderKind.CUSTOMER:
        assert name is not None
        assert identity_number is not None
        assert mobile is not None
        assert card_number is not None
        await _check_person(tx, caller, name, identity_number, mobile, card_number)
        await queries.lock_books(tx.connection, bank.code)
        if await queries.has_account(tx.connection, bank.code, identity_number, other_than=holder):
            raise PersonHasAccount("this person has an account here by another name", field="identity_number")
    number = f"{bank.code}CG{tx.ids.new().int % 10**14:014d}"
    opened = SubAccount(
        number, kind, holder, behind, name, identity_number, mobile, card_number, 0, 0, opened_at=tx.now
    )  # fmt: skip
    if not await queries.add_account(tx.connection, bank.code, opened):
        found = await queries.account_of(tx.connection, bank.code, holder)
        assert found is not None
        return found
    return opened


async def instruct(
    tx: Tx, caller: Caller, *, bank: Bank, reference: str, mode: Mode, lines: Sequence[Line]
) -> Executed:
    """Carry an instruction out, or say what of it is refused; asked again it is answered again. Raises ReferenceReused,
    MalformedInstruction."""
    if any(line.kind in rules.OUTSIDE for line in lines) and len(lines) > 1:
        raise MalformedInstruction("money of a card is an instruction of its own", field="lines")
    await queries.lock_books(tx.connection, bank.code)
    asked = rules.content_hash(mode, lines)
    before = await queries.instruction(tx.connection, bank.code, reference)
    if before is not None:
        if before.content_hash != asked:
            raise ReferenceReused("this reference stands for another instruction", field="reference")
        return before
    results, after, known = await _decided(tx, bank, mode, lines)
    if results[0].result == rules.DONE and lines[0].kind in rules.OUTSIDE:
        refusal = await _card_moved(tx, bank, reference, lines[0], after)
        if refusal is not None:
            results = [Result(lines[0].reference, refusal)]
    day = business_day(tx.now, tx.settings.zone)
    executed = Executed(reference, asked, rules.state_of(results), tuple(results), tx.now, day)
    await queries.add_instruction(tx.connection, bank.code, executed)
    if executed.state != "refused":
        await _save(tx, bank, executed, after, known)
    return executed


async def _decided(
    tx: Tx, bank: Bank, mode: Mode, lines: Sequence[Line]
) -> tuple[list[Result], rules.Books, rules.Books]:
    own = [line.reference for line in lines]
    known = await queries.lines(tx.connection, bank.code, {*own, *(line.of for line in lines if line.of)})
    if len(set(own)) < len(own) or any(reference in known for reference in own):
        raise ReferenceReused("a line has the reference of another", field="lines")
    # What an undone line was about counts too: a freeze that its release had ended.
    known |= await queries.lines(tx.connection, bank.code, {line.of for line in known.values() if line.of})
    accounts = await queries.lock_accounts(tx.connection, bank.code, rules.numbers_of(lines, known))
    named = {line.authorisation for line in [*lines, *known.values()] if line.authorisation}
    authorisations = await queries.authorisations(tx.connection, bank.code, named)
    books = rules.Books(accounts, authorisations, known)
    results, after = rules.decide(books, lines, mode, business_day(tx.now, tx.settings.zone))
    return results, after, books


async def _save(tx: Tx, bank: Bank, executed: Executed, after: rules.Books, before: rules.Books) -> None:
    """What the instruction changed, and nothing else."""
    changed = [one for number, one in after.accounts.items() if one != before.accounts[number]]
    await queries.save_balances(tx.connection, bank.code, changed)
    used = [one for name, one in after.authorisations.items() if one != before.authorisations[name]]
    await queries.save_authorisations(tx.connection, bank.code, used)
    ended = [one for name, one in after.lines.items() if name in before.lines and one != before.lines[name]]
    # A freeze that a later line of the same instruction ended is kept as ended.
    booked = [after.lines[one.reference] for one in after.booked]
    await queries.add_lines(tx.connection, bank.code, executed, booked, ended)


async def _card_moved(tx: Tx, bank: Bank, reference: str, line: Line, books: rules.Books) -> str | None:
    """Between the holder's card, at whatever bank, and the account of all clients' money; or why not."""
    number = line.credit if line.kind is LineKind.TOP_UP else line.debit
    account = books.accounts[number or ""]
    if account.kind is HolderKind.PLATFORM:
        other = await account_of(tx, bank, AccountKind.OPERATING)
        its_bank = bank
    else:
        card = await card_known_to_its_bank(tx, account.card_number or "")
        if card is None:
            return "unknown_card"
        its_bank = bank_named(card.bank)
        other = (await bank_queries.lock_accounts(tx.connection, card.bank, [card.account_id]))[card.account_id]
    master = await account_of(tx, bank, AccountKind.CUSTODY)
    chain = [(its_bank, other.id)]
    if its_bank.code != bank.code:
        chain += [(its_bank, (await account_of(tx, its_bank, AccountKind.INTERBANK)).id)]
        chain += [(bank, (await account_of(tx, bank, AccountKind.INTERBANK)).id)]
    chain += [(bank, master.id)]
    if line.kind is LineKind.WITHDRAWAL:
        chain.reverse()
    entries = [
        Entry(giver[0].code, giver[1], taker[1], line.amount, f"custody_{line.kind}", reference, "client's money")
        for giver, taker in zip(chain[::2], chain[1::2], strict=True)
    ]
    held = await locked_accounts(tx, entries)
    giver = held[entries[0].debit_account_id]
    if giver.kind is not AccountKind.OPERATING and giver.balance_minor < line.amount:
        return "insufficient_funds"
    await bank_queries.book(tx.connection, entries, tx.now, value_day(tx.now, bank, tx.settings.zone))
    return None


async def _check_person(tx: Tx, caller: Caller, name: str, identity_number: str, mobile: str, card_number: str) -> None:
    known_as = await register.known_as(tx.connection, identity_number, name)
    code = identity_rules.code_of(identity_rules.behaviour_of(identity_number), Source.BANK, name, known_as)
    if code is not None:
        raise IdentityNotConfirmed("name and number do not belong together", field="identity_number", why=code)
    issuer = issuer_of(card_number)
    card = None if issuer is None else await card_for(tx, caller, issuer, card_number, name, mobile)
    if card is None or (card.holder_name, card.mobile) != (name, mobile):
        raise CardNotHers("the card is not of this person with this mobile", field="card_number")


async def silence(tx: Tx, caller: Caller, *, bank: Bank, kind: SilenceKind, times: int) -> None:
    await queries.set_silence(tx.connection, bank.code, kind, times)


async def next_silence(tx: Tx, caller: Caller, *, bank: Bank) -> SilenceKind | None:
    return await queries.take_silence(tx.connection, bank.code)


async def draw_up(tx: Tx, caller: Caller, *, bank: Bank, day: date) -> list[tuple[Closing, StatementFault | None]]:
    """Every sub-account at the end of a day that is over, by the bank's bookings, and what is wrong on paper. Raises DayNotClosed."""
    ended = _end_of(tx, day)
    if tx.now < ended:
        raise DayNotClosed("the day goes on", field="on")
    faults = await queries.faults(tx.connection, bank.code, day)
    found = await queries.closings(tx.connection, bank.code, day, ended)
    return [(one, faults.get(one.number)) for one in found]


async def spoil(
    tx: Tx, caller: Caller, *, bank: Bank, kind: FaultKind, day: date, seed_of_choice: int, amount: int
) -> StatementFault:
    """The seed chooses whose line it is, of those with money on that day. Raises NothingToSpoil."""
    found = await queries.closings(tx.connection, bank.code, day, _end_of(tx, day))
    choice = [one for one in found if one.available_minor + one.frozen_minor]
    if not choice:
        raise NothingToSpoil("nobody has anything here on that day", field="on")
    fault = StatementFault(
        day, choice[seed_of_choice % len(choice)].number, kind, amount if kind is FaultKind.WRONG_AMOUNT else 0
    )
    await queries.add_fault(tx.connection, bank.code, fault)
    return fault


def _end_of(tx: Tx, day: date) -> datetime:
    return start_of_day(day + timedelta(days=1), tx.settings.zone)
