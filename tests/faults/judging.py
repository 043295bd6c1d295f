"""What the database holds in the end, beside what callers were told, and beside itself: worked out here, without the ledger's code."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple
from uuid import UUID

from benchmarks.sql import fetch
from tests.faults.load import CODE, Told

_TRANSFERS = """SELECT id, debit_account_id, credit_account_id, amount, code, posted_at, debited_debits_posted, debited_credits_posted,
        credited_debits_posted, credited_credits_posted
    FROM ledger_transfers ORDER BY posted_at, id"""
_ACCOUNTS = "SELECT id, debits_posted, credits_posted, debits_pending, credits_pending FROM ledger_accounts"


class Fault(NamedTuple):
    """invariant: sums, order, answers, the audit."""

    kind: Literal["lost", "doubled", "invariant"]
    words: str


def faults_of(admin_url: str, told: Told) -> list[Fault]:
    """Everything that is wrong; nothing, if all is well. All that callers asked must have been answered before."""
    return judged(fetch(admin_url, _TRANSFERS), fetch(admin_url, _ACCOUNTS), told)


def judged(transfers: Sequence[Any], accounts: Sequence[Any], told: Told) -> list[Fault]:
    """The same of rows of _TRANSFERS and _ACCOUNTS."""
    wrong = [Fault("invariant", one) for one in told.wrong]
    return [*wrong, *_beside_callers(transfers, told), *_beside_itself(transfers, accounts)]


def _beside_callers(transfers: Sequence[Any], told: Told) -> list[Fault]:
    found: dict[UUID, tuple[UUID, UUID, int]] = {}
    faults: list[Fault] = []
    for row in transfers:
        if row["code"] != CODE:
            continue
        if row["id"] in found:
            faults.append(Fault("doubled", f"{row['id']} is in the ledger twice"))
        found[row["id"]] = row["debit_account_id"], row["credit_account_id"], row["amount"]
    for one in told.made.values():
        if one.id not in found:
            faults.append(Fault("lost", f"{one.id} was acknowledged and is lost"))
        elif found[one.id] != (one.debit, one.credit, one.amount):
            faults.append(Fault("lost", f"{one.id} was acknowledged as {one}, the ledger has {found[one.id]}"))
    unasked = found.keys() - told.made.keys() - told.refused
    faults += [Fault("doubled", f"{one} was refused and is in the ledger") for one in told.refused & found.keys()]
    return faults + [Fault("doubled", f"{one} is in the ledger and nobody was told") for one in unasked]


def _beside_itself(transfers: Sequence[Any], accounts: Sequence[Any]) -> list[Fault]:
    """Each account's sums after each of its transfers, in order, and at the end."""
    sums: dict[UUID, list[int]] = defaultdict(lambda: [0, 0])
    last: dict[UUID, Any] = {}
    wrong: list[str] = []
    for row in transfers:
        for number, side in enumerate(("debit", "credit")):
            account = row[f"{side}_account_id"]
            sums[account][number] += row["amount"]
            if [row[f"{side}ed_debits_posted"], row[f"{side}ed_credits_posted"]] != sums[account]:
                wrong.append(f"{row['id']}: the history of {account} does not go on from the transfer before")
            if account in last and row["posted_at"] <= last[account]:
                wrong.append(f"{row['id']}: not later than the transfer before of {account}")
            last[account] = row["posted_at"]
    for row in accounts:
        if [row["debits_posted"], row["credits_posted"]] != sums[row["id"]]:
            wrong.append(f"{row['id']}: its sums are not those of its transfers")
        if row["debits_pending"] or row["credits_pending"]:
            wrong.append(f"{row['id']}: something is held that nobody held")
    return [Fault("invariant", one) for one in wrong]
