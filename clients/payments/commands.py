"""The ledger as its neighbours command it: the published shapes; a command makes its own id, an outcome says if it was accepted."""

from pydantic import Field

from clients.ids import TransferId, new_id
from clients.payments import shapes


class TransferCommand(shapes.TransferRequest):
    """One transfer to be made. `post` and `void` name the hold in `pending_id`."""

    id: TransferId = Field(default_factory=new_id)


class TransferOutcome(shapes.TransferOutcome):
    """`result` is `created`, `exists`, or the code of a refusal. field: None in the answer to a single transfer that was made."""

    field: str | None = None

    @property
    def accepted(self) -> bool:
        return self.result in ("created", "exists")
