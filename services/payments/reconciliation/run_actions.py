"""A run of the matcher: our records taken over, then one rule after another, then whatever is left becomes a break.

Each step is a transaction of its own and goes on from what is committed, so a run that was cut off is simply run again. All of them
lock the account first: of two runs at once each step is made by one.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.reconciliation import break_queries, match_queries, queries, recording, rules
from services.payments.reconciliation.errors import UnknownReconciledAccount
from services.payments.reconciliation.model import Break, BreakState, BreakType, ReconciledAccount, Rule, Run, Side

LINES_AT_ONCE = 200_000
"""By reference in one statement: it stays far from the time that a statement may take."""
MOST_DIFFERENCES = 10_000
RUN_JOB = "payments.reconcile"
DESK = "payments"
"""Who owns a break until somebody takes it."""


async def begin_run(tx: Tx, caller: Caller, *, account_id: UUID) -> Run:
    """Raises UnknownReconciledAccount."""
    await _locked(tx, account_id)
    run = Run(tx.ids.new(), account_id, caller.party, tx.now, None)
    await queries.add_run(tx.connection, run)
    tx.jobs.add(RUN_JOB, {"id": str(run.id)}, delay_seconds=10)
    return run


async def record_some(tx: Tx, caller: Caller, *, run: Run) -> int:
    """A chunk of our records; how many there were. 0: all are taken over."""
    return await recording.record_ours(tx, await _locked(tx, run.account_id))


async def spans_to_match(tx: Tx, caller: Caller, *, run: Run) -> list[tuple[date, date]]:
    """Days whose lines are matched by reference in one step each."""
    await _locked(tx, run.account_id)
    return spans(await match_queries.days_to_match(tx.connection, run.account_id))


def spans(days: Sequence[tuple[date, int]], most: int = LINES_AT_ONCE) -> list[tuple[date, date]]:
    """Neighbouring days together, as long as they have at most so many lines."""
    found: list[tuple[date, date]] = []
    lines = 0
    for day, count in days:
        if found and lines + count <= most:
            found[-1], lines = (found[-1][0], day), lines + count
        else:
            found.append((day, day))
            lines = count
    return found


async def match_span(tx: Tx, caller: Caller, *, run: Run, span: tuple[date, date]) -> int:
    """Pairs made."""
    account = await _locked(tx, run.account_id)
    await match_queries.expect_many(tx.connection)
    return await match_queries.pair_span(tx.connection, account, run.id, span)


async def match_rest(tx: Tx, caller: Caller, *, run: Run) -> Run:
    """The other rules, then the breaks; the run is over. run: with what the steps before have counted."""
    account = await _locked(tx, run.account_id)
    before = await queries.run_with(tx.connection, run.id)
    if before is None or before.ended_at is not None:
        return before or run
    await match_queries.expect_many(tx.connection)
    await match_queries.open_what_is_left(tx.connection, account.id)
    pairs = 0
    for rule in Rule:
        await match_queries.mark_shown_before(tx.connection, account.id)
        pairs += await match_queries.pair_by(tx.connection, account, run.id, rule)
    await match_queries.mark_shown_before(tx.connection, account.id)
    raised, closed = await _breaks(tx, account, run)
    await match_queries.put_away(tx.connection, account.id)
    ended = replace(run, pairs=run.pairs + pairs, breaks_raised=raised, breaks_closed=closed, ended_at=tx.now)
    await queries.save_run(tx.connection, ended)
    _tell(tx, account, ended)
    return ended


async def _breaks(tx: Tx, account: ReconciledAccount, run: Run) -> tuple[int, int]:
    """How many were raised and closed."""
    left = await break_queries.breaks_left(tx.connection, account.id)
    of_bank = [_found(tx, account, *one) for one in left]
    of_pairs = await break_queries.breaks_of_pairs(tx.connection, account, run.id)
    told = await recording.differences(tx, account, MOST_DIFFERENCES)
    of_ledger = [_differing(tx, account, *one) for one in told]
    closed = await break_queries.close_others(tx.connection, account.id, Side.BANK, of_bank, tx.now)
    closed += await break_queries.close_others(tx.connection, account.id, Side.LEDGER, of_ledger, tx.now)
    raised = 0
    for found in (of_bank, [_found(tx, account, *one) for one in of_pairs], of_ledger):
        raised += await break_queries.add_breaks(tx.connection, found)
    return raised, closed


def _found(
    tx: Tx, account: ReconciledAccount, kind: BreakType, line_id: UUID | None, record_id: UUID | None, amount: int
) -> Break:
    return _raised(tx, account, kind, Side.BANK, line_id, record_id, None, amount)


def _differing(tx: Tx, account: ReconciledAccount, subject: str, way: int, told: int, moved: int, again: bool) -> Break:
    """The channels stand for the bank here: what they told more than was posted."""
    kind = rules.type_between(told, moved, again=again)
    return _raised(tx, account, kind, Side.LEDGER, None, None, subject, told - moved, way=way)


def _raised(
    tx: Tx,
    account: ReconciledAccount,
    kind: BreakType,
    side: Side,
    line_id: UUID | None,
    record_id: UUID | None,
    subject: str | None,
    amount: int,
    *,
    way: int = 0,
) -> Break:
    return Break(
        id=tx.ids.new(),
        account_id=account.id,
        type=kind,
        side=side,
        line_id=line_id,
        record_id=record_id,
        subject=subject,
        way=way,
        amount=amount,
        currency=account.currency,
        state=BreakState.OPEN,
        owner=DESK,
        resolved_minor=0,
        reason=None,
        raised_on=tx.today,
        raised_at=tx.now,
        due_at=rules.due_after(tx.now),
        escalations=0,
        ended_at=None,
    )


async def _locked(tx: Tx, account_id: UUID) -> ReconciledAccount:
    account = await queries.account_with(tx.connection, account_id, lock=True)
    if account is None:
        raise UnknownReconciledAccount("no such account")
    return account


def _tell(tx: Tx, account: ReconciledAccount, run: Run) -> None:
    told = {
        "run_id": encode("rcn", run.id),
        "account_id": encode("rca", account.id),
        "bank": account.bank,
        "pairs": run.pairs,
        "breaks_raised": run.breaks_raised,
        "breaks_closed": run.breaks_closed,
    }
    tx.events.add("payments.reconciliation.run.v1", encode("rcn", run.id), told)
