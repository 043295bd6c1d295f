"""Money that a borrower paid to who proposed her loan: passed on as of her day, with interest for every day that it comes late."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.clock import business_day, real_now
from chassis.ids import encode
from clients.ids import new_id
from services.p2p.errors import NotAllowedInState
from services.p2p.partner_receipts import rules
from services.p2p.partner_receipts.errors import ReceivedOnNotAllowed
from services.p2p.partner_receipts.model import PartnerReceipt, ReceiptEvent, ReceiptState
from services.p2p.repayments.model import Share, ShareKind
from tests.p2p.auditing import all_failed_when
from tests.p2p.people import TERMS, Lent, Person, World, application
from tests.p2p.test_collecting import to_day
from tests.p2p.test_originators import PARTNERS

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
RECEIPT = PartnerReceipt(
    id=UUID(int=1),
    originator_id=UUID(int=2),
    party="cus_partner",
    loan_id=UUID(int=3),
    amount_minor=100_000,
    currency="CNY",
    received_on=date(2026, 11, 20),
    pass_on_by=date(2026, 11, 23),
    daily_rate="0.0005",
    state=ReceiptState.HELD,
    repayment_id=None,
    account_id=UUID(int=4),
    passed_on=None,
    interest_minor=0,
    tries=0,
    reason=None,
    recorded_at=NOW,
    changed_at=NOW,
    due_at=NOW,
)
KNOWN = {
    ("held", "pass_on"): "passing",
    ("held", "return"): "returned",
    ("passing", "refuse"): "held",
    ("passing", "settle"): "passed",
    ("passing", "settle_late"): "owing",
    ("owing", "pay"): "passed",
}


@pytest.mark.parametrize(("state", "event"), list(product(ReceiptState, ReceiptEvent)))
def test_every_event_in_every_state(state: ReceiptState, event: ReceiptEvent) -> None:
    expected = KNOWN.get((state.value, event.value))
    receipt = replace(RECEIPT, state=state)
    if expected is None:
        with pytest.raises(NotAllowedInState):
            rules.next_state(receipt, event)
    else:
        assert rules.next_state(receipt, event).value == expected


def test_interest_begins_on_the_day_after_the_last_without_it() -> None:
    by = RECEIPT.pass_on_by
    days = [by - timedelta(days=1), by, by + timedelta(days=1), by + timedelta(days=10)]
    assert [rules.interest_of(RECEIPT, 100_000, day) for day in days] == [0, 0, 50, 500]
    assert rules.interest_of(RECEIPT, 1, by + timedelta(days=999)) == 0
    assert rules.interest_of(RECEIPT, 1, by + timedelta(days=1_000)) == 1, "half up"


def test_it_is_fetched_when_the_first_day_with_interest_begins() -> None:
    first = datetime(2026, 11, 23, 16, tzinfo=UTC)
    assert rules.tried_at(RECEIPT.pass_on_by, first - timedelta(days=3), SHANGHAI) == first
    assert rules.tried_at(RECEIPT.pass_on_by, first + timedelta(days=3), SHANGHAI) == first + timedelta(days=3)


def test_received_between_the_loans_first_day_and_today() -> None:
    bounds = {"starts_on": date(2026, 11, 1), "today": date(2026, 11, 24)}
    for day in bounds.values():
        rules.require_received_on(day, **bounds)
    for day in (date(2026, 10, 31), date(2026, 11, 25)):
        with pytest.raises(ReceivedOnNotAllowed):
            rules.require_received_on(day, **bounds)


def share(holder: str, kind: ShareKind, amount: int) -> Share:
    claim = UUID(int=ord(holder[-1]))
    return Share(UUID(int=9), claim, kind, holder, claim, amount, new_id())


paid = st.lists(
    st.tuples(st.sampled_from(["cus_a", "cus_b", "cus_c", "sur_d", "cus_partner"]), st.sampled_from(ShareKind)),
    unique=True,
    min_size=1,
).flatmap(
    lambda keys: st.lists(st.integers(1, 10**7), min_size=len(keys), max_size=len(keys)).map(
        lambda amounts: [share(*key, amount) for key, amount in zip(keys, amounts, strict=True)]
    )
)


@given(paid, st.integers(0, 10**6))
def test_interest_is_shared_by_what_each_received_to_the_minor_unit(paid: list[Share], interest: int) -> None:
    """Against a second model: of exact parts the whole units, and one more for some, never for the partner itself."""
    shares = rules.shares_of(RECEIPT, interest, paid)
    received: Counter[str] = Counter()
    for one in paid:
        received[one.holder] += one.amount_minor
    del received["cus_partner"]
    assert rules.of_others(RECEIPT, paid) == sum(received.values())
    assert all(one.amount_minor > 0 for one in shares)
    assert sum(one.amount_minor for one in shares) == (interest if received else 0)
    by_holder = {one.holder: one.amount_minor for one in shares}
    assert len(by_holder) == len(shares)
    assert "cus_partner" not in by_holder
    for holder, amount in received.items():
        exact = Fraction(interest * amount, sum(received.values()))
        assert 0 <= by_holder.get(holder, 0) - int(exact) <= 1
    assert shares == rules.shares_of(RECEIPT, interest, list(reversed(paid)))


class Partner:
    """An originator that keeps a tenth, and a loan of 10,000 that it proposed, paid out."""

    def __init__(self, world: World, person: Person, its_id: str, lent: Lent) -> None:
        self.world, self.person, self.id, self.lent = world, person, its_id, lent

    @classmethod
    async def lending(cls, world: World, retained: str = "0.1") -> "Partner":
        terms = {
            "retained_share": retained,
            "largest_exposure": "100",
            "pass_on_days": 3,
            "holding_daily_rate": "0.0005",
        }
        fees = {"collection_rate": "0.1", "collection_after_days": 1}
        body = PARTNERS | {"lender_fees": fees, "originator": terms, "valid_from": business_day(real_now()).isoformat()}
        await world.operator.made("/v1/programmes/partners/versions", body)
        person, borrower = world.person(), world.person()
        its_id = (await world.licensed(person))["id"]
        await world.give(person, 100_000 if retained == "0.1" else 1)
        wish = application() | {"borrower": borrower.id}
        made = await person.lending.made(f"/v1/originators/{its_id}/applications", wish)
        path = f"/v1/applications/{made['id']}/listing"
        listing = await borrower.lending.made(path, TERMS | {"programme": "partners"})
        amounts = [600_000, listing["amount"] - 600_000 - listing["retained_minor"]]
        return cls(world, person, its_id, await world.filled(borrower, listing, amounts))

    def receipt(self, amount: int, received_on: str, **changes: Any) -> dict[str, Any]:
        wish = {"loan_id": self.lent.loan["id"], "amount": amount, "currency": "CNY", "received_on": received_on}
        return wish | changes

    async def received(self, amount: int, received_on: str) -> dict[str, Any]:
        return await self.person.lending.made(f"/v1/originators/{self.id}/receipts", self.receipt(amount, received_on))

    async def stands(self, receipt: dict[str, Any]) -> dict[str, Any]:
        return dict(await self.person.lending.get(f"/v1/partner-receipts/{receipt['id']}"))

    async def due(self) -> None:
        """The clock to the first row's due day, at noon."""
        clock = await self.world.operator.get("/v1/clock")
        now = datetime.fromisoformat(clock["business_at"]).astimezone(SHANGHAI)
        due_on = date.fromisoformat((await self.lent.rows())[0]["due_on"])
        await self.world.pass_time(datetime.combine(due_on, now.time(), SHANGHAI).replace(hour=12) - now)

    async def work(self) -> None:
        await self.world.run_periodic("p2p.pass_on_due")

    async def lenders_have(self) -> int:
        return sum([(await lender.balance())[0] for lender in self.lent.lenders])


async def test_passed_on_in_time_it_counts_as_of_the_day_she_paid_and_bears_nothing(world: World) -> None:
    partner = await Partner.lending(world)
    await partner.due()
    row = (await partner.lent.rows())[0]
    receipt = await partner.received(row["payment_minor"], row["due_on"])
    assert (receipt["state"], receipt["daily_rate"]) == ("held", "0.0005")
    before = (await partner.lent.borrower.balance())[0]
    await world.run_periodic("p2p.debit_due")
    assert (await partner.lent.borrower.balance())[0] == before, "she has paid already"
    shown = await world.operator.get(f"/v1/originators/{partner.id}")
    assert shown["held_minor"] == row["payment_minor"]
    await world.pass_time(timedelta(days=3))
    await world.give(partner.person, row["payment_minor"])
    path = f"/v1/partner-receipts/{receipt['id']}/passing-on"
    answers = await asyncio.gather(*(partner.person.lending.post(path) for _ in range(3)))
    assert {answer.status_code for answer in answers} <= {200, 202, 409}, [answer.text for answer in answers]
    await world.run_job("p2p.pass_on_receipt", receipt["id"])
    passed = await partner.stands(receipt)
    assert (passed["state"], passed["interest_minor"]) == ("passed", 0)
    (repaid,) = (await partner.lent.borrower.lending.get(f"/v1/loans/{partner.lent.loan['id']}/repayments"))["items"]
    assert (repaid["source"], repaid["paid_on"], repaid["late_minor"]) == ("partner", row["due_on"], 0)
    assert (await partner.lent.rows())[0]["paid_at"] is not None
    mine = (await partner.person.lending.get("/v1/claims"))["items"][0]
    assert (await partner.person.balance())[0] == mine["principal_received_minor"] + mine["interest_received_minor"]
    assert await partner.lenders_have() + (await partner.person.balance())[0] == row["payment_minor"]
    assert (await partner.lent.borrower.balance())[0] == before
    assert await partner.person.lending.refused(path) == (409, "not_allowed_in_state", None)
    reversal = f"/v1/repayments/{repaid['id']}/reversal"
    assert await world.operator.refused(reversal, {"reason": "?"}) == (409, "passed_on_is_final", "repayment_id")
    await world.audit()


async def test_what_came_before_it_is_taken_back_and_the_partners_money_waits_for_that(
    world: World, admin_url: str
) -> None:
    """She paid a part from her wallet, and that bounced; the partner had passed on the rest. Its money is back with it, held, until it is
    passed on again; nobody has a unit more or less than if that had been the order.
    """
    partner = await Partner.lending(world)
    await partner.due()
    row, lent = (await partner.lent.rows())[0], partner.lent
    answer = await lent.repay(10_000)
    assert answer.status_code == 201, answer.text
    first = answer.json()["id"]
    receipt = await partner.received(row["payment_minor"] - 10_000, row["due_on"])
    await world.give(partner.person, receipt["amount"])
    passing = f"/v1/partner-receipts/{receipt['id']}/passing-on"
    assert (await partner.person.lending.post(passing)).status_code in (200, 202)
    await world.run_job("p2p.pass_on_receipt", receipt["id"])
    second = (await partner.stands(receipt))["repayment_id"]
    its_own = (await partner.person.balance())[0]

    async def taken_back(its_id: str) -> None:
        answer = await world.operator.post(f"/v1/repayments/{its_id}/reversal", {"reason": "?"})
        assert answer.status_code in (200, 201, 202), answer.text
        await world.run_job("p2p.reverse_repayment", its_id)

    reason = {"reason": "her top-up bounced"}
    assert (await world.operator.refused(f"/v1/repayments/{first}/reversal", reason))[1] == "later_repayments_stand"
    await taken_back(second)
    (again,) = (await partner.person.lending.get(f"/v1/originators/{partner.id}/receipts", state="held"))["items"]
    assert (again["amount"], again["received_on"]) == (receipt["amount"], row["due_on"])
    assert again["reason"] == "repayment_taken_back"
    # What it received of its own share went back with the rest; all but that is there, and held.
    balance, available = await partner.person.balance()
    assert balance - available == receipt["amount"]
    await world.audit()
    await taken_back(first)
    assert (await lent.rows())[0]["principal_paid_minor"] == 0
    passing = f"/v1/partner-receipts/{again['id']}/passing-on"
    assert (await world.operator.post(passing)).status_code in (200, 202)
    await world.run_job("p2p.pass_on_receipt", again["id"])
    passed = await partner.stands(again)
    assert (passed["state"], passed["interest_minor"]) == ("passed", 0)
    (mine,) = (await partner.person.lending.get("/v1/claims"))["items"]
    own = mine["principal_received_minor"] + mine["interest_received_minor"]
    assert await partner.lenders_have() + own == receipt["amount"]
    assert await partner.person.balance() == (own, own)
    assert its_own >= own
    await world.audit()
    refused = await world.operator.refused(f"/v1/repayments/{passed['repayment_id']}/reversal", reason)
    assert refused == (409, "passed_on_is_final", "repayment_id"), "nothing before it stands any more"
    statement = "UPDATE partner_receipts SET amount_minor = amount_minor - 1 WHERE taken_back_id IS NOT NULL"
    assert "what_was_taken_back_of_a_partner_is_held_again" in await all_failed_when(world.p2p, admin_url, statement)


async def test_nobody_is_reminded_of_what_the_partner_has(world: World) -> None:
    """She is behind in the books, and has paid: her case opens, and nobody writes or calls until the money is passed on or returned."""
    partner = await Partner.lending(world)
    await partner.due()
    row = (await partner.lent.rows())[0]
    await partner.received(row["payment_minor"], row["due_on"])
    await to_day(world, date.fromisoformat(row["due_on"]) + timedelta(days=5))
    await world.run_periodic("p2p.collect")
    (case,) = (await partner.lent.borrower.lending.get("/v1/collection-cases"))["items"]
    path = f"/v1/collection-cases/{case['id']}"
    assert (await partner.lent.borrower.lending.get(f"{path}/contacts"))["items"] == []
    await world.operator.made(f"{path}/assignment", status=200)
    refused = await world.operator.refused(f"{path}/contacts", {"channel": "phone"})
    assert refused == (409, "payment_on_its_way", "channel")


async def test_late_it_is_fetched_each_day_and_bears_interest_until_the_holders_have_it(
    world: World, admin_url: str
) -> None:
    partner = await Partner.lending(world)
    await partner.due()
    row = (await partner.lent.rows())[0]
    receipt = await partner.received(row["payment_minor"], row["due_on"])
    await partner.work()
    assert (await partner.stands(receipt))["state"] == "held"
    await world.pass_time(timedelta(days=5))
    await partner.work()
    waiting = await partner.stands(receipt)
    assert (waiting["state"], waiting["reason"]) == ("held", "insufficient_funds")
    await world.give(partner.person, row["payment_minor"])
    await partner.work()
    assert (await partner.stands(receipt))["state"] == "held", "once a day"
    await world.pass_time(timedelta(days=8))
    await partner.work()
    late = await partner.stands(receipt)
    own = sum(
        one["principal_received_minor"] + one["interest_received_minor"]
        for one in (await partner.person.lending.get("/v1/claims"))["items"]
    )
    expected = int(Decimal("0.0005") * (row["payment_minor"] - own) * 10 + Decimal("0.5"))
    assert late["interest_minor"] == expected > 0
    # What it received of its own share pays the interest as well.
    assert (late["state"], late["reason"]) == ("passed", None)
    assert await partner.lenders_have() == row["payment_minor"] - own + expected
    moved = [
        one for one in await world.transfers(partner.lent.loan["id"]) if one["code"] == "p2p.partner.holding_interest"
    ]
    assert sum(one["amount"] for one in moved) == expected
    (figures,) = (await world.operator.get("/v1/verification/loans"))["items"]
    assert (figures["holding_interest_minor"], figures["holding_interest_owed_minor"]) == (expected, 0)
    await world.audit()
    for statement, check in (
        ("UPDATE partner_receipts SET amount_minor = amount_minor - 1", "receipt_is_passed_on_whole"),
        ("UPDATE partner_receipts SET interest_minor = 1", "interest_of_a_receipt_is_shared"),
        (
            "UPDATE partner_receipts SET state = 'held', repayment_id = NULL, passed_on = NULL, interest_minor = 0,"
            " due_at = recorded_at",
            "repayment_of_a_partner_has_its_receipt",
        ),
    ):
        assert check in await all_failed_when(world.p2p, admin_url, statement)


async def test_interest_that_is_not_there_is_owed_and_asked_for_each_day(world: World) -> None:
    """A partner without any share of its own in the loan: nothing of it comes back to pay the interest with."""
    partner = await Partner.lending(world, retained="0")
    await partner.due()
    row = (await partner.lent.rows())[0]
    receipt = await partner.received(row["payment_minor"], row["due_on"])
    await world.pass_time(timedelta(days=13))
    await world.give(partner.person, row["payment_minor"])
    answer = await world.operator.post(f"/v1/partner-receipts/{receipt['id']}/passing-on")
    assert answer.status_code in (200, 202), answer.text
    await world.run_job("p2p.pass_on_receipt", receipt["id"])
    owing = await partner.stands(receipt)
    interest = int(Decimal("0.0005") * row["payment_minor"] * 10 + Decimal("0.5"))
    assert (owing["state"], owing["reason"], owing["interest_minor"]) == ("owing", "insufficient_funds", interest)
    assert await partner.lenders_have() == row["payment_minor"]
    before = [await told_of(lender) for lender in partner.lent.lenders]
    assert [one["holding_interest_minor"] for one, _ in before] == [0, 0], "owed and not paid"
    await world.audit()
    await world.give(partner.person, interest)
    await partner.work()
    assert (await partner.stands(receipt))["state"] == "owing", "once a day"
    await world.pass_time(timedelta(days=1))
    await partner.work()
    assert (await partner.stands(receipt))["state"] == "passed"
    assert await partner.lenders_have() == row["payment_minor"] + interest
    assert await partner.person.balance() == (1, 1)
    after = [await told_of(lender) for lender in partner.lent.lenders]
    assert sum(one["holding_interest_minor"] for one, _ in after) == interest
    for (then, earlier), (now, yearly) in zip(before, after, strict=True):
        assert now["net_minor"] - then["net_minor"] == now["holding_interest_minor"] > 0
        assert yearly > earlier
    await world.audit()


async def told_of(lender: Person) -> tuple[dict[str, Any], float]:
    """The year of her statement in which something came, and the yield of her claim."""
    (claim,) = (await lender.lending.get("/v1/claims"))["items"]
    today = datetime.fromisoformat((await lender.lending.get("/v1/clock"))["business_at"])
    (year,) = (await lender.lending.get(f"/v1/statements/{business_day(today).year}"))["items"]
    return year, float(claim["xirr"])


async def test_what_is_refused(world: World) -> None:
    partner = await Partner.lending(world)
    await partner.due()
    row = (await partner.lent.rows())[0]
    stranger, borrower = world.person(), partner.lent.borrower
    path = f"/v1/originators/{partner.id}/receipts"
    wish = partner.receipt(row["payment_minor"], row["due_on"])
    assert await stranger.lending.refused(path, wish) == (404, "unknown_originator", "originator_id")
    assert (await stranger.lending.get(path, 404))["code"] == "unknown_originator"
    refused = partner.person.lending.refused
    assert await refused(path, wish | {"loan_id": encode("lon", new_id())}) == (404, "unknown_loan", "loan_id")
    assert await refused(path, wish | {"currency": "USD"}) == (422, "currency_differs", "currency")
    assert await refused(path, wish | {"received_on": "2999-01-01"}) == (422, "received_on_not_allowed", "received_on")
    assert await refused(path, wish | {"amount": 10**10}) == (422, "more_than_owed", "amount")
    first = await partner.received(1_000, row["due_on"])
    # Under a clock that stands nothing is earlier than anything.
    await partner.lent.world.pass_time(timedelta(seconds=1))
    second = await partner.received(2_000, row["due_on"])
    one, other = (f"/v1/partner-receipts/{receipt['id']}" for receipt in (first, second))
    assert (await borrower.lending.get(one))["amount"] == 1_000
    assert (await stranger.lending.get(one, 404))["code"] == "unknown_partner_receipt"
    assert await stranger.lending.refused(f"{one}/passing-on") == (404, "unknown_partner_receipt", "receipt_id")
    assert await refused(f"{other}/passing-on") == (409, "earlier_receipt_held", "receipt_id")
    assert await refused(f"{one}/return", {"reason": "?"}) == (403, "missing_scope", None)
    given = await world.operator.made(f"{one}/return", {"reason": "she has it"}, status=200)
    assert (given["state"], given["reason"], given["due_at"]) == ("returned", "she has it", None)
    assert await world.operator.refused(f"{one}/return", {"reason": "?"}) == (409, "not_allowed_in_state", None)
    assert await refused(f"{one}/passing-on") == (409, "not_allowed_in_state", None)
    nobody = f"/v1/partner-receipts/{encode('prc', new_id())}"
    assert await refused(f"{nobody}/passing-on") == (404, "unknown_partner_receipt", "receipt_id")
    shown = (await partner.person.lending.get(path, state="held"))["items"]
    assert [receipt["id"] for receipt in shown] == [second["id"]]
    await world.audit()
