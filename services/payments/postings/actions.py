"""Stories of postings: made under the locks of all their accounts, or only foreseen."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis.database import Tx
from chassis.direct import direct_of
from chassis.errors import Refusal
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.ledger import actions as ledger
from services.payments.ledger.batch_queries import lock_accounts
from services.payments.ledger.errors import BatchRefused, refusal_of
from services.payments.ledger.model import Account, Outcome, Posting, TransferCommand, TransferKind, book_of
from services.payments.ledger.queries import accounts_with
from services.payments.postings import queries, rules
from services.payments.postings.model import Instruction, Leg, MadePosting, Plan, PostedLeg


async def make_posting(
    tx: Tx, caller: Caller, *, instruction: Instruction, asked: dict[str, Any], parties: frozenset[str] | None
) -> MadePosting:
    """All of it or nothing. asked: the instruction as it came, kept as evidence; parties: whose accounts may be debited.

    The accounts are locked before they are read, in the order in which every batch of the ledger locks them: what the plan was made on is
    what is posted on. Raises what the rules and the ledger refuse.
    """
    ledger.require_code(caller, instruction.code)
    accounts = await _locked(tx, instruction)
    plan = rules.plan(instruction, accounts, parties)
    posting_id = tx.ids.new()
    reference = instruction.reference or encode("pst", posting_id)
    commands = _commands(tx, instruction, plan, reference)
    outcomes = await ledger.attempt(tx, commands)
    transfers = _required(plan, outcomes)
    legs = tuple(PostedLeg(command.id, leg) for command, leg in zip(commands, plan.legs, strict=True))
    posting = MadePosting(
        posting_id,
        caller.party,
        instruction.currency,
        plan.amount,
        plan.kept,
        instruction.code,
        reference,
        instruction.value_on or tx.today,
        max(transfer.posted_at for transfer in transfers),
        asked,
        legs,
    )
    await queries.add_posting(tx.connection, posting, book_of(commands[0].id))
    tx.events.add("payments.posting.made.v1", encode("pst", posting_id), _told(posting))
    return posting


async def foresee_posting(tx: Tx, caller: Caller, instruction: Instruction, parties: frozenset[str] | None) -> Plan:
    """What the posting would come to now. Raises what it would be refused with; writes and locks nothing."""
    ledger.require_code(caller, instruction.code)
    accounts = await accounts_with(tx.connection, rules.accounts_of(instruction))
    plan = rules.plan(instruction, accounts, parties)
    commands = _commands(tx, instruction, plan, instruction.reference)
    (outcomes,) = await ledger.foresee(tx, [Posting(tuple(commands), atomic=True)])
    _required(plan, outcomes)
    return plan


async def _locked(tx: Tx, instruction: Instruction) -> Mapping[UUID, Account]:
    """Those that exist, book by book; a posting over several books is refused by its plan."""
    rules.require_shape(instruction)
    named = rules.accounts_of(instruction)
    found: dict[UUID, Account] = {}
    for book_id in sorted({book_of(account_id) for account_id in named}):
        here = [account_id for account_id in named if book_of(account_id) == book_id]
        found |= await lock_accounts(await direct_of(tx.connection), book_id, here)
    return found


def _commands(tx: Tx, instruction: Instruction, plan: Plan, reference: str) -> list[TransferCommand]:
    return [_command(tx, instruction, leg, reference) for leg in plan.legs]


def _command(tx: Tx, instruction: Instruction, leg: Leg, reference: str) -> TransferCommand:
    return TransferCommand(
        id=ledger.new_transfer_id(tx, book_of(leg.debit_account_id)),
        kind=TransferKind.SINGLE,
        code=instruction.code,
        reference=reference,
        debit_account_id=leg.debit_account_id,
        credit_account_id=leg.credit_account_id,
        amount=leg.amount,
        currency=instruction.currency,
        value_on=instruction.value_on,
        metadata=instruction.metadata,
    )


def _required(plan: Plan, outcomes: Sequence[Outcome]) -> list[Any]:
    """The transfers made. Raises the ledger's first refusal, its field said in the words of the posting's request."""
    for leg, outcome in zip(plan.legs, outcomes, strict=True):
        if outcome.accepted or outcome.result == BatchRefused.code:
            continue
        raise _placed(leg, outcome)
    return [outcome.transfer for outcome in outcomes]


def _placed(leg: Leg, outcome: Outcome) -> Refusal:
    refusal = refusal_of(outcome)
    refusal.facts.pop("id", None)
    places = {
        "debit_account_id": f"sources.{leg.source}.account_id",
        "credit_account_id": f"{leg.destination}.account_id",
    }
    refusal.field = places.get(outcome.field or "", outcome.field)
    return refusal


def _told(posting: MadePosting) -> dict[str, Any]:
    return {
        "posting_id": encode("pst", posting.id),
        "made_by": posting.made_by,
        "currency": posting.currency,
        "amount": posting.amount,
        "kept": posting.kept,
        "transfers": len(posting.legs),
    }
