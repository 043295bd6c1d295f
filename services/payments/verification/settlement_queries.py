"""The SQL of the audit of settlement: orders, settlements and what these leave behind, against the ledger. Shaped as in `queries`."""

# What of an order has really gone back: refunds that wait for money have not.
_GIVEN_BACK = """CASE WHEN orders.refunded = 0 THEN 0 ELSE orders.refunded - (SELECT coalesce(sum(refunds.amount), 0) FROM refunds
    WHERE refunds.order_id = orders.id AND refunds.state = 'refund_pending_funds') END"""
_FEE_KEPT = f"line.fee_minor - div(line.fee_minor::numeric * ({_GIVEN_BACK}), orders.amount)"
_FEE_THEN = "line.fee_minor - div(line.fee_minor::numeric * line.refunded_minor, orders.amount)"
_CODES = ("fee", "share", "receivable", "deduction", "reserve", "net")
_BY_CODE = ", ".join(
    f"coalesce(sum(transfer.amount) FILTER (WHERE transfer.code = 'settlement.{code}'), 0) AS {code}" for code in _CODES
)

SETTLEMENT = {
    "settlements_agree_with_their_transfers": (
        "stl",
        "SELECT count(*) FROM settlements",
        f"""SELECT one.id FROM settlements AS one JOIN merchants AS merchant ON merchant.id = one.merchant_id LEFT JOIN (
               SELECT made.settlement_id, {_BY_CODE},
                   coalesce(sum(transfer.amount) FILTER (WHERE transfer.code <> 'settlement.reserve_release'), 0) AS moved,
                   array_agg(DISTINCT transfer.debit_account_id) FILTER (WHERE transfer.code <> 'settlement.reserve_release') AS debited,
                   bool_or(transfer.id IS NULL) AS missing
               FROM settlement_transfers AS made
               LEFT JOIN ledger_transfers AS transfer ON transfer.id = made.transfer_id AND transfer.kind = 0
               GROUP BY made.settlement_id
           ) AS moved ON moved.settlement_id = one.id
           WHERE (coalesce(fee, 0), coalesce(share, 0), coalesce(receivable, 0), coalesce(deduction, 0), coalesce(reserve, 0),
                   coalesce(net, 0)) <> (one.fee_minor, one.shares_minor, one.receivable_minor, one.deductions_minor, one.reserve_minor,
                   one.net_minor)
               OR coalesce(moved.moved, 0) <> one.gross_minor - one.refunded_minor OR moved.missing
               OR coalesce(moved.debited, ARRAY[merchant.proceeds_account_id]) <> ARRAY[merchant.proceeds_account_id]""",  # noqa: S608
    ),
    "settlement_transfers_are_of_settlements": (
        "trf",
        "SELECT count(*) FROM ledger_transfers WHERE code LIKE 'settlement.%' AND kind = 0",
        """SELECT transfer.id FROM ledger_transfers AS transfer LEFT JOIN settlement_transfers AS made ON made.transfer_id = transfer.id
           WHERE transfer.kind = 0 AND made.settlement_id IS NULL AND transfer.code IN ('settlement.fee', 'settlement.share',
               'settlement.receivable', 'settlement.deduction', 'settlement.reserve', 'settlement.net', 'settlement.reserve_release')""",
    ),
    "settlements_are_of_their_orders": (
        "stl",
        "SELECT count(*) FROM settlements",
        f"""SELECT coalesce(one.id, taken.settlement_id) FROM settlements AS one FULL JOIN (
               SELECT settlement_id, count(*) AS orders, sum(amount) AS gross, sum(refunded_minor) AS refunded, sum({_FEE_THEN}) AS fee,
                   count(*) FILTER (WHERE orders.payee_account_id IS DISTINCT FROM merchants.proceeds_account_id) AS elsewhere,
                   min(orders.merchant_id::text) AS first_merchant, max(orders.merchant_id::text) AS last_merchant
               FROM settlement_lines AS line LEFT JOIN orders ON orders.id = line.order_id
               LEFT JOIN merchants ON merchants.id = orders.merchant_id GROUP BY settlement_id
           ) AS taken ON taken.settlement_id = one.id
           WHERE (taken.orders, taken.gross, taken.refunded, taken.fee, taken.elsewhere, taken.first_merchant, taken.last_merchant)
               IS DISTINCT FROM (one.orders, one.gross_minor, one.refunded_minor, one.fee_minor, 0, one.merchant_id::text,
                   one.merchant_id::text)""",  # noqa: S608
    ),
    "proceeds_are_those_of_unsettled_orders": (
        "mer",
        "SELECT count(*) FROM merchants WHERE proceeds_account_id IS NOT NULL",
        f"""SELECT merchant.id FROM merchants AS merchant JOIN ledger_accounts AS account ON account.id = merchant.proceeds_account_id
           LEFT JOIN (
               SELECT payee_account_id, sum(orders.amount - ({_GIVEN_BACK})) AS amount
               FROM orders LEFT JOIN settlement_lines AS line ON line.order_id = orders.id
               WHERE line.order_id IS NULL AND paid_at IS NOT NULL GROUP BY payee_account_id
           ) AS unsettled ON unsettled.payee_account_id = account.id
           WHERE account.credits_posted - account.debits_posted <> coalesce(unsettled.amount, 0)""",  # noqa: S608
    ),
    "paid_orders_are_settled_in_their_turn": (
        "ord",
        "SELECT count(*) FROM settlement_positions",
        """SELECT orders.id FROM settlement_positions AS position JOIN merchants ON merchants.id = position.merchant_id
           JOIN orders ON orders.merchant_id = position.merchant_id AND orders.payee_account_id = merchants.proceeds_account_id
               AND orders.paid_at < position.settled_until - interval '1 hour'
           LEFT JOIN settlement_lines AS line ON line.order_id = orders.id WHERE line.order_id IS NULL""",
    ),
    "fees_come_back_pro_rata": (
        "ord",
        "SELECT count(*) FROM settlement_lines",
        f"""SELECT orders.id FROM settlement_lines AS line JOIN orders ON orders.id = line.order_id
           LEFT JOIN (SELECT order_id, sum(fee_returned) AS amount FROM refunds WHERE state = 'succeeded' GROUP BY order_id
           ) AS returned ON returned.order_id = orders.id
           WHERE ({_FEE_THEN}) - coalesce(returned.amount, 0) <> {_FEE_KEPT}""",  # noqa: S608
    ),
    "fees_earned_are_those_of_orders": (
        None,
        "SELECT count(*) FROM settlement_accounts WHERE kind = 'fee_income'",
        f"""SELECT coalesce(kept.currency, charged.currency) FROM (
               SELECT currency, sum(CASE code WHEN 'settlement.fee' THEN amount ELSE -amount END) AS amount FROM ledger_transfers
               WHERE code IN ('settlement.fee', 'settlement.fee_return') GROUP BY currency
           ) AS kept FULL JOIN (
               SELECT currency, sum({_FEE_KEPT}) AS amount
               FROM settlement_lines AS line JOIN orders ON orders.id = line.order_id GROUP BY currency
           ) AS charged USING (currency) WHERE coalesce(kept.amount, 0) <> coalesce(charged.amount, 0)""",  # noqa: S608
    ),
    "volumes_are_those_of_settled_orders": (
        "mer",
        "SELECT count(*) FROM merchant_volumes",
        """SELECT coalesce(kept.merchant_id, sold.merchant_id) FROM merchant_volumes AS kept FULL JOIN (
               SELECT merchant_id, date_trunc('month', paid_on::timestamp)::date AS month, sum(amount) AS amount
               FROM settlement_lines AS line JOIN orders ON orders.id = line.order_id GROUP BY 1, 2
           ) AS sold ON sold.merchant_id = kept.merchant_id AND sold.month = kept.month
           WHERE kept.volume_minor IS DISTINCT FROM sold.amount""",
    ),
    "reserves_are_what_is_kept_back": (
        "mer",
        "SELECT count(*) FROM settlement_positions",
        """SELECT position.merchant_id FROM settlement_positions AS position
           JOIN ledger_accounts AS account ON account.id = position.reserve_account_id
           LEFT JOIN (
               SELECT merchant_id, sum(amount - drawn - released) AS amount FROM reserve_holdings GROUP BY merchant_id
           ) AS kept ON kept.merchant_id = position.merchant_id
           WHERE account.credits_posted - account.debits_posted <> coalesce(kept.amount, 0)""",
    ),
    "advances_are_what_merchants_owe": (
        None,
        "SELECT count(*) FROM settlement_receivables",
        """SELECT coalesce(owed.currency, kept.currency) FROM (
               SELECT currency, sum(amount - collected) AS amount FROM settlement_receivables GROUP BY currency
           ) AS owed FULL JOIN (
               SELECT one.currency, account.debits_posted - account.credits_posted AS amount
               FROM settlement_accounts AS one JOIN ledger_accounts AS account ON account.id = one.account_id
               WHERE one.kind = 'refund_advance'
           ) AS kept USING (currency) WHERE coalesce(owed.amount, 0) <> coalesce(kept.amount, 0)""",
    ),
    "shares_agree_with_their_settlements": (
        "stl",
        "SELECT count(*) FROM order_shares WHERE settlement_id IS NOT NULL",
        """SELECT one.id FROM settlements AS one LEFT JOIN (
               SELECT share.settlement_id, sum(share.paid_minor) AS amount,
                   count(*) FILTER (WHERE line.settlement_id IS DISTINCT FROM share.settlement_id) AS elsewhere
               FROM order_shares AS share LEFT JOIN settlement_lines AS line ON line.order_id = share.order_id
               WHERE share.settlement_id IS NOT NULL
               GROUP BY share.settlement_id
           ) AS shared ON shared.settlement_id = one.id
           WHERE coalesce(shared.amount, 0) <> one.shares_minor OR shared.elsewhere > 0""",
    ),
    "shares_returned_are_in_the_ledger": (
        "acc",
        "SELECT count(*) FROM order_shares WHERE returned > 0",
        """SELECT coalesce(told.account_id, moved.account_id) FROM (
               SELECT account_id, sum(returned) AS amount FROM order_shares WHERE returned > 0 GROUP BY account_id
           ) AS told FULL JOIN (
               SELECT debit_account_id AS account_id, sum(amount) AS amount FROM ledger_transfers
               WHERE code = 'settlement.share_return' GROUP BY debit_account_id
           ) AS moved USING (account_id) WHERE told.amount IS DISTINCT FROM moved.amount""",
    ),
    "shares_are_paid_with_their_order": (
        "osh",
        "SELECT count(*) FROM order_shares",
        """SELECT share.id FROM order_shares AS share JOIN settlement_lines AS line ON line.order_id = share.order_id
           WHERE share.state = 'declared'""",
    ),
    "deductions_are_what_settlements_took": (
        "ded",
        "SELECT count(*) FROM standing_deductions",
        """SELECT deduction.id FROM standing_deductions AS deduction LEFT JOIN (
               SELECT deduction_id, sum(amount) AS amount FROM deduction_takings GROUP BY deduction_id
           ) AS taken ON taken.deduction_id = deduction.id WHERE deduction.taken_minor <> coalesce(taken.amount, 0)""",
    ),
    "settlements_took_what_they_say": (
        "stl",
        "SELECT count(*) FROM deduction_takings",
        """SELECT one.id FROM settlements AS one LEFT JOIN (
               SELECT settlement_id, sum(amount) AS amount FROM deduction_takings GROUP BY settlement_id
           ) AS taken ON taken.settlement_id = one.id WHERE one.deductions_minor <> coalesce(taken.amount, 0)""",
    ),
    "payout_lines_agree_with_their_holds": (
        "pbl",
        "SELECT count(*) FROM payout_batch_lines",
        """SELECT line.id FROM payout_batch_lines AS line LEFT JOIN ledger_holds AS hold ON hold.id = line.hold_id
           JOIN merchants ON merchants.id = line.merchant_id
           WHERE (hold.amount, hold.debit_account_id) IS DISTINCT FROM (line.amount, merchants.account_id)
               OR hold.state <> CASE line.state WHEN 'held' THEN 0 WHEN 'paid' THEN 1 WHEN 'returned' THEN 1 ELSE 2 END""",
    ),
    "payouts_agree_with_their_lines": (
        "mpo",
        "SELECT count(*) FROM merchant_payouts",
        """SELECT payout.id FROM merchant_payouts AS payout LEFT JOIN (
               SELECT payout_id, count(*) FILTER (WHERE state = 'held') AS held, count(*) FILTER (WHERE state = 'paid') AS paid,
                   count(*) FILTER (WHERE state = 'rejected') AS rejected, count(*) FILTER (WHERE state = 'returned') AS returned,
                   max(amount) AS amount
               FROM payout_batch_lines GROUP BY payout_id
           ) AS line ON line.payout_id = payout.id
           WHERE coalesce(line.held, 0) <> (payout.state = 'batched')::int OR coalesce(line.paid, 0) <> (payout.state = 'paid')::int
               OR (payout.state = 'failed' AND payout.failure_code <> 'balance_used' AND coalesce(line.rejected, 0) = 0)
               OR (payout.state = 'returned') > (coalesce(line.returned, 0) > 0) OR line.amount > payout.amount""",
    ),
    "batches_are_their_lines": (
        "pba",
        "SELECT count(*) FROM payout_batches",
        """SELECT batch.id FROM payout_batches AS batch LEFT JOIN (
               SELECT batch_id, count(*) AS lines, sum(amount) AS amount, count(*) FILTER (WHERE state = 'held') AS held
               FROM payout_batch_lines GROUP BY batch_id
           ) AS line ON line.batch_id = batch.id
           WHERE (line.lines, line.amount) IS DISTINCT FROM (batch.lines, batch.total_minor)
               OR (line.held = 0) <> (batch.ended_at IS NOT NULL)""",
    ),
}
