"""The SQL of the audit. Each check is a pair: how many records there are to look at, and the ids of those that fail."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.clock import real_now
from chassis.ids import encode
from services.payments.channels.model import (
    CARD_RETURN,
    JOBS,
    MANDATE_DEBIT,
    ORDER_PAYMENT,
    PAYOUT_LINE,
    TOP_UP,
    WITHDRAWAL,
)
from services.payments.evidence.model import Recomputation
from services.payments.evidence.queries import books
from services.payments.evidence.recomputing import recompute_all
from services.payments.verification.batch_payout_queries import BATCH_PAYOUTS
from services.payments.verification.campaign_queries import CAMPAIGNS, CAMPAIGNS_WAITING
from services.payments.verification.channel_queries import CHANNELS
from services.payments.verification.clearing_queries import CLEARING, CLEARING_WAITING
from services.payments.verification.coin_queries import COINS, COINS_WAITING, coin_deposits
from services.payments.verification.confirmation_queries import CONFIRMATIONS
from services.payments.verification.limit_queries import LIMITS
from services.payments.verification.mandate_queries import MANDATES
from services.payments.verification.merchant_payout_queries import MERCHANT_PAYOUTS, MERCHANT_PAYOUTS_WAITING
from services.payments.verification.model import Movement, ReserveFigures
from services.payments.verification.order_queries import ORDERS
from services.payments.verification.payment_code_queries import PAYMENT_CODES
from services.payments.verification.person_transfer_queries import (
    PAYEE_CODES,
    PERSON_TRANSFERS,
    PERSON_TRANSFERS_WAITING,
)
from services.payments.verification.preauthorisation_queries import PREAUTHORISATIONS, PREAUTHORISATIONS_WAITING
from services.payments.verification.reconciliation_queries import RECONCILIATION, RECONCILIATION_WAITING
from services.payments.verification.reserve_queries import RESERVE, RESERVE_WAITING
from services.payments.verification.returned_money_queries import RETURNED_MONEY
from services.payments.verification.risk_queries import BY_REAL_TIME, RISK, RISK_WAITING
from services.payments.verification.screening_queries import SCREENING, SCREENING_WAITING
from services.payments.verification.settlement_queries import SETTLEMENT
from services.payments.verification.story_queries import STORIES
from services.payments.verification.token_queries import TOKENS
from services.payments.verification.trade_queries import STUCK_TRADES, TRADES
from services.payments.verification.webhook_queries import WEBHOOKS

Looked = tuple[int, list[str]]
LINKS_AT_ONCE = 1_000
REAL_PATIENCE = timedelta(minutes=5)

_CHECKS = {
    "ledger_balances": (
        None,
        "SELECT count(DISTINCT (book_id, currency)) FROM ledger_accounts",
        """SELECT 'book ' || book_id || ' ' || currency FROM ledger_accounts GROUP BY book_id, currency
           HAVING sum(debits_posted) <> sum(credits_posted) OR sum(debits_pending) <> sum(credits_pending)""",
    ),
    "sums_follow_from_transfers": (
        "acc",
        "SELECT count(*) FROM ledger_accounts",
        """WITH moved AS (
               SELECT account_id, sum(debit) AS debits, sum(credit) AS credits FROM (
                   SELECT debit_account_id AS account_id, amount AS debit, 0 AS credit FROM ledger_transfers WHERE kind IN (0, 2)
                   UNION ALL SELECT credit_account_id, 0, amount FROM ledger_transfers WHERE kind IN (0, 2)) AS sides
               GROUP BY account_id
           ), held AS (
               SELECT account_id, sum(debit) AS debits, sum(credit) AS credits FROM (
                   SELECT debit_account_id AS account_id, amount AS debit, 0 AS credit FROM ledger_transfers AS pending
                       WHERE kind = 1 AND NOT EXISTS (SELECT FROM ledger_transfers AS settling
                           WHERE settling.book_id = pending.book_id AND settling.pending_id = pending.id)
                   UNION ALL SELECT credit_account_id, 0, amount FROM ledger_transfers AS pending
                       WHERE kind = 1 AND NOT EXISTS (SELECT FROM ledger_transfers AS settling
                           WHERE settling.book_id = pending.book_id AND settling.pending_id = pending.id)) AS sides
               GROUP BY account_id
           )
           SELECT account.id FROM ledger_accounts AS account
           LEFT JOIN moved ON moved.account_id = account.id LEFT JOIN held ON held.account_id = account.id
           WHERE account.debits_posted <> coalesce(moved.debits, 0) OR account.credits_posted <> coalesce(moved.credits, 0)
               OR account.debits_pending <> coalesce(held.debits, 0) OR account.credits_pending <> coalesce(held.credits, 0)""",
    ),
    "history_ends_at_the_balance": (
        "acc",
        "SELECT count(*) FROM ledger_accounts WHERE last_posted_at IS NOT NULL",
        """SELECT account.id FROM ledger_accounts AS account
           LEFT JOIN ledger_transfers AS debited ON debited.book_id = account.book_id
               AND debited.debit_account_id = account.id AND debited.posted_at = account.last_posted_at
           LEFT JOIN ledger_transfers AS credited ON credited.book_id = account.book_id
               AND credited.credit_account_id = account.id AND credited.posted_at = account.last_posted_at
           WHERE account.last_posted_at IS NOT NULL
               AND (account.debits_posted, account.debits_pending, account.credits_posted, account.credits_pending)
               IS DISTINCT FROM CASE WHEN debited.id IS NOT NULL
                   THEN (debited.debited_debits_posted, debited.debited_debits_pending,
                       debited.debited_credits_posted, debited.debited_credits_pending)
                   ELSE (credited.credited_debits_posted, credited.credited_debits_pending,
                       credited.credited_credits_posted, credited.credited_credits_pending) END""",
    ),
    "transfers_join_two_accounts": (
        "trf",
        "SELECT count(*) FROM ledger_transfers",
        """SELECT transfer.id FROM ledger_transfers AS transfer
           LEFT JOIN ledger_accounts AS debit ON debit.book_id = transfer.book_id AND debit.id = transfer.debit_account_id
           LEFT JOIN ledger_accounts AS credit ON credit.book_id = transfer.book_id AND credit.id = transfer.credit_account_id
           WHERE debit.id IS NULL OR credit.id IS NULL
               OR transfer.currency <> debit.currency OR transfer.currency <> credit.currency""",
    ),
    "keys_lead_to_their_transfers": (
        "trf",
        "SELECT count(*) FROM ledger_transfer_keys",
        """SELECT coalesce(transfer.id, key.id) FROM ledger_transfer_keys AS key
           FULL JOIN ledger_transfers AS transfer ON transfer.book_id = key.book_id AND transfer.id = key.id
           WHERE (transfer.posted_at, transfer.batch_id, transfer.number) IS DISTINCT FROM (key.posted_at, key.batch_id, key.number)""",
    ),
    "holds_follow_from_transfers": (
        "trf",
        "SELECT count(*) FROM ledger_holds",
        """SELECT coalesce(hold.id, pending.id) FROM ledger_holds AS hold
           FULL JOIN (SELECT * FROM ledger_transfers WHERE kind = 1) AS pending
               ON pending.book_id = hold.book_id AND pending.id = hold.id
           LEFT JOIN (
               SELECT book_id, pending_id, count(*) AS times, max(kind) AS kind, max(amount) AS amount
               FROM ledger_transfers WHERE pending_id IS NOT NULL GROUP BY book_id, pending_id
           ) AS settled ON settled.book_id = hold.book_id AND settled.pending_id = hold.id
           WHERE hold.id IS NULL OR pending.id IS NULL OR hold.amount <> pending.amount
               OR hold.state <> coalesce(settled.kind - 1, 0) OR coalesce(settled.times, 0) > 1 OR settled.amount > hold.amount""",
    ),
    "settlements_are_of_their_holds": (
        "trf",
        "SELECT count(*) FROM ledger_transfers WHERE kind >= 2",
        """SELECT settling.id FROM ledger_transfers AS settling LEFT JOIN ledger_transfers AS pending
               ON pending.book_id = settling.book_id AND pending.id = settling.pending_id AND pending.kind = 1
           WHERE settling.kind >= 2 AND (settling.debit_account_id, settling.credit_account_id, settling.currency)
               IS DISTINCT FROM (pending.debit_account_id, pending.credit_account_id, pending.currency)""",
    ),
    "batches_are_told": (
        "evt",
        "SELECT count(DISTINCT batch_id) FROM ledger_transfers",
        """SELECT batch.batch_id FROM (
               SELECT batch_id, count(*) AS transfers FROM ledger_transfers GROUP BY batch_id
           ) AS batch LEFT JOIN chassis.events AS event ON event.id = batch.batch_id
           WHERE event.id IS NULL OR (event.data ->> 'transfers')::int <> batch.transfers""",
    ),
    "reversals_follow_from_transfers": (
        "trf",
        "SELECT count(*) FROM ledger_reversals",
        """SELECT reversal.transfer_id FROM (
               SELECT *, row_number() OVER parts AS counted, sum(amount) OVER parts AS taken_back FROM ledger_reversals
               WINDOW parts AS (PARTITION BY book_id, reversed_id ORDER BY part)
           ) AS reversal
           LEFT JOIN ledger_transfers AS made ON made.book_id = reversal.book_id AND made.id = reversal.transfer_id AND made.kind = 0
           LEFT JOIN ledger_transfers AS original ON original.book_id = reversal.book_id AND original.id = reversal.reversed_id
               AND original.kind IN (0, 2)
           WHERE (made.amount, made.debit_account_id, made.credit_account_id, made.currency, original.amount - reversal.taken_back)
               IS DISTINCT FROM (reversal.amount, original.credit_account_id, original.debit_account_id, original.currency, reversal.rest)
               OR reversal.part <> reversal.counted OR original.id IS NULL""",
    ),
    "wallets_have_their_accounts": (
        "wal",
        "SELECT count(*) FROM wallets",
        """SELECT wallets.id FROM wallets LEFT JOIN ledger_accounts AS account ON account.id = wallets.account_id
           WHERE account.id IS NULL OR account.currency <> wallets.currency
               OR account.rule <> 'debits_must_not_exceed_credits'""",
    ),
    "withdrawals_agree_with_their_holds": (
        "wdr",
        "SELECT count(*) FROM withdrawals",
        """SELECT withdrawals.id FROM withdrawals LEFT JOIN ledger_holds AS hold ON hold.id = withdrawals.hold_id
           WHERE hold.id IS NULL OR hold.amount <> withdrawals.amount OR hold.debit_account_id <> withdrawals.account_id
               OR hold.state <> CASE withdrawals.state WHEN 'pending' THEN 0 WHEN 'failed' THEN 2 ELSE 1 END""",
    ),
    "passes_agree_with_their_transfers": (
        "pas",
        "SELECT count(*) FROM passes",
        """SELECT passes.id FROM passes LEFT JOIN ledger_holds AS hold ON hold.id = passes.hold_id
           LEFT JOIN ledger_transfers AS delivery ON delivery.id = passes.delivery_id
           WHERE hold.id IS NULL OR hold.amount <> passes.amount
               OR hold.state <> CASE passes.state WHEN 'completed' THEN 1 WHEN 'returned' THEN 2 ELSE 0 END
               OR (passes.state IN ('delivered', 'completed')) <> (delivery.id IS NOT NULL)
               OR delivery.amount <> passes.amount OR delivery.credit_account_id <> passes.credit_account_id""",
    ),
    "books_owe_each_other_what_is_under_way": (
        None,
        "SELECT count(*) FROM clearing_accounts",
        """SELECT 'books ' || pair.low || ' and ' || pair.high || ' ' || pair.currency FROM (
               SELECT least(clearing.book_id, other_book_id) AS low, greatest(clearing.book_id, other_book_id) AS high, clearing.currency,
                   sum(account.credits_posted - account.debits_posted) AS net
               FROM clearing_accounts AS clearing JOIN ledger_accounts AS account
                   ON account.book_id = clearing.book_id AND account.id = clearing.account_id
               GROUP BY 1, 2, 3
           ) AS pair LEFT JOIN (
               SELECT least(debit.book_id, credit.book_id) AS low, greatest(debit.book_id, credit.book_id) AS high,
                   passes.currency, sum(passes.amount) AS amount
               FROM passes JOIN ledger_accounts AS debit ON debit.id = passes.debit_account_id
                   JOIN ledger_accounts AS credit ON credit.id = passes.credit_account_id
               WHERE passes.state = 'delivered' GROUP BY 1, 2, 3
           ) AS moving USING (low, high, currency)
           WHERE pair.net + coalesce(moving.amount, 0) <> 0""",
    ),
}
_CHECKS |= (
    BATCH_PAYOUTS
    | CAMPAIGNS
    | CHANNELS
    | CLEARING
    | COINS
    | LIMITS
    | CONFIRMATIONS
    | MANDATES
    | MERCHANT_PAYOUTS
    | ORDERS
    | PAYEE_CODES
    | PAYMENT_CODES
    | PERSON_TRANSFERS
    | PREAUTHORISATIONS
    | RECONCILIATION
    | RESERVE
    | RETURNED_MONEY
    | RISK
    | SCREENING
    | SETTLEMENT
    | STORIES
    | TOKENS
    | TRADES
    | WEBHOOKS
)
_TOP_UPS = "SELECT id, amount FROM top_ups WHERE state = 'succeeded'"
_TOPPED_UP = """SELECT reference, sum(amount)::bigint AS amount FROM ledger_transfers WHERE code = 'topup.card'
    AND reference <> '' GROUP BY reference"""
_STUCK = {
    "hold_past_expiry": ("trf", "ledger_holds", "id", "state = 0 AND expires_at IS NOT NULL", "expires_at"),
    "pass_past_patience": (
        "pas",
        "passes",
        "id",
        "state IN ('held', 'delivered', 'refused')",
        "requested_at",
    ),
    "order_past_deadline": ("ord", "orders", "id", "state = 'WAIT_BUYER_PAY'", "due_at"),
    "refund_past_deadline": ("rfd", "refunds", "id", "state = 'refund_pending_funds'", "due_at"),
    "card_return_past_deadline": ("crt", "card_returns", "id", "state = 'waiting'", "due_at"),
    "instruction_past_query": ("chi", "channel_instructions", "id", "due_at IS NOT NULL", "due_at"),
    "channel_past_probe": (None, "channel_standings", "channel", "probe_at IS NOT NULL", "probe_at"),
    "card_past_deadline": ("crd", "cards", "id", "due_at IS NOT NULL", "due_at"),
    "report_past_deadline": ("rtn", "bank_reports", "id", "due_at IS NOT NULL", "due_at"),
    "receivable_past_deadline": ("rcv", "receivables", "id", "state = 'open'", "due_at"),
    "dispute_past_deadline": ("dsp", "card_disputes", "id", "due_at IS NOT NULL", "due_at"),
    "mandate_past_deadline": ("mdt", "mandates", "id", "due_at IS NOT NULL", "due_at"),
    "debit_past_its_day": ("mdb", "mandate_debits", "id", "due_at IS NOT NULL", "due_at"),
    "batch_payout_past_deadline": ("bpo", "batch_payouts", "id", "due_at IS NOT NULL", "due_at"),
    "line_past_deadline": ("bpl", "batch_payout_lines", "id", "due_at IS NOT NULL", "due_at"),
    "settlement_past_cut_off": ("mer", "settlement_positions", "merchant_id", "true", "due_at"),
    "reserve_past_release": ("stl", "reserve_holdings", "settlement_id", "released_at IS NULL", "due_at"),
    "deduction_past_consent": ("ded", "standing_deductions", "id", "due_at IS NOT NULL", "due_at"),
    "payout_past_batching": ("mpo", "merchant_payouts", "id", "due_at IS NOT NULL", "due_at"),
    "payout_batch_past_answer": ("pba", "payout_batches", "id", "due_at IS NOT NULL", "due_at"),
    "identity_check_past_query": ("idc", "holder_checks", "id", "due_at IS NOT NULL", "due_at"),
}
_STUCK |= (
    CAMPAIGNS_WAITING
    | CLEARING_WAITING
    | COINS_WAITING
    | MERCHANT_PAYOUTS_WAITING
    | PREAUTHORISATIONS_WAITING
    | PERSON_TRANSFERS_WAITING
    | RECONCILIATION_WAITING
    | SCREENING_WAITING
    | RESERVE_WAITING
    | RISK_WAITING
    | STUCK_TRADES
)
_PREFIXES = {
    TOP_UP: "tup",
    WITHDRAWAL: "wdr",
    CARD_RETURN: "crt",
    ORDER_PAYMENT: "opy",
    MANDATE_DEBIT: "mdb",
    PAYOUT_LINE: "bpl",
}
# A line that is paid anew has another subject at the bank each time.
_MOVEMENTS = text("""SELECT kind, purpose, instruction.id, subject_id, coalesce(reissue.line_id, subject_id) AS record_id, bank, amount,
        currency, submitted_at, due_at
    FROM channel_instructions AS instruction LEFT JOIN batch_line_reissues AS reissue ON reissue.id = subject_id
    WHERE state IN ('requested', 'unknown') ORDER BY submitted_at, instruction.id LIMIT :limit""")
_RESERVES = text("""SELECT reserve.bank, reserve.currency, reserve.account_id,
        account.debits_posted - account.credits_posted AS balance_minor, account.credits_pending AS held_minor,
        coalesce(asked.amount, 0) AS asked_for_minor, coalesce(asked.fees, 0) AS bank_fees_minor
    FROM reserve_accounts AS reserve JOIN ledger_accounts AS account ON account.id = reserve.account_id
    LEFT JOIN (SELECT bank, currency, sum(amount) FILTER (WHERE kind = 'charge' AND state IN ('requested', 'unknown'))::bigint AS amount,
            sum(fee_minor) FILTER (WHERE state = 'succeeded')::bigint AS fees
        FROM channel_instructions GROUP BY bank, currency) AS asked
        ON asked.bank = reserve.bank AND asked.currency = reserve.currency
    WHERE account.kind = 'reserve' ORDER BY reserve.bank, reserve.currency""")


async def checks(connection: AsyncConnection) -> dict[str, Looked]:
    """Each check with how many records were looked at and which fail."""
    found = {}
    for name, (prefix, counting, looking) in _CHECKS.items():
        examined = int((await connection.execute(text(counting))).scalar_one())
        offending = (await connection.execute(text(looking))).scalars()
        found[name] = (examined, [encode(prefix, one) if prefix else str(one) for one in offending])
    found["top_ups_have_their_transfer"] = await _top_ups(connection)
    found["coin_deposits_have_their_transfers"] = await coin_deposits(connection)
    return found


async def chains(connection: AsyncConnection, most_transfers: int) -> list[Recomputation]:
    """Every chain worked out again from its transfers, book by book, until so many have been read."""
    found: list[Recomputation] = []
    for book_id in await books(connection):
        left = most_transfers - sum(chain.transfers for chain in found)
        if left > 0:
            found.append(await recompute_all(connection, book_id, LINKS_AT_ONCE, most_transfers=left))
        else:
            found.append(Recomputation(book_id, 0, 0, 0, False, None))
    return found


def broken_chains(chains: list[Recomputation]) -> Looked:
    """Of each chain the first link that does not hold."""
    broken = [
        f"book {chain.book_id} link {chain.broken.number} {chain.broken.fault}" for chain in chains if chain.broken
    ]
    return sum(chain.links for chain in chains), broken


async def _top_ups(connection: AsyncConnection) -> Looked:
    """A top-up that succeeded is on the ledger once, with its amount, and nothing else is."""
    wanted = {encode("tup", row.id): row.amount for row in await connection.execute(text(_TOP_UPS))}
    moved = {row.reference: row.amount for row in await connection.execute(text(_TOPPED_UP))}
    return len(wanted), sorted(one for one in wanted.keys() | moved.keys() if wanted.get(one) != moved.get(one))


async def past_deadline(connection: AsyncConnection, late: datetime) -> dict[str, Looked]:
    """States that should have gone on by themselves before `late`; those that end by real time, some minutes ago."""
    real_late = real_now() - REAL_PATIENCE
    found = {}
    for name, (prefix, table, key, waiting, due) in _STUCK.items():
        counting = text(f"SELECT count(*) FROM {table} WHERE {waiting}")  # noqa: S608
        looking = text(f"SELECT {key} FROM {table} WHERE {waiting} AND {due} < :late")  # noqa: S608
        examined = int((await connection.execute(counting)).scalar_one())
        stuck = (await connection.execute(looking, {"late": real_late if name in BY_REAL_TIME else late})).scalars()
        found[name] = (examined, [encode(prefix, one) if prefix else str(one) for one in stuck])
    return found


async def movements(connection: AsyncConnection, limit: int) -> list[Movement]:
    """Money asked of banks, oldest first."""
    return [_movement(row) for row in await connection.execute(_MOVEMENTS, {"limit": limit})]


async def reserves(connection: AsyncConnection) -> list[ReserveFigures]:
    return [ReserveFigures(**row._mapping) for row in await connection.execute(_RESERVES)]


def _movement(row: Any) -> Movement:
    prefix = _PREFIXES.get(row.purpose)
    subject: UUID = row.subject_id
    record = encode(prefix, row.record_id) if prefix else str(subject)
    return Movement(
        row.kind, record, JOBS.get(row.purpose, ""), subject, encode("chi", row.id), row.bank, row.amount, row.currency,
        row.submitted_at, row.due_at,
    )  # fmt: skip
