"""The judgement of a crash run sees each thing that can be wrong."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.faults.judging import judged
from tests.faults.load import CODE, Move, Told

ANNA, BORIS = UUID(int=1), UUID(int=2)
NOON = datetime(2027, 3, 1, 4, 0, tzinfo=UTC)


def _transfers() -> list[dict[str, Any]]:
    """10 and 5 from Anna to Boris."""
    sums = ((10, 10), (11, 5))
    rows, total = [], 0
    for number, (name, amount) in enumerate(sums):
        total += amount
        rows.append(
            {
                "id": UUID(int=name), "debit_account_id": ANNA, "credit_account_id": BORIS, "amount": amount, "code": CODE,
                "posted_at": NOON + timedelta(seconds=number),
                "debited_debits_posted": total, "debited_credits_posted": 0,
                "credited_debits_posted": 0, "credited_credits_posted": total,
            }
        )  # fmt: skip
    return rows


def _accounts() -> list[dict[str, Any]]:
    none = {"debits_posted": 0, "credits_posted": 0, "debits_pending": 0, "credits_pending": 0}
    return [none | {"id": ANNA, "debits_posted": 15}, none | {"id": BORIS, "credits_posted": 15}]


def _told() -> Told:
    told = Told()
    for row in _transfers():
        told.hear(Move(row["id"], ANNA, BORIS, row["amount"]), "created", poor=False)
    return told


def _faults(transfers: list[dict[str, Any]], accounts: list[dict[str, Any]], told: Told) -> str:
    return "; ".join(f"{fault.kind}: {fault.words}" for fault in judged(transfers, accounts, told))


def test_nothing_is_wrong() -> None:
    assert _faults(_transfers(), _accounts(), _told()) == ""


def test_lost() -> None:
    assert "lost: " in _faults(_transfers()[:1], _accounts(), _told())
    assert "was acknowledged and is lost" in _faults(_transfers()[:1], _accounts(), _told())


def test_doubled() -> None:
    rows = _transfers()
    assert "doubled: " in _faults([*rows, rows[1]], _accounts(), _told())
    assert "is in the ledger twice" in _faults([*rows, rows[1]], _accounts(), _told())
    again = rows[1] | {"id": UUID(int=12), "posted_at": NOON + timedelta(seconds=9)}
    found = _faults([*rows, again], _accounts(), _told())
    assert "nobody was told" in found
    assert "its sums are not those of its transfers" in found


def test_other_than_acknowledged() -> None:
    rows = _transfers()
    assert "the ledger has" in _faults([rows[0], rows[1] | {"amount": 6}], _accounts(), _told())


def test_refused_and_made() -> None:
    told = _told()
    told.hear(Move(UUID(int=11), ANNA, BORIS, 5), "insufficient_funds", poor=True)
    assert "was refused and is in the ledger" in _faults(_transfers(), _accounts(), told)


def test_a_history_that_does_not_go_on() -> None:
    rows = _transfers()
    rows[1] |= {"credited_credits_posted": 5}
    assert "does not go on from the transfer before" in _faults(rows, _accounts(), _told())


def test_two_transfers_at_one_instant() -> None:
    rows = _transfers()
    rows[1] |= {"posted_at": rows[0]["posted_at"]}
    assert "not later than the transfer before" in _faults(rows, _accounts(), _told())


def test_sums_and_holds_of_accounts() -> None:
    accounts = _accounts()
    accounts[0] |= {"debits_posted": 14, "debits_pending": 1}
    found = _faults(_transfers(), accounts, _told())
    assert "its sums are not those of its transfers" in found
    assert "something is held that nobody held" in found


def test_answers_that_nobody_should_get() -> None:
    told = _told()
    told.hear(Move(UUID(int=12), ANNA, BORIS, 5), "insufficient_funds", poor=False)
    told.hear(Move(UUID(int=13), ANNA, BORIS, 5), "created", poor=True)
    assert _faults(_transfers(), _accounts(), told).count("answered") == 2
