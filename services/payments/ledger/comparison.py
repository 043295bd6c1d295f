"""Whether a command repeated under its id is the one that made the transfer."""

from services.payments.ledger.model import Flag, Transfer, TransferCommand

BALANCING = (Flag.BALANCING_DEBIT | Flag.BALANCING_CREDIT).value
_COMPARED = (
    "kind", "flags", "debit_account_id", "credit_account_id", "amount", "currency", "code", "reference", "pending_id",
)  # fmt: skip


def difference(command: TransferCommand, earlier: Transfer) -> str | None:
    """The first field in which a repeated command differs from the transfer its id made; what post and void leave out is not compared."""
    for name in _COMPARED:
        asked = getattr(command, name)
        if asked is None and name != "pending_id" and command.pending_id is not None:
            continue
        made = getattr(earlier, name)
        if name == "amount" and command.flags & BALANCING and asked is not None and asked >= made:
            continue
        if asked != made:
            return name
    if command.posted_at is not None and command.posted_at != earlier.posted_at:
        return "posted_at"
    if command.timeout_seconds != earlier.timeout_seconds:
        return "timeout_seconds"
    if command.value_on is not None and command.value_on != earlier.value_on:
        return "value_on"
    return None if command.metadata == earlier.metadata else "metadata"
