"""Orders of many callers created, and paid whole from wallets, in one transaction: the same rules as one by one, the SQL set-based.

What is unusual is left (`chassis.gathering`): other methods, parts, everything that is refused.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from chassis.clock import business_day, real_now
from chassis.errors import Refusal
from chassis.gathering import Gathering, Keyed, KeyedLane, Made
from chassis.ids import IdSource, encode, with_book
from chassis.runtime import Runtime
from services.payments.confirmations import queries as confirmations
from services.payments.confirmations import rules as confirming
from services.payments.confirmations.model import CONFIRMED, TOKEN_ALONE, Confirmation, Wish
from services.payments.ledger.batches import known_under_lock, write
from services.payments.ledger.model import DEFAULT_BOOK, Posting, TransferKind
from services.payments.ledger.rules import decide_all
from services.payments.limits.gathered import lock_rooms, save_rooms
from services.payments.limits.model import Payment
from services.payments.merchants.model import Merchant
from services.payments.orders import gathered_queries as queries
from services.payments.orders import rules
from services.payments.orders.actions import new_order, told
from services.payments.orders.model import Method, Order, OrderPayment, PaymentState
from services.payments.orders.parts import Confirmed, new_part, wish_of
from services.payments.orders.payment_actions import moving, paid_told, payee
from services.payments.orders.schemas import order_answer
from services.payments.risk.actions import completed
from services.payments.risk.gathered import look
from services.payments.risk.model import Intent
from services.payments.settings import verification_required
from services.payments.wallets.model import Wallet
from services.payments.webhooks.queries import listening
from services.payments.webhooks.rules import require_written

CREATED, PAID = "payments.order.created.v1", "payments.order.paid.v1"


@dataclass(frozen=True)
class WantedOrder:
    """What `actions.create_order` is told."""

    merchant_id: UUID
    merchant_order_number: str
    subject: str
    amount: int
    currency: str
    buyer_id: UUID | None
    timeout_seconds: int
    notify_url: str | None = None


@dataclass(frozen=True)
class WantedPayment:
    """All that an order asks, from the caller's wallet in its currency."""

    order_id: UUID
    amount: int
    currency: str
    confirmation_id: UUID | None = None
    device: str | None = None
    country: str | None = None


class OrderLane(KeyedLane):
    """Found by `runtime.get(OrderLane)`."""


@asynccontextmanager
async def open_order_lane(runtime: Runtime) -> AsyncIterator[None]:
    lane = OrderLane(runtime, "orders", create_and_pay)
    lane.lane.open()
    runtime.provide(lane)
    try:
        yield
    finally:
        await lane.close()


async def create_and_pay(batch: Gathering, asked: Sequence[Keyed[WantedOrder | WantedPayment]]) -> list[Made | None]:
    """Orders' rows first, ledger accounts last, as everywhere; the instant is taken after all of them."""
    outcomes: dict[int, Made] = {}
    creating = {number: one for number, one in enumerate(asked) if isinstance(one.wanted, WantedOrder)}
    paying = {number: one for number, one in enumerate(asked) if isinstance(one.wanted, WantedPayment)}
    # What is paid is locked last: for what payments lock others wait.
    if creating:
        outcomes |= await _create(batch, creating)  # type: ignore[arg-type]
    if paying:
        outcomes |= await _pay(batch, paying)  # type: ignore[arg-type]
    return [outcomes.get(number) for number in range(len(asked))]


async def _create(batch: Gathering, asked: Mapping[int, Keyed[WantedOrder]]) -> dict[int, Made]:
    merchants = await queries.merchants_with(batch.direct, {one.wanted.merchant_id for one in asked.values()})
    naming = {one.caller.party for one in asked.values() if one.wanted.notify_url is not None}
    signed_for = await listening(batch.direct, naming) if naming else set()
    now = batch.now()
    made: dict[int, tuple[Order, IdSource]] = {}
    for number, one in asked.items():
        wanted, merchant = one.wanted, merchants.get(one.wanted.merchant_id)
        if merchant is None or merchant.owner != one.caller.party or merchant.currency != wanted.currency:
            continue
        if wanted.notify_url is not None and not _told(batch, merchant.owner in signed_for, wanted.notify_url):
            continue
        ids = batch.ids(now, one)
        made[number] = _order(wanted, ids.new(), now), ids
    added = await queries.add_orders(batch.direct, [order for order, _ in made.values()]) if made else set()
    outcomes = {}
    for number, (order, ids) in made.items():
        if order.id in added:
            batch.sink(now, ids).add(CREATED, encode("ord", order.id), told(order), asked[number].trace)
            outcomes[number] = _answer(order)
    return outcomes


def _told(batch: Gathering, signed_for: bool, url: str) -> bool:
    """What `webhooks.actions.require_address` says."""
    try:
        require_written(url, plain=batch.settings.test_mode)
    except Refusal:
        return False
    return signed_for


def _order(wanted: WantedOrder, order_id: UUID, now: datetime) -> Order:
    return new_order(
        order_id,
        now,
        merchant_id=wanted.merchant_id,
        merchant_order_number=wanted.merchant_order_number,
        subject=wanted.subject,
        amount=wanted.amount,
        currency=wanted.currency,
        buyer_id=wanted.buyer_id,
        timeout=timedelta(seconds=wanted.timeout_seconds),
        notify_url=wanted.notify_url,
    )


async def _pay(batch: Gathering, asked: Mapping[int, Keyed[WantedPayment]]) -> dict[int, Made]:
    orders = await queries.lock_orders(batch.direct, {one.wanted.order_id for one in asked.values()})
    merchants = await queries.merchants_with(batch.direct, {order.merchant_id for order in orders.values()})
    customers = {one.caller.customer for one in asked.values() if one.caller.customer is not None}
    wallets = await queries.wallets_of(batch.direct, customers)
    said = {one.wanted.confirmation_id for one in asked.values() if one.wanted.confirmation_id is not None}
    confirmed = await confirmations.lock_confirmations(batch.direct, said, wait=False) if said else {}
    begun = batch.now()
    purchases = _purchases(batch, asked, begun, _Found(orders, merchants, wallets, confirmed))
    judged = await look(batch.direct, batch.settings, [one.judged for one in purchases], begun)
    rooms = await lock_rooms(
        batch.direct,
        [one.part.customer_id for one in purchases],
        business_day(begun, batch.settings.zone),
        required=verification_required(batch.settings),
    )
    await judged.lock(batch.direct)
    tried = rooms.again()
    purchases = [
        one for place, one in enumerate(purchases) if tried.takes(one.wish, begun) and judged.passes(place, one.judged)
    ]
    known = await known_under_lock(batch.direct, [one.posting for one in purchases])
    now = batch.now()
    today = business_day(now, batch.settings.zone)
    purchases = [one for one in purchases if one.order.due_at > now]
    ruling, outcomes = decide_all(known, [one.posting for one in purchases], now, today)
    # The ordinary way decides again what is refused here, and under the same ids.
    ruling.refused.clear()
    done = [one.at(now, today) for one, (outcome,) in zip(purchases, outcomes, strict=True) if outcome.accepted]
    if done:
        for one in done:
            rooms.takes(one.wish, now)
        await save_rooms(batch.direct, rooms)
        await judged.save(batch.direct, [(one.judged.reference, one.ids.new()) for one in done])
        used = [one.used for one in done if one.used is not None]
        if used:
            await confirmations.save_used(batch.direct, used)
        await write(batch.direct, ruling, batch.sink(now), whole=True)
        await queries.save_paid(batch.direct, [one.order for one in done], [one.part for one in done])
    for one in done:
        subject, facts = encode("ord", one.order.id), paid_told(one.order, [one.part])
        batch.sink(now, one.ids).add(PAID, subject, facts, asked[one.number].trace)
    return {one.number: _answer(one.order) for one in done}


@dataclass(frozen=True)
class _Purchase:
    """An order about to be paid: by one part, in one posting. number: its place in the batch; used: what the buyer confirmed it by;
    judged: as risk sees it."""

    number: int
    order: Order
    part: OrderPayment
    posting: Posting
    ids: IdSource
    used: Confirmation | None
    judged: Intent

    @property
    def wish(self) -> Payment:
        source, reference = encode("opy", self.part.id), encode("ord", self.order.id)
        factors = TOKEN_ALONE if self.used is None else CONFIRMED
        return Payment(self.part.customer_id, self.part.amount, self.order.currency, source, factors, reference)

    def at(self, now: datetime, today: date) -> "_Purchase":
        """Paid then."""
        assert self.order.payee_account_id is not None
        transfer_id = self.posting.commands[0].id
        order = rules.paid(
            self.order,
            buyer_id=self.part.customer_id,
            payee_account_id=self.order.payee_account_id,
            transfer_id=transfer_id,
            now=now,
            on=today,
        )
        part = replace(self.part, state=PaymentState.PAID, created_at=now, transfer_id=transfer_id, ended_at=now)
        return replace(self, order=order, part=part)


@dataclass(frozen=True)
class _Found:
    """What payments name. Orders and confirmations are locked, and taken out by the first who names them."""

    orders: dict[UUID, Order]
    merchants: Mapping[UUID, Merchant]
    wallets: Mapping[tuple[UUID, str], Wallet]
    confirmations: dict[UUID, Confirmation]


def _purchases(
    batch: Gathering, asked: Mapping[int, Keyed[WantedPayment]], begun: datetime, found: _Found
) -> list[_Purchase]:
    """Those that may be paid whole as they stand; of several for one order or by one confirmation, the first."""
    purchases = []
    for number, one in asked.items():
        order, buyer_id = found.orders.pop(one.wanted.order_id, None), one.caller.customer
        wallet = None if order is None or buyer_id is None else found.wallets.get((buyer_id, order.currency))
        if order is None or buyer_id is None or wallet is None or not _payable(order, buyer_id, one.wanted, begun):
            continue
        ids = batch.ids(begun, one)
        part = new_part(
            ids.new(), begun, one.caller.party, order, buyer_id, Method.WALLET, wallet.account_id, order.amount
        )
        try:
            used = _used(found.confirmations, one.wanted, part)
        except Refusal:
            continue
        order = replace(order, parts=1, payee_account_id=payee(order, [], found.merchants[order.merchant_id]))
        transfer_id = with_book(ids.new(), DEFAULT_BOOK)
        command = moving(order, part.amount, wallet.account_id, transfer_id, TransferKind.SINGLE)
        judged = _judged(order, part, one)
        purchases.append(_Purchase(number, order, part, Posting((command,), atomic=True), ids, used, judged))
    return purchases


def _judged(order: Order, part: OrderPayment, asked: Keyed[WantedPayment]) -> Intent:
    wanted = asked.wanted
    wish = wish_of(order, part, Confirmed(wanted.confirmation_id, encode("ord", order.id)))
    return completed(wish, asked.caller, wanted.device, wanted.country)


def _used(found: dict[UUID, Confirmation], wanted: WantedPayment, part: OrderPayment) -> Confirmation | None:
    """None where the buyer's token stands alone. Raises the refusals of `confirming.require_confirmed`."""
    if wanted.confirmation_id is None:
        return None
    now, wish = real_now(), Wish(part.customer_id, encode("ord", part.order_id), part.amount, wanted.currency)
    confirmed = confirming.require_confirmed(found.pop(wanted.confirmation_id, None), wish, now)
    return confirming.used(confirmed, encode("opy", part.id), now)


def _payable(order: Order, buyer_id: UUID, wanted: WantedPayment, now: datetime) -> bool:
    if order.parts or order.trade_id is not None:
        return False
    try:
        rules.require_payable(order, buyer_id, now)
        return rules.require_part(
            order,
            [],
            customer_id=buyer_id,
            method=Method.WALLET,
            amount=wanted.amount,
            currency=wanted.currency,
            partial=False,
        )
    except Refusal:
        return False


def _answer(order: Order) -> Made:
    return Made(201, order_answer(order).model_dump_json().encode(), order.id)
