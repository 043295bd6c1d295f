"""The SQL of the audit of escrow trades: what each says of its money against the transfers of its account. Shaped as in `queries`."""

_MOVED = """WITH moved AS (
        SELECT debit_account_id AS account_id, -amount AS net, id, kind, code, reference, credit_account_id AS other_id
            FROM ledger_transfers WHERE kind IN (0, 2) AND debit_account_id IN (SELECT escrow_account_id FROM trades)
        UNION ALL SELECT credit_account_id, amount, id, kind, code, reference, debit_account_id
            FROM ledger_transfers WHERE kind IN (0, 2) AND credit_account_id IN (SELECT escrow_account_id FROM trades)
    )"""

TRADES = {
    "trades_agree_with_their_transfers": (
        "trd",
        "SELECT count(*) FROM trades WHERE paid_at IS NOT NULL",
        _MOVED  # noqa: S608
        + """ SELECT trade.id FROM trades AS trade JOIN merchants AS merchant ON merchant.id = trade.merchant_id
           LEFT JOIN ledger_accounts AS escrow ON escrow.id = trade.escrow_account_id
           LEFT JOIN moved ON moved.account_id = trade.escrow_account_id
           WHERE trade.paid_at IS NOT NULL GROUP BY trade.id, merchant.account_id, escrow.reference
           HAVING (
               coalesce(sum(moved.net) FILTER (WHERE moved.code IN ('order.payment', 'voucher.use', 'escrow.payment')), 0),
               coalesce(-sum(moved.net) FILTER (WHERE moved.code = 'escrow.release' AND moved.other_id = merchant.account_id), 0),
               coalesce(-sum(moved.net) FILTER (WHERE moved.code IN ('order.refund', 'voucher.return')
                   OR (moved.code = 'escrow.refund' AND moved.other_id = trade.payer_account_id)), 0)
           ) IS DISTINCT FROM (trade.amount::numeric, trade.released::numeric, trade.refunded::numeric)
               OR sum(moved.net) <> trade.amount - trade.released - trade.refunded
               OR bool_or(moved.code LIKE 'escrow.%' AND moved.reference IS DISTINCT FROM escrow.reference)""",
    ),
    # Paid when its order is, of its order's money, and to those who paid that goes back what it refunds. Trades paid before these had
    # orders know one payer.
    "trades_follow_their_orders": (
        "trd",
        "SELECT count(*) FROM trades",
        """SELECT trade.id FROM trades AS trade LEFT JOIN orders ON orders.trade_id = trade.id
           LEFT JOIN (SELECT order_id, sum(refunded) AS amount FROM order_payments GROUP BY order_id) AS back ON back.order_id = orders.id
           WHERE CASE WHEN orders.id IS NULL
               THEN trade.state = 'WAIT_BUYER_PAY' OR (trade.paid_at IS NOT NULL AND trade.payer_account_id IS NULL)
               ELSE (orders.merchant_id, orders.amount, orders.currency, orders.buyer_id, orders.paid_at, orders.transfer_id)
                   IS DISTINCT FROM (trade.merchant_id, trade.amount, trade.currency, trade.buyer_id, trade.paid_at,
                       trade.payment_transfer_id)
                   OR (trade.escrow_account_id <> orders.payee_account_id) OR coalesce(back.amount, 0) <> trade.refunded
                   OR (orders.state = 'WAIT_BUYER_PAY') <> (trade.state = 'WAIT_BUYER_PAY') END""",
    ),
    # By the transfers alone, whatever the trade says it has released and refunded.
    "ended_trades_hold_nothing": (
        "trd",
        "SELECT count(*) FROM trades WHERE paid_at IS NOT NULL",
        _MOVED  # noqa: S608
        + """ SELECT trade.id FROM trades AS trade LEFT JOIN moved ON moved.account_id = trade.escrow_account_id
           WHERE trade.paid_at IS NOT NULL GROUP BY trade.id
           HAVING CASE WHEN trade.ended_at IS NULL THEN coalesce(sum(moved.net), 0) <= 0 ELSE coalesce(sum(moved.net), 0) <> 0 END""",
    ),
    "trades_never_move_more_than_they_hold": (
        "trf",
        "SELECT count(*) FROM ledger_transfers WHERE code IN ('escrow.release', 'escrow.refund')",
        """SELECT transfer.id FROM ledger_transfers AS transfer JOIN ledger_accounts AS escrow
               ON escrow.book_id = transfer.book_id AND escrow.id = transfer.debit_account_id AND escrow.kind = 'trade_escrow'
           WHERE transfer.debited_debits_posted + transfer.debited_debits_pending > transfer.debited_credits_posted""",
    ),
    "escrow_accounts_have_their_trade": (
        "acc",
        "SELECT count(*) FROM ledger_accounts WHERE kind = 'trade_escrow'",
        """SELECT coalesce(account.id, trade.escrow_account_id)
           FROM (SELECT * FROM ledger_accounts WHERE kind = 'trade_escrow') AS account
           FULL JOIN (
               SELECT trades.id, trades.currency, coalesce(trades.escrow_account_id, orders.payee_account_id) AS escrow_account_id
               FROM trades LEFT JOIN orders ON orders.trade_id = trades.id
               WHERE trades.paid_at IS NOT NULL OR orders.payee_account_id IS NOT NULL
           ) AS trade ON trade.escrow_account_id = account.id
           WHERE account.id IS NULL OR trade.id IS NULL OR account.currency <> trade.currency
               OR account.rule <> 'debits_must_not_exceed_credits' OR account.owner <> 'payments'""",
    ),
    "trade_lines_add_up": (
        "trd",
        "SELECT count(*) FROM trades",
        """SELECT trade.id FROM trades AS trade LEFT JOIN (
               SELECT trade_id, sum(amount) AS amount, sum(released) AS released, sum(refunded) AS refunded FROM trade_lines
               GROUP BY trade_id
           ) AS line ON line.trade_id = trade.id
           WHERE (line.amount, line.released, line.refunded) IS DISTINCT FROM
               (trade.amount::numeric, trade.released::numeric, trade.refunded::numeric)""",
    ),
    "trade_refunds_agree_with_their_trade": (
        "trd",
        "SELECT count(DISTINCT trade_id) FROM trade_refunds",
        """SELECT trade.id FROM trades AS trade LEFT JOIN (
               SELECT refund.trade_id, count(*) AS refunds, count(*) FILTER (WHERE refund.ended_at IS NULL) AS open,
                   coalesce(sum(refund.buyer_amount), 0) AS to_buyer, coalesce(sum(refund.seller_amount), 0) AS to_seller,
                   bool_and(refund.asked IS NOT DISTINCT FROM line.asked) AS adds_up, bool_or(line.beyond) AS beyond
               FROM trade_refunds AS refund LEFT JOIN (
                   SELECT asked.refund_id, sum(asked.amount) AS asked,
                       bool_or(asked.amount > line.amount - line.released - line.refunded AND refund.ended_at IS NULL) AS beyond
                   FROM trade_refund_lines AS asked JOIN trade_refunds AS refund ON refund.id = asked.refund_id
                   JOIN trade_lines AS line ON line.trade_id = asked.trade_id AND line.number = asked.number
                   GROUP BY asked.refund_id
               ) AS line ON line.refund_id = refund.id GROUP BY refund.trade_id
           ) AS asked ON asked.trade_id = trade.id
           WHERE trade.refunds <> coalesce(asked.refunds, 0) OR (trade.rest IS NOT NULL) <> (coalesce(asked.open, 0) = 1)
               OR asked.to_buyer > trade.refunded OR asked.to_seller > trade.released OR NOT asked.adds_up OR asked.beyond""",
    ),
}
# What gives a card's money back waits while that is disputed; disputes have deadlines of their own.
_NOT_DISPUTED = """NOT EXISTS (
        SELECT FROM orders JOIN order_payments AS payment ON payment.order_id = orders.id AND payment.method = 'card'
        JOIN ledger_transfers AS paid ON paid.id = payment.transfer_id
        JOIN card_disputes AS dispute ON dispute.original = paid.reference
        WHERE orders.trade_id = trades.id AND dispute.state IN ('noticed', 'answered', 'unanswered'))"""
STUCK_TRADES = {"trade_past_deadline": ("trd", "trades", "id", f"due_at IS NOT NULL AND {_NOT_DISPUTED}", "due_at")}
