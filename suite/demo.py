"""`sifang demo`: one true story through every room of the suite, each step through the gateway's public interface.

A run that was cut short is taken up again under the same keys and does nothing twice; after one that ended, well or by a refusal, the next
is played by other people (`buyer-2@demo.example` …). The samples are read in again each time, and are unchanged the second time.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager

from clients.errors import ClientError, Refused
from clients.transport import Transport
from suite import tokens
from suite.folder import Folder, RunningSuite
from suite.reading.sheets import ReadFault
from suite.story import (
    borrowing,
    crowd,
    escrow,
    figures,
    finding,
    friends,
    imports,
    lending,
    operator,
    run,
    shop,
    trade,
)
from suite.story.figures import Expected
from suite.story.patience import StoryFault
from suite.story.stage import Person, Stage
from suite.story.together import meanwhile
from suite.story.town import Town

FAULTS = (StoryFault, ClientError, ReadFault, tokens.TokenFault)
TOKEN_SECONDS = 3600
Say = Callable[[str], None]


def play(folder: Folder, say: Say) -> None:
    """Play it on a running suite and write down who may sign in. Raises one of FAULTS, or NotRunning."""
    suite = folder.running()
    for name in ("gateway", "payments", "p2p", "ecommerce_credit", "info_broker", "sandbox"):
        suite.url(name)
    asyncio.run(_play(folder, suite, say))


async def _play(folder: Folder, suite: RunningSuite, say: Say) -> None:
    began = time.monotonic()
    held = run.begin(folder)
    async with AsyncExitStack() as closing:
        stage = Stage(suite.url("gateway"), _town(folder, suite, closing), held, say, closing)
        try:
            people = await _story(stage, _token(folder, "gateway"))
        except (StoryFault, Refused):
            # Asked again under the same keys it would be refused again: the next run is other people's.
            run.finish(folder, held)
            raise
    run.finish(folder, held)
    _write_down(folder, people)
    say(f"the story was played in {time.monotonic() - began:.0f} s (run {held.number})")
    for person in people:
        say(f"  {person.who:<12} {person.contact:<28} {person.password}")


async def _story(stage: Stage, suite_token: str) -> list[Person]:
    say = stage.say
    with _chapter(say, "an operator signs in"):
        staff = await operator.operator_of(stage, suite_token)
    # Twenty people at their banks take the longest: they set out at once.
    async with meanwhile(lending.gather_lenders(stage)) as lenders:
        with _chapter(say, "a marketplace's sellers and orders, a catalogue and loan applications are read in"):
            await imports.read_samples(staff)
            await borrowing.read_marketplace(staff)
        with _chapter(say, "a buyer binds a card, tops up and pays a seller's order"):
            traded = await trade.buy(stage)
        with _chapter(say, "the shop signs terms and sells: by wallet, by card, with a refund"):
            await shop.sell_under_terms(traded.seller, traded.merchant_id, traded.buyer, staff)
        with _chapter(say, "trades under escrow: one confirmed, one ruled upon, one in dispute"):
            await escrow.trade_under_escrow(traded.seller, traded.merchant_id, traded.buyer, staff)
        with _chapter(say, "the buyer sends money to a friend, whose withdrawal comes back"):
            friend = await friends.send_to_a_friend(stage, traded.buyer)
            await friends.take_out_and_have_it_back(friend)
        with _chapter(say, "the seller gets a limit from her shop's orders and draws"):
            await borrowing.fund(stage, staff)
            drawing = await borrowing.draw(traded.seller, staff)
        with _chapter(say, f"{lending.LENDERS} lenders fund a borrower's listing; she repays the first instalment"):
            borrower = await stage.sign_up("borrower", "韩梅", 3)
            lent = await lending.lend(borrower, await lenders)
        with _chapter(say, f"{crowd.BACKERS} of them back a project that two of the staff have looked at"):
            creator = await stage.sign_up("creator", "罗兰", 5)
            colleague = await operator.colleague_of(stage, suite_token)
            await crowd.fund_a_lamp(creator, staff, colleague, (await lenders)[: crowd.BACKERS])
    with _chapter(say, "a visitor finds a fund and leaves a lead"):
        visitor = await stage.sign_up("visitor", "陶然", 4, channel="demo.search")
        lead_id = await finding.find_and_ask(visitor, staff)
    with _chapter(say, "the operations page shows all of it"):
        await figures.caught_up(staff, _expected(traded, drawing.id, lent, lead_id, visitor))
        await figures.tell(staff)
    return [staff, colleague, traded.buyer, traded.seller, friend, borrower, lenders.result()[0], creator, visitor]


def _expected(
    traded: trade.Traded, drawing_id: str, lent: lending.Lent, lead_id: str, visitor: Person
) -> list[Expected]:
    """What this run did last in each source."""
    return [
        Expected("registrations", [visitor.subject]),
        Expected("orders_paid", [traded.order_id]),
        Expected("bids", lent.bid_ids),
        Expected("loans_disbursed", [lent.loan.id, drawing_id]),
        Expected("repayments", [lent.repayment.id]),
        Expected("lead_acceptance", [lead_id], counter="leads_accepted"),
    ]


@contextmanager
def _chapter(say: Say, title: str) -> Iterator[None]:
    began = time.monotonic()
    say(title)
    yield
    say(f"  {time.monotonic() - began:.1f} s")


def _town(folder: Folder, suite: RunningSuite, closing: AsyncExitStack) -> Town:
    """The sandbox, by its doors for people: only where it is a sandbox does anybody hold such a token."""
    token = _token(folder, "sandbox")
    transport = Transport(suite.url("sandbox"), lambda _: token)
    closing.push_async_callback(transport.close)
    return Town(transport)


def _token(folder: Folder, service: str) -> str:
    return tokens.make(folder, "operator", [], subject=None, seconds=TOKEN_SECONDS, audience=[service])


def _write_down(folder: Folder, people: list[Person]) -> None:
    """What `sifang up` shows from then on."""
    sign_ins = [{"who": one.who, "contact": one.contact, "password": one.password} for one in people]
    run.write_private(folder, folder.demo.name, json.dumps({"sign_ins": sign_ins}, indent=2))
