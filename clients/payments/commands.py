"""The ledger as its neighbours command it. By hand: a command makes its own id, and an outcome knows whether it was accepted."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from clients.ids import AccountId, TransferId, TypeId, new_id
from clients.shape import Shape

TransferKind = Literal["single", "pending", "post", "void"]
AccountRule = Literal["debits_must_not_exceed_credits", "credits_must_not_exceed_debits", "none"]
WalletId = Annotated[UUID, TypeId("wal")]


class Account(Shape):
    """A ledger account; amounts in minor units of `currency`."""

    id: AccountId
    currency: str
    kind: str
    owner: str | None = None
    rule: str
    reference: str | None = None
    debits_posted: int
    debits_pending: int
    credits_posted: int
    credits_pending: int
    balance: int
    available: int


class TransferCommand(Shape):
    """One transfer to be made. `post` and `void` name the hold in `pending_id`."""

    id: TransferId = Field(default_factory=new_id)
    kind: TransferKind = "single"
    debit_account_id: AccountId | None = None
    credit_account_id: AccountId | None = None
    amount: int | None = None
    currency: str | None = None
    code: str
    reference: str | None = None
    value_on: date | None = None
    pending_id: TransferId | None = None
    timeout_seconds: int | None = None


class TransferOutcome(Shape):
    """`result` is `created`, `exists`, or the code of a refusal."""

    id: TransferId
    result: str
    field: str | None = None

    @property
    def accepted(self) -> bool:
        return self.result in ("created", "exists")


class Wallet(Shape):
    id: WalletId
    customer_id: Annotated[UUID, TypeId("cus")]
    currency: str
    account_id: AccountId
    balance: int
    available: int
    opened_at: datetime
