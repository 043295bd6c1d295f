"""What of ours a bank should have booked, taken over from channels, reports and the ledger's reserve."""

from collections.abc import Sequence
from typing import Any

from chassis.database import Tx
from chassis.ids import encode
from services.payments.channels.model import (
    CARD_RETURN,
    MANDATE_DEBIT,
    ORDER_PAYMENT,
    PAYOUT_LINE,
    TOP_UP,
    WITHDRAWAL,
)
from services.payments.channels.reserves import reserve_at
from services.payments.ledger.model import book_of
from services.payments.reconciliation import record_queries, rules
from services.payments.reconciliation.model import ReconciledAccount, Record, RecordState, Source

CHUNK = 5_000
PREFIXES = {
    TOP_UP: "tup",
    WITHDRAWAL: "wdr",
    CARD_RETURN: "crt",
    ORDER_PAYMENT: "ord",
    MANDATE_DEBIT: "mdb",
    PAYOUT_LINE: "bpl",
}
_STATES = {"succeeded": RecordState.EXPECTED, "requested": RecordState.OPEN, "unknown": RecordState.OPEN}


async def record_ours(tx: Tx, account: ReconciledAccount) -> int:
    """Everything that is not recorded yet, or has another result by now, up to a chunk of each kind; how many that was.

    The ledger is read before the channels: what is posted in between belongs to a channel that is seen, and is left to it.
    """
    reserve_id = await reserve_at(tx, account.bank, account.currency)
    book_id = book_of(reserve_id)
    transfers = await record_queries.transfers_to_record(tx.connection, account.id, reserve_id, book_id, CHUNK)
    zone = str(tx.settings.zone)
    orders = await record_queries.orders_to_record(tx.connection, account.bank, account.currency, zone, CHUNK)
    reports = await record_queries.reports_to_record(tx.connection, account.bank, account.currency, zone, CHUNK)
    ours = [_order(tx, account, row) for row in orders] + [_report(tx, account, row) for row in reports]
    await record_queries.save_records(tx.connection, account.id, ours)
    if max(len(orders), len(reports)) == CHUNK:
        return len(ours)
    known = await record_queries.subjects_known(tx.connection, account.id, [row.reference for row in transfers])
    others = [
        _transfer(tx, account, row)
        for row in transfers
        if row.reference not in known or row.code == record_queries.PAYOUT_CODE
    ]
    await record_queries.save_records(tx.connection, account.id, others)
    return len(ours) + len(others)


async def differences(tx: Tx, account: ReconciledAccount, limit: int) -> Sequence[tuple[str, int, int, int, bool]]:
    """Where channels and ledger do not say the same: our record, the direction, what the channels told, what was moved on the reserve and
    by breaks, and whether a break of it has moved something."""
    reserve_id = await reserve_at(tx, account.bank, account.currency)
    return await record_queries.differences(tx.connection, account.id, reserve_id, book_of(reserve_id), limit)


def _order(tx: Tx, account: ReconciledAccount, row: Any) -> Record:
    record_id = row.order_id or row.line_id or row.subject_id
    subject = encode("crt", row.return_id) if row.return_id else encode(PREFIXES.get(row.purpose, "rec"), record_id)
    amount = row.amount if row.kind == "charge" else -row.amount
    state = _STATES.get(row.state, RecordState.FAILED)
    return _record(tx, account, Source.CHANNEL, row, state, encode("chi", row.id), subject, amount, row.purpose)


def _report(tx: Tx, account: ReconciledAccount, row: Any) -> Record:
    """One that nothing agrees with stands in suspense under its own id."""
    booked = row.state == "booked" and row.original
    subject = row.original if booked else encode("rtn", row.id)
    amount = row.amount if row.kind == "payout_returned" else -row.amount
    return _record(
        tx, account, Source.REPORT, row, RecordState.EXPECTED, row.instruction_reference, subject, amount, row.kind
    )


def _transfer(tx: Tx, account: ReconciledAccount, row: Any) -> Record:
    return _record(tx, account, Source.LEDGER, row, RecordState.EXPECTED, row.told, row.reference, row.amount, row.code)


def _record(
    tx: Tx,
    account: ReconciledAccount,
    source: Source,
    row: Any,
    state: RecordState,
    reference: str,
    subject: str,
    amount: int,
    description: str,
) -> Record:
    said = description.replace("_", " ").replace(".", " ")
    return Record(
        id=tx.ids.new(),
        account_id=account.id,
        source=source,
        source_id=row.id,
        state=state,
        reference=reference,
        match_key=rules.match_key(reference),
        group_key="",
        subject=subject,
        amount=amount,
        value_on=row.value_on,
        description=said,
        words=(),
    )
