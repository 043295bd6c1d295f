"""Stories of an account at a custody bank: recorded once the bank has opened it, needed before anything is lent, filled and emptied."""

from dataclasses import replace
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.custody import queries, rules
from services.p2p.custody.errors import (
    CustodyRepaymentFinal,
    MandateNotInCustody,
    NoCustodyAccount,
    OtherCurrency,
    UnknownCustodyAccount,
    UnknownPayment,
)
from services.p2p.custody.events import PAYMENT_SETTLED, payment_told
from services.p2p.custody.model import (
    CustodyAccount,
    CustodyKind,
    Payment,
    PaymentEvent,
    PaymentKind,
    PaymentState,
    Scope,
)
from services.p2p.errors import CustomersOnly
from services.p2p.programmes.model import Programme
from services.p2p.wire_ids import custody_payment_text

PAY_JOB = "p2p.pay_custody"
JOB_GRACE_SECONDS = 10


async def record_account(
    tx: Tx,
    caller: Caller,
    *,
    bank: str,
    holder: str,
    kind: CustodyKind,
    currency: str,
    number: str | None,
    account_id: UUID,
    behind: str | None = None,
) -> CustodyAccount:
    """The bank and the ledger have opened it: the same of both whenever they are asked again."""
    opened = CustodyAccount(tx.ids.new(), bank, holder, kind, behind, currency, number, account_id, tx.now)
    return await queries.add_account(tx.connection, opened)


async def require_ready(tx: Tx, programme: Programme, customer: str, *scopes: Scope) -> None:
    """Where a bank keeps the programme's money: the customer has an account there and has allowed what follows.

    Raises NoCustodyAccount, NotAuthorised.
    """
    if programme.custody is None:
        return
    found = await queries.account_of(tx.connection, programme.custody, customer, programme.currency)
    if found is None:
        raise NoCustodyAccount(f"{programme.custody} keeps the money here", field="programme", bank=programme.custody)
    wanted = [(customer, scope) for scope in scopes]
    standing = await queries.standing(tx.connection, programme.custody, wanted, tx.today)
    rules.require_allowed(standing.values(), scopes)


async def require_reversible(tx: Tx, code: str, version: int) -> None:
    """Raises CustodyRepaymentFinal: nobody has allowed that money is taken from a holder, and there is nothing that could bounce."""
    if await queries.bank_of(tx.connection, code, version) is not None:
        raise CustodyRepaymentFinal("what a custody bank has moved is final", field="repayment_id")


async def require_in_reserve(tx: Tx, code: str, version: int) -> None:
    """Raises MandateNotInCustody: what a card is debited for comes into the payment reserve."""
    if await queries.bank_of(tx.connection, code, version) is not None:
        raise MandateNotInCustody("a loan in custody is repaid from the account at its bank", field="loan_id")


async def request_payment(
    tx: Tx, caller: Caller, *, custody_account_id: UUID, kind: PaymentKind, amount_minor: int, currency: str
) -> Payment:
    """From her card, or to it. Raises CustomersOnly, UnknownCustodyAccount, OtherCurrency."""
    account = await own_account(tx, caller, custody_account_id)
    if account.currency != currency:
        raise OtherCurrency(f"the account is kept in {account.currency}", field="currency")
    payment = Payment(
        id=tx.ids.new(),
        custody_account_id=account.id,
        bank=account.bank,
        holder=account.holder,
        kind=kind,
        amount_minor=amount_minor,
        currency=currency,
        state=PaymentState.PENDING,
        reason=None,
        requested_at=tx.now,
        changed_at=tx.now,
    )
    await queries.add_payment(tx.connection, payment)
    tx.jobs.add(PAY_JOB, {"id": str(payment.id)}, delay_seconds=JOB_GRACE_SECONDS)
    return payment


async def record_payment(tx: Tx, caller: Caller, *, payment_id: UUID, refused: str | None) -> Payment:
    """refused: the bank's or the ledger's reason; None where both have moved it."""
    payment = await queries.payment(tx.connection, payment_id, lock=True)
    if payment is None:
        raise UnknownPayment("no such payment", field="payment_id")
    if payment.state is not PaymentState.PENDING:
        return payment
    event = PaymentEvent.SETTLE if refused is None else PaymentEvent.REFUSE
    moved = replace(payment, state=rules.payment_after(payment.state, event), reason=refused, changed_at=tx.now)
    await queries.save_payment(tx.connection, moved)
    tx.events.add(PAYMENT_SETTLED, custody_payment_text(moved.id), payment_told(moved))
    return moved


async def own_account(tx: Tx, caller: Caller, custody_account_id: UUID) -> CustodyAccount:
    """Raises CustomersOnly, UnknownCustodyAccount."""
    if caller.customer is None:
        raise CustomersOnly("a customer has an account for herself")
    account = await queries.account(tx.connection, custody_account_id)
    if account is None or account.holder != caller.party:
        raise UnknownCustodyAccount("no such account", field="custody_account_id")
    return account
