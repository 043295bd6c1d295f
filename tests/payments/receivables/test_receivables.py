"""What is owed: taken as far as it is there, repaid by what comes in, written off; against a second, naive model."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.database import Tx, flush
from chassis.errors import Refusal
from chassis.identity import Caller, service_caller
from chassis.ids import encode
from services.payments.channels.reserves import reserve_at
from services.payments.ledger import actions as ledger
from services.payments.ledger.errors import InsufficientFunds
from services.payments.ledger.model import Account, TransferCommand, TransferKind
from services.payments.receivables import actions, queries, rules
from services.payments.receivables.model import Cause, Claim, Receivable, ReceivableState
from services.payments.verification.queries import checks
from tests.payments.funding import fund, funded_account, money_on

PAYMENTS = service_caller("payments")


async def reversed_charge(tx: Tx, account: Account, amount: int) -> tuple[int, int]:
    claim = Claim(
        account_id=account.id,
        owner=account.owner,
        amount=amount,
        currency="CNY",
        credit_account_id=await reserve_at(tx, "ICBC", "CNY"),
        code="charge.reversed",
        owed_code="charge.reversed.owed",
        reference="tup_x",
        cause=Cause.CHARGE_REVERSED,
        source=uuid4().hex,
    )
    return await actions.take_or_owe(tx, PAYMENTS, claim)


async def spent(tx: Tx, account: Account, amount: int) -> bool:
    """As a withdrawal would; whether it was let."""
    command = TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.SINGLE,
        code="tests.spend",
        debit_account_id=account.id,
        credit_account_id=await reserve_at(tx, "ICBC", "CNY"),
        amount=amount,
        currency="CNY",
    )
    (outcome,) = await ledger.attempt(tx, [command])
    return outcome.accepted


async def debts(tx: Tx, account: Account) -> list[Receivable]:
    found = await queries.receivables_of(tx.connection, account.owner, None, None, 200)
    return sorted(found, key=lambda one: one.incurred_at)


@dataclass
class Naive:
    """The same by the simplest means: one balance, one list of debts."""

    balance: int = 0
    debts: list[int] = field(default_factory=list)

    def reversed_charge(self, amount: int) -> tuple[int, int]:
        taken = 0 if any(self.debts) else min(self.balance, amount)
        self.balance -= taken
        if amount > taken:
            self.debts.append(amount - taken)
        return taken, amount - taken

    def collect(self) -> int:
        repaid = 0
        for place, debt in enumerate(self.debts):
            share = min(debt, self.balance)
            self.debts[place] -= share
            self.balance -= share
            repaid += share
        return repaid

    def spend(self, amount: int) -> bool:
        allowed = self.balance - amount >= sum(self.debts)
        self.balance -= amount if allowed else 0
        return allowed


@pytest.mark.parametrize("seed", range(4))
async def test_it_agrees_with_a_naive_model(tx: Tx, seed: int) -> None:
    """Whatever comes in which order: nothing is lost, nothing taken twice, and who owes spends nothing that is owed."""
    chance = random.Random(seed)
    account, naive = await funded_account(tx, encode("cus", tx.ids.new()), 0), Naive()
    # Of others, so that the reserve is never short.
    await funded_account(tx, encode("cus", tx.ids.new()), 1_000_000)
    for _ in range(60):
        tx.now += timedelta(seconds=1)
        amount = chance.randint(1, 300)
        act = chance.choice(("in", "in", "reverse", "collect", "spend", "write off"))
        if act == "in":
            await fund(tx, account, amount)
            naive.balance += amount
        elif act == "reverse":
            assert await reversed_charge(tx, account, amount) == naive.reversed_charge(amount)
        elif act == "collect":
            assert await actions.collect(tx, PAYMENTS, account_id=account.id) == naive.collect()
        elif act == "spend":
            assert await spent(tx, account, amount) == naive.spend(amount)
        elif any(naive.debts):
            place = chance.choice([place for place, debt in enumerate(naive.debts) if debt])
            one = (await debts(tx, account))[place]
            await actions.write_off(tx, PAYMENTS, receivable_id=one.id, reason="hopeless")
            naive.debts[place] = 0
        owed = sum(naive.debts)
        assert [one.outstanding for one in await debts(tx, account)] == naive.debts
        assert await money_on(tx, account) == (naive.balance, naive.balance - owed)
    await flush(tx)
    looked = await checks(tx.connection)
    assert [name for name, (_, failed) in looked.items() if failed] == []


@given(st.integers(0, 5_000), st.lists(st.integers(1, 1_000), max_size=8))
def test_an_amount_is_shared_out_over_the_oldest_debts(amount: int, owed: list[int]) -> None:
    receivables = [_receivable(one) for one in owed]
    shares = rules.shared_out(amount, receivables)
    assert sum(share for _, share in shares) == min(amount, sum(owed))
    assert all(0 < share <= one.outstanding for one, share in shares)
    assert all(share == one.outstanding for one, share in shares[:-1])


async def test_what_is_frozen_whole_is_owed_and_collected_after_its_release(tx: Tx) -> None:
    account = await funded_account(tx, encode("cus", tx.ids.new()), 500)
    await ledger.freeze_account(tx, PAYMENTS, account_id=account.id, reason="court order", amount=None)
    assert await reversed_charge(tx, account, 200) == (0, 200)
    assert await actions.collect(tx, PAYMENTS, account_id=account.id) == 0
    await ledger.release_account(tx, PAYMENTS, account_id=account.id, reason="lifted")
    assert account.id in await queries.accounts_to_collect(tx.connection, 10)
    assert await actions.collect(tx, PAYMENTS, account_id=account.id) == 200
    assert await money_on(tx, account) == (300, 300)
    assert await queries.accounts_to_collect(tx.connection, 10) == []


async def test_a_reserve_that_is_short_refuses_and_nothing_is_owed(tx: Tx) -> None:
    account = await funded_account(tx, encode("cus", tx.ids.new()), 100)
    with pytest.raises((InsufficientFunds, Refusal)):
        async with tx.connection.begin_nested():
            await reversed_charge(tx, account, 200)
    assert await debts(tx, account) == []


# Every event in every state: (state, event) → the state after, or the refusal's code.
TABLE = {
    (ReceivableState.OPEN, "repay"): ReceivableState.SETTLED,
    (ReceivableState.OPEN, "repay with nothing"): "nothing_to_collect",
    (ReceivableState.OPEN, "repay by another"): "unknown_receivable",
    (ReceivableState.OPEN, "deadline"): ReceivableState.OVERDUE,
    (ReceivableState.OPEN, "write off"): ReceivableState.WRITTEN_OFF,
    (ReceivableState.OVERDUE, "repay"): ReceivableState.SETTLED,
    (ReceivableState.OVERDUE, "repay with nothing"): "nothing_to_collect",
    (ReceivableState.OVERDUE, "repay by another"): "unknown_receivable",
    (ReceivableState.OVERDUE, "deadline"): ReceivableState.OVERDUE,
    (ReceivableState.OVERDUE, "write off"): ReceivableState.WRITTEN_OFF,
    (ReceivableState.SETTLED, "repay"): "receivable_ended",
    (ReceivableState.SETTLED, "repay with nothing"): "receivable_ended",
    (ReceivableState.SETTLED, "repay by another"): "unknown_receivable",
    (ReceivableState.SETTLED, "deadline"): ReceivableState.SETTLED,
    (ReceivableState.SETTLED, "write off"): "receivable_ended",
    (ReceivableState.WRITTEN_OFF, "repay"): "receivable_ended",
    (ReceivableState.WRITTEN_OFF, "repay with nothing"): "receivable_ended",
    (ReceivableState.WRITTEN_OFF, "repay by another"): "unknown_receivable",
    (ReceivableState.WRITTEN_OFF, "deadline"): ReceivableState.WRITTEN_OFF,
    (ReceivableState.WRITTEN_OFF, "write off"): "receivable_ended",
}
WAY = {
    ReceivableState.OPEN: None,
    ReceivableState.OVERDUE: "deadline",
    ReceivableState.SETTLED: "repay",
    ReceivableState.WRITTEN_OFF: "write off",
}


async def happens(tx: Tx, event: str, account: Account, receivable: Receivable) -> ReceivableState | str:
    caller = Caller(account.owner, "gateway", frozenset({"payments:write"}))
    if event == "repay by another":
        caller = Caller(encode("cus", tx.ids.new()), "gateway", frozenset({"payments:write"}))
    now = tx.now
    try:
        if event == "deadline":
            tx.now = now + timedelta(days=91)
            await actions.mark_overdue(tx, PAYMENTS)
        elif event == "write off":
            await actions.write_off(tx, PAYMENTS, receivable_id=receivable.id, reason="hopeless")
        else:
            await fund(tx, account, 100 if event == "repay" else 0)
            await actions.repay(tx, caller, receivable_id=receivable.id)
    except Refusal as refusal:
        return refusal.code
    finally:
        tx.now = now
    after = await queries.receivable_with(tx.connection, receivable.id)
    assert after is not None
    return after.state


async def test_every_event_in_every_state(tx: Tx) -> None:
    for (state, event), wanted in TABLE.items():
        async with tx.connection.begin_nested() as savepoint:
            assert await after_event(tx, state, event) == wanted, (state, event)
            await savepoint.rollback()


async def after_event(tx: Tx, state: ReceivableState, event: str) -> ReceivableState | str:
    account = await funded_account(tx, encode("cus", tx.ids.new()), 0)
    await funded_account(tx, encode("cus", tx.ids.new()), 1_000)
    await reversed_charge(tx, account, 100)
    (receivable,) = await debts(tx, account)
    way = WAY[state]
    if way is not None:
        await happens(tx, way, account, receivable)
    return await happens(tx, event, account, receivable)


def _receivable(amount: int) -> Receivable:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return Receivable(
        UUID(int=1), UUID(int=2), "cus_x", "CNY", amount, 0, 0, Cause.DISPUTE_LOST, "tup_x", "dsp_x",
        ReceivableState.OPEN, now, now, None,
    )  # fmt: skip
