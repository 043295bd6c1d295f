"""Every event in every state of compensations, sureties and write-offs; and what each of their rules refuses."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import product
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from services.p2p.errors import NotAllowedInState
from services.p2p.losses import rules as loss_rules
from services.p2p.losses.model import CompensationState
from services.p2p.losses.rules import CompensationEvent
from services.p2p.sureties import rules as surety_rules
from services.p2p.sureties.errors import LicenceNotValid
from services.p2p.sureties.model import SuretyKind, SuretyState
from services.p2p.sureties.rules import SuretyEvent
from services.p2p.write_offs import rules as write_off_rules
from services.p2p.write_offs.errors import NotLateEnough, SamePerson
from services.p2p.write_offs.model import WriteOffState
from services.p2p.write_offs.rules import WriteOffEvent

TODAY = date(2026, 11, 26)
NOW = datetime(2026, 11, 26, 4, tzinfo=UTC)
COMPENSATION = {("pending", "pay"): "paid", ("pending", "refuse"): "refused"}
SURETY = {
    ("opening", "open"): "active",
    ("opening", "end"): "ended",
    ("active", "end"): "ended",
    ("ended", "resume"): "active",
}
WRITE_OFF = {("proposed", "approve"): "approved", ("proposed", "reject"): "rejected", ("proposed", "expire"): "expired"}
CASES: list[tuple[dict[tuple[str, str], str], Any, StrEnum, StrEnum]] = [
    *[(COMPENSATION, loss_rules.next_state, *pair) for pair in product(CompensationState, CompensationEvent)],
    *[(SURETY, surety_rules.next_state, *pair) for pair in product(SuretyState, SuretyEvent)],
    *[(WRITE_OFF, write_off_rules.next_state, *pair) for pair in product(WriteOffState, WriteOffEvent)],
]


@pytest.mark.parametrize(("table", "next_state", "state", "event"), CASES)
def test_every_event_in_every_state(
    table: dict[tuple[str, str], str], next_state: Any, state: StrEnum, event: StrEnum
) -> None:
    record = SimpleNamespace(state=state, account_id=UUID(int=1))
    expected = table.get((state.value, event.value))
    if expected is None:
        with pytest.raises(NotAllowedInState) as refused:
            next_state(record, event)
        assert refused.value.facts["state"] == state.value
    else:
        assert next_state(record, event).value == expected


def test_a_surety_without_an_account_is_not_resumed() -> None:
    with pytest.raises(NotAllowedInState):
        surety_rules.next_state(surety(state=SuretyState.ENDED, account_id=None), SuretyEvent.RESUME)


def surety(**changes: Any) -> Any:
    usual = {
        "kind": SuretyKind.ORIGINATOR,
        "state": SuretyState.ACTIVE,
        "account_id": UUID(int=1),
        "licensed_from": TODAY,
        "licensed_until": TODAY + timedelta(days=9),
        "capital_minor": 1_000,
        "cap_minor": 9_000,
    }
    return SimpleNamespace(**usual | changes)


def test_a_licence_holds_on_both_of_its_days() -> None:
    days = [TODAY + timedelta(days=days) for days in (-1, 0, 9, 10)]
    assert [surety_rules.licensed(surety(), day) for day in days] == [False, True, True, False]
    surety_rules.require_licence_dates(TODAY, TODAY, TODAY)
    for first, last in ((TODAY, TODAY - timedelta(days=1)), (TODAY - timedelta(days=9), TODAY - timedelta(days=1))):
        with pytest.raises(LicenceNotValid) as refused:
            surety_rules.require_licence_dates(first, last, TODAY)
        assert refused.value.field == "licensed_until"


@pytest.mark.parametrize(
    ("kind", "multiple", "most"),
    [("originator", "5", 5_000), ("originator", "20", 9_000), ("originator", None, 9_000), ("guarantor", "5", 9_000)],
)
def test_what_may_be_backed(kind: str, multiple: str | None, most: int) -> None:
    terms = None if multiple is None else SimpleNamespace(largest_exposure=Decimal(multiple))
    programme: Any = SimpleNamespace(originator=terms)
    assert surety_rules.most_backed(surety(kind=SuretyKind(kind)), programme) == most


@pytest.mark.parametrize(
    ("available", "claims", "payable"), [(500, 0, 500), (500, 700, 300), (500, 1_001, 0), (-3, 0, 0)]
)
def test_a_surety_pays_what_it_has_and_its_capital_bears(available: int, claims: int, payable: int) -> None:
    assert surety_rules.payable(surety(), available, claims) == payable


def test_a_write_off_needs_more_than_180_days_and_another_person_in_time() -> None:
    write_off_rules.require_late_enough(181)
    with pytest.raises(NotLateEnough) as refused:
        write_off_rules.require_late_enough(180)
    assert (refused.value.field, refused.value.facts["days_past_due"]) == ("loan_id", 180)
    proposed: Any = SimpleNamespace(proposed_by="stf_one", due_at=NOW)
    write_off_rules.require_another(proposed, "stf_two")
    with pytest.raises(SamePerson):
        write_off_rules.require_another(proposed, "stf_one")
    write_off_rules.require_in_time(proposed, NOW - timedelta(seconds=1))
    with pytest.raises(NotAllowedInState):
        write_off_rules.require_in_time(proposed, NOW)
