"""The seller of an imported shop gets a limit from its orders, and draws on it; a funding party's capital is what is lent."""

import csv
from collections import Counter

from clients.ecommerce_credit.shapes import CapitalRequest, ClaimRequest, DrawingAnswer, DrawingRequest, LimitAnswer
from suite.story.imports import MARKETPLACE, SAMPLES, read_in
from suite.story.money import bring_money, yuan
from suite.story.patience import StoryFault, patiently, until
from suite.story.stage import Person, Stage

SHOPS = 6
"""So many of the sample's shops sell enough for a limit; a run takes the next, and after the last the marketplace is read in anew."""
CAPITAL_MINOR = 20_000_000
SHARE_DRAWN = 2
"""One part in so many of the limit."""


async def fund(stage: Stage, operator: Person) -> Person:
    """Somebody with money lends to the lender: its capital."""
    funder = await stage.sign_up("funder", "云溪资本", 5, channel="demo.funding")
    await bring_money(funder, "CMB", CAPITAL_MINOR)
    await patiently(lambda: operator.credit.register_funding_party(funder.subject, key=funder.key("register")))
    capital = CapitalRequest(amount=CAPITAL_MINOR, currency="CNY")
    asked = await patiently(lambda: funder.credit.contribute_capital(capital, key=funder.key("capital")))
    moved = await until(
        lambda: funder.credit.capital_movement(asked.id), lambda it: it.state != "pending", "the capital's way in"
    )
    if moved.state != "done":
        raise StoryFault(f"the capital of {funder.name} is {moved.state}: {moved.reason}")
    return funder


async def draw(seller: Person, operator: Person) -> DrawingAnswer:
    limit = await _limit(seller, operator)
    line = await patiently(lambda: seller.credit.open_line(limit.id, key=seller.key("line")))
    amount = limit.limit_minor // SHARE_DRAWN // 100 * 100
    order = DrawingRequest(line_id=line.id, amount=amount, currency=limit.currency)
    asked = await patiently(lambda: seller.credit.draw(order, key=seller.key("drawing")))
    drawing = await until(lambda: seller.credit.drawing(asked.id), lambda it: it.state != "pending", "the drawing")
    if drawing.state != "outstanding":
        raise StoryFault(f"the drawing is {drawing.state}: {drawing.reason}")
    seller.stage.say(
        f"  she draws {yuan(drawing.amount)} at {drawing.daily_rate} a day, due {drawing.due_on} (drawing {drawing.id})"
    )
    return drawing


async def _limit(seller: Person, operator: Person) -> LimitAnswer:
    """The shop is hers by an operator's word; the limit is the rule's."""
    marketplace, shop = place_of(seller.stage.run.number)
    hers = ClaimRequest(marketplace=marketplace, seller_id=shop)
    claim = await patiently(lambda: seller.credit.claim_shop(hers, key=seller.key("claim")))
    await patiently(lambda: operator.credit.decide_claim(claim.id, approve=True, key=seller.key("claim-decision")))
    limit = await patiently(lambda: seller.credit.decide_limit(claim.shop_id, key=seller.key("limit")))
    if limit.state == "declined":
        raise StoryFault(f"the shop gets no limit: {', '.join(limit.reasons)}")
    sold = limit.features
    seller.stage.say(
        f"  {seller.name}'s shop of {sold.orders} orders, {yuan(sold.average_monthly_sales_minor)} a month: grade {limit.grade},"
        f" limit {yuan(limit.limit_minor)}"
    )
    return limit


async def read_marketplace(operator: Person) -> None:
    marketplace, _ = place_of(operator.stage.run.number)
    await read_in(operator, "marketplace", SAMPLES / "marketplace", marketplace)


def place_of(run: int) -> tuple[str, str]:
    """The marketplace and the shop of a run: nobody's yet."""
    again, place = divmod(run - 1, SHOPS)
    return MARKETPLACE if again == 0 else f"{MARKETPLACE}_{again + 1}", _largest_shops()[place]


def _largest_shops() -> list[str]:
    """By their number of items in the sample."""
    with (SAMPLES / "marketplace" / "order_items.csv").open(encoding="utf-8", newline="") as opened:
        sold = Counter(row["seller_id"] for row in csv.DictReader(opened))
    return [seller for seller, _ in sold.most_common()]
