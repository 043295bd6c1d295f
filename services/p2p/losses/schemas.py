"""Compensations and the reserve fund on the wire."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from chassis import wire
from services.p2p.losses.model import Compensation, CompensationShare, FundFigures, LayerDue
from services.p2p.wire_ids import AccountId, ClaimId, CompensationId, LoanId

Bearer = Literal["reserve_fund", "guarantor", "originator"]
ORDER = "days_past_due descending, loan_id ascending"


class CompensationAnswer(wire.Answer):
    """Who paid the holders of a loan for its loss. asked_minor: principal that its layer owed them; principal_minor, interest_minor: what
    the payer had enough for; the rest stays with the lenders. decided_on: the day up to which interest is paid for. reason: why refused.
    """

    id: CompensationId
    loan_id: LoanId
    attempt: int
    bearer: Bearer
    payer: str
    covers: Literal["principal", "principal_and_interest"]
    currency: str
    days_past_due: int
    asked_minor: int
    principal_minor: int
    interest_minor: int
    state: Literal["pending", "paid", "refused"]
    reason: str | None
    decided_on: wire.Day
    requested_at: datetime
    changed_at: datetime


class LayerAnswer(wire.Answer):
    """A layer of the programme's waterfall that owes something now. asked_minor: principal; paid_minor: paid for the loan so far."""

    layer: int
    bearer: Bearer
    asked_minor: int
    paid_minor: int


class LossAnswer(wire.Answer):
    """uncovered_minor: principal that lenders hold themselves; covered_minor: that somebody holds who paid them for it."""

    loan_id: LoanId
    days_past_due: int
    uncovered_minor: int
    covered_minor: int
    waiting: list[LayerAnswer]
    compensations: list[CompensationAnswer]


class CompensationShareAnswer(wire.Answer):
    claim_id: ClaimId
    holder: str
    account_id: AccountId
    principal_minor: int
    interest_minor: int


class CompensationSharesAnswer(wire.Answer):
    items: list[CompensationShareAnswer]


class WaitingAnswer(wire.Answer):
    """place: in the order in which the fund pays. asked_minor: principal it owes the lenders of the loan, interest beside; paid_minor:
    principal and interest it paid for it so far; uncovered_minor: principal that lenders hold themselves.
    """

    place: int
    loan_id: LoanId
    days_past_due: int
    asked_minor: int
    paid_minor: int
    uncovered_minor: int


class ReserveFundAnswer(wire.Answer):
    """balance_minor: what the fund has in payments, contributed + recovered + put in by others − paid; null while payments is away.
    claims_minor: what it holds against borrowers. It pays in `order`, as far as its balance goes; waiting: the first 200 whom it
    owes, all of them at `/v1/reserve-fund/waiting`.
    """

    currency: str
    account_id: AccountId | None
    balance_minor: int | None
    contributed_minor: int
    recovered_minor: int
    paid_minor: int
    claims_minor: int
    order: str
    waiting: list[WaitingAnswer]


def compensation_answer(compensation: Compensation) -> CompensationAnswer:
    return CompensationAnswer.model_validate(compensation)


def shares_answer(found: Sequence[CompensationShare]) -> CompensationSharesAnswer:
    return CompensationSharesAnswer(items=[CompensationShareAnswer.model_validate(one) for one in found])


def layer_answer(due: LayerDue) -> LayerAnswer:
    return LayerAnswer.model_validate(due)


def waiting_answer(place: int, due: LayerDue, today: date) -> WaitingAnswer:
    return WaitingAnswer(
        place=place,
        loan_id=due.loan_id,
        days_past_due=(today - due.unpaid_on).days,
        asked_minor=due.asked_minor,
        paid_minor=due.paid_minor,
        uncovered_minor=due.uncovered_minor,
    )


def fund_answer(
    currency: str, figures: FundFigures, account: tuple[UUID | None, int | None], waiting: list[WaitingAnswer]
) -> ReserveFundAnswer:
    """account: its id, None before the first listing in the currency, and balance."""
    account_id, balance = account
    return ReserveFundAnswer(
        currency=currency,
        account_id=account_id,
        balance_minor=balance,
        contributed_minor=figures.contributed_minor,
        recovered_minor=figures.recovered_minor,
        paid_minor=figures.paid_minor,
        claims_minor=figures.claims_minor,
        order=ORDER,
        waiting=waiting,
    )
