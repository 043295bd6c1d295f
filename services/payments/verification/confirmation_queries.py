"""The SQL of the audit of confirmations: what counts as confirmed was, each payment by one of its own. Shaped as in `queries`."""

_ASKED = """FROM limit_takings AS taking CROSS JOIN payment_confirmations_since AS began
    WHERE taking.confirmation <> 'under_two_factors' AND taking.taken_at > began.since
        AND left(taking.source, 4) IN ('opy_', 'ptr_', 'trd_', 'pre_')"""

CONFIRMATIONS = {
    # A mandate is confirmed when it is signed, by four factors.
    "confirmed_payments_have_their_confirmation": (
        None,
        f"SELECT count(*) {_ASKED}",
        f"""SELECT taking.source {_ASKED} AND NOT EXISTS (SELECT FROM payment_confirmations AS confirmed
               WHERE confirmed.used_for = taking.source
                   AND (confirmed.customer_id, confirmed.amount, confirmed.currency)
                       = (taking.customer_id, taking.amount, taking.currency))""",  # noqa: S608
    ),
    "used_confirmations_are_of_one_payment": (
        "cfm",
        "SELECT count(*) FROM payment_confirmations WHERE state = 'used'",
        """SELECT confirmed.id FROM payment_confirmations AS confirmed
           JOIN limit_takings AS taking ON taking.source = confirmed.used_for AND taking.round = 1
           WHERE confirmed.state = 'used' AND (taking.confirmation = 'under_two_factors'
               OR (confirmed.customer_id, confirmed.amount, confirmed.currency) <> (taking.customer_id, taking.amount, taking.currency))""",
    ),
}
