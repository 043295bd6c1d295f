"""Sharing a repayment over the holders of a loan, so that nobody ends a minor unit short or long.

Principal is shared by largest remainder with each holder's **outstanding claim** as weight: no share exceeds the claim, and
the row that repays the loan brings every claim to exactly 0. (Weights by original share, or rounding of cumulative totals,
do neither.) Interest is shared by the interest accrued per holder and day held. Equal remainders are decided by a hash of
loan, row and holder, so that no holder is favoured in row after row and a replay gives the same shares.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from hashlib import sha256
from typing import NamedTuple

from finance.errors import CannotBeMet, DatesOutOfOrder, OutOfRange
from finance.exact import LARGEST_AMOUNT, Exact, integer, listed, minor_amount, of_kind, plain_day
from finance.splitting import split_largest_remainder

LARGEST_HOLDINGS = 1_000_000


class Holding(NamedTuple):
    """A claim held over some days: from `from_on` up to, and without, `to_on`."""

    holder: str
    claim_minor: int
    from_on: date
    to_on: date


def share_principal(amount_minor: int, claims_minor: Mapping[str, int], *, loan: str, row: int) -> dict[str, int]:
    """Principal received by holder, Σ = amount; `claims_minor` are outstanding claims by holder before it.

    Holders whose share is 0 stand in the result with 0. An amount above Σ claims raises `CannotBeMet`; negative amounts
    and claims raise `OutOfRange`. `row` is the schedule row, or any number that tells repayments of a loan apart.
    """
    minor_amount(amount_minor, "amount_minor", least=0)
    for claim in of_kind(claims_minor, Mapping, "claims_minor").values():
        minor_amount(claim, "claims_minor", least=0)
    outstanding = sum(claims_minor.values())
    if amount_minor > outstanding:
        raise CannotBeMet(
            f"{amount_minor} is more principal than the claims of {outstanding}",
            field="amount_minor",
            outstanding_minor=outstanding,
        )
    if outstanding == 0:
        return dict.fromkeys(claims_minor, 0)
    return _share(amount_minor, claims_minor, loan, row)


def share_interest(amount_minor: int, accrued: Mapping[str, Exact], *, loan: str, row: int) -> dict[str, int]:
    """Interest received by holder, Σ = amount; `accrued` is what each earned in the period, in any common unit.

    Use `accrual_weights` for claims times days held. With nothing accrued by anybody a positive amount has no owner and
    raises `CannotBeMet`.
    """
    minor_amount(amount_minor, "amount_minor", least=0)
    of_kind(accrued, Mapping, "accrued")
    if amount_minor == 0:
        return dict.fromkeys(accrued, 0)
    if not any(accrued.values()):
        raise CannotBeMet("no holder accrued interest, so nobody can receive it", field="accrued")
    return _share(amount_minor, accrued, loan, row)


def accrual_weights(holdings: Iterable[Holding]) -> dict[str, int]:
    """Claim × days held, by holder: proportional to simple interest accrued at one rate.

    A holder who bought or sold midway has one holding for each stretch. Days that end before they begin raise
    `DatesOutOfOrder`.
    """
    weights: dict[str, int] = {}
    for holding in listed(holdings, "holdings", most=LARGEST_HOLDINGS):
        holder, claim, from_on, to_on = of_kind(holding, Holding, "holdings")
        of_kind(holder, str, "holder")
        if plain_day(to_on, "to_on") < plain_day(from_on, "from_on"):
            raise DatesOutOfOrder(f"a holding of {holder} ends on {to_on}, before {from_on}", field="to_on")
        earned = minor_amount(claim, "claim_minor", least=0) * (to_on - from_on).days
        weights[holder] = weights.get(holder, 0) + earned
    return weights


def tie_key(loan: str, row: int, holder: str) -> bytes:
    """What decides between equal remainders: SHA-256 of loan, row and holder, smaller first."""
    return sha256(f"{loan}\x1f{row}\x1f{holder}".encode()).digest()


def _share(amount_minor: int, weights: Mapping[str, Exact], loan: str, row: int) -> dict[str, int]:
    if not of_kind(loan, str, "loan"):
        raise OutOfRange("loan must not be empty", field="loan")
    integer(row, "row", least=-LARGEST_AMOUNT, most=LARGEST_AMOUNT)
    holders = list(weights)
    keys = [tie_key(loan, row, of_kind(holder, str, "holder")) for holder in holders]
    parts = split_largest_remainder(amount_minor, [weights[holder] for holder in holders], tie_keys=keys)
    return dict(zip(holders, parts, strict=True))
