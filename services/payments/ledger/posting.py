"""From what a caller sends to what the lane decides, and back: what both forms of the transfer routes share."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from chassis.identity import NEIGHBOUR_SCOPES, Caller
from services.payments.ledger.actions import require_code
from services.payments.ledger.errors import ActingNotAllowed, FlagNotAllowed, SeveralBooks, batch_refusal
from services.payments.ledger.model import Flag, Outcome, Posting, TransferCommand, book_of


def parties_of(caller: Caller) -> frozenset[str] | None:
    """Whose accounts the caller may debit: its own and those of the customer it acts for; an operator's are all."""
    if caller.may("payments:operate"):
        return None
    return frozenset(party for party in (caller.subject, caller.acting_for) if party is not None)


OPERATORS_FLAGS = (Flag.CLOSING_DEBIT | Flag.CLOSING_CREDIT | Flag.IMPORTED).value


def posting_of(
    commands: Sequence[TransferCommand], mode: str, caller: Caller, customers: Sequence[str] = ()
) -> Posting:
    """customers: for whom a service acts beside the one in its token.

    Raises SeveralBooks, CodeReserved, FlagNotAllowed, ActingNotAllowed.
    """
    _require_rights(commands, caller)
    if customers and caller.issuer not in NEIGHBOUR_SCOPES:
        raise ActingNotAllowed("only a service names the customers it acts for", field="acting_for")
    atomic = mode == "atomic"
    if atomic:
        first = book_of(commands[0].id)
        for number, command in enumerate(commands):
            if book_of(command.id) != first:
                raise SeveralBooks("an atomic batch is of one book", field=f"transfers.{number}.id")
    parties = parties_of(caller)
    return Posting(tuple(commands), atomic=atomic, parties=None if parties is None else parties.union(customers))


def _require_rights(commands: Sequence[TransferCommand], caller: Caller) -> None:
    if caller.may("payments:operate"):
        return
    for command in commands:
        require_code(caller, command.code)
        if command.flags & OPERATORS_FLAGS:
            raise FlagNotAllowed("only operators close accounts by a transfer, or import", field="flags")


class _TransferOutcome(msgspec.Struct, gc=False):
    """A TransferOutcome as it goes out."""

    id: str
    result: str
    field: str | None


def bulk_answer(posting: Posting, outcomes: Sequence[Outcome], ids: Iterable[str]) -> dict[str, Any]:
    """A BulkAnswer. ids: as the caller wrote them. Raises the first refusal of an atomic batch, with every outcome in `results`."""
    if posting.atomic and not all(outcome.accepted for outcome in outcomes):
        raise batch_refusal(outcomes)
    told = zip(ids, outcomes, strict=True)
    return {"results": [_TransferOutcome(text, outcome.result, outcome.field) for text, outcome in told]}
