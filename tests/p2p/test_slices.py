"""A first lender lends all, and sells slices: matched in amount and term, each of one claim, never promised shorter than it is."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.p2p.programmes.model import LenderFees, ResaleTerms
from services.p2p.resale.model import Asset, Sale, SaleState
from services.p2p.resale.slices import match
from tests.p2p.people import World
from tests.p2p.test_resale import bought, claim_of

TERMS = ResaleTerms(0, Decimal(1), Decimal(1), Decimal(0))
DAY = date(2026, 12, 1)
NOW = datetime(2026, 12, 1, tzinfo=UTC)
LOT = 50


def asset(number: int, left: int, days: int, terms: ResaleTerms = TERMS) -> Asset:
    sale = Sale(
        id=UUID(int=number),
        claim_id=UUID(int=number),
        loan_id=UUID(int=number),
        seller="cus_first",
        currency="CNY",
        principal_minor=left,
        sold_minor=0,
        price_share=Decimal(1),
        claim_version=1,
        state=SaleState.OPEN,
        reason=None,
        offered_at=NOW,
        changed_at=NOW,
        due_at=NOW,
    )
    return Asset(sale, DAY + timedelta(days=days), LOT, terms, LenderFees())


assets = st.lists(st.tuples(st.integers(1, 2_000), st.integers(0, 100)), max_size=12).map(
    lambda found: [asset(number + 1, *one) for number, one in enumerate(found)]
)


@given(assets, st.integers(1, 10_000), st.integers(0, 100))
def test_slices_fit_in_amount_and_term_and_nothing_that_fits_is_left(
    found: list[Asset], amount: int, days: int
) -> None:
    until = DAY + timedelta(days=days)
    slices = match(found, amount_minor=amount, until_on=until)
    assert slices == match(list(reversed(found)), amount_minor=amount, until_on=until)
    assert all(one.asset.last_due_on <= until for one in slices)
    assert all(one.principal_minor in (one.asset.sale.left_minor, one.principal_minor // LOT * LOT) for one in slices)
    assert all(0 < one.principal_minor <= one.asset.sale.left_minor for one in slices)
    left = amount - sum(one.principal_minor for one in slices)
    assert left >= 0
    taken = {one.asset.sale.id for one in slices}
    for one in found:
        if one.sale.id not in taken and one.last_due_on <= until:
            assert left < min(LOT, one.sale.left_minor)
    days_taken = [one.asset.last_due_on for one in slices]
    assert days_taken == sorted(days_taken, reverse=True), "the longest first: least time without interest"


def test_what_passes_on_whole_is_matched_whole() -> None:
    whole = replace(TERMS, in_parts=False)
    found = [asset(1, 700, 10, whole), asset(2, 300, 5)]
    slices = match(found, amount_minor=600, until_on=DAY + timedelta(days=10))
    assert [(one.asset.sale.id.int, one.principal_minor) for one in slices] == [(2, 300)]


async def test_a_first_lender_lends_all_and_sells_slices_of_one_claim(world: World) -> None:
    """The journey of the claim-transfer programme: refused promises are reported, the slices bought receive what follows."""
    borrower, first = world.person(), await world.rich(2_000_000)
    await world.licensed(first)
    listing = await world.listed(borrower, programme="claim_transfer")
    body = {"amount": 500_000, "currency": "CNY"}
    part = await first.lending.refused(f"/v1/listings/{listing['id']}/bids", body)
    assert part == (409, "first_lender_takes_all", "amount")
    assert (await first.bid(listing["id"], 1_000_000))["state"] in ("placed", "funded")
    done = await world.until(borrower.lending, f"/v1/listings/{listing['id']}", "disbursed")
    claim = await claim_of(first)
    rows = (await borrower.lending.get(f"/v1/loans/{done['loan_id']}/schedule"))["rows"]
    last = date.fromisoformat(rows[-1]["due_on"])
    offer = {"claim_ids": [claim["id"]], "amount": 800_000, "currency": "CNY", "price_share": "1"}
    short = offer | {"promised_on": (last - timedelta(days=1)).isoformat()}
    assert await first.lending.refused("/v1/slices", short) == (409, "maturity_gap", "promised_on")
    other = "clm_" + "0" * 26
    pool = offer | {"claim_ids": [claim["id"], other], "promised_on": last.isoformat()}
    assert await first.lending.refused("/v1/slices", pool) == (409, "pool_refused", "claim_ids")
    reported = (await world.operator.get("/v1/slice-refusals"))["items"]
    assert [(one["fault"], one["party"], one["claims"]) for one in reported] == [
        ("pool", first.id, 2),
        ("maturity_gap", first.id, 1),
    ]
    sale = await first.lending.made("/v1/slices", offer | {"promised_on": last.isoformat()})
    assert (sale["state"], sale["promised_on"]) == ("open", last.isoformat())
    buyer = await world.rich(300_000)
    wish = {"programme": "claim_transfer", "amount": 300_000, "currency": "CNY"}
    none = await buyer.lending.get("/v1/slice-matches", **wish, until_on=(last - timedelta(days=1)).isoformat())
    assert (none["items"], none["unmatched_minor"]) == ([], 300_000)
    fits = await buyer.lending.get("/v1/slice-matches", **wish, until_on=last.isoformat())
    assert [(one["sale_id"], one["amount"], one["price_minor"]) for one in fits["items"]] == [
        (sale["id"], 300_000, 300_000)
    ]
    assert (await bought(buyer, sale, 300_000))["state"] == "settled"
    assert await buyer.balance() == (0, 0)
    assert await first.balance() == (1_300_000, 1_300_000)
    await world.give(borrower, 2_000_000)
    for row in rows:
        payment = {"amount": row["payment_minor"], "currency": "CNY"}
        await borrower.lending.made(f"/v1/loans/{done['loan_id']}/repayments", payment)
    hers, firsts = await claim_of(buyer), await claim_of(first)
    assert (hers["principal_received_minor"], firsts["principal_received_minor"]) == (300_000, 700_000)
    assert (hers["outstanding_minor"], firsts["outstanding_minor"]) == (0, 0)
    assert (await first.lending.get(f"/v1/sales/{sale['id']}"))["state"] == "voided"
    await world.audit()
