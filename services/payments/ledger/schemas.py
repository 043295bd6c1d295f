"""The ledger on the wire. Amounts and sums in minor units of the account's currency."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from chassis.ids import TypeId, encode
from chassis.wire import Amount, Answer, Currency, Day, Instant, Request
from services.payments.ledger.errors import Incomplete
from services.payments.ledger.metadata_schemas import Metadata
from services.payments.ledger.model import (
    DEFAULT_BOOK,
    LARGEST_BATCH,
    LARGEST_SUM,
    LONGEST_TIMEOUT_SECONDS,
    Account,
    Balance,
    Flag,
    Outcome,
    Transfer,
    TransferCommand,
    TransferKind,
)

AccountId = Annotated[UUID, TypeId("acc")]
TransferId = Annotated[UUID, TypeId("trf")]
CODE_PATTERN = r"^[a-z0-9_.]{1,64}$"
CUSTOMER_PATTERN = r"^cus_[0-7][0-9a-z]{25}$"
REFERENCE_PATTERN = r"^[^\x00-\x1f]{0,128}$"
Code = Annotated[str, Field(pattern=CODE_PATTERN, description="what the transfer is for", examples=["order.payment"])]
Reference = Annotated[str, Field(pattern=REFERENCE_PATTERN, description="record it belongs to, such as its id")]
Customer = Annotated[str, Field(pattern=CUSTOMER_PATTERN, examples=["cus_00000000000000000000000001"])]
Timeout = Annotated[int, Field(strict=True, ge=1, le=LONGEST_TIMEOUT_SECONDS)]
Reason = Annotated[str, Field(min_length=1, max_length=500)]
FlagName = Literal["linked", "balancing_debit", "balancing_credit", "closing_debit", "closing_credit", "imported"]
Kind = Literal["single", "pending", "post", "void"]
KINDS = {kind.name.lower(): kind for kind in TransferKind}
KIND_NAMES = {kind: name for name, kind in KINDS.items()}
FLAGS: dict[str, int] = {str(flag.name).lower(): flag.value for flag in Flag}
NO_FLAGS: list[str] = []
NO_METADATA: dict[str, str] = {}
_BALANCING = (Flag.BALANCING_DEBIT | Flag.BALANCING_CREDIT).value
_CLOSING = (Flag.CLOSING_DEBIT | Flag.CLOSING_CREDIT).value


class OpenAccountRequest(Request):
    """owner: the caller unless an operator says otherwise; rule: what the balance may never do; book_id: 1 unless told.

    opened_at: of an account that was opened elsewhere before, for operators; transfers are imported to it from then on.
    """

    currency: Currency
    kind: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", examples=["collection"])]
    owner: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,64}$")] | None = None
    rule: Literal["debits_must_not_exceed_credits", "credits_must_not_exceed_debits", "none"] = (
        "debits_must_not_exceed_credits"
    )
    reference: Reference = ""
    book_id: Annotated[int, Field(strict=True, ge=1, le=32767)] = DEFAULT_BOOK
    opened_at: Instant | None = None
    metadata: Metadata | None = None


class AccountStepRequest(Request):
    reason: Reason


class FreezeRequest(AccountStepRequest):
    """amount: what must stay on the account, in place of what was frozen before; left out, the whole account is frozen."""

    amount: Annotated[int, Field(strict=True, ge=1, le=LARGEST_SUM)] | None = None


class BalanceAnswer(Answer):
    """balance: posted, on the account's normal side; available: what may still leave it; at: the instant asked for."""

    currency: str
    debits_posted: int
    debits_pending: int
    credits_posted: int
    credits_pending: int
    balance: int
    available: int
    at: datetime


class AccountAnswer(Answer):
    """An account and its balance now. balance: posted, on its normal side; available: what may still leave it."""

    id: AccountId
    currency: str
    kind: str
    owner: str
    rule: str
    reference: str
    book_id: int
    closed: bool
    frozen: bool
    frozen_amount: int
    opened_at: datetime
    debits_posted: int
    debits_pending: int
    credits_posted: int
    credits_pending: int
    balance: int
    available: int
    metadata: dict[str, str]


class AccountStepAnswer(Answer):
    step: str
    reason: str
    taken_by: str
    taken_at: datetime
    amount: int | None


class AccountSteps(Answer):
    items: list[AccountStepAnswer]


class TransferRequest(Request):
    """One transfer to be made; its id is the caller's own and the key of every retry.

    single and pending name both accounts, amount and currency; post and void name the hold in `pending_id` and may leave those out:
    they follow from it. post may move less than was held, the rest is released. timeout_seconds: after which a hold ends by itself.

    flags: `linked`: made only if the next one of the batch is, and the other way round; `balancing_debit`, `balancing_credit`: the amount
    is the most that may move, and what moves is what the account debited has available, or what the account credited has room for;
    `closing_debit`, `closing_credit` (operators): this hold closes the account, and giving it back opens it again; `imported` (operators):
    it happened at `posted_at`, later than all before it on either account, and `value_on` is told too.

    metadata: kept with it and never changed; a retry repeats it.
    """

    id: TransferId
    kind: Kind = "single"
    debit_account_id: AccountId | None = None
    credit_account_id: AccountId | None = None
    amount: Amount | None = None
    currency: Currency | None = None
    code: Code
    reference: Reference = ""
    value_on: Day | None = None
    pending_id: TransferId | None = None
    timeout_seconds: Timeout | None = None
    flags: Annotated[list[FlagName], Field(max_length=6)] = Field(default_factory=list)
    posted_at: Instant | None = None
    metadata: Metadata | None = None


class BulkRequest(Request):
    """atomic: all are made or none; independent: each has its own outcome, but those linked together.

    acting_for: customers (`cus_…`) whose accounts may be debited, beside the one in the token; named by services alone.
    """

    mode: Literal["atomic", "independent"] = "atomic"
    acting_for: Annotated[list[Customer], Field(max_length=LARGEST_BATCH)] | None = None
    transfers: Annotated[list[TransferRequest], Field(min_length=1, max_length=LARGEST_BATCH)]


class TransferAnswer(Answer):
    """A transfer as it was made. kind `expire`: time gave a hold back. posted_at: later than all before it on either account."""

    id: TransferId
    kind: Literal["single", "pending", "post", "void", "expire"]
    debit_account_id: AccountId
    credit_account_id: AccountId
    amount: int
    currency: str
    code: str
    reference: str
    value_on: date
    posted_at: datetime
    pending_id: TransferId | None
    expires_at: datetime | None
    flags: list[FlagName]
    metadata: dict[str, str]


class TransferMade(TransferAnswer):
    """result: `created`, or `exists` when the same transfer was made before."""

    result: Literal["created", "exists"]


class TransferOutcome(Answer):
    """result: `created`, `exists`, or the code of the refusal; field: what was wrong."""

    id: TransferId
    result: str
    field: str | None


class BulkAnswer(Answer):
    """An outcome for each transfer, in the order of the request."""

    results: list[TransferOutcome]


class RefusalAnswer(Answer):
    """Why an id is spent: the command as it was understood and the state it met."""

    transfer_id: TransferId
    code: str
    field: str | None
    command: dict[str, Any]
    seen: dict[str, Any]
    refused_at: datetime


class PostedSum(Answer):
    """What was moved under one reference and code from one account to another. count: transfers."""

    reference: str
    code: str
    debit_account_id: AccountId
    credit_account_id: AccountId
    currency: str
    amount: int
    count: int


class StatementEntry(TransferAnswer):
    """A transfer seen from one account. side: debit or credit; balance, available: of the account after it."""

    side: Literal["debit", "credit"]
    balance: int
    available: int


def command_of(wanted: TransferRequest) -> TransferCommand:
    """Raises Incomplete."""
    return complete(
        TransferCommand(
            wanted.id,
            KINDS[wanted.kind],
            wanted.code,
            wanted.reference,
            wanted.debit_account_id,
            wanted.credit_account_id,
            wanted.amount,
            wanted.currency,
            wanted.pending_id,
            wanted.timeout_seconds,
            wanted.value_on,
            flags_of(wanted.flags),
            wanted.posted_at,
            wanted.metadata or None,
        )
    )


def flags_of(names: Sequence[str]) -> int:
    flags = 0
    for name in names:
        flags |= FLAGS[name]
    return flags


def flag_names(flags: int) -> list[str]:
    return [name for name, flag in FLAGS.items() if flags & flag] if flags else NO_FLAGS


def complete(command: TransferCommand) -> TransferCommand:
    """The command if it says all that its kind needs and nothing that its kind does not know. Raises Incomplete."""
    if command.kind is TransferKind.SINGLE or command.kind is TransferKind.PENDING:
        missing = (
            "debit_account_id" if command.debit_account_id is None
            else "credit_account_id" if command.credit_account_id is None
            else "amount" if command.amount is None
            else "currency" if command.currency is None
            else None
        )  # fmt: skip
        if missing is not None:
            raise Incomplete("this kind of transfer needs it", field=missing)
        if command.pending_id is not None:
            raise Incomplete("only post and void name a hold", field="pending_id")
    elif command.pending_id is None:
        raise Incomplete("post and void name the hold they settle", field="pending_id")
    if command.timeout_seconds is not None and command.kind is not TransferKind.PENDING:
        raise Incomplete("only a hold has a time-out", field="timeout_seconds")
    if command.flags or command.posted_at is not None:
        _require_sensible_flags(command)
    return command


def _require_sensible_flags(command: TransferCommand) -> None:
    if command.flags & _BALANCING and command.kind not in (TransferKind.SINGLE, TransferKind.PENDING):
        raise Incomplete("post and void move what was held: they do not balance", field="flags")
    if command.flags & _CLOSING and command.kind is not TransferKind.PENDING:
        raise Incomplete("only a hold closes an account: giving it back opens it again", field="flags")
    imported = bool(command.flags & Flag.IMPORTED)
    if imported != (command.posted_at is not None):
        raise Incomplete("what is imported tells when it was posted, and nothing else does", field="posted_at")
    if imported and command.value_on is None:
        raise Incomplete("what is imported tells its value date", field="value_on")
    if imported and command.timeout_seconds is not None:
        raise Incomplete("a hold that is imported has no time-out", field="timeout_seconds")


def transfer_document(transfer: Transfer) -> dict[str, Any]:
    """A TransferAnswer as it goes out."""
    return {
        "id": encode("trf", transfer.id),
        "kind": KIND_NAMES[transfer.kind],
        "debit_account_id": encode("acc", transfer.debit_account_id),
        "credit_account_id": encode("acc", transfer.credit_account_id),
        "amount": transfer.amount,
        "currency": transfer.currency,
        "code": transfer.code,
        "reference": transfer.reference,
        "value_on": transfer.value_on,
        "posted_at": transfer.posted_at,
        "pending_id": encode("trf", transfer.pending_id) if transfer.pending_id else None,
        "expires_at": transfer.expires_at,
        "flags": flag_names(transfer.flags),
        "metadata": transfer.metadata or NO_METADATA,
    }


def made_document(outcome: Outcome) -> dict[str, Any]:
    """A TransferMade as it goes out."""
    assert outcome.transfer is not None
    return transfer_document(outcome.transfer) | {"result": outcome.result}


def account_answer(account: Account) -> AccountAnswer:
    debits_posted, debits_pending, credits_posted, credits_pending = account.balance.sums()
    assert account.opened_at is not None
    return AccountAnswer(
        id=account.id,
        currency=account.currency,
        kind=account.kind,
        owner=account.owner,
        rule=account.rule.value,
        reference=account.reference,
        book_id=account.book_id,
        closed=account.closed,
        frozen=account.frozen,
        frozen_amount=account.frozen_amount,
        opened_at=account.opened_at,
        debits_posted=debits_posted,
        debits_pending=debits_pending,
        credits_posted=credits_posted,
        credits_pending=credits_pending,
        balance=account.settled,
        available=account.available,
        metadata=dict(account.metadata or {}),
    )


def balance_answer(account: Account, balance: Balance, at: datetime) -> BalanceAnswer:
    then = Account(account.id, account.currency, account.kind, account.owner, account.rule, balance=balance)
    debits_posted, debits_pending, credits_posted, credits_pending = balance.sums()
    return BalanceAnswer(
        currency=account.currency,
        debits_posted=debits_posted,
        debits_pending=debits_pending,
        credits_posted=credits_posted,
        credits_pending=credits_pending,
        balance=then.settled,
        available=then.available,
        at=at,
    )


def statement_entry(account: Account, transfer: Transfer) -> StatementEntry:
    debited = transfer.debit_account_id == account.id
    sums = transfer.debit_after if debited else transfer.credit_after
    then = Account(account.id, account.currency, account.kind, account.owner, account.rule, balance=Balance(*sums))
    return StatementEntry.model_validate(
        transfer_document(transfer)
        | {"side": "debit" if debited else "credit", "balance": then.settled, "available": then.available}
    )
