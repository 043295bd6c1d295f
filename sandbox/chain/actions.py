"""Stories of the chain's node: addresses, sends under a reference of the sender's, mining, another branch. All take turns."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chassis.bech32 import MalformedAddress, decode_address
from chassis.database import Tx
from chassis.identity import Caller
from sandbox.chain import queries, rules
from sandbox.chain.model import (
    MINER,
    NETWORK,
    Block,
    Coin,
    Payment,
    Receipt,
    Send,
    Since,
    Transaction,
    TransactionState,
)
from sandbox.errors import (
    NotInTheBranch,
    NotReplaceable,
    ReferenceReused,
    SendCalledOff,
    UnknownBlock,
    UnknownSend,
    UnknownTransaction,
    WrongAddress,
)

CHANGE = "change"
"""Label of the address to which a wallet pays what is left over; what comes there from itself is no receipt."""


@dataclass(frozen=True)
class Standing:
    """A transaction and how many blocks say so; −1: it is dropped."""

    made: Transaction
    confirmations: int
    height: int | None
    outputs: tuple[Payment, ...]


async def new_address(tx: Tx, caller: Caller, *, label: str) -> str:
    """Of the caller's wallet; the same label, the same address."""
    address = rules.address_of(caller.party, label)
    await queries.add_address(tx.connection, address, caller.party, tx.now)
    return address


async def mine(tx: Tx, caller: Caller, *, blocks: int) -> Block:
    """So many blocks on the last; the first takes the mempool. The last of them."""
    await queries.lock_chain(tx.connection)
    return await _mined(tx, blocks)


async def _mined(tx: Tx, blocks: int) -> Block:
    miner = rules.address_of(MINER, "coinbase")
    await queries.add_address(tx.connection, miner, MINER, tx.now)
    last = await queries.tip(tx.connection)
    waiting = await queries.mempool(tx.connection)
    fees = sum(one.fee for one in waiting)
    made, coinbases, outputs = [], [], []
    previous, height = (last.hash, last.height + 1) if last else ("", 0)
    for number in range(blocks):
        reward = rules.subsidy_at(height) + (fees if number == 0 else 0)
        paid = Payment(miner, reward)
        txid = rules.txid_of([], [paid], f"coinbase {previous} {tx.ids.new()}")
        within = [one.txid for one in waiting] if number == 0 else []
        block = Block(rules.block_hash_of(height, previous, tx.now, [txid, *within]), height, previous, tx.now)
        made.append(block)
        if reward:
            size = rules.size_of(0, 1)
            coinbases.append(Transaction(txid, TransactionState.MINED, block.hash, True, 0, size, tx.now))
            outputs.append((txid, 0, paid))
        previous, height = block.hash, height + 1
    await queries.add_blocks(tx.connection, made)
    if coinbases:
        await queries.add_coinbases(tx.connection, coinbases, outputs)
    await queries.put_into_block(tx.connection, [one.txid for one in waiting], made[0].hash)
    return made[-1]


async def fill(tx: Tx, caller: Caller, *, address: str, amount: int) -> str:
    """From the miner to an address: how coins get into anybody's hands here. The transaction. Raises WrongAddress, NotEnoughCoins."""
    _require_address(address)
    await queries.lock_chain(tx.connection)
    sent, _ = await _sent(tx, MINER, address, amount, rules.FEE_RATE, None)
    return sent.txid


async def fee_of(tx: Tx, caller: Caller, *, amount: int) -> int:
    """What sending so much would take just now. Raises NotEnoughCoins."""
    return rules.selected(await _coins(tx, caller.party), amount, rules.FEE_RATE)[1]


async def send(tx: Tx, caller: Caller, *, reference: str, address: str, amount: int, max_fee: int) -> Send:
    """Once under a reference, however often it is asked. Raises WrongAddress, ReferenceReused, SendCalledOff, FeeBeyond, NotEnoughCoins."""
    _require_address(address)
    await queries.lock_chain(tx.connection)
    before = await queries.send_with(tx.connection, caller.party, reference)
    if before is not None:
        return _same(before, address, amount)
    sent, fee = await _sent(tx, caller.party, address, amount, rules.FEE_RATE, max_fee)
    known_at = rules.known_at(amount, tx.now)
    made = Send(caller.party, reference, address, amount, sent.txid, fee, known_at)
    await queries.add_send(tx.connection, made)
    return made


async def call_off(tx: Tx, caller: Caller, *, reference: str) -> Send:
    """Nothing will ever be sent under the reference that has not been sent: what stands then."""
    await queries.lock_chain(tx.connection)
    before = await queries.send_with(tx.connection, caller.party, reference)
    if before is None:
        before = Send(caller.party, reference, "", 0, None, 0, tx.now)
        await queries.add_send(tx.connection, before)
    return before


async def raise_fee(tx: Tx, caller: Caller, *, reference: str, fee_rate: int) -> Send:
    """What waits is replaced by the same with a higher fee. Raises UnknownSend, NotReplaceable, NotEnoughCoins."""
    await queries.lock_chain(tx.connection)
    before = await queries.send_with(tx.connection, caller.party, reference)
    if before is None or before.txid is None:
        raise UnknownSend("nothing was sent under this reference", field="reference")
    old = await queries.transaction_with(tx.connection, before.txid)
    if old is None or old.state is not TransactionState.MEMPOOL or fee_rate * old.size <= old.fee:
        raise NotReplaceable("it is in a block already, or the fee is no higher", field="fee_rate")
    following = await queries.descendants(tx.connection, [old.txid])
    if len(following) > 1:
        raise NotReplaceable("others spend of it", field="reference")
    spent, _ = await queries.coins_spent_by(tx.connection, old.txid)
    await queries.drop(tx.connection, following)
    coins = list(dict.fromkeys([*spent, *await _coins(tx, caller.party)]))
    sent, fee = await _paid(tx, caller.party, coins, before.address, before.amount, fee_rate, None)
    after = replace(before, txid=sent.txid, fee=fee)
    await queries.replace_send(tx.connection, after)
    return after


async def reorganise(
    tx: Tx, caller: Caller, *, depth: int, drop: Sequence[str], double_spend: Sequence[str], blocks: int
) -> Block:
    """Another branch from `depth` blocks back, longer by at least one: what was in the blocks left goes into it, but for what is dropped,
    or spent by whoever sent it a second time, to himself. Raises UnknownBlock, NotInTheBranch."""
    await queries.lock_chain(tx.connection)
    last = await queries.tip(tx.connection)
    if last is None or depth > last.height:
        raise UnknownBlock("there are not so many blocks", field="depth")
    await queries.leave_blocks(tx.connection, last.height - depth)
    waiting = {one.txid for one in await queries.mempool(tx.connection) if not one.coinbase}
    if not {*drop, *double_spend} <= waiting:
        raise NotInTheBranch("it is in a block below, or was never sent", field="drop")
    spends = [await queries.coins_spent_by(tx.connection, txid) for txid in double_spend]
    gone = [*drop, *double_spend, *await queries.orphaned_coinbases(tx.connection)]
    lost = set(await queries.descendants(tx.connection, gone))
    await queries.drop(tx.connection, lost)
    for coins, owner in spends:
        if not lost & {one.txid for one in coins}:
            back = rules.address_of(await queries.wallet_of(tx.connection, owner), CHANGE)
            await _add(tx, coins, [Payment(back, sum(one.amount for one in coins))], 0)
    return await _mined(tx, max(blocks, depth + 1))


async def standing_of(tx: Tx, caller: Caller, *, txid: str) -> Standing:
    """Raises UnknownTransaction."""
    made = await queries.transaction_with(tx.connection, txid)
    if made is None:
        raise UnknownTransaction("no such transaction", field="txid")
    confirmations, height = 0 if made.state is TransactionState.MEMPOOL else -1, None
    if made.block_hash is not None:
        last = await queries.tip(tx.connection)
        assert last is not None
        height = await queries.height_of(tx.connection, made.block_hash)
        confirmations = last.height - height + 1
    return Standing(made, confirmations, height, tuple(await queries.outputs_of(tx.connection, txid)))


async def found_send(tx: Tx, caller: Caller, *, reference: str) -> tuple[Send, Standing | None]:
    """Raises UnknownSend: nothing is known of it, which does not mean that nothing was sent."""
    found = await queries.send_with(tx.connection, caller.party, reference)
    if found is None or found.known_at > tx.now:
        raise UnknownSend("nothing is known under this reference", field="reference")
    return found, None if found.txid is None else await standing_of(tx, caller, txid=found.txid)


async def since(tx: Tx, caller: Caller, *, block: str, confirmations: int, blocks: int) -> Since:
    """What the caller's wallet received in at most so many blocks after one, and in the mempool. Raises UnknownBlock."""
    # As one: whoever writes waits until it is told.
    await queries.lock_chain(tx.connection)
    if block and not await queries.is_block(tx.connection, block):
        raise UnknownBlock("no such block", field="block")
    last = await queries.tip(tx.connection)
    height = last.height if last else -1
    fork = await queries.fork_height(tx.connection, block) if block else -1
    upto = min(fork + blocks, height)
    complete = upto == height
    told = await queries.received(tx.connection, caller.party, fork, upto, height, complete=complete)
    change = rules.address_of(caller.party, CHANGE)
    receipts = [one for one in told if one.address != change]
    following = await queries.block_at(tx.connection, max(min(upto, height + 1 - confirmations), fork))
    return Since(
        receipts=tuple(_told(receipts)),
        removed=tuple(await queries.removed_since(tx.connection, caller.party, block)) if block else (),
        last_block=following.hash if following else "",
        height=height,
        best_block=last.hash if last else "",
        held=await queries.held_by(tx.connection, caller.party),
        complete=complete,
    )


def _told(receipts: Sequence[Receipt]) -> list[Receipt]:
    """One amount is told twice, as nodes do that lose their place."""
    return [one for receipt in receipts for one in [receipt] * (2 if receipt.amount == rules.TWICE else 1)]


async def _coins(tx: Tx, wallet: str) -> list[Coin]:
    last = await queries.tip(tx.connection)
    height = last.height if last else -1
    change = rules.address_of(wallet, CHANGE)
    return await queries.spendable(tx.connection, wallet, change, height + 1 - rules.MATURITY, rules.MOST_INPUTS)


async def _sent(tx: Tx, wallet: str, address: str, amount: int, rate: int, most: int | None) -> tuple[Transaction, int]:
    return await _paid(tx, wallet, await _coins(tx, wallet), address, amount, rate, most)


async def _paid(
    tx: Tx, wallet: str, coins: Sequence[Coin], address: str, amount: int, rate: int, most: int | None
) -> tuple[Transaction, int]:
    taken, fee = rules.selected(coins, amount, rate)
    if most is not None:
        rules.require_fee(fee, most)
    change = sum(one.amount for one in taken) - amount - fee
    outputs = [Payment(address, amount)]
    if change:
        back = rules.address_of(wallet, CHANGE)
        await queries.add_address(tx.connection, back, wallet, tx.now)
        outputs.append(Payment(back, change))
    return await _add(tx, taken, outputs, fee), fee


async def _add(tx: Tx, coins: Sequence[Coin], outputs: Sequence[Payment], fee: int) -> Transaction:
    txid = rules.txid_of(coins, outputs, str(tx.ids.new()))
    size = rules.size_of(len(coins), len(outputs))
    made = Transaction(txid, TransactionState.MEMPOOL, None, False, fee, size, tx.now)
    await queries.add_transaction(tx.connection, made, coins, outputs)
    return made


def _same(before: Send, address: str, amount: int) -> Send:
    if before.txid is None:
        raise SendCalledOff("it was called off", field="reference")
    if (before.address, before.amount) != (address, amount):
        raise ReferenceReused("the reference belongs to another send", field="reference")
    return before


def _require_address(address: str) -> None:
    try:
        decode_address(NETWORK, address)
    except MalformedAddress as fault:
        raise WrongAddress(str(fault), field="address") from None
