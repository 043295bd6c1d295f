"""Names compared and masked, and until when a transfer may be taken back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from chassis.errors import Refusal
from services.payments.person_transfers.model import Arrival, PersonTransfer, PersonTransferState
from services.payments.person_transfers.rules import (
    due_at,
    masked_name,
    payee_name_matches,
    require_name,
    require_revocable,
)

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
PENDING = PersonTransfer(
    uuid4(), uuid4(), uuid4(), uuid4(), uuid4(), uuid4(), uuid4(), 100, "CNY", "", Arrival.AFTER_2_HOURS, False,
    PersonTransferState.PENDING, None, uuid4(), None, NOW, NOW + timedelta(hours=2), None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("given", "proved", "same"),
    [
        ("张三", "张三", True),
        (" 张 三 ", "张三", True),
        ("买买提•艾力", "买买提·艾力", True),
        ("ＡＮＮＡ Lee", "anna lee", True),
        ("张三", "张三丰", False),
        ("张彡", "张三", False),
        ("买买提艾力", "买买提·艾力", False),
        ("", "张三", False),
    ],
)
def test_names(given: str, proved: str, same: bool) -> None:
    assert payee_name_matches(given, proved) is same


def test_a_mask_tells_the_first_character_and_not_how_many_there_are() -> None:
    assert [masked_name(name) for name in ("张三", "张三丰", "Anna Lee", " ")] == ["张**", "张**", "A**", "**"]


def test_who_has_proved_a_name_is_paid_by_it() -> None:
    assert (require_name(None, None), require_name("张三", None), require_name("张三", "张三")) == (False, False, True)
    for given, code in ((None, "payee_name_required"), ("李四", "payee_name_differs")):
        with pytest.raises(Refusal) as refused:
            require_name(given, "张三")
        assert refused.value.code == code


def test_when_it_arrives() -> None:
    assert [due_at(arrival, NOW) for arrival in Arrival] == [None, NOW + timedelta(hours=2), NOW + timedelta(hours=24)]


def test_it_is_revocable_until_its_instant_and_in_no_other_state() -> None:
    require_revocable(PENDING, NOW + timedelta(hours=2) - timedelta(microseconds=1))
    for transfer, now in (
        (PENDING, NOW + timedelta(hours=2)),
        *((replace(PENDING, state=state), NOW) for state in PersonTransferState if state is not PENDING.state),
    ):
        with pytest.raises(Refusal, match="arrived or ended"):
            require_revocable(transfer, now)
