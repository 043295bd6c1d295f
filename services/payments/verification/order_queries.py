"""The SQL of the audit of orders: their payments and refunds against the ledger's transfers. Shaped as in `queries`."""

ORDERS = {
    "paid_orders_have_their_payments": (
        "ord",
        "SELECT count(*) FROM orders WHERE paid_at IS NOT NULL",
        """SELECT orders.id FROM orders LEFT JOIN (
               SELECT payment.order_id, sum(transfer.amount) AS amount, sum(payment.refunded) AS refunded,
                   count(*) FILTER (WHERE (transfer.amount, transfer.credit_account_id, transfer.code) IS DISTINCT FROM (payment.amount,
                       whole.payee_account_id, CASE WHEN payment.method = 'voucher' THEN 'voucher.use'
                           WHEN payment.preauthorisation_id IS NOT NULL THEN 'preauthorisation.capture' ELSE 'order.payment' END)) AS wrong
               FROM order_payments AS payment JOIN orders AS whole ON whole.id = payment.order_id
               LEFT JOIN ledger_transfers AS transfer ON transfer.id = payment.transfer_id
               WHERE payment.state = 'paid' GROUP BY payment.order_id
           ) AS paid ON paid.order_id = orders.id
           WHERE (orders.paid_at IS NOT NULL AND (paid.amount IS DISTINCT FROM orders.amount OR paid.wrong <> 0))
               OR (orders.paid_at IS NULL AND paid.order_id IS NOT NULL)""",
    ),
    "orders_are_paid_once": (
        "trf",
        "SELECT count(*) FROM ledger_transfers WHERE code = 'order.payment' AND kind IN (0, 2) AND reference <> ''",
        """SELECT transfer.id FROM ledger_transfers AS transfer
           LEFT JOIN order_payments AS payment ON payment.transfer_id = transfer.id AND payment.state = 'paid'
           LEFT JOIN orders ON orders.id = payment.order_id AND orders.payee_account_id = transfer.credit_account_id
           WHERE transfer.code = 'order.payment' AND transfer.kind IN (0, 2) AND transfer.reference LIKE 'ord\\_%'
               AND orders.id IS NULL""",
    ),
    "held_parts_agree_with_their_holds": (
        "opy",
        "SELECT count(*) FROM order_payments WHERE hold_id IS NOT NULL",
        """SELECT payment.id FROM order_payments AS payment LEFT JOIN ledger_holds AS hold ON hold.id = payment.hold_id
           WHERE payment.hold_id IS NOT NULL AND ((hold.amount, hold.debit_account_id) IS DISTINCT FROM (payment.amount, payment.account_id)
               OR hold.state <> CASE payment.state WHEN 'held' THEN 0 WHEN 'paid' THEN 1 ELSE 2 END)""",
    ),
    "parts_wait_only_for_waiting_orders": (
        "opy",
        "SELECT count(*) FROM order_payments WHERE state = 'held'",
        """SELECT payment.id FROM order_payments AS payment JOIN orders ON orders.id = payment.order_id
           WHERE payment.state = 'held' AND orders.state <> 'WAIT_BUYER_PAY'""",
    ),
    "parts_are_refunded_what_their_legs_say": (
        "opy",
        "SELECT count(*) FROM order_payments WHERE state = 'paid'",
        """SELECT payment.id FROM order_payments AS payment
           LEFT JOIN (SELECT payment_id, sum(amount) AS amount FROM refund_legs GROUP BY payment_id) AS legs ON legs.payment_id = payment.id
           LEFT JOIN (
               SELECT leg.payment_id FROM refund_legs AS leg LEFT JOIN card_returns AS back ON back.id = leg.return_id
               JOIN order_payments AS paid ON paid.id = leg.payment_id
               WHERE CASE paid.method WHEN 'card' THEN coalesce(back.amount, 0) <> leg.amount - leg.restored
                   ELSE leg.return_id IS NOT NULL OR leg.restored <> 0 END
               GROUP BY leg.payment_id
           ) AS wrong ON wrong.payment_id = payment.id
           WHERE payment.refunded <> coalesce(legs.amount, 0) OR wrong.payment_id IS NOT NULL""",
    ),
    # What goes to the merchant instead of a card is no more than she answered for when the card's bank took it back.
    "restored_parts_were_taken_back": (
        "ord",
        "SELECT count(*) FROM refund_legs WHERE restored > 0",
        """SELECT restored.order_id FROM (
               SELECT refunds.order_id, refunds.merchant_id, sum(leg.restored) AS amount FROM refund_legs AS leg
               JOIN refunds ON refunds.id = leg.refund_id WHERE leg.restored > 0 GROUP BY refunds.order_id, refunds.merchant_id
           ) AS restored JOIN merchants AS merchant ON merchant.id = restored.merchant_id
           LEFT JOIN LATERAL (
               SELECT sum(transfer.amount) AS amount, min(transfer.reference) AS reference FROM refunds
               JOIN refund_transfers AS made ON made.refund_id = refunds.id
               JOIN ledger_transfers AS transfer ON transfer.id = made.transfer_id
               WHERE refunds.order_id = restored.order_id AND transfer.credit_account_id = merchant.account_id
           ) AS moved ON true
           WHERE moved.amount IS DISTINCT FROM restored.amount OR restored.amount > (
               SELECT coalesce(sum(report.amount), 0) FROM bank_reports AS report
               WHERE report.original = moved.reference AND report.state = 'booked'
                   AND report.kind IN ('charge_reversed', 'dispute_lost'))""",
    ),
    # Of wallets' parts that all count: whose payer had not proved who she is takes no room and gets none back.
    "room_comes_back_with_refunds": (
        None,
        "SELECT count(DISTINCT reference) FROM limit_takings WHERE reference LIKE 'ord\\_%'",
        """SELECT taking.reference FROM (
               SELECT reference, sum(amount) AS amount, sum(given_back) AS back FROM limit_takings
               WHERE reference LIKE 'ord\\_%' GROUP BY reference
           ) AS taking JOIN (
               SELECT transfer.reference, sum(payment.amount) AS amount,
                   sum(CASE payment.state WHEN 'voided' THEN payment.amount ELSE payment.refunded END) AS back
               FROM order_payments AS payment
               JOIN ledger_transfers AS transfer ON transfer.id = coalesce(payment.hold_id, payment.transfer_id)
               WHERE payment.method = 'wallet' GROUP BY transfer.reference
           ) AS parts USING (reference) WHERE taking.amount = parts.amount AND taking.back <> parts.back""",
    ),
    "refunds_are_what_orders_and_payments_say": (
        "ord",
        "SELECT count(*) FROM orders WHERE paid_at IS NOT NULL",
        """SELECT orders.id FROM orders LEFT JOIN (
               SELECT order_id, sum(amount) FILTER (WHERE state <> 'failed') AS asked,
                   sum(amount) FILTER (WHERE state = 'succeeded') AS paid
               FROM refunds GROUP BY order_id
           ) AS refunds ON refunds.order_id = orders.id
           LEFT JOIN (SELECT order_id, sum(refunded) AS amount FROM order_payments GROUP BY order_id) AS parts ON parts.order_id = orders.id
           WHERE orders.refunded <> coalesce(refunds.asked, 0)
               OR coalesce(refunds.paid, 0) <> coalesce(parts.amount, 0)""",
    ),
    "refunds_have_their_legs": (
        "rfd",
        "SELECT count(*) FROM refunds",
        """SELECT refunds.id FROM refunds
           LEFT JOIN (SELECT refund_id, sum(amount) AS amount FROM refund_legs GROUP BY refund_id) AS legs ON legs.refund_id = refunds.id
           LEFT JOIN (
               SELECT made.refund_id, sum(transfer.amount) AS amount FROM refund_transfers AS made
               JOIN ledger_transfers AS transfer ON transfer.id = made.transfer_id AND transfer.code IN ('order.refund', 'voucher.return')
               GROUP BY made.refund_id
           ) AS moved ON moved.refund_id = refunds.id
           WHERE coalesce(legs.amount, 0) <> CASE refunds.state WHEN 'succeeded' THEN refunds.amount ELSE 0 END
               OR coalesce(legs.amount, 0) <> coalesce(moved.amount, 0)""",
    ),
    "refund_transfers_are_of_refunds": (
        "trf",
        "SELECT count(*) FROM ledger_transfers WHERE code = 'order.refund'",
        """SELECT transfer.id FROM ledger_transfers AS transfer LEFT JOIN refund_transfers AS made ON made.transfer_id = transfer.id
           WHERE transfer.code = 'order.refund' AND made.refund_id IS NULL""",
    ),
}
