"""The offline side: paper keyed in and compared by a second person, agents, their commission, and its claw-back when a loan fails early."""

import base64
from datetime import timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from chassis.ids import encode
from clients.ids import new_id
from services.p2p.agents import rules
from services.p2p.agents.model import CommissionEvent, CommissionState
from services.p2p.errors import NotAllowedInState
from tests.p2p.auditing import failed_when
from tests.p2p.people import GOOD_FACTS, TERMS, Door, Person, World, application

PAPER = base64.b64encode(b"%PDF-1.7 an application on paper").decode()
KNOWN = {
    ("accrued", "pay"): "paid",
    ("accrued", "fail"): "forfeited",
    ("paid", "fail"): "taking_back",
    ("paid", "earn"): "earned",
    ("taking_back", "take_back"): "taken_back",
}


@pytest.mark.parametrize(("state", "event"), list(product(CommissionState, CommissionEvent)))
def test_every_event_in_every_state(state: CommissionState, event: CommissionEvent) -> None:
    expected = KNOWN.get((state.value, event.value))
    if expected is None:
        with pytest.raises(NotAllowedInState):
            rules.next_state(state, event)
    else:
        assert rules.next_state(state, event).value == expected


@given(st.integers(1, 20_000_000), st.integers(0, 1000), st.integers(0, 1_000_000))
def test_a_commission_is_never_more_than_the_fee_it_is_paid_from(principal: int, rate: int, fee: int) -> None:
    amount = rules.commission_of(principal, Decimal(rate) / 10_000, fee)
    assert 0 <= amount <= fee
    assert amount == fee or abs(amount - principal * rate / 10_000) <= 0.5


def paper(borrower: str, **changes: Any) -> dict[str, Any]:
    return application() | {"borrower": borrower, "paper": PAPER} | changes


def agent(party: str) -> dict[str, Any]:
    return {"party": party, "name": "王经理", "branch": "朝阳门店", "commission_rate": "0.003", "clawback_days": 90}


async def test_paper_waits_for_a_second_person(p2p: Door) -> None:
    borrower = encode("cus", new_id())
    made = await p2p.made("/v1/paper-applications", paper(borrower))
    assert (made["state"], made["origination"], made["borrower"]) == ("keyed", "branch", borrower)
    path = f"/v1/applications/{made['id']}"
    assert await p2p.refused(f"{path}/confirmation", {}) == (409, "second_person_needed", None)
    assert await p2p.refused(f"{path}/decision", {"decision": "approve"}) == (409, "not_allowed_in_state", None)
    (document,) = (await p2p.get(f"{path}/documents"))["items"]
    assert document["kind"] == "paper_application"
    assert (await p2p.get("/v1/verification"))["holds"]


async def test_what_is_refused(p2p: Door) -> None:
    borrower, party = encode("cus", new_id()), encode("cus", new_id())
    unknown = paper(borrower, agent_id=encode("agt", new_id()))
    assert await p2p.refused("/v1/paper-applications", unknown) == (404, "unknown_agent", "agent_id")
    no_paper = paper(borrower, paper=base64.b64encode(b"not a paper").decode())
    assert await p2p.refused("/v1/paper-applications", no_paper) == (422, "document_type_not_taken", "content")
    known = await p2p.made("/v1/agents", agent(party))
    assert await p2p.refused("/v1/agents", agent(party)) == (409, "agent_known", "party")
    assert (await p2p.refused("/v1/agents", agent(party) | {"commission_rate": "0.11"}))[0] == 422
    own = paper(party, agent_id=known["id"])
    assert await p2p.refused("/v1/paper-applications", own) == (409, "own_agent", "agent_id")
    ended = await p2p.made(f"/v1/agents/{known['id']}/end", None, 200)
    assert ended["ended_at"] is not None
    assert await p2p.refused(f"/v1/agents/{known['id']}/end") == (409, "agent_ended", "agent_id")
    late = paper(borrower, agent_id=known["id"])
    assert await p2p.refused("/v1/paper-applications", late) == (409, "agent_ended", "agent_id")
    assert (await p2p.get("/v1/applications"))["items"] == []
    assert [one["id"] for one in (await p2p.get("/v1/agents"))["items"]] == [known["id"]]
    nobody = f"/v1/agents/{encode('agt', new_id())}/commissions"
    assert (await p2p.get(nobody, 404))["code"] == "unknown_agent"


class Branch:
    """An agent with a wallet, and two of the staff."""

    def __init__(self, world: World, agent_id: str, person: Person) -> None:
        self.world, self.agent_id, self.person = world, agent_id, person
        self.second = Door(world.p2p.client("stf_second"), "stf_second")

    @classmethod
    async def opened(cls, world: World) -> "Branch":
        person = await world.rich(1)
        made = await world.operator.made("/v1/agents", agent(person.id))
        return cls(world, made["id"], person)

    async def lent(self, amount: int = 1_000_000) -> tuple[Person, dict[str, Any]]:
        """A borrower whom the agent brought, and her loan, paid out."""
        borrower = self.world.person()
        keyed = await self.world.operator.made(
            "/v1/paper-applications", paper(borrower.id, agent_id=self.agent_id, facts=GOOD_FACTS)
        )
        confirmed = await self.second.made(f"/v1/applications/{keyed['id']}/confirmation", {"note": "compared"}, 200)
        assert confirmed["state"] == "approved", confirmed
        terms = TERMS | {"programme": "claim_transfer", "amount": amount}
        listing = await borrower.lending.made(f"/v1/applications/{keyed['id']}/listing", terms)
        lender = await self.world.rich(amount)
        await self.world.licensed(lender)
        await lender.bid(listing["id"], amount)
        listing = await self.world.until(borrower.lending, f"/v1/listings/{listing['id']}", "disbursed")
        return borrower, dict(await borrower.lending.get(f"/v1/loans/{listing['loan_id']}"))

    async def commission(self) -> dict[str, Any]:
        await self.world.run_periodic("p2p.work_commissions")
        (found,) = (await self.world.operator.get(f"/v1/agents/{self.agent_id}/commissions"))["items"]
        return dict(found)


async def test_a_journey_from_paper_to_a_commission_that_is_taken_back(world: World) -> None:
    branch = await Branch.opened(world)
    _, loan = await branch.lent()
    paid = await branch.commission()
    assert (paid["loan_id"], paid["amount_minor"], paid["state"]) == (loan["id"], 3_000, "paid")
    assert await branch.person.balance() == (3_001, 3_001)
    # Looked at again, it is not paid twice.
    assert await branch.commission() == paid
    await world.audit()
    # 61 days later no instalment was paid: the first is 31 days past due at the least.
    await world.pass_time(timedelta(days=63))
    assert (await branch.commission())["state"] in ("taking_back", "taken_back")
    assert (await branch.commission())["state"] == "taken_back"
    assert await branch.person.balance() == (1, 1)
    codes = [one["code"] for one in await world.transfers(loan["id"]) if one["code"].startswith("p2p.agent")]
    assert sorted(codes) == ["p2p.agent.clawback", "p2p.agent.commission"]
    (figures,) = (await world.operator.get("/v1/agents/figures"))["items"]
    assert (figures["loans"], figures["overdue_loans"], figures["loss_share"]) == (1, 1, "1.0000")
    assert (figures["commission_minor"], figures["taken_back_minor"]) == (3_000, 3_000)
    await world.audit()


async def test_what_the_agent_no_longer_has_is_asked_for_each_day(world: World) -> None:
    branch = await Branch.opened(world)
    await branch.lent()
    assert (await branch.commission())["state"] == "paid"
    wallet, other = await branch.person.wallet(), await (await world.rich(1)).wallet()
    await world.move(wallet["account_id"], other["account_id"], 2_000)
    await world.pass_time(timedelta(days=63))
    await branch.commission()
    waiting = await branch.commission()
    assert (waiting["state"], waiting["reason"]) == ("taking_back", "insufficient_funds")
    await world.give(branch.person, 5_000)
    assert (await branch.commission())["state"] == "taking_back"
    await world.pass_time(timedelta(days=1))
    assert (await branch.commission())["state"] == "taken_back"
    assert await branch.person.balance() == (3_001, 3_001)


async def test_a_loan_that_does_well_earns_it(world: World) -> None:
    branch = await Branch.opened(world)
    borrower, loan = await branch.lent()
    assert (await branch.commission())["state"] == "paid"
    await world.give(borrower, 1_000_000)
    rows = (await borrower.lending.get(f"/v1/loans/{loan['id']}/schedule"))["rows"]
    for row in rows[:3]:
        body = {"amount": row["payment_minor"], "currency": "CNY"}
        answer = await borrower.lending.post(f"/v1/loans/{loan['id']}/repayments", body)
        assert answer.status_code == 201, answer.text
    await world.pass_time(timedelta(days=91))
    assert (await branch.commission())["state"] == "earned"
    await world.audit()


async def test_the_audit_sees_a_commission_above_its_fee_and_one_that_is_forgotten(
    world: World, admin_url: str
) -> None:
    branch = await Branch.opened(world)
    await branch.lent()
    assert (await branch.commission())["state"] == "paid"
    for statement, check in (
        ("UPDATE commissions SET amount_minor = 10000000", "commission_within_its_fee"),
        ("UPDATE commissions SET due_at = due_at - interval '2 days'", "commission_past_deadline"),
    ):
        assert await failed_when(world.p2p, admin_url, statement) == {check}


async def test_what_was_paid_and_not_recorded_before_the_loan_failed_is_asked_back(world: World) -> None:
    """The process ended between the transfer and its record, and came back a month later."""
    branch = await Branch.opened(world)
    await branch.lent()
    assert (await branch.commission())["state"] == "paid"
    async with world.p2p.runtime.database.engine.begin() as connection:
        await connection.execute(
            text("UPDATE commissions SET state = 'accrued', account_id = NULL, due_at = accrued_at")
        )
    await world.pass_time(timedelta(days=63))
    assert (await branch.commission())["state"] == "paid"
    await world.pass_time(timedelta(days=1))
    await branch.commission()
    assert (await branch.commission())["state"] == "taken_back"
    assert await branch.person.balance() == (1, 1)
