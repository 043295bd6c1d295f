"""The SQL of the audit of the reserve: proofs against their parts and the ledger, withdrawals of fees against their holds, publications
against their leaves and each other. As `queries`."""

_LAST_PROOFS = "SELECT DISTINCT ON (currency) * FROM reserve_proofs ORDER BY currency, day DESC, version DESC"
_LAST_ROOTS = "SELECT DISTINCT ON (currency) * FROM liability_roots ORDER BY currency, day DESC"

RESERVE = {
    # What the banks' parts say of the ledger is the whole reserve, and the parts of a bank are its items.
    "reserve_proofs_are_their_parts": (
        "rpf",
        "SELECT count(*) FROM reserve_proofs",
        """SELECT proof.id FROM reserve_proofs AS proof LEFT JOIN (
               SELECT proof_id, sum(ledger_minor) AS ledger,
                   sum(timing_minor + paper_minor + breaks_minor + unexplained_minor) AS differences
               FROM reserve_proof_banks GROUP BY proof_id
           ) AS banks ON banks.proof_id = proof.id LEFT JOIN (
               SELECT proof_id, sum(amount) AS differences FROM reserve_proof_items WHERE bank IS NOT NULL GROUP BY proof_id
           ) AS items ON items.proof_id = proof.id LEFT JOIN (
               SELECT proof_id, sum(debit_minor - credit_minor) FILTER (WHERE owed = 'reserve') AS reserve,
                   sum(credit_minor - debit_minor) FILTER (WHERE owed NOT IN ('reserve', 'apart')) AS owed
               FROM reserve_proof_classes GROUP BY proof_id
           ) AS classes ON classes.proof_id = proof.id
           WHERE (proof.reserve_minor::numeric, proof.reserve_minor::numeric, proof.owed_minor::numeric + proof.own_minor)
               IS DISTINCT FROM (banks.ledger, classes.reserve, coalesce(classes.owed, 0))
               OR coalesce(items.differences, 0) <> banks.differences""",
    ),
    # The statement that is the evidence ends with the day and shows that balance.
    "reserve_proofs_show_their_statements": (
        "rpf",
        "SELECT count(*) FROM reserve_proof_banks WHERE statement_id IS NOT NULL",
        """SELECT proof.id FROM reserve_proof_banks AS part JOIN reserve_proofs AS proof ON proof.id = part.proof_id
           LEFT JOIN statements AS statement ON statement.id = part.statement_id
           LEFT JOIN reconciliation_accounts AS account ON account.id = statement.account_id
           WHERE part.statement_id IS NOT NULL AND (statement.until_on, account.bank, account.currency, statement.closing_minor)
               IS DISTINCT FROM (proof.day, part.bank, proof.currency, part.statement_minor)""",
    ),
    # Of each currency the last day: worked out from the transfers, and not from the accounts' sums as the proof did.
    "last_reserve_proof_agrees_with_the_ledger": (
        "rpf",
        f"SELECT count(*) FROM ({_LAST_PROOFS}) AS last",  # noqa: S608
        f"""SELECT last.id FROM ({_LAST_PROOFS}) AS last WHERE last.reserve_minor <> coalesce((
               SELECT sum(moved.amount) FROM ledger_accounts AS account CROSS JOIN LATERAL (
                   SELECT amount FROM ledger_transfers WHERE book_id = account.book_id AND debit_account_id = account.id
                       AND kind IN (0, 2) AND posted_at < last.closed_at
                   UNION ALL SELECT -amount FROM ledger_transfers WHERE book_id = account.book_id AND credit_account_id = account.id
                       AND kind IN (0, 2) AND posted_at < last.closed_at
               ) AS moved WHERE account.kind = 'reserve' AND account.currency = last.currency), 0)""",  # noqa: S608
    ),
    "fee_withdrawals_agree_with_their_holds": (
        "rfw",
        "SELECT count(*) FROM fee_withdrawals",
        """SELECT withdrawal.id FROM fee_withdrawals AS withdrawal
           JOIN reserve_accounts AS reserve ON reserve.bank = withdrawal.bank AND reserve.currency = withdrawal.currency
           LEFT JOIN ledger_holds AS hold ON hold.id = withdrawal.hold_id
           LEFT JOIN ledger_accounts AS fees ON fees.id = hold.debit_account_id
           WHERE (hold.amount, hold.credit_account_id, fees.kind, hold.state::int) IS DISTINCT FROM (withdrawal.amount,
               reserve.account_id, withdrawal.source, CASE withdrawal.state WHEN 'requested' THEN 0 WHEN 'paid' THEN 1 ELSE 2 END)""",
    ),
    "liability_roots_are_chained": (
        None,
        "SELECT count(*) FROM liability_roots",
        """SELECT 'publication ' || one.number FROM liability_roots AS one
           LEFT JOIN liability_roots AS before ON before.number = one.number - 1
           WHERE one.previous_hash <> coalesce(before.hash, decode(repeat('00', 32), 'hex')) OR (one.number > 1 AND before.number IS NULL)
               OR one.hash <> sha256(decode('02', 'hex') || int8send(one.number) || int4send(one.day - date '2000-01-01')
                   || substring(int2send(length(one.currency)::smallint) FROM 2) || convert_to(one.currency, 'UTF8') || one.root
                   || int8send(one.total_minor) || int2send(one.depth) || int8send(one.excluded_accounts) || int8send(one.excluded_minor)
                   || int8send((extract(epoch FROM one.published_at - timestamptz '2000-01-01T00:00:00Z') * 1000000)::bigint)
                   || one.previous_hash)""",
    ),
    # Leaves themselves are hashed again by `liabilities.proving.differing_leaves`, which knows the day's secret.
    "liability_roots_are_their_leaves": (
        None,
        "SELECT count(*) FROM liability_chunks",
        """SELECT 'publication ' || one.number FROM liability_roots AS one LEFT JOIN (
               SELECT root_number, sum(sum_minor) AS total, sum(length(leaves) / 24) AS leaves FROM liability_chunks GROUP BY root_number
           ) AS chunks ON chunks.root_number = one.number LEFT JOIN (
               SELECT root_number, sum(amount_minor) AS total, count(*) AS accounts FROM liability_exclusions GROUP BY root_number
           ) AS excluded ON excluded.root_number = one.number
           WHERE (chunks.total, chunks.leaves, coalesce(excluded.total, 0), coalesce(excluded.accounts, 0)) IS DISTINCT FROM
               (one.total_minor::numeric, (1::bigint << one.depth)::numeric, one.excluded_minor::numeric, one.excluded_accounts)""",
    ),
    # Of each currency the last root, and a proof of the reserve of its day, say the same of what is owed to the same accounts.
    "liability_roots_agree_with_the_reserve": (
        None,
        f"SELECT count(*) FROM ({_LAST_ROOTS}) AS last",  # noqa: S608
        f"""SELECT 'publication ' || one.number FROM ({_LAST_ROOTS}) AS one
           WHERE EXISTS (SELECT FROM reserve_proofs AS proof WHERE proof.day = one.day AND proof.currency = one.currency)
               AND NOT EXISTS (SELECT FROM reserve_proofs AS proof JOIN reserve_proof_classes AS part ON part.proof_id = proof.id
                   WHERE proof.day = one.day AND proof.currency = one.currency
                       AND part.owed IN ('customers', 'merchants', 'institutions')
                   GROUP BY proof.id
                   HAVING (sum(part.credit_minor), sum(part.debit_minor)) = (one.total_minor, one.excluded_minor))
               AND (one.total_minor, one.excluded_minor) <> (0, 0)""",  # noqa: S608
    ),
}
RESERVE_WAITING = {
    "fee_withdrawal_past_reminder": ("rfw", "fee_withdrawals", "id", "due_at IS NOT NULL", "due_at"),
}
