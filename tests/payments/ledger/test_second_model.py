"""The ledger against a naive second model: on random commands, singly, in batches, atomic or not, both say the same."""

import asyncio
import copy
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.ids import with_book
from chassis.runtime import Runtime
from services.payments.ledger import actions, queries
from services.payments.ledger.batches import decide_and_write
from services.payments.ledger.model import Outcome, Posting, Rule, TransferCommand, TransferKind
from tests.conftest import MakeRuntime
from tests.payments.ledger.naive import Naive

ACCOUNTS = ["bank", "anna", "boris", "carl"]
Command = tuple[str, str, str, str, int, str | None]
"""Name, kind, account debited, account credited, amount, name of the hold."""
KINDS = {
    "single": TransferKind.SINGLE,
    "pending": TransferKind.PENDING,
    "post": TransferKind.POST,
    "void": TransferKind.VOID,
}


@st.composite
def plans(draw: st.DrawFn) -> list[tuple[bool, list[Command]]]:
    """Batches of commands: mostly new ids, sometimes used ones; holds mostly of those asked for before; small amounts, so that all meet."""
    count, used, holds = 0, ["t0"], ["t0"]
    plan: list[tuple[bool, list[Command]]] = [
        (False, [("t1", "single", "bank", "anna", draw(st.integers(1, 6)), None)])
    ]
    count = 2
    for _ in range(draw(st.integers(1, 6))):
        commands: list[Command] = []
        for _ in range(draw(st.integers(1, 6))):
            kind = draw(st.sampled_from(["single", "single", "pending", "pending", "post", "post", "void"]))
            name = draw(st.sampled_from([f"t{count}"] * 6 + used))
            count += 1
            debit = draw(st.sampled_from(["anna", "anna", "boris", "bank", "carl", "nobody"]))
            hold = draw(st.sampled_from(holds[-4:])) if kind in ("post", "void") else None
            used.append(name)
            if kind == "pending":
                holds.append(name)
            commands.append((name, kind, debit, draw(st.sampled_from(ACCOUNTS)), draw(st.integers(1, 4)), hold))
        plan.append((draw(st.booleans()), commands))
    return plan


def identifier(name: str, space: int) -> UUID:
    """A stable id in book 1 for a name of the model."""
    known = [*ACCOUNTS, "nobody", *(f"t{number}" for number in range(40))]
    return with_book(UUID(int=(space << 64 | known.index(name) + 1) << 16), 1)


def real(one: Command) -> TransferCommand:
    name, kind, debit, credit, amount, hold = one
    if hold is not None:
        return TransferCommand(
            identifier(name, 2), KINDS[kind], "tests.move", pending_id=identifier(hold, 2),
            amount=amount if kind == "post" else None,
        )  # fmt: skip
    return TransferCommand(
        identifier(name, 2), KINDS[kind], "tests.move", debit_account_id=identifier(debit, 1),
        credit_account_id=identifier(credit, 1), amount=amount, currency="CNY",
    )  # fmt: skip


def said(naive: Naive, atomic: bool, commands: list[Command]) -> list[str]:
    """The naive model's results; an atomic batch is tried on a copy, of which only the spent ids remain if anything is refused."""
    if not atomic or len(commands) == 1:
        return [naive.say(*one) for one in commands]
    trial = copy.deepcopy(naive)
    results = [trial.say(*one) for one in commands]
    if set(results) in ({"created"}, {"exists"}):
        naive.made = trial.made
        return results
    naive.failed = trial.failed
    repeated = "exists_outside_batch" if set(results) == {"created", "exists"} else "batch_refused"
    return [{"created": "batch_refused", "exists": repeated}.get(result, result) for result in results]


def plain(outcome: Outcome) -> str:
    return "differs" if outcome.result.startswith("exists_with_different_") else outcome.result


async def play(runtime: Runtime, plan: list[tuple[bool, list[Command]]]) -> None:
    naive = Naive({name: name != "bank" for name in ACCOUNTS})
    async with runtime.database.engine.connect() as connection:
        tx = await runtime.database.begin(connection)
        for name in ACCOUNTS:
            rule = Rule.NONE if name == "bank" else Rule.DEBITS_MUST_NOT_EXCEED_CREDITS
            await actions.open_account(
                tx, account_id=identifier(name, 1), currency="CNY", kind="tests", owner="suite", rule=rule
            )
        for atomic, commands in plan:
            (outcomes,) = await decide_and_write(tx, [Posting(tuple(real(one) for one in commands), atomic)])
            assert [plain(outcome) for outcome in outcomes] == said(naive, atomic, commands)
        accounts = await queries.accounts_with(connection, [identifier(name, 1) for name in ACCOUNTS])
        for name in ACCOUNTS:
            assert accounts[identifier(name, 1)].balance.sums() == naive.sums(name), name
        await connection.rollback()


async def test_both_models_say_the_same(make_runtime: MakeRuntime) -> None:
    runtime = await make_runtime("payments")
    loop = asyncio.get_running_loop()

    @settings(max_examples=150, deadline=None)
    @given(plans())
    def agree(plan: list[tuple[bool, list[Command]]]) -> None:
        asyncio.run_coroutine_threadsafe(play(runtime, plan), loop).result(30)

    await asyncio.to_thread(agree)
