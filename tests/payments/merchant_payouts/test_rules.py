"""Who pays a batch, on which day, when its bank is asked: plain functions on plain data."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.clock import SUITE_ZONE, start_of_day
from services.payments.channels.contract_model import DatedWindow, Reason, Standing
from services.payments.channels.contracts import policy, shipped
from services.payments.channels.model import InstructionKind, PaymentFiles
from services.payments.channels.routing import against_files
from services.payments.merchant_payouts import rules
from services.payments.merchant_payouts.errors import BeingSent, PayoutNotOver
from services.payments.merchant_payouts.model import (
    Batch,
    BatchState,
    Carrier,
    Line,
    LineState,
    LineStatus,
    Payout,
    PayoutState,
    StatusReport,
)

FILES = PaymentFiles("pain.001.001.09", {"CNY": "R"}, time(22, 30))
WEDNESDAY = date(2026, 3, 4)


def local(day: date, at: time = time(12)) -> datetime:
    return datetime.combine(day, at, SUITE_ZONE)


NOON = local(WEDNESDAY)


def payout(amount: int = 100, bank: str = "ICBC", state: PayoutState = PayoutState.WAITING) -> Payout:
    return Payout(uuid4(), uuid4(), uuid4(), uuid4(), bank, "CNY", amount, state, NOON)


def batch(state: BatchState = BatchState.SUBMITTED, **facts: Any) -> Batch:
    terms: dict[str, Any] = {"sent_as": "pain.001.001.09", "submitted_at": NOON, "query_at": NOON} | facts
    return Batch(uuid4(), "ICBC", "CNY", 1, "M", WEDNESDAY, 1, 1, state, NOON, NOON, **terms)


@pytest.mark.parametrize(
    ("amounts", "carriers", "bank", "borne"),
    [
        ([60, 40], [("ICBC", 100, True), ("CCB", 900, True)], "ICBC", [60, 40]),  # her own bank, if it bears all
        ([60, 40], [("ICBC", 99, True), ("CCB", 100, True), ("CMB", 900, True)], "CMB", [60, 40]),  # the largest
        ([60, 40], [("CCB", 100, True), ("NETSLINK", 900, False)], "CCB", [60, 40]),  # one that a channel reaches
        ([60, 40], [("ICBC", 100, False), ("CCB", 900, True)], "ICBC", [60, 40]),
        ([60, 40], [("ICBC", 50, True), ("CCB", 70, False)], "CCB", [60]),  # nobody bears all: whoever bears most
        ([900, 40, 60], [("ICBC", 100, True)], "ICBC", [40, 60]),  # one that is too large holds up no other
        ([60], [("ICBC", 59, True)], None, []),
        ([60], [], None, []),
    ],
)
def test_whose_reserve_pays(
    amounts: list[int], carriers: list[tuple[str, int, bool]], bank: str | None, borne: list[int]
) -> None:
    of = [Carrier(name, available, FILES if reached else None) for name, available, reached in carriers]
    carrier, found = rules.chosen([payout(amount) for amount in amounts], of)
    assert (carrier and carrier.bank, [one.amount for one in found]) == (bank, borne)


@given(
    st.lists(st.integers(1, 500), min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(0, 900), st.booleans(), st.integers(1, 500)), max_size=5),
)
def test_no_reserve_pays_more_than_it_has(amounts: list[int], reserves: list[tuple[int, bool, int]]) -> None:
    """Nor a line that its bank does not take; and whatever somebody could pay is not put off."""
    carriers = [
        Carrier(f"B{n}", available, FILES if reached else None, 1, most)
        for n, (available, reached, most) in enumerate(reserves)
    ]
    waiting = [payout(amount) for amount in amounts]
    carrier, found = rules.chosen(waiting, carriers)
    payable = any(one.amount <= min(other.available, other.most) for one in waiting for other in carriers)
    assert (carrier is not None) is bool(found) is payable
    assert [one for one in waiting if one in found] == found
    if carrier is not None:
        assert sum(one.amount for one in found) <= carrier.available
        assert all(carrier.least <= one.amount <= carrier.most for one in found)


@pytest.mark.parametrize(
    ("carriers", "refused", "expected"),
    [
        ([Carrier("ICBC", 1)], [Reason.MAINTENANCE], "reserve_short"),
        ([Carrier("ICBC", 900, FILES, 1, 50)], [Reason.MAINTENANCE], "above_most"),
        ([Carrier("ICBC", 900, FILES, 200, 900)], [], "below_least"),
        ([Carrier("ICBC", 900, FILES, 200, 900), Carrier("CCB", 900, FILES, 1, 50)], [], "above_most"),
        ([], [Reason.MAINTENANCE, Reason.UNREACHABLE], "maintenance"),
        ([], [], "reserve_short"),
    ],
)
def test_why_a_payout_waits(carriers: list[Carrier], refused: list[Reason], expected: str) -> None:
    assert rules.held_up(payout(100), carriers, refused) == expected


@pytest.mark.parametrize(
    ("day", "at", "files", "expected"),
    [
        (WEDNESDAY, time(22, 29, 59), FILES, WEDNESDAY),
        (WEDNESDAY, time(22, 30), FILES, date(2026, 3, 5)),
        (WEDNESDAY, time(23, 59, 59), None, WEDNESDAY),
        (date(2026, 3, 5), time(0), FILES, date(2026, 3, 5)),
        (date(2026, 3, 6), time(23), FILES, date(2026, 3, 9)),  # Friday night: Monday
        (date(2026, 2, 15), time(9), FILES, date(2026, 2, 24)),  # the spring festival
        (date(2035, 3, 3), time(9), FILES, date(2035, 3, 5)),  # holidays not announced yet: weekends alone
    ],
)
def test_the_day_a_batch_executes(day: date, at: time, files: PaymentFiles | None, expected: date) -> None:
    assert rules.execution_day(local(day, at), SUITE_ZONE, files) == expected


def test_when_a_bank_is_asked_again() -> None:
    """By both schedules, from the day of execution on; sooner while it has not taken the file."""
    of, waits = batch(), []
    for _ in range(21):
        asked, query_at = rules.next_query(of, NOON, SUITE_ZONE, heard=True)
        waits.append(query_at - NOON)
        of = replace(of, asked=asked)
    assert waits[:3] == [timedelta(seconds=5), timedelta(seconds=10), timedelta(seconds=30)]
    assert waits[9] == timedelta(hours=1)
    assert waits[-1] == waits[-2] == timedelta(days=1)
    early = replace(batch(), execute_on=date(2026, 3, 9), asked=4)
    opens = start_of_day(date(2026, 3, 9))
    assert rules.next_query(early, NOON, SUITE_ZONE, heard=True) == (0, opens)
    assert rules.next_query(early, NOON, SUITE_ZONE, heard=False) == (5, NOON + timedelta(minutes=2))
    assert rules.answered_by(date(2026, 3, 9), NOON, SUITE_ZONE) == opens + timedelta(days=3)
    assert rules.answered_by(WEDNESDAY, NOON, SUITE_ZONE) == NOON + timedelta(days=3)


@pytest.mark.parametrize("state", list(BatchState))
@pytest.mark.parametrize("sending", [False, True])
@pytest.mark.parametrize("minutes", [29, 30])
def test_when_a_batch_cannot_appear_any_more(state: BatchState, sending: bool, minutes: int) -> None:
    of = batch(state, sending=sending, sent_at=NOON + timedelta(hours=1))
    now = NOON + timedelta(hours=1, minutes=minutes)
    expected = state is BatchState.CANCELLING and not sending and minutes == 30
    assert rules.is_gone(of, now, timedelta(minutes=30)) is expected
    assert not rules.is_gone(replace(of, sent_at=now), now, timedelta(minutes=30))


@pytest.mark.parametrize("state", list(PayoutState))
def test_what_is_paid_anew(state: PayoutState) -> None:
    if state in (PayoutState.FAILED, PayoutState.RETURNED):
        rules.require_paid_no_more(payout(state=state))
        return
    with pytest.raises(PayoutNotOver):
        rules.require_paid_no_more(payout(state=state))


@pytest.mark.parametrize(
    ("changes", "standing", "currency", "expected"),
    [
        ({}, None, "CNY", None),
        ({"payment_files": None}, None, "CNY", Reason.NOT_OFFERED),
        ({}, None, "USD", Reason.CURRENCY_NOT_CARRIED),
        ({"valid_until_on": date(2026, 3, 3)}, None, "CNY", Reason.LICENCE_NOT_VALID),
        ({"valid_from_on": date(2026, 3, 5)}, None, "CNY", Reason.LICENCE_NOT_VALID),
        ({"kind": "broking"}, None, "CNY", Reason.LICENCE_NOT_FOR_THIS),
        ({"dated_windows": (DatedWindow(NOON, NOON + timedelta(hours=1)),)}, None, "CNY", Reason.MAINTENANCE),
        ({"dated_windows": (DatedWindow(NOON - timedelta(hours=1), NOON),)}, None, "CNY", None),
        ({}, NOON, "CNY", Reason.UNREACHABLE),
    ],
)
def test_why_a_channel_takes_no_file(
    changes: dict[str, Any], standing: datetime | None, currency: str, expected: Reason | None
) -> None:
    contract = shipped()["ICBC"]
    licence = {name: value for name, value in changes.items() if hasattr(contract.licence, name)}
    contract = replace(contract, licence=replace(contract.licence, **licence))
    contract = replace(contract, **{name: value for name, value in changes.items() if name not in licence})
    known = None if standing is None else Standing("ICBC", InstructionKind.PAYOUT, unreached=5, probe_at=standing)
    assert against_files(contract, currency, known, NOON, SUITE_ZONE, policy()) is expected


def test_a_whole_message_is_rejected_for_its_own_reason() -> None:
    one = Line(UUID(int=1), uuid4(), 1, uuid4(), uuid4(), uuid4(), "E", 1, uuid4(), LineState.HELD)
    told = StatusReport("M", "RJCT", (), "AM10")
    assert rules.decided(batch(), [one], told) == [(one, LineState.REJECTED, "AM10")]
    back = replace(one, state=LineState.RETURNED)
    assert rules.decided(batch(), [back], StatusReport("M", None, (LineStatus("E", "ACSC"),))) == []
    sent = batch(BatchState.CANCELLING, sending=True)
    with pytest.raises(BeingSent):
        rules.decided(sent, [one], StatusReport("M", "CANC", ()))
