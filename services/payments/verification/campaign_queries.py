"""The SQL of the audit of campaigns and vouchers. Shaped as in `queries`."""

CAMPAIGNS = {
    # What a voucher costs moved once out of its campaign's budget, and nothing else did under that name.
    "voucher_uses_have_their_transfer": (
        "trf",
        "SELECT count(*) FROM voucher_uses",
        """SELECT coalesce(transfer.id, used.transfer_id) FROM (
               SELECT used.*, campaign.account_id, campaign.currency FROM voucher_uses AS used
               JOIN campaigns AS campaign ON campaign.id = used.campaign_id
           ) AS used FULL JOIN (SELECT * FROM ledger_transfers WHERE code = 'voucher.use') AS transfer ON transfer.id = used.transfer_id
           WHERE (transfer.kind, transfer.debit_account_id, transfer.credit_account_id, transfer.amount, transfer.currency)
               IS DISTINCT FROM (0, used.account_id, used.payee_account_id, used.cost, used.currency)""",
    ),
    "voucher_returns_have_their_transfer": (
        "trf",
        "SELECT count(*) FROM voucher_returns",
        """SELECT coalesce(transfer.id, part.transfer_id) FROM (
               SELECT part.*, campaign.account_id, campaign.currency FROM voucher_returns AS part
               JOIN voucher_uses AS used ON used.id = part.use_id JOIN campaigns AS campaign ON campaign.id = used.campaign_id
           ) AS part FULL JOIN (SELECT * FROM ledger_transfers WHERE code = 'voucher.return') AS transfer ON transfer.id = part.transfer_id
           WHERE (transfer.kind, transfer.credit_account_id, transfer.amount, transfer.currency)
               IS DISTINCT FROM (0, part.account_id, part.amount, part.currency)""",
    ),
    "voucher_uses_follow_from_returns": (
        "vus",
        "SELECT count(*) FROM voucher_uses",
        """SELECT used.id FROM voucher_uses AS used LEFT JOIN (
               SELECT use_id, sum(amount) AS amount FROM voucher_returns GROUP BY use_id
           ) AS part ON part.use_id = used.id WHERE used.returned <> coalesce(part.amount, 0)""",
    ),
    "vouchers_follow_from_uses": (
        "vch",
        "SELECT count(*) FROM vouchers",
        """SELECT voucher.id FROM vouchers AS voucher
           LEFT JOIN voucher_uses AS used ON used.voucher_id = voucher.id AND used.given_back_on IS NULL
           WHERE (voucher.state = 'used') <> (used.id IS NOT NULL)""",
    ),
    "stocks_follow_from_vouchers": (
        "vck",
        "SELECT count(*) FROM voucher_kinds",
        """SELECT kind.id FROM voucher_kinds AS kind LEFT JOIN (
               SELECT kind_id, sum(claimed)::bigint AS claimed, max(claimed) AS most FROM (
                   SELECT kind_id, customer_id, count(*) AS claimed FROM vouchers GROUP BY kind_id, customer_id
               ) AS by_person GROUP BY kind_id
           ) AS counted ON counted.kind_id = kind.id
           WHERE kind.claimed <> coalesce(counted.claimed, 0) OR counted.most > kind.per_person""",
    ),
    # A claimed voucher is always honoured: what it may cost is reserved, and what is reserved is there.
    "budgets_cover_their_vouchers": (
        "cmp",
        "SELECT count(*) FROM campaigns",
        """SELECT campaign.id FROM campaigns AS campaign JOIN ledger_accounts AS account ON account.id = campaign.account_id
           LEFT JOIN (SELECT campaign_id, sum(reserve) AS reserved FROM vouchers WHERE state = 'claimed' GROUP BY campaign_id) AS held
               ON held.campaign_id = campaign.id
           WHERE campaign.reserved <> coalesce(held.reserved, 0)
               OR campaign.reserved > account.credits_posted - account.debits_posted - account.debits_pending""",
    ),
}
CAMPAIGNS_WAITING = {
    "campaign_past_end": ("cmp", "campaigns", "id", "state <> 'ended'", "due_at"),
    "voucher_past_expiry": ("vch", "vouchers", "id", "state = 'claimed'", "expires_at"),
}
