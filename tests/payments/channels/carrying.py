"""A top-up or withdrawal within one transaction that a test rolls back: answers are put in by hand, and time goes by on demand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chassis.clock import start_of_day
from chassis.database import Tx
from chassis.identity import Caller, service_caller
from chassis.ids import encode
from chassis.runtime import Runtime
from clients.ids import new_id
from services.payments.card_returns import actions as card_return_actions
from services.payments.card_returns.model import CardReturn
from services.payments.card_returns.queries import list_returns
from services.payments.cards.model import Card, CardKind, CardState
from services.payments.cards.queries import add_card
from services.payments.channels.actions import begin_sending
from services.payments.channels.model import BankAnswer, Instruction
from services.payments.channels.queries import instructions_for, list_reserves
from services.payments.ledger.queries import accounts_with
from services.payments.topups import actions as top_up_actions
from services.payments.topups.model import TopUp
from services.payments.topups.queries import top_up_with
from services.payments.wallets.actions import open_wallet
from services.payments.wallets.model import Wallet

PAYMENTS = service_caller("payments")


@dataclass
class Carrying:
    """One customer with a wallet and a bound ICBC card."""

    tx: Tx
    caller: Caller
    wallet: Wallet
    card: Card

    async def top_up(self, amount: int = 10_000) -> TopUp:
        return await top_up_actions.request_top_up(
            self.tx, self.caller, card_id=self.card.id, wallet_id=None, amount=amount, currency="CNY"
        )

    async def answer(self, top_up_id: UUID, attempt: Instruction, answer: BankAnswer) -> Instruction | None:
        """As the job does: what has not been sent yet is sent first."""
        await begin_sending(self.tx, PAYMENTS, instruction_id=attempt.id)
        return await top_up_actions.record_top_up_answer(
            self.tx, PAYMENTS, top_up_id=top_up_id, instruction_id=attempt.id, answer=answer
        )

    async def return_answer(self, return_id: UUID, attempt: Instruction, answer: BankAnswer) -> Instruction | None:
        await begin_sending(self.tx, PAYMENTS, instruction_id=attempt.id)
        return await card_return_actions.record_return_answer(
            self.tx, PAYMENTS, return_id=return_id, instruction_id=attempt.id, answer=answer
        )

    async def attempts(self, subject_id: UUID) -> list[Instruction]:
        return await instructions_for(self.tx.connection, subject_id)

    async def card_returns(self) -> list[CardReturn]:
        return await list_returns(self.tx.connection, None, None, 50)

    async def top_up_now(self, top_up_id: UUID) -> TopUp:
        found = await top_up_with(self.tx.connection, top_up_id)
        assert found is not None
        return found

    async def balance(self) -> int:
        account = (await accounts_with(self.tx.connection, [self.wallet.account_id]))[self.wallet.account_id]
        return account.settled

    async def places(self) -> dict[str, tuple[int, int]]:
        """By reserve, suspense or card returns: balance, and what is available of it."""
        rows = await list_reserves(self.tx.connection)
        accounts = await accounts_with(self.tx.connection, [row.account_id for row in rows])
        return {row.bank: (accounts[row.account_id].settled, accounts[row.account_id].available) for row in rows}

    def later(self, span: timedelta) -> None:
        self.tx.now += span

    def told(self) -> list[str]:
        """Types of the events recorded since the last time."""
        return [
            event.type for event in self.tx.events.take() if "ledger" not in event.type and "account" not in event.type
        ]


@asynccontextmanager
async def carrying(runtime: Runtime, at: datetime | None = None) -> AsyncIterator[Carrying]:
    """On a Thursday noon; nothing of it stays."""
    customer_id = new_id()
    caller = Caller(encode("cus", customer_id), "gateway", frozenset({"payments:read", "payments:write"}))
    async with runtime.database.engine.connect() as connection:
        tx = await runtime.database.begin(connection, seed=str(customer_id))
        tx.now = at or _thursday_noon(tx.now)
        wallet, _ = await open_wallet(tx, caller, currency="CNY")
        card = Card(
            new_id(), customer_id, "ICBC", "工商银行", CardKind.DEBIT, "6222*", b"sealed", new_id().bytes, CardState.BOUND,
            None, None, tx.now, tx.now, None,
        )  # fmt: skip
        await add_card(connection, card)
        yield Carrying(tx, caller, wallet, card)
        await connection.rollback()


def _thursday_noon(now: datetime) -> datetime:
    day = now.date() + timedelta(days=1 + (2 - now.weekday()) % 7)
    return start_of_day(day) + timedelta(hours=12)
