"""The SQL of the audit of mandates and their debits. Shaped as in `queries`."""

MANDATES = {
    "debits_have_their_transfers": (
        "mdb",
        "SELECT count(*) FROM mandate_debits WHERE state = 'succeeded'",
        """SELECT debit.id FROM mandate_debits AS debit JOIN mandates AS mandate ON mandate.id = debit.mandate_id
           LEFT JOIN ledger_transfers AS transfer ON transfer.id = debit.transfer_id
           WHERE debit.state = 'succeeded'
               AND (transfer.amount, transfer.currency, transfer.credit_account_id, transfer.kind, transfer.code)
               IS DISTINCT FROM (debit.amount, debit.currency, mandate.account_id, 0::smallint,
                   CASE WHEN debit.instruction_id IS NULL THEN 'mandate.debit' ELSE 'mandate.debit.card' END)""",
    ),
    "transfers_of_debits_have_their_debit": (
        "trf",
        "SELECT count(*) FROM ledger_transfers WHERE code IN ('mandate.debit', 'mandate.debit.card')",
        """SELECT transfer.id FROM ledger_transfers AS transfer LEFT JOIN mandate_debits AS debit ON debit.transfer_id = transfer.id
           WHERE transfer.code IN ('mandate.debit', 'mandate.debit.card') AND debit.id IS NULL""",
    ),
    # What a bank paid after it was given up is beyond the caps' reach: the money had moved.
    "debits_stay_within_their_mandates": (
        "mdt",
        "SELECT count(*) FROM mandates",
        """SELECT DISTINCT mandate.id FROM mandates AS mandate JOIN mandate_debits AS debit ON debit.mandate_id = mandate.id
           WHERE debit.state IN ('announced', 'retrying', 'sent', 'succeeded') AND NOT debit.late
           GROUP BY mandate.id, date_trunc(mandate.period, debit.counted_on::timestamp)
           HAVING sum(debit.amount) > mandate.max_per_period OR max(debit.amount) > mandate.max_per_debit""",
    ),
}
