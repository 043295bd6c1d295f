"""The story of a day tied out (对账): what the bank states of each account against what the ledger had of it, and what becomes of each
difference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.custody import rules, tie_queries
from services.p2p.custody.errors import UnknownDifference
from services.p2p.custody.events import (
    DAY_TIED_OUT,
    DIFFERENCE_CLOSED,
    DIFFERENCE_FOUND,
    difference_told,
    tied_out,
)
from services.p2p.custody.model import (
    CustodyAccount,
    Difference,
    DifferenceEvent,
    DifferenceKind,
    DifferenceState,
    Held,
    TieOut,
    Underway,
)
from services.p2p.wire_ids import custody_difference_text

UNDER_WAY = "under_way"
NOBODY = ""
ALL = "TOTAL"


@dataclass(frozen=True, slots=True)
class Sides:
    """Of a day: what the bank stated by number (whose, and what), its total; what the ledger had by account; what it says the bank keeps
    of all of them; and what was under way between both."""

    stated: Mapping[str, tuple[str, Held]]
    stated_total: int
    ledger: Mapping[UUID, Held]
    ledger_total: int
    under_way: Sequence[Underway]


async def tie_out(
    tx: Tx, caller: Caller, *, bank: str, currency: str, day: date, accounts: Sequence[CustodyAccount], sides: Sides
) -> TieOut | None:
    """Write a day down, with every account that both do not have the same of. None if somebody was quicker."""
    found = _differences(tx, bank, currency, day, accounts, sides)
    made = TieOut(
        bank=bank,
        currency=currency,
        day=day,
        accounts=len(sides.stated),
        bank_minor=sides.stated_total,
        ledger_minor=sides.ledger_total,
        differences=len(found),
        made_at=tx.now,
    )
    if not await tie_queries.add(tx.connection, made, found):
        return None
    tx.events.add(DAY_TIED_OUT, f"custody_{bank}_{currency}_{day.isoformat()}", tied_out(made))
    for one in found:
        tx.events.add(DIFFERENCE_FOUND, custody_difference_text(one.id), difference_told(one))
    return made


async def close(tx: Tx, caller: Caller, *, difference_id: UUID, event: DifferenceEvent, reason: str) -> Difference:
    """An operator says what it was (explain), or that it is put right (resolve). Raises UnknownDifference, DifferenceClosed."""
    found = await tie_queries.difference(tx.connection, difference_id, lock=True)
    if found is None:
        raise UnknownDifference("no such difference", field="difference_id")
    state = rules.difference_after(found.state, event)
    moved = found.moved(state=state, reason=reason, decided_by=caller.subject, changed_at=tx.now)
    await tie_queries.save(tx.connection, moved)
    tx.events.add(DIFFERENCE_CLOSED, custody_difference_text(moved.id), difference_told(moved))
    return moved


def _differences(
    tx: Tx, bank: str, currency: str, day: date, accounts: Sequence[CustodyAccount], sides: Sides
) -> list[Difference]:
    by_number = {one.number: one for one in accounts if one.number is not None}
    found = []
    for number in sorted(by_number.keys() | sides.stated.keys()):
        account = by_number.get(number)
        holder, stated = sides.stated.get(number, (account.holder if account else NOBODY, None))
        ledger = None if account is None else sides.ledger[account.account_id]
        kind = rules.difference_kind(stated, ledger)
        if kind is not None:
            own = [] if account is None else [one for one in sides.under_way if one.account_id == account.account_id]
            found.append(_difference(tx, (bank, currency, day), kind, account, number, holder, stated, ledger, own))
    if sides.stated_total != sides.ledger_total:
        total = (Held(sides.stated_total, 0), Held(sides.ledger_total, 0))
        own = rules.from_outside(sides.under_way)
        found.append(_difference(tx, (bank, currency, day), DifferenceKind.TOTAL, None, ALL, NOBODY, *total, own))
    return found


def _difference(
    tx: Tx,
    about: tuple[str, str, date],
    kind: DifferenceKind,
    account: CustodyAccount | None,
    number: str,
    holder: str,
    stated: Held | None,
    ledger: Held | None,
    under_way: Sequence[Underway],
) -> Difference:
    none = Held(0, 0)
    explained = bool(under_way) and rules.explained_by(stated or none, ledger or none, under_way)
    return Difference(
        id=tx.ids.new(),
        bank=about[0],
        currency=about[1],
        day=about[2],
        kind=kind,
        custody_account_id=None if account is None else account.id,
        number=number,
        holder=holder,
        bank_minor=None if stated is None else stated.total_minor,
        bank_frozen_minor=None if stated is None else stated.frozen_minor,
        ledger_minor=None if ledger is None else ledger.total_minor,
        ledger_frozen_minor=None if ledger is None else ledger.frozen_minor,
        under_way=tuple(one.transfer_id for one in under_way),
        state=DifferenceState.EXPLAINED if explained else DifferenceState.OPEN,
        reason=UNDER_WAY if explained else None,
        decided_by=None,
        changed_at=tx.now,
    )
