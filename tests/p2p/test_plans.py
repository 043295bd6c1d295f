"""Plans over HTTP with the real payments beside: joined, lent, lent again, left through the queue, settled."""

from datetime import timedelta
from typing import Any

from tests.p2p.orders import ordered
from tests.p2p.people import Person, World
from tests.p2p.planned import LOANS, PLAN, colleague, differences, joined, lent_by_plan, published, repaid, sold, worked


async def enrolment_of(lender: Person, made: dict[str, Any]) -> dict[str, Any]:
    return dict(await lender.lending.get(f"/v1/enrolments/{made['id']}"))


async def test_joined_lent_again_left_through_the_queue_and_settled(world: World) -> None:
    # Of what claims bring the platform has a tenth of the interest: it is neither lent again nor income.
    await published(world, loans={"lender_fees": {"interest_rate": "0.1"}}, income_cap="0.04")
    first, second = await world.rich(300_000), await world.rich(1_000_000)
    shown = await first.lending.get("/v1/plans/u_plan/preview", amount=300_000)
    assert (shown["left_minor"], shown["joining_fee_minor"], shown["exit_fee_minor"]) == (10_000_000, 150, 150)
    assert shown["queue"] == {
        "waiting": 0,
        "unsold_minor": 0,
        "overdue_minor": 0,
        "unsellable_minor": 0,
        "left": 0,
        "median_days": None,
        "longest_days": None,
    }
    assert set(shown["not_promised"]) == {"payout_date", "payout_amount", "income", "principal"}
    hers, row = await _lent_again(world, first)
    await world.pass_time(timedelta(days=12))
    theirs = await joined(world, second, 1_000_000)
    await worked(world)
    leaving = await enrolment_of(first, hers)
    assert (leaving["state"], leaving["position"]) == ("exiting", 1)
    assert leaving["offered_minor"] == leaving["outstanding_minor"] == 320_000 - row["principal_minor"]
    queue = (await world.operator.get("/v1/exit-queue"))["items"]
    assert [one["enrolment_id"] for one in queue] == [hers["id"]]
    waiting = (await second.lending.get("/v1/plans/u_plan/preview", amount=10_000))["queue"]
    assert (waiting["waiting"], waiting["unsold_minor"]) == (1, leaving["outstanding_minor"])
    await sold(world)
    bought = await enrolment_of(second, theirs)
    assert bought["outstanding_minor"] == leaving["outstanding_minor"]
    sale = (await first.lending.get("/v1/sales", state="sold", mine=True))["items"][0]
    why = await second.lending.get(f"/v1/standing-orders/{theirs['standing_order_id']}/why-sale", sale_id=sale["id"])
    assert [(one["verdict"], one["position"]) for one in why["items"]] == [("bought", 1)]
    await worked(world)
    ended = await world.until(first.lending, f"/v1/enrolments/{hers['id']}", "ended")
    assert (ended["outstanding_minor"], ended["out_minor"]) == (0, 320_000)
    await _charged(world, first, ended)
    shown = await second.lending.get("/v1/plans/u_plan/preview", amount=10_000)
    assert (shown["queue"]["left"], shown["queue"]["longest_days"], shown["queue"]["waiting"]) == (1, 0, 0)
    kinds = ("joined", "locked", "exiting", "settling", "ended")
    for kind in kinds:
        assert any(one["subject"] == hers["id"] for one in await world.events(f"p2p.enrolment.{kind}.v1")), kind
    await world.audit()
    assert await differences(world) == []


async def _lent_again(world: World, first: Person) -> tuple[dict[str, Any], dict[str, Any]]:
    """She joined, all was lent, and what the first row of it brought is lent again. Answers the enrolment and the row."""
    hers = await joined(world, first, 300_000)
    assert await first.balance() == (300_000, 300_000), "nothing is set apart"
    lent = await lent_by_plan(world, 300_000)
    await worked(world)
    locked = await enrolment_of(first, hers)
    assert (locked["state"], locked["lent_minor"], locked["outstanding_minor"]) == ("locked", 300_000, 300_000)
    await world.pass_time(timedelta(days=29))
    row = await repaid(world, lent, 0)
    brought = row["principal_minor"] + row["interest_minor"] - row["interest_minor"] // 10
    await worked(world)
    await worked(world)
    order = await first.lending.get(f"/v1/standing-orders/{hers['standing_order_id']}")
    assert (order["committed"], order["managed"]) == (300_000 - brought, True)
    assert (await enrolment_of(first, hers))["returned_minor"] == brought
    await lent_by_plan(world, 20_000)
    assert (await enrolment_of(first, hers))["lent_minor"] == 320_000
    claim = (await first.lending.get("/v1/claims"))["items"][0]
    by_hand = {"amount": claim["outstanding_minor"], "currency": "CNY", "price_share": "1"}
    assert await first.lending.refused(f"/v1/claims/{claim['id']}/sales", by_hand) == (
        409,
        "plan_holds_claim",
        "claim_id",
    )
    early = await first.lending.refused(f"/v1/enrolments/{hers['id']}/exit")
    assert early == (409, "early_exit_not_offered", None)
    return hers, row


async def _charged(world: World, first: Person, ended: dict[str, Any]) -> None:
    """Fees and what is above the cap left her wallet, and nothing else."""
    assert ended["back_minor"] == ended["received_minor"] + ended["sold_for_minor"]
    income = ended["back_minor"] - ended["out_minor"]
    cap = -(-int(ended["capital_days"]) * 4 // (365 * 100))
    assert ended["excess_minor"] == income - ended["fees_minor"] - cap > 0
    assert ended["fees_minor"] == 300
    charged = ended["fees_minor"] + ended["excess_minor"]
    assert await first.balance() == (300_000 + income - charged,) * 2
    assert sorted(one["code"] for one in await world.transfers(ended["id"])) == ["p2p.fee.plan", "p2p.plan.excess"]


async def test_a_plan_is_drafted_published_and_closed(world: World) -> None:
    lender, staff = world.person(), world.operator
    await staff.made("/v1/programmes/plan_loans/versions", LOANS)
    path = "/v1/plans/u_plan/versions"
    wrong = PLAN | {"lock_in_days": 800, "above_cap": None, "names": {"en": "Guaranteed", "zh": "保本计划"}}
    refused = (await staff.post(path, wrong)).json()
    told = {one["field"] for one in refused["contradictions"]}
    assert (refused["code"], told) == ("plan_contradicts_itself", {"lock_in_days", "above_cap", "names"})
    assert (await lender.lending.post(path, PLAN)).status_code == 403
    draft = await staff.made(path, PLAN)
    assert (draft["version"], draft["state"], draft["income_cap"]) == (1, "draft", "0.06")
    await lender.lending.get(f"{path}/1", 404)
    assert (await lender.lending.get("/v1/plans/u_plan/preview", 404, amount=10_000))["code"] == "unknown_plan"
    assert await staff.refused(f"{path}/1/publication") == (409, "second_person_needed", "version")
    other = colleague(world)
    first = await other.made(f"{path}/1/publication", status=200)
    assert (first["made_by"], first["published_by"]) == (draft["made_by"], "stf_second")
    assert (await lender.lending.get(f"{path}/1")) == first
    assert await other.refused(f"{path}/1/publication") == (409, "not_allowed_in_state", None)
    await staff.made(path, PLAN | {"exit_fee_rate": "0.002"})
    await other.made(f"{path}/2/publication", status=200)
    assert (await staff.get(f"{path}/1"))["state"] == "closed"
    shown = (await lender.lending.get("/v1/plans"))["items"]
    assert [(one["code"], one["version"]) for one in shown] == [("u_plan", 2)]
    old = {"version": 1, "amount": 10_000, "currency": "CNY"}
    assert await lender.lending.refused("/v1/plans/u_plan/enrolments", old) == (409, "plan_not_offered", "version")
    body = old | {"version": 2}
    answers = [await lender.lending.post("/v1/plans/u_plan/enrolments", body, "once") for _ in range(2)]
    assert answers[0].json() == answers[1].json(), "joined once"
    assert len((await lender.lending.get("/v1/enrolments"))["items"]) == 1
    stranger = world.person()
    assert (await stranger.lending.get(f"/v1/enrolments/{answers[0].json()['id']}", 404))["code"] == "unknown_enrolment"
    await staff.made(f"{path}/2/closing", status=200)
    assert (await lender.lending.get("/v1/plans"))["items"] == []
    cancelled = await lender.lending.made(f"/v1/enrolments/{answers[0].json()['id']}/cancellation", status=200)
    assert (cancelled["state"], cancelled["reason"]) == ("cancelled", "by_lender")
    assert [one["data"]["state"] for one in await world.events("p2p.plan.closed.v1")] == ["closed"] * 2


async def test_who_left_first_is_sold_first_and_what_nobody_may_buy_is_shown(world: World) -> None:
    await published(world, early_exit_fee_rate="0.01", income_cap=None, above_cap=None)
    first, second = await world.rich(100_000), await world.rich(100_000)
    hers = await joined(world, first, 100_000)
    lent = await lent_by_plan(world, 100_000)
    theirs = await joined(world, second, 100_000)
    await lent_by_plan(world, 100_000)
    await worked(world)
    await second.lending.made(f"/v1/enrolments/{theirs['id']}/exit", status=200)
    await world.pass_time(timedelta(minutes=1))
    left = await first.lending.made(f"/v1/enrolments/{hers['id']}/exit", status=200)
    assert (left["state"], left["early"]) == ("exiting", True)
    await worked(world)
    assert (await enrolment_of(first, hers))["position"] == 2
    buyer = await world.rich(1_000_000)
    wish = {"least_yield": "0.05", "largest_price": "1.1"}
    bounds: dict[str, Any] = {"programmes": ["plan_loans"], "most_amount": 120_000, "reserve": 890_000}
    await ordered(buyer, **bounds, resale=wish)
    await sold(world)
    assert (await enrolment_of(second, theirs))["outstanding_minor"] == 0
    kept = await enrolment_of(first, hers)
    assert kept["outstanding_minor"] == 100_000, "the reserve has to stay: there is money for one"
    (claim,) = (await first.lending.get(f"/v1/enrolments/{hers['id']}/claims"))["items"]
    assert (claim["outstanding_minor"], claim["reason"]) == (100_000, None)
    assert claim["sale_id"] is not None
    tried = (await buyer.lending.get("/v1/purchases"))["items"]
    assert {(one["state"], one["reason"]) for one in tried} == {("settled", None), ("refused", "insufficient_funds")}
    await world.pass_time(timedelta(days=35))
    await world.run_periodic("p2p.end_sales")
    await worked(world)
    (claim,) = (await first.lending.get(f"/v1/enrolments/{hers['id']}/claims"))["items"]
    assert (claim["sale_id"], claim["reason"]) == (None, "loan_overdue")
    late = await enrolment_of(first, hers)
    assert (late["state"], late["overdue_minor"]) == ("exiting", 100_000)
    rows = (await lent["borrower"].lending.get(f"/v1/loans/{lent['loan']['id']}/dues"))["settlement_minor"]
    await world.give(lent["borrower"], rows)
    body = {"amount": rows, "currency": "CNY", "prepay": "term"}
    await lent["borrower"].lending.made(f"/v1/loans/{lent['loan']['id']}/repayments", body)
    await worked(world)
    ended = await world.until(first.lending, f"/v1/enrolments/{hers['id']}", "ended")
    assert (ended["fees_minor"], ended["excess_minor"]) == (1_050, 0), "joining and leaving early"
    await worked(world)
    assert (await enrolment_of(second, theirs))["state"] == "ended"
    await world.audit()
    assert await differences(world) == []
