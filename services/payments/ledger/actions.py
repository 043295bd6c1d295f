"""Stories of the ledger: transfers made within another story, accounts opened, frozen, released and closed, holds that expire."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from chassis.database import Tx
from chassis.direct import direct_of
from chassis.identity import Caller
from chassis.ids import encode, uuid7, with_book
from finance.currencies import SCALES
from services.payments.ledger import keeping_queries, metadata_queries, month_queries, queries
from services.payments.ledger.batch_queries import lock_accounts
from services.payments.ledger.batches import decide, decide_and_write
from services.payments.ledger.errors import (
    AccountNotEmpty,
    CodeReserved,
    InFuture,
    KindReserved,
    NoLimitToFreeze,
    NotFrozen,
    OwnerNotAllowed,
    RuleNotOfUnit,
    UnitInAnotherBook,
    UnknownAccount,
    UnknownCurrency,
    batch_refusal,
    refusal_of,
)
from services.payments.ledger.model import (
    CONTROLLED,
    DEFAULT_BOOK,
    Account,
    AccountMetadata,
    Hold,
    Metadata,
    Outcome,
    Posting,
    Rule,
    Transfer,
    TransferCommand,
    TransferKind,
    book_of,
)
from services.payments.ledger.months import months_to_make
from services.payments.ledger.rules import TICK
from services.payments.money_supply.queries import unit_with

_OF_SETTLEMENT = ("merchant_proceeds", "merchant_reserve", "fee_income", "refund_advance")
_OF_RETURNED_MONEY = ("receivable", "dispute_fee", "written_off")
_OF_CLEARING = ("participant_settlement", "multilateral_settlement")
_OF_CUSTOMERS = ("wallet", "merchant", "purse", "campaign_budget", "payout_batch", "risk_parking")
_OF_UNITS = ("token_wallet", "coin_wallet", "coin_fees")
RESERVED_KINDS = frozenset(
    {
        "reserve",
        "clearing",
        "card_returns",
        *_OF_CUSTOMERS,
        *_OF_SETTLEMENT,
        *_OF_RETURNED_MONEY,
        *_OF_CLEARING,
        *_OF_UNITS,
        *CONTROLLED,
    }
)
RESERVED_CODES = ("escrow.", "clearing.")
"""Codes under which money leaves a frozen account: only the stories they belong to use them."""
PLATFORM = "payments"
"""Owner of the accounts that stories open for the platform itself."""
EXPIRY_CODE = "hold.expiry"
EXPIRY_BATCH = 1000
KEEP_REFUSALS_DAYS = 90
FORGET_BATCH = 5000


async def post(
    tx: Tx, commands: Sequence[TransferCommand], *, controls: frozenset[str] = frozenset()
) -> list[Transfer]:
    """Make transfers within a story, all or none, whoever owns the accounts. controls: as of `attempt`. Raises the first refusal."""
    return _made(await attempt(tx, commands, controls=controls))


def _made(outcomes: list[Outcome]) -> list[Transfer]:
    """Raises the first refusal."""
    if all(outcome.accepted for outcome in outcomes):
        return [outcome.transfer for outcome in outcomes if outcome.transfer is not None]
    raise refusal_of(outcomes[0]) if len(outcomes) == 1 else batch_refusal(outcomes)


async def attempt(
    tx: Tx,
    commands: Sequence[TransferCommand],
    *,
    atomic: bool = True,
    parties: frozenset[str] | None = None,
    controls: frozenset[str] = frozenset(),
) -> list[Outcome]:
    """Make transfers within a story, all or none or each by itself; the outcome of each, what a refusal spent being written down.

    parties: whose accounts may be debited, None for anybody's; controls: kinds of controlled accounts whose story this is.
    """
    (outcomes,) = await decide_and_write(tx, [Posting(tuple(commands), atomic, parties, controls)])
    return outcomes


async def foresee(tx: Tx, postings: Sequence[Posting]) -> list[list[Outcome]]:
    """What the ledger would say now: nothing is locked, written or spent."""
    return await decide(tx, postings)


def require_code(caller: Caller, code: str) -> None:
    """By whichever door a caller names it. Raises CodeReserved."""
    if code.startswith(RESERVED_CODES) and not caller.may("payments:operate"):
        raise CodeReserved("this code belongs to a story of payments", field="code")


def new_account_id(tx: Tx, book_id: int = DEFAULT_BOOK) -> UUID:
    return with_book(tx.ids.new(), book_id)


def new_transfer_id(tx: Tx, book_id: int = DEFAULT_BOOK) -> UUID:
    return with_book(tx.ids.new(), book_id)


async def open_account(
    tx: Tx,
    *,
    account_id: UUID,
    currency: str,
    kind: str,
    owner: str,
    rule: Rule,
    reference: str = "",
    opened_at: datetime | None = None,
    metadata: Metadata | None = None,
) -> Account:
    """Within a story that has decided whose it is. The id carries its book. opened_at: of one that is imported; metadata: from then on.

    Raises RuleNotOfUnit, UnitInAnotherBook.
    """
    unit = await unit_with(tx.connection, currency)
    # What a chain took back and nobody has any more stands on the one account of a coin that is in debt.
    if unit is not None and rule is not Rule.DEBITS_MUST_NOT_EXCEED_CREDITS and kind != "coin_loss":
        raise RuleNotOfUnit("no account of this unit goes below zero", field="rule")
    if unit is not None and unit.book_id != book_of(account_id):
        raise UnitInAnotherBook("the unit lives in another book", field="book_id")
    account = Account(account_id, currency, kind, owner, rule, reference=reference, opened_at=opened_at or tx.now)
    await queries.add_account(tx.connection, account)
    if metadata:
        account.metadata = metadata
        version = AccountMetadata(metadata, opened_at or tx.now, owner)
        await metadata_queries.add_metadata(tx.connection, account_id, version)
    await queries.add_step(tx.connection, tx.ids.new(), account_id, "opened", "", owner, tx.now)
    told = {
        "account_id": encode("acc", account_id),
        "kind": kind,
        "owner": owner,
        "currency": currency,
        "book_id": account.book_id,
    }
    tx.events.add("payments.account.opened.v1", encode("acc", account_id), told)
    return account


async def platform_account(
    tx: Tx,
    *,
    find: Callable[[], Awaitable[UUID | None]],
    lock: Callable[[], Awaitable[None]],
    keep: Callable[[UUID], Awaitable[None]],
    currency: str,
    kind: str,
    rule: Rule,
    reference: str,
    book_id: int = DEFAULT_BOOK,
) -> UUID:
    """One of the platform's own, opened when a story first needs it, and kept by that story.

    find: the one that is kept; lock: stories that open one take turns; keep: the new one.
    """
    held = await find()
    if held is None:
        await lock()
        # Another one may have opened it meanwhile.
        held = await find()
    if held is not None:
        return held
    account_id = new_account_id(tx, book_id)
    await open_account(
        tx, account_id=account_id, currency=currency, kind=kind, owner=PLATFORM, rule=rule, reference=reference
    )
    await keep(account_id)
    return account_id


async def open_own_account(
    tx: Tx,
    caller: Caller,
    *,
    currency: str,
    kind: str,
    owner: str | None,
    rule: Rule,
    reference: str,
    book_id: int,
    opened_at: datetime | None,
    metadata: Metadata | None,
) -> Account:
    """A party opens an account for itself, operators for anybody, and in the past.

    Raises KindReserved, UnknownCurrency, OwnerNotAllowed, InFuture.
    """
    operator = caller.may("payments:operate")
    if currency not in SCALES and await unit_with(tx.connection, currency) is None:
        raise UnknownCurrency("no currency or unit of this code is known", field="currency")
    if kind in RESERVED_KINDS:
        raise KindReserved("accounts of this kind are opened by the story they belong to", field="kind")
    if owner not in (None, caller.party) and not operator:
        raise OwnerNotAllowed("only operators open accounts of others", field="owner")
    if rule is not Rule.DEBITS_MUST_NOT_EXCEED_CREDITS and not operator and caller.customer is not None:
        raise OwnerNotAllowed("a customer's account never goes below zero", field="rule")
    if opened_at is not None and not operator:
        raise OwnerNotAllowed("only operators import accounts", field="opened_at")
    if opened_at is not None and opened_at > tx.now:
        raise InFuture("an account cannot have been opened in the future", field="opened_at")
    return await open_account(
        tx,
        account_id=new_account_id(tx, book_id),
        currency=currency,
        kind=kind,
        owner=owner or caller.party,
        rule=rule,
        reference=reference,
        opened_at=opened_at,
        metadata=metadata,
    )


async def account_with(tx: Tx, account_id: UUID) -> Account:
    """Raises UnknownAccount."""
    found = await queries.accounts_with(tx.connection, [account_id])
    if account_id not in found:
        raise UnknownAccount("no such account")
    return found[account_id]


async def freeze_account(tx: Tx, caller: Caller, *, account_id: UUID, reason: str, amount: int | None) -> Account:
    """Nothing new leaves the account from now on, or nothing of an amount; what comes in is accepted.

    Frozen twice is frozen; an amount takes the place of the one before, beside what stories keep there. Raises NoLimitToFreeze.
    """
    account = await _locked(tx, account_id)
    if amount is not None and account.rule is not Rule.DEBITS_MUST_NOT_EXCEED_CREDITS:
        raise NoLimitToFreeze("the account has no balance of which an amount could stay", field="amount")
    wanted = None if amount is None else amount + await keeping_queries.kept_on(tx.connection, account_id)
    if account.frozen if wanted is None else account.frozen_amount == wanted:
        return account
    account.frozen, account.frozen_amount = account.frozen or wanted is None, wanted or account.frozen_amount
    await _changed(tx, caller, account, "frozen", reason, amount)
    return account


async def release_account(tx: Tx, caller: Caller, *, account_id: UUID, reason: str) -> Account:
    """Of the whole account and of an amount; what stories keep there stays. Raises NotFrozen."""
    account = await _locked(tx, account_id)
    kept = await keeping_queries.kept_on(tx.connection, account_id)
    if not (account.frozen or account.frozen_amount > kept):
        raise NotFrozen("the account is not frozen")
    account.frozen, account.frozen_amount = False, kept
    await _changed(tx, caller, account, "released", reason)
    return account


async def lock_account(tx: Tx, account_id: UUID) -> Account:
    """The account as it is, nobody else moving it until the story ends. Raises UnknownAccount."""
    return await _locked(tx, account_id)


async def keep_amount(tx: Tx, caller: Caller, *, account: Account, amount: int, reason: str) -> Account:
    """So much stays on the account for a story's sake, beside what operators froze; it takes the place of what was kept before.

    It may exceed the balance and catches what comes in. account: as `lock_account` gave it. 0: nothing is kept any more.
    """
    kept = await keeping_queries.kept_on(tx.connection, account.id)
    if kept == amount:
        return account
    await keeping_queries.keep(tx.connection, account.id, amount)
    account.frozen_amount += amount - kept
    step = "frozen" if account.frozen or account.frozen_amount else "released"
    await _changed(tx, caller, account, step, reason, account.frozen_amount or None)
    return account


async def attempt_promised(tx: Tx, *, account_id: UUID, commands: Sequence[TransferCommand]) -> list[Outcome]:
    """As `attempt`, whatever is kept for a story on the account: of holds made before it was kept, and of what it is kept for."""
    account = await _locked(tx, account_id)
    kept = await keeping_queries.kept_on(tx.connection, account_id)
    if not kept:
        return await attempt(tx, commands)
    await queries.save_state(tx.connection, replace(account, frozen_amount=account.frozen_amount - kept))
    outcomes = await attempt(tx, commands)
    await queries.save_state(tx.connection, account)
    return outcomes


async def post_promised(tx: Tx, *, account_id: UUID, commands: Sequence[TransferCommand]) -> list[Transfer]:
    """The same, all or none, as `post`. Raises the first refusal."""
    return _made(await attempt_promised(tx, account_id=account_id, commands=commands))


async def close_account(tx: Tx, caller: Caller, *, account_id: UUID, reason: str) -> Account:
    """For good: an empty account takes and gives nothing any more. Raises UnknownAccount, KindReserved, AccountNotEmpty."""
    account = await _locked(tx, account_id)
    if account.owner != caller.party and not caller.may("payments:operate"):
        raise UnknownAccount("no such account")
    if account.kind in RESERVED_KINDS or account.owner == PLATFORM:
        raise KindReserved("money may be on its way to it: it ends with the record it belongs to", field="account_id")
    if account.closed:
        return account
    if account.settled or account.balance.debits_pending or account.balance.credits_pending:
        raise AccountNotEmpty("only an account without money and holds can be closed")
    account.closed = True
    await _changed(tx, caller, account, "closed", reason)
    return account


async def replace_metadata(tx: Tx, caller: Caller, *, account_id: UUID, metadata: Metadata) -> Account:
    """All of it, by the account's owner or an operator; what was there before stays known. The same again changes nothing.

    Raises UnknownAccount.
    """
    account = await _locked(tx, account_id)
    if account.owner != caller.party and not caller.may("payments:operate"):
        raise UnknownAccount("no such account", field="account_id")
    if (account.metadata or {}) == metadata:
        return account
    last = await metadata_queries.metadata_versions(tx.connection, account_id, None, 1)
    # Versions ascend, whatever the clock says.
    recorded_at = max(tx.now, last[0].recorded_at + TICK) if last else tx.now
    await metadata_queries.add_metadata(
        tx.connection, account_id, AccountMetadata(metadata, recorded_at, caller.subject)
    )
    account.metadata = metadata
    told = {"account_id": encode("acc", account_id)}
    tx.events.add("payments.account.metadata_replaced.v1", encode("acc", account_id), told)
    return account


async def expire_holds(tx: Tx, caller: Caller) -> int:
    """Give back a slice of the holds whose time is over; how many there were."""
    due = await queries.expired_holds(tx.connection, tx.now, EXPIRY_BATCH)
    if due:
        await decide_and_write(tx, [Posting(tuple(_expiry(hold) for hold in due))])
    return len(due)


async def months_missing(tx: Tx, caller: Caller) -> list[date]:
    """Months of now and soon that have no partition."""
    return months_to_make(tx.now, await month_queries.spans(tx.connection))


async def make_month(tx: Tx, caller: Caller, *, month: date) -> str:
    return await month_queries.make_month(tx.connection, month)


async def forget_refusals(tx: Tx, caller: Caller, *, before: datetime) -> int:
    return await queries.forget_refusals(tx.connection, before, FORGET_BATCH)


def _expiry(hold: Hold) -> TransferCommand:
    """Its id follows from the hold's, so that two who find the same hold make one transfer."""
    assert hold.expires_at is not None
    entropy = hashlib.blake2b(b"expiry\0" + hold.id.bytes, digest_size=10).digest()
    return TransferCommand(
        id=with_book(uuid7(hold.expires_at, entropy), book_of(hold.id)),
        kind=TransferKind.EXPIRE,
        code=EXPIRY_CODE,
        pending_id=hold.id,
    )


async def _locked(tx: Tx, account_id: UUID) -> Account:
    found = await lock_accounts(await direct_of(tx.connection), book_of(account_id), [account_id])
    if account_id not in found:
        raise UnknownAccount("no such account")
    last = await metadata_queries.metadata_versions(tx.connection, account_id, None, 1)
    found[account_id].metadata = last[0].metadata if last else None
    return found[account_id]


async def _changed(tx: Tx, caller: Caller, account: Account, step: str, reason: str, amount: int | None = None) -> None:
    await queries.save_state(tx.connection, account)
    await queries.add_step(tx.connection, tx.ids.new(), account.id, step, reason, caller.subject, tx.now, amount)
    told = {"account_id": encode("acc", account.id), "reason": reason} | ({} if amount is None else {"amount": amount})
    tx.events.add(f"payments.account.{step}.v1", encode("acc", account.id), told)
