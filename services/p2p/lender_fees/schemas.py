"""Lenders' fees on the wire."""

from datetime import date

from chassis import wire
from services.p2p.lender_fees.model import Standing


class LenderFeeAnswer(wire.Answer):
    """What a lender pays under a programme now, in minor units. lent_minor: all she has ever lent in its currency.

    next_from_minor, next_rate: from how much on, and what, she pays then; charged_minor: in the month; room_minor: what may still be
    charged in it, None without a cap; foreseen_minor: of `interest`, if that was given, received as one share today.
    """

    programme: str
    version: int
    currency: str
    month: wire.Day
    lent_minor: int
    interest_rate: wire.Rate
    next_from_minor: int | None
    next_rate: wire.Rate | None
    charged_minor: int
    room_minor: int | None
    foreseen_minor: int | None


def fee_answer(standing: Standing, month: date, foreseen_minor: int | None) -> LenderFeeAnswer:
    return LenderFeeAnswer(
        programme=standing.programme,
        version=standing.version,
        currency=standing.currency,
        month=month,
        lent_minor=standing.lent_minor,
        interest_rate=standing.interest_rate,
        next_from_minor=standing.next_from_minor,
        next_rate=standing.next_rate,
        charged_minor=standing.charged_minor,
        room_minor=standing.room_minor,
        foreseen_minor=foreseen_minor,
    )
