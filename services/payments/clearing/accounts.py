"""Settlement accounts of participants, and the one of each currency through which multilateral settlements pass."""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from chassis.database import Tx
from services.payments.clearing import participant_queries as queries
from services.payments.clearing import prefunding_queries
from services.payments.clearing.model import POOL, Participant
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import Rule
from services.payments.ledger.queries import accounts_with


async def account_of(tx: Tx, participant: Participant, currency: str) -> UUID:
    """Opened when first needed."""
    return await ledger.platform_account(
        tx,
        find=lambda: queries.settlement_account(tx.connection, participant.number, currency),
        lock=lambda: queries.lock_accounts(tx.connection),
        keep=lambda account_id: queries.add_settlement_account(tx.connection, participant.number, currency, account_id),
        currency=currency,
        kind="participant_settlement",
        rule=Rule.DEBITS_MUST_NOT_EXCEED_CREDITS,
        reference=participant.code,
    )


async def pool_of(tx: Tx, currency: str) -> UUID:
    """Empty before and after every settlement."""
    return await ledger.platform_account(
        tx,
        find=lambda: queries.settlement_account(tx.connection, POOL, currency),
        lock=lambda: queries.lock_accounts(tx.connection),
        keep=lambda account_id: queries.add_settlement_account(tx.connection, POOL, currency, account_id),
        currency=currency,
        kind="multilateral_settlement",
        rule=Rule.DEBITS_MUST_NOT_EXCEED_CREDITS,
        reference=currency,
    )


async def accounts_for(tx: Tx, numbers: Iterable[int], currency: str) -> dict[int, UUID]:
    """Of those participants, and the pool's."""
    found = await queries.settlement_accounts(tx.connection, currency)
    missing = sorted({POOL, *numbers} - found.keys())
    if missing:
        participants = await queries.all_participants(tx.connection)
        for number in missing:
            opening = pool_of(tx, currency) if number == POOL else account_of(tx, participants[number], currency)
            found[number] = await opening
    return found


async def liquidity(tx: Tx, accounts: dict[int, UUID], held: Mapping[int, int] | None = None) -> dict[int, int]:
    """What may leave each account just now; nothing of one that is frozen. held: of each, what is about to be given back to it."""
    found, back = await accounts_with(tx.connection, accounts.values()), held or {}
    return {
        number: 0 if found[account_id].frozen else max(found[account_id].available + back.get(number, 0), 0)
        for number, account_id in accounts.items()
    }


async def spare_money(tx: Tx, numbers: Collection[int], currency: str) -> tuple[dict[int, UUID], dict[int, int]]:
    """Their accounts, locked after what prefunded models claim; what may leave each but for that. numbers: POOL too where it is used."""
    await prefunding_queries.lock_claims(tx.connection, currency, numbers)
    accounts = await accounts_for(tx, numbers, currency)
    for account_id in sorted(accounts[number] for number in numbers):
        await ledger.lock_account(tx, account_id)
    available = await liquidity(tx, {number: accounts[number] for number in numbers if number != POOL})
    return accounts, await prefunding_queries.spare(tx.connection, currency, available)
