"""Identity numbers, what of them is shown, how they are sealed, and when a source is asked again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from chassis.sealing import CannotOpen, SealingKeys
from services.payments.holders import rules
from services.payments.holders.errors import MalformedIdentityNumber
from services.payments.holders.model import Check, CheckChannel, CheckState, Facts, Identity
from services.payments.holders.vault import IdentityVault

KEYS = SealingKeys((bytes(32),), "identity")
NOW = datetime(2026, 11, 26, tzinfo=UTC)
CUSTOMER = UUID(int=7)
FACTS = Facts("王小明", "110101199003070038")
CHECK = Check(
    UUID(int=1), CUSTOMER, CheckChannel.POLICE, CheckState.PENDING, None, NOW, NOW.date(), 0, NOW,
    NOW + rules.ASKED_FOR, None,
)  # fmt: skip


def test_numbers_are_checked_and_written_in_capitals() -> None:
    assert rules.checked_number("11010119900307109x") == "11010119900307109X"
    assert rules.masked(FACTS.number) == "110***********0038"


@pytest.mark.parametrize(
    "number",
    [
        "110101199003070039",  # check digit
        "110101199013070030",  # thirteenth month
        "990101199003070034",  # no such region
        "11010119900307003",
        "",
    ],
)
def test_malformed_numbers(number: str) -> None:
    with pytest.raises(MalformedIdentityNumber):
        rules.checked_number(number)


def test_what_is_sealed_opens_for_its_customer_alone() -> None:
    vault, other = IdentityVault(KEYS), IdentityVault(SealingKeys((bytes([1]) * 32,), "identity"))
    sealed = vault.seal(CUSTOMER, FACTS)
    identity = Identity(CUSTOMER, sealed.details, sealed.number_index, sealed.masked, NOW)
    assert vault.open(identity) == FACTS
    assert FACTS.name.encode() not in sealed.details
    assert FACTS.number.encode() not in sealed.details
    for opening, what in ((other, identity), (vault, replace(identity, customer_id=UUID(int=8)))):
        with pytest.raises(CannotOpen):
            opening.open(what)


def test_the_index_finds_the_same_number() -> None:
    vault = IdentityVault(KEYS)
    assert vault.seal(CUSTOMER, FACTS).number_index == vault.seal(UUID(int=8), FACTS).number_index
    assert vault.seal(CUSTOMER, FACTS).number_index != vault.seal(CUSTOMER, replace(FACTS, number="x")).number_index


def test_a_source_is_asked_at_growing_intervals_until_the_time_is_over() -> None:
    now, check, pauses = NOW, CHECK, []
    while now < check.expires_at:
        due = rules.ask_again_at(check, now)
        pauses.append(due - now)
        now, check = due, replace(check, tries=check.tries + 1)
    assert pauses[:3] == [timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120)]
    assert max(pauses) == timedelta(hours=1)
    assert sum(pauses, timedelta()) == rules.ASKED_FOR
    assert len(pauses) < 40
