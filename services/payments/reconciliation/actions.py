"""Stories of statements: accounts at banks, mappings, files taken in once."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.reconciliation import queries, rules
from services.payments.reconciliation.errors import (
    AccountKnown,
    MappingKnown,
    StatementExists,
    StatementOverlaps,
    UnknownReconciledAccount,
)
from services.payments.reconciliation.mappings import SHIPPED
from services.payments.reconciliation.model import (
    Form,
    Line,
    Mapping,
    ReadStatement,
    ReconciledAccount,
    Statement,
    StatementFile,
    StatementKind,
    TakenFile,
)

DATE_WINDOW_DAYS = 3


async def open_account(
    tx: Tx,
    caller: Caller,
    *,
    bank: str,
    number: str,
    currency: str,
    date_window_days: int = DATE_WINDOW_DAYS,
    date_tolerance_days: int = 0,
    amount_tolerance_minor: int = 0,
) -> ReconciledAccount:
    """An account of ours whose statements are taken in; one a bank and currency. Raises AccountKnown."""
    if await queries.account_at(tx.connection, bank, currency) is not None:
        raise AccountKnown(f"{bank} has its account in {currency}", field="bank")
    account = ReconciledAccount(
        id=tx.ids.new(),
        bank=bank,
        number=number,
        currency=currency,
        date_window_days=date_window_days,
        date_tolerance_days=date_tolerance_days,
        amount_tolerance_minor=amount_tolerance_minor,
        opened_at=tx.now,
        fetched_on=None,
    )
    await queries.add_account(tx.connection, account)
    return account


async def add_mapping(tx: Tx, caller: Caller, *, mapping: Mapping) -> tuple[UUID, Mapping]:
    """How tables are read from now on that are said to be of this name. Raises MappingKnown."""
    if mapping.name in SHIPPED or await queries.mapping_named(tx.connection, mapping.name) is not None:
        raise MappingKnown("another way of reading has another name", field="name")
    mapping_id = tx.ids.new()
    values = {
        "name": mapping.name,
        "id": mapping_id,
        "document": asdict(mapping),
        "made_at": tx.now,
        "made_by": caller.party,
    }
    await queries.add_mapping(tx.connection, values)
    return mapping_id, mapping


async def take_file(
    tx: Tx,
    caller: Caller,
    *,
    account_id: UUID,
    form: Form,
    content: bytes,
    read: Sequence[ReadStatement],
    as_it_is: bool = False,
) -> TakenFile:
    """Take in what a file states; the same file again changes nothing.

    as_it_is: what another statement has shown is repeated, and no refusal, unless that one has shown all of these days.
    Raises UnknownReconciledAccount, StatementExists, StatementOverlaps.
    """
    account = await queries.account_with(tx.connection, account_id, lock=True)
    if account is None:
        raise UnknownReconciledAccount("no such account")
    digest = hashlib.sha256(content).hexdigest()
    before = await queries.file_hashed(tx.connection, account_id, digest)
    if before is not None:
        return TakenFile(before, tuple(await queries.statements_in(tx.connection, before.id)), again=True)
    file = StatementFile(tx.ids.new(), account_id, form, digest, tx.now, caller.party)
    await queries.add_file(tx.connection, file)
    taken = tuple([await _take(tx, file, one, as_it_is) for one in read])
    _tell(tx, account, file, taken)
    return TakenFile(file, taken)


async def take_fetched(
    tx: Tx, caller: Caller, *, account_id: UUID, day: date, content: bytes, read: Sequence[ReadStatement]
) -> TakenFile:
    """A business day's statement, as the bank gave it when it was asked. Raises StatementExists, StatementOverlaps."""
    taken = await take_file(
        tx, caller, account_id=account_id, form=Form.CAMT, content=content, read=read, as_it_is=True
    )
    await queries.mark_fetched(tx.connection, account_id, day)
    return taken


async def pass_over_day(tx: Tx, caller: Caller, *, account_id: UUID, day: date) -> None:
    """Its statement has come another way."""
    await queries.mark_fetched(tx.connection, account_id, day)


async def _take(tx: Tx, file: StatementFile, read: ReadStatement, as_it_is: bool) -> Statement:
    lines = [one for one in rules.identified(read.lines) if one.line.amount]
    keys = [(one.identity, one.occurrence) for one in lines]
    known = await queries.known_lines(tx.connection, file.account_id, keys)
    stated = read.kind is StatementKind.STATEMENT
    shown = [one for one in lines if stated and known.get((one.identity, one.occurrence), (None, False))[1]]
    await _require_new(tx, file.account_id, read, as_it_is, all_shown=len(shown) == len(lines))
    if shown and not as_it_is:
        place = shown[0].line.place
        raise StatementOverlaps(f"line {place}: another statement has shown this booking", field="file", line=place)
    fresh = [one for one in lines if (one.identity, one.occurrence) not in known]
    fresh += await _shown_again(tx, file.account_id, lines, shown)
    known = {key: (line_id, was) for key, (line_id, was) in known.items() if not (stated and was)}
    statement = Statement(
        id=tx.ids.new(),
        file_id=file.id,
        account_id=file.account_id,
        kind=read.kind,
        number=read.number,
        from_on=read.from_on,
        until_on=read.until_on,
        opening_minor=read.opening,
        closing_minor=read.closing,
        sum_minor=sum(one.line.amount for one in lines),
        difference_minor=rules.difference(read),
        lines=len(fresh),
        seen=len(known),
        taken_at=tx.now,
    )
    await queries.add_statement(tx.connection, statement)
    await queries.add_lines(
        tx.connection, statement, [_line(tx, statement, one, at) for at, one in enumerate(fresh, 1)]
    )
    if stated:
        await queries.confirm_lines(tx.connection, statement.id, [line_id for line_id, _ in known.values()])
    return statement


async def _shown_again(
    tx: Tx, account_id: UUID, lines: Sequence[rules.Identified], shown: Sequence[rules.Identified]
) -> list[rules.Identified]:
    if not shown:
        return []
    last = await queries.last_occurrences(tx.connection, account_id, [one.identity for one in shown])
    return rules.shown_again(lines, shown, last)


async def _require_new(tx: Tx, account_id: UUID, read: ReadStatement, as_it_is: bool, *, all_shown: bool) -> None:
    """Raises StatementExists, StatementOverlaps."""
    if read.kind is StatementKind.NOTIFICATION:
        return
    if await queries.statement_numbered(tx.connection, account_id, read.number, read.from_on):
        raise StatementExists(f"statement {read.number[:40]} has been taken in from another file", field="file")
    spans = await queries.spans_near(tx.connection, account_id, read.from_on, read.until_on)
    if rules.covers(spans, read, all_shown=all_shown) if as_it_is else rules.overlaps(read, spans):
        raise StatementOverlaps("it shows days that another statement has shown", field="file")


def _line(tx: Tx, statement: Statement, one: rules.Identified, number: int) -> Line:
    read = one.line
    return Line(
        id=tx.ids.new(),
        account_id=statement.account_id,
        statement_id=statement.id,
        number=number,
        identity=one.identity,
        occurrence=one.occurrence,
        repeated=one.repeated,
        amount=read.amount,
        value_on=read.value_on,
        booked_on=read.booked_on,
        servicer_reference=read.servicer_reference,
        reference=read.reference,
        match_key=rules.match_key(read.reference),
        description=read.description,
        words=rules.words_of(read.description),
    )


def _tell(tx: Tx, account: ReconciledAccount, file: StatementFile, taken: Sequence[Statement]) -> None:
    for one in taken:
        told = {
            "statement_id": encode("stm", one.id),
            "account_id": encode("rca", account.id),
            "bank": account.bank,
            "kind": one.kind,
            "from_on": one.from_on.isoformat(),
            "until_on": one.until_on.isoformat(),
            "lines": one.lines,
            "difference_minor": one.difference_minor,
        }
        tx.events.add("payments.statement.taken.v1", encode("stm", one.id), told)
