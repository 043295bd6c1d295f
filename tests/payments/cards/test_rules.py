"""What a card number tells, and that nobody can read it where it is stored."""

import base64
import secrets
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.exceptions import InvalidTag
from stdnum import luhn

from chassis.settings import MissingSetting, Settings
from services.payments.cards.errors import MalformedCardNumber, UnknownPrefix
from services.payments.cards.model import Card, CardKind, CardState
from services.payments.cards.rules import card_type, masked
from services.payments.cards.vault import CardVault, read_vault
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


def card_of(vault: CardVault, card_id: UUID) -> Card:
    sealed = vault.seal(card_id, DETAILS)
    now = datetime.now(UTC)
    return Card(
        card_id, uuid4(), "ICBC", "", CardKind.DEBIT, sealed.masked, sealed.details, sealed.number_index,
        CardState.BOUND, None, None, now, now, None,
    )  # fmt: skip


def test_sealed_details_open_again_and_hide_the_number() -> None:
    vault = CardVault.of(secrets.token_bytes(32))
    card = card_of(vault, uuid4())
    assert vault.open(card) == DETAILS
    assert DETAILS.number.encode() not in card.details
    assert DETAILS.number not in repr(DETAILS)


def test_details_moved_to_another_card_or_changed_do_not_open() -> None:
    vault = CardVault.of(secrets.token_bytes(32))
    card = card_of(vault, uuid4())
    with pytest.raises(InvalidTag):
        vault.open(replace(card, id=uuid4()))
    with pytest.raises(InvalidTag):
        vault.open(replace(card, details=card.details[:-1] + bytes([card.details[-1] ^ 1])))
    with pytest.raises(InvalidTag):
        CardVault.of(secrets.token_bytes(32)).open(card)


def test_the_index_is_the_same_for_the_same_number_and_key_only() -> None:
    key = secrets.token_bytes(32)
    index = CardVault.of(key).index_of(DETAILS.number)
    assert CardVault.of(key).index_of(DETAILS.number) == index
    assert CardVault.of(key).index_of("6217000000000000003") != index
    assert CardVault.of(secrets.token_bytes(32)).index_of(DETAILS.number) != index


def settings(keys: Path, mode: str = "test", **environment: str) -> Settings:
    return Settings("payments", mode, "x", "x", keys, {}, environment=environment)  # type: ignore[arg-type]


def test_the_key_is_made_once_and_only_readable_by_us(tmp_path: Path) -> None:
    assert read_vault(settings(tmp_path)) == read_vault(settings(tmp_path))
    assert (tmp_path / "payments.card.key").stat().st_mode & 0o077 == 0


def test_a_key_of_the_environment_comes_first(tmp_path: Path) -> None:
    key = secrets.token_bytes(32)
    given = settings(tmp_path, SIFANG_PAYMENTS_CARD_KEY=base64.b64encode(key).decode())
    assert read_vault(given) == CardVault.of(key)
    assert not (tmp_path / "payments.card.key").exists()


def test_live_mode_makes_no_key(tmp_path: Path) -> None:
    with pytest.raises(MissingSetting):
        read_vault(settings(tmp_path, mode="live"))
    with pytest.raises(MissingSetting):
        CardVault.of(b"short")
