"""Who takes part, with which money, how far; and which models there are."""

from datetime import timedelta

from chassis.database import Tx
from chassis.identity import Caller
from clients.ids import new_id
from services.payments.clearing import participant_queries as queries
from services.payments.clearing.licensing import not_in_good_standing
from services.payments.clearing.model import ObligationSource, Wish
from services.payments.clearing.obligation_actions import record_wishes
from tests.payments.clearing.clearing_house import LICENCE, ClearingHouse, bank


async def test_participants_models_caps_and_liquidity(house: ClearingHouse) -> None:
    made = await house.join("A", bic="AAAACNBJ")
    assert made["state"] == "ACTIVE"
    again = {"code": "BANK_A", "name": "x", "licence": LICENCE}
    assert await house.refused("participants", again) == (409, "participant_exists", "code")
    assert await house.refused("participants", again | {"code": "BANK_B", "bic": "AAAACNBJ"}) == (
        409,
        "participant_exists",
        "code",
    )
    backwards = LICENCE | {"valid_until_on": "2003-01-01"}
    assert await house.refused("participants/BANK_A/licences", backwards) == (422, "licence_unclear", "valid_until_on")
    await house.post("participants/BANK_A/licences", LICENCE | {"number": "2"})
    details = await house.get("participants/BANK_A")
    assert [one["number"] for one in details["licences"]] == ["SBX-T", "2"]
    await _models(house)
    await _caps_and_liquidity(house)
    await _departure(house)
    for path in ("participants/BANK_X", "participants/BANK_X/positions"):
        assert await house.not_got(path) == (404, "unknown_participant", "code")
    for step in ("suspension", "reinstatement", "departure"):
        assert await house.refused(f"participants/BANK_X/{step}") == (404, "unknown_participant", "code")
    assert [one["code"] for one in (await house.get("participants"))["items"]] == ["BANK_A", "BANK_B"]
    customer = await house.market.customer(None)
    assert (await customer.refused("/v1/clearing/participants", again))[0] == 403
    assert await house.market.failed_checks() == []


async def _models(house: ClearingHouse) -> None:
    await house.make_model(prefunded=True, collects=True)
    body = {
        "code": "other", "currency": "CNY", "granularity": "NET", "interchange": "BILATERAL", "delay": "DEFERRED", "cut_offs": ["10:00"],
    }  # fmt: skip
    for change, told in [
        ({"code": "cny_net"}, (409, "settlement_model_exists", "code")),
        ({"collects": True}, (409, "model_collects_already", "collects")),
        ({"currency": "ABC"}, (422, "unknown_currency", "currency")),
        ({"currency": "BTC"}, (422, "scale_too_fine", "currency")),
        ({"granularity": "GROSS"}, (422, "settlement_model_unclear", "granularity")),
        ({"cut_offs": ["10:00", "10:00"]}, (422, "cut_offs_unclear", "cut_offs")),
    ]:
        assert await house.refused("models", body | change) == told
    assert [one["code"] for one in (await house.get("models"))["items"]] == ["cny_net"]


async def _caps_and_liquidity(house: ClearingHouse) -> None:
    """A prefunded cap is covered by money, and that money stays."""
    await house.liquidity("A", 100)
    assert await house.refused("models/cny_net/caps", {"participant": "BANK_A", "cap_minor": 101}) == (
        409,
        "cap_not_covered",
        "cap_minor",
    )
    assert (await house.cap("A", 80))["cap_minor"] == 80
    out = {"direction": "out", "bank": "ICBC", "currency": "CNY", "amount": 21}
    assert await house.refused("participants/BANK_A/liquidity", out) == (409, "liquidity_committed", "amount")
    await house.liquidity("A", 20, "out")
    assert await house.position("A") == (0, 80)
    for change, told in [
        ({"bank": "NOWHERE"}, (422, "bank_not_supported", "bank")),
        ({"currency": "ABC"}, (422, "unknown_currency", "currency")),
    ]:
        assert await house.refused("participants/BANK_A/liquidity", out | {"direction": "in"} | change) == told
    cap = {"participant": "BANK_X", "cap_minor": 1}
    assert await house.refused("models/cny_net/caps", cap) == (404, "unknown_participant", "participant")
    assert await house.refused("models/nobody/caps", cap) == (404, "unknown_settlement_model", "code")


async def _departure(house: ClearingHouse) -> None:
    await house.join("B")
    await house.owe("A", "B", 80)
    for name in "AB":
        assert await house.refused(f"participants/{bank(name)}/departure") == (409, "participant_not_flat", None)
    await house.settle(await house.close())
    assert await house.positions() == [(0, 0), (0, 80)]
    # Its cap is 80 still, but the money that covered it has gone.
    assert await house.refused("obligations", house.obligation("A", "B", 1)) == (
        409,
        "net_debit_cap_exceeded",
        "amount",
    )
    await house.liquidity("B", 80, "out")
    assert (await house.post("participants/BANK_B/departure"))["state"] == "LEFT"
    assert (await house.post("participants/BANK_B/departure"))["state"] == "LEFT"
    back = {"direction": "in", "bank": "ICBC", "currency": "CNY", "amount": 1}
    assert await house.refused("participants/BANK_B/liquidity", back) == (409, "participant_left", "code")
    assert await house.refused("obligations", house.obligation("A", "B", 1)) == (409, "participant_not_active", "payee")
    await _back_again(house)


async def _back_again(house: ClearingHouse) -> None:
    """What a bank takes back of a payment of one that has left waits until it is there again; then it leaves for good."""

    async def taken_back(tx: Tx, caller: Caller) -> None:
        model = await queries.model_with(tx.connection, house.model)
        there = await queries.participants_with(tx.connection, ["BANK_A", "BANK_B"])
        assert model is not None
        wish = Wish(new_id(), there["BANK_A"].number, there["BANK_B"].number, 7, "", True)
        blocked = await not_in_good_standing(tx)
        await record_wishes(tx, model, [wish], ObligationSource.PAYMENT, tx.now + timedelta(days=1), blocked)

    await house.market.perform(taken_back, house.market.operator.caller)
    await house.liquidity("A", 80)
    await house.market.run_periodic("payments.work_clearing_queues")
    (waiting,) = (await house.get("queue", settlement_model="cny_net"))["items"]
    assert waiting["amount"] == 7
    joined = (await house.get("participants/BANK_B"))["joined_at"]
    await house.market.stop_clock()
    again = await house.post("participants/BANK_B/reinstatement")
    assert again["state"] == "ACTIVE"
    assert again["joined_at"] > joined
    await house.market.run_periodic("payments.work_clearing_queues")
    assert (await house.settle(await house.close()))["state"] == "SETTLED"
    await _licence_ended(house)
    await house.post("models/cny_net/retirement")
    retired = await house.post("models/cny_net/retirement")
    assert retired["retired_at"] is not None
    told = (409, "settlement_model_retired", "model")
    assert await house.refused("obligations", house.obligation("A", "B", 1)) == told
    # Another one collects from now on.
    other = ClearingHouse(house.market, "cny_next", house.joined)
    await other.make_model(collects=True)


async def _licence_ended(house: ClearingHouse) -> None:
    """Neither more cap nor more money for new business; less cap, and money for what it owes."""
    await house.owe("A", "B", 3)
    ended = LICENCE | {"number": "3", "valid_from_on": "2004-01-02", "valid_until_on": "2020-01-01"}
    for name in "AB":
        await house.post(f"participants/{bank(name)}/licences", ended)
    brought = {"direction": "in", "bank": "ICBC", "currency": "CNY", "amount": 1}
    assert await house.refused("participants/BANK_B/liquidity", brought) == (409, "licence_not_valid", "code")
    await house.liquidity("A", 1)
    more = {"participant": "BANK_A", "cap_minor": 81}
    assert await house.refused("models/cny_net/caps", more) == (409, "licence_not_valid", "participant")
    await house.cap("A", 10)
    gross = await house.gross()
    told = (409, "settlement_model_has_no_caps", "code")
    assert await gross.refused("models/cny_gross/caps", more | {"cap_minor": 1}) == told
