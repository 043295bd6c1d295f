"""The ledger against a naive second model: on random commands, singly, in batches, atomic or not, both say the same."""

import asyncio
import copy
from typing import NamedTuple
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.database import Tx
from chassis.identity import service_caller
from chassis.ids import with_book
from chassis.runtime import Runtime
from services.payments.ledger import actions, queries
from services.payments.ledger.batches import decide_and_write
from services.payments.ledger.model import Flag, Outcome, Posting, Rule, TransferCommand, TransferKind
from tests.conftest import MakeRuntime
from tests.payments.ledger.naive import Made, Naive

CALLER = service_caller("payments")

ACCOUNTS = ["bank", "anna", "boris", "carl"]
Command = tuple[str, Made]
KINDS = {
    "single": TransferKind.SINGLE,
    "pending": TransferKind.PENDING,
    "post": TransferKind.POST,
    "void": TransferKind.VOID,
}
FLAGS = {
    "L": Flag.LINKED,
    "d": Flag.BALANCING_DEBIT,
    "c": Flag.BALANCING_CREDIT,
    "D": Flag.CLOSING_DEBIT,
    "C": Flag.CLOSING_CREDIT,
}
NOTES = ["", "a", "b"]
EVERYTHING = 10**9
"""Frozen of the whole account, in the naive model."""


class Freeze(NamedTuple):
    """Before a batch: None releases."""

    account: str
    amount: int | None


class Batch(NamedTuple):
    freeze: Freeze | None
    atomic: bool
    commands: list[Command]


freezes = st.builds(
    Freeze, st.sampled_from(["anna", "anna", "boris", "carl"]), st.sampled_from([None, 1, 2, 4, EVERYTHING])
)


@st.composite
def plans(draw: st.DrawFn) -> list[Batch]:
    """Batches of commands: mostly new ids, sometimes used ones; holds mostly of those asked for before; small amounts, so that all meet."""
    count, used, holds = 0, ["t0"], ["t0"]
    first = Made("single", "bank", "anna", draw(st.integers(1, 6)), None, "")
    plan = [Batch(None, False, [("t1", first)])]
    count, asked = 2, [*plan[0].commands]
    for _ in range(draw(st.integers(1, 6))):
        commands: list[Command] = []
        for _ in range(draw(st.integers(1, 6))):
            if asked and draw(st.integers(0, 9)) == 0:
                name, again = draw(st.sampled_from(asked))
                commands.append((name, again._replace(note=draw(st.sampled_from([again.note] * 3 + NOTES)))))
                continue
            kind = draw(st.sampled_from(["single", "single", "pending", "pending", "post", "void", "void"]))
            name = draw(st.sampled_from([f"t{count}"] * 6 + used))
            count += 1
            debit = draw(st.sampled_from(["anna", "anna", "boris", "bank", "carl", "nobody"]))
            hold = draw(st.sampled_from(holds[-4:])) if kind in ("post", "void") else None
            credit = draw(st.sampled_from([*ACCOUNTS, "bank"]))
            flags = draw(st.sampled_from(["", "", "", "L"]))
            if hold is None:
                flags += draw(st.sampled_from(["", "", "d", "dc"] + ["c"] * 3 * (credit == "bank")))
            if kind == "pending":
                flags += draw(st.sampled_from(["", "", "D", "C"]))
                holds.append(name)
            used.append(name)
            note = draw(st.sampled_from(["", "", *NOTES]))
            wanted = Made(kind, debit, credit, draw(st.integers(1, 4)), hold, flags, note)
            commands.append((name, wanted))
            asked.append((name, wanted))
        plan.append(Batch(draw(st.none() | freezes), draw(st.booleans()), commands))
    return plan


def identifier(name: str, space: int) -> UUID:
    """A stable id in book 1 for a name of the model."""
    known = [*ACCOUNTS, "nobody", *(f"t{number}" for number in range(50))]
    return with_book(UUID(int=(space << 64 | known.index(name) + 1) << 16), 1)


def real(command: Command) -> TransferCommand:
    name, wanted = command
    flags = sum(FLAGS[letter].value for letter in wanted.flags)
    metadata = {"note": wanted.note} if wanted.note else None
    if wanted.hold is not None:
        return TransferCommand(
            identifier(name, 2), KINDS[wanted.kind], "tests.move", pending_id=identifier(wanted.hold, 2),
            amount=wanted.amount if wanted.kind == "post" else None, flags=flags, metadata=metadata,
        )  # fmt: skip
    return TransferCommand(
        identifier(name, 2), KINDS[wanted.kind], "tests.move", debit_account_id=identifier(wanted.debit, 1),
        credit_account_id=identifier(wanted.credit, 1), amount=wanted.amount, currency="CNY", flags=flags,
        metadata=metadata,
    )  # fmt: skip


def said(naive: Naive, batch: Batch) -> list[str]:
    """The naive model's results, chain by chain: an atomic batch is one."""
    if batch.atomic:
        return together(naive, batch.commands, "batch_refused")
    results: list[str] = []
    chain: list[Command] = []
    for command in batch.commands:
        chain.append(command)
        if "L" not in command[1].flags or command is batch.commands[-1]:
            results += together(naive, chain, "linked_transfer_failed")
            chain = []
    return results


def together(naive: Naive, commands: list[Command], others: str) -> list[str]:
    """All are made or none: tried on a copy, of which only the spent ids remain if anything is refused."""
    if "L" in commands[-1][1].flags:
        return [others] * (len(commands) - 1) + ["linked_chain_open"]
    if len(commands) == 1:
        return [naive.say(*commands[0])]
    trial = copy.deepcopy(naive)
    results = [trial.say(*one) for one in commands]
    if set(results) in ({"created"}, {"exists"}):
        naive.made = trial.made
        return results
    naive.failed = trial.failed
    repeated = "exists_outside_batch" if set(results) == {"created", "exists"} else others
    return [{"created": others, "exists": repeated}.get(result, result) for result in results]


def plain(outcome: Outcome) -> str:
    return "differs" if outcome.result.startswith("exists_with_different_") else outcome.result


async def freeze(tx: Tx, naive: Naive, wanted: Freeze) -> None:
    """In both; released first, so that one freeze follows another."""
    account_id = identifier(wanted.account, 1)
    if naive.frozen.pop(wanted.account, None):
        await actions.release_account(tx, CALLER, account_id=account_id, reason="tests")
    if wanted.amount is not None:
        naive.frozen[wanted.account] = wanted.amount
        amount = None if wanted.amount == EVERYTHING else wanted.amount
        await actions.freeze_account(tx, CALLER, account_id=account_id, reason="tests", amount=amount)


async def play(runtime: Runtime, plan: list[Batch]) -> None:
    naive = Naive({name: name != "bank" for name in ACCOUNTS})
    async with runtime.database.engine.connect() as connection:
        tx = await runtime.database.begin(connection)
        for name in ACCOUNTS:
            rule = Rule.NONE if name == "bank" else Rule.DEBITS_MUST_NOT_EXCEED_CREDITS
            await actions.open_account(
                tx, account_id=identifier(name, 1), currency="CNY", kind="tests", owner="suite", rule=rule
            )
        for batch in plan:
            if batch.freeze is not None:
                await freeze(tx, naive, batch.freeze)
            (outcomes,) = await decide_and_write(tx, [Posting(tuple(map(real, batch.commands)), batch.atomic)])
            assert [plain(outcome) for outcome in outcomes] == said(naive, batch)
        accounts = await queries.accounts_with(connection, [identifier(name, 1) for name in ACCOUNTS])
        for name in ACCOUNTS:
            account = accounts[identifier(name, 1)]
            assert account.balance.sums() == naive.sums(name), name
            assert account.closed == naive.closed(name), name
        await connection.rollback()


async def test_both_models_say_the_same(make_runtime: MakeRuntime) -> None:
    runtime = await make_runtime("payments")
    loop = asyncio.get_running_loop()

    @settings(max_examples=200, deadline=None)
    @given(plans())
    def agree(plan: list[tuple[bool, list[Command]]]) -> None:
        asyncio.run_coroutine_threadsafe(play(runtime, plan), loop).result(30)

    await asyncio.to_thread(agree)
