"""The share of a loan that its originator lends itself, and keeps (风险自留)."""

from decimal import Decimal
from fractions import Fraction
from math import ceil

from services.p2p.errors import NotOffered
from services.p2p.programmes.model import Programme

LARGEST = Decimal("0.15")
"""Of a loan, in lots as it is listed."""


def retained_of(programme: Programme, amount_minor: int, lot_minor: int) -> int:
    """In whole lots, never less than the programme's share; 0 where nothing is retained. Raises NotOffered where lots are too large."""
    if programme.originator is None or not programme.originator.retained_share:
        return 0
    lots = ceil(Fraction(programme.originator.retained_share) * amount_minor / lot_minor)
    if lots * lot_minor > LARGEST * amount_minor:
        raise NotOffered("in lots so large no share of it can be retained", field="lot_minor", lot_minor=lot_minor)
    return lots * lot_minor
