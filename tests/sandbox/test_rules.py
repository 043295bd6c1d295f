"""What banks decide, without a server."""

import json
from pathlib import Path

import pytest
from stdnum import luhn

import sandbox.app
from chassis.settings import Settings
from sandbox.app import SandboxInLiveMode, create_app
from sandbox.bank.behaviours import BEHAVIOURS, behaviour_for
from sandbox.bank.directory import banks, issuer_of, issuers
from sandbox.bank.rules import check_digit, magic_card, valid_number


def test_check_digits_agree_with_another_implementation() -> None:
    for body in ("622202000000000000", "1", "79927398713", "4111111111111111", "0"):
        assert check_digit(body) == luhn.calc_check_digit(body)
    assert valid_number("79927398713")
    assert not valid_number("79927398710")


def test_every_magic_card_is_valid_and_behaves() -> None:
    for bank in issuers():
        for behaviour in BEHAVIOURS:
            number = magic_card(bank, behaviour)
            assert valid_number(number)
            assert issuer_of(number) == bank
            assert behaviour_for(number, 100) == behaviour
            alone = magic_card(bank, behaviour, own_bank_only=True)
            assert issuer_of(alone) == bank
            assert behaviour_for(alone, 100) == behaviour
            assert behaviour_for(alone, 100, own_bank=False).name == "succeeds"


def test_magic_amounts_behave_and_others_succeed() -> None:
    ordinary = "6222027570913349473"
    for behaviour in BEHAVIOURS:
        assert behaviour_for(ordinary, 990_000 + behaviour.number) == behaviour
        assert behaviour_for(ordinary, 990_050 + behaviour.number) == behaviour
        assert behaviour_for(ordinary, 990_000 + behaviour.number, own_bank=False) == behaviour
        assert behaviour_for(ordinary, 990_050 + behaviour.number, own_bank=False).name == "succeeds"
    assert behaviour_for(ordinary, 990_099).name == "succeeds"


def test_the_sandbox_refuses_live_mode() -> None:
    with pytest.raises(SandboxInLiveMode):
        create_app(Settings("sandbox", "live", "postgresql://x", "postgresql://x", Path("."), {}))


def test_the_readme_lists_every_magic_value() -> None:
    text = Path(sandbox.app.__file__).with_name("README.md").read_text(encoding="utf-8")
    for behaviour in BEHAVIOURS:
        for alone in (False, True):
            assert f"9,900.{behaviour.number + 50 * alone:02d}" in text
            assert all(magic_card(bank, behaviour, own_bank_only=alone) in text for bank in issuers())


def test_the_readme_lists_every_institution_with_its_terms() -> None:
    text = Path(sandbox.app.__file__).with_name("README.md").read_text(encoding="utf-8")
    for bank in banks().values():
        fees = f"{bank.charge_fee_minor / 100:.2f} | {bank.payout_fee_minor / 100:.2f}"
        minutes = int(bank.finality.total_seconds() // 60)
        prefixes = f"{', '.join(bank.prefixes) or '—'} | {bank.card_length or '—'}"
        row = f"| {bank.code} | {prefixes} | {fees} | {bank.cut_off.isoformat('minutes')} | {minutes} min |"
        assert row in text, row


def test_the_readme_lists_every_door() -> None:
    folder = Path(sandbox.app.__file__).parent
    listed = (folder / "README.md").read_text(encoding="utf-8")
    paths = json.loads((folder / "openapi.json").read_text(encoding="utf-8"))["paths"]
    outside = [path for path in paths if not path.startswith("/v1/")]
    assert outside
    for path in outside:
        # What stands below a collection (one agreement, its confirmation) goes without saying.
        head, _, below = path.partition("/v1/")
        assert f"{head}/v1/{below.partition('/')[0]}" in listed, path
