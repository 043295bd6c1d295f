"""The SQL of the audit of tokens in customers' hands: each deal against the ledger's transfers. Shaped as in `queries`."""

TOKENS = {
    "token_deals_have_their_transfers": (
        "tkd",
        "SELECT count(*) FROM token_deals",
        """SELECT deal.id FROM token_deals AS deal
           LEFT JOIN token_holdings AS holding ON holding.unit = deal.unit AND holding.customer_id = deal.customer_id
           LEFT JOIN token_holdings AS other ON other.unit = deal.unit AND other.customer_id = deal.counterparty_id
           LEFT JOIN ledger_transfers AS transfer ON transfer.id = deal.transfer_id
           LEFT JOIN unit_movements AS movement ON movement.id = deal.movement_id
           LEFT JOIN ledger_transfers AS money ON money.id = movement.money_transfer_id
           LEFT JOIN order_payments AS part ON part.id = deal.order_payment_id
           WHERE (transfer.amount, transfer.currency,
                   CASE deal.kind WHEN 'purchase' THEN transfer.credit_account_id ELSE transfer.debit_account_id END)
                   IS DISTINCT FROM (deal.amount, deal.unit, holding.account_id)
               OR CASE deal.kind
                   WHEN 'gift' THEN (transfer.credit_account_id, transfer.code) IS DISTINCT FROM (other.account_id, 'token.gift')
                   ELSE (movement.unit_transfer_id, movement.kind, money.amount, money.code) IS DISTINCT FROM (transfer.id,
                       CASE deal.kind WHEN 'purchase' THEN 'issue' ELSE 'redeem' END, deal.amount,
                       CASE deal.kind WHEN 'payment' THEN 'order.payment' ELSE 'token.' || deal.kind END) END
               OR (deal.kind = 'payment' AND (part.transfer_id, part.order_id, part.method)
                   IS DISTINCT FROM (money.id, deal.order_id, 'token'))""",
    ),
    # What a refund gave back of a part that tokens paid was issued again to who paid, from the order's refunds.
    "token_payments_are_refunded_in_tokens": (
        "tkd",
        "SELECT count(*) FROM token_deals WHERE kind = 'payment'",
        """SELECT deal.id FROM token_deals AS deal JOIN order_payments AS part ON part.id = deal.order_payment_id
           JOIN token_holdings AS holding ON holding.unit = deal.unit AND holding.customer_id = deal.customer_id
           LEFT JOIN LATERAL (
               SELECT sum(movement.amount) AS amount FROM unit_movements AS movement
               JOIN ledger_transfers AS money ON money.id = movement.money_transfer_id AND money.code = 'order.refund'
               JOIN ledger_transfers AS paid ON paid.id = part.transfer_id AND paid.reference = money.reference
               JOIN ledger_transfers AS counted ON counted.id = movement.unit_transfer_id AND counted.credit_account_id = holding.account_id
               WHERE movement.unit = deal.unit AND movement.kind = 'issue'
           ) AS back ON true
           WHERE coalesce(back.amount, 0) <> part.refunded""",
    ),
    "parts_by_token_are_deals": (
        "opy",
        "SELECT count(*) FROM order_payments WHERE method = 'token'",
        """SELECT part.id FROM order_payments AS part LEFT JOIN token_deals AS deal ON deal.order_payment_id = part.id
           WHERE part.method = 'token' AND deal.id IS NULL""",
    ),
    "token_holdings_have_their_accounts": (
        "acc",
        "SELECT count(*) FROM ledger_accounts WHERE kind = 'token_wallet'",
        """SELECT coalesce(account.id, holding.account_id) FROM token_holdings AS holding
           FULL JOIN (SELECT * FROM ledger_accounts WHERE kind = 'token_wallet') AS account ON account.id = holding.account_id
           WHERE account.id IS NULL OR holding.account_id IS NULL OR account.currency <> holding.unit""",
    ),
}
