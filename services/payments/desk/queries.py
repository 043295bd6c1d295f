"""Each matter is one statement of the same columns. Rows are few and found by partial indexes: what is done leaves them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, FromClause, Row, Select, Text, cast, exists, func, null, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from chassis.ids import encode
from services.payments.clearing.tables import clearing_models, clearing_queue, clearing_windows
from services.payments.coins.model import MANY_TRIES
from services.payments.coins.tables import coin_days, coin_deposits, coin_rails, coin_regulations, coin_withdrawals
from services.payments.desk.model import Matter, Pile, Waiting
from services.payments.holders.tables import holder_freezes
from services.payments.merchant_payouts.tables import payout_batches
from services.payments.receivables.model import ReceivableState
from services.payments.receivables.tables import receivables
from services.payments.reconciliation.model import BreakState
from services.payments.reconciliation.tables import reconciliation_accounts, reconciliation_breaks
from services.payments.reserve.model import ProofState, WithdrawalState
from services.payments.reserve.tables import fee_withdrawals, reserve_proof_banks, reserve_proofs
from services.payments.returned_money.model import ReportState
from services.payments.returned_money.tables import bank_reports
from services.payments.risk.model import ParkingState
from services.payments.risk.tables import risk_parkings
from services.payments.screening.model import OPEN as UNDECIDED
from services.payments.screening.model import HitState
from services.payments.screening.tables import screening_hits
from services.payments.settlement.tables import settlement_positions
from services.payments.trades.model import RefundState
from services.payments.trades.tables import trade_refunds, trades
from services.payments.transaction_reports.model import ReportState as ReportStep
from services.payments.transaction_reports.tables import report_days, transaction_reports
from services.payments.webhooks.model import DeliveryState
from services.payments.webhooks.tables import webhook_deliveries

MOST_COUNTED = 1_000
Instant = DateTime(timezone=True)
# Subjects that are records of ours, and the prefix that their ids have on the wire.
SUBJECTS = {Matter.TRADE_DISPUTES: "trd", Matter.DEAD_LETTERS: "whe"}
SCREENED = {"customer": "cus", "merchant": "mer"}


def _matter(source: FromClause, where: ColumnElement[bool], **columns: Any) -> Select[Any]:
    """columns: id and since, and what else of Waiting there is."""
    kinds: Mapping[str, Any] = {
        "subject": Text, "due_at": Instant, "amount": BigInteger, "currency": Text, "detail": Text,
    }  # fmt: skip
    given = [cast(columns.get(name, null()), kind).label(name) for name, kind in kinds.items()]
    named = [columns["id"].label("id"), columns["since"].label("since")]
    return select(*named, *given).select_from(source).where(where)


_refund, _report, _batch, _position = trade_refunds.c, bank_reports.c, payout_batches.c, settlement_positions.c
_window, _waiting_payment, _clearing = clearing_windows.c, clearing_queue.c, clearing_models.c
_delivery, _freeze, _owed, _parked = webhook_deliveries.c, holder_freezes.c, receivables.c, risk_parkings.c
_coins, _regulated, _rail = coin_deposits.c, coin_regulations.c, coin_rails.c
_after, _sent = coin_regulations.alias().c, coin_withdrawals.c
_reported = select(func.max(coin_days.c.day)).where(coin_days.c.unit == _regulated.unit).scalar_subquery()
# On the day that was reported last: of the statements that had begun by then the latest.
_IN_FORCE = (_regulated.from_on <= _reported) & ~exists().where(
    _after.unit == _regulated.unit,
    _after.from_on <= _reported,
    tuple_(_after.from_on, _after.id) > tuple_(_regulated.from_on, _regulated.id),
)
_break, _account = reconciliation_breaks.c, reconciliation_accounts.c
_hit, _to_report, _day = screening_hits.c, transaction_reports.c, report_days.c
_fees, _proof, _later = fee_withdrawals.c, reserve_proofs.c, reserve_proofs.alias("later").c
_part = reserve_proof_banks.c
# What lacks at a bank may still be found; what was short or overdue on a day that is over is worked on by the last day that says so.
_TO_CLEAR_UP = (
    ~exists().where(_later.day == _proof.day, _later.currency == _proof.currency, _later.version > _proof.version)
) & (
    exists().where(_part.proof_id == _proof.id, _part.state != ProofState.PROVED)
    | ~exists().where(_later.currency == _proof.currency, _later.day > _proof.day)
)
_MATTERS: Mapping[Matter, Select[Any]] = {
    Matter.TRADE_DISPUTES: _matter(
        trade_refunds.join(trades, _refund.trade_id == trades.c.id),
        (_refund.state == RefundState.IN_ARBITRATION) & _refund.ended_at.is_(None),
        id=_refund.id, since=_refund.opened_at, subject=_refund.trade_id, due_at=trades.c.due_at,
        amount=_refund.amount, currency=trades.c.currency, detail=_refund.reason,
    ),
    Matter.RECONCILIATION_BREAKS: _matter(
        reconciliation_breaks.join(reconciliation_accounts, _break.account_id == _account.id),
        (_break.state == BreakState.OPEN) & _break.due_at.is_not(None),
        id=_break.id, since=_break.raised_at, subject=_account.bank, due_at=_break.due_at,
        amount=_break.amount, currency=_break.currency, detail=_break.type,
    ),
    Matter.UNMATCHED_MONEY: _matter(
        bank_reports,
        (_report.state == ReportState.UNMATCHED) & _report.due_at.is_not(None),
        id=_report.id, since=_report.reported_at, subject=_report.bank, due_at=_report.due_at,
        amount=_report.amount, currency=_report.currency, detail=_report.held_up,
    ),
    Matter.PAYOUT_BATCHES: _matter(
        payout_batches,
        _batch.ended_at.is_(None),
        id=_batch.id, since=_batch.closed_at, subject=_batch.bank, due_at=_batch.due_at,
        amount=_batch.total_minor, currency=_batch.currency, detail=_batch.state,
    ),
    Matter.PASSED_OVER: _matter(
        settlement_positions,
        _position.skipped_code.is_not(None),
        id=_position.merchant_id, since=_position.settled_until, due_at=_position.due_at, detail=_position.skipped_code,
    ),
    Matter.DEAD_LETTERS: _matter(
        webhook_deliveries,
        _delivery.state == DeliveryState.DEAD,
        id=_delivery.id, since=_delivery.ended_at, subject=_delivery.endpoint_id, detail=_delivery.type,
    ),
    Matter.FROZEN_PERSONS: _matter(
        holder_freezes, _freeze.released_at.is_(None), id=_freeze.holder_id, since=_freeze.frozen_at, detail=_freeze.reason
    ),
    Matter.RISK_REVIEWS: _matter(
        risk_parkings, _parked.state == ParkingState.WAITING_REVIEW, id=_parked.id, since=_parked.parked_at, subject=_parked.person,
        due_at=_parked.review_until, amount=_parked.amount, currency=_parked.currency, detail=_parked.kind,
    ),
    Matter.OVERDUE_RECEIVABLES: _matter(
        receivables,
        (_owed.state == ReceivableState.OVERDUE) & _owed.ended_at.is_(None),
        id=_owed.id, since=_owed.incurred_at, subject=_owed.owner, due_at=_owed.due_at,
        amount=_owed.amount - _owed.repaid - _owed.written_off, currency=_owed.currency, detail=_owed.cause,
    ),
    Matter.SCREENING_HITS: _matter(
        screening_hits,
        _hit.state.in_(UNDECIDED) | ((_hit.state == HitState.CONFIRMED) & _hit.proposed_by.is_not(None)),
        id=_hit.id, since=_hit.found_at, subject=_hit.subject_kind + "_" + cast(_hit.subject_id, Text), due_at=_hit.due_at,
        detail=_hit.state,
    ),
    Matter.TRANSACTION_REPORTS: _matter(
        transaction_reports,
        _to_report.state == ReportStep.FOUND,
        id=_to_report.id, since=_to_report.found_at, subject=_to_report.subject, due_at=_to_report.due_at,
        amount=_to_report.amount, currency=_to_report.currency, detail=_to_report.rule,
    ),
    Matter.UNCOUNTED_DAYS: _matter(
        report_days,
        _day.uncounted > 0,
        id=_day.id, since=_day.scanned_at, subject=_day.business_on, detail=_day.uncounted,
    ),
    Matter.UNPROVED_DAYS: _matter(
        reserve_proofs,
        (_proof.state != ProofState.PROVED) & _TO_CLEAR_UP,
        id=_proof.id, since=_proof.closed_at, amount=_proof.difference_minor, currency=_proof.currency, detail=_proof.state,
    ),
    Matter.FEE_WITHDRAWALS: _matter(
        fee_withdrawals,
        _fees.state == WithdrawalState.REQUESTED,
        id=_fees.id, since=_fees.requested_at, subject=_fees.bank, due_at=_fees.due_at, amount=_fees.amount,
        currency=_fees.currency, detail=_fees.source,
    ),
    Matter.CLEARING_WINDOWS: _matter(
        clearing_windows.join(clearing_models, _clearing.number == _window.model_number),
        (_window.state != "OPEN") & _window.ended_at.is_(None),
        id=_window.id, since=_window.closed_at, subject=_clearing.code, due_at=_window.due_at, detail=_window.state,
    ),
    Matter.CLEARING_QUEUE: _matter(
        clearing_queue.join(clearing_models, _clearing.number == _waiting_payment.model_number),
        _waiting_payment.from_payment,
        id=_waiting_payment.id, since=_waiting_payment.queued_at, subject=_clearing.code, due_at=_waiting_payment.due_at,
        amount=_waiting_payment.amount, currency=_clearing.currency,
    ),
    Matter.HELD_COINS: _matter(
        coin_deposits,
        _coins.due_at.is_not(None),
        id=_coins.id, since=_coins.seen_at, subject=_coins.address, due_at=_coins.due_at,
        amount=_coins.amount, currency=_coins.unit,
    ),
    Matter.REGULATED_COINS: _matter(
        coin_regulations,
        _regulated.regulated & _IN_FORCE,
        id=_regulated.id, since=_regulated.stated_at, subject=_regulated.unit, detail=_regulated.reason,
    ),
    Matter.COIN_DIFFERENCES: _matter(
        coin_rails,
        _rail.difference != 0,
        id=_rail.id, since=_rail.opened_at, subject=_rail.unit, amount=_rail.difference, currency=_rail.unit,
    ),
    Matter.STUCK_COINS: _matter(
        coin_withdrawals,
        _sent.due_at.is_not(None) & (_sent.tries >= MANY_TRIES),
        id=_sent.id, since=_sent.requested_at, subject=_sent.address, due_at=_sent.expires_at,
        amount=_sent.amount, currency=_sent.unit, detail=_sent.state,
    ),
}  # fmt: skip


async def piles(connection: AsyncConnection) -> list[Pile]:
    """Of every matter."""
    return [await _pile(connection, matter) for matter in Matter]


async def _pile(connection: AsyncConnection, matter: Matter) -> Pile:
    some = _MATTERS[matter].limit(MOST_COUNTED).subquery()
    counted = select(func.count(), func.min(some.c.since), func.min(some.c.due_at)).select_from(some)
    count, oldest_at, next_due_at = (await connection.execute(counted)).one()
    return Pile(matter, count, oldest_at, next_due_at)


async def waiting(connection: AsyncConnection, matter: Matter, after: UUID | None, limit: int) -> list[Waiting]:
    """By id, which is mostly the oldest first."""
    statement = _MATTERS[matter]
    found = statement.selected_columns.id
    if after is not None:
        statement = statement.where(found > after)
    rows = await connection.execute(statement.order_by(found).limit(limit))
    return [_waiting(matter, row) for row in rows]


def _waiting(matter: Matter, row: Row[Any]) -> Waiting:
    facts = dict(row._mapping)
    if matter is Matter.SCREENING_HITS:
        kind, _, subject_id = facts["subject"].partition("_")
        facts["subject"] = encode(SCREENED[kind], UUID(subject_id)) if kind in SCREENED else subject_id
    if matter in SUBJECTS:
        facts["subject"] = encode(SUBJECTS[matter], UUID(facts["subject"]))
    return Waiting(matter=matter, **facts)
