"""Stories of an authorisation: asked of the bank, confirmed by its holder's code, taken back, or ended by time."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from chassis.clock import start_of_day
from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.custody import queries, rules
from services.p2p.custody.actions import own_account
from services.p2p.custody.errors import AuthorisationOutOfBounds, TooManyAuthorisations, UnknownAuthorisation
from services.p2p.custody.events import AUTHORISATION_CHANGED, authorisation_told
from services.p2p.custody.model import Authorisation, AuthorisationEvent, AuthorisationState, Scope
from services.p2p.wire_ids import custody_authorisation_text

ASK_JOB = "p2p.ask_authorisation"
REVOKE_JOB = "p2p.revoke_authorisation"
JOB_GRACE_SECONDS = 10
MOST_LIVE = 5
ONE_DAY = timedelta(days=1)


async def request(
    tx: Tx, caller: Caller, *, custody_account_id: UUID, scope: Scope, cap_minor: int, until_on: date
) -> Authorisation:
    """The bank is asked next, and sends her a code. Raises UnknownCustodyAccount, AuthorisationOutOfBounds, TooManyAuthorisations."""
    account = await own_account(tx, caller, custody_account_id)
    if not tx.today <= until_on <= rules.latest_day(tx.today):
        raise AuthorisationOutOfBounds(f"from today to {rules.LONGEST_YEARS} years", field="until_on")
    if await queries.count_live(tx.connection, account.id, scope) >= MOST_LIVE:
        raise TooManyAuthorisations(f"at most {MOST_LIVE} of one scope: take one back", field="scope")
    asked = Authorisation(
        id=tx.ids.new(),
        custody_account_id=account.id,
        bank=account.bank,
        holder=account.holder,
        scope=scope,
        cap_minor=cap_minor,
        until_on=until_on,
        state=AuthorisationState.ASKED,
        reason=None,
        requested_at=tx.now,
        changed_at=tx.now,
        due_at=rules.code_due(tx.now),
    )
    await queries.add_authorisation(tx.connection, asked)
    tx.jobs.add(ASK_JOB, {"id": str(asked.id)}, delay_seconds=JOB_GRACE_SECONDS)
    return asked


async def record_asked(tx: Tx, caller: Caller, *, authorisation_id: UUID, refused: str | None) -> Authorisation:
    """The bank sent its code, or would not."""
    asked = await locked(tx, authorisation_id)
    if asked.state is not AuthorisationState.ASKED:
        return asked
    event = AuthorisationEvent.SEND_CODE if refused is None else AuthorisationEvent.REFUSE
    return await _step(tx, asked, event, reason=refused)


async def record_confirmed(tx: Tx, caller: Caller, *, authorisation_id: UUID) -> Authorisation:
    """The bank took her code: it stands. Raises UnknownAuthorisation, AuthorisationNotOpen."""
    held = await own(tx, caller, authorisation_id)
    if held.state is AuthorisationState.STANDING:
        return held
    return await _step(tx, held, AuthorisationEvent.CONFIRM)


async def revoke(tx: Tx, caller: Caller, *, authorisation_id: UUID) -> Authorisation:
    """No instruction names it from now on; the bank is told next. Raises UnknownAuthorisation, AuthorisationNotOpen."""
    held = await own(tx, caller, authorisation_id)
    if held.state in (AuthorisationState.REVOKING, AuthorisationState.REVOKED):
        return held
    moved = await _step(tx, held, AuthorisationEvent.REVOKE)
    tx.jobs.add(REVOKE_JOB, {"id": str(moved.id)}, delay_seconds=JOB_GRACE_SECONDS)
    return moved


async def record_revoked(tx: Tx, caller: Caller, *, authorisation_id: UUID) -> Authorisation:
    held = await locked(tx, authorisation_id)
    if held.state is not AuthorisationState.REVOKING:
        return held
    return await _step(tx, held, AuthorisationEvent.RECORD_REVOKED)


async def expire(tx: Tx, caller: Caller, *, authorisation_id: UUID) -> Authorisation:
    """Time ends it, unless something else has."""
    held = await locked(tx, authorisation_id)
    if held.due_at is None or held.due_at > tx.now:
        return held
    return await _step(tx, held, AuthorisationEvent.EXPIRE)


async def own(tx: Tx, caller: Caller, authorisation_id: UUID) -> Authorisation:
    """Raises UnknownAuthorisation."""
    held = await locked(tx, authorisation_id)
    if held.holder != caller.party:
        raise UnknownAuthorisation("no such authorisation", field="authorisation_id")
    return held


async def locked(tx: Tx, authorisation_id: UUID) -> Authorisation:
    """Raises UnknownAuthorisation."""
    held = await queries.authorisation(tx.connection, authorisation_id, lock=True)
    if held is None:
        raise UnknownAuthorisation("no such authorisation", field="authorisation_id")
    return held


async def _step(tx: Tx, held: Authorisation, event: AuthorisationEvent, *, reason: str | None = None) -> Authorisation:
    state = rules.authorisation_after(held.state, event)
    due = {
        AuthorisationState.CODE_SENT: rules.code_due(tx.now),
        AuthorisationState.STANDING: start_of_day(held.until_on + ONE_DAY, tx.settings.zone),
    }.get(state)
    moved = replace(held, state=state, reason=reason or held.reason, changed_at=tx.now, due_at=due)
    await queries.save_authorisation(tx.connection, moved)
    tx.events.add(AUTHORISATION_CHANGED, custody_authorisation_text(moved.id), authorisation_told(moved))
    return moved
