"""Stories of promises to pay: made by the borrower or by whoever works on her case, decided by what she repays."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from chassis.clock import start_of_day
from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.collections import actions, arrears_queries, promise_queries, promise_rules, queries, rules
from services.p2p.collections.errors import PromiseUnderWay, TooManyPromises
from services.p2p.collections.events import PROMISE_DECIDED, PROMISE_MADE, promise_told
from services.p2p.collections.model import Promise, PromiseState
from services.p2p.collections.wire_ids import promise_text
from services.p2p.errors import CurrencyDiffers


async def make(tx: Tx, caller: Caller, *, case_id: UUID, amount_minor: int, currency: str, due_on: date) -> Promise:
    """While it is open nobody calls her.

    Raises NothingOverdue, CurrencyDiffers, PromiseDayNotAllowed, PromiseAmountNotAllowed, PromiseUnderWay, TooManyPromises, CaseNotTaken.
    """
    case = await actions.locked_for(tx, caller, case_id)
    arrears = await actions.require_overdue(tx, case)
    if caller.party != case.borrower:
        rules.require_taken_by(case, caller.party)
    if currency != case.currency:
        raise CurrencyDiffers(f"the loan is in {case.currency}", field="currency")
    rules_now = await queries.rules_in_force(tx.connection, tx.today)
    promise_rules.require_day(rules_now, due_on, tx.today)
    owed = await arrears_queries.owed_by(tx.connection, case.loan_id, due_on)
    promise_rules.require_amount(rules_now, amount_minor, overdue_minor=arrears.overdue_minor, owed_minor=owed)
    if await promise_queries.promised(tx.connection, [case.loan_id]):
        raise PromiseUnderWay("one promise at a time", field="case_id")
    since = tx.now - timedelta(days=rules_now.promise_window_days)
    if await promise_queries.open_or_broken(tx.connection, case.loan_id, since) >= rules_now.promises_in_window:
        raise TooManyPromises("too many that were not kept", field="case_id", most=rules_now.promises_in_window)
    promise = Promise(
        id=tx.ids.new(),
        case_id=case.id,
        loan_id=case.loan_id,
        amount_minor=amount_minor,
        currency=currency,
        due_on=due_on,
        state=PromiseState.OPEN,
        made_by=caller.party,
        made_at=tx.now,
        paid_minor=None,
        decided_at=None,
        due_at=start_of_day(due_on + timedelta(days=1), tx.settings.zone),
    )
    await promise_queries.add(tx.connection, promise)
    tx.events.add(PROMISE_MADE, promise_text(promise.id), promise_told(promise))
    return promise


async def decide(tx: Tx, caller: Caller, *, promise_id: UUID) -> Promise | None:
    """What became of it, if that can be told yet. Repayments asked for before its day was over count, whenever they arrive."""
    promise = await promise_queries.load(tx.connection, promise_id, lock=True)
    if promise is None or promise.due_at is None:
        return promise
    paid, unknown = await arrears_queries.repaid(tx.connection, promise.loan_id, promise.made_at, promise.due_at)
    event = promise_rules.verdict(promise, paid, tx.now, unknown=unknown)
    if event is None:
        return promise
    decided = replace(
        promise,
        state=promise_rules.next_state(promise.state, event),
        paid_minor=paid,
        decided_at=tx.now,
        due_at=None,
    )
    await promise_queries.save(tx.connection, decided)
    tx.events.add(PROMISE_DECIDED, promise_text(decided.id), promise_told(decided))
    return decided
