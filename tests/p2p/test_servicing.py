"""Loans as they are serviced with the real payments beside: paid in part, late, ahead of time; collected when due; taken back."""

import asyncio
from datetime import date, datetime, timedelta

import pytest

from services.p2p.repayments import reversal
from tests.p2p.people import Lent, World


async def until_day(world: World, day: str, hour: int = 9) -> None:
    """To an hour of that day in the suite's zone."""
    now = datetime.fromisoformat((await world.operator.get("/v1/clock"))["business_at"])
    wanted = datetime.fromisoformat(f"{day}T{hour:02}:00:00+08:00")
    await world.pass_time(wanted - now)


async def dues(lent: Lent) -> dict[str, int]:
    return dict(await lent.borrower.lending.get(f"/v1/loans/{lent.loan['id']}/dues"))


async def paid(lent: Lent, amount: int, prepay: str | None = None) -> dict[str, int]:
    answer = await lent.repay(amount, prepay=prepay)
    assert answer.status_code == 201, answer.text
    assert answer.json()["state"] == "shared", answer.text
    return dict(answer.json())


async def test_in_part_late_ahead_of_time_and_to_the_end(world: World) -> None:
    lent = await world.disbursed([335_000, 330_000, 335_000], term_months=6)
    await world.give(lent.borrower, 200_000)
    first = (await lent.rows())[0]
    path = f"/v1/loans/{lent.loan['id']}/repayments"
    assert (await dues(lent))["due_minor"] == 0
    await until_day(world, (date.fromisoformat(first["due_on"]) + timedelta(days=40)).isoformat(), hour=1)
    owed = await dues(lent)
    assert (owed["days_past_due"], owed["bucket"]) == (40, "M2")
    assert owed["late_minor"] > 0
    part = await paid(lent, owed["late_minor"] // 2)
    assert (part["late_minor"], part["interest_minor"], part["principal_minor"]) == (owed["late_minor"] // 2, 0, 0)
    left = await dues(lent)
    assert left["due_minor"] == owed["due_minor"] - owed["late_minor"] // 2
    both = await paid(lent, left["due_minor"])
    shares = await world.operator.get(f"/v1/repayments/{both['id']}/shares")
    assert {part["row_number"] for part in shares["parts"]} == {1, 2}
    assert sum(one["amount_minor"] for one in shares["items"]) == both["amount"]
    rows = await lent.rows()
    assert [row["paid_at"] is not None for row in rows] == [True, True, False, False, False, False]
    await world.audit()
    door = lent.borrower.lending
    body = {"amount": 10, "currency": "CNY"}
    assert await door.refused(path, body) == (422, "amount_differs", "amount")
    assert await door.refused(path, body | {"amount": 10**9}) == (422, "more_than_owed", "amount")
    ahead = await paid(lent, 200_000, "instalment")
    assert ahead["principal_minor"] > 190_000
    loan = await door.get(f"/v1/loans/{lent.loan['id']}")
    assert loan["schedule_version"] == 2
    shorter = await lent.rows()
    assert sum(row["principal_minor"] for row in shorter) == 1_000_000
    old = await door.get(f"/v1/loans/{lent.loan['id']}/schedule", version=1)
    assert (old["version"], len(old["rows"])) == (1, 6)
    assert (await door.get(f"/v1/loans/{lent.loan['id']}/schedule", 404, version=7))["code"] == "unknown_schedule"
    await world.audit()
    end = (await dues(lent))["settlement_minor"]
    assert await door.refused(path, body | {"amount": end + 1, "prepay": "term"}) == (422, "more_than_owed", "amount")
    await paid(lent, end, "term")
    assert (await door.get(f"/v1/loans/{lent.loan['id']}"))["state"] == "repaid"
    assert (await door.get(f"/v1/loans/{lent.loan['id']}/dues", 409))["code"] == "nothing_owed"
    assert await door.refused(path, body | {"prepay": "term"}) == (409, "nothing_owed", None)
    for lender in lent.lenders:
        claim = (await lender.lending.get("/v1/claims"))["items"][0]
        assert claim["outstanding_minor"] == 0
        received = claim["principal_received_minor"] + claim["interest_received_minor"] + claim["late_received_minor"]
        assert (await lender.balance())[0] == received
    await world.audit()


async def test_a_reversal_takes_back_what_holders_have_and_the_platform_bears_the_rest(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lent = await world.disbursed([600_000, 400_000], term_months=3)
    await world.give(lent.borrower, 200_000)
    spent, kept = lent.lenders
    first = await paid(lent, (await lent.rows())[0]["payment_minor"])
    last = await paid(lent, (await lent.rows())[1]["payment_minor"])
    path = f"/v1/repayments/{last['id']}/reversal"
    why = {"reason": "the card's bank took it back"}
    assert (await lent.borrower.lending.refused(path, why))[0] == 403
    refused = await world.operator.refused(f"/v1/repayments/{first['id']}/reversal", why)
    assert refused == (409, "later_repayments_stand", None)
    shares = (await world.operator.get(f"/v1/repayments/{last['id']}/shares"))["items"]
    hers = sum(one["amount_minor"] for one in shares if one["holder"] == spent.id)
    wallet = await spent.wallet()
    await world.move(wallet["account_id"], await world._money_source(), wallet["balance"] - 1_000)
    before, whole = (await lent.borrower.balance())[0], (await kept.balance())[0]

    async def die(*_: object, **__: object) -> None:
        raise RuntimeError("the process ended there")

    with monkeypatch.context() as dying:
        dying.setattr(reversal, "record_reversed", die)
        answer = await world.operator.post(path, why)
        assert (answer.status_code, answer.json()["state"]) == (202, "reversing")
        assert (await lent.repay(1)).json()["code"] == "repayment_under_way"
        assert (await lent.borrower.balance())[0] == before + last["amount"]
    await world.run_job("p2p.reverse_repayment", last["id"])
    await world.run_job("p2p.reverse_repayment", last["id"])
    assert await world.operator.refused(path, why) == (409, "not_allowed_in_state", None)
    assert (await lent.borrower.balance())[0] == before + last["amount"]
    assert (await spent.balance())[0] == 0
    assert (await kept.balance())[0] == whole - (last["amount"] - hers)
    accounts = {
        one["purpose"]: one["account_id"] for one in (await world.operator.get("/v1/verification"))["house_accounts"]
    }
    advances = accounts["repayment_advances"]
    assert (await world.account(advances))["balance"] == -(hers - 1_000)
    assert [row["paid_at"] is not None for row in await lent.rows()] == [True, False, False]
    await world.audit()
    for row in (await lent.rows())[1:]:
        await paid(lent, row["payment_minor"])
    assert (await world.account(advances))["balance"] > 0, "the platform's part of the interest"
    assert (await lent.borrower.lending.get(f"/v1/loans/{lent.loan['id']}"))["state"] == "repaid"
    assert len(await world.events("p2p.repayment.reversed.v1")) == 1
    await world.audit()


async def test_the_last_repayment_of_all_may_be_taken_back_too(world: World) -> None:
    lent = await world.disbursed([300_000], term_months=3)
    await world.give(lent.borrower, 100_000)
    end = await paid(lent, (await dues(lent))["settlement_minor"], "term")
    reversed_ = await world.operator.made(f"/v1/repayments/{end['id']}/reversal", {"reason": "bounced"})
    assert reversed_["state"] == "reversed"
    loan = await lent.borrower.lending.get(f"/v1/loans/{lent.loan['id']}")
    assert (loan["state"], loan["outstanding_minor"], loan["schedule_version"]) == ("repaying", 300_000, 3)
    assert [row["paid_at"] for row in await lent.rows()] == [None, None, None]
    await world.audit()


async def test_what_is_due_is_collected_from_what_is_there_and_tried_again(world: World) -> None:
    lent = await world.disbursed([1_000_000], term_months=3)
    row = (await lent.rows())[0]
    wallet = await lent.borrower.wallet()
    await world.move(wallet["account_id"], await world._money_source(), wallet["balance"] - 1_000)
    await until_day(world, row["due_on"], hour=7)
    await world.run_periodic("p2p.debit_due")
    path = f"/v1/loans/{lent.loan['id']}"
    assert (await lent.borrower.lending.get(f"{path}/collections"))["items"] == []
    await until_day(world, row["due_on"], hour=9)
    await asyncio.gather(*(world.run_periodic("p2p.debit_due") for _ in range(3)))
    (tried,) = (await lent.borrower.lending.get(f"{path}/collections"))["items"]
    assert (tried["round"], tried["available_minor"], tried["on_day"]) == (1, 1_000, row["due_on"])
    (taken,) = (await lent.borrower.lending.get(f"{path}/repayments"))["items"]
    assert (taken["amount"], taken["source"], taken["id"]) == (1_000, "collection", tried["repayment_id"])
    await world.give(lent.borrower, 2_000_000)
    await world.run_periodic("p2p.debit_due")
    assert len((await lent.borrower.lending.get(f"{path}/collections"))["items"]) == 1, "once a round"
    await until_day(world, row["due_on"], hour=21)
    await world.run_periodic("p2p.debit_due")
    while (await dues(lent))["due_minor"]:  # where the service's own round was at it
        await asyncio.sleep(0.05)
        await world.run_periodic("p2p.debit_due")
    assert (await lent.rows())[0]["late_paid_minor"] == 0
    stranger = world.person()
    assert (await stranger.lending.get(f"{path}/collections", 404))["code"] == "unknown_loan"
    assert (await stranger.lending.get(f"{path}/dues", 404))["code"] == "unknown_loan"
    await world.audit()


async def test_the_audit_sees_a_damaged_row_part_and_close(world: World) -> None:
    lent = await world.disbursed([300_000], term_months=3)
    made = await paid(lent, (await lent.rows())[0]["payment_minor"])
    await world.pass_time(timedelta(days=2))
    await world.run_periodic("p2p.close_days")
    await world.audit()
    damages = {
        "rows_equal_what_was_paid_of_them": "UPDATE loan_rows SET late_paid_minor = 1 WHERE number = 2",
        "parts_make_up_the_repayment": "UPDATE repayments SET late_minor = late_minor + 1, amount_minor = amount_minor + 1",
        "no_loan_left_out_of_the_last_close": "INSERT INTO day_closes (day, state, after_loan, loans, begun_at, closed_at)"
        " SELECT day + 1000, state, after_loan, loans, begun_at + interval '3 years', closed_at FROM day_closes LIMIT 1",
    }
    ids = {"parts_make_up_the_repayment": made["id"]}
    for name, damage in damages.items():
        async with world.p2p.runtime.database.engine.begin() as connection:
            await connection.exec_driver_sql(damage)
        checks = {one["name"]: one for one in (await world.operator.get("/v1/verification"))["checks"]}
        assert checks[name]["offending"] == [ids.get(name, lent.loan["id"])]
