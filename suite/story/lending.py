"""Twenty lenders fund a borrower's listing, one by her standing order; she repays the first instalment, and all receive their shares."""

from collections.abc import Sequence
from dataclasses import dataclass

from clients.p2p.market import LendersMarket
from clients.p2p.shapes import (
    ApplicationRequest,
    AssessmentRequest,
    BidAnswer,
    BidRequest,
    FactsRequest,
    IdentityRequest,
    ListingRequest,
    LoanAnswer,
    RepaymentAnswer,
    RepaymentRequest,
    StandingOrderRequest,
)
from suite.story.money import bring_money, yuan
from suite.story.patience import StoryFault, patiently, until
from suite.story.stage import Person, Stage
from suite.story.together import together
from suite.story.town import BANKS

LENDERS = 20
FIRST_LENDER = 10
"""Her number among the run's people; the others follow."""
AT_ONCE = 6
LEAST_BID_MINOR = 50_000
STEP_MINOR = 5_000
AMOUNT_MINOR = sum(LEAST_BID_MINOR + place * STEP_MINOR for place in range(LENDERS))
TERM_MONTHS = 12
RATE = "0.10"
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"
_FACTS = FactsRequest(
    annual_income_minor=30_000_000,
    monthly_debt_minor=100_000,
    debts_elsewhere_minor=500_000,
    credit_limit_minor=10_000_000,
    credit_since_year=2005,
    employment_months=120,
    home="own",
)

_ANSWERS = AssessmentRequest(
    version=1,
    answers={
        "age": "from_30",
        "income": "below_1m",
        "share": "tenth",
        "debts": "none",
        "knowledge": "some",
        "horizon": "year",
        "aim": "grow",
        "loss": "third",
    },
)
"""Of every lender: level 4, which every grade is open to."""


@dataclass(frozen=True)
class Lent:
    """repayment_id, bid_ids: under which the figures show them."""

    loan: LoanAnswer
    repayment: RepaymentAnswer
    bid_ids: Sequence[str]


async def gather_lenders(stage: Stage) -> list[Person]:
    """Twenty new people with money in their wallets, a few at a time."""

    async def one(place: int) -> Person:
        name = f"{_SURNAMES[place]}{'静敏丽强磊'[place % 5]}"
        lender = await stage.sign_up(f"lender-{place + 1}", name, FIRST_LENDER + place, channel="demo.lenders")
        await patiently(lambda: lender.p2p.assess(_ANSWERS, key=lender.key("risk-assessment")))
        await bring_money(lender, list(BANKS)[place % len(BANKS)], 2 * _bid_of(place))
        return lender

    return await together((one(place) for place in range(LENDERS)), AT_ONCE)


async def lend(borrower: Person, lenders: Sequence[Person]) -> Lent:
    say = borrower.stage.say
    automatic = await _stands_ready(lenders[-1])
    listing_id = await _listed(borrower)
    say(f"  {borrower.name} lists {yuan(AMOUNT_MINOR)} at {float(RATE):.0%} over {TERM_MONTHS} months")
    await _was_filled(lenders[-1], automatic, listing_id)
    bids = await together(_bid(lender, place, listing_id) for place, lender in enumerate(lenders[:-1]))
    listing = await until(
        lambda: borrower.p2p.listing(listing_id), lambda it: it.state in ("disbursed", "failed"), "the payout"
    )
    if listing.state != "disbursed" or listing.loan_id is None:
        raise StoryFault(f"the listing is {listing.state}: {listing.reason}")
    loan_id = listing.loan_id
    loan = await patiently(lambda: borrower.p2p.loan(loan_id))
    say(
        f"  {len(bids)} bids and a standing order fill it, {yuan(loan.payout_minor)} reach her wallet in one batch (loan {loan.id})"
    )
    repayment = await _repay_first(borrower, loan)
    await _check_shares(lenders, loan, repayment)
    say(
        f"  the first instalment of {yuan(repayment.amount)} is repaid: principal {yuan(repayment.principal_minor)},"
        f" interest {yuan(repayment.interest_minor)}, shared to the cent over {len(lenders)} lenders"
    )
    return Lent(loan, repayment, [bid.id for bid in bids])


async def _stands_ready(lender: Person) -> str:
    """Her standing order, of as much as she would bid."""
    amount = _bid_of(LENDERS - 1)
    order = StandingOrderRequest(
        currency="CNY",
        lowest_rate=RATE,
        programmes=["open_auction"],
        grades=["A", "B", "C", "D"],
        terms_months=[TERM_MONTHS],
        least_amount=amount,
        most_amount=amount,
        budget=amount,
    )
    market = LendersMarket(lender.p2p.transport)
    made = await patiently(lambda: market.stand(order, key=lender.key("standing-order")))
    stands = await until(
        lambda: market.standing_order(made.id), lambda it: it.state != "opening", "a standing order's wallet"
    )
    return stands.id


async def _was_filled(lender: Person, order_id: str, listing_id: str) -> None:
    """In its turn, before anybody's bid takes what is left."""
    market = LendersMarket(lender.p2p.transport)
    why = await until(
        lambda: market.why(order_id, listing_id),
        lambda it: any(run.amount for run in it.runs),
        "the standing order's turn",
    )
    filled = next(run for run in why.runs if run.amount)
    lender.stage.say(
        f"  {lender.name}'s standing order is place {filled.position} of {filled.considered} in the queue: filled"
    )


async def _listed(borrower: Person) -> str:
    """Her application, approved by the rule, and its open listing."""
    identity = IdentityRequest(name=borrower.name, identity_number=identity_number_of(borrower.stage.run.number))
    wish = ApplicationRequest(
        amount=AMOUNT_MINOR,
        currency="CNY",
        term_months=TERM_MONTHS,
        purpose="education",
        identity=identity,
        facts=_FACTS,
    )
    asked_for = await patiently(lambda: borrower.p2p.apply(wish, key=borrower.key("application")))
    application = await until(
        lambda: borrower.p2p.application(asked_for.id),
        lambda it: it.state != "checking",
        "the checks of her application",
    )
    if application.state != "approved":
        raise StoryFault(f"the application is {application.state}: {', '.join(application.reasons)}")
    borrower.stage.say(f"  {borrower.name} applies: grade {application.grade}, up to {yuan(application.limit_minor)}")
    terms = ListingRequest(
        programme="open_auction",
        amount=AMOUNT_MINOR,
        currency="CNY",
        term_months=TERM_MONTHS,
        method="equal_instalment",
        annual_rate=RATE,
    )
    asked = await patiently(lambda: borrower.p2p.list_application(application.id, terms, key=borrower.key("listing")))
    await until(lambda: borrower.p2p.listing(asked.id), lambda it: it.state != "draft", "the listing's account")
    return asked.id


async def _bid(lender: Person, place: int, listing_id: str) -> BidAnswer:
    bid = BidRequest(amount=_bid_of(place), currency="CNY")
    asked = await patiently(lambda: lender.p2p.bid(listing_id, bid, key=lender.key("bid")))
    placed = await until(lambda: lender.p2p.read_bid(asked.id), lambda it: it.state != "pending", "a bid's hold")
    if placed.state not in ("placed", "funded"):
        raise StoryFault(f"the bid of {lender.name} is {placed.state}: {placed.reason}")
    return placed


async def _repay_first(borrower: Person, loan: LoanAnswer) -> RepaymentAnswer:
    schedule = await patiently(lambda: borrower.p2p.schedule(loan.id))
    order = RepaymentRequest(amount=schedule.rows[0].payment_minor, currency=loan.currency)
    await patiently(lambda: borrower.p2p.repay(loan.id, order, key=borrower.key("repayment")))
    found = await until(
        lambda: borrower.p2p.repayments(loan.id),
        lambda them: bool(them) and them[0].state != "pending",
        "the repayment",
    )
    if found[0].state != "shared":
        raise StoryFault(f"the repayment is {found[0].state}: {found[0].reason}")
    return found[0]


async def _check_shares(lenders: Sequence[Person], loan: LoanAnswer, repayment: RepaymentAnswer) -> None:
    """Every lender looks at her own claim; together they received what the borrower paid."""
    claims = await together(patiently(lender.p2p.claims) for lender in lenders)
    mine = [next(claim for claim in held if claim.loan_id == loan.id) for held in claims]
    received = [claim.principal_received_minor + claim.interest_received_minor for claim in mine]
    if min(received) <= 0 or sum(received) != repayment.amount:
        raise StoryFault(f"the shares of {repayment.id} make {sum(received)}, not {repayment.amount}")


def _bid_of(place: int) -> int:
    return LEAST_BID_MINOR + place * STEP_MINOR


def identity_number_of(run: int) -> str:
    """An invented resident's number with its check digit (GB 11643: ISO 7064 MOD 11-2), another for each run."""
    born = f"19{70 + run // 28 % 30:02d}07{1 + run % 28:02d}"
    body = f"110105{born}{run % 1000:03d}"
    rest = sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(body)) % 11
    return body + "10X98765432"[rest]
