"""Money for holders of a loan whose accounts are in several books of the ledger: what goes to another book moves there once, to an account
of the loan's own, and from there to the holders in batches. Ids and keys follow from what is paid out: cut off anywhere it goes on, skips
nobody, and pays nobody twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple, Protocol
from uuid import UUID

from chassis.ids import book_of, encode
from chassis.runtime import Runtime
from clients.payments.client import BULK_LIMIT, PaymentsClient
from clients.payments.passing import PayersPasses
from services.p2p.repayments import distribution_queries
from services.p2p.repayments.model import Repayment, Share, ShareKind
from services.p2p.transfer_ids import derived
from services.p2p.wire_ids import loan_text, repayment_text

KIND = "loan_distribution"
CODES: Mapping[ShareKind, str] = {
    ShareKind.PRINCIPAL: "p2p.repayment.principal",
    ShareKind.INTEREST: "p2p.repayment.interest",
    ShareKind.LATE: "p2p.repayment.late_interest",
}
MOST_PASSES = 5
"""Of one sum to one book, each after the one before came back."""
Order = Mapping[str, str | int | Mapping[str, str]]
Moved = tuple[UUID, UUID, int, str]
"""A transfer's id, account credited, amount and code."""
ASIDE_CODE = "p2p.distribution.aside"
"""What goes to other books, set aside in the payer's."""


class OfLoan(Protocol):
    """Whatever moves money for a loan."""

    @property
    def loan_id(self) -> UUID: ...
    @property
    def currency(self) -> str: ...


class Payout(NamedTuple):
    """What is paid out to holders of a loan from one account. name: the record's id on the wire; attempt: of those that it may have."""

    loan_id: UUID
    currency: str
    account_id: UUID
    name: str
    began_at: datetime
    attempt: int = 1


class NotThereYet(Exception):
    """Money is on its way between books: its job is run again."""


async def open_books(runtime: Runtime, repayment: Repayment, shares: Sequence[Share]) -> dict[int, UUID]:
    """The loan's account in every book that has to do with the repayment, opened or found where it was missing here."""
    return await _opened(runtime, repayment, (repayment.account_id, *(share.account_id for share in shares)))


async def books_of(runtime: Runtime, payout: Payout, moved: Iterable[Moved]) -> dict[int, UUID]:
    """The same for another payout; empty where all of it stays in one book."""
    accounts = [payout.account_id, *(account_id for _, account_id, _, _ in moved)]
    return await _opened(runtime, payout, accounts) if len({book_of(one) for one in accounts}) > 1 else {}


async def _opened(runtime: Runtime, what: OfLoan, accounts: Iterable[UUID]) -> dict[int, UUID]:
    wanted = {book_of(account_id) for account_id in accounts}
    async with runtime.reading() as connection:
        known = await distribution_queries.of_loan(connection, what.loan_id)
    for book_id in sorted(wanted - known.keys()):
        account_id = await _open(runtime.get(PaymentsClient), what, book_id)
        async with runtime.transaction(seed=f"p2p.distribution\0{what.loan_id}\0{book_id}") as tx:
            await distribution_queries.add(tx.connection, what.loan_id, book_id, what.currency, account_id, tx.now)
        known[book_id] = account_id
    return {book_id: known[book_id] for book_id in wanted}


def first_batch(
    payout: Payout, moved: Sequence[Moved], books: Mapping[int, UUID], aside_of: Mapping[str, str]
) -> list[Order]:
    """To holders in the payer's book, and one transfer for the others under each code that aside_of has for theirs: then it is paid."""
    if not books:
        return wired(payout, payout.account_id, moved)
    home = book_of(payout.account_id)
    first = [one for one in moved if book_of(one[1]) == home]
    away = dict.fromkeys(aside_of.values(), 0)
    for _, account_id, amount, code in moved:
        if book_of(account_id) != home:
            away[aside_of[code]] += amount
    for code, amount in away.items():
        if amount:
            key = ("aside", payout.name, payout.attempt, code)
            first.append((derived(payout.began_at, payout.account_id, *key), books[home], amount, code))
    return wired(payout, payout.account_id, first)


async def deliver(runtime: Runtime, payout: Payout, moved: Sequence[Moved], books: Mapping[int, UUID]) -> None:
    """What was set aside, book by book, once the first batch was made. Raises NotThereYet while money is on its way."""
    home = book_of(payout.account_id)
    for book_id in sorted(books.keys() - {home}):
        own = [one for one in moved if book_of(one[1]) == book_id]
        await _deliver(runtime, payout, payout.name, own, books, (home, book_id))


async def spread(
    runtime: Runtime, repayment: Repayment, shares: Sequence[Share], books: Mapping[int, UUID], book_id: int
) -> None:
    """Every share of one other book. Raises NotThereYet while its money is on its way."""
    wanted = moved([one for one in shares if book_of(one.account_id) == book_id])
    way = (book_of(repayment.account_id), book_id)
    await _deliver(runtime, repayment, repayment_text(repayment.id), wanted, books, way)


async def _deliver(
    runtime: Runtime, what: OfLoan, name: str, moved: Sequence[Moved], books: Mapping[int, UUID], way: tuple[int, int]
) -> None:
    """way: from which book to which."""
    payer_id, payee_id = books[way[0]], books[way[1]]
    await _pass(runtime, what, name, payer_id, payee_id, sum(amount for _, _, amount, _ in moved))
    client = runtime.get(PaymentsClient)
    for at in range(0, len(moved), BULK_LIMIT):
        await client.move_all(wired(what, payee_id, moved[at : at + BULK_LIMIT]))


async def _pass(runtime: Runtime, what: OfLoan, name: str, payer_id: UUID, payee_id: UUID, amount_minor: int) -> None:
    """Once, however often it is asked for: the key is the record's, and another only after a pass that came back."""
    passes = PayersPasses(runtime.get(PaymentsClient).transport)
    for number in range(1, MOST_PASSES + 1):
        key = f"p2p-{name}-{book_of(payee_id)}-{number}"
        made = await passes.make(payer_id, payee_id, amount_minor, what.currency, reference=name, key=key)
        found = await passes.read(made.id)
        if found.state == "completed":
            return
        if found.state != "returned":
            raise NotThereYet(f"pass {found.id} is {found.state}")
    raise RuntimeError(f"{name}: book {book_of(payee_id)} takes no money")


async def _open(client: PaymentsClient, what: OfLoan, book_id: int) -> UUID:
    reference = loan_text(what.loan_id)
    for account in await client.find_accounts(owner="p2p", kind=KIND, currency=what.currency, reference=reference):
        if book_of(account.id) == book_id:
            return account.id
    key = f"p2p-distribution-{reference}-{book_id}"
    account = await client.create_account(what.currency, KIND, key=key, reference=reference, book_id=book_id)
    return account.id


def moved(shares: Sequence[Share]) -> list[Moved]:
    """What reaches holders, of whom nothing reaches some."""
    return [
        (one.transfer_id, one.account_id, received, CODES[one.kind])
        for one in shares
        if (received := one.received_minor)
    ]


def wired(what: OfLoan, payer_id: UUID, moved: Sequence[Moved]) -> list[Order]:
    """As the ledger takes them, each from the same account."""
    payer, reference = encode("acc", payer_id), loan_text(what.loan_id)
    payee_text = cache(_account_text)
    return [
        {
            "id": encode("trf", transfer_id),
            "debit_account_id": payer,
            "credit_account_id": payee_text(account_id),
            "amount": amount,
            "currency": what.currency,
            "code": code,
            "reference": reference,
        }
        for transfer_id, account_id, amount, code in moved
    ]


def _account_text(account_id: UUID) -> str:
    return encode("acc", account_id)
