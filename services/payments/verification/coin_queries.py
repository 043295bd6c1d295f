"""The SQL of the audit of coins on their chains: each record against the ledger's transfers. Shaped as in `queries`."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.ids import encode
from services.payments.verification.model import CoinFigures

COINS = {
    # Ours are no more than our addresses have; what chain and books were last compared at.
    "coins_are_on_their_chain": (
        "crl",
        "SELECT count(*) FROM coin_rails",
        "SELECT id FROM coin_rails WHERE difference < 0",
    ),
    # Nobody has more of a coin than the blocks of its chain have released.
    "coins_are_no_more_than_released": (
        "crl",
        "SELECT count(*) FROM coin_rails",
        """SELECT rail.id FROM coin_rails AS rail JOIN units AS unit ON unit.code = rail.unit
           JOIN ledger_accounts AS issuance ON issuance.id = rail.issuance_account_id
           WHERE issuance.debits_posted - issuance.credits_posted > (SELECT sum((unit.subsidy >> era)
               * least(greatest(rail.height + 1 - era * unit.halving_blocks, 0), unit.halving_blocks))
               FROM generate_series(0, 62) AS era)""",
    ),
    # What crossed the border of a chain is what deposits and withdrawals say, and nothing else.
    "coins_come_and_go_by_their_records": (
        "crl",
        "SELECT count(*) FROM coin_rails",
        """SELECT rail.id FROM coin_rails AS rail JOIN ledger_accounts AS issuance ON issuance.id = rail.issuance_account_id
           JOIN ledger_accounts AS loss ON loss.id = rail.loss_account_id
           LEFT JOIN LATERAL (SELECT coalesce(sum(amount) FILTER (WHERE state = 'credited'), 0) AS amount
               FROM coin_deposits WHERE coin_deposits.unit = rail.unit) AS came ON true
           LEFT JOIN LATERAL (SELECT coalesce(sum(amount + network_fee), 0) AS amount FROM coin_withdrawals
               WHERE coin_withdrawals.unit = rail.unit AND posted AND state <> 'returned') AS gone ON true
           WHERE issuance.debits_posted - issuance.credits_posted <> came.amount - gone.amount
               OR loss.kind <> 'coin_loss' OR loss.currency <> rail.unit""",
    ),
    "coin_withdrawals_agree_with_their_holds": (
        "cwd",
        "SELECT count(*) FROM coin_withdrawals",
        """SELECT withdrawal.id FROM coin_withdrawals AS withdrawal
           LEFT JOIN ledger_holds AS hold ON hold.id = withdrawal.hold_id
           LEFT JOIN ledger_holds AS fee ON fee.id = withdrawal.fee_hold_id
           WHERE (hold.amount, hold.debit_account_id, fee.amount, fee.debit_account_id) IS DISTINCT FROM
               (withdrawal.amount, withdrawal.account_id, withdrawal.fee, withdrawal.account_id)
               OR hold.state <> fee.state
               OR hold.state <> CASE WHEN withdrawal.state = 'failed' OR withdrawal.lost = withdrawal.amount + withdrawal.network_fee THEN 2
                   WHEN withdrawal.posted THEN 1 ELSE 0 END""",
    ),
    "coin_accounts_have_their_accounts": (
        "acc",
        "SELECT count(*) FROM ledger_accounts WHERE kind = 'coin_wallet'",
        """SELECT coalesce(account.id, held.account_id) FROM coin_accounts AS held
           FULL JOIN (SELECT * FROM ledger_accounts WHERE kind = 'coin_wallet') AS account ON account.id = held.account_id
           WHERE account.id IS NULL OR held.account_id IS NULL OR account.currency <> held.unit""",
    ),
}
COINS_WAITING = {
    "chain_past_asking": ("crl", "coin_rails", "id", "true", "due_at"),
    "coin_deposit_past_release": ("cdp", "coin_deposits", "id", "due_at IS NOT NULL", "due_at"),
    "coin_withdrawal_past_asking": ("cwd", "coin_withdrawals", "id", "due_at IS NOT NULL", "due_at"),
}
_DEPOSITS = text("SELECT id, CASE state WHEN 'credited' THEN amount ELSE 0 END AS amount, lost FROM coin_deposits")
_MOVED = text("""SELECT transfer.reference,
        sum(CASE WHEN transfer.code = 'coin.loss.recovered' THEN 0 WHEN account.kind = 'issuance' THEN transfer.amount
            ELSE -transfer.amount END)::bigint AS amount,
        coalesce(sum(CASE transfer.code WHEN 'coin.deposit.lost' THEN transfer.amount WHEN 'coin.deposit.restored' THEN -transfer.amount
            WHEN 'coin.loss.recovered' THEN -transfer.amount END), 0)::bigint AS lost
    FROM ledger_transfers AS transfer JOIN ledger_accounts AS account ON account.id = transfer.debit_account_id
    WHERE transfer.code IN ('coin.deposit', 'coin.deposit.reversed', 'coin.deposit.lost', 'coin.deposit.restored',
        'coin.loss.recovered')
    GROUP BY transfer.reference""")

_FIGURES = text("""SELECT rail.unit, rail.network, issuance.debits_posted - issuance.credits_posted AS issued,
        issuance.credits_pending + fees.credits_pending AS sending, rail.outputs, rail.height, rail.best_block
    FROM coin_rails AS rail JOIN ledger_accounts AS issuance ON issuance.id = rail.issuance_account_id
    JOIN ledger_accounts AS fees ON fees.id = rail.fees_account_id ORDER BY rail.unit""")


async def coin_figures(connection: AsyncConnection) -> list[CoinFigures]:
    return [CoinFigures(**row._mapping) for row in await connection.execute(_FIGURES)]


async def coin_deposits(connection: AsyncConnection) -> tuple[int, list[str]]:
    """Net of all that was posted under its reference, what came over the border of the chain is what a deposit says."""
    wanted = {encode("cdp", row.id): (row.amount, row.lost) for row in await connection.execute(_DEPOSITS)}
    moved = {row.reference: (row.amount, row.lost) for row in await connection.execute(_MOVED)}
    none = (0, 0)
    named = wanted.keys() | moved.keys()
    return len(wanted), sorted(one for one in named if wanted.get(one, none) != moved.get(one, none))
