"""Puts a ruling back to where it was before some commands, which are made together or not at all."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from services.payments.ledger.model import Hold, HoldState, TransferCommand

if TYPE_CHECKING:
    from services.payments.ledger.rules import Ruling


class Undo:
    """Made before them, called after them. Spent ids stay spent: a refusal is a fact.

    Only what the commands can touch is remembered: many chains may be decided on the same thousands of accounts.
    """

    def __init__(self, ruling: "Ruling", commands: Sequence[TransferCommand]) -> None:
        known = ruling.known
        holds = [known.holds[one.pending_id] for one in commands if one.pending_id in known.holds]
        moved: list[TransferCommand | Hold] = [*commands, *holds]
        named = {side for one in moved for side in (one.debit_account_id, one.credit_account_id)}
        touched = [known.accounts[account_id] for account_id in named if account_id in known.accounts]
        self._ruling = ruling
        self._balances = [
            (account, account.balance.sums(), account.last_posted_at, account.closed) for account in touched
        ]
        self._created = len(ruling.created)
        self._holds = [(hold, hold.state) for hold in holds]
        self._last = ruling._last

    def __call__(self) -> None:
        ruling = self._ruling
        for account, sums, last, closed in self._balances:
            account.balance.restore(sums)
            account.last_posted_at = last
            account.closed = closed
        for transfer in ruling.created[self._created :]:
            del ruling.known.transfers[transfer.id]
            if ruling.opened_holds.pop(transfer.id, None) is not None:
                del ruling.known.holds[transfer.id]
                ruling.settled_holds.pop(transfer.id, None)
        del ruling.created[self._created :]
        for hold, state in self._holds:
            hold.state = state
            if state is HoldState.OPEN:
                ruling.settled_holds.pop(hold.id, None)
        ruling._last = self._last
