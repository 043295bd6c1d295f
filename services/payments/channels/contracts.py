"""Contracts as documents, and the first version of each, which is shipped (`contracts.json`). Later ones are rows that operators add."""

import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from services.payments.channels.contract_model import (
    Contract,
    DatedWindow,
    FeePlan,
    Licence,
    Offer,
    Policy,
    WeeklyWindow,
)
from services.payments.channels.model import InstructionKind, PaymentFiles

Document = dict[str, Any]


@cache
def shipped() -> dict[str, Contract]:
    return {row["channel"]: contract_of(row) for row in _file()["contracts"]}


@cache
def policy() -> Policy:
    row = _file()["policy"]
    return Policy(
        half_life=timedelta(minutes=row["half_life_minutes"]),
        prior_rate=Decimal(row["prior_rate"]),
        prior_weight=row["prior_weight"],
        failure_cost_minor=row["failure_cost_minor"],
        unreached_limit=row["unreached_limit"],
        probe_after=timedelta(seconds=row["probe_after_seconds"]),
        longest_probe=timedelta(seconds=row["longest_probe_seconds"]),
        attempts=row["attempts"],
        own_fault_codes=frozenset(row["own_fault_codes"]),
        licences={name: frozenset(InstructionKind(kind) for kind in kinds) for name, kinds in row["licences"].items()},
    )


def contract_of(row: Document) -> Contract:
    return Contract(
        channel=row["channel"],
        name=row["name"],
        valid_from_on=date.fromisoformat(row["valid_from_on"]),
        offers=tuple(_offer(offer) for offer in row["offers"]),
        currencies=frozenset(row["currencies"]),
        least_minor=row["least_minor"],
        most_minor=row["most_minor"],
        card_day_minor=row["card_day_minor"],
        weekly_windows=tuple(
            WeeklyWindow(window["weekday"], time.fromisoformat(window["starts"]), time.fromisoformat(window["ends"]))
            for window in row["weekly_windows"]
        ),
        dated_windows=tuple(
            DatedWindow(datetime.fromisoformat(window["from_at"]), datetime.fromisoformat(window["until_at"]))
            for window in row["dated_windows"]
        ),
        finality=timedelta(minutes=row["finality_minutes"]),
        priority=row["priority"],
        licence=_licence(row["licence"]),
        payment_files=_payment_files(row.get("payment_files")),
    )


def document_of(contract: Contract) -> Document:
    """The other way round."""
    return {
        "channel": contract.channel,
        "name": contract.name,
        "valid_from_on": contract.valid_from_on.isoformat(),
        "offers": [_offer_document(offer) for offer in contract.offers],
        "currencies": sorted(contract.currencies),
        "least_minor": contract.least_minor,
        "most_minor": contract.most_minor,
        "card_day_minor": contract.card_day_minor,
        "weekly_windows": [
            {"weekday": one.weekday, "starts": one.starts.isoformat("minutes"), "ends": one.ends.isoformat("minutes")}
            for one in contract.weekly_windows
        ],
        "dated_windows": [
            {"from_at": one.from_at.isoformat(), "until_at": one.until_at.isoformat()} for one in contract.dated_windows
        ],
        "finality_minutes": contract.finality // timedelta(minutes=1),
        "priority": contract.priority,
        "licence": {
            "kind": contract.licence.kind,
            "number": contract.licence.number,
            "valid_from_on": contract.licence.valid_from_on.isoformat(),
            "valid_until_on": contract.licence.valid_until_on and contract.licence.valid_until_on.isoformat(),
        },
        "payment_files": contract.payment_files
        and {
            "form": contract.payment_files.form,
            "accounts": dict(contract.payment_files.accounts),
            "cut_off": contract.payment_files.cut_off.isoformat("minutes"),
        },
    }


def _offer(row: Document) -> Offer:
    fee, banks = row["fee"], row["banks"]
    plan = FeePlan(fee["fixed_minor"], Decimal(fee["rate"]), fee["least_minor"], fee["most_minor"])
    return Offer(InstructionKind(row["kind"]), None if banks is None else frozenset(banks), plan)


def _offer_document(offer: Offer) -> Document:
    plan = offer.fee
    return {
        "kind": str(offer.kind),
        "banks": None if offer.banks is None else sorted(offer.banks),
        "fee": {
            "fixed_minor": plan.fixed_minor,
            "rate": format(plan.rate, "f"),
            "least_minor": plan.least_minor,
            "most_minor": plan.most_minor,
        },
    }


def _licence(row: Document) -> Licence:
    until = row["valid_until_on"]
    return Licence(
        row["kind"],
        row["number"],
        date.fromisoformat(row["valid_from_on"]),
        date.fromisoformat(until) if until else None,
    )


def _payment_files(row: Document | None) -> PaymentFiles | None:
    if row is None:
        return None
    return PaymentFiles(row["form"], row["accounts"], time.fromisoformat(row["cut_off"]))


@cache
def _file() -> Document:
    document: Document = json.loads(Path(__file__).with_name("contracts.json").read_text(encoding="utf-8"))
    return document
