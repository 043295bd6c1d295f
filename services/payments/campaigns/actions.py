"""Stories of vouchers: claimed, used, returned by refunds, expired.

Locks: the subject, the campaigns by id, the vouchers by id, ledger accounts last. A claimed voucher has its most possible cost reserved
in its campaign's budget, so using it in time is never refused for want of money.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.campaigns import queries, rules, voucher_queries
from services.payments.campaigns.errors import (
    RefundExceedsAmount,
    UnknownVoucher,
    UnknownVoucherKind,
    VoucherNamedTwice,
    VoucherNotForThis,
)
from services.payments.campaigns.model import (
    Benefit,
    Campaign,
    CampaignState,
    Voucher,
    VoucherKind,
    VoucherReturn,
    VoucherState,
    VoucherUse,
)
from services.payments.campaigns.rules import Held
from services.payments.cards.actions import customer_of
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import TransferCommand, TransferKind, book_of
from services.payments.wallets.actions import own_wallet

USE_CODE = "voucher.use"
RETURN_CODE = "voucher.return"
EXPIRY_BATCH = 1_000


async def claim_voucher(tx: Tx, caller: Caller, *, kind_id: UUID) -> Voucher:
    """One of the stock, with its cost reserved. Raises UnknownVoucherKind and the refusals of `require_claimable`."""
    customer_id = customer_of(caller)
    kind = await queries.kind_with(tx.connection, kind_id)
    if kind is None:
        raise UnknownVoucherKind("no such kind of voucher")
    campaign = await queries.campaign_with(tx.connection, kind.campaign_id, lock=True)
    kind = await queries.kind_with(tx.connection, kind_id)
    assert campaign is not None
    assert kind is not None
    budget = await ledger.account_with(tx, campaign.account_id)
    mine = await voucher_queries.count_vouchers(tx.connection, kind.id, customer_id)
    rules.require_claimable(campaign, kind, mine=mine, free=budget.available - campaign.reserved, now=tx.now)
    voucher = Voucher(
        id=tx.ids.new(),
        kind_id=kind.id,
        campaign_id=campaign.id,
        customer_id=customer_id,
        state=VoucherState.CLAIMED,
        reserve=kind.reserve,
        claimed_at=tx.now,
        claimed_on=tx.today,
        expires_at=tx.now + timedelta(days=kind.valid_days),
        expired_on=None,
    )
    await queries.count_claim(tx.connection, kind.id)
    await queries.save_campaign(tx.connection, replace(campaign, reserved=campaign.reserved + kind.reserve))
    await voucher_queries.add_voucher(tx.connection, voucher)
    _tell(tx, "claimed", Held(voucher, kind), campaign)
    return voucher


async def use_vouchers(
    tx: Tx,
    caller: Caller,
    *,
    voucher_ids: Sequence[UUID],
    subject: str,
    amount: int,
    payee_account_id: UUID,
    controls: frozenset[str] = frozenset(),
) -> list[VoucherUse]:
    """Pay amounts off to an order's payee out of the campaigns. amount: of the whole order, what the vouchers pay included.
    controls: as of `ledger.attempt`, of the order's story.

    Each use's `cost` is what the campaign paid: the buyer pays the rest. Raises UnknownVoucher, VoucherNamedTwice, and the refusals of
    `require_usable`, `require_for_order` and `require_stackable`.
    """
    if not voucher_ids:
        return []
    campaigns, held, costs = await _for_order(tx, caller, voucher_ids, subject, amount)
    return await _used(tx, campaigns, held, costs, subject, amount, payee_account_id, controls)


async def cost_of_vouchers(tx: Tx, caller: Caller, *, voucher_ids: Sequence[UUID], subject: str, amount: int) -> int:
    """What they would pay of an order; they and their campaigns are locked. Raises as `use_vouchers`, which may follow."""
    _, _, costs = await _for_order(tx, caller, voucher_ids, subject, amount)
    return sum(costs)


async def _for_order(
    tx: Tx, caller: Caller, voucher_ids: Sequence[UUID], subject: str, amount: int
) -> tuple[dict[UUID, Campaign], list[Held], list[int]]:
    if len(set(voucher_ids)) != len(voucher_ids):
        raise VoucherNamedTwice("a voucher is named twice", field="voucher_ids")
    campaigns, held = await _locked(tx, caller, voucher_ids, subject)
    await _require_stackable(tx, held, subject)
    rules.require_for_order(held, amount)
    return campaigns, held, [rules.cost_of(one.kind.terms) for one in held]


async def redeem_voucher(
    tx: Tx, caller: Caller, *, voucher_id: UUID, subject: str, amount: int | None, days: int | None
) -> VoucherUse:
    """Pay what a raised rate or a trial principal brings into the holder's wallet. subject: the investment it is for.

    amount, days: of the investment. Only who keeps the investment knows them: a service asks for its customer.
    Raises UnknownVoucher, VoucherNotForThis, VoucherPaysNothing, UnknownWallet, and the refusals of `require_usable`.
    """
    campaigns, held = await _locked(tx, caller, [voucher_id], subject)
    (one,) = held
    if one.kind.terms.benefit is Benefit.AMOUNT_OFF:
        raise VoucherNotForThis("an amount off is for orders", field="voucher_id")
    await _require_stackable(tx, held, subject)
    cost = rules.cost_of(one.kind.terms, amount, days)
    currency = campaigns[one.voucher.campaign_id].currency
    wallet = await own_wallet(tx, caller, wallet_id=None, currency=currency)
    basis = amount or one.kind.terms.principal or 0
    (use,) = await _used(tx, campaigns, held, [cost], subject, basis, wallet.account_id)
    return use


async def lock_for_returns(tx: Tx, *, subject: str) -> None:
    """For who brings back parts of what was used on a subject among other movements: before any account of the ledger is locked."""
    await voucher_queries.lock_subject(tx.connection, subject)
    uses = await voucher_queries.uses_on(tx.connection, subject)
    await queries.lock_campaigns(tx.connection, {use.campaign_id for use in uses})


async def return_part(
    tx: Tx,
    *,
    subject: str,
    transfer_id: UUID,
    amount: int,
    source_account_id: UUID,
    controls: frozenset[str] = frozenset(),
) -> VoucherReturn:
    """Bring back so much of one use's cost from an account: for who has decided herself how a refund is spread.

    transfer_id: of the use. amount: at most what is left of its cost. controls: as of `ledger.attempt`, of the refund's story.
    """
    await voucher_queries.lock_subject(tx.connection, subject)
    found = {use.transfer_id: use for use in await voucher_queries.uses_on(tx.connection, subject)}
    campaigns = await queries.lock_campaigns(tx.connection, {found[transfer_id].campaign_id})
    held = {use.transfer_id: use for use in await voucher_queries.uses_on(tx.connection, subject, lock=True)}
    use = held[transfer_id]
    if amount > use.cost - use.returned:
        raise RefundExceedsAmount("no more comes back of a voucher than it paid", field="amount")
    campaign = campaigns[use.campaign_id]
    command = _moved(tx, RETURN_CODE, use.id, source_account_id, campaign.account_id, amount, campaign.currency)
    await ledger.post(tx, [command], controls=controls)
    part = await voucher_queries.count_returns(tx.connection, use.id) + 1
    made = VoucherReturn(tx.ids.new(), use.id, part, amount, command.id, tx.now, tx.today)
    await voucher_queries.add_returns(tx.connection, [made])
    await _gave_back(tx, campaigns, [replace(use, returned=use.returned + amount)], [made])
    return made


async def expire_vouchers(tx: Tx, caller: Caller, *, campaign_id: UUID) -> int:
    """Release what a slice of a campaign's vouchers has reserved, their time being over; how many there were."""
    campaign = await queries.campaign_with(tx.connection, campaign_id, lock=True)
    assert campaign is not None
    expired = await voucher_queries.expire(tx.connection, campaign_id, tx.now, tx.today, EXPIRY_BATCH)
    released = sum(voucher.reserve for voucher in expired)
    await queries.save_campaign(tx.connection, replace(campaign, reserved=campaign.reserved - released))
    kinds = await queries.kinds_with(tx.connection, {voucher.kind_id for voucher in expired})
    for voucher in expired:
        _tell(tx, "expired", Held(voucher, kinds[voucher.kind_id]), campaign)
    return len(expired)


async def _locked(
    tx: Tx, caller: Caller, voucher_ids: Sequence[UUID], subject: str
) -> tuple[dict[UUID, Campaign], list[Held]]:
    """The caller's vouchers, usable now, in the order asked for; their campaigns."""
    customer_id = customer_of(caller)
    await voucher_queries.lock_subject(tx.connection, subject)
    found = await voucher_queries.vouchers_with(tx.connection, voucher_ids)
    if len(found) != len(voucher_ids):
        raise UnknownVoucher("no such voucher", field="voucher_id")
    campaigns = await queries.lock_campaigns(tx.connection, {voucher.campaign_id for voucher in found})
    locked = {one.id: one for one in await voucher_queries.vouchers_with(tx.connection, voucher_ids, lock=True)}
    kinds = await queries.kinds_with(tx.connection, {voucher.kind_id for voucher in found})
    held = [Held(locked[one], kinds[locked[one].kind_id]) for one in voucher_ids]
    for one in held:
        rules.require_usable(one, customer_id, tx.now)
    return campaigns, held


async def _require_stackable(tx: Tx, held: Sequence[Held], subject: str) -> None:
    before = await voucher_queries.uses_on(tx.connection, subject)
    kinds = await queries.kinds_with(tx.connection, {use.kind_id for use in before})
    rules.require_stackable([*(one.kind for one in held), *(kinds[use.kind_id] for use in before)])


async def _used(
    tx: Tx,
    campaigns: dict[UUID, Campaign],
    held: Sequence[Held],
    costs: Sequence[int],
    subject: str,
    amount: int,
    payee_account_id: UUID,
    controls: frozenset[str] = frozenset(),
) -> list[VoucherUse]:
    """Post the costs, all or none, and release what was reserved for them."""
    uses, commands = [], []
    for one, cost in zip(held, costs, strict=True):
        campaign, use_id = campaigns[one.voucher.campaign_id], tx.ids.new()
        command = _moved(tx, USE_CODE, use_id, campaign.account_id, payee_account_id, cost, campaign.currency)
        use = VoucherUse(
            id=use_id,
            voucher_id=one.voucher.id,
            kind_id=one.kind.id,
            campaign_id=campaign.id,
            subject=subject,
            subject_amount=amount,
            cost=cost,
            returned=0,
            payee_account_id=payee_account_id,
            transfer_id=command.id,
            used_at=tx.now,
            used_on=tx.today,
            given_back_on=None,
        )
        campaigns[campaign.id] = replace(campaign, reserved=campaign.reserved - one.voucher.reserve)
        commands.append(command)
        uses.append(use)
        told = {"voucher_use_id": encode("vus", use.id), "subject": subject, "cost": cost}
        _tell(tx, "used", one, campaign, **told)
    await voucher_queries.mark_vouchers(tx.connection, [one.voucher.id for one in held], VoucherState.USED)
    await voucher_queries.add_uses(tx.connection, uses)
    for campaign in campaigns.values():
        await queries.save_campaign(tx.connection, campaign)
    await ledger.post(tx, commands, controls=controls)
    return uses


async def _gave_back(
    tx: Tx, campaigns: dict[UUID, Campaign], uses: Sequence[VoucherUse], made: Sequence[VoucherReturn]
) -> None:
    """Record what came back of each use, and the voucher itself where nothing of its cost is left."""
    kinds = await queries.kinds_with(tx.connection, {use.kind_id for use in uses})
    vouchers = await voucher_queries.vouchers_with(tx.connection, [use.voucher_id for use in uses], lock=True)
    by_id = {voucher.id: voucher for voucher in vouchers}
    for use, part in zip(uses, made, strict=True):
        campaign, kind = campaigns[use.campaign_id], kinds[use.kind_id]
        comes_back = await _comes_back(tx, campaign, kind, by_id[use.voucher_id], use)
        if comes_back:
            campaigns[campaign.id] = replace(campaign, reserved=campaign.reserved + kind.reserve)
            await queries.save_campaign(tx.connection, campaigns[campaign.id])
            await voucher_queries.mark_vouchers(tx.connection, [use.voucher_id], VoucherState.CLAIMED)
        saved = replace(use, given_back_on=tx.today if comes_back else None)
        await voucher_queries.save_use(tx.connection, saved)
        told = {
            "voucher_use_id": encode("vus", use.id),
            "voucher_id": encode("vch", use.voucher_id),
            "voucher_kind_id": encode("vck", use.kind_id),
            "campaign_id": encode("cmp", use.campaign_id),
            "subject": use.subject,
            "amount": part.amount,
            "currency": campaign.currency,
            "given_back": comes_back,
        }
        tx.events.add("payments.voucher.returned.v1", encode("vch", use.voucher_id), told)


async def _comes_back(tx: Tx, campaign: Campaign, kind: VoucherKind, voucher: Voucher, use: VoucherUse) -> bool:
    """By its kind's rule, while it is valid, its campaign gives out, and the budget would honour it again."""
    whole = use.returned == use.cost and kind.terms.comes_back
    if not whole or campaign.state is not CampaignState.OPEN or voucher.expires_at <= tx.now:
        return False
    budget = await ledger.account_with(tx, campaign.account_id)
    return budget.available - campaign.reserved >= kind.reserve


def _moved(
    tx: Tx, code: str, use_id: UUID, debit_id: UUID, credit_id: UUID, amount: int, currency: str
) -> TransferCommand:
    return TransferCommand(
        id=ledger.new_transfer_id(tx, book_of(debit_id)),
        kind=TransferKind.SINGLE,
        code=code,
        reference=encode("vus", use_id),
        debit_account_id=debit_id,
        credit_account_id=credit_id,
        amount=amount,
        currency=currency,
    )


def _tell(tx: Tx, step: str, held: Held, campaign: Campaign, **more: Any) -> None:
    voucher, kind = held
    told = {
        "voucher_id": encode("vch", voucher.id),
        "voucher_kind_id": encode("vck", kind.id),
        "campaign_id": encode("cmp", campaign.id),
        "customer_id": encode("cus", voucher.customer_id),
        "benefit": kind.terms.benefit.value,
        "reserve": voucher.reserve,
        "currency": campaign.currency,
    }
    tx.events.add(f"payments.voucher.{step}.v1", encode("vch", voucher.id), told | more)
