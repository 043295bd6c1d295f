"""The SQL of the audit of clearing. Shaped as in `queries`.

What is owed in a window: the obligations recorded in it, less those carried over to another, and those carried over to it.
"""

from services.payments.clearing.collecting_queries import CROSSING

_OWED = """owed AS (
        SELECT window_number, model_number, payer, payee, amount FROM clearing_obligations WHERE window_number <> 0
        UNION ALL SELECT carried.from_window, own.model_number, carried.payer, carried.payee, -carried.amount
            FROM clearing_carried AS carried JOIN clearing_windows AS own ON own.number = carried.from_window
        UNION ALL SELECT carried.to_window, own.model_number, carried.payer, carried.payee, carried.amount
            FROM clearing_carried AS carried JOIN clearing_windows AS own ON own.number = carried.to_window)"""
_SIDES = """sides AS (
        SELECT window_number, model_number, payer AS number, sum(amount) AS owes, 0 AS owed FROM owed GROUP BY 1, 2, 3
        UNION ALL SELECT window_number, model_number, payee, 0, sum(amount) FROM owed GROUP BY 1, 2, 3)"""

_EVER = CROSSING.format(since="'-infinity'")

CLEARING = {
    # Of a settlement whose money has moved, a participant's position is cleared once it is settled there, the window with the last.
    "clearing_positions_follow_from_obligations": (
        None,
        "SELECT count(*) FROM clearing_positions",
        f"""WITH {_OWED}, {_SIDES}, open AS (
               SELECT sides.model_number, sides.number, sum(sides.owes - sides.owed) AS net FROM sides
               JOIN clearing_windows AS held ON held.number = sides.window_number WHERE held.state <> 'SETTLED' GROUP BY 1, 2
           ), cleared AS (
               SELECT settlement.model_number, member.participant_number AS number, sum(member.net_minor) AS net
               FROM clearing_settlements AS settlement JOIN clearing_settlement_participants AS member
                   ON member.settlement_id = settlement.id
               WHERE settlement.ended_at IS NULL AND member.state = 'SETTLED' GROUP BY 1, 2)
           SELECT 'model ' || coalesce(position.model_number, open.model_number) || ' participant '
                   || coalesce(position.participant_number, open.number)
           FROM clearing_positions AS position
           FULL JOIN open ON open.model_number = position.model_number AND open.number = position.participant_number
           LEFT JOIN cleared ON cleared.model_number = position.model_number AND cleared.number = position.participant_number
           WHERE coalesce(position.position_minor, 0) <> coalesce(open.net, 0) - coalesce(cleared.net, 0)""",  # noqa: S608
    ),
    "clearing_obligations_have_their_windows": (
        "clo",
        "SELECT count(*) FROM clearing_obligations",
        """SELECT owed.id FROM clearing_obligations AS owed
           LEFT JOIN clearing_windows AS held ON held.number = owed.window_number
           LEFT JOIN clearing_models AS model ON model.number = owed.model_number
           LEFT JOIN clearing_participants AS payer ON payer.number = owed.payer
           LEFT JOIN clearing_participants AS payee ON payee.number = owed.payee
           WHERE model.number IS NULL OR payer.number IS NULL OR payee.number IS NULL
               OR (model.delay = 'DEFERRED' AND held.model_number IS DISTINCT FROM owed.model_number)
               OR (model.delay = 'IMMEDIATE' AND owed.window_number <> 0)""",
    ),
    "clearing_settlements_net_what_is_owed": (
        "cls",
        "SELECT count(*) FROM clearing_settlements",
        f"""WITH {_OWED}, {_SIDES}, within AS (
               SELECT held.settlement_id, sides.number, sum(sides.owes) AS owes, sum(sides.owed) AS owed FROM sides
               JOIN clearing_settlement_windows AS held ON held.window_number = sides.window_number AND held.live GROUP BY 1, 2)
           SELECT DISTINCT settlement.id FROM clearing_settlements AS settlement
           LEFT JOIN (SELECT coalesce(within.settlement_id, member.settlement_id) AS settlement_id,
                   bool_or((coalesce(within.owes, 0), coalesce(within.owed, 0))
                       <> (coalesce(member.owes_minor, 0), coalesce(member.owed_minor, 0))) AS differs,
                   sum(coalesce(member.net_minor, 0)) AS net, sum(coalesce(member.owes_minor, 0)) AS gross
               FROM within FULL JOIN clearing_settlement_participants AS member
                   ON member.settlement_id = within.settlement_id AND member.participant_number = within.number
               GROUP BY 1) AS found ON found.settlement_id = settlement.id
           WHERE settlement.state NOT IN ('PENDING_SETTLEMENT', 'ABORTED')
               AND (found.differs IS NOT FALSE OR found.net <> 0 OR found.gross <> settlement.gross_minor)""",  # noqa: S608
    ),
    "clearing_settlements_have_their_transfers": (
        "cls",
        "SELECT count(*) FROM clearing_settlements",
        """SELECT DISTINCT settlement.id FROM clearing_settlements AS settlement
           JOIN clearing_models AS model ON model.number = settlement.model_number
           JOIN clearing_settlement_payments AS payment ON payment.settlement_id = settlement.id
           LEFT JOIN clearing_settlement_accounts AS debit
               ON debit.participant_number = payment.payer AND debit.currency = model.currency
           LEFT JOIN clearing_settlement_accounts AS credit
               ON credit.participant_number = payment.payee AND credit.currency = model.currency
           LEFT JOIN ledger_transfers AS made ON made.id = payment.transfer_id AND made.kind IN (0, 2)
           LEFT JOIN ledger_holds AS hold ON hold.book_id = 1 AND hold.id = payment.hold_id
           WHERE CASE WHEN settlement.state IN ('PS_TRANSFERS_COMMITTED', 'SETTLING', 'SETTLED')
                   THEN (made.debit_account_id, made.credit_account_id, made.amount, made.code)
                       IS DISTINCT FROM (debit.account_id, credit.account_id, payment.amount, 'clearing.settlement')
                   WHEN settlement.state = 'ABORTED' THEN payment.transfer_id IS NOT NULL OR hold.state IS DISTINCT FROM 2
                       AND payment.hold_id IS NOT NULL
                   ELSE payment.transfer_id IS NOT NULL OR (payment.hold_id IS NOT NULL AND hold.state IS DISTINCT FROM 0)
                       OR (settlement.state = 'PS_TRANSFERS_RESERVED' AND payment.payer <> 0 AND payment.hold_id IS NULL) END
           UNION SELECT settlement.id FROM clearing_settlements AS settlement
           LEFT JOIN (SELECT settlement_id, payee AS number, sum(amount) AS amount FROM clearing_settlement_payments GROUP BY 1, 2)
               AS got ON got.settlement_id = settlement.id
           FULL JOIN (SELECT settlement_id, payer AS number, sum(amount) AS amount FROM clearing_settlement_payments GROUP BY 1, 2)
               AS gave ON gave.settlement_id = got.settlement_id AND gave.number = got.number
           FULL JOIN clearing_settlement_participants AS member
               ON member.settlement_id = coalesce(got.settlement_id, gave.settlement_id)
                   AND member.participant_number = coalesce(got.number, gave.number)
           WHERE settlement.id IS NOT NULL AND coalesce(got.number, gave.number, 0) <> 0
               AND coalesce(gave.amount, 0) - coalesce(got.amount, 0) <> coalesce(member.net_minor, 0)""",
    ),
    "clearing_windows_are_settled_once": (
        "clw",
        "SELECT count(*) FROM clearing_windows",
        """SELECT held.id FROM clearing_windows AS held LEFT JOIN (
               SELECT part.window_number, count(*) FILTER (WHERE settlement.state = 'SETTLED') AS settled,
                   count(*) FILTER (WHERE settlement.ended_at IS NULL) AS under_way
               FROM clearing_settlement_windows AS part JOIN clearing_settlements AS settlement ON settlement.id = part.settlement_id
               GROUP BY 1) AS found ON found.window_number = held.number
           WHERE coalesce(found.settled, 0) <> (held.state = 'SETTLED')::int
               OR coalesce(found.under_way, 0) <> (held.state = 'PENDING_SETTLEMENT')::int""",
    ),
    "clearing_pool_is_empty": (
        "acc",
        "SELECT count(*) FROM ledger_accounts WHERE kind = 'multilateral_settlement'",
        "SELECT id FROM ledger_accounts WHERE kind = 'multilateral_settlement' AND credits_posted <> debits_posted",
    ),
    # What is settled at once, and what a pass over such a queue releases: by participant and currency, what its account moved for it.
    "clearing_at_once_has_its_transfers": (
        None,
        "SELECT count(*) FROM clearing_obligations WHERE window_number = 0",
        """WITH owed AS (
               SELECT sides.number, currency, sum(amount) AS net FROM (
                   SELECT payer AS number, model_number, amount FROM clearing_obligations WHERE window_number = 0
                   UNION ALL SELECT payee, model_number, -amount FROM clearing_obligations WHERE window_number = 0) AS sides
               JOIN clearing_models AS model ON model.number = sides.model_number GROUP BY 1, 2
           ), moved AS (
               SELECT account_id, sum(amount) AS net FROM (
                   SELECT debit_account_id AS account_id, amount FROM ledger_transfers
                       WHERE code IN ('clearing.gross', 'clearing.queue') AND kind = 0
                   UNION ALL SELECT credit_account_id, -amount FROM ledger_transfers
                       WHERE code IN ('clearing.gross', 'clearing.queue') AND kind = 0) AS sides GROUP BY 1)
           SELECT account.currency || ' participant ' || account.participant_number FROM clearing_settlement_accounts AS account
           LEFT JOIN owed ON owed.number = account.participant_number AND owed.currency = account.currency
           LEFT JOIN moved ON moved.account_id = account.account_id WHERE coalesce(owed.net, 0) <> coalesce(moved.net, 0)""",
    ),
}
CLEARING_WAITING = {
    "clearing_window_past_deadline": ("clw", "clearing_windows", "id", "ended_at IS NULL", "due_at"),
    "clearing_settlement_past_deadline": ("cls", "clearing_settlements", "id", "ended_at IS NULL", "due_at"),
    "clearing_queue_past_deadline": ("clo", "clearing_queue", "id", "true", "due_at"),
    "payment_between_participants_not_owed": (
        None,
        f"(SELECT id, told_at + interval '1 day' AS due_at FROM ({_EVER}) AS made) AS crossing",  # noqa: S608
        "id",
        "true",
        "due_at",
    ),
}
