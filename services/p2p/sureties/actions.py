"""Stories of a surety: registered, its terms changed, ended; and its promise for a listing."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.errors import CurrencyDiffers
from services.p2p.originators import actions as originator_actions
from services.p2p.originators.model import Originator
from services.p2p.originators.model import Terms as OriginatorTerms
from services.p2p.programmes import queries as programme_queries
from services.p2p.programmes.model import Programme
from services.p2p.sureties import queries, rules
from services.p2p.sureties.errors import (
    NoSurety,
    NotASuretysProgramme,
    NotThatOriginators,
    TooManySureties,
    UnknownSurety,
)
from services.p2p.sureties.events import SURETY_CHANGED, told
from services.p2p.sureties.model import Surety, SuretyKind, Suretyship, SuretyState
from services.p2p.sureties.rules import SuretyEvent
from services.p2p.wire_ids import surety_text

OPEN_JOB = "p2p.open_surety"
JOB_GRACE_SECONDS = 10
MOST_SURETIES = 1_000


@dataclass(frozen=True, slots=True)
class SuretyTerms:
    """What a surety is registered with; amounts in minor units."""

    name: str
    licence_kind: str
    licence_number: str
    licensed_from: date
    licensed_until: date
    capital_minor: int
    cap_minor: int
    programmes: tuple[str, ...]


async def register(
    tx: Tx,
    caller: Caller,
    *,
    kind: SuretyKind,
    currency: str,
    terms: SuretyTerms,
    originator_id: UUID | None = None,
) -> Surety:
    """originator_id: of a registered originator, whose terms these are from now on; without one it is registered with them, and proposes
    nothing. Raises LicenceNotValid, NotASuretysProgramme, TooManySureties, UnknownOriginator, NotThatOriginators.
    """
    if await queries.count(tx.connection) >= MOST_SURETIES:
        raise TooManySureties(f"there are at most {MOST_SURETIES}")
    await _require_possible(tx, kind, currency, terms)
    surety_id = tx.ids.new()
    if kind is SuretyKind.ORIGINATOR:
        originator_id = await _in_registry(tx, caller, surety_id, currency, terms, originator_id)
    elif originator_id is not None:
        raise NotThatOriginators("a guarantor is nobody who proposes loans", field="originator_id")
    surety = Surety(
        id=surety_id,
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
        state=SuretyState.OPENING,
        account_id=None,
        changed_by=caller.party,
        registered_at=tx.now,
        changed_at=tx.now,
        originator_id=originator_id,
    )
    await queries.add(tx.connection, surety)
    tx.jobs.add(OPEN_JOB, {"id": str(surety.id)}, delay_seconds=JOB_GRACE_SECONDS)
    return surety


async def record_opened(tx: Tx, caller: Caller, *, surety_id: UUID, account_id: UUID) -> Surety:
    """Its deposit stands in payments. One that was ended meanwhile keeps the account, and may be resumed."""
    surety = await _locked(tx, surety_id)
    if surety.account_id is not None:
        return surety
    known = replace(surety, account_id=account_id)
    if surety.state is SuretyState.OPENING:
        return await _step(tx, known, SuretyEvent.OPEN)
    await queries.save(tx.connection, known)
    return known


async def change(tx: Tx, caller: Caller, *, surety_id: UUID, terms: SuretyTerms) -> Surety:
    """Other terms from now on; what it backs already stays backed. Raises UnknownSurety and what registering does."""
    known = await queries.load(tx.connection, surety_id)
    if known is not None and known.originator_id is not None:
        # The originator is locked before what it stands behind loans as, as when one of its loans is listed.
        await _renewed(tx, caller, known.originator_id, terms)
    surety = await _locked(tx, surety_id)
    await _require_possible(tx, surety.kind, surety.currency, terms)
    changed = replace(
        surety,
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
    tx.events.add(SURETY_CHANGED, surety_text(surety_id), told(changed))
    return changed


async def end(tx: Tx, caller: Caller, *, surety_id: UUID) -> Surety:
    """It backs nothing new. Raises UnknownSurety, NotAllowedInState."""
    return await _step(tx, replace(await _locked(tx, surety_id), changed_by=caller.party), SuretyEvent.END)


async def resume(tx: Tx, caller: Caller, *, surety_id: UUID) -> Surety:
    """Raises UnknownSurety, NotAllowedInState."""
    return await _step(tx, replace(await _locked(tx, surety_id), changed_by=caller.party), SuretyEvent.RESUME)


async def back(
    tx: Tx, programme: Programme, *, listing_id: UUID, amount_minor: int, originator_id: UUID | None
) -> list[Suretyship]:
    """Whoever its programme's losses need promises for a listing that is being made: the first guarantor by id with room; of originators
    the one who proposed the loan. Raises NoSurety.
    """
    made = []
    for kind in rules.kinds_needed(programme):
        surety = await _with_room(tx, programme, kind, amount_minor, originator_id)
        suretyship = Suretyship(listing_id, kind, surety.id, amount_minor, tx.now)
        await queries.add_suretyship(tx.connection, suretyship)
        made.append(suretyship)
    return made


async def _with_room(
    tx: Tx, programme: Programme, kind: SuretyKind, amount_minor: int, originator_id: UUID | None
) -> Surety:
    """Locked one by one, so that two listings at once never take the same room."""
    reasons: dict[str, str] = {}
    for surety_id in await queries.of_programme(tx.connection, programme, kind, tx.today, originator_id):
        surety = await _locked(tx, surety_id)
        if surety.state is not SuretyState.ACTIVE or not rules.licensed(surety, tx.today):
            continue
        await queries.drop_ended(tx.connection, surety_id)
        exposure = (await queries.exposures(tx.connection, [(surety_id, surety_text(surety_id))]))[surety_id]
        if exposure.backed_minor + amount_minor <= rules.most_backed(surety, programme):
            return surety
        reasons[surety_text(surety_id)] = "beyond_cap"
    raise NoSurety(f"no {kind} with a licence has room for it", field="programme", kind=kind.value, refused=reasons)


async def _in_registry(
    tx: Tx, caller: Caller, surety_id: UUID, currency: str, terms: SuretyTerms, originator_id: UUID | None
) -> UUID:
    """The originator as which it is registered: known already, or from now on. Its party is then nobody who calls."""
    if originator_id is None:
        made = await originator_actions.register(
            tx, caller, party=surety_text(surety_id), currency=currency, terms=_registered(terms, suspended=False)
        )
        return made.id
    known = await _renewed(tx, caller, originator_id, terms)
    if known.currency != currency:
        raise CurrencyDiffers(f"the originator's capital is in {known.currency}", field="currency")
    if await queries.of_originator(tx.connection, originator_id) is not None:
        raise NotThatOriginators("the originator stands behind its loans already", field="originator_id")
    return originator_id


async def _renewed(tx: Tx, caller: Caller, originator_id: UUID, terms: SuretyTerms) -> Originator:
    """A locked originator with these terms: another version, unless they are what it has."""
    known = await originator_actions.locked(tx, originator_id)
    wanted = _registered(terms, suspended=known.terms.suspended)
    if wanted == known.terms:
        return known
    return await originator_actions.renew(tx, caller, originator_id=originator_id, terms=wanted)


def _registered(terms: SuretyTerms, *, suspended: bool) -> OriginatorTerms:
    return OriginatorTerms(
        name=terms.name,
        licence_kind=terms.licence_kind,
        licence_number=terms.licence_number,
        licensed_from_on=terms.licensed_from,
        licensed_until_on=terms.licensed_until,
        capital_minor=terms.capital_minor,
        exposure_cap_minor=terms.cap_minor,
        suspended=suspended,
    )


async def _require_possible(tx: Tx, kind: SuretyKind, currency: str, terms: SuretyTerms) -> None:
    rules.require_licence_dates(terms.licensed_from, terms.licensed_until, tx.today)
    for code in terms.programmes:
        programme = await programme_queries.in_force(tx.connection, code, tx.today)
        if programme is None or programme.currency != currency:
            raise NotASuretysProgramme(
                "no such programme of lending in that currency", field="programmes", programme=code
            )
        if kind not in rules.kinds_needed(programme):
            raise NotASuretysProgramme(f"no {kind} bears its losses", field="programmes", programme=code)


async def _locked(tx: Tx, surety_id: UUID) -> Surety:
    surety = await queries.load(tx.connection, surety_id, lock=True)
    if surety is None:
        raise UnknownSurety("no such surety", field="surety_id")
    return surety


async def _step(tx: Tx, surety: Surety, event: SuretyEvent) -> Surety:
    moved = replace(surety, state=rules.next_state(surety, event), changed_at=tx.now)
    await queries.save(tx.connection, moved)
    tx.events.add(SURETY_CHANGED, surety_text(moved.id), told(moved))
    return moved
