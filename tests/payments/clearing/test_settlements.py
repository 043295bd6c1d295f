"""Windows and settlements over HTTP: what is netted, reserved, paid and settled, and what is refused."""

import asyncio
from datetime import datetime, timedelta

import pytest
from lxml import etree
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from chassis.database import async_url
from chassis.ids import decode, encode
from chassis.provision import in_database
from clients.ids import new_id
from services.payments.clearing import carrying_over, settlement_actions
from services.payments.clearing.model import ENDED, MONEY_MOVED, SettlementState
from services.payments.verification.clearing_queries import CLEARING
from tests.iso20022 import faults
from tests.payments.clearing.clearing_house import ClearingHouse


async def test_a_window_is_settled_once_by_its_net_positions(house: ClearingHouse) -> None:
    await house.open("ABC", caps=1_000, money=500)
    await house.owe("A", "B", 300)
    await house.owe("B", "C", 200)
    await house.owe("C", "A", 100)
    assert await house.positions() == [(200, 500), (-100, 500), (-100, 500)]
    window = await house.close()
    made = await house.settle(window)
    assert made["state"] == "SETTLED"
    assert await house.positions() == [(0, 300), (0, 600), (0, 600)]
    report = await house.get(f"settlements/{made['id']}/report")
    assert report["figures"] == {
        "obligations": 3, "participants": 3, "gross_minor": 600, "bilateral_net_minor": 600, "bilateral_efficiency": "0.000000",
        "multilateral_net_minor": 200, "multilateral_efficiency": "0.666667",
    }  # fmt: skip
    assert [(one["participant"], one["net_minor"], one["state"]) for one in report["participants"]] == [
        ("BANK_A", 200, "SETTLED"), ("BANK_B", -100, "SETTLED"), ("BANK_C", -100, "SETTLED"),
    ]  # fmt: skip
    assert await house.refused("settlements", {"window_ids": [window]}) == (409, "window_settled", "window_ids")
    assert await house.positions() == [(0, 300), (0, 600), (0, 600)]
    assert await house.market.failed_checks() == []


async def test_several_windows_and_many_who_settle_them_at_once(house: ClearingHouse) -> None:
    await house.open("AB", caps=1_000, money=500)
    await house.owe("A", "B", 300)
    first = await house.close()
    await house.owe("B", "A", 120)
    second = await house.close()
    body = {"window_ids": [first, second]}
    answers = await asyncio.gather(*(house.market.operator.ask("/v1/clearing/settlements", body) for _ in range(5)))
    codes = sorted(answer.json().get("code", answer.json().get("state")) for answer in answers)
    made = [answer.json()["id"] for answer in answers if answer.status_code < 300]
    assert len(made) == 1
    assert set(codes) <= {*SettlementState, "window_settled", "window_in_settlement", "busy"}
    settled = await house.carried_on(made[0])
    assert (settled["state"], settled["window_ids"], settled["figures"]["gross_minor"]) == (
        "SETTLED",
        [first, second],
        420,
    )
    assert await house.positions() == [(0, 320), (0, 680)]
    await _refused_windows(house, first)
    # Every state of the settlement and of each participant is there, in order.
    changes = (await house.get(f"settlements/{made[0]}/changes"))["items"]
    assert [one["state"] for one in changes if one["participant"] is None] == [
        "PENDING_SETTLEMENT", "PS_TRANSFERS_RECORDED", "PS_TRANSFERS_RESERVED", "PS_TRANSFERS_COMMITTED", "SETTLING", "SETTLED",
    ]  # fmt: skip
    assert [one["state"] for one in changes if one["participant"] == "BANK_B"] == [
        "PS_TRANSFERS_RECORDED", "PS_TRANSFERS_RESERVED", "PS_TRANSFERS_COMMITTED", "SETTLED",
    ]  # fmt: skip
    assert await house.market.failed_checks() == []


async def _refused_windows(house: ClearingHouse, settled: str) -> None:
    other = ClearingHouse(house.market, "cny_pairs", house.joined)
    await other.make_model(interchange="BILATERAL")
    await other.cap("A", 100)
    await other.owe("A", "B", 5)
    await house.owe("A", "B", 5)
    mine, theirs, opened = await house.close(), await other.close(), await house.open_window()
    unknown = encode("clw", new_id())
    for windows, told in [
        ([mine, settled], (409, "window_settled", "window_ids")),
        ([opened], (409, "window_still_open", "window_ids")),
        ([mine, theirs], (422, "settlement_models_differ", "window_ids")),
        ([mine, mine], (422, "windows_unclear", "window_ids")),
        ([mine, unknown], (404, "unknown_window", "window_ids")),
    ]:
        assert await house.refused("settlements", {"window_ids": windows}) == told
    assert await house.refused(f"windows/{opened}/closure") == (409, "window_empty", "window_id")
    assert await house.refused(f"windows/{mine}/closure") == (409, "window_not_open", "window_id")
    assert await house.refused(f"windows/{unknown}/closure") == (404, "unknown_window", "window_id")
    assert await house.not_got(f"windows/{opened}/pacs.008") == (409, "window_still_open", "window_id")
    assert await house.not_got(f"windows/{mine}/pacs.008", page=2) == (422, "unknown_page", "page")


async def test_who_is_short_is_waited_for_carried_over_or_given_up(house: ClearingHouse, admin_url: str) -> None:
    await house.open("ABC", caps=1_000)
    await house.liquidity("A", 100)
    for payer, payee, amount in (("A", "B", 90), ("B", "C", 80), ("A", "C", 60), ("C", "A", 10)):
        await house.owe(payer, payee, amount)
    window = await house.close()
    begun = await house.settle(window)
    assert begun["state"] == "PS_TRANSFERS_RECORDED"
    assert await house.refused("settlements", {"window_ids": [window]}) == (409, "window_in_settlement", "window_ids")
    report = await house.get(f"settlements/{begun['id']}/report")
    # A owes 140 and has 100; of the others nobody pays anything.
    assert [(one["net_minor"], one["state"]) for one in report["participants"]] == [
        (140, "PS_TRANSFERS_RECORDED"), (-10, "PS_TRANSFERS_RESERVED"), (-130, "PS_TRANSFERS_RESERVED"),
    ]  # fmt: skip
    assert await house.not_got(f"settlements/{begun['id']}/pacs.009") == (
        409,
        "settlement_not_recorded",
        "settlement_id",
    )
    given_up = await house.post(f"settlements/{begun['id']}/cancellation", {"reason": "A is short"})
    assert (given_up["state"], given_up["reason"]) == ("ABORTED", "A is short")
    told = (409, "settlement_ended", None)
    assert await house.refused(f"settlements/{begun['id']}/cancellation", {"reason": "again"}) == told
    assert (await house.get(f"windows/{window}"))["state"] == "CLOSED"
    # Again: the last payment of A waits, the rest is settled.
    begun = await house.settle(window)
    await house.post(f"settlements/{begun['id']}/carry-over")
    carried = await house.carried_on(begun["id"])
    assert (carried["state"], carried["figures"]["gross_minor"], carried["figures"]["obligations"]) == (
        "SETTLED",
        180,
        3,
    )
    assert await house.positions() == [(60, 20), (0, 10), (-60, 70)]
    (rest,) = (await house.get("windows", state="CLOSED"))["items"]
    (left,) = (await house.get(f"windows/{rest['id']}/obligations"))["items"]
    assert (left["amount"], left["state"], left["window_id"]) == (60, "CLOSED", rest["id"])
    assert len((await house.get(f"windows/{window}/obligations"))["items"]) == 3
    assert await house.market.failed_checks() == []
    await _given_up_by_time(house, rest["id"])
    assert await house.market.failed_checks() == []
    await _each_check_fails(house, admin_url)


async def _given_up_by_time(house: ClearingHouse, window: str) -> None:
    begun = await house.settle(window)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(carrying_over, "MOST_EXAMINED", 0)
        told = (409, "settlement_too_large", "settlement_id")
        assert await house.refused(f"settlements/{begun['id']}/carry-over") == told
    assert await house.refused(f"settlements/{begun['id']}/carry-over") == (409, "nothing_settles", "settlement_id")
    await house.market.stop_clock(timedelta(days=1, minutes=10))
    await house.market.run_periodic("payments.settle_clearing")
    assert (await house.get(f"settlements/{begun['id']}"))["reason"] == "not covered in time"
    # When the window was to be settled is as it was, and told.
    assert await house.market.failed_checks() == ["clearing_window_past_deadline"]
    begun = await house.settle(window)
    await house.liquidity("A", 40)
    assert await house.refused(f"settlements/{begun['id']}/carry-over") == (409, "nobody_is_short", "settlement_id")
    await house.market.run_periodic("payments.settle_clearing")
    assert (await house.get(f"settlements/{begun['id']}"))["state"] == "SETTLED"
    assert await house.positions() == [(0, 0), (0, 10), (0, 130)]
    told = (409, "settlement_not_recorded", "settlement_id")
    assert await house.refused(f"settlements/{begun['id']}/carry-over") == told
    unknown = encode("cls", new_id())
    told = (404, "unknown_settlement", "settlement_id")
    assert await house.refused(f"settlements/{unknown}/carry-over") == told
    assert await house.refused(f"settlements/{unknown}/cancellation", {"reason": "x"}) == told
    assert await house.not_got(f"settlements/{unknown}/report") == told


BROKEN = [
    ("UPDATE clearing_positions SET position_minor = position_minor + 1", {"clearing_positions_follow_from_obligations"}),
    (
        "UPDATE clearing_obligations SET amount = amount + 1 WHERE amount = 80",
        {"clearing_settlements_net_what_is_owed"},
    ),
    (
        "UPDATE clearing_obligations SET payer = 99 WHERE amount = 90",
        {"clearing_obligations_have_their_windows", "clearing_settlements_net_what_is_owed"},
    ),
    (
        "UPDATE clearing_settlement_payments SET amount = amount + 1 WHERE transfer_id IS NOT NULL",
        {"clearing_settlements_have_their_transfers"},
    ),
    ("UPDATE clearing_settlement_windows SET live = false", {"clearing_settlements_net_what_is_owed"}),
    (
        "UPDATE clearing_windows SET state = 'CLOSED', settlement_id = NULL, ended_at = NULL, due_at = closed_at WHERE state = 'SETTLED'",
        {"clearing_positions_follow_from_obligations", "clearing_windows_are_settled_once"},
    ),
    (
        "UPDATE ledger_accounts SET credits_posted = credits_posted + 1 WHERE kind = 'multilateral_settlement'",
        {"clearing_pool_is_empty"},
    ),
    (
        "INSERT INTO clearing_obligations (window_number, model_number, payer, payee, amount, id, recorded_at, end_to_end)"
        " SELECT 0, model_number, payer, payee, 7, gen_random_uuid(), recorded_at, '' FROM clearing_obligations LIMIT 1",
        {"clearing_at_once_has_its_transfers", "clearing_obligations_have_their_windows"},
    ),
]  # fmt: skip


async def _each_check_fails(house: ClearingHouse, admin_url: str) -> None:
    """Each with rows changed as nobody with the service's own role could; they are changed back before anybody sees."""
    database = house.market.served.runtime.settings.database_url.rpartition("/")[2]
    engine = create_async_engine(async_url(in_database(admin_url, database)), poolclass=NullPool)
    async with engine.connect() as connection:
        for statement, expected in BROKEN:
            await connection.execute(text(statement))
            for name in expected:
                assert (await connection.execute(text(CLEARING[name][2]))).all(), (statement, name)
            await connection.rollback()


async def test_pairs_settle_by_themselves_at_their_cut_off(house: ClearingHouse) -> None:
    await house.market.stop_clock()  # no cut-off passes meanwhile
    await house.open("ABC", caps=1_000, money=500, interchange="BILATERAL", settles_by_itself=True)
    for payer, payee, amount in (("A", "B", 90), ("B", "A", 80), ("A", "C", 60), ("C", "B", 60)):
        await house.owe(payer, payee, amount)
    window = await house.open_window()
    report = await house.get(f"windows/{window}/report")
    assert (report["figures"]["bilateral_net_minor"], report["figures"]["multilateral_net_minor"]) == (130, 70)
    cut_off = datetime.fromisoformat(report["window"]["due_at"])
    await house.market.run_periodic("payments.settle_clearing")
    assert await house.open_window() == window
    await house.market.stop_clock(cut_off - await house.market.now())
    await house.market.run_periodic("payments.settle_clearing")
    assert await house.positions() == [(0, 430), (0, 570), (0, 500)]
    (made,) = (await house.get("settlements", settlement_model="cny_net"))["items"]
    payments = etree.fromstring(await house.document(f"settlements/{made['id']}/pacs.009"))
    amounts = [one.text for one in payments.iter("{*}IntrBkSttlmAmt")]
    assert amounts == ["0.10", "0.60", "0.60"]
    await _a_circle_of_pairs(house)
    # An empty window goes on to its next cut-off.
    following = await house.open_window()
    due = (await house.get(f"windows/{following}"))["due_at"]
    await house.market.stop_clock(datetime.fromisoformat(due) - await house.market.now())
    await house.market.run_periodic("payments.settle_clearing")
    assert (await house.get(f"windows/{following}"))["due_at"] > due
    assert await house.market.failed_checks() == []


async def _a_circle_of_pairs(house: ClearingHouse) -> None:
    """Each pays with what it gets. What was aborted does not begin by itself again."""
    for name, amount in zip("ABC", (430, 570, 500), strict=True):
        await house.liquidity(name, amount, "out")
        await house.owe(name, "BCA"["ABC".index(name)], 70)
    window = await house.close()
    await house.market.run_periodic("payments.settle_clearing")
    listed = (await house.get("settlements", settlement_model="cny_net"))["items"]
    begun = next(one for one in listed if one["window_ids"] == [window])
    assert begun["state"] == "PS_TRANSFERS_RECORDED"
    await house.post(f"settlements/{begun['id']}/cancellation", {"reason": "nobody has anything"})
    await house.market.run_periodic("payments.settle_clearing")
    assert (await house.get(f"windows/{window}"))["state"] == "CLOSED"
    begun = await house.settle(window)
    await house.post(f"settlements/{begun['id']}/carry-over")
    assert (await house.carried_on(begun["id"]))["state"] == "SETTLED"
    assert await house.positions() == [(0, 0)] * 3


async def test_step_by_step_each_step_once_whoever_asks_again(
    house: ClearingHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the audit while money is held, and between two participants that are cleared one after the other."""
    monkeypatch.setattr(settlement_actions, "CHUNK", 1)
    await house.open("AB", caps=100, money=100)
    await house.owe("A", "B", 60)
    window = decode("clw", await house.close())
    caller, perform = house.market.operator.caller, house.market.perform
    begun = await perform(settlement_actions.begin, caller, window_ids=[window])
    seen = [begun.state]
    steps = [
        settlement_actions.record, settlement_actions.reserve, settlement_actions.commit, settlement_actions.settle_some,
        settlement_actions.settle_some,
    ]  # fmt: skip
    for step in steps:
        # Each of the others first, where it changes nothing: too early, or too late.
        for other in set(steps) - {step}:
            assert (await perform(other, caller, settlement_id=begun.id)).state is seen[-1]
        assert (await perform(settlement_actions.abort_late, caller, settlement_id=begun.id)).state is seen[-1]
        seen.append((await perform(step, caller, settlement_id=begun.id)).state)
        if seen[-1] in (SettlementState.PS_TRANSFERS_RESERVED, SettlementState.SETTLING):
            assert await house.market.failed_checks() == []
        if seen[-1] in MONEY_MOVED:
            told = await house.market.tried(settlement_actions.abort, caller, settlement_id=begun.id, reason="too late")
            assert told == ("settlement_ended" if seen[-1] in ENDED else "settlement_committed")
    states = list(SettlementState)
    assert seen == states[: states.index(SettlementState.SETTLED) + 1]
    assert await house.positions() == [(0, 40), (0, 160)]
    # What evens out is settled without a payment; there is no message of none.
    await house.owe("A", "B", 5)
    await house.owe("B", "A", 5)
    settled = await house.settle(await house.close())
    assert (settled["state"], settled["figures"]["multilateral_efficiency"]) == ("SETTLED", "1.000000")
    assert await house.not_got(f"settlements/{settled['id']}/pacs.009") == (409, "nothing_settles", "settlement_id")
    assert await house.market.failed_checks() == []


async def test_messages_are_valid_and_the_same_whenever_asked_for(
    house: ClearingHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.payments.clearing.files.PAGE_TRANSACTIONS", 3)
    await house.make_model()
    await house.join("A", bic="AAAACNBJ")
    await house.join("B")
    await house.liquidity("A", 10_000)
    await house.cap("A", 100_000)
    for number in range(4):
        await house.owe("A", "B", 101 + number, end_to_end=f"order {number}/x")
    window = await house.close()
    pages = [await house.document(f"windows/{window}/pacs.008", page=page) for page in (1, 2)]
    assert [etree.fromstring(page).findtext(".//{*}CtrlSum") for page in pages] == ["3.06", "1.04"]
    assert pages[0].count(b"<BICFI>AAAACNBJ</BICFI>") == 3
    made = await house.settle(window)
    payments = await house.document(f"settlements/{made['id']}/pacs.009")
    assert payments == await house.document(f"settlements/{made['id']}/pacs.009")
    assert pages == [await house.document(f"windows/{window}/pacs.008", page=page) for page in (1, 2)]
    identifiers = [one.text or "" for one in etree.fromstring(payments).iter("{*}InstrId")]
    # As long as one may be, with room for more payments than there are pairs.
    assert [(len(one), one[26:]) for one in identifiers] == [(35, "000000001"), (35, "000000002")]
    for page in pages:
        assert faults("pacs.008.001.08", page) == []
    assert faults("pacs.009.001.08", payments) == []
