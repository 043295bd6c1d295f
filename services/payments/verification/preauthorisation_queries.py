"""The SQL of the audit of pre-authorisations. Shaped as in `queries`."""

PREAUTHORISATIONS = {
    # What was captured moved, once, and nothing else did under that name.
    "captures_have_their_transfer": (
        "trf",
        "SELECT count(*) FROM preauthorisation_captures",
        """SELECT coalesce(transfer.id, taken.transfer_id) FROM (
               SELECT taken.*, one.account_id, coalesce(orders.payee_account_id, merchant.account_id) AS payee_id
               FROM preauthorisation_captures AS taken
               JOIN preauthorisations AS one ON one.id = taken.preauthorisation_id
               JOIN merchants AS merchant ON merchant.id = one.merchant_id
               LEFT JOIN orders ON orders.id = taken.order_id
           ) AS taken FULL JOIN (SELECT * FROM ledger_transfers WHERE code = 'preauthorisation.capture') AS transfer
               ON transfer.id = taken.transfer_id
           WHERE (transfer.kind, transfer.debit_account_id, transfer.credit_account_id, transfer.amount)
               IS DISTINCT FROM (2, taken.account_id, taken.payee_id, taken.amount)""",
    ),
    # What was captured paid one order, whole, and no other order says that it was.
    "captures_pay_their_orders": (
        "ord",
        "SELECT count(*) FROM order_payments WHERE preauthorisation_id IS NOT NULL",
        """SELECT coalesce(taken.order_id, paid.order_id) FROM (
               SELECT taken.*, one.merchant_id, one.buyer_id FROM preauthorisation_captures AS taken
               JOIN preauthorisations AS one ON one.id = taken.preauthorisation_id WHERE taken.order_id IS NOT NULL
           ) AS taken FULL JOIN (
               SELECT payment.*, orders.merchant_id, orders.amount AS asked FROM order_payments AS payment
               JOIN orders ON orders.id = payment.order_id WHERE payment.preauthorisation_id IS NOT NULL
           ) AS paid ON paid.order_id = taken.order_id
           WHERE (taken.preauthorisation_id, taken.transfer_id, taken.amount, taken.amount, taken.merchant_id, taken.buyer_id)
               IS DISTINCT FROM (paid.preauthorisation_id, paid.transfer_id, paid.amount, paid.asked, paid.merchant_id,
                   paid.customer_id)""",
    ),
    # What counts of the customer's limits is what is frozen still, and captured and not refunded.
    "room_comes_back_with_preauthorisations": (
        "pre",
        "SELECT count(*) FROM limit_takings WHERE reference LIKE 'pre\\_%'",
        """SELECT one.id FROM preauthorisations AS one JOIN ledger_transfers AS held ON held.id = one.hold_id
           JOIN limit_takings AS taking ON taking.reference = held.reference
           LEFT JOIN (
               SELECT preauthorisation_id, sum(refunded) AS amount FROM order_payments WHERE preauthorisation_id IS NOT NULL
               GROUP BY preauthorisation_id
           ) AS back ON back.preauthorisation_id = one.id
           WHERE taking.given_back
               <> CASE one.state WHEN 'ended' THEN one.amount - one.captured ELSE 0 END + coalesce(back.amount, 0)""",
    ),
    "preauthorisations_follow_from_captures": (
        "pre",
        "SELECT count(*) FROM preauthorisations",
        """SELECT one.id FROM preauthorisations AS one LEFT JOIN (
               SELECT preauthorisation_id, sum(amount) AS amount FROM preauthorisation_captures GROUP BY preauthorisation_id
           ) AS taken ON taken.preauthorisation_id = one.id WHERE one.captured <> coalesce(taken.amount, 0)""",
    ),
    # While it is frozen the rest is held, by one hold; afterwards nothing is.
    "frozen_preauthorisations_are_held": (
        "pre",
        "SELECT count(*) FROM preauthorisations WHERE agreed_at IS NOT NULL",
        """SELECT one.id FROM preauthorisations AS one LEFT JOIN ledger_holds AS hold ON hold.id = one.hold_id
           WHERE one.agreed_at IS NOT NULL AND CASE one.state WHEN 'frozen'
               THEN (hold.state, hold.amount, hold.debit_account_id) IS DISTINCT FROM (0, one.amount - one.captured, one.account_id)
               ELSE coalesce(hold.state, 0) = 0 END""",
    ),
    # Nothing but captures moved what was frozen.
    "ended_preauthorisations_gave_back": (
        "pre",
        "SELECT count(*) FROM preauthorisations WHERE state = 'ended'",
        """SELECT one.id FROM preauthorisations AS one JOIN ledger_transfers AS settling
               ON settling.pending_id = one.hold_id AND settling.kind = 2
           WHERE NOT EXISTS (SELECT FROM preauthorisation_captures AS taken WHERE taken.transfer_id = settling.id)""",
    ),
    "preauthorisation_holds_are_known": (
        "trf",
        "SELECT count(*) FROM ledger_transfers WHERE code = 'preauthorisation.hold'",
        """SELECT hold.id FROM ledger_holds AS hold JOIN ledger_transfers AS made ON made.book_id = hold.book_id AND made.id = hold.id
           WHERE made.code = 'preauthorisation.hold' AND hold.state = 0
               AND NOT EXISTS (SELECT FROM preauthorisations AS one WHERE one.hold_id = hold.id AND one.state = 'frozen')""",
    ),
}
PREAUTHORISATIONS_WAITING = {
    "preauthorisation_past_deadline": ("pre", "preauthorisations", "id", "due_at IS NOT NULL", "due_at"),
}
