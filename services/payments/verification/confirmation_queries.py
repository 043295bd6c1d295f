"""The SQL of the audit of confirmations: what counts as confirmed was, each payment by one of its own. Shaped as in `queries`."""

_ASKED = """FROM limit_takings AS taking CROSS JOIN payment_confirmations_since AS began
    WHERE taking.confirmation <> 'under_two_factors' AND taking.taken_at > began.since
        AND left(taking.source, 4) IN ('opy_', 'ptr_', 'trd_', 'pre_', 'tkd_')"""
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
# The record an id names, five bits a letter: two of 130 fill up the first, then its two halves.
_USED = f"""SELECT confirmed.*, left(used_for, 3) AS prefix, (
        lpad(to_hex(substr(bits, 3, 64)::bit(64)::bigint), 16, '0') || lpad(to_hex(substr(bits, 67)::bit(64)::bigint), 16, '0')
    )::uuid AS named
    FROM payment_confirmations AS confirmed CROSS JOIN LATERAL (
        SELECT string_agg((strpos('{_LETTERS}', letter) - 1)::bit(5)::text, '' ORDER BY place) AS bits
        FROM unnest(string_to_array(substr(used_for, 5), NULL)) WITH ORDINALITY AS spelled (letter, place)
    ) AS spelled WHERE state = 'used'"""  # noqa: S608

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
    # Also of payers who had not proved who they are, whose payments count nothing.
    "used_confirmations_are_of_one_payment": (
        "cfm",
        "SELECT count(*) FROM payment_confirmations WHERE state = 'used'",
        f"""SELECT confirmed.id FROM ({_USED}) AS confirmed LEFT JOIN (
               SELECT 'opy' AS prefix, part.id, part.customer_id, part.amount, orders.currency
               FROM order_payments AS part JOIN orders ON orders.id = part.order_id WHERE part.method = 'wallet'
               UNION ALL SELECT 'ptr', id, payer_id, amount, currency FROM person_transfers
               UNION ALL SELECT 'pre', id, buyer_id, amount, currency FROM preauthorisations WHERE agreed_at IS NOT NULL
               UNION ALL SELECT 'tkd', deal.id, deal.customer_id, deal.amount, unit.backed_by FROM token_deals AS deal
                   JOIN units AS unit ON unit.code = deal.unit WHERE deal.kind = 'purchase'
               UNION ALL SELECT 'cwd', id, customer_id, amount + fee, unit FROM coin_withdrawals
           ) AS paid ON paid.prefix = confirmed.prefix AND paid.id = confirmed.named
           LEFT JOIN limit_takings AS taking ON taking.source = confirmed.used_for AND taking.round = 1
           WHERE taking.confirmation = 'under_two_factors' OR (confirmed.customer_id, confirmed.amount, confirmed.currency)
               IS DISTINCT FROM (paid.customer_id, paid.amount, paid.currency)""",  # noqa: S608
    ),
}
