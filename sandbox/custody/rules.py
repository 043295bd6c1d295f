"""What a custody bank does with an instruction: each line is decided on the books as the lines before it leave them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sandbox.custody.model import (
    Authorisation,
    AuthorisationState,
    HolderKind,
    Line,
    LineKind,
    Mode,
    Result,
    Scope,
    SubAccount,
)

MOST_LINES = 8_190
MOST_TRIES = 5
CODE_LASTS = timedelta(minutes=5)
DONE, NOT_DONE = "done", "not_done"
OUTSIDE = frozenset({LineKind.TOP_UP, LineKind.WITHDRAWAL})
"""Lines that a card's own bank has to agree to; each is an instruction of its own."""
ENDING = frozenset({LineKind.RELEASE, LineKind.SETTLE})


@dataclass
class Books:
    """What an instruction touches, as it is being decided. lines: those that others are about, and what was booked; by reference."""

    accounts: dict[str, SubAccount]
    authorisations: dict[str, Authorisation]
    lines: dict[str, Line]
    booked: list[Line] = field(default_factory=list)

    def copy(self) -> "Books":
        return Books(dict(self.accounts), dict(self.authorisations), dict(self.lines), list(self.booked))

    def behind(self, project: SubAccount) -> SubAccount | None:
        return next((one for one in self.accounts.values() if one.holder == project.behind), None)


def decide(books: Books, lines: Sequence[Line], mode: Mode, today: date) -> tuple[list[Result], Books]:
    """What becomes of each line, and the books after it. Of an atomic instruction all or none are done, and every fault is told."""
    after = books.copy()
    found = [(line, _take(after, line, today)) for line in lines]
    failed = any(refusal for _, refusal in found)
    if mode is Mode.ATOMIC and failed:
        return [Result(line.reference, refusal or NOT_DONE) for line, refusal in found], books
    return [Result(line.reference, refusal or DONE) for line, refusal in found], after


def state_of(results: Sequence[Result]) -> str:
    done = sum(one.result == DONE for one in results)
    return "executed" if done == len(results) else "partly" if done else "refused"


def content_hash(mode: Mode, lines: Sequence[Line]) -> str:
    """Tells whether a reference is used again for something else."""
    said = [mode, *((one.reference, one.kind, one.debit, one.credit, one.amount, one.of) for one in lines)]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def code_expired(authorisation: Authorisation, now: datetime) -> bool:
    return now > authorisation.code_sent_at + CODE_LASTS


def _take(books: Books, line: Line, today: date) -> str | None:
    """Book a line, or say why not."""
    if line.kind is LineKind.UNDO:
        return _undo(books, line)
    if line.kind in ENDING:
        return _end_freeze(books, line, today)
    missing = [number for number in (line.debit, line.credit) if number is not None and number not in books.accounts]
    if missing:
        return "unknown_account"
    refusal = _refusal(books, line, today)
    if refusal is None:
        refusal = _move(books, line)
    if refusal is None:
        _use(books, line.authorisation, line.amount)
        _book(books, line)
    return refusal


def _refusal(books: Books, line: Line, today: date) -> str | None:
    """By what the line is and who allows it."""
    debit, credit = (books.accounts.get(number or "") for number in (line.debit, line.credit))
    if line.kind in OUTSIDE:
        own = credit if line.kind is LineKind.TOP_UP else debit
        wrong = own is None or (debit is not None and credit is not None) or own.kind is HolderKind.PROJECT
        return "not_allowed" if wrong else None
    if debit is None or credit is None:
        return "unknown_account"
    if line.kind is LineKind.FREEZE:
        if debit.kind is not HolderKind.CUSTOMER or credit.kind is not HolderKind.PROJECT:
            return "not_allowed"
        return _unauthorised(books, line, debit, {Scope.INVEST}, today)
    if debit.kind is HolderKind.PLATFORM:
        return "not_allowed" if credit.kind is HolderKind.PROJECT else None
    fee = credit.kind is HolderKind.PLATFORM
    if debit.kind is HolderKind.PROJECT:
        behind = books.behind(debit)
        if not fee:
            return None if credit == behind else "wrong_payee"
        return "unknown_account" if behind is None else _unauthorised(books, line, behind, {Scope.FEE}, today)
    if credit.kind is HolderKind.PROJECT:
        return "not_allowed"
    return _unauthorised(books, line, debit, {Scope.FEE} if fee else {Scope.INVEST, Scope.REPAY}, today)


def _unauthorised(books: Books, line: Line, owner: SubAccount, scopes: set[Scope], today: date) -> str | None:
    """Why the owner's authorisation that the line names does not allow it."""
    if line.authorisation is None:
        return "authorisation_missing"
    named = books.authorisations.get(line.authorisation)
    if named is None or named.number != owner.number:
        return "authorisation_unknown"
    if named.scope not in scopes:
        return "authorisation_wrong_scope"
    ended = _ended(named, today)
    if ended is None and named.used_minor + line.amount > named.cap_minor:
        return "authorisation_over_cap"
    return ended


def _ended(named: Authorisation, today: date) -> str | None:
    if named.state is AuthorisationState.CODE_SENT:
        return "authorisation_not_confirmed"
    if named.state is AuthorisationState.REVOKED:
        return "authorisation_revoked"
    return "authorisation_over" if today > named.until_on else None


def _end_freeze(books: Books, line: Line, today: date) -> str | None:
    """A release gives back also what the authorisation was used for; a settlement needs it to stand still."""
    frozen = books.lines.get(line.of or "")
    if frozen is None or frozen.kind is not LineKind.FREEZE:
        return "unknown_freeze"
    if frozen.ended_by is not None or frozen.undone:
        return "freeze_ended"
    settled = line.kind is LineKind.SETTLE
    if line.amount != frozen.amount:
        return "other_amount"
    if settled:
        if line.authorisation is None:
            return "authorisation_missing"
        if line.authorisation != frozen.authorisation:
            return "authorisation_unknown"
        ended = _ended(books.authorisations[line.authorisation], today)
        if ended is not None:
            return ended
    full = replace(line, debit=frozen.debit, credit=frozen.credit if settled else None)
    refusal = _move(books, full)
    if refusal is None:
        if not settled:
            _use(books, frozen.authorisation, -frozen.amount)
        books.lines[frozen.reference] = replace(frozen, ended_by=line.reference)
        _book(books, full)
    return refusal


def _undo(books: Books, line: Line) -> str | None:
    was = books.lines.get(line.of or "")
    if was is None or was.kind is LineKind.UNDO:
        return "unknown_line"
    if was.undone:
        return "undone_already"
    if was.kind in OUTSIDE or (was.kind is LineKind.FREEZE and was.ended_by is not None):
        return "not_undoable"
    full = replace(line, debit=was.debit, credit=was.credit, amount=was.amount)
    refusal = _apply(books, effect(was), -1)
    if refusal is not None:
        return refusal
    books.lines[was.reference] = replace(was, undone=True)
    if was.kind in ENDING:
        frozen = books.lines[was.of or ""]
        books.lines[frozen.reference] = replace(frozen, ended_by=None)
        if was.kind is LineKind.RELEASE:
            _use(books, frozen.authorisation, was.amount)
    else:
        _use(books, was.authorisation, -was.amount)
    _book(books, full)
    return None


def effect(line: Line) -> list[tuple[str, int, int]]:
    """By sub-account, what a line adds to what is available and to what is frozen."""
    amount, found = line.amount, []
    if line.debit is not None:
        available = {LineKind.SETTLE: 0, LineKind.RELEASE: amount}.get(line.kind, -amount)
        frozen = {LineKind.FREEZE: amount, LineKind.RELEASE: -amount, LineKind.SETTLE: -amount}.get(line.kind, 0)
        found.append((line.debit, available, frozen))
    if line.credit is not None and line.kind not in (LineKind.FREEZE, LineKind.RELEASE):
        found.append((line.credit, amount, 0))
    return found


def _move(books: Books, line: Line) -> str | None:
    return _apply(books, effect(line), 1)


def _apply(books: Books, effects: Sequence[tuple[str, int, int]], sign: int) -> str | None:
    changed: dict[str, SubAccount] = {}
    for number, available, frozen in effects:
        account = changed.get(number) or books.accounts[number]
        account = replace(
            account,
            available_minor=account.available_minor + sign * available,
            frozen_minor=account.frozen_minor + sign * frozen,
        )
        if account.available_minor < 0 or account.frozen_minor < 0:
            return "insufficient_funds"
        changed[number] = account
    books.accounts.update(changed)
    return None


def _use(books: Books, reference: str | None, amount: int) -> None:
    if reference is not None:
        used = books.authorisations[reference]
        # What an undone release takes again may be beyond a cap that was used otherwise meanwhile: then the cap is what is used.
        books.authorisations[reference] = replace(
            used, used_minor=max(0, min(used.cap_minor, used.used_minor + amount))
        )


def _book(books: Books, line: Line) -> None:
    books.lines[line.reference] = line
    books.booked.append(line)


def numbers_of(lines: Sequence[Line], known: Mapping[str, Line]) -> set[str]:
    """Sub-accounts that an instruction touches, those of the lines it is about too."""
    about = [known[line.of] for line in lines if line.of is not None and line.of in known]
    return {number for line in [*lines, *about] for number in (line.debit, line.credit) if number is not None}
