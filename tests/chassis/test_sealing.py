"""Secrets at rest: opened by their own record under their own key alone; where the key comes from."""

import base64
import secrets
from pathlib import Path
from uuid import uuid4

import pytest

from chassis.sealing import CannotOpen, SealingKeys, read_keys
from chassis.settings import MissingSetting, Settings

KEY = base64.b64encode(b"k" * 32).decode()


def settings(keys: Path, mode: str = "test", **environment: str) -> Settings:
    return Settings("payments", "live" if mode == "live" else "test", "", "", keys, {}, environment=environment)


def keys(*masters: bytes, purpose: str = "webhook") -> SealingKeys:
    return SealingKeys(masters or (b"k" * 32,), purpose)


def test_what_is_sealed_is_opened_by_its_own_record_alone() -> None:
    record = uuid4()
    sealed = keys().seal(record, "whsec_secret")
    assert b"whsec_secret" not in sealed
    assert sealed != keys().seal(record, "whsec_secret")
    assert keys().open(record, sealed) == "whsec_secret"
    for other, held, of in (
        (keys(), sealed, uuid4()),
        (keys(b"o" * 32), sealed, record),
        (keys(purpose="card"), sealed, record),
        (keys(), sealed[:-1] + bytes([sealed[-1] ^ 1]), record),
        (keys(), sealed[:5] + bytes([sealed[5] ^ 1]) + sealed[6:], record),
        (keys(), sealed[:20], record),
        (keys(), sealed[:7], record),
        (keys(), b"", record),
    ):
        with pytest.raises(CannotOpen):
            other.open(of, held)


def test_a_key_under_another_s_name_opens_nothing() -> None:
    """The name only chooses the key; what proves it is the tag."""
    record, ours, other = uuid4(), keys(), keys(b"o" * 32)
    with pytest.raises(CannotOpen):
        ours.open(record, ours.seal(record, "x")[:4] + other.seal(record, "x")[4:])


def test_keys_rotate_and_what_is_found_again_stays() -> None:
    record, old, new = uuid4(), secrets.token_bytes(32), secrets.token_bytes(32)
    before, after = keys(old), keys(new, old)
    sealed = before.seal(record, "x")
    assert after.open(record, sealed) == "x"
    assert before.index("x") == after.index("x") != before.index("y")
    assert before.request_secret == after.request_secret
    assert keys(new).open(record, after.seal(record, "x")) == "x"
    with pytest.raises(CannotOpen):
        keys(new).open(record, sealed)
    with pytest.raises(CannotOpen):
        before.open(record, after.seal(record, "x"))


def test_an_index_belongs_to_its_key_and_purpose() -> None:
    assert len({keys().index("x"), keys(b"o" * 32).index("x"), keys().of("card").index("x")}) == 3
    assert keys().of("card").index("x") == keys(purpose="card").index("x")
    assert str(b"k" * 32) not in repr(keys())


def test_keys_are_told_or_made_in_test_mode(tmp_path: Path) -> None:
    assert read_keys(settings(tmp_path, SIFANG_PAYMENTS_WEBHOOK_KEYS=KEY), "webhook") == keys()
    other = base64.b64encode(b"o" * 32).decode()
    both = read_keys(settings(tmp_path, SIFANG_PAYMENTS_WEBHOOK_KEYS=f"{other}, {KEY}"), "webhook")
    assert both == keys(b"o" * 32, b"k" * 32)
    assert list(tmp_path.iterdir()) == []
    made = read_keys(settings(tmp_path), "webhook")
    assert read_keys(settings(tmp_path, mode="live"), "webhook") == made
    (file,) = tmp_path.iterdir()
    assert (file.name, file.stat().st_mode & 0o777) == ("payments.webhook.key", 0o600)


def test_without_a_sound_key_there_is_none(tmp_path: Path) -> None:
    for given in ("not a key", base64.b64encode(b"short").decode(), f"{KEY},", f"{KEY},short"):
        with pytest.raises(MissingSetting, match="WEBHOOK_KEYS must hold keys of 32 bytes"):
            read_keys(settings(tmp_path, SIFANG_PAYMENTS_WEBHOOK_KEYS=given), "webhook")
    with pytest.raises(MissingSetting, match="SIFANG_PAYMENTS_WEBHOOK_KEYS is not set"):
        read_keys(settings(tmp_path, mode="live"), "webhook")
    (tmp_path / "payments.webhook.key").write_text("damaged")
    with pytest.raises(MissingSetting, match=r"payments\.webhook\.key must hold"):
        read_keys(settings(tmp_path), "webhook")
