"""Stories of tokens in customers' hands. What is issued or burned moves with its money in one batch (`money_supply.actions`).

Locks: an order before the holding, the holding before what the customer has used of her limits, the ledger's accounts last.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.cards.actions import customer_of
from services.payments.confirmations.actions import take_confirmed_room
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import Rule, TransferCommand, TransferKind
from services.payments.money_supply import actions as units
from services.payments.money_supply.actions import Pair
from services.payments.money_supply.errors import NoToken, UnknownUnit
from services.payments.money_supply.model import Unit
from services.payments.money_supply.queries import unit_with
from services.payments.orders.actions import PAYMENT_CODE
from services.payments.orders.model import Order, OrderPayment
from services.payments.orders.payment_actions import Burning
from services.payments.orders.token_actions import pay_out_of_backing
from services.payments.refunds.model import Movement
from services.payments.tokens import queries, rules
from services.payments.tokens.errors import GiftToOneself, TermsInPast, UnknownHolder
from services.payments.tokens.model import Deal, Holding, Terms, TokenDealKind
from services.payments.wallets.actions import own_wallet
from services.payments.wallets.queries import wallet_of

KIND = "token_wallet"
PURCHASE_CODE = "token.purchase"
REDEMPTION_CODE = "token.redemption"
GIFT_CODE = "token.gift"


class Wanted(NamedTuple):
    """Facts of a deal beside its amount."""

    transfer_id: UUID
    movement_id: UUID | None = None
    counterparty_id: UUID | None = None
    payment: OrderPayment | None = None


async def state_terms(
    tx: Tx,
    caller: Caller,
    *,
    unit: str,
    valid_from: date,
    redeemable: bool,
    transferable: bool,
    holding_cap: int,
    daily_cap: int,
    source: str,
) -> Terms:
    """From a day on, which has not begun or begins today. Raises UnknownUnit, NoToken, TermsInPast."""
    await _token(tx, unit)
    if valid_from < tx.today:
        raise TermsInPast("what was in force on days that are over stays", field="valid_from")
    terms = Terms(
        id=tx.ids.new(),
        unit=unit,
        valid_from=valid_from,
        redeemable=redeemable,
        transferable=transferable,
        holding_cap=holding_cap,
        daily_cap=daily_cap,
        source=source,
        stated_by=caller.subject,
        stated_at=tx.now,
    )
    await queries.add_terms(tx.connection, terms)
    return terms


async def buy_tokens(
    tx: Tx, caller: Caller, *, unit: str, amount: int, wallet_id: UUID | None, confirmation_id: UUID | None
) -> Deal:
    """As many tokens as minor units leave her wallet. Counts to what she may pay; she confirms it as a payment out of that wallet.

    Raises TokenNotOffered, DailyCapExceeded, HoldingCapExceeded, those of wallets, confirmations, limits and the ledger.
    """
    customer_id = customer_of(caller)
    token, terms = await _offered(tx, unit)
    assert token.backed_by is not None
    wallet = await own_wallet(tx, caller, wallet_id=wallet_id, currency=token.backed_by)
    holding = await _locked_holding(tx, unit, customer_id)
    bought = await queries.bought_on(tx.connection, unit, customer_id, tx.today)
    rules.require_daily_room(terms, bought, amount)
    await _require_room(tx, terms, holding, amount)
    deal_id = tx.ids.new()
    await take_confirmed_room(
        tx,
        confirmation_id=confirmation_id,
        customer_id=customer_id,
        subject=encode("wal", wallet.id),
        amount=amount,
        currency=wallet.currency,
        source=encode("tkd", deal_id),
    )
    pair = await units.issue_pair(
        tx,
        code=unit,
        amount=amount,
        money_account_id=wallet.account_id,
        token_account_id=holding.account_id,
        money_code=PURCHASE_CODE,
        money_reference=encode("tkd", deal_id),
    )
    await units.post_pair(tx, caller, pair, {})
    wanted = Wanted(pair.tokens.id, pair.movement_id)
    return await _done(tx, deal_id, TokenDealKind.PURCHASE, unit, customer_id, amount, wanted)


async def redeem_tokens(tx: Tx, caller: Caller, *, unit: str, amount: int, wallet_id: UUID | None) -> Deal:
    """The money held for them is hers again. What she used of her limits to buy them stays used.

    Raises TokenNotOffered, NotRedeemable, those of wallets and the ledger.
    """
    customer_id = customer_of(caller)
    token, terms = await _offered(tx, unit)
    rules.require_redeemable(terms)
    assert token.backed_by is not None
    wallet = await own_wallet(tx, caller, wallet_id=wallet_id, currency=token.backed_by)
    holding = await _locked_holding(tx, unit, customer_id)
    deal_id = tx.ids.new()
    pair = await units.redeem_pair(
        tx,
        code=unit,
        amount=amount,
        token_account_id=holding.account_id,
        money_account_id=wallet.account_id,
        money_code=REDEMPTION_CODE,
        money_reference=encode("tkd", deal_id),
    )
    await units.post_pair(tx, caller, pair, {})
    wanted = Wanted(pair.tokens.id, pair.movement_id)
    return await _done(tx, deal_id, TokenDealKind.REDEMPTION, unit, customer_id, amount, wanted)


async def give_tokens(tx: Tx, caller: Caller, *, unit: str, amount: int, payee_id: UUID) -> Deal:
    """To another customer. Raises TokenNotOffered, NotTransferable, GiftToOneself, UnknownHolder, HoldingCapExceeded."""
    customer_id = customer_of(caller)
    token, terms = await _offered(tx, unit)
    rules.require_transferable(terms)
    if payee_id == customer_id:
        raise GiftToOneself("nobody gives to herself", field="payee_id")
    assert token.backed_by is not None
    if await wallet_of(tx.connection, payee_id, token.backed_by) is None:
        raise UnknownHolder("nobody of this id has a wallet in its money", field="payee_id")
    # Both locked, in one order whoever gives to whom.
    held = {one: await _locked_holding(tx, unit, one) for one in sorted((customer_id, payee_id))}
    await _require_room(tx, terms, held[payee_id], amount)
    deal_id, transfer_id = tx.ids.new(), ledger.new_transfer_id(tx)
    command = TransferCommand(
        id=transfer_id,
        kind=TransferKind.SINGLE,
        code=GIFT_CODE,
        reference=encode("tkd", deal_id),
        debit_account_id=held[customer_id].account_id,
        credit_account_id=held[payee_id].account_id,
        amount=amount,
        currency=unit,
    )
    await ledger.post(tx, [command])
    wanted = Wanted(transfer_id, counterparty_id=payee_id)
    return await _done(tx, deal_id, TokenDealKind.GIFT, unit, customer_id, amount, wanted)


async def pay_order(tx: Tx, caller: Caller, *, order_id: UUID, unit: str, amount: int) -> Deal:
    """All that is left of an order: the tokens are burned and their money pays it, in one batch. Does not count to her limits again.

    Raises TokenNotOffered, the refusals of orders and the ledger.
    """
    customer_id = customer_of(caller)
    token, _ = await _offered(tx, unit)
    assert token.backing_account_id is not None
    assert token.backed_by is not None
    pairs: list[Pair] = []

    async def burning(order: Order) -> Burning:
        assert order.payee_account_id is not None
        holding = await _locked_holding(tx, unit, customer_id)
        pair = await units.redeem_pair(
            tx,
            code=unit,
            amount=amount,
            token_account_id=holding.account_id,
            money_account_id=order.payee_account_id,
            money_code=PAYMENT_CODE,
            money_reference=encode("ord", order.id),
        )
        pairs.append(pair)
        return Burning(pair.tokens, pair.money)

    part = await pay_out_of_backing(
        tx,
        caller,
        order_id=order_id,
        amount=amount,
        currency=token.backed_by,
        account_id=token.backing_account_id,
        burning=burning,
    )
    await units.record_pairs(tx, caller.party, pairs)
    wanted = Wanted(pairs[0].tokens.id, pairs[0].movement_id, payment=part)
    return await _done(tx, tx.ids.new(), TokenDealKind.PAYMENT, unit, customer_id, amount, wanted)


async def tokens_of_parts(tx: Tx, parts: Sequence[OrderPayment]) -> dict[UUID, tuple[str, UUID]]:
    """Of parts that tokens paid, the unit and the account to which a refund issues them again."""
    return await queries.accounts_of_payments(tx.connection, [one.id for one in parts])


async def pair_of_refund(tx: Tx, order: Order, *, token: tuple[str, UUID], move: Movement, code: str) -> Pair:
    """Money of a refund set aside again, and as many tokens issued to who paid; posted and recorded by the refund."""
    unit, account_id = token
    return await units.issue_pair(
        tx,
        code=unit,
        amount=move.amount,
        money_account_id=move.debit_account_id,
        token_account_id=account_id,
        money_code=code,
        money_reference=encode("ord", order.id),
    )


async def _token(tx: Tx, code: str) -> Unit:
    unit = await unit_with(tx.connection, code)
    if unit is None:
        raise UnknownUnit("no such unit", field="unit")
    if unit.backed_by is None:
        raise NoToken("a coin is bought nowhere here", field="unit")
    return unit


async def _offered(tx: Tx, code: str) -> tuple[Unit, Terms]:
    unit = await _token(tx, code)
    return unit, rules.require_offered(await queries.terms_on(tx.connection, code, tx.today))


async def _locked_holding(tx: Tx, unit: str, customer_id: UUID) -> Holding:
    """Opened when she first needs it."""
    held = await queries.lock_holding(tx.connection, unit, customer_id)
    if held is not None:
        return held
    opened = Holding(unit, customer_id, ledger.new_account_id(tx), tx.now)
    if await queries.add_holding(tx.connection, opened):
        await ledger.open_account(
            tx,
            account_id=opened.account_id,
            currency=unit,
            kind=KIND,
            owner=encode("cus", customer_id),
            rule=Rule.DEBITS_MUST_NOT_EXCEED_CREDITS,
            reference=unit,
        )
    held = await queries.lock_holding(tx.connection, unit, customer_id)
    assert held is not None
    return held


async def _require_room(tx: Tx, terms: Terms, holding: Holding, amount: int) -> None:
    """Whoever else credits the holding is locked out with it."""
    account = await ledger.account_with(tx, holding.account_id)
    rules.require_room(terms, account.settled, amount)


async def _done(
    tx: Tx, deal_id: UUID, kind: TokenDealKind, unit: str, customer_id: UUID, amount: int, wanted: Wanted
) -> Deal:
    deal = Deal(
        id=deal_id,
        kind=kind,
        unit=unit,
        customer_id=customer_id,
        amount=amount,
        transfer_id=wanted.transfer_id,
        movement_id=wanted.movement_id,
        counterparty_id=wanted.counterparty_id,
        order_id=wanted.payment.order_id if wanted.payment else None,
        order_payment_id=wanted.payment.id if wanted.payment else None,
        made_on=tx.today,
        made_at=tx.now,
    )
    await queries.add_deal(tx.connection, deal)
    told = {
        "deal_id": encode("tkd", deal.id),
        "kind": kind.value,
        "unit": unit,
        "customer_id": encode("cus", customer_id),
        "amount": amount,
        "counterparty_id": None if wanted.counterparty_id is None else encode("cus", wanted.counterparty_id),
        "order_id": None if deal.order_id is None else encode("ord", deal.order_id),
    }
    tx.events.add("payments.token.dealt.v1", encode("tkd", deal.id), told)
    return deal
