"""A batch as a file: read with where its lines go, and written by `files`."""

from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.ids import encode
from services.payments.cards.vault import CardVault
from services.payments.channels.queries import reserve_account
from services.payments.merchant_payouts import files, queries, sealing
from services.payments.merchant_payouts.model import Batch, Format


async def file_of(connection: AsyncConnection, vault: CardVault, batch: Batch, form: Format) -> bytes:
    """The same bytes whenever it is asked for. The debtor's account is what the bank calls it, or, where none was agreed on, our own id."""
    lines = await queries.lines_of(connection, batch.id)
    accounts = await queries.accounts_of_lines(connection, batch.id)
    reserve_id = await reserve_account(connection, batch.bank, batch.currency)
    assert reserve_id is not None, "a batch is held against the reserve"
    written = []
    for line in lines:
        account = accounts[line.payout_account_id]
        written.append(files.Written(line, account.bank, sealing.unseal(vault, account)))
    return files.write(batch, written, batch.debtor_account or encode("acc", reserve_id), form)
