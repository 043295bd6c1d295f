"""The SQL of the audit of reconciliation: statements against their lines, pairs against amounts, breaks against transfers. As `queries`."""

RECONCILIATION = {
    # What a statement shows is what its lines come to, those included that a notification had shown before.
    "statements_are_their_lines": (
        "stm",
        "SELECT count(*) FROM statements WHERE kind = 'statement'",
        """SELECT statement.id FROM statements AS statement LEFT JOIN (
               SELECT statement_id, sum(amount) AS amount, count(*) AS lines FROM statement_lines GROUP BY statement_id
           ) AS fresh ON fresh.statement_id = statement.id LEFT JOIN (
               SELECT again.statement_id, sum(line.amount) AS amount, count(*) AS lines FROM statement_confirmations AS again
               JOIN statement_lines AS line ON line.id = again.line_id GROUP BY again.statement_id
           ) AS seen ON seen.statement_id = statement.id
           WHERE statement.kind = 'statement' AND (coalesce(fresh.amount, 0) + coalesce(seen.amount, 0), coalesce(fresh.lines, 0),
               coalesce(seen.lines, 0)) IS DISTINCT FROM (statement.sum_minor::numeric, statement.lines::bigint, statement.seen::bigint)""",
    ),
    # One line for one record, one for many, or many for one; and never another sum. 6: what is left there is a break.
    "pairs_agree_in_amount": (
        "sln",
        "SELECT count(*) FROM reconciliation_pairs",
        """SELECT DISTINCT pair.line_id FROM (
               SELECT line_id, record_id, rule, count(*) OVER (PARTITION BY line_id) AS of_line,
                   count(*) OVER (PARTITION BY record_id) AS of_record FROM reconciliation_pairs
           ) AS pair
           LEFT JOIN statement_lines AS line ON line.id = pair.line_id
           LEFT JOIN reconciliation_records AS record ON record.id = pair.record_id AND record.account_id = line.account_id
           LEFT JOIN (SELECT pair.line_id, sum(record.amount) AS amount FROM reconciliation_pairs AS pair
               JOIN reconciliation_records AS record ON record.id = pair.record_id GROUP BY pair.line_id
           ) AS whole ON whole.line_id = pair.line_id
           LEFT JOIN (SELECT pair.record_id, sum(line.amount) AS amount FROM reconciliation_pairs AS pair
               JOIN statement_lines AS line ON line.id = pair.line_id GROUP BY pair.record_id
           ) AS parts ON parts.record_id = pair.record_id
           WHERE line.id IS NULL OR record.id IS NULL OR (pair.of_line > 1 AND pair.of_record > 1)
               OR (pair.rule = 2 AND (whole.amount <> line.amount OR pair.of_record > 1))
               OR (pair.rule = 3 AND (parts.amount <> record.amount OR pair.of_line > 1))
               OR (pair.rule NOT IN (2, 3) AND (pair.of_line > 1 OR pair.of_record > 1))
               OR (pair.rule IN (1, 4, 5) AND line.amount <> record.amount)
               OR (pair.rule = 6 AND NOT EXISTS (SELECT FROM reconciliation_breaks AS break
                   WHERE break.line_id = pair.line_id AND break.record_id = pair.record_id AND break.type = 'amount'))""",
    ),
    # What the bank has more than we is debited to the reserve; a reversal is of the transfer that it is said to take back.
    "breaks_agree_with_their_transfers": (
        "brk",
        "SELECT count(*) FROM reconciliation_breaks",
        """SELECT break.id FROM reconciliation_breaks AS break LEFT JOIN (
               SELECT made.break_id, sum(made.amount) AS amount, bool_or(transfer.id IS NULL) AS missing
               FROM reconciliation_resolutions AS made
               JOIN reconciliation_breaks AS break ON break.id = made.break_id
               JOIN reconciliation_accounts AS account ON account.id = break.account_id
               LEFT JOIN reserve_accounts AS reserve ON reserve.bank = account.bank AND reserve.currency = account.currency
               LEFT JOIN ledger_reversals AS back ON back.transfer_id = made.transfer_id
               LEFT JOIN ledger_transfers AS transfer ON transfer.id = made.transfer_id AND transfer.kind = 0
                   AND transfer.amount = abs(made.amount) AND back.reversed_id IS NOT DISTINCT FROM made.reverses_id
                   AND reserve.account_id = CASE WHEN made.amount > 0 THEN transfer.debit_account_id ELSE transfer.credit_account_id END
               GROUP BY made.break_id
           ) AS moved ON moved.break_id = break.id
           WHERE break.resolved_minor <> coalesce(moved.amount, 0) OR moved.missing""",
    ),
    "transfers_of_breaks_are_known": (
        "trf",
        "SELECT count(*) FROM ledger_transfers WHERE code = 'reconciliation.resolution'",
        """SELECT transfer.id FROM ledger_transfers AS transfer
           LEFT JOIN reconciliation_resolutions AS made ON made.transfer_id = transfer.id
           WHERE transfer.code = 'reconciliation.resolution' AND made.transfer_id IS NULL""",
    ),
    "breaks_are_of_what_has_no_pair": (
        "brk",
        "SELECT count(*) FROM reconciliation_breaks WHERE state <> 'explained'",
        """SELECT break.id FROM reconciliation_breaks AS break
           WHERE break.state <> 'explained' AND break.type IN ('long', 'short', 'duplicate', 'status') AND EXISTS (
               SELECT FROM reconciliation_pairs AS pair JOIN reconciliation_runs AS run ON run.id = pair.run_id
               WHERE run.ended_at IS NOT NULL
                   AND (pair.line_id = break.line_id OR pair.record_id = break.record_id AND break.type <> 'status'))""",
    ),
}
RECONCILIATION_WAITING = {
    "break_past_deadline": ("brk", "reconciliation_breaks", "id", "due_at IS NOT NULL", "due_at"),
    "reversal_of_resolution_not_noted": (
        "brk",
        """(SELECT made.break_id, transfer.posted_at FROM reconciliation_resolutions AS made
            JOIN ledger_reversals AS back ON back.reversed_id = made.transfer_id
            JOIN ledger_transfers AS transfer ON transfer.id = back.transfer_id
            LEFT JOIN reconciliation_resolutions AS noted ON noted.transfer_id = back.transfer_id
            WHERE noted.transfer_id IS NULL) AS reversal""",
        "break_id",
        "true",
        "posted_at",
    ),
    "matching_past_patience": ("rcn", "reconciliation_runs", "id", "ended_at IS NULL", "began_at"),
}
