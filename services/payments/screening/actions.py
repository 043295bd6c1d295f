"""Stories of screening: a list is taken, a name is compared and remembered, a hit is decided."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import sha256
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.holders import queries as holders
from services.payments.holders.freezing import freeze_holder
from services.payments.ledger import actions as ledger
from services.payments.merchant_payouts.queries import payout_account_with
from services.payments.merchants.queries import merchant_with
from services.payments.risk import actions as risk
from services.payments.risk import model as risk_model
from services.payments.screening import queries, rules
from services.payments.screening.errors import ListShrinks, ListTooLarge, UnknownHit
from services.payments.screening.lists import Compiled, Lists
from services.payments.screening.model import (
    DraftEntry,
    Entry,
    Hit,
    HitState,
    ListForm,
    ListVersion,
    ScreenedKind,
    Screening,
    ScreeningOutcome,
)
from services.payments.screening.reading import ReadList
from services.payments.screening.vault import ScreeningVault

PREFIXES = {ScreenedKind.CUSTOMER: "cus", ScreenedKind.MERCHANT: "mer"}
_TO_RISK = {
    ScreeningOutcome.CLEAR: risk_model.Screening.CLEAR,
    ScreeningOutcome.CLEARED: risk_model.Screening.CLEAR,
    ScreeningOutcome.HIT: risk_model.Screening.POSSIBLE,
    ScreeningOutcome.CONFIRMED: risk_model.Screening.MATCH,
}
AT_ONCE = 100
MOST_REFUSED_KEPT = 1_000
LARGEST_LOSS_PERCENT = 20
MOST_NAMES = 200_000
"""On all lists that stand; 20,000 entries with their names take some 150 MB when they are compiled."""


async def take_list(
    tx: Tx, caller: Caller, *, name: str, form: ListForm, content_hash: str, read: ReadList, shrink: bool
) -> ListVersion:
    """A new version of a list, against the one before; the same files again are the version they were. Raises ListShrinks, ListTooLarge.

    Every process keeps all lists in memory: their names are bounded together.
    """
    await queries.lock_versions(tx.connection)
    before = await queries.newest_version(tx.connection, name)
    if before is not None and before.hash == content_hash:
        return before
    names = sum(len(draft.names) for draft in read.entries)
    if names + await queries.names_of_others(tx.connection, name) > MOST_NAMES:
        raise ListTooLarge(f"at most {MOST_NAMES} names on all lists together", field="body")
    generation = await queries.newest_generation(tx.connection) + 1
    standing = await queries.standing_hashes(tx.connection, name)
    hashes = {draft.key: _content(draft) for draft in read.entries}
    added = [draft for draft in read.entries if standing.get(draft.key, (None, ""))[1] != hashes[draft.key]]
    removed = {entry_id for key, (entry_id, text) in standing.items() if hashes.get(key) != text}
    lost = len(standing.keys() - hashes.keys())
    if not shrink and lost * 100 > LARGEST_LOSS_PERCENT * len(standing):
        raise ListShrinks("more than a fifth of the entries is gone", field="shrink", entries=len(standing), lost=lost)
    version = ListVersion(
        id=tx.ids.new(),
        list_name=name,
        number=1 if before is None else before.number + 1,
        generation=generation,
        form=form,
        hash=content_hash,
        entries=len(read.entries),
        names=names,
        added=len(added),
        removed=len(removed),
        refused=len(read.refused),
        taken_at=tx.now,
        taken_by=caller.subject,
    )
    await queries.add_version(tx.connection, version, read.refused[:MOST_REFUSED_KEPT])
    await queries.add_entries(tx.connection, [_entry(tx, name, generation, draft, hashes) for draft in added])
    await queries.remove_entries(tx.connection, removed, generation)
    told = {
        "version_id": encode("slv", version.id),
        "list_name": name,
        "number": version.number,
        "added": version.added,
        "removed": version.removed,
    }
    tx.events.add("payments.screening.list_taken.v1", encode("slv", version.id), told)
    return version


async def screen(
    tx: Tx,
    caller: Caller,
    *,
    lists: Lists,
    vault: ScreeningVault,
    subject_id: UUID,
    subject_kind: ScreenedKind,
    person: bool,
    name: str,
    fingerprint: bytes = b"",
) -> Screening:
    """Compare a subject's name with the lists as they stand, unless that was done and still counts."""
    compiled = await lists.current(tx.connection)
    known = await queries.screening_with(tx.connection, subject_id, lock=True)
    index = vault.index(person, name)
    if known is not None and known.name_index == index and _counts(tx, known, compiled):
        if known.fingerprint == fingerprint:
            return known
        known = replace(known, fingerprint=fingerprint)
        await queries.keep_screening(tx.connection, known)
        return known
    asked = Screening(
        subject_id=subject_id,
        subject_kind=subject_kind,
        person=person,
        details=vault.seal(subject_id, name),
        name_index=index,
        fingerprint=fingerprint,
        generation=compiled.generation,
        outcome=ScreeningOutcome.CLEAR,
        score=0,
        screened_at=tx.now,
        expires_at=tx.now + rules.REMEMBERED,
    )
    return await _compared(tx, asked, name, compiled, first=known is None)


async def screen_customer(
    tx: Tx, caller: Caller, *, lists: Lists, vault: ScreeningVault, customer_id: UUID, name: str, sealed: bytes
) -> Screening:
    """The name that a customer declared. sealed: as it stands with her identity."""
    return await screen(
        tx,
        caller,
        lists=lists,
        vault=vault,
        subject_id=customer_id,
        subject_kind=ScreenedKind.CUSTOMER,
        person=True,
        name=name,
        fingerprint=sha256(sealed).digest(),
    )


async def screen_merchant(
    tx: Tx, caller: Caller, *, lists: Lists, vault: ScreeningVault, merchant_id: UUID, name: str
) -> Screening:
    return await screen(
        tx,
        caller,
        lists=lists,
        vault=vault,
        subject_id=merchant_id,
        subject_kind=ScreenedKind.MERCHANT,
        person=False,
        name=name,
        fingerprint=sha256(name.encode()).digest(),
    )


async def screen_payout_account(
    tx: Tx, caller: Caller, *, lists: Lists, vault: ScreeningVault, account_id: UUID, name: str, sealed: bytes
) -> Screening:
    """Whoever an account at a bank belongs to that a merchant is paid out to: a person or a company."""
    return await screen(
        tx,
        caller,
        lists=lists,
        vault=vault,
        subject_id=account_id,
        subject_kind=ScreenedKind.PAYEE,
        person=False,
        name=name,
        fingerprint=sha256(sealed).digest(),
    )


async def screen_again(
    tx: Tx, caller: Caller, *, lists: Lists, vault: ScreeningVault, after: UUID | None, limit: int
) -> list[UUID]:
    """A slice of those remembered from older lists, or for too long, by id; whose they were."""
    compiled = await lists.current(tx.connection)
    stale = await queries.stale_screenings(tx.connection, compiled.generation, tx.now, after, limit)
    for screening in stale:
        name = vault.open(screening.subject_id, screening.details)
        fresh = replace(
            screening,
            generation=compiled.generation,
            screened_at=tx.now,
            expires_at=tx.now + rules.REMEMBERED,
        )
        await _compared(tx, fresh, name, compiled, first=False)
    return [screening.subject_id for screening in stale]


async def clear_hit(tx: Tx, caller: Caller, *, hit_id: UUID, reason: str) -> Hit:
    """It is somebody else: said by two operators, also of a hit that was confirmed, which is in force until then.

    Raises UnknownHit, HitDecided, SecondOperatorNeeded.

    Who was frozen stays so until released.
    """
    hit = rules.cleared(await _locked(tx, hit_id), caller.subject, reason, tx.now)
    await _decided(tx, hit)
    if hit.state is HitState.CLEARED:
        _tell(tx, "hit_cleared", hit)
    return hit


async def confirm_hit(tx: Tx, caller: Caller, *, hit_id: UUID, reason: str) -> Hit:
    """It is the one on the list: frozen at once, all that she has here. Raises UnknownHit, HitDecided."""
    hit = rules.confirmed(await _locked(tx, hit_id), caller.subject, reason, tx.now)
    await _decided(tx, hit)
    _tell(tx, "hit_confirmed", hit)
    await _freeze(tx, caller, hit)
    return hit


async def freeze_confirmed(tx: Tx, caller: Caller) -> int:
    """Customers who were confirmed before anybody knew which person they are, and have proved it since; and accounts opened meanwhile.

    One person at a time: her usage is locked before her accounts, and no other's after them. How many were frozen; none: all are.
    """
    for holder_id in await queries.confirmed_unfrozen(tx.connection, 1):
        await freeze_holder(tx, caller, holder_id=holder_id, reason=rules.FREEZE_REASON)
        return 1
    accounts = await queries.accounts_unfrozen(tx.connection, AT_ONCE)
    for account_id in accounts:
        await ledger.freeze_account(tx, caller, account_id=account_id, reason=rules.FREEZE_REASON, amount=None)
    return len(accounts)


async def tell_overdue(tx: Tx, caller: Caller) -> int:
    """Hits that nobody has decided in time are told, once. An open hit stops nobody by itself: the rules of risk control ask for it."""
    due = await queries.due_hits(tx.connection, tx.now, AT_ONCE)
    for hit in due:
        await queries.save_hit(tx.connection, rules.overdue(hit, tx.now))
        _tell(tx, "hit_overdue", hit)
    return len(due)


def _counts(tx: Tx, known: Screening, compiled: Compiled) -> bool:
    return known.generation >= compiled.generation and known.expires_at > tx.now


async def _compared(tx: Tx, asked: Screening, name: str, compiled: Compiled, *, first: bool) -> Screening:
    found = compiled.matches(name, person=asked.person)
    if first:
        await queries.keep_screening(tx.connection, asked)
    before = await queries.hits_of(tx.connection, asked.subject_id, lock=True)
    same = [hit for hit in before if hit.name_index == asked.name_index]
    gone = [hit for hit in before if hit not in same]
    # A name that she has taken since then decides nothing: what her other one hit an operator decides, as long as it is on a list.
    listed = {hit.entry_id for hit in gone} & set(compiled.entry_ids) if gone else set()
    await _withdraw(tx, rules.missing((one.entry_id for one in found), same) + rules.missing(listed, gone))
    known = {hit.entry_id: hit for hit in same}
    for one in found:
        hit = known.get(one.entry_id)
        if hit is None:
            await _add_hit(tx, asked, one.entry_id, rules.in_thousandths(one.match.score))
        elif hit.state is HitState.WITHDRAWN:
            hit = rules.found_again(hit, rules.in_thousandths(one.match.score), tx.now)
            await queries.save_hit(tx.connection, hit)
            _tell(tx, "hit_found", hit)
    return await _weighed(tx, asked)


async def _add_hit(tx: Tx, asked: Screening, entry_id: UUID, score: int) -> None:
    hit = Hit(
        id=tx.ids.new(),
        subject_id=asked.subject_id,
        subject_kind=asked.subject_kind,
        entry_id=entry_id,
        name_index=asked.name_index,
        score=score,
        state=HitState.WAITING,
        found_at=tx.now,
        due_at=tx.now + rules.DECIDED_WITHIN,
    )
    if await queries.add_hit(tx.connection, hit):
        _tell(tx, "hit_found", hit)


async def _withdraw(tx: Tx, hits: Iterable[Hit]) -> None:
    for hit in hits:
        await queries.save_hit(tx.connection, rules.withdrawn(hit, tx.now))


async def _weighed(tx: Tx, screening: Screening) -> Screening:
    outcome, score = rules.outcome_of(await queries.hits_of(tx.connection, screening.subject_id))
    weighed = replace(screening, outcome=outcome, score=score)
    await queries.keep_screening(tx.connection, weighed)
    if weighed.subject_kind is ScreenedKind.CUSTOMER:
        said = _TO_RISK[outcome]
        person = encode("cus", weighed.subject_id)
        await risk.remember_screening(tx, person=person, result=said, expires_at=weighed.expires_at)
    return weighed


async def _locked(tx: Tx, hit_id: UUID) -> Hit:
    """The subject's row first, as whoever compares her name again has it. Raises UnknownHit."""
    found = await queries.hit_with(tx.connection, hit_id)
    if found is None:
        raise UnknownHit("no such hit", field="hit_id")
    await queries.screening_with(tx.connection, found.subject_id, lock=True)
    hit = await queries.hit_with(tx.connection, hit_id, lock=True)
    assert hit is not None
    return hit


async def _decided(tx: Tx, hit: Hit) -> None:
    await queries.save_hit(tx.connection, hit)
    screening = await queries.screening_with(tx.connection, hit.subject_id)
    assert screening is not None
    await _weighed(tx, screening)


async def _freeze(tx: Tx, caller: Caller, hit: Hit) -> None:
    """The person where it is known which she is, else what the customer has; a merchant's accounts.

    A payee has nothing here: what is to be paid out to her is the merchant's, and stays there.
    """
    if hit.subject_kind is ScreenedKind.CUSTOMER:
        identity = await holders.identity_of(tx.connection, hit.subject_id)
        if identity is not None and identity.holder_id is not None:
            await freeze_holder(tx, caller, holder_id=identity.holder_id, reason=rules.FREEZE_REASON)
            return
        accounts: Sequence[UUID] = await holders.wallet_accounts(tx.connection, [hit.subject_id])
    else:
        paid_out_to = await payout_account_with(tx.connection, hit.subject_id)
        merchant = await merchant_with(tx.connection, paid_out_to.merchant_id if paid_out_to else hit.subject_id)
        accounts = sorted({merchant.account_id, merchant.receiving_account_id}) if merchant else ()
    for account_id in accounts:
        await ledger.freeze_account(tx, caller, account_id=account_id, reason=rules.FREEZE_REASON, amount=None)


def _tell(tx: Tx, step: str, hit: Hit) -> None:
    told = {
        "hit_id": encode("sch", hit.id),
        "subject_id": subject_on_wire(hit.subject_kind, hit.subject_id),
        "score": hit.score,
        "state": hit.state,
    }
    tx.events.add(f"payments.screening.{step}.v1", encode("sch", hit.id), told)


def subject_on_wire(kind: ScreenedKind, subject_id: UUID) -> str:
    return encode(PREFIXES[kind], subject_id) if kind in PREFIXES else str(subject_id)


def _content(draft: DraftEntry) -> str:
    told = [draft.kind, draft.names, draft.programme, draft.facts]
    return sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _entry(tx: Tx, name: str, generation: int, draft: DraftEntry, hashes: dict[str, str]) -> Entry:
    return Entry(
        id=tx.ids.new(),
        list_name=name,
        key=draft.key,
        kind=draft.kind,
        names=draft.names,
        programme=draft.programme,
        facts=draft.facts,
        hash=hashes[draft.key],
        generation=generation,
    )
