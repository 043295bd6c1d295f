"""Taking rows of a file in as graded applications: set-based, and the same rows again change nothing."""

from collections.abc import Sequence

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.p2p.applications import limits
from services.p2p.applications import queries as application_queries
from services.p2p.applications.events import APPLICATION_GRADED, graded
from services.p2p.applications.model import Application, ApplicationState
from services.p2p.applications.score import grading_of
from services.p2p.borrowers import queries as borrower_queries
from services.p2p.imports import queries
from services.p2p.imports.events import APPLICATIONS_IMPORTED, told
from services.p2p.imports.lending_club import BadCell, check_header, read_row
from services.p2p.imports.model import Import, ImportedRow, Refused
from services.p2p.scorecards.measures import Asked
from services.p2p.wire_ids import application_text


async def take(
    tx: Tx,
    caller: Caller,
    *,
    source: str,
    file: str,
    header: Sequence[str],
    first_line: int,
    rows: Sequence[Sequence[str | None]],
) -> Import:
    """Take up to a thousand rows. A bad row is refused by itself; the others are taken. Raises WrongHeader."""
    check_header(header)
    read, refused = _read(file, header, first_line, rows)
    new, known = await _sorted_out(tx, source, file, read, refused)
    accepted = await _add(tx, source, new)
    done = Import(
        id=tx.ids.new(),
        source=source,
        file=file,
        first_line=first_line,
        rows=len(rows),
        accepted=accepted,
        unchanged=known + len(new) - accepted,
        refused=tuple(sorted(refused, key=lambda one: one.line)),
        imported_at=tx.now,
        imported_by=caller.party,
    )
    await queries.add(tx.connection, done)
    tx.events.add(APPLICATIONS_IMPORTED, encode("imp", done.id), told(done))
    return done


def _read(
    file: str, header: Sequence[str], first_line: int, rows: Sequence[Sequence[str | None]]
) -> tuple[dict[str, ImportedRow], list[Refused]]:
    """Rows by their number in the source; of two with one number the first counts."""
    found: dict[str, ImportedRow] = {}
    refused = []
    for line, cells in enumerate(rows, start=first_line):
        try:
            row = read_row(header, cells, line)
        except BadCell as fault:
            refused.append(Refused(file, line, fault.field or None, fault.code, fault.detail))
            continue
        if row.source_row in found:
            detail = "an earlier row of this request has the same number"
            refused.append(Refused(file, line, "rownames", "duplicate_in_request", detail))
            continue
        found[row.source_row] = row
    return found, refused


async def _sorted_out(
    tx: Tx, source: str, file: str, read: dict[str, ImportedRow], refused: list[Refused]
) -> tuple[list[ImportedRow], int]:
    """New rows, and how many are here already. One that reads otherwise than before is refused: a grade given stands."""
    hashes = await application_queries.hashes(tx.connection, source, list(read))
    new, known = [], 0
    for number, row in read.items():
        if number not in hashes:
            new.append(row)
        elif hashes[number] == row.content_hash:
            known += 1
        else:
            detail = "this row was imported before with other content"
            refused.append(Refused(file, row.line, None, "differs_from_earlier_import", detail))
    return new, known


async def _add(tx: Tx, source: str, rows: Sequence[ImportedRow]) -> int:
    """How many were new; of two imports of one row at once the first has it."""
    graded_rows = {row.source_row: (_application(tx, source, row), row) for row in rows}
    added = await application_queries.add_imported(tx.connection, [one for one, _ in graded_rows.values()])
    kept = [graded_rows[number] for number in graded_rows if number in added]
    await borrower_queries.add_imported(tx.connection, [(one.id, row.facts) for one, row in kept])
    for application, _ in kept:
        tx.events.add(APPLICATION_GRADED, application_text(application.id), graded(application))
    return len(kept)


def _application(tx: Tx, source: str, row: ImportedRow) -> Application:
    """Graded as of the day it was asked for. The limit is the rule's by income alone: no law is known here for its currency."""
    facts = row.facts
    grading = grading_of(Asked(facts, row.amount_minor, row.currency, row.term_months, row.as_of_on))
    cap = limits.cap_on(row.as_of_on, row.currency)
    limit = limits.limit_of(grading.grade, facts.annual_income_minor, facts.debts_elsewhere_minor, 0, cap)
    return Application(
        id=tx.ids.new(),
        borrower=None,
        amount_minor=row.amount_minor,
        currency=row.currency,
        term_months=row.term_months,
        purpose=row.purpose,
        state=ApplicationState.RECORDED,
        score=grading.score,
        grade=grading.grade,
        reasons=(*grading.refusals, *grading.reasons),
        scorecard_version=grading.scorecard_version,
        limit_minor=0 if grading.refusals else limit,
        decided_by="rule",
        source=source,
        source_row=row.source_row,
        source_hash=row.content_hash,
        submitted_at=tx.now,
        changed_at=tx.now,
        due_at=None,
    )
