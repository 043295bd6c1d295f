"""The story of a report file: what waits goes out, with the names of whom it is about in the clear, sealed as a whole."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.holders import queries as holders
from services.payments.holders.vault import IdentityVault
from services.payments.transaction_reports import file_queries, queries, rules
from services.payments.transaction_reports.errors import NothingToReport
from services.payments.transaction_reports.model import ReportFile, ReportKind, SubjectKind, TransactionReport
from services.payments.transaction_reports.vault import ReportVault
from services.payments.transaction_reports.writing import Item, Named, written

MOST_IN_A_FILE = 2_000
MOST_MOVEMENTS = 20_000
INSTITUTION = "Sifang"


@dataclass(frozen=True)
class Vaults:
    identities: IdentityVault
    reports: ReportVault


async def make_file(tx: Tx, caller: Caller, *, kind: ReportKind, vaults: Vaults) -> ReportFile:
    """What waits of a kind goes out, the rest with the next: MOST_IN_A_FILE reports, and MOST_MOVEMENTS transfers.

    A report that has more goes on in further files, which are made at once. Their bytes stay as they are. Raises NothingToReport.
    """
    found = rules.fitting(await queries.found_reports(tx.connection, kind, MOST_IN_A_FILE), MOST_MOVEMENTS)
    if not found:
        raise NothingToReport("nothing of this kind waits to be reported", field="kind")
    items = await _items(tx, vaults.identities, found)
    first = await _file(tx, caller, vaults, kind, items, None)
    await file_queries.save_reported(
        tx.connection, [rules.reported(report, first.id, caller.subject, tx.now) for report in found]
    )
    last, before = items[-1], first
    while len(last.movements) == MOST_MOVEMENTS:
        seen = last.movements[-1]
        more = await file_queries.more_transfers(tx.connection, last.report.id, seen, MOST_MOVEMENTS)
        if not more:
            break
        last = replace(last, movements=more)
        before = await _file(tx, caller, vaults, kind, [last], before.id)
    return first


async def _file(
    tx: Tx, caller: Caller, vaults: Vaults, kind: ReportKind, items: Sequence[Item], continues_id: UUID | None
) -> ReportFile:
    """Written and sealed beside the event loop: it may be long."""
    file_id = tx.ids.new()
    name = f"{kind.upper()}-{tx.today:%Y%m%d}-{encode('rpf', file_id)[4:]}"
    content = await asyncio.to_thread(written, kind, name, INSTITUTION, items, tx.settings.zone)
    sealed = await asyncio.to_thread(vaults.reports.seal, file_id, content)
    reports = len(items) if continues_id is None else 0
    file = ReportFile(
        file_id, kind, name, reports, sealed, sha256(content).hexdigest(), tx.now, caller.subject, continues_id
    )
    await file_queries.add_file(tx.connection, file)
    told = {"file_id": encode("rpf", file_id), "kind": kind, "reports": file.reports, "hash": file.hash}
    tx.events.add("payments.transaction_report.file_made.v1", encode("rpf", file_id), told)
    return file


async def _items(tx: Tx, vault: IdentityVault, reports: Sequence[TransactionReport]) -> list[Item]:
    movements = await file_queries.transfers_of(tx.connection, [report.id for report in reports], MOST_MOVEMENTS)
    owners = {one.subject for one in reports if one.subject_kind is SubjectKind.ORGANISATION}
    merchants = await queries.merchant_names(tx.connection, owners)
    named: dict[tuple[SubjectKind, str], Named] = {}
    items = []
    for report in reports:
        key = (report.subject_kind, report.subject)
        if key not in named:
            named[key] = await _named(tx, vault, report, merchants)
        items.append(Item(report, named[key], movements[report.id], await _original_file(tx, report)))
    return items


async def _named(
    tx: Tx, vault: IdentityVault, report: TransactionReport, merchants: Mapping[str, Sequence[str]]
) -> Named:
    if report.subject_kind is SubjectKind.ORGANISATION:
        return Named(" / ".join(merchants.get(report.subject, [report.subject])), None)
    if report.subject_kind is SubjectKind.PERSON:
        identity = next(iter(await holders.identities_of(tx.connection, UUID(report.subject))), None)
    else:
        identity = await holders.identity_of(tx.connection, UUID(report.subject))
    if identity is None:
        return Named("", None)
    facts = vault.open(identity)
    return Named(facts.name, facts.number)


async def _original_file(tx: Tx, report: TransactionReport) -> str | None:
    if report.corrects_id is None:
        return None
    original = await queries.report_with(tx.connection, report.corrects_id)
    assert original is not None
    assert original.file_id is not None
    file = await file_queries.file_with(tx.connection, original.file_id)
    return None if file is None else file.name
