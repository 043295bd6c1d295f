"""Which rules are asked of payments now: compiled once a process, looked up again when the look of a payment says they have changed.

While nothing is asked, a process looks once a second; so that for that long after the first ruleset begins another process may still
let a payment through unasked. Once something is asked, every payment's own transaction says which version it is.
"""

import time
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from chassis.direct import Direct
from services.payments.risk import queries
from services.payments.risk.compiling import Compiled, compiled
from services.payments.risk.language import RulesetDocument
from services.payments.risk.model import Kind, Listed, RulesetState, Window, WindowSubject

LOOK_AGAIN_SECONDS = 1.0
WATCHED_VERSIONS = 20
COUNT, SUM = 0, 1
"""What a window measures, as the place in a total."""


@dataclass(frozen=True)
class Active:
    """watched: series that are counted in, so that the windows of any of the last versions go on when it is put live again."""

    version: int | None
    live: Compiled | None = None
    shadows: tuple[Compiled, ...] = ()
    watched: frozenset[tuple[WindowSubject, Kind | None]] = frozenset()

    @property
    def asks(self) -> bool:
        return self.live is not None or bool(self.shadows)

    @cached_property
    def asked(self) -> tuple[Compiled, ...]:
        return self.shadows if self.live is None else (self.live, *self.shadows)

    @cached_property
    def windows(self) -> tuple[tuple[str, Window, int], ...]:
        """By name, each once: what it looks at, and whether it counts or sums up (COUNT, SUM)."""
        found = {name: window for one in self.asked for name, window in one.windows.items()}
        return tuple((name, window, COUNT if measure == "count" else SUM) for name, (window, measure) in found.items())

    @cached_property
    def lists(self) -> tuple[tuple[str, str, Listed], ...]:
        """By name, each once: the list, and what of a payment may stand on it."""
        return tuple(
            (name, *listed) for name, listed in {k: v for one in self.asked for k, v in one.lists.items()}.items()
        )

    @cached_property
    def keys(self) -> frozenset[str]:
        """What some rule looks at."""
        return frozenset(key for one in self.asked for rule in one.rules for key in rule.keys)


@dataclass
class _Held:
    active: Active
    read_at: float


@dataclass
class _Memory:
    held: dict[str, _Held] = field(default_factory=dict)
    compiled: dict[UUID, Compiled] = field(default_factory=dict)


_memory = _Memory()


async def active(direct: Direct, database_url: str) -> Active:
    """Database by database: a process of tests has several."""
    held = _memory.held.get(database_url)
    now = time.monotonic()
    if held is not None and (held.active.asks or now - held.read_at < LOOK_AGAIN_SECONDS):
        return held.active
    return await refreshed(direct, database_url)


async def refreshed(direct: Direct, database_url: str) -> Active:
    began = time.monotonic()
    found = await _read(direct)
    _memory.held[database_url] = _Held(found, began)
    return found


def forget(database_url: str) -> None:
    """Another ruleset begins: the next payment of this process looks."""
    _memory.held.pop(database_url, None)


async def _read(direct: Direct) -> Active:
    version, rows = await queries.asked_rulesets(direct, WATCHED_VERSIONS)
    made = {ruleset_id: (state, _compiled(ruleset_id, document)) for ruleset_id, state, document in rows}
    windows = [window for _, one in made.values() for window, _ in one.windows.values()]
    live = [one for state, one in made.values() if state is RulesetState.LIVE]
    shadows = tuple(one for state, one in made.values() if state is RulesetState.SHADOW)
    watched = frozenset((window.subject, window.kind) for window in windows)
    return Active(version, live[0] if live else None, shadows, watched)


def _compiled(ruleset_id: UUID, document: str) -> Compiled:
    if ruleset_id not in _memory.compiled:
        _memory.compiled[ruleset_id] = compiled(ruleset_id, RulesetDocument.model_validate_json(document))
    return _memory.compiled[ruleset_id]
