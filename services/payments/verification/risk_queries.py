"""The SQL of the audit of risk: parked payments and their holds, what windows count, decisions and payments. Shaped as in `queries`."""

_PAID = """SELECT 'opy' AS prefix, id, amount FROM order_payments UNION ALL SELECT 'tup', id, amount FROM top_ups
    UNION ALL SELECT 'wdr', id, amount FROM withdrawals UNION ALL SELECT 'ptr', id, amount FROM person_transfers
    UNION ALL SELECT 'pre', id, amount FROM preauthorisations UNION ALL SELECT 'bpo', id, total FROM batch_payouts
    UNION ALL SELECT 'mdb', id, amount FROM mandate_debits UNION ALL SELECT 'rfd', id, amount FROM refunds
    UNION ALL SELECT 'tkd', id, amount FROM token_deals UNION ALL SELECT 'cwd', id, amount FROM coin_withdrawals
    UNION ALL SELECT 'bpl', again.id, line.amount FROM batch_line_reissues AS again
        JOIN batch_payout_lines AS line ON line.id = again.line_id"""
_PREFIXES = "('opy', 'tup', 'wdr', 'ptr', 'pre', 'bpo', 'mdb', 'rfd', 'bpl', 'tkd', 'cwd')"

RISK = {
    # Money of a parked payment is held for as long as it is open, and then is the payer's again.
    "parked_payments_have_their_hold": (
        "trf",
        "SELECT count(*) FROM risk_parkings WHERE hold_id IS NOT NULL",
        """SELECT coalesce(pending.id, parked.hold_id) FROM (SELECT * FROM risk_parkings WHERE hold_id IS NOT NULL) AS parked
           FULL JOIN (SELECT * FROM ledger_transfers WHERE code = 'risk.parking' AND kind = 1) AS pending ON pending.id = parked.hold_id
           LEFT JOIN ledger_holds AS hold ON hold.id = coalesce(pending.id, parked.hold_id)
           WHERE (pending.amount, pending.currency, pending.debit_account_id, hold.state) IS DISTINCT FROM
               (parked.amount, parked.currency, parked.account_id, CASE WHEN parked.ended_at IS NULL THEN 0 ELSE 2 END)""",
    ),
    # One decision lets one payment be made, and no other.
    "carried_out_payments_were_decided_once": (
        "rdc",
        "SELECT count(*) FROM risk_parkings WHERE state = 'carried_out'",
        # Of a payment made long ago the decision that let it be made is forgotten.
        """SELECT coalesce(parked.id, passed.presented) FROM (
               SELECT * FROM risk_parkings WHERE state = 'carried_out'
           ) AS parked FULL JOIN (
               SELECT presented, count(*) AS times, min(reference) AS reference, min(person) AS person, min(amount) AS amount
               FROM risk_decisions WHERE presented IS NOT NULL GROUP BY presented
           ) AS passed ON passed.presented = parked.id
           WHERE (passed.times, passed.reference, passed.person, passed.amount)
                   IS DISTINCT FROM (1::bigint, parked.used_for, parked.person, parked.amount)
               AND (passed.presented IS NOT NULL OR parked.ended_at > (SELECT min(decided_at) FROM risk_decisions))""",
    ),
    "risk_totals_follow_from_entries": (
        None,
        "SELECT count(*) FROM risk_series",
        """SELECT series.id FROM risk_series AS series LEFT JOIN LATERAL (
               SELECT payments, amount, at FROM risk_entries WHERE series_id = series.id ORDER BY at DESC, payments DESC LIMIT 1
           ) AS last ON true
           WHERE (series.payments, series.amount, series.changed_at)
               IS DISTINCT FROM (coalesce(last.payments, 0), coalesce(last.amount, 0), last.at)""",
    ),
    # Each entry adds one payment that passed. Of the oldest that is kept the one before, or the decision, may be gone.
    "risk_entries_follow_from_decisions": (
        "rdc",
        "SELECT count(*) FROM risk_entries",
        """SELECT entry.decision_id FROM (
               SELECT *, lag(payments) OVER series AS before, lag(amount) OVER series AS amount_before FROM risk_entries
               WINDOW series AS (PARTITION BY series_id ORDER BY at, payments)
           ) AS entry LEFT JOIN risk_decisions AS decision ON decision.id = entry.decision_id
           WHERE (entry.before IS NOT NULL AND (decision.outcome, decision.counted, entry.payments)
                   IS DISTINCT FROM ('pass', entry.amount - entry.amount_before, entry.before + 1))
               OR (entry.before IS NULL AND decision.id IS NOT NULL
                   AND (decision.outcome <> 'pass' OR entry.amount < decision.counted))""",
    ),
    # What was taken back was counted in the same series, and no more of it than was. Entries older than the oldest that is kept are gone.
    "risk_take_backs_follow_from_entries": (
        "rdc",
        "SELECT count(*) FROM risk_take_backs",
        """SELECT taken.decision_id FROM (
               SELECT series_id, at, decision_id, sum(payments) AS payments, sum(amount) AS amount FROM risk_take_backs
               GROUP BY series_id, at, decision_id
           ) AS taken LEFT JOIN risk_entries AS entry
               ON entry.series_id = taken.series_id AND entry.at = taken.at AND entry.decision_id = taken.decision_id
           LEFT JOIN risk_decisions AS decision ON decision.id = taken.decision_id
           WHERE (entry.decision_id IS NULL AND coalesce(
                   (SELECT min(at) FROM risk_entries WHERE series_id = taken.series_id) < taken.at, true))
               OR taken.amount > decision.counted OR (taken.payments = 1 AND taken.amount <> decision.counted)""",
    ),
    # What passed was made, with its amount.
    "passed_decisions_have_their_payment": (
        "rdc",
        "SELECT count(*) FROM risk_decisions WHERE outcome = 'pass'",
        f"""SELECT decision.id FROM risk_decisions AS decision LEFT JOIN ({_PAID}) AS paid
                ON paid.id = decision.record AND paid.prefix = left(decision.reference, 3)
            WHERE decision.outcome = 'pass' AND left(decision.reference, 3) IN {_PREFIXES}
                AND paid.amount IS DISTINCT FROM decision.amount""",  # noqa: S608
    ),
}
RISK_WAITING = {
    "parked_payment_past_review": ("rdc", "risk_parkings", "id", "review_until IS NOT NULL", "review_until"),
    "parked_payment_past_challenge": ("rdc", "risk_parkings", "id", "challenge_until IS NOT NULL", "challenge_until"),
}
BY_REAL_TIME = frozenset({"parked_payment_past_challenge"})
