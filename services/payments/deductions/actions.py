"""Stories of standing deductions: proposed by a lender, agreed to by the merchant, ended by either. What they take is the settlement's."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.deductions import queries, rules
from services.payments.deductions.errors import AccountNotLenders, UnknownDeduction
from services.payments.deductions.model import Deduction, DeductionState
from services.payments.merchants.errors import UnknownMerchant
from services.payments.merchants.queries import merchant_with
from services.payments.settlement.accounts import receiving_account

END_BATCH = 500


async def propose_deduction(
    tx: Tx,
    caller: Caller,
    *,
    merchant_id: UUID,
    account_id: UUID,
    reference: str,
    share_millionths: int,
    cap_minor: int,
    priority: int,
    ends_on: date | None,
) -> Deduction:
    """A lender asks to be repaid out of a merchant's settlements; it takes nothing until she agrees.

    Raises DeductionShareTooLarge, DeductionEndsInPast, UnknownMerchant, UnknownAccount, AccountUnfit, AccountNotLenders.
    """
    rules.require_proposable(share_millionths, ends_on, tx.today)
    merchant = await merchant_with(tx.connection, merchant_id)
    if merchant is None:
        raise UnknownMerchant("no such merchant", field="merchant_id")
    account = await receiving_account(tx, account_id, merchant.currency)
    if account.owner != caller.party:
        raise AccountNotLenders("a lender is repaid into its own account", field="account_id")
    deduction = Deduction(
        tx.ids.new(), merchant.id, caller.party, account.id, reference, share_millionths, cap_minor, priority, ends_on,
        DeductionState.PROPOSED, tx.now, tx.now + rules.CONSENT_WITHIN,
    )  # fmt: skip
    await queries.add_deduction(tx.connection, deduction)
    _tell(tx, deduction, "proposed")
    return deduction


async def agree_to_deduction(tx: Tx, caller: Caller, *, deduction_id: UUID) -> Deduction:
    """The merchant's word. Given twice it is given. Raises UnknownDeduction, DeductionEnded."""
    deduction = await _locked(tx, deduction_id)
    if not await _is_merchants(tx, caller, deduction):
        raise UnknownDeduction("no such deduction")
    if not rules.may_agree(deduction, tx.today):
        return deduction
    agreed = replace(deduction, state=DeductionState.ACTIVE, agreed_at=tx.now, due_at=None)
    await queries.save_deduction(tx.connection, agreed)
    _tell(tx, agreed, "agreed")
    return agreed


async def revoke_deduction(tx: Tx, caller: Caller, *, deduction_id: UUID) -> Deduction:
    """By the lender, the merchant or an operator: it takes nothing from now on, and what it took stays taken.

    Raises UnknownDeduction, DeductionEnded. Revoked twice is revoked.
    """
    deduction = await _locked(tx, deduction_id)
    by_lender = deduction.lender == caller.party
    by_merchant = not by_lender and await _is_merchants(tx, caller, deduction)
    if not (by_lender or by_merchant or caller.may("payments:operate")):
        raise UnknownDeduction("no such deduction")
    if not rules.may_revoke(deduction):
        return deduction
    code = "lender" if by_lender else "merchant" if by_merchant else "operator"
    revoked = replace(deduction, state=DeductionState.REVOKED, end_code=code, ended_at=tx.now, due_at=None)
    await queries.save_deduction(tx.connection, revoked)
    _tell(tx, revoked, "ended")
    return revoked


async def end_due_deductions(tx: Tx, caller: Caller) -> int:
    """Those whose last day is over, and proposals that lapsed, a slice; how many there were."""
    ended = await queries.end_due(tx.connection, tx.now, tx.today, END_BATCH)
    for deduction in ended:
        _tell(tx, deduction, "ended")
    return len(ended)


async def _locked(tx: Tx, deduction_id: UUID) -> Deduction:
    deduction = await queries.deduction_with(tx.connection, deduction_id, lock=True)
    if deduction is None:
        raise UnknownDeduction("no such deduction")
    return deduction


async def _is_merchants(tx: Tx, caller: Caller, deduction: Deduction) -> bool:
    merchant = await merchant_with(tx.connection, deduction.merchant_id)
    return merchant is not None and merchant.owner == caller.party


def _tell(tx: Tx, deduction: Deduction, what: str) -> None:
    told = {
        "deduction_id": encode("ded", deduction.id),
        "merchant_id": encode("mer", deduction.merchant_id),
        "lender": deduction.lender,
        "reference": deduction.reference,
        "state": deduction.state.value,
        "taken_minor": deduction.taken_minor,
        "end_code": deduction.end_code,
    }
    tx.events.add(f"payments.deduction.{what}.v1", encode("ded", deduction.id), told)
