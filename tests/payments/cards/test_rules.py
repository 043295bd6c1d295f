"""What a card number tells, and that nobody can read it where it is stored."""

import secrets
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from stdnum import luhn

from chassis.sealing import CannotOpen, SealingKeys
from services.payments.cards.errors import MalformedCardNumber, UnknownPrefix
from services.payments.cards.model import Card, CardKind, CardState
from services.payments.cards.rules import card_type, masked
from services.payments.cards.vault import CardVault
from services.payments.channels.model import CardDetails

DETAILS = CardDetails("6222020000000000000", "王小明", "13800000001")


@pytest.mark.parametrize(
    ("body", "bank", "kind"),
    [
        ("622202000000000000", "ICBC", CardKind.DEBIT),
        ("621700000000000000", "CCB", CardKind.DEBIT),
        ("356390000000000", "CITIC", CardKind.CREDIT),
    ],
)
def test_bank_and_kind_follow_from_the_prefix(body: str, bank: str, kind: CardKind) -> None:
    number = body + luhn.calc_check_digit(body)
    assert (card_type(number).bank, card_type(number).kind) == (bank, kind)


def test_wrong_check_digits_and_unknown_prefixes_are_refused() -> None:
    with pytest.raises(MalformedCardNumber):
        card_type("6222020000000000001")
    with pytest.raises(UnknownPrefix):
        card_type("0000000000000000")


def test_only_the_ends_of_a_number_are_shown() -> None:
    assert masked("6222020000000000000") == "622202*********0000"


def vault_of() -> CardVault:
    return CardVault(SealingKeys((secrets.token_bytes(32),), "card"))


def card_of(vault: CardVault, card_id: UUID) -> Card:
    sealed = vault.seal(card_id, DETAILS)
    now = datetime.now(UTC)
    return Card(
        card_id, uuid4(), "ICBC", "", CardKind.DEBIT, sealed.masked, sealed.details, sealed.number_index,
        CardState.BOUND, None, None, now, now, None,
    )  # fmt: skip


def test_sealed_details_open_again_and_hide_the_number() -> None:
    vault = vault_of()
    card = card_of(vault, uuid4())
    assert vault.open(card) == DETAILS
    assert DETAILS.number.encode() not in card.details
    assert DETAILS.number not in repr(DETAILS)


def test_details_moved_to_another_card_or_changed_do_not_open() -> None:
    vault = vault_of()
    card = card_of(vault, uuid4())
    with pytest.raises(CannotOpen):
        vault.open(replace(card, id=uuid4()))
    with pytest.raises(CannotOpen):
        vault.open(replace(card, details=card.details[:-1] + bytes([card.details[-1] ^ 1])))
    with pytest.raises(CannotOpen):
        vault_of().open(card)


def test_the_index_is_the_same_for_the_same_number_and_key_only() -> None:
    vault = vault_of()
    index = vault.seal(uuid4(), DETAILS).number_index
    assert vault.seal(uuid4(), DETAILS).number_index == index
    assert vault.seal(uuid4(), replace(DETAILS, number="6217000000000000003")).number_index != index
    assert vault_of().seal(uuid4(), DETAILS).number_index != index
