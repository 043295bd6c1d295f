from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_or_leave
from sqlalchemy.ext.asyncio import AsyncConnection

from sandbox.chain.model import Block, Coin, Payment, Receipt, Send, Transaction, TransactionState
from sandbox.chain.tables import (
    chain_addresses,
    chain_blocks,
    chain_inputs,
    chain_outputs,
    chain_sends,
    chain_transactions,
)

_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('sandbox.chain'))")
# What a wallet has: outputs of transactions that are mined or may be, which no such transaction spends.
_UNSPENT = """FROM chain_outputs AS output JOIN chain_transactions AS made ON made.txid = output.txid
    JOIN chain_addresses AS own ON own.address = output.address
    LEFT JOIN chain_blocks AS block ON block.hash = made.block_hash
    WHERE own.wallet = :wallet AND made.state <> 'dropped' AND NOT EXISTS (SELECT FROM chain_inputs AS input
        WHERE input.spent_txid = output.txid AND input.spent_position = output.position AND input.live)"""
# A subsidy only when so many blocks stand on it; what others have sent and nobody has mined, never.
_SPENDABLE = text(f"""SELECT output.txid, output.position, output.amount {_UNSPENT}
    AND (made.state = 'mined' OR output.address = :change)
    AND (NOT made.coinbase OR block.height <= :mature_height) ORDER BY output.amount DESC, 1, 2 LIMIT :most""")
_HELD = text(f"SELECT coalesce(sum(output.amount), 0)::bigint {_UNSPENT}")
_RECEIVED = text("""SELECT output.txid, output.position, output.address, output.amount, made.block_hash, block.height
    FROM chain_outputs AS output JOIN chain_transactions AS made ON made.txid = output.txid
    JOIN chain_addresses AS own ON own.address = output.address
    LEFT JOIN chain_blocks AS block ON block.hash = made.block_hash
    WHERE own.wallet = :wallet AND (made.state = 'mempool' AND :complete OR block.height > :after AND block.height <= :upto)
        AND NOT EXISTS (SELECT FROM chain_sends AS send WHERE send.txid = made.txid AND send.wallet = :wallet)
    ORDER BY block.height, made.sequence, output.position""")
# The blocks from one back to the first that still counts; of a block that counts, none.
_BRANCH = """WITH RECURSIVE branch AS (
        SELECT hash, height, previous_hash, active FROM chain_blocks WHERE hash = :block
        UNION ALL SELECT earlier.hash, earlier.height, earlier.previous_hash, earlier.active
        FROM chain_blocks AS earlier JOIN branch ON earlier.hash = branch.previous_hash WHERE NOT branch.active)"""
_FORK = text(f"{_BRANCH} SELECT height FROM branch WHERE active")  # noqa: S608
_REMOVED = text(f"""{_BRANCH} SELECT DISTINCT gone.txid FROM chain_left_blocks AS gone JOIN branch ON branch.hash = gone.block_hash
    WHERE NOT branch.active AND (EXISTS (SELECT FROM chain_sends AS send WHERE send.txid = gone.txid AND send.wallet = :wallet)
        OR EXISTS (SELECT FROM chain_outputs AS output JOIN chain_addresses AS own ON own.address = output.address
            WHERE output.txid = gone.txid AND own.wallet = :wallet))
    ORDER BY 1""")  # noqa: S608
_DESCENDANTS = text("""WITH RECURSIVE lost AS (
        SELECT unnest(cast(:txids AS text[])) AS txid
        UNION SELECT input.txid FROM chain_inputs AS input JOIN lost ON lost.txid = input.spent_txid WHERE input.live)
    SELECT txid FROM lost""")


async def lock_chain(connection: AsyncConnection) -> None:
    """Whoever writes on it takes turns."""
    await connection.execute(_LOCK)


async def tip(connection: AsyncConnection) -> Block | None:
    statement = select(chain_blocks).where(chain_blocks.c.active).order_by(chain_blocks.c.height.desc()).limit(1)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else Block(**row._mapping)


async def block_at(connection: AsyncConnection, height: int) -> Block | None:
    statement = select(chain_blocks).where(chain_blocks.c.active, chain_blocks.c.height == height)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else Block(**row._mapping)


async def is_block(connection: AsyncConnection, block_hash: str) -> bool:
    return (
        await connection.execute(select(chain_blocks.c.hash).where(chain_blocks.c.hash == block_hash))
    ).first() is not None


async def add_blocks(connection: AsyncConnection, blocks: Sequence[Block]) -> None:
    await connection.execute(insert(chain_blocks), [asdict(one) for one in blocks])


async def leave_blocks(connection: AsyncConnection, above: int) -> None:
    """Blocks above a height count no more; which transactions were in them stays known."""
    await connection.execute(
        text("""INSERT INTO chain_left_blocks (block_hash, txid) SELECT made.block_hash, made.txid
            FROM chain_transactions AS made JOIN chain_blocks AS block ON block.hash = made.block_hash
            WHERE block.active AND block.height > :above"""),
        {"above": above},
    )
    await connection.execute(
        text("""UPDATE chain_transactions SET state = 'mempool', block_hash = NULL FROM chain_blocks AS block
            WHERE block.hash = block_hash AND block.active AND block.height > :above"""),
        {"above": above},
    )
    gone = update(chain_blocks).where(chain_blocks.c.active, chain_blocks.c.height > above)
    await connection.execute(gone.values(active=False))


async def orphaned_coinbases(connection: AsyncConnection) -> list[str]:
    table = chain_transactions.c
    statement = select(table.txid).where(table.state == TransactionState.MEMPOOL, table.coinbase)
    return list((await connection.execute(statement)).scalars())


async def descendants(connection: AsyncConnection, txids: Collection[str]) -> list[str]:
    """The transactions and all that spend of them."""
    return list((await connection.execute(_DESCENDANTS, {"txids": list(txids)})).scalars())


async def drop(connection: AsyncConnection, txids: Collection[str]) -> None:
    spent = update(chain_inputs).where(chain_inputs.c.txid.in_(txids))
    await connection.execute(spent.values(live=False))
    gone = update(chain_transactions).where(chain_transactions.c.txid.in_(txids))
    await connection.execute(gone.values(state=TransactionState.DROPPED, block_hash=None))


async def add_transaction(
    connection: AsyncConnection, made: Transaction, inputs: Sequence[Coin], outputs: Sequence[Payment]
) -> None:
    await add_coinbases(connection, [made], [(made.txid, place, one) for place, one in enumerate(outputs)])
    spent = [
        {"txid": made.txid, "position": place, "spent_txid": one.txid, "spent_position": one.position, "live": True}
        for place, one in enumerate(inputs)
    ]
    await connection.execute(insert(chain_inputs), spent)


async def add_coinbases(
    connection: AsyncConnection, made: Sequence[Transaction], outputs: Sequence[tuple[str, int, Payment]]
) -> None:
    rows = [asdict(one) for one in made]
    for row in rows:
        del row["sequence"]
    await connection.execute(insert(chain_transactions), rows)
    paid = [
        {"txid": txid, "position": place, "address": one.address, "amount": one.amount} for txid, place, one in outputs
    ]
    await connection.execute(insert(chain_outputs), paid)


async def mempool(connection: AsyncConnection) -> list[Transaction]:
    """In the order in which they came, so that none stands before what it spends."""
    table = chain_transactions
    statement = select(table).where(table.c.state == TransactionState.MEMPOOL).order_by(table.c.sequence)
    return [_transaction(row) for row in await connection.execute(statement)]


async def put_into_block(connection: AsyncConnection, txids: Collection[str], block_hash: str) -> None:
    mined = update(chain_transactions).where(chain_transactions.c.txid.in_(txids))
    await connection.execute(mined.values(state=TransactionState.MINED, block_hash=block_hash))


async def transaction_with(connection: AsyncConnection, txid: str) -> Transaction | None:
    row = (await connection.execute(select(chain_transactions).where(chain_transactions.c.txid == txid))).one_or_none()
    return None if row is None else _transaction(row)


async def height_of(connection: AsyncConnection, block_hash: str) -> int:
    found = await connection.execute(select(chain_blocks.c.height).where(chain_blocks.c.hash == block_hash))
    return int(found.scalar_one())


async def coins_spent_by(connection: AsyncConnection, txid: str) -> tuple[list[Coin], str]:
    """What a transaction spends, and an address it had been paid to."""
    output, spent = chain_outputs, chain_inputs
    joined = spent.join(output, (output.c.txid == spent.c.spent_txid) & (output.c.position == spent.c.spent_position))
    rows = (
        await connection.execute(
            select(output).select_from(joined).where(spent.c.txid == txid).order_by(spent.c.position)
        )
    ).all()
    return [Coin(row.txid, row.position, row.amount) for row in rows], rows[0].address if rows else ""


async def outputs_of(connection: AsyncConnection, txid: str) -> list[Payment]:
    statement = select(chain_outputs).where(chain_outputs.c.txid == txid).order_by(chain_outputs.c.position)
    return [Payment(row.address, row.amount) for row in await connection.execute(statement)]


async def add_address(connection: AsyncConnection, address: str, wallet: str, now: datetime) -> None:
    row = {"address": address, "wallet": wallet, "made_at": now}
    await connection.execute(insert_or_leave(chain_addresses).values(row).on_conflict_do_nothing())


async def wallet_of(connection: AsyncConnection, address: str) -> str:
    """Whose an address is; of one that the node did not make, itself."""
    found = await connection.execute(select(chain_addresses.c.wallet).where(chain_addresses.c.address == address))
    return str(found.scalar_one_or_none() or address)


async def spendable(connection: AsyncConnection, wallet: str, change: str, mature_height: int, most: int) -> list[Coin]:
    """The largest first. change: the address to which the wallet alone pays."""
    facts = {"wallet": wallet, "change": change, "mature_height": mature_height, "most": most}
    rows = await connection.execute(_SPENDABLE, facts)
    return [Coin(row.txid, row.position, row.amount) for row in rows]


async def held_by(connection: AsyncConnection, wallet: str) -> int:
    return int((await connection.execute(_HELD, {"wallet": wallet})).scalar_one())


async def fork_height(connection: AsyncConnection, block_hash: str) -> int:
    """Of the last block before it that counts, or its own; −1 of none."""
    found = (await connection.execute(_FORK, {"block": block_hash})).scalar_one_or_none()
    return -1 if found is None else int(found)


async def removed_since(connection: AsyncConnection, wallet: str, block_hash: str) -> list[str]:
    """Transactions of a wallet in blocks up to that one that count no more."""
    return list((await connection.execute(_REMOVED, {"wallet": wallet, "block": block_hash})).scalars())


async def received(
    connection: AsyncConnection, wallet: str, after: int, upto: int, tip_height: int, *, complete: bool
) -> list[Receipt]:
    facts = {"wallet": wallet, "after": after, "upto": upto, "complete": complete}
    return [
        Receipt(
            row.txid,
            row.position,
            row.address,
            row.amount,
            0 if row.height is None else tip_height - row.height + 1,
            row.block_hash,
            row.height,
        )
        for row in await connection.execute(_RECEIVED, facts)
    ]


async def send_with(connection: AsyncConnection, wallet: str, reference: str) -> Send | None:
    table = chain_sends
    statement = select(table).where(table.c.wallet == wallet, table.c.reference == reference)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else Send(**row._mapping)


async def add_send(connection: AsyncConnection, send: Send) -> None:
    await connection.execute(insert(chain_sends).values(asdict(send)))


async def replace_send(connection: AsyncConnection, send: Send) -> None:
    table = chain_sends
    changed = update(table).where(table.c.wallet == send.wallet, table.c.reference == send.reference)
    await connection.execute(changed.values(txid=send.txid, fee=send.fee))


async def issued(connection: AsyncConnection) -> int:
    """What coinbases of blocks that count have made beyond the fees they took."""
    made, paid = chain_transactions, chain_outputs
    subsidies = select(func.coalesce(func.sum(paid.c.amount), 0)).select_from(
        paid.join(made, made.c.txid == paid.c.txid)
    )
    total = (await connection.execute(subsidies.where(made.c.coinbase, made.c.state == "mined"))).scalar_one()
    fees = select(func.coalesce(func.sum(made.c.fee), 0)).where(made.c.state == "mined")
    return int(total) - int((await connection.execute(fees)).scalar_one())


def _transaction(row: Row[Any]) -> Transaction:
    return Transaction(**dict(row._mapping) | {"state": TransactionState(row.state)})
