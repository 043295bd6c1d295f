"""Payments against the banks' own books: the reserve at each bank is what its statement says, but for orders under way. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clients.payments.shapes import MovementAnswer, ReserveAnswer
from suite.audit.model import Check, UnderWay, check

WHERE = "payments ↔ banks"


@dataclass(frozen=True)
class BankBooks:
    """balances: of our reserve by bank, as the bank says; booked: references of orders under way that the bank has executed."""

    balances: Mapping[str, int]
    booked: frozenset[str]


def checks(reserves: Sequence[ReserveAnswer], movements: Sequence[MovementAnswer], banks: BankBooks) -> list[Check]:
    wrong = [
        f"{one.bank} {one.currency}: {difference_of(one, movements, banks):+d}"
        for one in reserves
        if difference_of(one, movements, banks)
    ]
    return [check(WHERE, "reserves are what the banks say", len(reserves), wrong)]


def difference_of(reserve: ReserveAnswer, movements: Sequence[MovementAnswer], banks: BankBooks) -> int:
    """Minor units that the bank's balance has beyond our books and what it executed of orders under way."""
    ahead = sum(
        one.amount_minor if one.kind == "charge" else -one.amount_minor
        for one in movements
        if one.bank == reserve.bank and one.currency == reserve.currency and one.reference in banks.booked
    )
    return banks.balances.get(reserve.bank, 0) - reserve.balance_minor - ahead


def under_way(movements: Sequence[MovementAnswer]) -> list[UnderWay]:
    return [
        UnderWay(
            where="payments",
            kind=one.kind,
            record=one.record,
            job=f"{one.job} {one.job_record}",
            amount_minor=one.amount_minor,
            ledger_minor=0,
            currency=one.currency,
            age_seconds=one.age_seconds,
        )
        for one in movements
    ]
