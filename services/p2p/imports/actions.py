"""Taking rows of a file in: set-based, and the same rows again change nothing."""

from collections.abc import Sequence
from typing import Any

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.p2p.imports import queries
from services.p2p.imports.cells import BadCell, check_header
from services.p2p.imports.events import told
from services.p2p.imports.intakes import INTAKES, Intake
from services.p2p.imports.model import Import, Refused


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
    intake = INTAKES[source]
    check_header(header, intake.needed)
    read, refused = _read(intake, file, header, first_line, rows)
    new, known = await _sorted_out(tx, intake, source, file, read, refused)
    accepted = await intake.add(tx, source, new)
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
    tx.events.add(intake.told, encode("imp", done.id), told(done))
    return done


def _read(
    intake: Intake, file: str, header: Sequence[str], first_line: int, rows: Sequence[Sequence[str | None]]
) -> tuple[dict[str, Any], list[Refused]]:
    """Rows by their number in the source; of two with one number the first counts."""
    found: dict[str, Any] = {}
    refused = []
    for line, cells in enumerate(rows, start=first_line):
        try:
            row = intake.read(header, cells, line)
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
    tx: Tx, intake: Intake, source: str, file: str, read: dict[str, Any], refused: list[Refused]
) -> tuple[list[Any], int]:
    """New rows, and how many are here already. One that reads otherwise than before is refused: what was made of it stands."""
    hashes = await intake.hashes(tx, source, list(read))
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
