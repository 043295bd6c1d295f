"""Stories of programmes: another version, of one that there is or of a new one."""

from dataclasses import replace

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.errors import ProgrammeContradictsItself, ProgrammeNotNewer, TooManyProgrammes
from services.p2p.programmes import queries
from services.p2p.programmes.contradictions import contradictions
from services.p2p.programmes.events import VERSION_ADDED, told
from services.p2p.programmes.model import AnyProgramme

MOST_PROGRAMMES, MOST_VERSIONS = 200, 10_000


async def add_version(tx: Tx, caller: Caller, *, draft: AnyProgramme) -> AnyProgramme:
    """draft: without its number. Raises ProgrammeContradictsItself with all that is wrong, ProgrammeNotNewer, TooManyProgrammes."""
    found = contradictions(draft)
    if found:
        listed = [{"field": name, "detail": detail} for name, detail in found]
        raise ProgrammeContradictsItself("its terms contradict each other", field=found[0][0], contradictions=listed)
    before = await queries.newest(tx.connection, draft.code)
    if before is None and await queries.codes(tx.connection) >= MOST_PROGRAMMES:
        raise TooManyProgrammes(f"there are at most {MOST_PROGRAMMES}", field="code")
    earliest = tx.today if before is None else max(tx.today, before.valid_from)
    if draft.valid_from < earliest:
        raise ProgrammeNotNewer(f"it begins on {earliest} or later", field="valid_from")
    if before is not None and (before.kind is not draft.kind or before.version >= MOST_VERSIONS):
        raise ProgrammeNotNewer(f"it follows version {before.version} of {before.kind}", field="code")
    programme = replace(draft, version=1 if before is None else before.version + 1)
    await queries.add(tx.connection, programme)
    tx.events.add(VERSION_ADDED, programme.code, told(programme))
    return programme
