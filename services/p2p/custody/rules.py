"""What custody decides on plain data: states, what a movement is in the bank's words, who has to allow it, and where two books differ.

| authorisation | event | by | to |
|---|---|---|---|
| asked | send_code | the bank sent its code | code_sent |
| asked | refuse | the bank | refused |
| code_sent | confirm | its holder, with the code | standing |
| asked, code_sent | expire | time: ten minutes | lapsed |
| asked, code_sent, standing | revoke | its holder | revoking |
| standing | expire | time: its last day is over | ended |
| revoking | record_revoked | the bank | revoked |

| instruction | event | by | to |
|---|---|---|---|
| asked | accept | the bank carried it out, of independent lines some | accepted |
| asked | refuse | the bank | refused |
| accepted | post | the ledger answered for all of it | posted |
| accepted | undo | the ledger refused what the bank had done | undoing |
| undoing | record_undone | the bank took it back | undone |

| payment | event | by | to |
|---|---|---|---|
| pending | settle | bank and ledger | done |
| pending | refuse | bank or ledger | refused |

| difference | event | by | to |
|---|---|---|---|
| open | explain | an operator | explained |
| open, explained | resolve | an operator | resolved |
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from services.p2p.custody.errors import (
    AuthorisationNotOpen,
    DifferenceClosed,
    InstructionNotOpen,
    NotAuthorised,
    PaymentNotOpen,
)
from services.p2p.custody.model import (
    Authorisation,
    AuthorisationEvent,
    AuthorisationState,
    CustodyAccount,
    CustodyKind,
    DifferenceEvent,
    DifferenceKind,
    DifferenceState,
    Held,
    InstructionEvent,
    InstructionState,
    Line,
    LineKind,
    Movement,
    PaymentEvent,
    PaymentState,
    Scope,
    Underway,
)
from services.p2p.programmes.model import Programme

CODE_LASTS = timedelta(minutes=10)
"""Longer than the bank lets it last: the bank decides, and what it forgot ends here."""
LONGEST_YEARS = 5
DONE = "done"
MADE = frozenset({"created", "exists"})
FREE_ALREADY = frozenset({"hold_already_voided", "hold_expired"})
"""The ledger's answers to a void that mean the same as that it was made."""
MOST_COMBINED = 12
SCOPES: Mapping[str, Scope] = {
    "p2p.bid.hold": Scope.INVEST,
    "p2p.bid.reserve": Scope.INVEST,
    "p2p.resale.principal": Scope.INVEST,
    "p2p.resale.accrued": Scope.INVEST,
    "p2p.repayment.principal": Scope.REPAY,
    "p2p.repayment.interest": Scope.REPAY,
    "p2p.repayment.late_interest": Scope.REPAY,
    "p2p.fee.prepayment": Scope.FEE,
    "p2p.fee.interest": Scope.FEE,
    "p2p.fee.collection.principal": Scope.FEE,
    "p2p.fee.collection.interest": Scope.FEE,
    "p2p.fee.collection.late_interest": Scope.FEE,
    "p2p.fee.origination": Scope.FEE,
    "p2p.fee.resale": Scope.FEE,
}
"""What a movement has to be allowed as, by its code. What is not here needs nobody's leave: it goes to whom it belongs."""

_A, _I, _P, _D = AuthorisationState, InstructionState, PaymentState, DifferenceState
AUTHORISATION: Mapping[tuple[AuthorisationState, AuthorisationEvent], AuthorisationState] = {
    (_A.ASKED, AuthorisationEvent.SEND_CODE): _A.CODE_SENT,
    (_A.ASKED, AuthorisationEvent.REFUSE): _A.REFUSED,
    (_A.CODE_SENT, AuthorisationEvent.CONFIRM): _A.STANDING,
    (_A.ASKED, AuthorisationEvent.EXPIRE): _A.LAPSED,
    (_A.CODE_SENT, AuthorisationEvent.EXPIRE): _A.LAPSED,
    (_A.STANDING, AuthorisationEvent.EXPIRE): _A.ENDED,
    (_A.ASKED, AuthorisationEvent.REVOKE): _A.REVOKING,
    (_A.CODE_SENT, AuthorisationEvent.REVOKE): _A.REVOKING,
    (_A.STANDING, AuthorisationEvent.REVOKE): _A.REVOKING,
    (_A.REVOKING, AuthorisationEvent.RECORD_REVOKED): _A.REVOKED,
}
INSTRUCTION: Mapping[tuple[InstructionState, InstructionEvent], InstructionState] = {
    (_I.ASKED, InstructionEvent.ACCEPT): _I.ACCEPTED,
    (_I.ASKED, InstructionEvent.REFUSE): _I.REFUSED,
    (_I.ACCEPTED, InstructionEvent.POST): _I.POSTED,
    (_I.ACCEPTED, InstructionEvent.UNDO): _I.UNDOING,
    (_I.UNDOING, InstructionEvent.RECORD_UNDONE): _I.UNDONE,
}
PAYMENT: Mapping[tuple[PaymentState, PaymentEvent], PaymentState] = {
    (_P.PENDING, PaymentEvent.SETTLE): _P.DONE,
    (_P.PENDING, PaymentEvent.REFUSE): _P.REFUSED,
}
DIFFERENCE: Mapping[tuple[DifferenceState, DifferenceEvent], DifferenceState] = {
    (_D.OPEN, DifferenceEvent.EXPLAIN): _D.EXPLAINED,
    (_D.OPEN, DifferenceEvent.RESOLVE): _D.RESOLVED,
    (_D.EXPLAINED, DifferenceEvent.RESOLVE): _D.RESOLVED,
}


def authorisation_after(state: AuthorisationState, event: AuthorisationEvent) -> AuthorisationState:
    """Raises AuthorisationNotOpen."""
    found = AUTHORISATION.get((state, event))
    if found is None:
        raise AuthorisationNotOpen(f"an authorisation that is {state} cannot {event}", state=state.value)
    return found


def instruction_after(state: InstructionState, event: InstructionEvent) -> InstructionState:
    """Raises InstructionNotOpen."""
    found = INSTRUCTION.get((state, event))
    if found is None:
        raise InstructionNotOpen(f"an instruction that is {state} cannot {event}", state=state.value)
    return found


def payment_after(state: PaymentState, event: PaymentEvent) -> PaymentState:
    """Raises PaymentNotOpen."""
    found = PAYMENT.get((state, event))
    if found is None:
        raise PaymentNotOpen(f"a payment that is {state} cannot {event}", state=state.value)
    return found


def difference_after(state: DifferenceState, event: DifferenceEvent) -> DifferenceState:
    """Raises DifferenceClosed."""
    found = DIFFERENCE.get((state, event))
    if found is None:
        raise DifferenceClosed(f"a difference that is {state} cannot {event}", state=state.value)
    return found


def code_due(now: datetime) -> datetime:
    return now + CODE_LASTS


def latest_day(today: date) -> date:
    return today + timedelta(days=LONGEST_YEARS * 365)


def line_of(
    movement: Movement,
    instruction_id: UUID,
    number: int,
    accounts: Mapping[UUID, CustodyAccount],
    freezes: Mapping[UUID, Line],
    standing: Mapping[tuple[str, Scope], UUID],
) -> Line:
    """A movement in the bank's words. accounts: by ledger account; freezes: by hold; standing: by holder and scope.

    Where nobody allowed it no authorisation is named: the bank says so.
    """
    if movement.hold_id is not None:
        frozen = freezes[movement.hold_id]
        kind = LineKind.SETTLE if movement.kind == "post" else LineKind.RELEASE
        return Line(
            transfer_id=movement.transfer_id,
            instruction_id=instruction_id,
            number=number,
            kind=kind,
            debit_account_id=frozen.debit_account_id,
            credit_account_id=frozen.credit_account_id if kind is LineKind.SETTLE else None,
            amount_minor=frozen.amount_minor,
            code=movement.code,
            authorisation_id=frozen.authorisation_id if kind is LineKind.SETTLE else None,
            hold_id=movement.hold_id,
        )
    assert movement.debit_account_id is not None
    assert movement.credit_account_id is not None
    assert movement.amount_minor is not None
    debit, credit = accounts[movement.debit_account_id], accounts[movement.credit_account_id]
    return Line(
        transfer_id=movement.transfer_id,
        instruction_id=instruction_id,
        number=number,
        kind=_kind(movement, debit, credit),
        debit_account_id=debit.account_id,
        credit_account_id=credit.account_id,
        amount_minor=movement.amount_minor,
        code=movement.code,
        authorisation_id=_allowed_by(movement, debit, standing),
        hold_id=None,
    )


def _kind(movement: Movement, debit: CustodyAccount, credit: CustodyAccount) -> LineKind:
    if debit.kind is CustodyKind.BANK:
        return LineKind.TOP_UP
    if credit.kind is CustodyKind.BANK:
        return LineKind.WITHDRAWAL
    return LineKind.FREEZE if movement.kind == "pending" else LineKind.TRANSFER


def _allowed_by(movement: Movement, debit: CustodyAccount, standing: Mapping[tuple[str, Scope], UUID]) -> UUID | None:
    scope = SCOPES.get(movement.code)
    if scope is None or debit.kind is CustodyKind.HOUSE:
        return None
    return standing.get((debit.behind or debit.holder, scope))


def buying(programme: Programme) -> tuple[Scope, ...]:
    """What the buyer of a claim has to allow: where there is a fee it goes out of what she pays."""
    fee = programme.resale is not None and programme.resale.fee_rate > 0
    return (Scope.INVEST, Scope.FEE) if fee else (Scope.INVEST,)


def require_allowed(standing: Iterable[Authorisation], needed: Iterable[Scope]) -> None:
    """Raises NotAuthorised, with the first scope that is missing. Whether its cap suffices the bank says."""
    there = {one.scope for one in standing}
    for scope in needed:
        if scope not in there:
            raise NotAuthorised("she has not allowed it at the custody bank", field="scope", scope=scope.value)


def ledger_done(line: Line) -> bool:
    return line.ledger_result in MADE or (line.kind is LineKind.RELEASE and line.ledger_result in FREE_ALREADY)


def effects(line: Line) -> list[Underway]:
    """By ledger account, what a line adds to the whole and to what is frozen of it. A freeze changes no whole."""
    amount, found = line.amount_minor, []
    moves = line.kind not in (LineKind.FREEZE, LineKind.RELEASE)
    frozen = {LineKind.FREEZE: amount, LineKind.RELEASE: -amount, LineKind.SETTLE: -amount}.get(line.kind, 0)
    if line.debit_account_id is not None and line.kind is not LineKind.TOP_UP:
        total = -amount if moves else 0
        found.append(Underway(line.transfer_id, line.debit_account_id, total, frozen))
    if line.credit_account_id is not None and moves and line.kind is not LineKind.WITHDRAWAL:
        found.append(Underway(line.transfer_id, line.credit_account_id, amount, 0))
    return found


def from_outside(under_way: Sequence[Underway]) -> list[Underway]:
    """Of movements, those that add to all accounts together: one between two of them does not."""
    sums = Counter[UUID]()
    for one in under_way:
        sums[one.transfer_id] += one.total_minor
    return [Underway(one.transfer_id, one.account_id, one.total_minor, 0) for one in under_way if sums[one.transfer_id]]


def difference_kind(bank: Held | None, ledger: Held | None) -> DifferenceKind | None:
    """None where both say the same. An account that one side has never heard of, and nobody has anything in, is none."""
    if (bank or Held(0, 0)) == (ledger or Held(0, 0)):
        return None
    if bank is None:
        return DifferenceKind.MISSING
    return DifferenceKind.UNKNOWN if ledger is None else DifferenceKind.AMOUNT


def explained_by(bank: Held, ledger: Held, under_way: Sequence[Underway]) -> bool:
    """Whether some of the movements that were under way are the whole difference: which of them the ledger had is not known to the
    moment. Of more than twelve, all together or each alone are tried."""
    wanted = (bank.total_minor - ledger.total_minor, bank.frozen_minor - ledger.frozen_minor)
    each = [(one.total_minor, one.frozen_minor) for one in under_way]
    if len(each) > MOST_COMBINED:
        together = (sum(total for total, _ in each), sum(frozen for _, frozen in each))
        return wanted == together or wanted in each
    sums = {(0, 0)}
    for total, frozen in each:
        sums |= {(total + one, frozen + other) for one, other in sums}
    return wanted in sums
