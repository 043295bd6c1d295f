"""Stories of the reserve: a day proved, and what each account of it is for."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from chassis.clock import start_of_day
from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.channels.queries import reserve_account
from services.payments.reconciliation.queries import account_with
from services.payments.reserve import balance_queries, queries, rules
from services.payments.reserve.errors import DayNotOver, TermsInPast, UnknownReserve
from services.payments.reserve.model import (
    AccountTerms,
    AccountUse,
    BankPart,
    Claim,
    Item,
    ItemKind,
    OwedPart,
    Proof,
    ProofState,
    Reserve,
    Standing,
    WholeProof,
)

ONE_DAY = timedelta(days=1)
MOST_ITEMS = 100_000
"""Of one bank in one proof; what is beyond stands there as one sum that nothing names."""
MOST_CLAIMS = 1_000


async def prove_day(tx: Tx, caller: Caller, *, day: date, currency: str) -> WholeProof:
    """Prove the end of a business day; where it says what the last proof of that day said, that one is the answer.

    Raises DayNotOver, UnknownReserve.
    """
    ended_at = start_of_day(day + ONE_DAY, tx.settings.zone)
    if tx.now < ended_at + rules.GRACE:
        raise DayNotOver("a day is proved some minutes after it is over", field="day")
    await queries.lock_proofs(tx.connection)
    reserves = await queries.reserves_of(tx.connection, currency, ended_at)
    if not reserves:
        raise UnknownReserve("nothing was kept in this currency by then", field="currency")
    standing = await balance_queries.standing_at(tx.connection, currency, ended_at, MOST_CLAIMS)
    figures = rules.figures(standing.classes)
    overdue = await _fees_overdue(tx, currency, day, ended_at, standing, figures["own_minor"])
    banks, items = [], []
    for one in reserves:
        part, found = await _bank(tx, one, currency, day, ended_at, standing.reserves[one.account_id])
        banks.append(part)
        items += found
    items += [Item(None, ItemKind.CLAIM, _subject(one), None, -one.amount) for one in standing.claims]
    if overdue:
        items.append(Item(None, ItemKind.FEES_OVERDUE, f"fees:{currency}", None, overdue))
    figures |= {"fees_overdue_minor": overdue}
    await queries.note_look(tx.connection, day, currency, tx.now)
    classes = standing.classes
    return await _kept(tx, caller, (day, currency, ended_at), figures, banks, classes, items)


async def set_terms(
    tx: Tx, caller: Caller, *, bank: str, currency: str, use: AccountUse, valid_from_on: date
) -> AccountTerms:
    """What a reserve account is for from a day on. Raises UnknownReserve, TermsInPast."""
    if await reserve_account(tx.connection, bank, currency) is None:
        raise UnknownReserve("we keep nothing there", field="bank")
    if valid_from_on < tx.today:
        raise TermsInPast("days that are over stay as they were", field="valid_from_on")
    terms = AccountTerms(bank, currency, use, valid_from_on)
    await queries.add_terms(tx.connection, terms, tx.now, caller.party)
    return terms


async def _bank(
    tx: Tx, about: Reserve, currency: str, day: date, ended_at: datetime, ledger: int
) -> tuple[BankPart, list[Item]]:
    """From the last day that was proved on; from the beginning where that leaves anything open: it may be older than that day."""
    if about.stated_id is not None:
        # No run of the matcher takes a step meanwhile, no statement comes and no break is ended: all is of one state.
        await account_with(tx.connection, about.stated_id, lock=True)
    stated = await queries.stated(tx.connection, about.stated_id, day, ended_at)
    if about.stated_id is None:
        return rules.bank_part(about.bank, stated, 0, ledger, (), day)
    told = await queries.told_by(tx.connection, about.stated_id, day)
    carried = await queries.carried_to(tx.connection, about.bank, currency, day)
    found = await queries.differences(tx.connection, about, day, ended_at, carried, MOST_ITEMS)
    part, items = rules.bank_part(about.bank, stated, told, ledger, found, day)
    if carried is not None and part.state is ProofState.BROKEN:
        found = await queries.differences(tx.connection, about, day, ended_at, None, MOST_ITEMS)
        part, items = rules.bank_part(about.bank, stated, told, ledger, found, day)
    return part, items


async def _fees_overdue(tx: Tx, currency: str, day: date, ended_at: datetime, standing: Standing, own: int) -> int:
    since = start_of_day(rules.fees_in_time_since(day), tx.settings.zone)
    in_time = await balance_queries.fees_since(tx.connection, currency, ended_at, since)
    return rules.fees_overdue(standing.fees, in_time, own)


def _subject(one: Claim) -> str:
    return one.reference or encode("acc", one.account_id)


async def _kept(
    tx: Tx,
    caller: Caller,
    about: tuple[date, str, datetime],
    figures: Mapping[str, int],
    banks: Sequence[BankPart],
    classes: Sequence[OwedPart],
    items: Sequence[Item],
) -> WholeProof:
    """A version more, unless it says what the last one said."""
    day, currency, closed_at = about
    digest = rules.digest(figures, [*banks, *classes, *items])
    before = await queries.latest_proof(tx.connection, day, currency)
    if before is not None and before.proof.digest == digest:
        return before
    proof = Proof(
        id=tx.ids.new(),
        day=day,
        currency=currency,
        version=before.proof.version + 1 if before else 1,
        state=rules.state_of(banks, figures["difference_minor"], figures["fees_overdue_minor"]),
        closed_at=closed_at,
        digest=digest,
        made_at=tx.now,
        made_by=caller.party,
        **figures,
    )
    whole = WholeProof(proof, tuple(banks), tuple(classes), tuple(items))
    await queries.add_proof(tx.connection, whole)
    _tell(tx, proof)
    return whole


def _tell(tx: Tx, proof: Proof) -> None:
    told = {
        "proof_id": encode("rpf", proof.id),
        "day": proof.day.isoformat(),
        "currency": proof.currency,
        "version": proof.version,
        "state": proof.state,
        "reserve_minor": proof.reserve_minor,
        "difference_minor": proof.difference_minor,
    }
    tx.events.add("payments.reserve.proof_made.v1", encode("rpf", proof.id), told)
