"""The statements of a decision, past SQLAlchemy: all that it looks at, the totals it counts in, locked; all that is kept of it.

A window is a difference: the total of its series now, less the total at the window's beginning, less what was taken back of what stands
between. The total now is read from the row that is locked, the other two as they were when the look began: what others committed
between the look and the lock lies within the window, so that at worst too much is counted for an instant, never too little.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from chassis.direct import Direct
from services.payments.risk.model import Decision, ShadowDecision

_CLASS = """CASE WHEN $13 THEN (SELECT figure.subject FROM (
            SELECT DISTINCT ON (subject) subject, checks, face_to_face FROM limit_figures
            WHERE valid_from <= $10 AND subject LIKE 'class%' ORDER BY subject, valid_from DESC, position DESC) AS figure
        WHERE who.checks >= figure.checks OR (figure.face_to_face AND who.face_to_face_at IS NOT NULL)
        ORDER BY figure.subject DESC LIMIT 1) END"""
_LOCK = """SELECT array_agg(number), array_agg(payments), array_agg(amount), max(changed_at) FROM (
    SELECT asked.number, series.payments, series.amount, series.changed_at
    FROM unnest($1::uuid[]) WITH ORDINALITY AS asked (id, number) JOIN risk_series AS series ON series.id = asked.id
    ORDER BY series.id FOR UPDATE OF series
) AS heads"""
_LOOK = f"""SELECT (SELECT version FROM risk_active), begins.*, listed.*, known.*, wishes.*
FROM (SELECT array_agg(coalesce(entry.payments, 0) ORDER BY asked.number), array_agg(coalesce(entry.amount, 0) ORDER BY asked.number),
    array_agg(taken.payments ORDER BY asked.number), array_agg(taken.amount ORDER BY asked.number)
    FROM unnest($1::uuid[], $2::timestamptz[]) WITH ORDINALITY AS asked (series_id, begins, number)
    LEFT JOIN LATERAL (SELECT payments, amount FROM risk_entries WHERE series_id = asked.series_id AND at <= asked.begins
        ORDER BY at DESC, payments DESC LIMIT 1) AS entry ON true
    CROSS JOIN LATERAL (SELECT coalesce(sum(payments), 0) AS payments, coalesce(sum(amount), 0)::bigint AS amount FROM risk_take_backs
        WHERE series_id = asked.series_id AND at > asked.begins) AS taken) AS begins,
(SELECT array_agg(asked.number) FROM unnest($3::text[], $4::uuid[]) WITH ORDINALITY AS asked (name, key, number)
    JOIN risk_lists AS list ON list.name = asked.name
    JOIN risk_list_entries AS entry ON entry.list_id = list.id AND entry.key = asked.key) AS listed,
(SELECT array_agg(familiar.id) FROM risk_familiar AS familiar WHERE familiar.id = ANY($5::uuid[])) AS known,
(SELECT array_agg(who.checks ORDER BY asked.number), array_agg({_CLASS} ORDER BY asked.number),
    array_agg((SELECT min(opened_at) FROM wallets WHERE wallets.customer_id = asked.customer_id) ORDER BY asked.number),
    array_agg(screen.result ORDER BY asked.number),
    array_agg((SELECT id FROM risk_decisions WHERE wish = asked.wish AND expires_at > $11 AND ruleset_id = $14
        ORDER BY expires_at DESC LIMIT 1) ORDER BY asked.number),
    array_agg((SELECT rate FROM limit_rates WHERE currency = asked.currency AND rate_on = $10 AND asked.currency <> 'CNY'
        ORDER BY position DESC LIMIT 1) ORDER BY asked.number),
    array_agg((SELECT rate FROM limit_rates WHERE currency = asked.currency AND rate_on < $10 AND asked.currency <> 'CNY'
        ORDER BY rate_on DESC, position DESC LIMIT 1) ORDER BY asked.number),
    array_agg(who.holder_id ORDER BY asked.number),
    array_agg((SELECT string_agg(same.customer_id::text, ' ' ORDER BY same.customer_id) FROM holder_identities AS same
        WHERE same.holder_id = who.holder_id) ORDER BY asked.number)
    FROM unnest($6::uuid[], $7::text[], $8::uuid[], $9::text[]) WITH ORDINALITY AS asked (customer_id, person, wish, currency, number)
    LEFT JOIN holder_identities AS who ON who.customer_id = asked.customer_id
    LEFT JOIN risk_screens AS screen ON $12 AND screen.person = asked.person AND screen.expires_at > $11) AS wishes"""  # noqa: S608
_HOLDERS = """SELECT who.customer_id, who.holder_id, string_agg(same.customer_id::text, ' ' ORDER BY same.customer_id)
    FROM holder_identities AS who JOIN holder_identities AS same ON same.holder_id = who.holder_id
    WHERE who.customer_id = ANY($1::uuid[]) GROUP BY who.customer_id, who.holder_id"""
_OPEN = """INSERT INTO risk_series (id, payments, amount) SELECT id, 0, 0 FROM unnest($1::uuid[]) AS new (id) ORDER BY id
    ON CONFLICT DO NOTHING"""
_DECISION = (
    "id", "ruleset_id", "kind", "reference", "record", "person", "holder_id", "payee", "subject", "card", "device", "country", "amount",
    "currency", "counted",    "outcome", "reasons", "wish", "presented", "decided_at", "expires_at",
)  # fmt: skip
_TYPES = (
    "uuid", "uuid", "text", "text", "uuid", "text", "uuid", "text", "text", "text", "text", "text", "bigint", "text", "bigint",
    "text", "text", "uuid", "uuid", "timestamptz", "timestamptz",
)  # fmt: skip
_COLUMNS = ", ".join(_DECISION)
_GIVEN = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(_TYPES, 15))
_KEEP = f"""WITH counted AS (
    UPDATE risk_series AS series SET payments = new.payments, amount = new.amount, changed_at = $4
    FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS new (id, payments, amount) WHERE series.id = new.id
), entered AS (
    INSERT INTO risk_entries (series_id, at, payments, amount, decision_id)
    SELECT series_id, $4, payments, amount, decision_id
    FROM unnest($5::uuid[], $6::bigint[], $7::bigint[], $8::uuid[]) AS new (series_id, payments, amount, decision_id)
), shadowed AS (
    INSERT INTO risk_shadow_decisions (ruleset_id, decision_id, outcome, shadow_outcome, codes)
    SELECT ruleset_id, decision_id, outcome, shadow_outcome, string_to_array(codes, ' ')
    FROM unnest($9::uuid[], $10::uuid[], $11::text[], $12::text[], $13::text[])
        AS new (ruleset_id, decision_id, outcome, shadow_outcome, codes)
), met AS (
    INSERT INTO risk_familiar (id, first_at) SELECT id, $4 FROM unnest($14::uuid[]) AS new (id) ORDER BY id ON CONFLICT DO NOTHING
)
INSERT INTO risk_decisions ({_COLUMNS})
SELECT {_COLUMNS.replace("reasons", "reasons::jsonb")} FROM unnest({_GIVEN}) AS new ({_COLUMNS})"""  # noqa: S608


Holder = tuple[UUID, str]
"""A person who has proved who she is, and her customers' ids, in order."""


@dataclass(frozen=True)
class Asked:
    """What some payments are looked at for. windows: series and beginning; listed: list and key; persons: one a payment.

    persons: customer if she is one, party, hash of the wish, currency. classes, screens: whether a rule asks for them. ruleset_id: the live
    one, whose refusals are remembered.
    """

    windows: Sequence[tuple[UUID, datetime]]
    listed: Sequence[tuple[str, UUID]]
    familiar: Sequence[UUID]
    persons: Sequence[tuple[UUID | None, str, UUID, str]]
    today: date
    now: datetime
    classes: bool
    screens: bool
    ruleset_id: UUID | None


@dataclass(frozen=True)
class Person:
    """What is known of who pays, and of the like of her payment. refused_by: a decision that refused it and is remembered.

    rate: today's of the currency; last_rate: the one before; holder_id, customers: whom she has proved to be, and all that are her.
    """

    checks: int
    payer_class: str | None
    since: datetime | None
    screening: str | None
    refused_by: UUID | None
    rate: Decimal | None
    last_rate: Decimal | None
    holder_id: UUID | None
    customers: str | None

    @property
    def holder(self) -> Holder | None:
        return None if self.holder_id is None else (self.holder_id, self.customers or "")


@dataclass(frozen=True)
class Looked:
    """version: of what is asked of payments now. begun: by window, what its sum starts from. listed: places of what stands on lists."""

    version: int | None
    begun: Sequence[tuple[int, int]]
    listed: frozenset[int]
    familiar: frozenset[UUID]
    persons: Sequence[Person]


@dataclass(frozen=True)
class Totals:
    """Of series that are locked: payments and amount. last_at: when the latest of them was counted."""

    of: Mapping[UUID, tuple[int, int]]
    last_at: datetime | None


@dataclass
class Kept:
    """What is written of payments that pass, or of one that does not."""

    at: datetime
    totals: dict[UUID, tuple[int, int]] = field(default_factory=dict)
    entries: list[tuple[UUID, int, int, UUID]] = field(default_factory=list)
    shadows: list[ShadowDecision] = field(default_factory=list)
    familiar: set[UUID] = field(default_factory=set)
    decisions: list[Decision] = field(default_factory=list)


async def holders(direct: Direct, customer_ids: Sequence[UUID]) -> dict[UUID, Holder]:
    """The persons behind customers who have proved who they are."""
    return {row[0]: (row[1], row[2]) for row in await direct.fetch(_HOLDERS, customer_ids)}


async def look(direct: Direct, asked: Asked) -> Looked:
    """Nothing is locked."""
    ((version, *rest),) = await direct.fetch(
        _LOOK,
        *_columns(asked.windows, 2),
        *_columns(asked.listed, 2),
        asked.familiar,
        *_columns(asked.persons, 4),
        asked.today,
        asked.now,
        asked.screens,
        asked.classes,
        asked.ruleset_id,
    )
    begun, begun_amounts, taken, taken_amounts, listed, familiar, *persons = rest
    starts = zip(begun or (), begun_amounts or (), taken or (), taken_amounts or (), strict=True)
    return Looked(
        version,
        [(count + count_back, amount + amount_back) for count, amount, count_back, amount_back in starts],
        frozenset(number - 1 for number in listed or ()),
        frozenset(familiar or ()),
        [Person(row[0] or 0, *row[1:]) for row in zip(*persons, strict=True)],
    )


async def lock(direct: Direct, series: Sequence[UUID]) -> Totals:
    """series: sorted. Those that nobody has counted in yet are opened."""
    while True:
        ((numbers, payments, amounts, last_at),) = await direct.fetch(_LOCK, series)
        places = zip(numbers or (), payments or (), amounts or (), strict=True)
        found = Totals({series[number - 1]: (count, amount) for number, count, amount in places}, last_at)
        missing = [one for one in series if one not in found.of]
        if not missing:
            return found
        await direct.fetch(_OPEN, missing)


async def keep(direct: Direct, kept: Kept) -> None:
    totals = [(series, *total) for series, total in sorted(kept.totals.items())]
    shadows = [
        (one.ruleset_id, one.decision_id, one.outcome.value, one.shadow_outcome.value, " ".join(one.codes))
        for one in kept.shadows
    ]
    await direct.fetch(
        _KEEP,
        *_columns(totals, 3),
        kept.at,
        *_columns(kept.entries, 4),
        *_columns(shadows, 5),
        list(kept.familiar),
        *_columns([_row(one) for one in kept.decisions], len(_DECISION)),
    )


def _row(one: Decision) -> tuple[Any, ...]:
    values = {
        "reasons": msgspec.json.encode(one.reasons).decode(),
        "kind": one.kind.value,
        "outcome": one.outcome.value,
    }
    return tuple(values[name] if name in values else getattr(one, name) for name in _DECISION)


def _columns(rows: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]
