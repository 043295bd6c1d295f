import secrets
from uuid import UUID

import pytest

from chassis.sealing import CannotOpen, SealingKeys
from services.info_broker.contacts.model import ContactFacts
from services.info_broker.contacts.rules import canonical_mobile, masked_email, masked_mobile, masked_name
from services.info_broker.contacts.vault import ContactVault

FACTS = ContactFacts("张三", "+8613812345678", "zhang@example.com")
HER, HIS = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    "text", ["13812345678", "138 1234 5678", "138-1234-5678", "+86 13812345678", "0086 13812345678"]
)
def test_a_mainland_number_has_one_spelling(text: str) -> None:
    assert canonical_mobile(text) == "+8613812345678"


def test_an_international_number_keeps_its_country() -> None:
    assert canonical_mobile("+44 7700 900123") == "+447700900123"


@pytest.mark.parametrize(
    "text", ["12345678", "12812345678", "+8612812345678", "+0123456789", "call me", "1381234567８x"]
)
def test_what_is_no_mobile_number_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="mobile number") as fault:
        canonical_mobile(text)
    assert text not in str(fault.value)


def test_little_is_shown() -> None:
    assert masked_name("张三") == "张*"
    assert masked_name("张") == "*"
    assert masked_mobile("+8613812345678") == "+86138****5678"
    assert masked_mobile("+447700900123") == "+**********23"
    assert masked_email("zhang@example.com") == "z***@example.com"
    assert masked_email(None) is None
    assert "138" not in repr(FACTS)


def test_a_sealed_contact_opens_for_its_own_record_alone() -> None:
    vault = ContactVault(SealingKeys((secrets.token_bytes(32),), "contact"))
    sealed = vault.seal(HER, FACTS)
    assert vault.open(HER, sealed) == FACTS
    assert b"13812345678" not in sealed
    with pytest.raises(CannotOpen):
        vault.open(HIS, sealed)
    with pytest.raises(CannotOpen):
        vault.open(HER, sealed[:-1] + bytes([sealed[-1] ^ 1]))
