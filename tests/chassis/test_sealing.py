"""Secrets at rest: opened by their own record under their own key alone; where the key comes from."""

import base64
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidTag

from chassis.sealing import SealingKey, read_key
from chassis.settings import MissingSetting, Settings

KEY = base64.b64encode(b"k" * 32).decode()


def settings(keys: Path, mode: str = "test", **environment: str) -> Settings:
    return Settings("payments", "live" if mode == "live" else "test", "", "", keys, {}, environment=environment)


def test_what_is_sealed_is_opened_by_its_own_record_alone() -> None:
    key, record = SealingKey(b"k" * 32), uuid4()
    sealed = key.seal(record, "whsec_secret")
    assert b"whsec_secret" not in sealed
    assert sealed != key.seal(record, "whsec_secret")
    assert key.open(record, sealed) == "whsec_secret"
    for other, held, of in (
        (key, sealed, uuid4()),
        (SealingKey(b"o" * 32), sealed, record),
        (key, sealed[:-1] + b"x", record),
    ):
        with pytest.raises(InvalidTag):
            other.open(of, held)


def test_the_key_is_told_or_made_in_test_mode(tmp_path: Path) -> None:
    assert read_key(settings(tmp_path, SIFANG_PAYMENTS_WEBHOOK_KEY=KEY), "webhook") == SealingKey(b"k" * 32)
    assert list(tmp_path.iterdir()) == []
    made = read_key(settings(tmp_path), "webhook")
    assert read_key(settings(tmp_path, mode="live"), "webhook") == made
    (file,) = tmp_path.iterdir()
    assert (file.name, file.stat().st_mode & 0o777) == ("payments.webhook.key", 0o600)


def test_without_a_sound_key_there_is_none(tmp_path: Path) -> None:
    for given in ("not a key", base64.b64encode(b"short").decode()):
        with pytest.raises(MissingSetting, match="WEBHOOK_KEY"):
            read_key(settings(tmp_path, SIFANG_PAYMENTS_WEBHOOK_KEY=given), "webhook")
    with pytest.raises(MissingSetting, match="SIFANG_PAYMENTS_WEBHOOK_KEY is not set"):
        read_key(settings(tmp_path, mode="live"), "webhook")
