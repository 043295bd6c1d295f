"""The SQL of the audit of payment codes. Shaped as in `queries`."""

PAYMENT_CODES = {
    "used_payment_codes_have_their_transfer": (
        "pcd",
        "SELECT count(*) FROM payment_codes WHERE state = 'used'",
        """SELECT code.id FROM payment_codes AS code LEFT JOIN orders ON orders.id = code.order_id
           WHERE code.state = 'used' AND (
               (orders.buyer_id, orders.amount, orders.currency) IS DISTINCT FROM (code.customer_id, code.amount, code.currency)
               OR NOT EXISTS (SELECT FROM ledger_transfers AS transfer
                   JOIN wallets ON wallets.account_id = transfer.debit_account_id AND wallets.customer_id = code.customer_id
                   WHERE (transfer.reference, transfer.amount, transfer.currency) = (code.reference, code.amount, code.currency)))""",
    ),
}
