"""Stories of settlement: terms are signed, reserves are released. The run itself: `run_actions`; refunds: `refund_actions`."""

from datetime import date
from uuid import UUID

from chassis.clock import start_of_day
from chassis.database import Tx
from chassis.identity import Caller, service_caller
from chassis.ids import encode
from services.payments.fee_plans.errors import PlanInAnotherCurrency, UnknownFeePlan
from services.payments.fee_plans.queries import plan_with
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import Rule, TransferCommand, TransferKind
from services.payments.merchant_payouts.errors import UnknownPayoutAccount
from services.payments.merchant_payouts.queries import payout_account_with
from services.payments.merchants.errors import UnknownMerchant
from services.payments.merchants.model import Merchant
from services.payments.merchants.queries import merchant_with
from services.payments.screening.queries import is_confirmed
from services.payments.screening.rules import FREEZE_REASON
from services.payments.settlement import queries, rules, run_queries
from services.payments.settlement.errors import ContractForThatDay, EffectiveTooEarly, PayoutUnclear
from services.payments.settlement.model import Contract, PayoutWay, Position, RefundPolicy

KINDS = ("merchant_proceeds", "merchant_reserve")
RELEASE_CODE = "settlement.reserve_release"
RELEASE_BATCH = 1_000
PAYMENTS = service_caller("payments")


async def sign_contract(
    tx: Tx,
    caller: Caller,
    *,
    merchant_id: UUID,
    effective_on: date | None,
    plan_id: UUID,
    cycle_days: int,
    cut_off_minutes: int,
    reserve_rate_millionths: int,
    reserve_days: int,
    refund_policy: RefundPolicy,
    share_limit_millionths: int,
    payout: PayoutWay,
    payout_account_id: UUID | None,
) -> Contract:
    """Terms for what a merchant is paid from a day on. With her first, proceeds wait for settlement from now on.

    Raises UnknownMerchant, UnknownFeePlan, PlanInAnotherCurrency, EffectiveTooEarly, ContractForThatDay, PayoutUnclear,
    UnknownPayoutAccount.
    """
    await queries.lock_merchant(tx.connection, merchant_id)
    merchant = await merchant_with(tx.connection, merchant_id)
    if merchant is None:
        raise UnknownMerchant("no such merchant", field="merchant_id")
    await _require_plan(tx, merchant, plan_id)
    await _require_payout(tx, merchant, payout, payout_account_id)
    first = merchant.proceeds_account_id is None
    earliest = tx.today if first else tx.today + rules.ONE_DAY
    if effective_on is not None and effective_on < earliest:
        raise EffectiveTooEarly(f"terms hold from {earliest} on at the earliest", field="effective_on")
    contract = Contract(
        tx.ids.new(), merchant.id, effective_on or earliest, plan_id, cycle_days, cut_off_minutes,
        reserve_rate_millionths, reserve_days, refund_policy, share_limit_millionths, payout, payout_account_id,
        tx.now, caller.subject,
    )  # fmt: skip
    if not await queries.add_contract(tx.connection, contract):
        raise ContractForThatDay("the merchant has terms from that day on", field="effective_on")
    await (_begin(tx, merchant, contract) if first else _replan(tx, merchant))
    told = {
        "contract_id": encode("stc", contract.id),
        "merchant_id": encode("mer", merchant.id),
        "owner": merchant.owner,
        "fee_plan_id": encode("fpl", plan_id),
        "effective_on": contract.effective_on.isoformat(),
    }
    tx.events.add("payments.settlement.contract_signed.v1", encode("stc", contract.id), told)
    return contract


async def release_reserves(tx: Tx, caller: Caller) -> int:
    """Give merchants what was kept back long enough, a slice; how many there were."""
    due = await queries.due_holdings(tx.connection, tx.now, RELEASE_BATCH)
    left = [row for row in due if row.left_minor]
    commands = [
        TransferCommand(
            id=ledger.new_transfer_id(tx),
            kind=TransferKind.SINGLE,
            code=RELEASE_CODE,
            reference=encode("stl", row.settlement_id),
            debit_account_id=row.reserve_account_id,
            credit_account_id=row.account_id,
            amount=row.left_minor,
            currency=row.currency,
        )
        for row in left
    ]
    if due:
        await queries.release_holdings(tx.connection, [row.settlement_id for row in due], tx.now)
    if commands:
        await ledger.post(tx, commands)
        made = [(command.id, row.settlement_id) for command, row in zip(commands, left, strict=True)]
        await run_queries.add_transfers(tx.connection, made)
    for row in due:
        told = {
            "settlement_id": encode("stl", row.settlement_id),
            "merchant_id": encode("mer", row.merchant_id),
            "amount": row.left_minor,
            "currency": row.currency,
        }
        tx.events.add("payments.settlement.reserve_released.v1", encode("stl", row.settlement_id), told)
    return len(due)


async def _require_plan(tx: Tx, merchant: Merchant, plan_id: UUID) -> None:
    plan = await plan_with(tx.connection, plan_id)
    if plan is None:
        raise UnknownFeePlan("no such plan", field="fee_plan_id")
    if plan.currency != merchant.currency:
        raise PlanInAnotherCurrency(f"the merchant sells in {merchant.currency}", field="fee_plan_id")


async def _require_payout(tx: Tx, merchant: Merchant, payout: PayoutWay, account_id: UUID | None) -> None:
    if (payout is PayoutWay.BANK) != (account_id is not None):
        raise PayoutUnclear("a payout account goes with a payout to a bank", field="payout_account_id")
    if account_id is not None:
        account = await payout_account_with(tx.connection, account_id)
        if account is None or account.merchant_id != merchant.id:
            raise UnknownPayoutAccount("no such payout account of the merchant", field="payout_account_id")


async def _begin(tx: Tx, merchant: Merchant, contract: Contract) -> None:
    """The accounts where proceeds and reserve wait. What was paid before went to the merchant at once, and stays there."""
    proceeds_id, reserve_id = [await _open(tx, merchant, kind) for kind in KINDS]
    await queries.give_proceeds_account(tx.connection, merchant.id, proceeds_id)
    if await is_confirmed(tx.connection, merchant.id):
        await ledger.freeze_account(tx, PAYMENTS, account_id=proceeds_id, reason=FREEZE_REASON, amount=None)
    due_at = rules.due_at(contract, tx.today)
    position = Position(merchant.id, reserve_id, tx.today, due_at, start_of_day(tx.today))
    await queries.add_position(tx.connection, position)


async def _open(tx: Tx, merchant: Merchant, kind: str) -> UUID:
    """The platform's own: what waits there is not the merchant's to move."""
    account = await ledger.open_account(
        tx,
        account_id=ledger.new_account_id(tx),
        currency=merchant.currency,
        kind=kind,
        owner=ledger.PLATFORM,
        rule=Rule.DEBITS_MUST_NOT_EXCEED_CREDITS,
        reference=encode("mer", merchant.id),
    )
    return account.id


async def _replan(tx: Tx, merchant: Merchant) -> None:
    """The next day to be settled may fall under the new terms."""
    position = await queries.position_of(tx.connection, merchant.id, lock=True)
    assert position is not None
    contracts = (await queries.contracts_of(tx.connection, [merchant.id]))[merchant.id]
    due_at = rules.due_at(rules.contract_on(contracts, position.window_on), position.window_on)
    if due_at != position.due_at:
        await queries.replan(tx.connection, merchant.id, due_at)
