"""The SQL of the audit of batch payouts. Shaped as in `queries`."""

BATCH_PAYOUTS = {
    "paid_lines_have_their_transfers": (
        "bpl",
        "SELECT count(*) FROM batch_payout_lines WHERE state IN ('sent', 'paid')",
        """SELECT line.id FROM batch_payout_lines AS line JOIN batch_payouts AS batch ON batch.id = line.batch_id
           LEFT JOIN ledger_transfers AS transfer ON transfer.id = line.transfer_id
           LEFT JOIN ledger_holds AS hold ON hold.id = line.transfer_id
           WHERE line.state IN ('sent', 'paid') AND (
               (transfer.amount, transfer.debit_account_id) IS DISTINCT FROM (line.amount, batch.batch_account_id)
               OR (line.account_id IS NOT NULL AND transfer.credit_account_id <> line.account_id)
               OR (line.card_id IS NOT NULL AND hold.state IS DISTINCT FROM CASE line.state WHEN 'sent' THEN 0 ELSE 1 END))""",
    ),
    "transfers_of_batches_have_their_lines": (
        "trf",
        "SELECT count(*) FROM ledger_transfers WHERE code IN ('payout.wallet', 'payout.card')",
        """SELECT transfer.id FROM ledger_transfers AS transfer
           LEFT JOIN batch_payout_lines AS line ON line.transfer_id = transfer.id AND line.state = 'paid'
           WHERE transfer.code = 'payout.wallet' AND line.id IS NULL""",
    ),
    # What lies on a batch's account is what its open lines still need; a batch that has finished left nothing there.
    "batches_hold_what_their_lines_need": (
        "bpo",
        "SELECT count(*) FROM batch_payouts WHERE batch_account_id IS NOT NULL",
        """SELECT batch.id FROM batch_payouts AS batch
           JOIN ledger_accounts AS account ON account.id = batch.batch_account_id
           LEFT JOIN (SELECT batch_id, sum(amount) FILTER (WHERE state IN ('waiting', 'sent')) AS open,
                   sum(amount) FILTER (WHERE state = 'sent') AS sent,
                   coalesce(sum(amount) FILTER (WHERE state = 'refused'), 0) AS refused
               FROM batch_payout_lines GROUP BY batch_id) AS line ON line.batch_id = batch.id
           WHERE account.debits_pending <> coalesce(line.sent, 0)
               OR account.credits_posted - account.debits_posted < coalesce(line.open, 0)
               OR account.credits_posted - account.debits_posted > coalesce(line.open, 0) + line.refused
               OR (batch.state = 'finished' AND (line.open IS NOT NULL OR account.credits_posted <> account.debits_posted))""",
    ),
    "batches_are_the_sum_of_their_lines": (
        "bpo",
        "SELECT count(*) FROM batch_payouts",
        """SELECT batch.id FROM batch_payouts AS batch
           LEFT JOIN (SELECT batch_id, count(*) AS lines, sum(amount) AS total FROM batch_payout_lines GROUP BY batch_id) AS line
               ON line.batch_id = batch.id
           WHERE (batch.lines, batch.total) IS DISTINCT FROM (line.lines, line.total)""",
    ),
    "accounts_of_batches_have_their_batch": (
        "acc",
        "SELECT count(*) FROM ledger_accounts WHERE kind = 'payout_batch'",
        """SELECT account.id FROM ledger_accounts AS account
           LEFT JOIN batch_payouts AS batch ON batch.batch_account_id = account.id
           WHERE account.kind = 'payout_batch' AND batch.id IS NULL""",
    ),
}
