"""How a loan stands on a day: worked out from its contract and everything that happened to it since, by `finance.servicing`.

Nothing of it is kept but what it was worked out from. So a repayment that is taken back, or another day, needs no rule of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from finance.calendars import add_months
from finance.lateness import LateRule
from finance.prepayment_fees import room_minor
from finance.repayment import Kind
from finance.rescheduling import rows_ended
from finance.schedule_changes import RateChange
from finance.schedules import Row, Schedule, build
from finance.servicing import Account, Receipt, Renegotiation, account_on
from services.p2p.loans.model import Loan
from services.p2p.programmes.model import Programme
from services.p2p.repayments.model import Keep, Part, PartKind, Repayment
from services.p2p.restructurings.model import Restructuring

_KINDS: dict[Kind, PartKind] = {
    "penalty": PartKind.LATE,
    "fee": PartKind.FEE,
    "interest": PartKind.INTEREST,
    "principal": PartKind.PRINCIPAL,
}


@dataclass(frozen=True, slots=True)
class Serviced:
    """A loan under its programme's terms with all that happened to it, oldest first."""

    loan: Loan
    programme: Programme
    history: tuple[Receipt | Renegotiation, ...]

    def on(self, day: date, *further: Receipt | Renegotiation) -> Account:
        """At the end of that day. Raises FinanceError for something further that cannot be."""
        return account_on(contracted(self.loan), [*self.history, *further], day, rule=late_rule(self.programme))

    def fee_rate(self, day: date) -> Decimal:
        """Of the principal that is paid ahead of time on that day."""
        terms = self.programme.prepayment
        free_from = add_months(self.loan.starts_on, terms.fee_months)
        return terms.fee_rate if day < free_from else Decimal(0)

    def most_fee_minor(self, standing: Account) -> int:
        """Of paying ahead of time: with it and all that was paid the loan costs no more, until that day, than the ceiling of its contract.

        Raises CannotBeMet where nothing can be paid ahead.
        """
        asked, _ = standing.settlement()
        if standing.schedule is None:
            return 0
        return room_minor(
            standing.schedule,
            standing.on,
            ceiling=self.loan.ceiling_rate,
            received_minor=self.loan.payout_minor,
            payments=[(one.paid_on, one.amount_minor) for one in self.history if isinstance(one, Receipt)],
            asked_minor=asked,
        )

    def receipt(
        self, identity: UUID, paid_on: date, amount_minor: int, keep: Keep | None, most_fee_minor: int | None
    ) -> Receipt:
        """most_fee_minor: of what is paid ahead of time; what was recorded is what it was."""
        if keep is None:
            return Receipt(str(identity), paid_on, amount_minor)
        return Receipt(str(identity), paid_on, amount_minor, keep.value, self.fee_rate(paid_on), most_fee_minor)

    def with_events(self, repayments: Sequence[Repayment], agreed: Sequence[Restructuring]) -> "Serviced":
        """With repayments that were shared out and terms that were accepted, each of these after the repayment it names."""
        happened: list[tuple[tuple[int, int], Receipt | Renegotiation]] = []
        for one in repayments:
            receipt = self.receipt(one.id, one.paid_on, one.amount_minor, one.keep, one.fee_minor)
            happened.append(((one.number, 0), receipt))
        for at, terms in enumerate(agreed, start=1):
            happened.append(((terms.after_repayment or 0, at), _renegotiation(terms)))
        happened.sort(key=lambda one: one[0])
        return Serviced(self.loan, self.programme, (*self.history, *(what for _, what in happened)))


def _renegotiation(agreed: Restructuring) -> Renegotiation:
    assert agreed.agreed_on is not None
    return Renegotiation(str(agreed.id), agreed.agreed_on, agreed.annual_rate, agreed.periods, agreed.first_due_on)


def contracted(loan: Loan) -> Schedule:
    """The schedule of the contract, as the offer had it."""
    return build(
        loan.principal_minor,
        loan.annual_rate,
        loan.term_months,
        method=loan.method,
        start_on=loan.starts_on,
        day_count=loan.day_count,
    )


def late_rule(programme: Programme) -> LateRule:
    """On overdue principal, after days of grace that cost nothing, until the loan is past due for so long that nothing accrues."""
    return LateRule(
        programme.late_daily_rate,
        grace_days=programme.grace_days,
        grace_is_free=True,
        stops_after_days=programme.accrual_stop_days,
    )


def rows_in_force(before: Account, after: Account) -> list[Row]:
    """The schedule after something happened. One that was settled ahead of time ends with the payment that did it."""
    if after.schedule is not None:
        return list(after.schedule.rows)
    assert before.schedule is not None
    (settled,) = (one for name, one in after.prepayments.items() if name not in before.prepayments)
    ended = rows_ended(before.schedule, settled.paid_on)
    from_on = min(before.schedule.rows[ended].from_on, settled.paid_on)
    days, payment = (settled.paid_on - from_on).days, settled.payment_minor
    last = Row(
        ended + 1, from_on, settled.paid_on, days, settled.principal_minor, settled.interest_minor, 0, payment, 0
    )
    return [*before.schedule.rows[:ended], last]


def changes_of(standing: Account) -> tuple[RateChange, ...]:
    """Of the rate, by terms agreed anew; paying ahead of time changes none."""
    assert standing.schedule is not None
    return tuple(standing.schedule.changes.rates)


def parts_of(before: Account, after: Account, repayment_id: UUID, paid_on: date) -> list[Part]:
    """What a repayment pays: of rows that stood there before it, and of principal ahead of time, in the row that this makes."""
    assert before.schedule is not None
    rows = {row.number: row for row in before.schedule.rows}
    name = str(repayment_id)
    parts = []
    for number, kind, amount in after.allocations[name].parts:
        row = rows[number]
        days = (row.due_on, paid_on) if kind == "penalty" else (row.from_on, row.due_on)
        parts.append(Part(repayment_id, number, _KINDS[kind], amount, *days))
    ahead = after.prepayments.get(name)
    if ahead is not None:
        made = before.schedule.rows[rows_ended(before.schedule, paid_on)]
        days = (min(made.from_on, paid_on), paid_on)
        amounts = (
            (PartKind.FEE, ahead.fee_minor),
            (PartKind.INTEREST, ahead.interest_minor),
            (PartKind.PRINCIPAL, ahead.principal_minor),
        )
        parts += [Part(repayment_id, made.number, kind, amount, *days) for kind, amount in amounts if amount]
    return parts
