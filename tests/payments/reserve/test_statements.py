"""A bank's statements handed in: what a day is proved by, and what it is not."""

from datetime import date, timedelta

import pytest

from services.payments.reserve import rules
from tests.databases import Databases
from tests.payments.market import Market
from tests.payments.reconciliation.desk import Desk
from tests.payments.reconciliation.files import camt
from tests.payments.reserve.proofs import came_in, items_of, latest, noon, proved


async def test_a_day_is_proved_by_its_statement_and_no_other_way(market: Market, databases: Databases) -> None:
    desk, http = Desk.at(market.served), market.operator.http
    day = await noon(market)
    first, second, third = (day + timedelta(days=at) for at in range(3))
    anna = await market.customer()
    await came_in(market, anna.wallet["account_id"], 700)
    account_id = await desk.open_account()
    await market.stop_clock(timedelta(days=1))

    async def bank() -> tuple[str, str | None]:
        told = await proved(http, first)
        (part,) = told["banks"]
        assert told["state"] == part["state"]
        return part["state"], part["held_up"]

    assert await bank() == ("incomplete", "statement_missing")
    # A notification is no statement.
    await desk.taken(account_id, camt([("n1", 700, "NOTPROVIDED")], kind=54, day=first))
    assert await bank() == ("incomplete", "statement_missing")
    await desk.taken(account_id, camt([("n1", 700, "NOTPROVIDED")], day=first))
    assert await bank() == ("incomplete", "not_matched")
    await desk.run(account_id)
    assert await bank() == ("proved", None)
    # The third day's statement alone: the one between them is missing, whatever its balances say.
    await came_in(market, anna.wallet["account_id"], 50)
    await market.stop_clock(timedelta(days=2))
    await desk.taken(account_id, camt([], opening=700, day=third))
    await desk.run(account_id)
    (part,) = (await proved(http, third))["banks"]
    assert (part["state"], part["held_up"]) == ("incomplete", "earlier_statement_missing")
    # Booked by us on the second day, which the bank's statement of that day does not show: a break, by its name.
    await desk.taken(account_id, camt([], opening=700, day=second))
    await desk.run(account_id)
    short = await proved(http, second)
    assert short["banks"][0]["statement_minor"] == 700
    kinds = {one["kind"]: one["amount"] for one in await items_of(http, short)}
    assert (short["state"], kinds) == ("broken", {"break": 50})
    await market.run_periodic("payments.publish_liabilities")
    await market.run_periodic("payments.prove_reserve")
    assert await market.failed_checks() == []
    moved = "UPDATE statements SET closing_minor = closing_minor + 1, opening_minor = opening_minor + 1"
    more = "UPDATE reserve_proof_classes SET credit_minor = credit_minor + 1, debit_minor = debit_minor + 1 WHERE owed = 'customers'"
    for statement, check in (
        (moved, "reserve_proofs_show_their_statements"),
        (more, "liability_roots_agree_with_the_reserve"),
    ):
        assert check in await market.failed_when(databases.admin_url, statement)


async def test_of_two_statements_of_a_day_the_one_that_ends_it_is_the_evidence(market: Market) -> None:
    """In whatever order they were handed in."""
    desk, day = Desk.at(market.served), await noon(market)
    anna = await market.customer()
    await came_in(market, anna.wallet["account_id"], 700, "PAY1")
    await came_in(market, anna.wallet["account_id"], 50, "PAY2")
    account_id = await desk.open_account()
    await market.stop_clock(timedelta(days=1))
    evening = camt([("n2", 50, "PAY2")], opening=700, day=day).replace(b"<Id>S", b"<Id>E")
    for content in (evening, camt([("n1", 700, "PAY1")], day=day)):
        await desk.taken(account_id, content)
    await desk.run(account_id)
    told = await proved(desk.http, day)
    assert (told["state"], told["banks"][0]["statement_minor"]) == ("proved", 750)
    # A day on which all that came has gone again ends where it began, and not where its morning did.
    await came_in(market, anna.wallet["account_id"], 10, "PAY3")
    await came_in(market, anna.wallet["account_id"], -10, "PAY4")
    await market.stop_clock(timedelta(days=1))
    day += timedelta(days=1)
    evening = camt([("n4", -10, "PAY4")], opening=760, day=day).replace(b"<Id>S", b"<Id>E")
    for content in (evening, camt([("n3", 10, "PAY3")], opening=750, day=day)):
        await desk.taken(account_id, content)
    await desk.run(account_id)
    told = await proved(desk.http, day)
    assert (told["state"], told["banks"][0]["statement_minor"]) == ("proved", 750)


async def test_a_day_that_cannot_be_proved_keeps_no_other(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a broken day is not proved again until something happens to its breaks."""
    desk = Desk.at(market.served)
    first = await noon(market)
    anna = await market.customer()
    await came_in(market, anna.wallet["account_id"], 700)
    account_id = await desk.open_account()
    await market.stop_clock(timedelta(days=1))
    await desk.taken(account_id, camt([("n1", 700, "NOTPROVIDED"), ("n2", 5, "WHO")], day=first))
    await desk.run(account_id)
    await market.stop_clock(timedelta(days=1))
    looked = await looked_at(market, monkeypatch, first)
    assert looked == [first, first + timedelta(days=1)]
    assert await looked_at(market, monkeypatch, None) == [first]
    assert (await latest(desk.http, first))["state"] == "broken"
    await market.stop_clock(timedelta(minutes=10))
    assert await looked_at(market, monkeypatch, None) == []
    (long,) = await desk.breaks(state="open")
    await desk.post(f"breaks/{long['id']}/resolution", {"reason": "nobody knows whose"})
    assert first in await looked_at(market, monkeypatch, None)
    assert (await latest(desk.http, first))["state"] == "proved"
    await market.stop_clock(timedelta(minutes=10))
    assert first not in await looked_at(market, monkeypatch, None)
    # What resolved it was undone: the day that was proved by it no longer is.
    await desk.post(f"breaks/{long['id']}/resolution/reversal")
    assert first in await looked_at(market, monkeypatch, None)
    assert (await latest(desk.http, first))["state"] == "broken"


async def looked_at(market: Market, monkeypatch: pytest.MonkeyPatch, broken: date | None) -> list[date]:
    """Days that the periodic work of proofs looked at; that of one fails."""
    looked = []

    def fees_in_time_since(day: date) -> date:
        looked.append(day)
        if day == broken:
            raise ValueError("no calendar")
        return day

    with monkeypatch.context() as patch:
        patch.setattr(rules, "fees_in_time_since", fees_in_time_since)
        if broken is None:
            await market.run_periodic("payments.prove_reserve")
        else:
            with pytest.raises(ExceptionGroup, match="could not be proved"):
                await market.run_periodic("payments.prove_reserve")
    return looked
