"""Event types of the ledger. A batch is one event, its transfers are read at `/v1/transfers`; amounts in minor units."""

from pydantic import BaseModel


class BatchPosted(BaseModel):
    """Transfers were committed together. They carry the event's id as `batch_id`. root: of the tree over them, in hexadecimal, as evidence
    has it; not told of large batches, nor of those that are part of a story.
    """

    book_id: int
    transfers: int
    root: str | None = None


class AccountOpened(BaseModel):
    account_id: str
    kind: str
    owner: str
    currency: str
    book_id: int


class AccountChanged(BaseModel):
    """An account was frozen, released or closed. amount: of it, where not the whole account was frozen."""

    account_id: str
    reason: str
    amount: int | None = None


class AccountMetadataReplaced(BaseModel):
    """An account has other metadata, which is read at `/v1/accounts/{id}`."""

    account_id: str


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.ledger.batch_posted.v1": BatchPosted,
    "payments.account.opened.v1": AccountOpened,
    "payments.account.frozen.v1": AccountChanged,
    "payments.account.released.v1": AccountChanged,
    "payments.account.closed.v1": AccountChanged,
    "payments.account.metadata_replaced.v1": AccountMetadataReplaced,
}
