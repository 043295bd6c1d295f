"""Stories of tokens and coins. The accounts of issuance and backing are moved here and nowhere else (`ledger.model.CONTROLLED`).

Tokens and the money for them move in one batch of the ledger, of equal amounts: what circulates is what is held, at every commit.
"""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from chassis.database import Tx
from chassis.direct import direct_of
from chassis.identity import Caller
from chassis.ids import encode
from finance.currencies import SCALES
from services.payments.coins.queries import rail_of
from services.payments.ledger import actions as ledger
from services.payments.ledger.batch_queries import lock_accounts
from services.payments.ledger.errors import (
    AccountControlled,
    BatchRefused,
    CurrencyMismatch,
    RuleNotOfUnit,
    UnknownAccount,
    UnknownCurrency,
    refusal_of,
)
from services.payments.ledger.model import (
    CONTROLLED,
    DEFAULT_BOOK,
    LARGEST_SUM,
    Account,
    Rule,
    TransferCommand,
    TransferKind,
)
from services.payments.ledger.queries import accounts_with
from services.payments.money_supply import queries, rules
from services.payments.money_supply.errors import (
    KeptOnChain,
    NoCoin,
    NoToken,
    UnitExists,
    UnitInUse,
    UnitUnclear,
    UnknownUnit,
)
from services.payments.money_supply.model import Movement, MovementKind, Schedule, Unit, UnitKind

ISSUE_CODE = "token.issue"
ISSUE_BACKING_CODE = "token.issue.backing"
REDEEM_CODE = "token.redeem"
REDEEM_BACKING_CODE = "token.redeem.backing"
MINT_CODE = "coin.mint"
TOLD = {MovementKind.ISSUE: "issued", MovementKind.REDEEM: "redeemed", MovementKind.MINT: "minted"}


Named = dict[str, tuple[UUID, str]]
"""Accounts that a caller names: field → id, and the unit it is to be kept in."""


class Pair(NamedTuple):
    """Tokens and the money for them, of equal amounts: posted in one batch, and recorded."""

    unit: Unit
    kind: MovementKind
    movement_id: UUID
    tokens: TransferCommand
    money: TransferCommand


class BackingBroken(AssertionError):
    """Of a token more or less circulates than is held for it: a fault of ours, and nothing of it is committed."""


async def make_unit(
    tx: Tx, caller: Caller, *, code: str, kind: UnitKind, backed_by: str | None, schedule: Schedule | None
) -> Unit:
    """A token or a coin, for good. Raises UnitUnclear, UnknownCurrency, UnitExists, UnitInUse."""
    _require_clear(code, kind, backed_by, schedule)
    if await queries.unit_with(tx.connection, code) is not None:
        raise UnitExists("there is a unit of this code", field="code")
    if await queries.is_unfit(tx.connection, code, DEFAULT_BOOK):
        raise UnitInUse("accounts of this unit may go below zero, or are of another book", field="code")
    try:
        issuance = await _open_issuance(tx, code)
    except RuleNotOfUnit:
        # Made by another since we looked.
        raise UnitExists("there is a unit of this code", field="code") from None
    backing = None if backed_by is None else await _open_backing(tx, code, backed_by)
    unit = Unit(code, kind, issuance.id, backed_by, backing.id if backing else None, schedule, tx.now)
    if not await queries.add_unit(tx.connection, unit):
        raise UnitExists("there is a unit of this code", field="code")
    tx.events.add("payments.unit.made.v1", code, {"unit": code, "kind": kind.value})
    return unit


def _require_clear(code: str, kind: UnitKind, backed_by: str | None, schedule: Schedule | None) -> None:
    """Raises UnitUnclear, UnknownCurrency."""
    token = kind is UnitKind.TOKEN
    if token != (backed_by is not None) or token == (schedule is not None):
        raise UnitUnclear("a token is backed by money, a coin has a schedule", field="kind")
    if schedule is not None and rules.released_ever(schedule) > LARGEST_SUM:
        raise UnitUnclear("the schedule releases more than the ledger can count", field="schedule")
    if token and code in SCALES:
        raise UnitUnclear("this is the code of money, not of a token", field="code")
    if backed_by is not None and (backed_by not in SCALES or backed_by == "BTC"):
        raise UnknownCurrency("a token is backed by money", field="backed_by")


async def _open_issuance(tx: Tx, code: str) -> Account:
    """Burned never exceeds issued, by the account's own rule."""
    return await ledger.open_account(
        tx,
        account_id=ledger.new_account_id(tx),
        currency=code,
        kind="issuance",
        owner=ledger.PLATFORM,
        rule=Rule.CREDITS_MUST_NOT_EXCEED_DEBITS,
        reference=code,
    )


async def _open_backing(tx: Tx, code: str, currency: str) -> Account:
    return await ledger.open_account(
        tx,
        account_id=ledger.new_account_id(tx),
        currency=currency,
        kind="backing",
        owner=ledger.PLATFORM,
        rule=Rule.DEBITS_MUST_NOT_EXCEED_CREDITS,
        reference=code,
    )


async def issue_tokens(
    tx: Tx,
    caller: Caller,
    *,
    code: str,
    amount: int,
    money_account_id: UUID,
    token_account_id: UUID,
    parties: frozenset[str] | None,
) -> Movement:
    """Money of the payer is set aside and as many tokens are issued. Raises UnknownUnit, NoToken, and what the ledger refuses."""
    named = await _named(tx, code, money_account_id, token_account_id, "money_account_id", parties)
    pair = await issue_pair(
        tx, code=code, amount=amount, money_account_id=money_account_id, token_account_id=token_account_id
    )
    return await post_pair(tx, caller, pair, named)


async def redeem_tokens(
    tx: Tx,
    caller: Caller,
    *,
    code: str,
    amount: int,
    token_account_id: UUID,
    money_account_id: UUID,
    parties: frozenset[str] | None,
) -> Movement:
    """Tokens are burned and the money for them goes to whoever is meant: their holder, or whom she pays with them."""
    named = await _named(tx, code, money_account_id, token_account_id, "token_account_id", parties)
    pair = await redeem_pair(
        tx, code=code, amount=amount, token_account_id=token_account_id, money_account_id=money_account_id
    )
    return await post_pair(tx, caller, pair, named)


async def issue_pair(
    tx: Tx,
    *,
    code: str,
    amount: int,
    money_account_id: UUID,
    token_account_id: UUID,
    money_code: str = ISSUE_BACKING_CODE,
    money_reference: str | None = None,
) -> Pair:
    """Money set aside and tokens for it, to be posted in one batch and then recorded. Raises UnknownUnit, NoToken.

    money_code, money_reference: of the story whose money it is.
    """
    unit, backing_id, backed_by = await _token(tx, code)
    movement_id = tx.ids.new()
    reference = encode("umv", movement_id)
    money = moved(tx, money_code, money_reference or reference, money_account_id, backing_id, amount, backed_by)
    tokens = moved(tx, ISSUE_CODE, reference, unit.issuance_account_id, token_account_id, amount, code)
    return Pair(unit, MovementKind.ISSUE, movement_id, tokens, money)


async def redeem_pair(
    tx: Tx,
    *,
    code: str,
    amount: int,
    token_account_id: UUID,
    money_account_id: UUID,
    money_code: str = REDEEM_BACKING_CODE,
    money_reference: str | None = None,
) -> Pair:
    """Tokens burned and the money held for them given away, likewise."""
    unit, backing_id, backed_by = await _token(tx, code)
    movement_id = tx.ids.new()
    reference = encode("umv", movement_id)
    tokens = moved(tx, REDEEM_CODE, reference, token_account_id, unit.issuance_account_id, amount, code)
    money = moved(tx, money_code, money_reference or reference, backing_id, money_account_id, amount, backed_by)
    return Pair(unit, MovementKind.REDEEM, movement_id, tokens, money)


async def post_pair(tx: Tx, caller: Caller, pair: Pair, named: Named) -> Movement:
    """Both sides or none. Raises the ledger's first refusal."""
    commands = [pair.money, pair.tokens] if pair.kind is MovementKind.ISSUE else [pair.tokens, pair.money]
    await _post(tx, commands, named)
    (movement,) = await record_pairs(tx, caller.party, [pair])
    return movement


async def record_pairs(tx: Tx, made_by: str, pairs: Sequence[Pair]) -> list[Movement]:
    """Of pairs that were posted; when all are recorded, as much is held for each unit as circulates of it."""
    return [await _recorded(tx, made_by, one.unit, one.kind, one.movement_id, one.tokens, one.money) for one in pairs]


async def mint_coins(tx: Tx, caller: Caller, *, code: str, amount: int, account_id: UUID, height: int) -> Movement:
    """Coins that the chain has released up to a height. Raises UnknownUnit, NoCoin, BeyondSchedule, and what the ledger refuses."""
    unit = await _unit(tx, code)
    if unit.schedule is None:
        raise NoCoin("a token is issued against money", field="unit")
    named = {"account_id": (account_id, code)}
    await _require_named(tx, named, "account_id", None)
    # Locked before it is read: of two that mint at once the second sees what the first has made.
    locked = await lock_accounts(await direct_of(tx.connection), unit.book_id, [unit.issuance_account_id, account_id])
    if await rail_of(tx.connection, code) is not None:
        raise KeptOnChain("of it there is what came to our addresses", field="unit")
    issued = locked[unit.issuance_account_id].balance.debits_posted
    rules.require_scheduled(unit.schedule, issued, amount, height)
    movement_id = tx.ids.new()
    coins = moved(tx, MINT_CODE, encode("umv", movement_id), unit.issuance_account_id, account_id, amount, code)
    await _post(tx, [coins], named)
    return await _recorded(tx, caller.party, unit, MovementKind.MINT, movement_id, coins, None, height)


async def _unit(tx: Tx, code: str) -> Unit:
    unit = await queries.unit_with(tx.connection, code)
    if unit is None:
        raise UnknownUnit("no such unit", field="unit")
    return unit


async def _token(tx: Tx, code: str) -> tuple[Unit, UUID, str]:
    """The unit, its account of backing and the currency of that. Raises UnknownUnit, NoToken."""
    unit = await _unit(tx, code)
    if unit.backing_account_id is None or unit.backed_by is None:
        raise NoToken("of a coin there is what its schedule released", field="unit")
    return unit, unit.backing_account_id, unit.backed_by


async def _named(
    tx: Tx, code: str, money_account_id: UUID, token_account_id: UUID, own: str, parties: frozenset[str] | None
) -> Named:
    _, _, backed_by = await _token(tx, code)
    named = {"money_account_id": (money_account_id, backed_by), "token_account_id": (token_account_id, code)}
    await _require_named(tx, named, own, parties)
    return named


async def _require_named(tx: Tx, named: Named, own: str, parties: frozenset[str] | None) -> None:
    """The one called `own` is the caller's. Raises UnknownAccount, CurrencyMismatch, AccountControlled."""
    found = await accounts_with(tx.connection, [account_id for account_id, _ in named.values()])
    for field, (account_id, currency) in named.items():
        account = found.get(account_id)
        if account is None or (field == own and parties is not None and account.owner not in parties):
            raise UnknownAccount("no such account, or not one to be debited by this caller", field=field)
        if account.currency != currency:
            raise CurrencyMismatch("the account is kept in another unit", field=field)
        if account.kind in CONTROLLED:
            raise AccountControlled("the account is moved by its own story alone", field=field)


async def _post(tx: Tx, commands: Sequence[TransferCommand], named: Named) -> None:
    """Both sides or none. Raises the ledger's first refusal, its field said in the words of the request."""
    for command, outcome in zip(commands, await ledger.attempt(tx, commands, controls=CONTROLLED), strict=True):
        if outcome.accepted or outcome.result == BatchRefused.code:
            continue
        refusal = refusal_of(outcome)
        refusal.facts.pop("id", None)
        fields = {account_id: field for field, (account_id, _) in named.items()}
        if outcome.field in ("debit_account_id", "credit_account_id"):
            refusal.field = fields.get(getattr(command, outcome.field), outcome.field)
        raise refusal


def moved(
    tx: Tx, code: str, reference: str, debit_id: UUID, credit_id: UUID, amount: int, currency: str
) -> TransferCommand:
    """At once, under a new id."""
    return TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.SINGLE,
        code=code,
        reference=reference,
        debit_account_id=debit_id,
        credit_account_id=credit_id,
        amount=amount,
        currency=currency,
    )


async def _recorded(
    tx: Tx,
    made_by: str,
    unit: Unit,
    kind: MovementKind,
    movement_id: UUID,
    units: TransferCommand,
    money: TransferCommand | None,
    height: int | None = None,
) -> Movement:
    assert units.amount is not None
    made = Movement(
        movement_id, unit.code, kind, units.amount, height, units.id, money.id if money else None, made_by, tx.now
    )
    await queries.add_movement(tx.connection, made)
    if not await queries.is_backed(tx.connection, unit.code):
        raise BackingBroken(unit.code)
    told = {"movement_id": encode("umv", made.id), "unit": unit.code, "kind": kind.value, "amount": made.amount}
    tx.events.add(f"payments.unit.{TOLD[kind]}.v1", encode("umv", made.id), told)
    return made
