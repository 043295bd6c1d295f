"""The SQL of the audit of what sits directly on the ledger: postings, purposes, tokens and coins. Shaped as in `queries`."""

STORIES = {
    "postings_agree_with_their_transfers": (
        "pst",
        "SELECT count(*) FROM postings",
        """SELECT posting.id FROM postings AS posting LEFT JOIN (
               SELECT leg.posting_id, sum(leg.amount) AS amount, count(*) AS legs, count(transfer.id) AS transfers
               FROM posting_legs AS leg LEFT JOIN ledger_transfers AS transfer ON transfer.id = leg.transfer_id
                   AND (transfer.kind, transfer.debit_account_id, transfer.credit_account_id, transfer.amount)
                       = (0, leg.debit_account_id, leg.credit_account_id, leg.amount)
               GROUP BY leg.posting_id
           ) AS moved ON moved.posting_id = posting.id
           WHERE moved.amount IS DISTINCT FROM posting.amount - posting.kept OR moved.transfers <> moved.legs""",
    ),
    "bound_money_is_spent_on_its_purpose": (
        "trf",
        """SELECT count(*) FROM ledger_transfers AS transfer JOIN purses ON purses.account_id = transfer.debit_account_id
           WHERE transfer.kind IN (0, 1)""",
        """SELECT transfer.id FROM ledger_transfers AS transfer
           JOIN purses AS purse ON purse.account_id = transfer.debit_account_id
           JOIN purposes AS purpose ON purpose.id = purse.purpose_id
           JOIN ledger_accounts AS credit ON credit.book_id = transfer.book_id AND credit.id = transfer.credit_account_id
           LEFT JOIN purses AS other ON other.account_id = credit.id
           LEFT JOIN chassis.events AS told ON told.id = transfer.batch_id
           WHERE transfer.kind IN (0, 1) AND credit.id <> purpose.return_account_id AND NOT (
               (purpose.expires_at IS NULL OR told.occurred_at < purpose.expires_at)
               AND (credit.kind <> 'purse' OR other.purpose_id IS NOT DISTINCT FROM purse.purpose_id)
               AND EXISTS (SELECT FROM jsonb_to_recordset(purpose.allowed) AS allowed (kind text, owner text, account_id uuid)
                   WHERE coalesce(allowed.kind, credit.kind) = credit.kind
                       AND coalesce(allowed.owner, credit.owner) = credit.owner
                       AND coalesce(allowed.account_id, credit.id) = credit.id))""",
    ),
    "purses_have_their_accounts": (
        "acc",
        "SELECT count(*) FROM ledger_accounts WHERE kind = 'purse'",
        """SELECT coalesce(account.id, purse.account_id) FROM purses AS purse
           JOIN purposes AS purpose ON purpose.id = purse.purpose_id
           FULL JOIN (SELECT * FROM ledger_accounts WHERE kind = 'purse') AS account ON account.id = purse.account_id
           WHERE account.id IS NULL OR purse.id IS NULL OR account.currency <> purpose.currency OR account.owner <> purse.owner""",
    ),
    "units_agree_with_their_movements": (
        None,
        "SELECT count(*) FROM units",
        """SELECT unit.code FROM units AS unit
           JOIN ledger_accounts AS issuance ON issuance.id = unit.issuance_account_id
           LEFT JOIN ledger_accounts AS backing ON backing.id = unit.backing_account_id
           LEFT JOIN (
               SELECT unit, sum(amount) FILTER (WHERE kind <> 'redeem') AS issued, sum(amount) FILTER (WHERE kind = 'redeem') AS burned
               FROM unit_movements GROUP BY unit
           ) AS moved ON moved.unit = unit.code
           LEFT JOIN coin_rails AS rail ON rail.unit = unit.code
           WHERE (rail.id IS NULL
                   AND (issuance.debits_posted, issuance.credits_posted) <> (coalesce(moved.issued, 0), coalesce(moved.burned, 0)))
               OR (backing.credits_posted, backing.debits_posted) <> (coalesce(moved.issued, 0), coalesce(moved.burned, 0))""",
    ),
    "unit_movements_have_their_transfers": (
        "umv",
        "SELECT count(*) FROM unit_movements",
        """SELECT movement.id FROM unit_movements AS movement JOIN units AS unit ON unit.code = movement.unit
           LEFT JOIN ledger_transfers AS counted ON counted.id = movement.unit_transfer_id
           LEFT JOIN ledger_transfers AS money ON money.id = movement.money_transfer_id
           WHERE (counted.amount, counted.currency) IS DISTINCT FROM (movement.amount, movement.unit)
               OR CASE movement.kind WHEN 'redeem' THEN counted.credit_account_id ELSE counted.debit_account_id END
                   <> unit.issuance_account_id
               OR (movement.kind <> 'mint' AND ((money.amount, money.currency) IS DISTINCT FROM (movement.amount, unit.backed_by)
                   OR CASE movement.kind WHEN 'redeem' THEN money.debit_account_id ELSE money.credit_account_id END
                       <> unit.backing_account_id))""",
    ),
    "tokens_are_backed": (
        None,
        "SELECT count(*) FROM units WHERE kind = 'token'",
        """SELECT unit.code FROM units AS unit JOIN ledger_accounts AS backing ON backing.id = unit.backing_account_id
           LEFT JOIN (
               SELECT currency, sum(credits_posted - debits_posted) AS amount FROM ledger_accounts
               WHERE kind <> 'issuance' GROUP BY currency
           ) AS circulating ON circulating.currency = unit.code
           WHERE coalesce(circulating.amount, 0) <> backing.credits_posted - backing.debits_posted""",
    ),
    # At every mint what had been minted by then is compared with what the blocks up to its height had released.
    "coins_are_within_their_schedule": (
        "umv",
        "SELECT count(*) FROM unit_movements WHERE kind = 'mint'",
        """SELECT minted.id FROM (
               SELECT movement.id, movement.height, unit.subsidy, unit.halving_blocks,
                   sum(movement.amount) OVER (PARTITION BY unit.code ORDER BY counted.posted_at) AS issued
               FROM unit_movements AS movement JOIN units AS unit ON unit.code = movement.unit
               JOIN ledger_transfers AS counted ON counted.id = movement.unit_transfer_id WHERE movement.kind = 'mint'
           ) AS minted
           WHERE minted.issued > (SELECT sum((minted.subsidy >> era)
               * least(greatest(minted.height + 1 - era * minted.halving_blocks, 0), minted.halving_blocks))
               FROM generate_series(0, 62) AS era)""",
    ),
    "units_are_made_by_their_issuance_alone": (
        "acc",
        "SELECT count(*) FROM ledger_accounts AS account JOIN units AS unit ON unit.code = account.currency",
        """SELECT account.id FROM ledger_accounts AS account JOIN units AS unit ON unit.code = account.currency
           JOIN ledger_accounts AS issuance ON issuance.id = unit.issuance_account_id
           LEFT JOIN coin_rails AS rail ON rail.loss_account_id = account.id
           WHERE account.id <> issuance.id AND rail.id IS NULL
               AND (account.rule <> 'debits_must_not_exceed_credits' OR account.book_id <> issuance.book_id)""",
    ),
}
