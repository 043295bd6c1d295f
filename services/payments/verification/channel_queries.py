"""The SQL of the audit of orders to channels and of what goes back to cards. Shaped as in `queries`."""

CHANNELS = {
    "one_success_counts": (
        None,
        "SELECT count(DISTINCT subject_id) FROM channel_instructions",
        """SELECT subject_id::text FROM channel_instructions GROUP BY subject_id
           HAVING bool_or(state = 'succeeded') AND count(*) FILTER (WHERE counts) <> 1""",
    ),
    # Every success beside the one that counts is on its way back (a charge), or a receivable (a payout).
    "surplus_charges_are_returned": (
        "chi",
        "SELECT count(*) FROM channel_instructions WHERE kind = 'charge' AND state = 'succeeded' AND NOT counts",
        """SELECT instruction.id FROM channel_instructions AS instruction
           LEFT JOIN card_returns AS back ON back.instruction_id = instruction.id
           WHERE instruction.kind = 'charge' AND instruction.state = 'succeeded' AND NOT instruction.counts
               AND (back.reason IS DISTINCT FROM 'surplus'
                   OR (back.amount, back.currency) <> (instruction.amount, instruction.currency))""",
    ),
    "card_returns_agree_with_their_holds": (
        "crt",
        "SELECT count(*) FROM card_returns",
        """SELECT back.id FROM card_returns AS back LEFT JOIN ledger_holds AS hold ON hold.id = back.hold_id
           LEFT JOIN channel_instructions AS charge ON charge.id = back.instruction_id
           LEFT JOIN channel_instructions AS payout ON payout.id = back.payout_id
           WHERE (back.hold_id IS NOT NULL AND (hold.id IS NULL OR hold.amount <> back.amount
                   OR hold.state <> CASE back.state WHEN 'returning' THEN 0 WHEN 'returned' THEN 1 ELSE 2 END))
               OR charge.state <> 'succeeded' OR charge.counts = (back.reason = 'surplus')
               OR (back.state <> 'credited' AND (back.state = 'returned') <> coalesce(payout.counts, false))""",
    ),
    # What is owed to cards is what is on its way back, and nothing else.
    "card_returns_are_what_is_on_its_way_back": (
        None,
        "SELECT count(*) FROM ledger_accounts WHERE kind = 'card_returns'",
        """SELECT account.currency FROM ledger_accounts AS account
           LEFT JOIN (SELECT currency, sum(amount) AS amount FROM card_returns
                   WHERE state IN ('waiting', 'returning') GROUP BY currency)
               AS due ON due.currency = account.currency
           WHERE account.kind = 'card_returns'
               AND account.credits_posted - account.debits_posted <> coalesce(due.amount, 0)""",
    ),
    "carried_movements_agree_with_their_attempts": (
        "chi",
        "SELECT (SELECT count(*) FROM top_ups) + (SELECT count(*) FROM withdrawals)",
        """SELECT carried.instruction_id FROM (
               SELECT id, instruction_id, bank, amount, state FROM top_ups
               UNION ALL SELECT id, instruction_id, bank, amount, state FROM withdrawals WHERE NOT late
           ) AS carried LEFT JOIN channel_instructions AS instruction
               ON instruction.id = carried.instruction_id AND instruction.subject_id = carried.id
           WHERE (instruction.bank, instruction.amount) IS DISTINCT FROM (carried.bank, carried.amount)
               OR (carried.state IN ('succeeded', 'returned')) <> instruction.counts""",
    ),
}
