"""The operator's page: wait until the records behind it show what this run did, then read the figures."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from clients.gateway.shapes import FigureAnswer, RecordAnswer, SummaryAnswer
from suite.story.patience import patiently, until
from suite.story.stage import Person

SHOWN = (
    "registrations", "verified_customers", "first_money_customers", "topped_up", "orders_paid", "volume_paid",
    "imported_orders", "graded_borrowers", "bids", "loans_disbursed", "principal_disbursed", "repayments", "repaid",
    "outstanding_principal", "product_views", "leads", "lead_acceptance",
)  # fmt: skip


@dataclass(frozen=True)
class Expected:
    """What must stand behind a figure. counter: in which of the figure's counters, if it has several."""

    figure: str
    subjects: Collection[str]
    counter: str | None = None

    def met(self, records: Sequence[RecordAnswer]) -> bool:
        found = {record.subject for record in records if self.counter in (None, record.counter)}
        return found.issuperset(self.subjects)


async def caught_up(operator: Person, expected: Iterable[Expected]) -> None:
    """The feeds keep order, so the last of what each source told is enough."""
    for one in expected:
        look = partial(operator.gateway.newest_records, one.figure)
        await until(look, one.met, f"{one.figure} on the operations page")


async def tell(operator: Person) -> None:
    summary: SummaryAnswer = await patiently(operator.gateway.operations_summary)
    figures = {figure.code: figure for group in summary.groups for figure in group.figures}
    for code in SHOWN:
        if code in figures:
            operator.stage.say(f"  {figures[code].title['en']}: {_shown(figures[code])}")
    late = [source.name for source in summary.sources if source.status != "fresh"]
    operator.stage.say(f"  sources: {'all fresh' if not late else 'degraded: ' + ', '.join(late)}")


def _shown(figure: FigureAnswer) -> str:
    texts = [_value(figure.unit, one.value, one.currency) for one in figure.values]
    return ", ".join(texts) or "0"


def _value(unit: str, value: int | None, currency: str | None) -> str:
    if value is None:
        return "—"
    if unit == "minor":
        return f"{currency or ''} {value / 100:,.2f}".strip()
    return f"{value / 10_000:.1f} %" if unit == "ratio" else f"{value:,}"
