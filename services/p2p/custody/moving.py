"""How a loan's money is moved, outside any transaction: in the payment reserve, or in custody, where the bank goes before the ledger.

`ways_of` answers the way of a version of a programme. Both ways take the same movements and refuse with the same words, so that
whoever moves money need not know where it is kept. In custody each batch is an instruction: written down, asked of the bank under a key
that follows from its movements, then posted in the ledger; what the ledger refuses the bank takes back. Cut off anywhere, the job that
asked asks again and goes on from what is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, Protocol
from uuid import UUID

from chassis import commands
from chassis.identity import service_caller
from chassis.ids import decode, encode
from chassis.runtime import Runtime
from clients.errors import Refused
from clients.payments.client import PaymentsClient
from clients.payments.commands import TransferCommand, TransferOutcome
from services.p2p.accounts.jobs import ensure_house_accounts
from services.p2p.accounts.model import HousePurpose
from services.p2p.custody import instructing, instruction_queries, queries, rules
from services.p2p.custody.asking import ask, take_back, undo
from services.p2p.custody.model import (
    CustodyKind,
    InstructionState,
    Line,
    Mode,
    Movement,
)
from services.p2p.custody.opening import open_account
from services.p2p.refusals import is_final, reason_of, refused_in_batch

P2P = service_caller("p2p")
WITHDRAWAL_CODE = "p2p.custody.withdrawal"
HOUSE = (
    HousePurpose.ORIGINATION_FEES,
    HousePurpose.SERVICING_FEES,
    HousePurpose.RESALE_FEES,
    HousePurpose.LENDER_FEES,
    HousePurpose.COLLECTION_FEES,
)
"""What the house earns in custody; funds and advances are none of a programme in custody."""
AGAIN = commands.RETRIED | {commands.UNIQUE_VIOLATION}
"""Somebody else instructed some of the same movements: seen then, theirs are gone on with."""
BankMode = Literal["atomic", "independent"]


@dataclass(frozen=True, slots=True)
class Purse:
    """A customer's account, and what may leave it now."""

    account_id: UUID
    available_minor: int


class Ways(Protocol):
    """How money of a programme is moved and kept."""

    async def purse(self, customer: str, currency: str) -> Purse | None:
        """None if she has no account there."""

    async def opened_purse(self, customer: str, currency: str) -> Purse:
        """Opened where that needs nobody; Refused where she has to do it herself."""

    async def open_project(self, listing: str, borrower: str, currency: str) -> UUID: ...

    async def house(self, currency: str) -> Mapping[HousePurpose, UUID]: ...

    async def move(
        self,
        orders: Sequence[TransferCommand],
        *,
        subject: str,
        mode: BankMode = "atomic",
        acting_for: str | None = None,
    ) -> list[TransferOutcome]:
        """An outcome each in the same order; of an atomic batch Refused if any is. acting_for: whose money it is."""

    async def move_all(
        self, orders: Sequence[Mapping[str, str | int | Mapping[str, str]]], *, subject: str, acting_for: str | None
    ) -> None:
        """A large atomic batch, as it goes over the wire."""

    async def move_chains(
        self, chains: Sequence[Sequence[Mapping[str, Any]]], *, subject: str, acting_for_all: Sequence[str]
    ) -> list[list[str]]:
        """Chains of linked movements as they go over the wire, each made whole or not at all, whatever becomes of the others; what
        became of each movement. acting_for_all: whose money they move."""


@dataclass(frozen=True, slots=True)
class InReserve:
    """Wallets, and accounts in the payment reserve."""

    runtime: Runtime

    async def purse(self, customer: str, currency: str) -> Purse | None:
        wallet = await self._client.wallet_of(decode("cus", customer), currency)
        return None if wallet is None else Purse(wallet.account_id, wallet.available)

    async def opened_purse(self, customer: str, currency: str) -> Purse:
        wallet = await self._client.open_wallet(decode("cus", customer), currency)
        return Purse(wallet.account_id, wallet.available)

    async def open_project(self, listing: str, borrower: str, currency: str) -> UUID:
        account = await self._client.create_account(
            currency, "listing_escrow", key=f"p2p-listing-{listing}", reference=listing
        )
        return account.id

    async def house(self, currency: str) -> Mapping[HousePurpose, UUID]:
        return await ensure_house_accounts(self.runtime, currency)

    async def move(
        self,
        orders: Sequence[TransferCommand],
        *,
        subject: str,
        mode: BankMode = "atomic",
        acting_for: str | None = None,
    ) -> list[TransferOutcome]:
        if len(orders) == 1 and mode == "atomic":
            # One by itself is refused in its own words.
            return [await self._client.transfer(orders[0], acting_for=acting_for)]
        return await self._client.transfers(orders, mode=mode, acting_for=acting_for)

    async def move_all(
        self, orders: Sequence[Mapping[str, str | int | Mapping[str, str]]], *, subject: str, acting_for: str | None
    ) -> None:
        await self._client.move_all(orders, acting_for=acting_for)

    async def move_chains(
        self, chains: Sequence[Sequence[Mapping[str, Any]]], *, subject: str, acting_for_all: Sequence[str]
    ) -> list[list[str]]:
        orders = [order for chain in chains for order in chain]
        results = iter(await self._client.move_each(orders, acting_for_all=acting_for_all))
        return [list(islice(results, len(chain))) for chain in chains]

    @property
    def _client(self) -> PaymentsClient:
        return self.runtime.get(PaymentsClient)


@dataclass(frozen=True, slots=True)
class InCustody:
    """bank: the custody bank's code."""

    runtime: Runtime
    bank: str

    async def purse(self, customer: str, currency: str) -> Purse | None:
        async with self.runtime.reading() as connection:
            found = await queries.account_of(connection, self.bank, customer, currency)
        if found is None:
            return None
        account = await self._client.account(found.account_id)
        return Purse(account.id, account.available)

    async def opened_purse(self, customer: str, currency: str) -> Purse:
        found = await self.purse(customer, currency)
        if found is None:
            raise _refused("no_custody_account", {})
        return found

    async def open_project(self, listing: str, borrower: str, currency: str) -> UUID:
        opened = await open_account(self.runtime, self.bank, listing, CustodyKind.PROJECT, currency, behind=borrower)
        return opened.account_id

    async def house(self, currency: str) -> Mapping[HousePurpose, UUID]:
        found = {}
        for purpose in HOUSE:
            account = await open_account(self.runtime, self.bank, f"p2p.{purpose}", CustodyKind.HOUSE, currency)
            found[purpose] = account.account_id
        return found

    async def move(
        self,
        orders: Sequence[TransferCommand],
        *,
        subject: str,
        mode: BankMode = "atomic",
        acting_for: str | None = None,
    ) -> list[TransferOutcome]:
        ids = await commands.perform(
            self.runtime,
            instructing.prepare,
            P2P,
            seed=f"p2p.custody.prepare\0{orders[0].id}\0{len(orders)}",
            again=AGAIN,
            bank=self.bank,
            subject=subject,
            mode=Mode(mode),
            movements=[_movement(one) for one in orders],
        )
        lines = [line for one in ids for line in await self._answered(one)]
        said = {line.transfer_id: line for line in lines}
        refused = {one.id: said[one.id].bank_result or "" for one in orders if said[one.id].bank_result != rules.DONE}
        if mode == "atomic" and refused:
            raise _refused(_first(refused), refused)
        try:
            made = await self._posted(ids, [one for one in orders if one.id not in refused], lines, mode)
        except Refused as fault:
            if mode == "atomic" and is_final(fault):
                await self._give_up(ids, fault)
            raise
        outcomes = {outcome.id: outcome for outcome in made}
        return [
            outcomes.get(one.id) or TransferOutcome(id=one.id, result=refused[one.id], field=None) for one in orders
        ]

    async def move_all(
        self, orders: Sequence[Mapping[str, str | int | Mapping[str, str]]], *, subject: str, acting_for: str | None
    ) -> None:
        await self.move([TransferCommand.model_validate(one) for one in orders], subject=subject)

    async def move_chains(
        self, chains: Sequence[Sequence[Mapping[str, Any]]], *, subject: str, acting_for_all: Sequence[str]
    ) -> list[list[str]]:
        """A bank links nothing: a movement by itself is a line of one instruction, a chain an instruction of its own."""
        commands_of = [[_command(order) for order in chain] for chain in chains]
        singles = [chain[0] for chain in commands_of if len(chain) == 1]
        made = await self.move(singles, subject=subject, mode="independent") if singles else []
        results = {outcome.id: [outcome.result] for outcome in made}
        for chain in commands_of:
            if len(chain) > 1:
                results[chain[0].id] = await self._move_chain(chain, subject)
        return [results[chain[0].id] for chain in commands_of]

    async def _move_chain(self, chain: Sequence[TransferCommand], subject: str) -> list[str]:
        try:
            return [outcome.result for outcome in await self.move(chain, subject=subject)]
        except Refused as refused:
            if not is_final(refused):
                raise
            why = reason_of(refused)
            return [why] * len(chain)

    async def _answered(self, instruction_id: UUID) -> list[Line]:
        """The bank's last word on an instruction, and the instruction's end where an earlier try left it undoing."""
        async with self.runtime.reading() as connection:
            held = await instruction_queries.load(connection, instruction_id)
            lines = await instruction_queries.lines(connection, instruction_id)
        assert held is not None
        if held.state is InstructionState.ASKED:
            held = await ask(self.runtime, held, lines)
            async with self.runtime.reading() as connection:
                lines = await instruction_queries.lines(connection, instruction_id)
        if held.state in (InstructionState.UNDOING, InstructionState.UNDONE):
            codes = {line.transfer_id: line.ledger_result for line in lines if line.ledger_result is not None}
            if held.state is InstructionState.UNDOING:
                await undo(self.runtime, held, lines)
            raise _refused(held.reason or "refused", codes)
        return lines

    async def _posted(
        self, ids: Sequence[UUID], orders: Sequence[TransferCommand], lines: Sequence[Line], mode: BankMode
    ) -> list[TransferOutcome]:
        """In the ledger too. Of independent movements the bank takes back each that the ledger refuses."""
        made = await self._client.transfers(orders, mode=mode) if orders else []
        results = {outcome.id: outcome.result for outcome in made}
        for instruction_id in ids:
            own = [line for line in lines if line.instruction_id == instruction_id and line.bank_result == rules.DONE]
            await self._record(instruction_id, own, results)
        return made

    async def _record(self, instruction_id: UUID, lines: Sequence[Line], results: Mapping[UUID, str]) -> None:
        answered = [line_with(line, results[line.transfer_id]) for line in lines if line.transfer_id in results]
        lost = [line for line in answered if not rules.ledger_done(line) and line.undone_at is None]
        if lost:
            await take_back(self.runtime, self.bank, instruction_id, lost)
        await commands.perform(
            self.runtime,
            instructing.record_posted,
            P2P,
            seed=f"p2p.custody.posted\0{instruction_id}\0{len(answered)}",
            instruction_id=instruction_id,
            results={line.transfer_id: line.ledger_result or "" for line in answered},
        )

    async def _give_up(self, ids: Sequence[UUID], fault: Refused) -> None:
        """The ledger made nothing of what the bank had done."""
        (instruction_id,) = ids
        codes = refused_in_batch(fault)
        held = await commands.perform(
            self.runtime,
            instructing.record_ledger_refused,
            P2P,
            seed=f"p2p.custody.ledger_refused\0{instruction_id}",
            instruction_id=instruction_id,
            reason=next(iter(codes.values()), fault.code),
            results=codes,
        )
        async with self.runtime.reading() as connection:
            lines = await instruction_queries.lines(connection, instruction_id)
        if held.state is InstructionState.UNDOING:
            await undo(self.runtime, held, lines)

    @property
    def _client(self) -> PaymentsClient:
        return self.runtime.get(PaymentsClient)


async def ways_of(runtime: Runtime, programme_code: str, programme_version: int) -> Ways:
    async with runtime.reading() as connection:
        bank = await queries.bank_of(connection, programme_code, programme_version)
    return ways_at(runtime, bank)


async def ways_of_loan(runtime: Runtime, loan_id: UUID) -> Ways:
    async with runtime.reading() as connection:
        bank = await queries.bank_of_loan(connection, loan_id)
    return ways_at(runtime, bank)


def ways_at(runtime: Runtime, bank: str | None) -> Ways:
    """bank: the custody bank's code, None in the payment reserve."""
    return InReserve(runtime) if bank is None else InCustody(runtime, bank)


def _command(order: Mapping[str, Any]) -> TransferCommand:
    return TransferCommand.model_validate({name: value for name, value in order.items() if name != "flags"})


def line_with(line: Line, ledger_result: str) -> Line:
    return Line(**{name: getattr(line, name) for name in Line.__slots__} | {"ledger_result": ledger_result})


def _movement(order: TransferCommand) -> Movement:
    fields: dict[str, Any] = {
        "transfer_id": order.id,
        "kind": order.kind or "single",
        "debit_account_id": order.debit_account_id,
        "credit_account_id": order.credit_account_id,
        "amount_minor": order.amount,
        "code": order.code,
        "hold_id": order.pending_id,
    }
    if order.code == WITHDRAWAL_CODE:
        # Held in the ledger alone: the bank freezes for loans.
        fields |= {"kind": "single", "hold_id": None}
    return Movement(**fields)


def _first(refused: Mapping[UUID, str]) -> str:
    return next((code for code in refused.values() if code != "not_done"), "refused")


def _refused(code: str, codes: Mapping[UUID, str]) -> Refused:
    """As the ledger would say it. What only shares the fate of others is told so."""
    results = [
        {"id": encode("trf", its), "result": "batch_refused" if said == "not_done" else said}
        for its, said in codes.items()
    ]  # fmt: skip
    detail = "the custody bank does not move it"
    return Refused(code, field=None, detail=detail, status=409, facts={"results": results})
