"""Transfer code → entries: what each movement of lending is in the books of whoever it concerns.

A rule names, for the side that pays and for the side that is paid, the account that stands against cash; None where that side is nobody's
whose books are kept here (a borrower, a backer, an account of one listing). So each entry is balanced by itself, and a transfer between two
entities is one entry in the books of each.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from services.p2p.accounting.errors import UnruledPosting
from services.p2p.accounting.model import RESERVE_FUND, Account, Entry, Posting, claims_account
from services.p2p.claims.model import is_customer
from services.p2p.repayments.model import ShareKind

_A = Account
RESOLD = "p2p.resale.principal"
LENDER_FEE = "p2p.fee.interest"
LENDER_FEE_BACK = "p2p.reversal.interest_fee"


class Rule(NamedTuple):
    """paying, paid: the account against cash, CLAIMS standing for counter-claims too."""

    paying: Account | None
    paid: Account | None


_NOBODY = Rule(None, None)
RULES: Mapping[str, Rule] = {
    "p2p.disbursement.principal": Rule(_A.CLAIMS, None),
    "p2p.disbursement.payout": _NOBODY,
    "p2p.fee.origination": Rule(None, _A.FEE_INCOME),
    "p2p.fee.reserve_contribution": Rule(None, _A.CONTRIBUTIONS),
    "p2p.repayment.principal": Rule(None, _A.CLAIMS),
    "p2p.repayment.interest": Rule(None, _A.INTEREST_INCOME),
    "p2p.repayment.late_interest": Rule(None, _A.LATE_INTEREST_INCOME),
    "p2p.fee.prepayment": Rule(None, _A.FEE_INCOME),
    LENDER_FEE: Rule(None, _A.FEE_INCOME),
    "p2p.fee.collection.principal": Rule(None, _A.FEE_INCOME),
    "p2p.fee.collection.interest": Rule(None, _A.FEE_INCOME),
    "p2p.fee.collection.late_interest": Rule(None, _A.FEE_INCOME),
    "p2p.fee.plan": Rule(None, _A.FEE_INCOME),
    "p2p.plan.excess": Rule(None, _A.FEE_INCOME),
    "p2p.reversal.advance": Rule(_A.ADVANCES, _A.ADVANCES),
    "p2p.reversal.borne": Rule(_A.ADVANCES, None),
    "p2p.debit.advance": Rule(_A.ADVANCES, None),
    "p2p.debit.advance_covered": Rule(None, _A.ADVANCES),
    "p2p.debit.surplus": _NOBODY,
    "p2p.debit.late_return": _NOBODY,
    "p2p.debit.chargeback.advance": Rule(_A.LOAN_LOSSES, None),
    "p2p.debit.chargeback.repayment": Rule(None, _A.LOAN_LOSSES),
    "p2p.distribution.aside": _NOBODY,
    "p2p.reversal.principal": Rule(_A.CLAIMS, None),
    "p2p.reversal.interest": Rule(_A.INTEREST_INCOME, None),
    "p2p.reversal.late_interest": Rule(_A.LATE_INTEREST_INCOME, None),
    "p2p.reversal.fee": Rule(_A.FEE_INCOME, None),
    LENDER_FEE_BACK: Rule(_A.FEE_INCOME, None),
    "p2p.reversal.collection.principal": Rule(_A.FEE_INCOME, None),
    "p2p.reversal.collection.interest": Rule(_A.FEE_INCOME, None),
    "p2p.reversal.collection.late_interest": Rule(_A.FEE_INCOME, None),
    "p2p.loss.principal": Rule(_A.CLAIMS, _A.CLAIMS),
    "p2p.loss.interest": Rule(_A.COMPENSATED_INTEREST, _A.INTEREST_INCOME),
    "p2p.loss.aside.principal": Rule(_A.CLAIMS, None),
    "p2p.loss.aside.interest": Rule(_A.COMPENSATED_INTEREST, None),
    RESOLD: Rule(_A.CLAIMS, _A.CLAIMS),
    "p2p.resale.accrued": Rule(_A.INTEREST_INCOME, _A.INTEREST_INCOME),
    "p2p.fee.resale": Rule(_A.RESALE_RESULT, _A.FEE_INCOME),
    "p2p.partner.passed_on": _NOBODY,
    "p2p.partner.taken_back": _NOBODY,
    "p2p.partner.holding_interest": Rule(None, _A.LATE_INTEREST_INCOME),
    "p2p.agent.commission": Rule(_A.COMMISSION_EXPENSE, None),
    "p2p.agent.clawback": Rule(None, _A.COMMISSION_EXPENSE),
    "p2p.custody.top_up": _NOBODY,
    "p2p.custody.withdrawal": _NOBODY,
    "p2p.crowdfunding.collection": _NOBODY,
    "p2p.crowdfunding.payout": _NOBODY,
    "p2p.crowdfunding.fee": Rule(None, _A.FEE_INCOME),
    "p2p.crowdfunding.refund": _NOBODY,
    "p2p.crowdfunding.late_return": _NOBODY,
    "p2p.crowdfunding.chargeback.repayment": _NOBODY,
    "p2p.crowdfunding.chargeback.cover": Rule(_A.LOAN_LOSSES, None),
}
HOUSE_PAYS = frozenset({"p2p.loss.principal", "p2p.loss.interest"})
"""Paid from accounts of the house's own; else it comes from where their money had been set aside for holders in other books."""
_OWNERS = Rule(_A.FUNDING, _A.FUNDING)
"""Whatever is no story of lending: who owns an account put something in, or took it out."""
OWN = "p2p."


def rule_of(code: str) -> Rule:
    """Raises UnruledPosting."""
    if not code.startswith(OWN):
        return _OWNERS
    if code not in RULES:
        raise UnruledPosting(f"no rule says what {code} is in the books")
    return RULES[code]


def entries_of(posting: Posting) -> list[Entry]:
    """Σ debits = Σ credits of each entity. Raises UnruledPosting, also where an entity's account moves on a side that has no rule."""
    rule = rule_of(posting.code)
    found: list[Entry] = []
    for entity, contra, pays in ((posting.payer, rule.paying, True), (posting.payee, rule.paid, False)):
        if entity is None:
            continue
        if contra is None:
            raise UnruledPosting(f"{posting.code} has no rule for the side of {entity}")
        if posting.code == RESOLD:
            found += _resold(posting, entity, pays=pays)
        else:
            found += _against(posting.currency, entity, _named(contra, entity), posting.amount_minor, pays=pays)
    return found + list(_on_behalf(posting))


def passed_on(currency: str, giver: str, taker: str, principal_minor: int) -> list[Entry]:
    """Principal that is another's claim because he advanced what its holder could not give back."""
    return [
        Entry(currency, giver, _A.ADVANCES, principal_minor, 0),
        Entry(currency, giver, claims_account(giver), 0, principal_minor),
        Entry(currency, taker, claims_account(taker), principal_minor, 0),
        Entry(currency, taker, _A.ADVANCES, 0, principal_minor),
    ]


def kept_back(currency: str, entity: str, kind: ShareKind, amount_minor: int) -> list[Entry]:
    """What was kept of late money: her claim, or her income, is paid by the whole, and the fee is her expense. Below zero: given back."""
    return adjusted(currency, entity, _A.FEE_EXPENSE, _received_as(entity, kind), amount_minor)


def borne(currency: str, entity: str, kind: ShareKind, amount_minor: int) -> list[Entry]:
    """What was taken back of who keeps the money: nothing moved for her, as the platform paid in her place."""
    return adjusted(currency, entity, _received_as(entity, kind), _A.ADVANCES, amount_minor)


def _received_as(entity: str, kind: ShareKind) -> Account:
    received = {ShareKind.PRINCIPAL: claims_account(entity), ShareKind.INTEREST: _A.INTEREST_INCOME}
    return received.get(kind, _A.LATE_INTEREST_INCOME)


def adjusted(currency: str, entity: str, account: Account, against: Account, change_minor: int) -> list[Entry]:
    """A balance that grows (debit) or shrinks by what was worked out anew."""
    if change_minor == 0:
        return []
    debit, credit = (account, against) if change_minor > 0 else (against, account)
    amount = abs(change_minor)
    return [Entry(currency, entity, debit, amount, 0), Entry(currency, entity, credit, 0, amount)]


def summed(entries: Iterable[Entry]) -> list[Entry]:
    """By currency, entity and account, in that order."""
    totals: dict[tuple[str, str, Account], list[int]] = defaultdict(lambda: [0, 0])
    for one in entries:
        total = totals[one.currency, one.entity, one.account]
        total[0] += one.debit_minor
        total[1] += one.credit_minor
    return [Entry(*key, *total) for key, total in sorted(totals.items())]


def _named(contra: Account, entity: str) -> Account:
    if contra is _A.CLAIMS:
        return claims_account(entity)
    # What comes to the fund is no fee: income of plans above their caps.
    return _A.CONTRIBUTIONS if contra is _A.FEE_INCOME and entity == RESERVE_FUND else contra


def _against(currency: str, entity: str, contra: Account, amount: int, *, pays: bool) -> list[Entry]:
    debit, credit = (contra, _A.CASH) if pays else (_A.CASH, contra)
    return [Entry(currency, entity, debit, amount, 0), Entry(currency, entity, credit, 0, amount)]


def _resold(posting: Posting, entity: str, *, pays: bool) -> list[Entry]:
    """Claims stand in the books with what is owed of them; the price makes the rest a result of the day, on both sides."""
    entries = _against(posting.currency, entity, _A.RESALE_RESULT, posting.amount_minor, pays=pays)
    change = posting.principal_minor if pays else -posting.principal_minor
    return entries + adjusted(posting.currency, entity, claims_account(entity), _A.RESALE_RESULT, change)


def _on_behalf(posting: Posting) -> Iterator[Entry]:
    """A lender's fee is kept back from what the borrower paid her: her income is the whole, and the fee her expense."""
    holder, amount = posting.holder, posting.amount_minor
    if holder is None or not is_customer(holder):
        return
    change = {LENDER_FEE: amount, LENDER_FEE_BACK: -amount}.get(posting.code, 0)
    yield from adjusted(posting.currency, holder, _A.FEE_EXPENSE, _A.INTEREST_INCOME, change)
