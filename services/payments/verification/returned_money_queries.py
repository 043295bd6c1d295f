"""The SQL of the audit of money that comes back: what was reported, owed and disputed, against the ledger. Shaped as in `queries`."""

RETURNED_MONEY = {
    # What a report says was posted stands in the ledger by its code, reference and amount; what is in suspense, once.
    "reports_have_their_transfers": (
        "rtn",
        "SELECT count(*) FROM bank_reports",
        """SELECT report.id FROM bank_reports AS report
           WHERE report.kind = 'charge_reversed' AND report.state = 'booked'
               AND (SELECT coalesce(sum(amount), 0) FROM bank_reports AS other
                   WHERE other.original = report.original AND other.kind = 'charge_reversed' AND other.state = 'booked')
               <> (SELECT coalesce(sum(amount), 0) FROM ledger_transfers AS transfer
                   WHERE transfer.reference = report.original AND transfer.kind = 0
                       AND transfer.code IN ('charge.reversed', 'charge.reversed.owed'))""",
    ),
    "withdrawals_are_returned_once": (
        "wdr",
        "SELECT count(*) FROM withdrawals WHERE state = 'returned'",
        """SELECT withdrawal.id FROM withdrawals AS withdrawal LEFT JOIN (
               SELECT credit_account_id, debit_account_id, reference, sum(amount) AS amount, count(*) AS times
               FROM ledger_transfers WHERE code = 'withdrawal.card.returned' GROUP BY 1, 2, 3
           ) AS back ON back.credit_account_id = withdrawal.account_id AND back.amount = withdrawal.amount AND back.times = 1
               AND EXISTS (SELECT FROM bank_reports AS report WHERE report.original = back.reference
                   AND report.kind = 'payout_returned' AND report.state = 'booked')
               AND EXISTS (SELECT FROM ledger_transfers AS paid WHERE paid.pending_id = withdrawal.hold_id
                   AND paid.kind = 2 AND paid.reference = back.reference)
           WHERE withdrawal.state = 'returned' AND back.reference IS NULL""",
    ),
    # Of each currency: what is owed is what the account of receivables holds.
    "receivables_are_what_is_owed": (
        None,
        "SELECT count(*) FROM receivables",
        """SELECT coalesce(book.currency, owed.currency) FROM (
               SELECT currency, sum(amount - repaid - written_off) AS amount FROM receivables GROUP BY currency
           ) AS owed FULL JOIN (
               SELECT company.currency, account.debits_posted - account.credits_posted AS amount FROM company_accounts AS company
               JOIN ledger_accounts AS account ON account.id = company.account_id WHERE company.kind = 'receivable'
           ) AS book ON book.currency = owed.currency
           WHERE coalesce(owed.amount, 0) <> coalesce(book.amount, 0)""",
    ),
    "who_owes_is_restricted": (
        "acc",
        "SELECT count(*) FROM ledger_kept_amounts",
        """SELECT coalesce(kept.account_id, owed.account_id) FROM ledger_kept_amounts AS kept FULL JOIN (
               SELECT account_id, sum(amount - repaid - written_off) AS amount FROM receivables WHERE ended_at IS NULL
               GROUP BY account_id
           ) AS owed ON owed.account_id = kept.account_id
           LEFT JOIN ledger_accounts AS account ON account.id = coalesce(kept.account_id, owed.account_id)
           WHERE coalesce(kept.amount, 0) <> coalesce(owed.amount, 0) OR account.frozen_amount < coalesce(owed.amount, 0)""",
    ),
    "disputes_agree_with_their_holds": (
        "dsp",
        "SELECT count(*) FROM card_disputes",
        """SELECT dispute.id FROM card_disputes AS dispute LEFT JOIN ledger_holds AS hold ON hold.id = dispute.hold_id
           WHERE (dispute.held > 0 AND (hold.id IS NULL OR hold.amount <> dispute.held
                   OR hold.debit_account_id <> dispute.account_id
                   OR (hold.state = 0) <> (dispute.state IN ('noticed', 'answered', 'unanswered'))
                   OR (hold.state = 1 AND dispute.state <> 'lost')))
               OR (dispute.state = 'lost' AND (SELECT sum(amount) FROM card_disputes AS lost
                       WHERE lost.original = dispute.original AND lost.state = 'lost')
                   <> (SELECT coalesce(sum(amount), 0) FROM ledger_transfers AS transfer WHERE transfer.reference = dispute.original
                       AND ((transfer.code = 'card_dispute.amount' AND transfer.kind IN (0, 2))
                           OR (transfer.code = 'card_dispute.owed' AND transfer.kind = 0))))""",
    ),
    "unmatched_reports_are_in_suspense": (
        None,
        "SELECT count(*) FROM bank_reports WHERE state IN ('unmatched', 'cleared')",
        """SELECT coalesce(told.currency, moved.currency) FROM (
               SELECT currency, sum(amount) AS amount FROM bank_reports WHERE state IN ('unmatched', 'cleared')
                   AND kind IN ('payout_returned', 'charge_reversed', 'dispute_lost') GROUP BY currency
           ) AS told FULL JOIN (
               SELECT currency, sum(amount) AS amount FROM ledger_transfers WHERE code = 'bank_report.unmatched' GROUP BY currency
           ) AS moved ON moved.currency = told.currency
           WHERE coalesce(told.amount, 0) <> coalesce(moved.amount, 0)""",
    ),
}
