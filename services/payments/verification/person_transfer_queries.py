"""The SQL of the audit of transfers between persons and of payee codes. Shaped as in `queries`."""

PERSON_TRANSFERS = {
    # What arrived moved once, and nothing else did under that name.
    "person_transfers_have_their_transfer": (
        "trf",
        "SELECT count(*) FROM person_transfers WHERE state = 'arrived'",
        """SELECT coalesce(moved.id, sent.transfer_id) FROM (SELECT * FROM person_transfers WHERE state = 'arrived') AS sent
           FULL JOIN (SELECT * FROM ledger_transfers WHERE code = 'person_transfer.payment' AND kind IN (0, 2)) AS moved
               ON moved.id = sent.transfer_id
           WHERE (moved.debit_account_id, moved.credit_account_id, moved.amount, moved.currency)
               IS DISTINCT FROM (sent.payer_account_id, sent.payee_account_id, sent.amount, sent.currency)""",
    ),
    # What has not arrived is held for as long as it may be revoked, and no longer.
    "person_transfers_have_their_hold": (
        "ptr",
        "SELECT count(*) FROM person_transfers WHERE hold_id IS NOT NULL",
        """SELECT sent.id FROM person_transfers AS sent LEFT JOIN ledger_holds AS hold ON hold.id = sent.hold_id
           WHERE sent.hold_id IS NOT NULL AND (hold.state, hold.amount) IS DISTINCT FROM
               (CASE sent.state WHEN 'pending' THEN 0 WHEN 'arrived' THEN 1 ELSE 2 END, sent.amount)""",
    ),
}
PERSON_TRANSFERS_WAITING = {
    "person_transfer_past_arrival": ("ptr", "person_transfers", "id", "state = 'pending'", "due_at"),
}
PAYEE_CODES = {
    # What was paid by a code is a paid order of its merchant, or a transfer to its owner that arrived.
    "code_payments_have_their_payment": (
        "pcp",
        "SELECT count(*) FROM payee_code_payments",
        """SELECT paid.id FROM payee_code_payments AS paid JOIN payee_codes AS code ON code.id = paid.code_id
           LEFT JOIN orders AS ordered ON ordered.id = paid.order_id
           LEFT JOIN person_transfers AS sent ON sent.id = paid.person_transfer_id
           WHERE CASE WHEN code.merchant_id IS NOT NULL
               THEN (ordered.merchant_id, ordered.amount, ordered.buyer_id, ordered.state <> 'WAIT_BUYER_PAY')
                   IS DISTINCT FROM (code.merchant_id, paid.amount, paid.payer_id, true)
               ELSE (sent.payee_wallet_id, sent.amount, sent.payer_id, sent.state) IS DISTINCT FROM
                   (code.wallet_id, paid.amount, paid.payer_id, 'arrived') END""",
    ),
    "code_totals_follow_from_payments": (
        None,
        "SELECT count(*) FROM payee_code_totals",
        """SELECT coalesce(total.counted, 'missing') || ' ' || coalesce(total.counted_on, counted.paid_on) FROM (
               SELECT left(counted, 3) AS prefix, currency, counted_on, sum(amount) AS amount, min(counted) AS counted
               FROM payee_code_totals GROUP BY 1, 2, 3
           ) AS total FULL JOIN (
               SELECT prefix, currency, paid_on, sum(amount) AS amount
               FROM payee_code_payments CROSS JOIN (VALUES ('cus'), ('pyc')) AS side (prefix) GROUP BY 1, 2, 3
           ) AS counted ON (counted.prefix, counted.currency, counted.paid_on) = (total.prefix, total.currency, total.counted_on)
           WHERE total.amount IS DISTINCT FROM counted.amount""",
    ),
}
