"""The SQL of the audit of merchants' payouts: batches on their way to banks, and lines that came back. Shaped as in `queries`."""

MERCHANT_PAYOUTS = {
    "payout_lines_are_of_their_batch_s_reserve": (
        "pbl",
        "SELECT count(*) FROM payout_batch_lines",
        """SELECT line.id FROM payout_batch_lines AS line JOIN payout_batches AS batch ON batch.id = line.batch_id
           LEFT JOIN ledger_holds AS hold ON hold.id = line.hold_id
           LEFT JOIN reserve_accounts AS reserve ON reserve.bank = batch.bank AND reserve.currency = batch.currency
           WHERE hold.credit_account_id IS DISTINCT FROM reserve.account_id OR hold.id IS NULL""",
    ),
    # A line that came back has the transfer that brought it: out of the reserve that had paid it, to its merchant, as much as was paid.
    "returned_payouts_are_with_their_merchants": (
        "pbl",
        "SELECT count(*) FROM payout_batch_lines WHERE state = 'returned'",
        """SELECT line.id FROM payout_batch_lines AS line JOIN ledger_holds AS hold ON hold.id = line.hold_id
           LEFT JOIN ledger_transfers AS back ON back.id = line.return_id AND back.kind = 0 AND back.code = 'settlement.payout.returned'
           WHERE line.state = 'returned' AND (back.amount, back.debit_account_id, back.credit_account_id)
               IS DISTINCT FROM (line.amount, hold.credit_account_id, hold.debit_account_id)""",
    ),
    "transfers_of_returned_payouts_have_their_lines": (
        "trf",
        "SELECT count(*) FROM ledger_transfers WHERE code = 'settlement.payout.returned'",
        """SELECT transfer.id FROM ledger_transfers AS transfer LEFT JOIN payout_batch_lines AS line ON line.return_id = transfer.id
           WHERE transfer.code = 'settlement.payout.returned' AND line.id IS NULL""",
    ),
}
MERCHANT_PAYOUTS_WAITING = {
    "payout_batch_past_query": ("pba", "payout_batches", "id", "query_at IS NOT NULL", "query_at"),
}
