"""The story of lenders' fees: fixed with the shares of a repayment, given back with them."""

from collections.abc import Sequence

from chassis.database import Tx
from services.p2p.lender_fees import queries, rules
from services.p2p.loans.model import Loan
from services.p2p.programmes.model import Programme
from services.p2p.repayments.model import Repayment, Share


async def charge(tx: Tx, programme: Programme, repayment: Repayment, shares: Sequence[Share]) -> list[Share]:
    """The shares with what the platform takes of each. What the month has room for is taken under locks, whoever else charges."""
    fees = programme.lender_fees
    holders = {share.holder for share in shares if rules.is_charged(share)} if rules.takes_any(fees) else set()
    if not holders:
        return list(shares)
    lent = await queries.lent(tx.connection, holders, repayment.currency) if fees.tiers else {}
    month = repayment.paid_on.replace(day=1)
    charged = await queries.locked(tx.connection, holders, programme.code, month)
    found = rules.charged_of(fees, shares, lent, charged)
    await queries.add(tx.connection, _by_holder(found), programme.code, month)
    return found


async def give_back(tx: Tx, loan: Loan, repayment: Repayment, shares: Sequence[Share]) -> None:
    """The repayment did not happen, or was taken back: its month has the room again."""
    fees = _by_holder(shares)
    if not fees:
        return
    month = repayment.paid_on.replace(day=1)
    await queries.locked(tx.connection, fees, loan.programme_code, month)
    await queries.add(tx.connection, {holder: -fee for holder, fee in fees.items()}, loan.programme_code, month)


def _by_holder(shares: Sequence[Share]) -> dict[str, int]:
    """A holder has one share of interest of a repayment."""
    return {share.holder: share.interest_fee_minor for share in shares if share.interest_fee_minor}
