"""Stories of a coin's rail, its addresses and accounts. Locks: the rail first, the ledger's accounts last."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.cards.actions import customer_of
from services.payments.coins import queries, regulation_queries, rules
from services.payments.coins.errors import (
    AddressesExhausted,
    CoinsMinted,
    DepositsStopped,
    LossSmaller,
    NotCoin,
    RailExists,
    TooManyAddresses,
    UnknownRail,
)
from services.payments.coins.model import CoinAccount, CoinAddress, Rail, Regulation
from services.payments.holders.freezing import freeze_new_wallet
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import CONTROLLED, Rule, TransferCommand
from services.payments.money_supply import actions as units
from services.payments.money_supply.errors import UnknownUnit
from services.payments.money_supply.queries import movements_of, unit_with

COVER_CODE = "coin.loss.cover"


async def open_rail(tx: Tx, caller: Caller, *, unit: str, network: str) -> Rail:
    """A coin is kept on its chain from now on, for good. Raises UnknownUnit, NotCoin, CoinsMinted, RailExists."""
    made = await unit_with(tx.connection, unit)
    if made is None:
        raise UnknownUnit("no such unit", field="unit")
    if made.schedule is None:
        raise NotCoin("a token has no chain", field="unit")
    # Locked as a mint locks it: none is on its way.
    await ledger.lock_account(tx, made.issuance_account_id)
    if await movements_of(tx.connection, unit, None, None, 1):
        raise CoinsMinted("what was minted by hand is at no address of ours", field="unit")
    rail = Rail(
        id=tx.ids.new(),
        unit=unit,
        network=network,
        issuance_account_id=made.issuance_account_id,
        fees_account_id=ledger.new_account_id(tx),
        loss_account_id=ledger.new_account_id(tx),
        cursor="",
        height=-1,
        best_block="",
        outputs=0,
        turn=0,
        difference=0,
        proved_at=None,
        scanned_at=None,
        due_at=tx.now,
        last_day=None,
        opened_at=tx.now,
    )
    if not await queries.add_rail(tx.connection, rail):
        raise RailExists("the coin is kept on its chain already", field="unit")
    await _account(tx, rail.fees_account_id, unit, "coin_fees", ledger.PLATFORM)
    await ledger.open_account(
        tx,
        account_id=rail.loss_account_id,
        currency=unit,
        kind="coin_loss",
        owner=ledger.PLATFORM,
        rule=Rule.CREDITS_MUST_NOT_EXCEED_DEBITS,
        reference=unit,
    )
    tx.events.add("payments.coin.rail_opened.v1", encode("crl", rail.id), {"unit": unit, "network": network})
    return rail


async def _account(tx: Tx, account_id: UUID, unit: str, kind: str, owner: str) -> None:
    await ledger.open_account(
        tx,
        account_id=account_id,
        currency=unit,
        kind=kind,
        owner=owner,
        rule=Rule.DEBITS_MUST_NOT_EXCEED_CREDITS,
        reference=unit,
    )


async def locked_rail(tx: Tx, unit: str) -> Rail:
    """Raises UnknownRail."""
    rail = await queries.rail_of(tx.connection, unit, lock=True)
    if rail is None:
        raise UnknownRail("the unit is not kept on a chain here", field="unit")
    return rail


async def regulation_today(tx: Tx, unit: str) -> Regulation | None:
    return await regulation_queries.in_force(tx.connection, Regulation, unit, tx.today)


async def keep_addresses(tx: Tx, caller: Caller, *, unit: str, made: Sequence[str], first: int) -> None:
    """Addresses of ours that the node has made, to be taken one by one."""
    addresses = [CoinAddress(address, unit, first + place, None, None) for place, address in enumerate(made)]
    await queries.add_addresses(tx.connection, addresses)


async def take_address(tx: Tx, caller: Caller, *, unit: str) -> CoinAddress:
    """An address of her own, to be used as often as anybody likes; her account of the coin is opened with the first.

    Raises UnknownRail, DepositsStopped, TooManyAddresses, AddressesExhausted.
    """
    customer_id = customer_of(caller)
    await locked_rail(tx, unit)
    if rules.is_regulated(await regulation_today(tx, unit)):
        raise DepositsStopped("the coin takes no new deposits", field="unit")
    taken = await queries.addresses_of(tx.connection, customer_id, unit, None, rules.MOST_ADDRESSES)
    if len(taken) == rules.MOST_ADDRESSES:
        raise TooManyAddresses(f"nobody has more than {rules.MOST_ADDRESSES} of a coin", field="unit")
    free = await queries.free_address(tx.connection, unit)
    if free is None:
        raise AddressesExhausted("there is no address left just now; try again", field="unit")
    account = CoinAccount(unit, customer_id, ledger.new_account_id(tx), tx.now)
    if await queries.add_account(tx.connection, account):
        await _account(tx, account.account_id, unit, "coin_wallet", encode("cus", customer_id))
        await freeze_new_wallet(tx, customer_id=customer_id, account_id=account.account_id)
    address = replace(free, customer_id=customer_id, taken_at=tx.now)
    await queries.save_address(tx.connection, address)
    return address


async def cover_loss(tx: Tx, caller: Caller, *, unit: str, amount: int) -> Rail:
    """The platform makes good what it bears, out of the fees it earned. Raises UnknownRail, LossSmaller, InsufficientFunds."""
    rail = await locked_rail(tx, unit)
    loss = await ledger.lock_account(tx, rail.loss_account_id)
    if amount > loss.settled:
        raise LossSmaller("no more is covered than was lost", field="amount", lost=loss.settled)
    command = moved(tx, rail, COVER_CODE, encode("crl", rail.id), rail.fees_account_id, rail.loss_account_id, amount)
    await ledger.post(tx, [command], controls=CONTROLLED)
    return rail


def moved(
    tx: Tx, rail: Rail, code: str, reference: str, debit_id: UUID, credit_id: UUID, amount: int
) -> TransferCommand:
    return units.moved(tx, code, reference, debit_id, credit_id, amount, rail.unit)
