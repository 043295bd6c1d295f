"""The banks there are, from `banks.json`."""

import json
from datetime import time, timedelta
from functools import cache
from pathlib import Path

from sandbox.bank.model import Bank
from sandbox.errors import UnknownBank


@cache
def banks() -> dict[str, Bank]:
    rows = json.loads(Path(__file__).with_name("banks.json").read_text(encoding="utf-8"))
    return {row["code"]: _bank(row) for row in rows}


def bank_named(code: str) -> Bank:
    """Raises UnknownBank."""
    try:
        return banks()[code]
    except KeyError:
        raise UnknownBank(f"the sandbox has no bank {code}", field="bank") from None


def issuer_of(card_number: str) -> Bank | None:
    return next((bank for bank in banks().values() if bank.issued(card_number)), None)


def _bank(row: dict[str, object]) -> Bank:
    facts = dict(row)
    facts["prefixes"] = tuple(row["prefixes"])  # type: ignore[arg-type]
    facts["cut_off"] = time.fromisoformat(str(facts["cut_off"]))
    facts["finality"] = timedelta(minutes=int(str(facts.pop("finality_minutes"))))
    return Bank(**facts)  # type: ignore[arg-type]
