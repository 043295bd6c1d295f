"""Stories of an originator: registered, its terms renewed, a loan proposed for one of its borrowers."""

from dataclasses import replace
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.applications import actions as application_actions
from services.p2p.applications.model import Application, Channel
from services.p2p.borrowers.model import Facts, Identity
from services.p2p.borrowers.vault import IdentityVault
from services.p2p.errors import CurrencyDiffers, LicenceNotValid, OriginatorKnown, OwnOriginator, UnknownOriginator
from services.p2p.originators import queries, rules
from services.p2p.originators.events import ORIGINATOR_CHANGED, told
from services.p2p.originators.model import Originator, Terms
from services.p2p.wire_ids import originator_text


async def register(tx: Tx, caller: Caller, *, party: str, currency: str, terms: Terms) -> Originator:
    """Raises OriginatorTermsWrong, OriginatorKnown."""
    rules.check_terms(terms)
    originator = Originator(tx.ids.new(), party, currency, 1, terms, caller.subject, tx.now)
    if not await queries.add(tx.connection, originator):
        raise OriginatorKnown("this party is an originator", field="party")
    tx.events.add(ORIGINATOR_CHANGED, originator_text(originator.id), told(originator))
    return originator


async def renew(tx: Tx, caller: Caller, *, originator_id: UUID, terms: Terms) -> Originator:
    """Another licence, capital or cap from now on; what was agreed before is kept. Raises UnknownOriginator, OriginatorTermsWrong."""
    rules.check_terms(terms)
    known = await locked(tx, originator_id)
    renewed = replace(known, version=known.version + 1, terms=terms, changed_by=caller.subject, changed_at=tx.now)
    await queries.renew(tx.connection, renewed)
    tx.events.add(ORIGINATOR_CHANGED, originator_text(renewed.id), told(renewed))
    return renewed


async def propose(
    tx: Tx,
    caller: Caller,
    *,
    originator_id: UUID,
    borrower: str,
    wish: application_actions.Wish,
    identity: Identity,
    facts: Facts,
    vault: IdentityVault,
) -> Application:
    """An originator applies for a borrower of its own, who lists it herself or not.

    Raises LicenceNotValid, BeyondExposure, CurrencyDiffers, OwnOriginator, and what an application is refused for.
    """
    known = await queries.load(tx.connection, originator_id)
    if known is None or known.party != caller.party:
        raise UnknownOriginator("no such originator", field="originator_id")
    if borrower == known.party:
        raise OwnOriginator("nobody proposes a loan for itself", field="borrower")
    if wish.currency != known.currency:
        raise CurrencyDiffers(f"the originator's capital is in {known.currency}", field="currency")
    origin = application_actions.Origin(Channel.PARTNER, originator_id=originator_id)
    application = await application_actions.submit(
        tx, borrower, wish=wish, identity=identity, facts=facts, vault=vault, origin=origin
    )
    # Locked after the application, as when one is listed; with this one in it the exposure is what it would be.
    originator = await locked(tx, originator_id)
    rules.require_licensed(originator, tx.today)
    rules.require_exposure(originator, await queries.exposure(tx.connection, originator_id))
    return application


async def require_first_lender(tx: Tx, party: str) -> None:
    """Who lends first, and sells slices of it, is registered with a licence to lend that is valid today. Raises LicenceNotValid."""
    known = await queries.of_party(tx.connection, party)
    if known is None:
        raise LicenceNotValid("who lends first is registered with a licence to lend")
    rules.require_licensed(known, tx.today)


async def locked(tx: Tx, originator_id: UUID) -> Originator:
    """Raises UnknownOriginator."""
    originator = await queries.load(tx.connection, originator_id, lock=True)
    if originator is None:
        raise UnknownOriginator("no such originator", field="originator_id")
    return originator
