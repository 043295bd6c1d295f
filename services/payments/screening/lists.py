"""The lists as they stand, compiled once a process for each generation. Loading and compiling 20,000 entries takes seconds, once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.screening import queries
from services.payments.screening.laying import Kind, ListedName, Match
from services.payments.screening.matching import CompiledList
from services.payments.screening.model import Entry, EntryKind


@dataclass(frozen=True)
class Found:
    """match: its `entry` is a place in the compiled list; entry_id is the record."""

    entry_id: UUID
    match: Match


@dataclass(frozen=True)
class Compiled:
    generation: int
    entry_ids: tuple[UUID, ...]
    names: CompiledList

    def matches(self, name: str, *, person: bool) -> list[Found]:
        kind = Kind.PERSON if person else Kind.ORGANISATION
        return [Found(self.entry_ids[match.entry], match) for match in self.names.matches(name, kind)]


@dataclass
class Lists:
    _current: Compiled = field(default_factory=lambda: compiled(0, ()))
    _compiling: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def current(self, connection: AsyncConnection) -> Compiled:
        """At least as new as what the connection sees."""
        generation = await queries.newest_generation(connection)
        if self._current.generation < generation:
            async with self._compiling:
                if self._current.generation < generation:
                    entries = await queries.entries_at(connection, generation)
                    self._current = await asyncio.to_thread(compiled, generation, entries)
        return self._current


def compiled(generation: int, entries: Sequence[Entry]) -> Compiled:
    names = (
        ListedName(place, name, entry.kind is EntryKind.INDIVIDUAL)
        for place, entry in enumerate(entries)
        for name in entry.names
    )
    return Compiled(generation, tuple(entry.id for entry in entries), CompiledList(names))
