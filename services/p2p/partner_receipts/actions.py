"""The story of money that a partner received: recorded, passed on as a repayment from its wallet, and the interest for what came late.

The loan is locked first, as everywhere, then the receipt.
"""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.errors import NothingOwed, UnknownLoan, UnknownOriginator
from services.p2p.loans import actions as loan_actions
from services.p2p.loans.model import OWED, Loan
from services.p2p.originators import queries as originator_queries
from services.p2p.partner_receipts import queries, rules
from services.p2p.partner_receipts.errors import EarlierReceiptHeld, TooManyPartnerReceipts, UnknownPartnerReceipt
from services.p2p.partner_receipts.events import PARTNER_RECEIPT, told
from services.p2p.partner_receipts.model import PartnerReceipt, ReceiptEvent, ReceiptState
from services.p2p.repayments import actions as repayment_actions
from services.p2p.repayments import queries as repayment_queries
from services.p2p.repayments import rules as repayment_rules
from services.p2p.repayments.model import Funds, Repayment, RepaymentSource, RepaymentState
from services.p2p.restructurings import queries as restructuring_queries
from services.p2p.wire_ids import partner_receipt_text

PASS_JOB = "p2p.pass_on_receipt"
JOB_GRACE_SECONDS = 10
OPERATE = "p2p:operate"
TAKEN_BACK = "repayment_taken_back"


async def record(
    tx: Tx,
    caller: Caller,
    *,
    originator_id: UUID,
    loan_id: UUID,
    amount_minor: int,
    currency: str,
    received_on: date,
) -> PartnerReceipt:
    """A partner tells what a borrower of its own paid it. Raises UnknownOriginator, UnknownLoan, NothingOwed, ReceivedOnNotAllowed,
    TooManyPartnerReceipts, and what the amount of a repayment is refused for.
    """
    known = await originator_queries.load(tx.connection, originator_id)
    if known is None or known.party != caller.party:
        raise UnknownOriginator("no such originator", field="originator_id")
    loan = await loan_actions.locked(tx, loan_id)
    if loan.originator_id != originator_id:
        raise UnknownLoan("no such loan", field="loan_id")
    if loan.state not in OWED:
        raise NothingOwed("nothing is owed on this loan", state=loan.state.value)
    repayment_rules.require_currency(loan, currency)
    rules.require_received_on(received_on, starts_on=loan.starts_on, today=tx.today)
    held = await queries.open_of_loan(tx.connection, loan_id)
    if len(held) >= rules.MOST_HELD:
        raise TooManyPartnerReceipts(f"at most {rules.MOST_HELD} of a loan are held", field="loan_id")
    serviced = await repayment_queries.serviced(tx.connection, loan)
    repayment_rules.require_payable(serviced.on(await _as_of(tx, loan, received_on)), amount_minor)
    terms = serviced.programme.originator
    assert terms is not None
    pass_on_by = received_on + timedelta(days=terms.pass_on_days)
    receipt = PartnerReceipt(
        id=tx.ids.new(),
        originator_id=originator_id,
        party=known.party,
        loan_id=loan_id,
        amount_minor=amount_minor,
        currency=currency,
        received_on=received_on,
        pass_on_by=pass_on_by,
        daily_rate=format(terms.holding_daily_rate, "f"),
        state=ReceiptState.HELD,
        repayment_id=None,
        account_id=None,
        passed_on=None,
        interest_minor=0,
        tries=0,
        reason=None,
        recorded_at=tx.now,
        changed_at=tx.now,
        due_at=rules.tried_at(pass_on_by, tx.now, tx.settings.zone),
    )
    await queries.add(tx.connection, receipt)
    tx.events.add(PARTNER_RECEIPT, partner_receipt_text(receipt.id), told(receipt))
    return receipt


async def pass_on(tx: Tx, caller: Caller, *, receipt_id: UUID) -> PartnerReceipt:
    """The money goes to the holders, from the partner's wallet. Raises UnknownPartnerReceipt, EarlierReceiptHeld, NotAllowedInState."""
    _, receipt = await _locked(tx, receipt_id)
    if caller.party != receipt.party and not caller.may(OPERATE):
        raise UnknownPartnerReceipt("no such receipt", field="receipt_id")
    return await _pass_on(tx, receipt)


async def fetch(tx: Tx, caller: Caller, *, receipt_id: UUID) -> PartnerReceipt:
    """Time passes on what is held for too long; what waits for an earlier one of its loan, or is under way, waits on."""
    _, receipt = await _locked(tx, receipt_id)
    if receipt.state is not ReceiptState.HELD or receipt.due_at is None or receipt.due_at > tx.now:
        return receipt
    if await _earlier(tx, receipt):
        return await _saved(tx, replace(receipt, due_at=tx.now + rules.AGAIN))
    return await _pass_on(tx, receipt)


async def give_back(tx: Tx, caller: Caller, *, receipt_id: UUID, reason: str) -> PartnerReceipt:
    """Staff has seen that the partner gave the money back to the borrower. Raises UnknownPartnerReceipt, NotAllowedInState."""
    _, receipt = await _locked(tx, receipt_id)
    return await _step(tx, replace(receipt, reason=reason), ReceiptEvent.RETURN)


async def repay_with(tx: Tx, caller: Caller, *, receipt_id: UUID, account_id: UUID) -> PartnerReceipt:
    """Fix what it pays of the loan, as of the day on which the borrower paid. Raises what a repayment is refused for."""
    loan, receipt = await _locked(tx, receipt_id)
    if receipt.state is not ReceiptState.PASSING or receipt.repayment_id is not None:
        return receipt
    repayment = await repayment_actions.receive(
        tx,
        loan,
        receipt.amount_minor,
        None,
        RepaymentSource.PARTNER,
        # Through the account that the loan was paid out from: the partner receives of it too, and nothing moves from a wallet into itself.
        Funds(loan.account_id, payer=receipt.party),
        as_of=await _as_of(tx, loan, receipt.received_on),
    )
    return await _saved(tx, replace(receipt, repayment_id=repayment.id, account_id=account_id))


async def record_refused(tx: Tx, caller: Caller, *, receipt_id: UUID, reason: str) -> PartnerReceipt:
    """Nothing was repaid with it: the partner has it still."""
    _, receipt = await _locked(tx, receipt_id)
    if receipt.state is not ReceiptState.PASSING:
        return receipt
    return await _step(tx, replace(receipt, reason=reason, repayment_id=None, account_id=None), ReceiptEvent.REFUSE)


async def record_passed(tx: Tx, caller: Caller, *, receipt_id: UUID) -> PartnerReceipt:
    """Its repayment was answered: shared out, and then interest is owed for the days that it came late; or refused."""
    _, receipt = await _locked(tx, receipt_id)
    if receipt.state is not ReceiptState.PASSING or receipt.repayment_id is None:
        return receipt
    repayment = await repayment_queries.load(tx.connection, receipt.repayment_id)
    assert repayment is not None
    if repayment.state is RepaymentState.PENDING:
        return receipt
    if repayment.state is RepaymentState.REFUSED:
        return await record_refused(tx, caller, receipt_id=receipt_id, reason=repayment.reason or "refused")
    paid = await repayment_queries.shares(tx.connection, repayment.id)
    interest = rules.interest_of(receipt, rules.of_others(receipt, paid), tx.today)
    await queries.add_shares(tx.connection, rules.shares_of(receipt, interest, paid))
    passed = replace(receipt, passed_on=tx.today, interest_minor=interest, reason=None)
    return await _step(tx, passed, ReceiptEvent.SETTLE_LATE if interest else ReceiptEvent.SETTLE)


async def hold_again(tx: Tx, repayment: Repayment, *, account_id: UUID, hold_id: UUID | None) -> PartnerReceipt:
    """Its repayment was taken back: the partner has the money again, with days anew that bear nothing, and is asked for it tomorrow.

    account_id: its wallet's; hold_id: on what it has from it. The loan is locked.
    """
    before = await queries.of_repayment(tx.connection, repayment.id)
    serviced = await repayment_queries.serviced(tx.connection, await loan_actions.locked(tx, before.loan_id))
    terms = serviced.programme.originator
    assert terms is not None
    again = replace(
        before,
        id=tx.ids.new(),
        pass_on_by=tx.today + timedelta(days=terms.pass_on_days),
        state=ReceiptState.HELD,
        repayment_id=None,
        account_id=account_id,
        passed_on=None,
        interest_minor=0,
        tries=0,
        reason=TAKEN_BACK,
        recorded_at=tx.now,
        changed_at=tx.now,
        due_at=tx.now + rules.AGAIN,
        taken_back_id=repayment.id,
        hold_id=hold_id,
    )
    await queries.add(tx.connection, again)
    tx.events.add(PARTNER_RECEIPT, partner_receipt_text(again.id), told(again))
    return again


async def record_interest(
    tx: Tx, caller: Caller, *, receipt_id: UUID, tries: int, refused: str | None
) -> PartnerReceipt:
    """The ledger moved the interest, or would not: then it is asked for again tomorrow, by other transfers. tries: which try it was."""
    _, receipt = await _locked(tx, receipt_id)
    if receipt.state is not ReceiptState.OWING or receipt.tries != tries:
        return receipt
    if refused is None:
        return await _step(tx, replace(receipt, reason=None), ReceiptEvent.PAY)
    waiting = replace(receipt, tries=tries + 1, reason=refused, due_at=tx.now + rules.AGAIN)
    return await _saved(tx, waiting)


async def _pass_on(tx: Tx, receipt: PartnerReceipt) -> PartnerReceipt:
    rules.next_state(receipt, ReceiptEvent.PASS_ON)
    if await _earlier(tx, receipt):
        raise EarlierReceiptHeld("what came earlier is passed on first", field="receipt_id")
    passing = await _step(tx, receipt, ReceiptEvent.PASS_ON)
    tx.jobs.add(PASS_JOB, {"id": str(receipt.id)}, delay_seconds=JOB_GRACE_SECONDS)
    return passing


async def _earlier(tx: Tx, receipt: PartnerReceipt) -> bool:
    """Whether another one of its loan comes first."""
    return (await queries.open_of_loan(tx.connection, receipt.loan_id))[0].id != receipt.id


async def _as_of(tx: Tx, loan: Loan, received_on: date) -> date:
    """The day as of which it pays: when the borrower paid it, and not before what was repaid or agreed since."""
    settled = await repayment_queries.settled(tx.connection, loan.id)
    agreed = await restructuring_queries.accepted(tx.connection, loan.id)
    days = [one.agreed_on for one in agreed if one.agreed_on is not None]
    return max([received_on, *(one.paid_on for one in settled), *days])


async def _locked(tx: Tx, receipt_id: UUID) -> tuple[Loan, PartnerReceipt]:
    known = await queries.load(tx.connection, receipt_id)
    if known is None:
        raise UnknownPartnerReceipt("no such receipt", field="receipt_id")
    loan = await loan_actions.locked(tx, known.loan_id)
    receipt = await queries.load(tx.connection, receipt_id, lock=True)
    assert receipt is not None
    return loan, receipt


async def _step(tx: Tx, receipt: PartnerReceipt, event: ReceiptEvent) -> PartnerReceipt:
    state = rules.next_state(receipt, event)
    due_at = {
        ReceiptState.HELD: rules.tried_at(receipt.pass_on_by, tx.now + rules.AGAIN, tx.settings.zone),
        ReceiptState.PASSING: tx.now + rules.SOON,
        ReceiptState.OWING: tx.now + rules.SOON,
    }.get(state)
    moved = await _saved(tx, replace(receipt, state=state, changed_at=tx.now, due_at=due_at))
    tx.events.add(PARTNER_RECEIPT, partner_receipt_text(moved.id), told(moved))
    return moved


async def _saved(tx: Tx, receipt: PartnerReceipt) -> PartnerReceipt:
    await queries.save(tx.connection, receipt)
    return receipt
