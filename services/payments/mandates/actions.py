"""Stories of a mandate: asked for by a payee, signed by the customer with four factors, suspended, revoked, expired.

A mandate's row is locked before its debits are: what it allows is counted under that lock.
"""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from chassis.clock import start_of_day
from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.cards.actions import bound_card, customer_of
from services.payments.cards.vault import CardVault
from services.payments.holders.queries import identity_of
from services.payments.holders.vault import IdentityVault
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import Rule
from services.payments.mandates import queries, rules
from services.payments.mandates.errors import (
    BeyondValidity,
    CapsUnclear,
    IdentityMissing,
    MandateCurrencyDiffers,
    MandateNotOpen,
    PayeeUnclear,
    UnknownMandate,
)
from services.payments.mandates.model import LIVE, Debit, Factors, Mandate, MandateState, Scope, Source
from services.payments.merchants.actions import own_merchant
from services.payments.risk import actions as risk
from services.payments.wallets.actions import own_wallet

END_BATCH = 200
OPEN = LIVE | {MandateState.REQUESTED}


async def request_mandate(
    tx: Tx, caller: Caller, *, customer_id: UUID, merchant_id: UUID | None, account_id: UUID | None, scope: Scope
) -> Mandate:
    """A payee asks a customer to let it debit her, to a merchant or an account of its own.

    Raises PayeeUnclear, UnknownMerchant, CapsUnclear, MandateCurrencyDiffers, BeyondValidity.
    """
    if scope.max_per_debit > scope.max_per_period:
        raise CapsUnclear("a debit may not be more than a period", field="max_per_debit")
    if scope.valid_until < tx.today:
        raise BeyondValidity("that day is over", field="valid_until")
    payee_account = await _payee_account(tx, caller, merchant_id, account_id, scope.currency)
    mandate = Mandate(
        id=tx.ids.new(),
        customer_id=customer_id,
        payee=caller.party,
        account_id=payee_account,
        purpose=scope.purpose,
        currency=scope.currency,
        max_per_debit=scope.max_per_debit,
        period=scope.period,
        max_per_period=scope.max_per_period,
        notice_days=scope.notice_days,
        retry_days=list(scope.retry_days),
        valid_until=scope.valid_until,
        state=MandateState.REQUESTED,
        source=None,
        card_id=None,
        wallet_account_id=None,
        tries=0,
        refusal_code=None,
        requested_at=tx.now,
        signed_at=None,
        due_at=tx.now + rules.SIGN_WITHIN,
        ended_at=None,
        ended_by=None,
    )
    await queries.add_mandate(tx.connection, mandate)
    _tell(tx, mandate)
    return mandate


async def sign_mandate(
    tx: Tx,
    caller: Caller,
    *,
    mandate_id: UUID,
    factors: Factors,
    card_id: UUID,
    source: Source,
    cards: CardVault,
    identities: IdentityVault,
) -> Mandate:
    """The customer signs. Wrong factors cost a try, and the fifth ends it.

    Raises UnknownMandate, MandateNotOpen, IdentityMissing, the refusals of cards and wallets.
    """
    customer_id = customer_of(caller)
    mandate = await _of_customer(tx, caller, mandate_id)
    if mandate.state is not MandateState.REQUESTED or mandate.due_at is None or mandate.due_at <= tx.now:
        raise MandateNotOpen(f"the mandate is {mandate.state}", state=str(mandate.state))
    card = await bound_card(tx, caller, card_id)
    identity = await identity_of(tx.connection, customer_id)
    if identity is None:
        raise IdentityMissing("declare who you are first")
    if not rules.agrees(factors, identities.open(identity), cards.open(card)):
        return await _tried(tx, mandate)
    wallet_account = None
    if source is Source.WALLET:
        wallet_account = (await own_wallet(tx, caller, wallet_id=None, currency=mandate.currency)).account_id
    signed = replace(
        mandate,
        state=MandateState.ACTIVE,
        source=source,
        card_id=card.id,
        wallet_account_id=wallet_account,
        refusal_code=None,
        signed_at=tx.now,
        due_at=start_of_day(mandate.valid_until + timedelta(days=1), tx.settings.zone),
    )
    return await _saved(tx, signed)


async def revoke_mandate(tx: Tx, caller: Caller, *, mandate_id: UUID) -> Mandate:
    """By the customer, the payee or operators, for good: what waits is cancelled. Revoked twice is revoked.

    Raises UnknownMandate, MandateNotOpen.
    """
    mandate = await _locked(tx, mandate_id)
    party = mandate.payee == caller.party or mandate.customer_id == caller.customer
    if not (party or caller.may("payments:operate")):
        raise UnknownMandate("no such mandate")
    if mandate.state is MandateState.REVOKED:
        return mandate
    if mandate.state not in OPEN:
        raise MandateNotOpen(f"the mandate is {mandate.state}", state=str(mandate.state))
    revoked = replace(mandate, state=MandateState.REVOKED, due_at=None, ended_at=tx.now, ended_by=caller.subject)
    await _cancel(tx, {revoked.id: revoked}, "mandate_revoked")
    return await _saved(tx, revoked)


async def suspend_mandate(tx: Tx, caller: Caller, *, mandate_id: UUID) -> Mandate:
    """The customer stops it for a while. Raises UnknownMandate, MandateNotOpen."""
    return await _switched(tx, caller, mandate_id, MandateState.ACTIVE, MandateState.SUSPENDED)


async def resume_mandate(tx: Tx, caller: Caller, *, mandate_id: UUID) -> Mandate:
    """Raises UnknownMandate, MandateNotOpen."""
    return await _switched(tx, caller, mandate_id, MandateState.SUSPENDED, MandateState.ACTIVE)


async def end_due_mandates(tx: Tx, caller: Caller) -> int:
    """A slice of those not signed in time or past their last day; how many there were."""
    ended = {mandate.id: mandate for mandate in await queries.end_due(tx.connection, tx.now, END_BATCH)}
    await _cancel(tx, ended, "mandate_expired")
    for mandate in ended.values():
        _tell(tx, mandate)
    return len(ended)


def tell_debit(tx: Tx, mandate: Mandate, debit: Debit) -> None:
    told = {
        "debit_id": encode("mdb", debit.id),
        "mandate_id": encode("mdt", mandate.id),
        "customer_id": encode("cus", mandate.customer_id),
        "payee": mandate.payee,
        "number": debit.number,
        "amount": debit.amount,
        "currency": debit.currency,
        "planned_on": debit.planned_on.isoformat(),
        "next_on": debit.counted_on.isoformat() if debit.due_at is not None else None,
        "failure_code": debit.failure_code,
        "late": debit.late,
    }
    tx.events.add(f"payments.mandate_debit.{debit.state}.v1", encode("mdb", debit.id), told)


async def _payee_account(
    tx: Tx, caller: Caller, merchant_id: UUID | None, account_id: UUID | None, currency: str
) -> UUID:
    if (merchant_id is None) == (account_id is None):
        raise PayeeUnclear("a merchant or an account, and just one of them", field="merchant_id")
    if merchant_id is not None:
        merchant = await own_merchant(tx, caller, merchant_id)
        if merchant.currency != currency:
            raise MandateCurrencyDiffers(f"the merchant sells in {merchant.currency}", field="currency")
        return merchant.account_id
    assert account_id is not None
    account = await ledger.account_with(tx, account_id)
    if account.owner != caller.party:
        raise PayeeUnclear("the account is not your own", field="account_id")
    if account.rule is not Rule.DEBITS_MUST_NOT_EXCEED_CREDITS:
        # What comes in may have to go back: only such an account says how much of it is there.
        raise PayeeUnclear("the account may go below zero", field="account_id")
    if account.currency != currency:
        raise MandateCurrencyDiffers(f"the account is kept in {account.currency}", field="currency")
    return account.id


async def _tried(tx: Tx, mandate: Mandate) -> Mandate:
    tried = replace(mandate, tries=mandate.tries + 1, refusal_code="factors_differ")
    if tried.tries < rules.MOST_TRIES:
        await queries.save_mandate(tx.connection, tried)
        return tried
    refused = replace(tried, state=MandateState.REFUSED, due_at=None, ended_at=tx.now, ended_by="payments")
    return await _saved(tx, refused)


async def _switched(tx: Tx, caller: Caller, mandate_id: UUID, before: MandateState, after: MandateState) -> Mandate:
    mandate = await _of_customer(tx, caller, mandate_id)
    if mandate.state is after:
        return mandate
    if mandate.state is not before:
        raise MandateNotOpen(f"the mandate is {mandate.state}", state=str(mandate.state))
    return await _saved(tx, replace(mandate, state=after))


async def _cancel(tx: Tx, ended: dict[UUID, Mandate], code: str) -> None:
    cancelled = await queries.cancel_waiting(tx.connection, list(ended), code, tx.now)
    await risk.take_back(tx, [encode("mdb", debit.id) for debit in cancelled])
    for debit in cancelled:
        tell_debit(tx, ended[debit.mandate_id], debit)


async def _of_customer(tx: Tx, caller: Caller, mandate_id: UUID) -> Mandate:
    mandate = await _locked(tx, mandate_id)
    if mandate.customer_id != customer_of(caller):
        raise UnknownMandate("no such mandate")
    return mandate


async def _locked(tx: Tx, mandate_id: UUID) -> Mandate:
    mandate = await queries.mandate_with(tx.connection, mandate_id, lock=True)
    if mandate is None:
        raise UnknownMandate("no such mandate")
    return mandate


async def _saved(tx: Tx, mandate: Mandate) -> Mandate:
    await queries.save_mandate(tx.connection, mandate)
    _tell(tx, mandate)
    return mandate


def _tell(tx: Tx, mandate: Mandate) -> None:
    told = {
        "mandate_id": encode("mdt", mandate.id),
        "customer_id": encode("cus", mandate.customer_id),
        "payee": mandate.payee,
        "currency": mandate.currency,
        "state": str(mandate.state),
    }
    tx.events.add(f"payments.mandate.{mandate.state}.v1", encode("mdt", mandate.id), told)
