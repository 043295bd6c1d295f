"""Actions on a bank's accounts and cards."""

from chassis.database import Tx
from chassis.identity import Caller
from sandbox.bank import queries, rules
from sandbox.bank.model import Account, AccountKind, Bank, Card, Entry, InstitutionKind
from sandbox.errors import CardExists, IssuesNoCards, MalformedCard

PAYMENT_COMPANY = "Sifang Payments"
CARD_OPENING_MINOR = 100_000_000
"""A card that a test has not opened itself carries 1,000,000.00."""


async def account_of(tx: Tx, bank: Bank, kind: AccountKind) -> Account:
    """The bank's one account of a kind other than `customer`, opened when first needed."""
    number = f"{bank.code}-{kind.upper()}-{bank.currency}"
    found = await queries.account_numbered(tx.connection, bank.code, number)
    if found is not None:
        return found
    holder = PAYMENT_COMPANY if kind in (AccountKind.RESERVE, AccountKind.OPERATING) else bank.name
    await queries.open_account(tx.connection, Account(tx.ids.new(), bank.code, kind, number, holder, bank.currency, 0))
    opened = await queries.account_numbered(tx.connection, bank.code, number)
    assert opened is not None
    return opened


async def find_account(tx: Tx, caller: Caller, *, bank: Bank, kind: AccountKind) -> Account:
    """`account_of` as a story of its own."""
    return await account_of(tx, bank, kind)


async def open_card(
    tx: Tx,
    caller: Caller,
    *,
    bank: Bank,
    holder_name: str,
    mobile: str,
    number: str | None = None,
    balance_minor: int = CARD_OPENING_MINOR,
) -> Card:
    """A customer walks into a branch. Raises IssuesNoCards, MalformedCard, CardExists."""
    if bank.kind is not InstitutionKind.BANK:
        raise IssuesNoCards(f"{bank.code} issues no cards", field="bank")
    number = number or _new_number(tx, bank)
    if not (bank.issued(number) and rules.valid_number(number)):
        raise MalformedCard(f"{bank.code} does not issue such a number", field="number")
    if await queries.card_numbered(tx.connection, bank.code, number) is not None:
        raise CardExists("this card is out already", field="number")
    account = Account(tx.ids.new(), bank.code, AccountKind.CUSTOMER, f"A{number}", holder_name, bank.currency, 0)
    card = Card(number, bank.code, account.id, holder_name, mobile)
    await queries.open_account(tx.connection, account)
    await queries.add_card(tx.connection, card)
    if balance_minor:
        await _pay_in(tx, bank, account, balance_minor)
    return card


async def take_fees(tx: Tx, caller: Caller, *, bank: Bank) -> None:
    """One booking for each month that is over and not booked yet."""
    operating, fees = await account_of(tx, bank, AccountKind.OPERATING), await account_of(tx, bank, AccountKind.FEES)
    await queries.lock_accounts(tx.connection, bank.code, [operating.id, fees.id])
    today = rules.value_day(tx.now, bank, tx.settings.zone)
    for month, amount in (await queries.fees_of_months(tx.connection, bank.code, today.replace(day=1))).items():
        entry = Entry(bank.code, operating.id, fees.id, amount, "fee", f"fees-{month}", f"transaction fees of {month}")
        await queries.book(tx.connection, [entry], tx.now, today)


async def card_for(tx: Tx, caller: Caller, bank: Bank, number: str, holder_name: str, mobile: str) -> Card | None:
    """The card; a valid number of this bank that nobody opened is opened for whoever shows it first."""
    card = await queries.card_numbered(tx.connection, bank.code, number)
    if card is None and bank.issued(number) and rules.valid_number(number):
        return await open_card(tx, caller, bank=bank, holder_name=holder_name, mobile=mobile, number=number)
    return card


async def _pay_in(tx: Tx, bank: Bank, account: Account, amount: int) -> None:
    vault = await account_of(tx, bank, AccountKind.VAULT)
    await queries.lock_accounts(tx.connection, bank.code, [vault.id, account.id])
    entry = Entry(bank.code, vault.id, account.id, amount, "cash", account.number, "cash paid in")
    await queries.book(tx.connection, [entry], tx.now, rules.value_day(tx.now, bank, tx.settings.zone))


def _new_number(tx: Tx, bank: Bank) -> str:
    """A number that is no magic card: its first account digit is never zero."""
    digits = bank.card_length - len(bank.prefixes[0]) - 2
    body = bank.prefixes[0] + "7" + str(tx.ids.new().int % 10**digits).zfill(digits)
    return body + rules.check_digit(body)
