"""Stories of a backer: registered, its terms changed, ended; and its promise for a listing."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.backers import queries, rules
from services.p2p.backers.errors import NoBacker, NotABackersProgramme, TooManyBackers, UnknownBacker
from services.p2p.backers.events import BACKER_CHANGED, told
from services.p2p.backers.model import Backer, BackerKind, BackerState, Backing
from services.p2p.backers.rules import BackerEvent
from services.p2p.programmes import queries as programme_queries
from services.p2p.programmes.model import Programme
from services.p2p.wire_ids import backer_text

OPEN_JOB = "p2p.open_backer"
JOB_GRACE_SECONDS = 10
MOST_BACKERS = 1_000


@dataclass(frozen=True, slots=True)
class BackerTerms:
    """What a backer is registered with; amounts in minor units."""

    name: str
    licence_kind: str
    licence_number: str
    licensed_from: date
    licensed_until: date
    capital_minor: int
    cap_minor: int
    programmes: tuple[str, ...]


async def register(tx: Tx, caller: Caller, *, kind: BackerKind, currency: str, terms: BackerTerms) -> Backer:
    """Raises LicenceNotValid, NotABackersProgramme, TooManyBackers."""
    if await queries.count(tx.connection) >= MOST_BACKERS:
        raise TooManyBackers(f"there are at most {MOST_BACKERS}")
    await _require_possible(tx, kind, currency, terms)
    backer = Backer(
        id=tx.ids.new(),
        kind=kind,
        name=terms.name,
        licence_kind=terms.licence_kind,
        licence_number=terms.licence_number,
        licensed_from=terms.licensed_from,
        licensed_until=terms.licensed_until,
        currency=currency,
        capital_minor=terms.capital_minor,
        cap_minor=terms.cap_minor,
        programmes=terms.programmes,
        state=BackerState.OPENING,
        account_id=None,
        changed_by=caller.party,
        registered_at=tx.now,
        changed_at=tx.now,
    )
    await queries.add(tx.connection, backer)
    tx.jobs.add(OPEN_JOB, {"id": str(backer.id)}, delay_seconds=JOB_GRACE_SECONDS)
    return backer


async def record_opened(tx: Tx, caller: Caller, *, backer_id: UUID, account_id: UUID) -> Backer:
    """Its deposit stands in payments. One that was ended meanwhile keeps the account, and may be resumed."""
    backer = await _locked(tx, backer_id)
    if backer.account_id is not None:
        return backer
    known = replace(backer, account_id=account_id)
    if backer.state is BackerState.OPENING:
        return await _step(tx, known, BackerEvent.OPEN)
    await queries.save(tx.connection, known)
    return known


async def change(tx: Tx, caller: Caller, *, backer_id: UUID, terms: BackerTerms) -> Backer:
    """Other terms from now on; what it backs already stays backed. Raises UnknownBacker and what registering does."""
    backer = await _locked(tx, backer_id)
    await _require_possible(tx, backer.kind, backer.currency, terms)
    changed = replace(
        backer,
        name=terms.name,
        licence_kind=terms.licence_kind,
        licence_number=terms.licence_number,
        licensed_from=terms.licensed_from,
        licensed_until=terms.licensed_until,
        capital_minor=terms.capital_minor,
        cap_minor=terms.cap_minor,
        programmes=terms.programmes,
        changed_by=caller.party,
        changed_at=tx.now,
    )
    await queries.save(tx.connection, changed)
    tx.events.add(BACKER_CHANGED, backer_text(backer_id), told(changed))
    return changed


async def end(tx: Tx, caller: Caller, *, backer_id: UUID) -> Backer:
    """It backs nothing new. Raises UnknownBacker, NotAllowedInState."""
    return await _step(tx, replace(await _locked(tx, backer_id), changed_by=caller.party), BackerEvent.END)


async def resume(tx: Tx, caller: Caller, *, backer_id: UUID) -> Backer:
    """Raises UnknownBacker, NotAllowedInState."""
    return await _step(tx, replace(await _locked(tx, backer_id), changed_by=caller.party), BackerEvent.RESUME)


async def back(tx: Tx, programme: Programme, *, listing_id: UUID, amount_minor: int) -> list[Backing]:
    """Whoever its programme's losses need promises for a listing that is being made: the first by id with room. Raises NoBacker."""
    made = []
    for kind in rules.kinds_needed(programme):
        backer = await _with_room(tx, programme, kind, amount_minor)
        backing = Backing(listing_id, kind, backer.id, amount_minor, tx.now)
        await queries.add_backing(tx.connection, backing)
        made.append(backing)
    return made


async def _with_room(tx: Tx, programme: Programme, kind: BackerKind, amount_minor: int) -> Backer:
    """Locked one by one, so that two listings at once never take the same room."""
    reasons: dict[str, str] = {}
    for backer_id in await queries.of_programme(tx.connection, programme, kind, tx.today):
        backer = await _locked(tx, backer_id)
        if backer.state is not BackerState.ACTIVE or not rules.licensed(backer, tx.today):
            continue
        exposure = (await queries.exposures(tx.connection, [(backer_id, backer_text(backer_id))]))[backer_id]
        if exposure.backed_minor + amount_minor <= rules.most_backed(backer, programme):
            return backer
        reasons[backer_text(backer_id)] = "beyond_cap"
    raise NoBacker(f"no {kind} with a licence has room for it", field="programme", kind=kind.value, refused=reasons)


async def _require_possible(tx: Tx, kind: BackerKind, currency: str, terms: BackerTerms) -> None:
    rules.require_licence_dates(terms.licensed_from, terms.licensed_until, tx.today)
    for code in terms.programmes:
        programme = await programme_queries.in_force(tx.connection, code, tx.today)
        if programme is None or programme.currency != currency:
            raise NotABackersProgramme(
                "no such programme of lending in that currency", field="programmes", programme=code
            )
        if kind not in rules.kinds_needed(programme):
            raise NotABackersProgramme(f"no {kind} bears its losses", field="programmes", programme=code)


async def _locked(tx: Tx, backer_id: UUID) -> Backer:
    backer = await queries.load(tx.connection, backer_id, lock=True)
    if backer is None:
        raise UnknownBacker("no such backer", field="backer_id")
    return backer


async def _step(tx: Tx, backer: Backer, event: BackerEvent) -> Backer:
    moved = replace(backer, state=rules.next_state(backer, event), changed_at=tx.now)
    await queries.save(tx.connection, moved)
    tx.events.add(BACKER_CHANGED, backer_text(moved.id), told(moved))
    return moved
