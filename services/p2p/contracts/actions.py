"""The story of a contract: kept once, before any of its money moves."""

from collections.abc import Sequence

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.contracts import queries
from services.p2p.contracts.events import CONTRACT_MADE, told
from services.p2p.contracts.model import Contract, Party
from services.p2p.wire_ids import loan_text


async def keep(tx: Tx, caller: Caller, *, contract: Contract, parties: Sequence[Party]) -> None:
    """Made again after a crash it is the same, and stays as it was kept first."""
    if await queries.add(tx.connection, contract, parties):
        tx.events.add(CONTRACT_MADE, loan_text(contract.loan_id), told(contract, len(parties)))
