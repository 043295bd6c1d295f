"""What each source's rows become here."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from chassis.database import Tx
from services.p2p.applications import limits
from services.p2p.applications import queries as application_queries
from services.p2p.applications.events import APPLICATION_GRADED, graded
from services.p2p.applications.model import LENDING_CLUB, Application, ApplicationState
from services.p2p.applications.score import grading_of
from services.p2p.borrowers import queries as borrower_queries
from services.p2p.imports import lending_club, lending_club_running
from services.p2p.imports.events import APPLICATIONS_IMPORTED, RUNNING_LOANS_IMPORTED
from services.p2p.imports.model import ImportedRow, ImportedStanding
from services.p2p.running_loans import queries as running_queries
from services.p2p.running_loans.model import LENDING_CLUB_RUNNING, RunningLoan
from services.p2p.running_loans.rules import explain
from services.p2p.scorecards.measures import Asked
from services.p2p.wire_ids import application_text


class Intake(Protocol):
    """needed: columns; told: the event type of an import."""

    @property
    def needed(self) -> Sequence[str]: ...

    @property
    def told(self) -> str: ...

    def read(self, header: Sequence[str], cells: Sequence[str | None], line: int) -> Any:
        """Raises BadCell."""

    async def hashes(self, tx: Tx, source: str, rows: Sequence[str]) -> dict[str, bytes]: ...

    async def add(self, tx: Tx, source: str, rows: Sequence[Any]) -> int:
        """How many were new; of two imports of one row at once the first has it."""


class Applications:
    """Wishes to borrow: graded, and never to be listed here."""

    needed = lending_club.NEEDED
    told = APPLICATIONS_IMPORTED

    def read(self, header: Sequence[str], cells: Sequence[str | None], line: int) -> ImportedRow:
        return lending_club.read_row(header, cells, line)

    async def hashes(self, tx: Tx, source: str, rows: Sequence[str]) -> dict[str, bytes]:
        return await application_queries.hashes(tx.connection, source, rows)

    async def add(self, tx: Tx, source: str, rows: Sequence[ImportedRow]) -> int:
        graded_rows = {row.source_row: (_application(tx, source, row), row) for row in rows}
        added = await application_queries.add_imported(tx.connection, [one for one, _ in graded_rows.values()])
        kept = [graded_rows[number] for number in graded_rows if number in added]
        await borrower_queries.add_imported(tx.connection, [(one.id, row.facts) for one, row in kept])
        for application, _ in kept:
            tx.events.add(APPLICATION_GRADED, application_text(application.id), graded(application))
        return len(kept)


class RunningLoans:
    """Loans as they stand, each explained by its whole instalments and what was paid beyond them."""

    needed = lending_club_running.NEEDED
    told = RUNNING_LOANS_IMPORTED

    def read(self, header: Sequence[str], cells: Sequence[str | None], line: int) -> ImportedStanding:
        return lending_club_running.read_row(header, cells, line)

    async def hashes(self, tx: Tx, source: str, rows: Sequence[str]) -> dict[str, bytes]:
        return await running_queries.hashes(tx.connection, source, rows)

    async def add(self, tx: Tx, source: str, rows: Sequence[ImportedStanding]) -> int:
        found = [_running_loan(tx, source, row) for row in rows]
        return await running_queries.add(tx.connection, found)


INTAKES: Mapping[str, Intake] = {LENDING_CLUB: Applications(), LENDING_CLUB_RUNNING: RunningLoans()}


def _running_loan(tx: Tx, source: str, row: ImportedStanding) -> RunningLoan:
    return RunningLoan(
        tx.ids.new(), source, row.source_row, row.content_hash, row.standing, explain(row.standing), tx.now
    )


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
