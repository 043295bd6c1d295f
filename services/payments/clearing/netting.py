"""What many obligations come to: positions, and the payments that settle them."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal

from services.payments.clearing.model import POOL, Figures, Flow, Interchange, Payment

SIX_PLACES = Decimal("0.000001")


def sides(flows: Iterable[Flow]) -> dict[int, tuple[int, int]]:
    """What each owes and what it is owed, by participant; the sums of both are equal."""
    owes: dict[int, int] = {}
    owed: dict[int, int] = {}
    for flow in flows:
        owes[flow.payer] = owes.get(flow.payer, 0) + flow.amount
        owed[flow.payee] = owed.get(flow.payee, 0) + flow.amount
    return {number: (owes.get(number, 0), owed.get(number, 0)) for number in sorted(owes.keys() | owed.keys())}


def pair_nets(flows: Iterable[Flow]) -> list[Payment]:
    """Of each pair, what one owes the other more than it is owed by it; none where they are even. By payer and payee."""
    pairs: dict[tuple[int, int], int] = {}
    for flow in flows:
        key, sign = ((flow.payer, flow.payee), 1) if flow.payer < flow.payee else ((flow.payee, flow.payer), -1)
        pairs[key] = pairs.get(key, 0) + sign * flow.amount
    found = [Payment(a, b, net) if net > 0 else Payment(b, a, -net) for (a, b), net in pairs.items() if net]
    return sorted(found)


def payments(flows: Sequence[Flow], interchange: Interchange) -> list[Payment]:
    """What settles them: multilateral through the pool, who owes first; bilateral from the one to the other."""
    if interchange is Interchange.BILATERAL:
        return pair_nets(flows)
    return through_the_pool({number: owes - owed for number, (owes, owed) in sides(flows).items()})


def through_the_pool(nets: Mapping[int, int]) -> list[Payment]:
    """nets: what each owes more than it is owed, 0 in sum."""
    paying = [Payment(number, POOL, net) for number, net in sorted(nets.items()) if net > 0]
    return paying + [Payment(POOL, number, -net) for number, net in sorted(nets.items()) if net < 0]


def figures(flows: Sequence[Flow]) -> Figures:
    both = sides(flows)
    return Figures(
        obligations=sum(flow.obligations for flow in flows),
        gross_minor=sum(flow.amount for flow in flows),
        bilateral_minor=sum(pair.amount for pair in pair_nets(flows)),
        multilateral_minor=sum(owes - owed for owes, owed in both.values() if owes > owed),
        participants=len(both),
    )


def efficiency(net_minor: int, gross_minor: int) -> Decimal:
    """1 − net ÷ gross: which part of the money need not move. To six places; 0 of nothing."""
    if gross_minor == 0:
        return Decimal(0).quantize(SIX_PLACES)
    return (1 - Decimal(net_minor) / Decimal(gross_minor)).quantize(SIX_PLACES, ROUND_HALF_EVEN)
