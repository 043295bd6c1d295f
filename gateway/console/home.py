"""What the home page shows beside its charts: cards by group, health of the sources; words and numbers ready to be read."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.console.language import Language
from gateway.operations.model import Group, SourceHealth, Unit, Value
from gateway.operations.summary import FigureReading, Summary

PERIODS = (7, 30, 90)
DEFAULT_PERIOD = 30


@dataclass(frozen=True)
class Card:
    code: str
    title: str
    definition: str
    shown: list[str]
    degraded: bool


@dataclass(frozen=True)
class Section:
    name: str
    title: str
    cards: list[Card]


@dataclass(frozen=True)
class Chip:
    """A source in the health strip; detail: when it was last heard of, in words."""

    name: str
    title: str
    degraded: bool
    event: str
    detail: str


def sections(summary: Summary, language: Language) -> list[Section]:
    return [
        Section(
            group,
            language.text(f"group_{group}"),
            [_card(reading, language) for reading in summary.readings if reading.figure.group is group],
        )
        for group in Group
    ]


def chips(sources: Sequence[SourceHealth], language: Language) -> list[Chip]:
    return [_chip(source, language) for source in sources]


def shown(value: Value, unit: Unit, language: Language) -> str:
    """A value as it is written: 1,234 · ¥12.30 · 2 h 5 min · 56.7%."""
    if value.value is None:
        return language.text("nothing")
    match unit:
        case Unit.MINOR:
            return language.money(value.value, value.currency)
        case Unit.SECONDS:
            return language.duration(value.value)
        case Unit.RATIO:
            return language.ratio(value.value)
        case Unit.COUNT:
            return language.number(value.value)


def _card(reading: FigureReading, language: Language) -> Card:
    figure = reading.figure
    values = [shown(value, figure.unit, language) for value in reading.values]
    return Card(
        code=figure.code,
        title=figure.title[language.code],
        definition=figure.definition[language.code],
        shown=values or [language.text("nothing")],
        degraded=reading.degraded,
    )


def _chip(source: SourceHealth, language: Language) -> Chip:
    text = language.text
    if source.last_event_at is not None:
        event = text("last_event", when=language.instant(source.last_event_at))
    else:
        event = "" if source.name == "gateway" else text("no_event_yet")
    details = []
    if source.name != "gateway":
        details.append(
            text("never_read")
            if source.last_success_at is None
            else text("last_success", when=language.instant(source.last_success_at))
        )
    if source.degraded and source.last_failure_at is not None:
        when = language.instant(source.last_failure_at)
        details.append(text("last_failure", when=when, failure=source.last_failure or ""))
    return Chip(source.name, text(f"source_{source.name}"), source.degraded, event, " · ".join(details))
