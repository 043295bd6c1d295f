"""The story of a line: an offer accepted, renewed with another, expired by time, closed when nothing is owed."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from finance.currencies import scale_of
from services.ecommerce_credit.errors import AboveAvailable, LineUnderWay, UnknownLimit, UnknownLine
from services.ecommerce_credit.limits import actions as limit_actions
from services.ecommerce_credit.limits import terms
from services.ecommerce_credit.limits.model import Limit
from services.ecommerce_credit.lines import queries, rules
from services.ecommerce_credit.lines.events import LINE_CLOSED, LINE_EXPIRED, LINE_OPENED, LINE_RENEWED, told
from services.ecommerce_credit.lines.model import Line, LineEvent, LineState, Role
from services.ecommerce_credit.settings import CreditSettings
from services.ecommerce_credit.shops import queries as shop_queries
from services.ecommerce_credit.wire_ids import line_text


async def open_line(tx: Tx, caller: Caller, *, limit_id: UUID) -> Line:
    """The owner accepts an offer. Raises UnknownLimit, NotAllowedInState, LimitLapsed, LineUnderWay, AboveAvailable."""
    limit = await _accepted(tx, caller, limit_id)
    if await queries.of_shop(tx.connection, limit.shop_id) is not None:
        raise LineUnderWay("this shop has a line: renew it")
    assert limit.daily_rate is not None
    line = Line(
        id=tx.ids.new(),
        shop_id=limit.shop_id,
        owner=limit.owner,
        limit_id=limit.id,
        limit_minor=limit.limit_minor,
        currency=limit.currency,
        daily_rate=limit.daily_rate,
        term_months=limit.term_months,
        state=LineState.OPEN,
        pending_minor=0,
        outstanding_minor=0,
        opened_at=tx.now,
        changed_at=tx.now,
        closed_at=None,
        due_at=_due_at(tx),
    )
    await queries.add(tx.connection, line)
    await queries.add_step(tx.connection, line, None, taken_by=caller.party)
    tx.events.add(LINE_OPENED, line_text(line.id), told(line))
    return line


async def renew(tx: Tx, caller: Caller, *, line_id: UUID, limit_id: UUID) -> Line:
    """Another accepted limit takes the place of the line's own, for drawings to come. Raises UnknownLine and what opening raises."""
    limit = await _accepted(tx, caller, limit_id)
    line = await locked(tx, line_id)
    if line.owner != caller.party:
        raise UnknownLine("no such line", field="line_id")
    if limit.shop_id != line.shop_id:
        raise UnknownLimit("this limit is another shop's", field="limit_id")
    assert limit.daily_rate is not None
    state = rules.next_state(line, LineEvent.RENEW, rules.roles_of(caller, line))
    renewed = replace(
        line,
        limit_id=limit.id,
        limit_minor=limit.limit_minor,
        daily_rate=limit.daily_rate,
        term_months=limit.term_months,
        due_at=_due_at(tx),
    )
    moved = await _moved(tx, renewed, LineEvent.RENEW, state, taken_by=caller.party)
    tx.events.add(LINE_RENEWED, line_text(line.id), told(moved))
    return moved


async def close(tx: Tx, caller: Caller, *, line_id: UUID) -> Line:
    """Its owner, or staff, ends a line that owes nothing. Raises UnknownLine, NotAllowedInState, StillOwed."""
    line = await locked(tx, line_id)
    roles = rules.roles_of(caller, line)
    if not roles:
        raise UnknownLine("no such line", field="line_id")
    return await _closed(tx, line, LineEvent.CLOSE, roles, taken_by=caller.subject)


async def expire(tx: Tx, caller: Caller, *, line_id: UUID) -> Line | None:
    """Time ends drawing on a line; one that owes nothing is closed with it. None if something else ended its state first."""
    line = await locked(tx, line_id)
    if line.due_at is None or line.due_at > tx.now:
        return None
    state = rules.next_state(line, LineEvent.EXPIRE, {Role.TIME})
    expired = await _moved(tx, replace(line, due_at=None), LineEvent.EXPIRE, state, taken_by="time")
    tx.events.add(LINE_EXPIRED, line_text(line.id), told(expired))
    return await settle(tx, expired)


async def settle(tx: Tx, line: Line) -> Line:
    """An expired, locked line is closed once it owes nothing."""
    if line.state is not LineState.EXPIRED or line.used_minor:
        return line
    return await _closed(tx, line, LineEvent.SETTLE, {Role.TIME}, taken_by="time")


async def count(tx: Tx, line: Line, *, pending_minor: int = 0, outstanding_minor: int = 0) -> Line:
    """What a drawing or repayment adds to (or takes off) a locked line."""
    counted = replace(
        line,
        pending_minor=line.pending_minor + pending_minor,
        outstanding_minor=line.outstanding_minor + outstanding_minor,
        changed_at=tx.now,
    )
    await queries.save(tx.connection, counted)
    return counted


async def locked(tx: Tx, line_id: UUID) -> Line:
    line = await queries.load(tx.connection, line_id, lock=True)
    if line is None:
        raise UnknownLine("no such line", field="line_id")
    return line


async def _accepted(tx: Tx, caller: Caller, limit_id: UUID) -> Limit:
    """The offer, taken by its owner while she still owns the shop, within what one owner may borrow in all."""
    limit = await limit_actions.accept(tx, caller, limit_id=limit_id)
    shop = await shop_queries.load(tx.connection, limit.shop_id)
    if shop is None or shop.owner != limit.owner:
        raise UnknownLimit("the shop is no longer hers", field="limit_id")
    await queries.alone(tx.connection, limit.owner)
    elsewhere = await queries.limits_of(tx.connection, limit.owner, limit.currency, besides=limit.shop_id)
    most = terms.LARGEST_TO_ONE_OWNER * 10 ** scale_of(limit.currency)
    if elsewhere + limit.limit_minor > most:
        raise AboveAvailable("with her other lines it would be more than one owner may borrow", limit_minor=most)
    return limit


async def _closed(tx: Tx, line: Line, event: LineEvent, roles: set[Role], *, taken_by: str) -> Line:
    state = rules.next_state(line, event, roles)
    closed = await _moved(tx, replace(line, due_at=None, closed_at=tx.now), event, state, taken_by=taken_by)
    tx.events.add(LINE_CLOSED, line_text(line.id), told(closed))
    return closed


async def _moved(tx: Tx, line: Line, event: LineEvent, state: LineState, *, taken_by: str) -> Line:
    moved = replace(line, state=state, changed_at=tx.now)
    await queries.save(tx.connection, moved)
    await queries.add_step(tx.connection, moved, event, taken_by=taken_by)
    return moved


def _due_at(tx: Tx) -> datetime:
    return tx.now + timedelta(days=CreditSettings.read(tx.settings).line_days)
