"""A repayment whose holders' accounts are in several books of the ledger: what goes to another book moves there once, to an account of the
loan's own, and from there to the holders in batches. Ids and keys follow from the repayment: cut off anywhere it goes on, skips nobody,
and pays nobody twice.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from uuid import UUID

from chassis.ids import book_of, encode
from chassis.runtime import Runtime
from clients.payments.client import BULK_LIMIT, PaymentsClient
from clients.payments.passing import PayersPasses
from services.p2p.repayments import distribution_queries
from services.p2p.repayments.model import Repayment, Share, ShareKind
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


class NotThereYet(Exception):
    """Money is on its way between books: its job is run again."""


async def open_books(runtime: Runtime, repayment: Repayment, shares: Sequence[Share]) -> dict[int, UUID]:
    """The loan's account in every book that has to do with the repayment, opened or found where it was missing here."""
    wanted = {book_of(repayment.account_id), *(book_of(share.account_id) for share in shares)}
    async with runtime.reading() as connection:
        known = await distribution_queries.of_loan(connection, repayment.loan_id)
    for book_id in sorted(wanted - known.keys()):
        account_id = await _open(runtime.get(PaymentsClient), repayment, book_id)
        async with runtime.transaction(seed=f"p2p.distribution\0{repayment.loan_id}\0{book_id}") as tx:
            await distribution_queries.add(
                tx.connection, repayment.loan_id, book_id, repayment.currency, account_id, tx.now
            )
        known[book_id] = account_id
    return {book_id: known[book_id] for book_id in wanted}


async def spread(
    runtime: Runtime, repayment: Repayment, shares: Sequence[Share], books: Mapping[int, UUID], book_id: int
) -> None:
    """Every share of one other book. Raises NotThereYet while its money is on its way."""
    own = [share for share in shares if book_of(share.account_id) == book_id]
    home = books[book_of(repayment.account_id)]
    await _pass(runtime, repayment, home, books[book_id], sum(share.received_minor for share in own))
    wanted = moved(own)
    client = runtime.get(PaymentsClient)
    for at in range(0, len(wanted), BULK_LIMIT):
        await client.move_all(wired(repayment, books[book_id], wanted[at : at + BULK_LIMIT]))


async def _pass(runtime: Runtime, repayment: Repayment, payer_id: UUID, payee_id: UUID, amount_minor: int) -> None:
    """Once, however often it is asked for: the key is the repayment's, and another only after a pass that came back."""
    passes = PayersPasses(runtime.get(PaymentsClient).transport)
    name = repayment_text(repayment.id)
    for number in range(1, MOST_PASSES + 1):
        key = f"p2p-{name}-{book_of(payee_id)}-{number}"
        made = await passes.make(payer_id, payee_id, amount_minor, repayment.currency, reference=name, key=key)
        found = await passes.read(made.id)
        if found.state == "completed":
            return
        if found.state != "returned":
            raise NotThereYet(f"pass {found.id} is {found.state}")
    raise RuntimeError(f"{name}: book {book_of(payee_id)} takes no money")


async def _open(client: PaymentsClient, repayment: Repayment, book_id: int) -> UUID:
    reference = loan_text(repayment.loan_id)
    for account in await client.find_accounts(owner="p2p", kind=KIND, currency=repayment.currency, reference=reference):
        if book_of(account.id) == book_id:
            return account.id
    key = f"p2p-distribution-{reference}-{book_id}"
    account = await client.create_account(repayment.currency, KIND, key=key, reference=reference, book_id=book_id)
    return account.id


def moved(shares: Sequence[Share]) -> list[Moved]:
    """What reaches holders, of whom nothing reaches some."""
    return [
        (one.transfer_id, one.account_id, received, CODES[one.kind])
        for one in shares
        if (received := one.received_minor)
    ]


def wired(repayment: Repayment, payer_id: UUID, moved: Sequence[Moved]) -> list[Order]:
    """As the ledger takes them, each from the same account."""
    payer, reference = encode("acc", payer_id), loan_text(repayment.loan_id)
    payee_text = cache(_account_text)
    return [
        {
            "id": encode("trf", transfer_id),
            "debit_account_id": payer,
            "credit_account_id": payee_text(account_id),
            "amount": amount,
            "currency": repayment.currency,
            "code": code,
            "reference": reference,
        }
        for transfer_id, account_id, amount, code in moved
    ]


def _account_text(account_id: UUID) -> str:
    return encode("acc", account_id)
