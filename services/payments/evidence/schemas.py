"""Evidence on the wire. Hashes in hexadecimal; what is hashed, and how, stands in `clients/payments/evidence.py`."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from chassis.ids import TypeId
from chassis.wire import Answer
from services.payments.evidence.model import DayRoot, Fault, Head, Link, Pin, Recomputation
from services.payments.ledger.model import TransferKind
from services.payments.ledger.schemas import KIND_NAMES, AccountId, FlagName, TransferId, flag_names

BatchId = Annotated[UUID, TypeId("evt")]


class LinkAnswer(Answer):
    """A committed batch in its book's chain. batch_id: its event; position: of that event in the feed; root: over its transfers in order.

    hash: SHA-256 of all the rest; previous_hash, skip_hash: of the link before, and of an earlier one.
    """

    book_id: int
    number: int
    position: int
    batch_id: BatchId
    transfers: int
    root: str
    linked_at: datetime
    previous_hash: str
    skip_hash: str
    hash: str
    encoding: int


class HeadAnswer(Answer):
    """The end of a book's chain; whoever keeps `link.hash` can have everything before it proved. waiting: events not yet looked at."""

    book_id: int
    link: LinkAnswer | None
    waiting: int


class ProvedTransfer(Answer):
    """A transfer with all that its leaf is made of. number: its place in the batch; debited_, credited_: sums of its accounts after it."""

    book_id: int
    id: TransferId
    kind: Literal["single", "pending", "post", "void", "expire"]
    debit_account_id: AccountId
    credit_account_id: AccountId
    amount: int
    currency: str
    code: str
    reference: str
    value_on: date
    pending_id: TransferId | None
    timeout_seconds: int | None
    flags: list[FlagName]
    reverses_id: TransferId | None
    number: int
    posted_at: datetime
    expires_at: datetime | None
    debited_debits_posted: int
    debited_debits_pending: int
    debited_credits_posted: int
    debited_credits_pending: int
    credited_debits_posted: int
    credited_debits_pending: int
    credited_credits_posted: int
    credited_credits_pending: int
    metadata: dict[str, str]


class ProofAnswer(Answer):
    """That a transfer stands in the chain. path: hashes beside the way from its leaf to the root of its batch; links: from the head asked
    for down to the link of that batch, each named by the one before."""

    transfer: ProvedTransfer
    path: list[str]
    links: list[LinkAnswer]


class BreakAnswer(Answer):
    """The first link that does not hold. batch_id: null where the link itself is gone."""

    number: int
    fault: Fault
    batch_id: BatchId | None


class RecomputationAnswer(Answer):
    """links, transfers: how many were worked out again; until: the last link that holds, to go on after; complete: there are no more."""

    book_id: int
    links: int
    transfers: int
    until: int
    complete: bool
    broken: BreakAnswer | None


class PinAnswer(Answer):
    """A day's root as it was kept. version: above 1 when transfers of that value date were added after an earlier one."""

    book_id: int
    value_on: date
    version: int
    transfers: int
    root: str
    encoding: int
    pinned_at: datetime
    pinned_by: str


class DayAnswer(Answer):
    """Root over the content of a book's transfers of one value date, sorted by id, as they are now. pins: kept ones, the latest first."""

    book_id: int
    value_on: date
    transfers: int
    root: str
    pins: list[PinAnswer]


def link_answer(link: Link) -> LinkAnswer:
    return LinkAnswer(
        book_id=link.book_id,
        number=link.number,
        position=link.position,
        batch_id=link.batch_id,
        transfers=link.transfers,
        root=link.root.hex(),
        linked_at=link.linked_at,
        previous_hash=link.previous_hash.hex(),
        skip_hash=link.skip_hash.hex(),
        hash=link.hash.hex(),
        encoding=link.encoding,
    )


def head_answer(head: Head) -> HeadAnswer:
    link = None if head.link is None else link_answer(head.link)
    return HeadAnswer(book_id=head.book_id, link=link, waiting=head.waiting)


def proof_answer(transfer: dict[str, Any], path: list[bytes], links: list[Link]) -> ProofAnswer:
    shown = transfer | {
        "kind": KIND_NAMES[TransferKind(transfer["kind"])],
        "flags": flag_names(transfer["flags"]),
        "metadata": transfer["metadata"] or {},
    }
    return ProofAnswer(
        transfer=ProvedTransfer.model_validate(shown),
        path=[one.hex() for one in path],
        links=[link_answer(link) for link in links],
    )


def recomputation_answer(found: Recomputation) -> RecomputationAnswer:
    return RecomputationAnswer.model_validate(found)


def pin_answer(pin: Pin) -> PinAnswer:
    return PinAnswer(
        book_id=pin.book_id,
        value_on=pin.value_on,
        version=pin.version,
        transfers=pin.transfers,
        root=pin.root.hex(),
        encoding=pin.encoding,
        pinned_at=pin.pinned_at,
        pinned_by=pin.pinned_by,
    )


def day_answer(day: DayRoot, pins: list[Pin]) -> DayAnswer:
    return DayAnswer(
        book_id=day.book_id,
        value_on=day.value_on,
        transfers=day.transfers,
        root=day.root.hex(),
        pins=[pin_answer(pin) for pin in pins],
    )
