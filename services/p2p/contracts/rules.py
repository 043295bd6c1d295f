"""What stands in a contract, and each party's document made of it: the same bytes whenever they are made."""

from collections import defaultdict
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import msgspec

from services.p2p.bids.model import Bid
from services.p2p.contracts.model import Role
from services.p2p.loans.model import Loan, LoanRow
from services.p2p.programmes.model import Programme
from services.p2p.wire_ids import listing_text, loan_text

TYPE = "sifang-contract+jwt"
"""What the signature's header says it is: no token, which has another type and an audience."""


def terms_of(loan: Loan, rows: Sequence[LoanRow], programme: Programme, lenders: int) -> str:
    """Everything that binds the parties but who they are: lenders know their borrower by her loan alone."""
    facts: dict[str, Any] = {
        "loan_id": loan_text(loan.id),
        "listing_id": listing_text(loan.listing_id),
        "contracted_at": loan.contracted_at,
        "programme": {"code": programme.code, "version": programme.version, "names": programme.names},
        "principal_minor": loan.principal_minor,
        "currency": loan.currency,
        "annual_rate": format(loan.annual_rate, "f"),
        "all_in_rate": format(loan.all_in_rate, "f"),
        "ceiling_rate": format(loan.ceiling_rate, "f"),
        "term_months": loan.term_months,
        "method": loan.method,
        "day_count": loan.day_count,
        "starts_on": loan.starts_on,
        "origination_fee_minor": loan.origination_fee_minor,
        "reserve_contribution_minor": loan.reserve_contribution_minor,
        "late_daily_rate": format(programme.late_daily_rate, "f"),
        "grace_days": programme.grace_days,
        "prepayment": programme.prepayment,
        "loss_borne_by": programme.loss_borne_by,
        "loss_waterfall": programme.loss_waterfall,
        "collection_fee": _collection_fee(programme),
        "lenders": lenders,
        "schedule": [
            {
                "number": row.number,
                "due_on": row.due_on,
                "principal_minor": row.principal_minor,
                "interest_minor": row.interest_minor,
                "balance_minor": row.balance_minor,
            }
            for row in rows
        ],
    }
    return _canonical(facts).decode()


def _collection_fee(programme: Programme) -> dict[str, Any]:
    """What a lender lets be kept of money that comes late."""
    fees = programme.lender_fees
    rates = [{"after_days": days, "rate": format(rate, "f")} for days, rate in fees.collection_rates if rate]
    return {"rates": rates, "most_minor": fees.most_collection_minor}


def document_of(terms: str, party: str, role: Role, amount_minor: int) -> bytes:
    facts = {"terms": msgspec.Raw(terms.encode()), "party": party, "role": role, "amount_minor": amount_minor}
    return _canonical(facts)


def digest_of(document: bytes) -> str:
    return sha256(document).hexdigest()


def amounts_of(loan: Loan, bids: Sequence[Bid]) -> list[tuple[str, Role, int]]:
    """The parties, each once: the borrower, then lenders with all of their bids together."""
    lent: dict[str, int] = defaultdict(int)
    for bid in bids:
        lent[bid.lender] += bid.amount_minor
    lenders = [(lender, Role.LENDER, amount) for lender, amount in sorted(lent.items())]
    return [(loan.borrower, Role.BORROWER, loan.principal_minor), *lenders]


def claims_of(loan: Loan, party: str, digest: str) -> dict[str, Any]:
    """What is signed. iat: of the contract, so that a signature made again is the same."""
    return {
        "iat": int(loan.contracted_at.timestamp()),
        "contract": loan_text(loan.id),
        "party": party,
        "sha256": digest,
    }


def _canonical(facts: dict[str, Any]) -> bytes:
    return msgspec.json.encode(facts, order="sorted")
