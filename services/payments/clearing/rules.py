"""What may be cleared, when windows close, and what becomes of a settlement: decided on what it is told."""

from collections.abc import Mapping, Sequence, Set
from datetime import date, datetime, timedelta

from chassis.clock import business_day, start_of_day
from chassis.errors import Conflict
from finance.calendars import is_business_day
from finance.errors import CalendarUnknown
from services.payments.clearing.errors import (
    CutOffsUnclear,
    KindUnclear,
    LicenceNotForThis,
    LicenceNotValid,
    ParticipantNotActive,
    SettlementCommitted,
    SettlementEnded,
    WindowInSettlement,
    WindowSettled,
    WindowStillOpen,
)
from services.payments.clearing.model import (
    ENDED,
    MONEY_MOVED,
    MOST_OF_PAYER,
    Decision,
    Delay,
    Granularity,
    Interchange,
    Licence,
    Participant,
    ParticipantState,
    SettlementState,
    Standing,
    Waiting,
    WindowState,
    Wish,
)

CALENDAR = "CN"
WHERE_UNKNOWN = "weekends"
"""Of a year whose holidays are not announced yet."""
MOST_CUT_OFFS = 96
MINUTES_OF_A_DAY = 24 * 60
_ONE_DAY = timedelta(days=1)
KINDS = frozenset(
    {
        (Granularity.GROSS, Interchange.BILATERAL, Delay.IMMEDIATE),
        (Granularity.NET, Interchange.BILATERAL, Delay.DEFERRED),
        (Granularity.NET, Interchange.MULTILATERAL, Delay.DEFERRED),
    }
)
_RECORDED, _RESERVED = SettlementState.PS_TRANSFERS_RECORDED, SettlementState.PS_TRANSFERS_RESERVED
_COMMITTED, _SETTLING = SettlementState.PS_TRANSFERS_COMMITTED, SettlementState.SETTLING
STEPS: Mapping[tuple[SettlementState, str], SettlementState] = {
    (SettlementState.PENDING_SETTLEMENT, "record"): _RECORDED,
    (_RECORDED, "reserve"): _RESERVED,
    (_RECORDED, "carry_over"): _RECORDED,
    (_RESERVED, "commit"): _COMMITTED,
    (_COMMITTED, "settle_some"): _SETTLING,
    (_SETTLING, "settle_some"): _SETTLING,
    (_SETTLING, "settle"): SettlementState.SETTLED,
    (SettlementState.PENDING_SETTLEMENT, "abort"): SettlementState.ABORTED,
    (_RECORDED, "abort"): SettlementState.ABORTED,
    (_RESERVED, "abort"): SettlementState.ABORTED,
}


def after(state: SettlementState, step: str) -> SettlementState:
    """Raises KeyError for a step that is not one from there."""
    return STEPS[state, step]


def require_abortable(state: SettlementState) -> None:
    """Raises SettlementEnded, SettlementCommitted."""
    if state in ENDED:
        raise SettlementEnded("the settlement has ended")
    if state in MONEY_MOVED:
        raise SettlementCommitted("the money has moved: it goes on to its end")


def require_settleable(state: WindowState) -> None:
    """Raises WindowStillOpen, WindowInSettlement, WindowSettled."""
    refusals: Mapping[WindowState, type[Conflict]] = {
        WindowState.OPEN: WindowStillOpen,
        WindowState.PENDING_SETTLEMENT: WindowInSettlement,
        WindowState.SETTLED: WindowSettled,
    }
    if state in refusals:
        raise refusals[state]("only closed windows are settled", field="window_ids")


def require_kind(granularity: Granularity, interchange: Interchange, delay: Delay) -> None:
    if (granularity, interchange, delay) not in KINDS:
        raise KindUnclear(
            "GROSS is BILATERAL and IMMEDIATE; NET is DEFERRED, BILATERAL or MULTILATERAL", field="granularity"
        )


def require_cut_offs(cut_offs: Sequence[int], delay: Delay) -> None:
    """Raises CutOffsUnclear."""
    if (delay is Delay.DEFERRED) != bool(cut_offs):
        raise CutOffsUnclear("what is deferred has cut-offs, and nothing else", field="cut_offs")
    if list(cut_offs) != sorted(set(cut_offs)) or any(not 0 <= minute < MINUTES_OF_A_DAY for minute in cut_offs):
        raise CutOffsUnclear("times of a day, ascending", field="cut_offs")


def next_cut_off(cut_offs: Sequence[int], now: datetime) -> datetime:
    """The first one after an instant, on a business day."""
    day = business_day(now)
    while True:
        if _open(day):
            for minute in cut_offs:
                instant = start_of_day(day) + timedelta(minutes=minute)
                if instant > now:
                    return instant
        day += _ONE_DAY


def licence_on(licences: Sequence[Licence], day: date) -> Licence | None:
    """The one that counts on a day: of those that have begun the newest. licences: as they were recorded."""
    begun = [(one.valid_from_on, place) for place, one in enumerate(licences) if one.valid_from_on <= day]
    return licences[max(begun)[1]] if begun else None


def require_good_standing(
    participant: Participant, licences: Sequence[Licence], day: date, clearing_kinds: frozenset[str], field: str
) -> None:
    """It may take part that day. Raises ParticipantNotActive, LicenceNotValid, LicenceNotForThis."""
    if participant.state is not ParticipantState.ACTIVE:
        raise ParticipantNotActive(f"{participant.code} is {participant.state}", field=field)
    require_licence(participant, licences, day, clearing_kinds, field)


def require_licence(
    participant: Participant, licences: Sequence[Licence], day: date, clearing_kinds: frozenset[str], field: str
) -> None:
    """Raises LicenceNotValid, LicenceNotForThis."""
    licence = licence_on(licences, day)
    if licence is None or (licence.valid_until_on is not None and licence.valid_until_on < day):
        raise LicenceNotValid(f"the licence of {participant.code} is not valid on {day}", field=field)
    if licence.kind not in clearing_kinds:
        raise LicenceNotForThis(f"a licence of {licence.kind} is not for clearing", field=field)


def decide(
    standings: Mapping[int, Standing],
    wishes: Sequence[Wish],
    waiting: frozenset[int],
    blocked: frozenset[int] = frozenset(),
) -> list[Decision]:
    """One after another; what is recorded moves the standings.

    waiting: who has payments in the queue, which go first; blocked: who may not take part just now: what may wait does.
    """
    behind, decisions = set(waiting), []
    for wish in wishes:
        payer, payee = standings[wish.payer], standings[wish.payee]
        first, room = in_turn(wish, behind, blocked), payer.gross + wish.amount <= MOST_OF_PAYER
        if wish.amount > MOST_OF_PAYER or (first and not room and not wish.queue):
            decisions.append(Decision.FULL)
        elif first and room and payer.position + wish.amount <= payer.cap:
            payer.position += wish.amount
            payer.gross += wish.amount
            payee.position -= wish.amount
            decisions.append(Decision.RECORDED)
        elif wish.queue:
            behind.add(wish.payer)
            decisions.append(Decision.QUEUED)
        else:
            decisions.append(Decision.REFUSED)
    return decisions


def within_window(waiting: Sequence[Waiting], gross: Mapping[int, int]) -> list[Waiting]:
    """Of each payer the first ones, as far as its window still takes them. gross: what each owes there already."""
    left = {payer: MOST_OF_PAYER - owed for payer, owed in gross.items()}
    found = []
    for one in waiting:
        left[one.payer] -= one.amount
        if left[one.payer] >= 0:
            found.append(one)
    return found


def in_turn(wish: Wish, behind: Set[int], blocked: Set[int]) -> bool:
    """Nothing of the payer stands before it in the queue, and both may take part; what may not wait is decided on at once."""
    return not wish.queue or (wish.payer not in behind and blocked.isdisjoint((wish.payer, wish.payee)))


def payable(wishes: Sequence[Wish], money: Mapping[int, int]) -> list[Wish]:
    """Those that can be paid one after another; what comes in may go out again."""
    left, found = dict(money), []
    for wish in wishes:
        if left[wish.payer] >= wish.amount:
            left[wish.payer] -= wish.amount
            left[wish.payee] += wish.amount
            found.append(wish)
    return found


def fitting(amounts: Sequence[int], available: int) -> list[bool]:
    """Which of a participant's payments its account bears, in their order."""
    found = []
    for amount in amounts:
        fits = amount <= available
        available -= amount if fits else 0
        found.append(fits)
    return found


def _open(day: date) -> bool:
    try:
        return is_business_day(day, CALENDAR)
    except CalendarUnknown:
        return is_business_day(day, WHERE_UNKNOWN)
