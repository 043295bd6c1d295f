"""The SQL of the audit of persons and limits: what was used follows from payments, and these from transfers. Shaped as in `queries`."""

_NET = "sum(counted - counted_back)"
_PAID = """FROM ledger_transfers AS transfer JOIN wallets AS wallet ON wallet.account_id = transfer.debit_account_id
    JOIN holder_identities AS who ON who.customer_id = wallet.customer_id
    WHERE transfer.code IN ('order.payment', 'escrow.payment', 'person_transfer.payment', 'preauthorisation.hold', 'mandate.debit',
            'token.purchase')
        AND transfer.kind IN (0, 1) AND transfer.posted_at > who.proved_at + interval '1 second'"""
_REVERSIBLE = """FROM limit_takings AS taking CROSS JOIN payment_confirmations_since AS began
    WHERE left(taking.source, 4) IN ('mdb_', 'ptr_') AND taking.taken_at > began.since AND taking.round = 1
        AND NOT EXISTS (SELECT FROM limit_takings AS later WHERE later.source = taking.source AND later.round > 1)"""

LIMITS = {
    "usage_follows_from_payments": (
        "hld",
        "SELECT count(*) FROM limit_usages",
        f"""SELECT usage.holder_id FROM limit_usages AS usage LEFT JOIN (
               SELECT taking.holder_id, {_NET} AS life,
                   {_NET} FILTER (WHERE date_trunc('year', taken_on) = date_trunc('year', counted_on)) AS year,
                   {_NET} FILTER (WHERE taken_on = counted_on AND confirmation = 'under_two_factors') AS under_two_factors,
                   {_NET} FILTER (WHERE taken_on = counted_on AND confirmation = 'two_factors') AS two_factors,
                   {_NET} FILTER (WHERE taken_on = counted_on AND confirmation = 'certificate') AS certificate
               FROM limit_takings AS taking JOIN limit_usages AS used ON used.holder_id = taking.holder_id GROUP BY taking.holder_id
           ) AS paid ON paid.holder_id = usage.holder_id
           WHERE (usage.life, usage.year, usage.under_two_factors, usage.two_factors, usage.certificate) IS DISTINCT FROM
               (coalesce(paid.life, 0), coalesce(paid.year, 0), coalesce(paid.under_two_factors, 0),
                   coalesce(paid.two_factors, 0), coalesce(paid.certificate, 0))""",  # noqa: S608
    ),
    # What counts left, or is held on, the customer's own wallet under the same reference.
    "counted_payments_have_their_transfers": (
        None,
        "SELECT count(DISTINCT (customer_id, currency, reference)) FROM limit_takings",
        """SELECT taking.reference FROM (
               SELECT customer_id, currency, reference, sum(amount) AS amount FROM limit_takings GROUP BY 1, 2, 3
           ) AS taking
           LEFT JOIN wallets AS wallet ON wallet.customer_id = taking.customer_id AND wallet.currency = taking.currency
           LEFT JOIN LATERAL (
               SELECT sum(transfer.amount) AS amount FROM ledger_transfers AS transfer
               WHERE transfer.reference = taking.reference AND transfer.reference <> ''
                   AND transfer.debit_account_id = wallet.account_id AND transfer.kind IN (0, 1)
           ) AS moved ON true
           WHERE coalesce(moved.amount, 0) < taking.amount""",
    ),
    # Of those who were proved by then; at the very second of the proof the order of both is not known.
    "payments_are_counted": (
        "trf",
        f"SELECT count(*) {_PAID}",
        f"""SELECT transfer.id {_PAID} AND NOT EXISTS (
               SELECT FROM limit_takings AS taking WHERE taking.holder_id = who.holder_id
                   AND taking.customer_id = who.customer_id AND taking.reference = transfer.reference)""",  # noqa: S608
    ),
    # Of orders, trades and pre-authorisations their own checks say it; what nobody could reverse before is as it was.
    "room_comes_back_with_reversals": (
        None,
        f"SELECT count(*) {_REVERSIBLE}",
        f"""SELECT taking.source {_REVERSIBLE} AND taking.given_back <> (
               SELECT coalesce(sum(back.amount), 0) FROM ledger_transfers AS paid
               JOIN ledger_reversals AS back ON back.reversed_id = paid.id AND back.book_id = paid.book_id
               WHERE paid.reference = taking.source AND paid.code IN ('mandate.debit', 'person_transfer.payment')
           ) + (
               SELECT coalesce(sum(held.amount), 0) FROM ledger_transfers AS held
               JOIN ledger_transfers AS ended ON ended.pending_id = held.id AND ended.book_id = held.book_id AND ended.kind > 2
               WHERE held.reference = taking.source AND held.kind = 1
           )""",  # noqa: S608
    ),
    # No year of anybody is above the highest limit that was in force in it.
    "years_are_within_the_law": (
        "hld",
        "SELECT count(DISTINCT (holder_id, date_part('year', taken_on))) FROM limit_takings",
        f"""SELECT DISTINCT paid.holder_id FROM (
               SELECT holder_id, date_trunc('year', taken_on) AS year, {_NET} AS counted FROM limit_takings GROUP BY 1, 2
           ) AS paid JOIN LATERAL (
               SELECT max(amount) AS amount FROM limit_figures WHERE subject LIKE 'class%' AND period = 'year'
                   AND valid_from < paid.year + interval '1 year'
           ) AS law ON law.amount < paid.counted
           WHERE NOT EXISTS (SELECT FROM limit_takings AS earlier WHERE earlier.holder_id = paid.holder_id
               AND earlier.taken_on < (SELECT min(valid_from) FROM limit_figures WHERE period = 'year'))""",  # noqa: S608
    ),
    # Nor is any day above the highest figure in force at some time of it: that of the day before, or one that begins with it. What was
    # given back since is no longer in it, so a day that was within its figure stays so.
    "days_are_within_the_law": (
        "hld",
        "SELECT count(DISTINCT (holder_id, taken_on, confirmation)) FROM limit_takings",
        f"""SELECT DISTINCT paid.holder_id FROM (
               SELECT holder_id, taken_on, confirmation, {_NET} AS counted FROM limit_takings GROUP BY 1, 2, 3
           ) AS paid JOIN LATERAL (
               SELECT amount FROM limit_figures WHERE subject = paid.confirmation AND valid_from < paid.taken_on
               ORDER BY valid_from DESC, position DESC LIMIT 1
           ) AS before ON true
           WHERE paid.counted > greatest(before.amount, (
               SELECT max(amount) FROM limit_figures WHERE subject = paid.confirmation AND valid_from = paid.taken_on))""",  # noqa: S608
    ),
    "classes_follow_from_checks": (
        "cus",
        "SELECT count(*) FROM holder_identities",
        """SELECT who.customer_id FROM holder_identities AS who LEFT JOIN (
               SELECT customer_id, count(*) FILTER (WHERE state = 'passed') AS passed FROM holder_checks GROUP BY customer_id
           ) AS checked ON checked.customer_id = who.customer_id
           LEFT JOIN holders AS holder ON holder.id = who.holder_id
           WHERE who.checks <> coalesce(checked.passed, 0) OR holder.number_index <> who.number_index""",
    ),
    "frozen_persons_hold_frozen_wallets": (
        "acc",
        """SELECT count(*) FROM holder_freeze_accounts AS held JOIN holder_freezes AS standing ON standing.id = held.freeze_id
           WHERE standing.released_at IS NULL""",
        """SELECT wallet.account_id FROM holder_freezes AS standing
           JOIN holder_identities AS who ON who.holder_id = standing.holder_id
           JOIN wallets AS wallet ON wallet.customer_id = who.customer_id
           JOIN ledger_accounts AS account ON account.id = wallet.account_id
           WHERE standing.released_at IS NULL AND NOT account.frozen
               AND NOT EXISTS (SELECT FROM ledger_account_steps AS step WHERE step.account_id = account.id
                   AND step.step = 'released' AND step.taken_at >= standing.frozen_at)""",
    ),
}
