"""The institutions there are, from `banks.json`."""

import json
from datetime import time, timedelta
from functools import cache
from pathlib import Path

from sandbox.bank.behaviours import Behaviour, behaviour_for
from sandbox.bank.model import Bank, InstitutionKind
from sandbox.errors import UnknownBank


@cache
def banks() -> dict[str, Bank]:
    rows = json.loads(Path(__file__).with_name("banks.json").read_text(encoding="utf-8"))
    return {row["code"]: _bank(row) for row in rows}


def bank_named(bank: str) -> Bank:
    """By its code, as in the path of a request. Raises UnknownBank."""
    try:
        return banks()[bank]
    except KeyError:
        raise UnknownBank(f"the sandbox has no bank {bank}", field="bank") from None


def issuers() -> list[Bank]:
    """Those that issue cards."""
    return [bank for bank in banks().values() if bank.kind is InstitutionKind.BANK]


def issuer_of(card_number: str) -> Bank | None:
    return next((bank for bank in banks().values() if bank.issued(card_number)), None)


def behaviour_at(bank: Bank, card_number: str, amount: int) -> Behaviour:
    """How this institution behaves for such an order."""
    return behaviour_for(card_number, amount, own_bank=bank.issued(card_number))


def _bank(row: dict[str, object]) -> Bank:
    facts = dict(row)
    facts["kind"] = InstitutionKind(str(row["kind"]))
    facts["prefixes"] = tuple(row["prefixes"])  # type: ignore[arg-type]
    facts["cut_off"] = time.fromisoformat(str(facts["cut_off"]))
    facts["finality"] = timedelta(minutes=int(str(facts.pop("finality_minutes"))))
    return Bank(**facts)  # type: ignore[arg-type]
