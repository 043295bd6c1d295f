"""Over HTTP: what a day's transfers come to, found once however often it is looked for, and what happens to a report after that."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import datetime
from random import Random
from typing import Any
from xml.etree import ElementTree

import pytest

from chassis.clock import SUITE_ZONE
from services.payments.transaction_reports import filing
from tests.conftest import Serve
from tests.payments.market import Market, Party

FIND = "payments.find_reports"
YUAN = 100
PERSON, ORGANISATION, ABROAD = 500_000 * YUAN, 2_000_000 * YUAN, 200_000 * YUAN


@pytest.fixture
async def market(serve: Serve) -> AsyncIterator[Market]:
    market = await Market.open(await serve("payments"))
    await at(market, "2031-03-02T00:00:00")
    yield market
    assert not await market.failed_checks()


async def at(market: Market, local: str) -> None:
    instant = datetime.fromisoformat(local).replace(tzinfo=SUITE_ZONE)
    body = {"business_at": instant.isoformat(), "frozen": True}
    answer = await market.book.http.put("/v1/clock", json=body)
    assert answer.status_code == 200, answer.text


async def found(market: Market, **filters: Any) -> list[dict[str, Any]]:
    await market.run_periodic(FIND)
    return list(reversed((await market.operator.get("/v1/transaction-reports", **filters))["items"]))


async def move(market: Market, debit: Party, credit: Party, amount: int, **facts: Any) -> str:
    made = await market.book.moved(debit.wallet["account_id"], credit.wallet["account_id"], amount, **facts)
    return str(made["id"])


def told(report: dict[str, Any]) -> tuple[Any, ...]:
    return report["rule"], report["side"], report["business_on"], report["amount"], report["transfers"]


async def test_a_large_day_is_found_once_and_goes_out_in_a_file(market: Market, admin_url: str) -> None:
    anna, twin, boris = [await market.customer(0) for _ in range(3)]
    await market.prove(anna, "王小明")
    await market.pay_in(anna.wallet["account_id"], 10 * PERSON)
    # A day ends at midnight in the suite's zone; before and after it are two days, each of them below.
    await at(market, "2031-03-05T23:59:59")
    await move(market, anna, boris, PERSON - 1)
    await at(market, "2031-03-06T00:00:00")
    await move(market, anna, boris, 1)
    await at(market, "2031-03-06T23:59:59")
    await move(market, anna, twin, PERSON - 1)
    # Not over yet, and then over for less than ten minutes.
    assert [told(one)[:3] for one in await found(market)] == [("large_person", "in", "2031-03-02")]
    await at(market, "2031-03-07T00:05:00")
    assert len(await found(market)) == 1
    await at(market, "2031-03-07T00:11:00")
    await asyncio.gather(*(market.run_periodic(FIND) for _ in range(4)))
    reports = await found(market, kind="large")
    assert [told(one) for one in reports][1:] == [("large_person", "out", "2031-03-06", PERSON, 2)]
    report = reports[-1]
    assert (report["subject"][:4], report["subject_kind"], report["due_on"]) == ("hld_", "person", "2031-03-11")
    detail = await market.operator.get(f"/v1/transaction-reports/{report['id']}")
    assert sorted(one["counted"] for one in detail["movements"]) == [1, PERSON - 1]
    days = (await market.operator.get("/v1/transaction-reports/days"))["items"]
    assert [(one["business_on"], one["reports"]) for one in days[:3]] == [
        ("2031-03-06", 1), ("2031-03-05", 0), ("2031-03-02", 1),
    ]  # fmt: skip

    excluded = await market.operator.post(
        f"/v1/transaction-reports/{reports[0]['id']}/exclusion", {"reason": "own funds"}
    )
    assert excluded["state"] == "excluded"
    await goes_out(market, report["id"])
    statement = "UPDATE transaction_reports SET amount = amount + 1 WHERE act = 'deletion'"
    assert await market.failed_when(admin_url, statement) == ["reports_follow_from_transfers"]


async def goes_out(market: Market, report_id: str) -> None:
    """In a file, and after that its deletion in another."""
    file = await market.operator.post("/v1/transaction-reports/files", {"kind": "large"})
    first, again = [await content(market, file["id"]) for _ in range(2)]
    assert first == again
    root = ElementTree.fromstring(first)
    assert (root.tag, [one.text for one in root.iter("CTNM")]) == ("HTCR", ["王小明"])
    assert (root.findtext("RPDT/CATN"), root.findtext("RPDT/CRCD"), len(root.findall("RPDT/TSDT"))) == (
        "500000.00",
        "0503",
        2,
    )
    assert await market.operator.refused("/v1/transaction-reports/files", {"kind": "large"}) == (
        409,
        "nothing_to_report",
        "kind",
    )
    path = f"/v1/transaction-reports/{report_id}"
    assert await market.operator.refused(f"{path}/exclusion", {"reason": "late"}) == (409, "report_ended", "report_id")
    deletion = await market.operator.post(f"{path}/corrections", {"act": "deletion", "reason": "counted twice"})
    second = await market.operator.refused(f"{path}/corrections", {"act": "correction", "reason": "again"})
    assert second == (409, "corrected_before", "report_id")
    assert await market.operator.refused(
        f"/v1/transaction-reports/{deletion['id']}/corrections", {"act": "correction", "reason": "x"}
    ) == (409, "not_reported", "report_id")
    file = await market.operator.post("/v1/transaction-reports/files", {"kind": "large"})
    corrected = ElementTree.fromstring(await content(market, file["id"])).find("RPDT")
    assert corrected is not None
    assert (corrected.get("act"), corrected.findtext("ORID")) == ("deletion", report_id)
    assert corrected.findtext("ORXN") == root.findtext("FLNM")
    assert corrected.findtext("ORRS") == "counted twice"


async def content(market: Market, file_id: str) -> bytes:
    answer = await market.operator.http.get(f"/v1/transaction-reports/files/{file_id}/content")
    assert answer.status_code == 200, answer.text
    return answer.content


async def test_every_sum_agrees_with_a_naive_count(market: Market) -> None:
    """Persons who are several customers, merchants of one owner, transfers abroad and in dollars, refused and reversed ones."""
    random = Random(7)
    for rule, threshold in (("large_person", 1_000), ("large_organisation", 2_500), ("large_cross_border", 400)):
        body = {"rule": rule, "threshold": threshold, "working_days": 5, "valid_from": "2031-03-01", "source": "tests"}
        await market.operator.post("/v1/transaction-reports/figures", body)
    await state_rate(market, "USD", "2031-03-03", "7.125")
    people = [await market.customer(100_000) for _ in range(4)]
    dollars = await market.customer(None)
    dollars.wallet = await dollars.post("/v1/wallets", {"currency": "USD"})
    source = (await market.book.account("suspense", rule="none", currency="USD"))["id"]
    await market.prove(people[0], "王小明")
    shops = [await market.merchant(people[3], 50_000) for _ in range(2)]
    subjects = {one.wallet["account_id"]: (f"cus {one.id}", False) for one in people}
    subjects |= {shop["account_id"]: (f"owner {people[3].id}", True) for shop in shops}
    subjects[dollars.wallet["account_id"]] = (f"cus {dollars.id}", False)
    await at(market, "2031-03-03T09:00:00")
    sums: dict[tuple[str, str, str], int] = defaultdict(int)
    accounts = [one for one in subjects if one != dollars.wallet["account_id"]]
    for _ in range(40):
        debit, credit = random.sample(accounts, 2)
        amount, country = random.randint(1, 400), random.choice(["CN", "US", "home", None])
        facts = {} if country is None else {"metadata": {"country": country}}
        await market.book.moved(debit, credit, amount, **facts)
        _count(sums, subjects, debit, credit, amount, country)
    await market.book.moved(source, dollars.wallet["account_id"], 141, currency="USD")
    _count(sums, subjects, source, dollars.wallet["account_id"], 1_005, None)
    await at(market, "2031-03-04T01:00:00")
    reports = [one for one in await found(market) if one["business_on"] == "2031-03-03"]
    got = {(one["rule"], one["subject"], one["side"]): one["amount"] for one in reports}
    holder = next(one["subject"] for one in reports if one["subject"].startswith("hld_"))
    named = {f"cus {people[0].id}": holder} | {f"cus {one.id}": one.id for one in [*people[1:], dollars]}
    named[f"owner {people[3].id}"] = people[3].id
    least = {"large_person": 1_000, "large_organisation": 2_500, "large_cross_border": 400}
    assert got == {(rule, named[who], side): total for (rule, who, side), total in sums.items() if total >= least[rule]}
    assert ("large_person", dollars.id, "in") in got


def _count(
    sums: dict[tuple[str, str, str], int],
    subjects: dict[str, tuple[str, bool]],
    debit: str,
    credit: str,
    amount: int,
    country: str | None,
) -> None:
    if subjects.get(debit) == subjects.get(credit):
        return
    for side, account in (("out", debit), ("in", credit)):
        if account in subjects:
            who, organisation = subjects[account]
            sums["large_organisation" if organisation else "large_person", who, side] += amount
            if country == "US" and not organisation:
                sums["large_cross_border", who, side] += amount


async def test_structuring_is_found_and_late_reports_are_told(market: Market) -> None:
    anna, boris = await market.customer(0), await market.customer(0)
    await market.book.moved(market.book.source, anna.wallet["account_id"], PERSON - 1)
    await at(market, "2031-03-03T10:00:00")
    for day, amount in ((3, PERSON * 8 // 10), (9, PERSON - 1), (10, PERSON * 8 // 10 - 1), (11, PERSON * 8 // 10)):
        await at(market, f"2031-03-{day:02}T10:00:00")
        await market.book.moved(market.book.source, boris.wallet["account_id"], amount)
    await at(market, "2031-03-12T01:00:00")
    (report,) = await found(market, kind="suspicious")
    assert told(report) == ("structuring", "in", "2031-03-11", PERSON * 16 // 10 + PERSON - 1, 3)
    waiting = (await market.operator.get("/v1/desk/transaction_reports"))["items"]
    assert [(one["id"], one["detail"]) for one in waiting] == [(report["id"], "structuring")]
    # No holidays of that year are announced, so every day counts. After the last it is late, told once, and can be made all the same.
    assert report["due_on"] == "2031-03-16"
    await at(market, "2031-03-16T23:59:59")
    assert (await found(market, kind="suspicious"))[0]["overdue_at"] is None
    await at(market, "2031-03-17T00:00:00")
    assert (await found(market, kind="suspicious"))[0]["overdue_at"] is not None
    events = (await market.book.get("/v1/events", types="payments.transaction_report.overdue.v1"))["items"]
    assert len(events) == 1
    await market.operator.post("/v1/transaction-reports/files", {"kind": "suspicious"})


async def state_rate(market: Market, currency: str, day: str, rate: str) -> None:
    body, key = {"rate": rate, "source": "tests"}, {"idempotency-key": f"rate {currency} {day} {rate}"}
    stated = await market.book.http.put(f"/v1/limits/rates/{currency}/{day}", json=body, headers=key)
    assert stated.status_code == 200, stated.text


async def wallet_in(market: Market, currency: str) -> tuple[Party, str]:
    anna = await market.customer(None)
    anna.wallet = await anna.post("/v1/wallets", {"currency": currency})
    return anna, (await market.book.account("suspense", rule="none", currency=currency))["id"]


async def test_money_without_a_rate_is_counted_when_one_is_stated(market: Market) -> None:
    anna, source = await wallet_in(market, "HKD")
    await at(market, "2031-03-05T09:00:00")
    await market.book.moved(source, anna.wallet["account_id"], PERSON // 7 + 1, currency="HKD")
    await at(market, "2031-03-06T01:00:00")
    assert [told(one) for one in await found(market)] == []
    (day,) = (await market.operator.get("/v1/desk/uncounted_days"))["items"]
    assert (day["subject"], day["detail"]) == ("2031-03-05", "1")
    # Rates of days that are over are not stated any more: the first after it counts, and it counts for the days after its own, too.
    await state_rate(market, "HKD", "2031-03-06", "7")
    await at(market, "2031-03-06T01:01:00")
    await market.book.moved(source, anna.wallet["account_id"], 1, currency="HKD")
    await at(market, "2031-03-06T01:11:00")
    (report,) = await found(market)
    assert told(report) == ("large_person", "in", "2031-03-05", (PERSON // 7 + 1) * 7, 1)
    assert (await market.operator.get("/v1/desk/uncounted_days"))["items"] == []
    await at(market, "2031-03-06T02:11:00")
    assert len(await found(market)) == 1


async def test_an_absurd_rate_stops_no_day(market: Market) -> None:
    anna, source = await wallet_in(market, "USD")
    await at(market, "2031-03-05T09:00:00")
    await state_rate(market, "USD", "2031-03-05", "1000000")
    for _ in range(2):
        await market.book.moved(source, anna.wallet["account_id"], 10**13, currency="USD")
    await at(market, "2031-03-06T01:00:00")
    assert [one["amount"] for one in await found(market)] == [9 * 10**18]


async def test_what_is_imported_late_is_counted_and_what_went_out_is_corrected(market: Market, admin_url: str) -> None:
    anna, boris = await market.customer(2 * PERSON), await market.customer(0)
    source = (await market.book.account("suspense", rule="none"))["id"]
    await at(market, "2031-03-05T01:00:00")
    (report,) = await found(market)
    await market.operator.post("/v1/transaction-reports/files", {"kind": "large"})
    await at(market, "2031-03-05T02:00:00")
    past = {"flags": ["imported"], "posted_at": "2031-03-02T04:00:00Z", "value_on": "2031-03-02"}
    await market.book.moved(source, anna.wallet["account_id"], PERSON, **past)
    # A day of which nobody knew that anything had happened on it.
    past |= {"posted_at": "2031-03-03T04:00:00Z", "value_on": "2031-03-03"}
    await market.book.moved(source, boris.wallet["account_id"], PERSON, **past)
    await at(market, "2031-03-05T02:09:00")
    assert len(await found(market)) == 1
    await at(market, "2031-03-05T02:11:00")
    # Made at one instant, in no order that counts.
    first, correction, other = sorted(await found(market), key=lambda one: (one["state"] != "reported", one["act"]))
    assert (first["id"], first["state"]) == (report["id"], "reported")
    assert (correction["act"], correction["corrects_id"], correction["source"]) == ("correction", report["id"], "rule")
    assert told(correction) == ("large_person", "in", "2031-03-02", 3 * PERSON, 2)
    assert told(other) == ("large_person", "in", "2031-03-03", PERSON, 1)
    await at(market, "2031-03-05T03:11:00")
    assert len(await found(market)) == 3
    broken = "UPDATE report_days SET scanned_at = scanned_at - interval '1 day'"
    assert await market.failed_when(admin_url, broken) == ["imported_day_not_counted_again"]


async def test_every_transfer_is_in_a_file(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report with more transfers than a file may have goes on in others; what does not fit beside it waits for the next."""
    monkeypatch.setattr(filing, "MOST_MOVEMENTS", 4)
    anna, boris, clara = [await market.customer(0) for _ in range(3)]
    await at(market, "2031-03-03T10:00:00")
    for _ in range(9):
        await market.book.moved(market.book.source, anna.wallet["account_id"], PERSON)
    await market.book.moved(market.book.source, boris.wallet["account_id"], PERSON)
    await market.book.moved(market.book.source, clara.wallet["account_id"], PERSON)
    await at(market, "2031-03-04T01:00:00")
    assert len(await found(market)) == 3
    made = []
    for _ in range(3):
        answer = await market.operator.ask("/v1/transaction-reports/files", {"kind": "large"})
        made += [answer.json()["reports"]] if answer.is_success else []
    assert sum(made) == 3
    files = (await market.operator.get("/v1/transaction-reports/files"))["items"]
    roots = [ElementTree.fromstring(await content(market, file["id"])) for file in files]
    assert max(len(root.findall("RPDT/TSDT")) for root in roots) == 4
    told_of = {one.get("id") for root in roots for one in root.iter("TSDT")}
    assert (len(told_of), len(files)) == (11, len(made) + 2)
    assert sorted(file["continues_id"] is not None for file in files)[-2:] == [True, True]


async def test_a_correction_counts_again(market: Market) -> None:
    anna, boris = await market.customer(5_000), await market.customer(0)
    transfers = [await move(market, anna, boris, amount) for amount in (1_200, 800)]
    filed = {"customer_id": boris.id, "narrative": "asked about limits", "transfer_ids": transfers[:1]}
    report = await market.operator.post("/v1/transaction-reports", filed)
    await market.operator.post("/v1/transaction-reports/files", {"kind": "suspicious"})
    path = f"/v1/transaction-reports/{report['id']}/corrections"
    body = {"act": "correction", "reason": "one was forgotten", "transfer_ids": [f"trf_{'0' * 26}"]}
    assert (await market.operator.refused(path, body))[1] == "transfer_not_hers"
    correction = await market.operator.post(path, body | {"transfer_ids": transfers})
    assert (correction["amount"], correction["transfers"], correction["reason"]) == (2_000, 2, "one was forgotten")
    await market.operator.post("/v1/transaction-reports/files", {"kind": "suspicious"})


async def test_an_operator_files_what_she_holds_for_suspicious(market: Market) -> None:
    anna, boris = await market.customer(5_000), await market.customer(0)
    transfer = await move(market, anna, boris, 1_200)
    filed = {"customer_id": boris.id, "narrative": "asked about limits", "transfer_ids": [transfer]}
    report = await market.operator.post("/v1/transaction-reports", filed)
    assert (report["state"], report["amount"], report["transfers"], report["source"]) == ("found", 1_200, 1, "operator")
    by_hit = filed | {"source": "screening_hit", "source_id": "sch_1"}
    assert (await market.operator.post("/v1/transaction-reports", by_hit))["source_id"] == "sch_1"
    outsider = await market.customer(0)
    theirs = {"customer_id": outsider.id, "narrative": "x", "transfer_ids": [transfer]}
    assert await market.operator.refused("/v1/transaction-reports", theirs) == (
        422,
        "transfer_not_hers",
        "transfer_ids",
    )
    nobody = {"customer_id": f"cus_{'0' * 26}", "narrative": "x"}
    assert await market.operator.refused("/v1/transaction-reports", nobody) == (404, "unknown_subject", "customer_id")
    assert (await market.operator.refused("/v1/transaction-reports", {"owner": "nobody", "narrative": "x"}))[
        1
    ] == "unknown_subject"
    both = {"customer_id": boris.id, "owner": "x", "narrative": "x"}
    assert (await market.operator.refused("/v1/transaction-reports", both))[0] == 422
    figure = {"rule": "structuring", "threshold": 5, "working_days": 5, "valid_from": "2031-03-01", "source": "tests"}
    assert (await market.operator.refused("/v1/transaction-reports/figures", figure))[1] == "figure_unclear"
    for path, code in (
        (f"/trp_{'0' * 26}", "unknown_report"),
        (f"/files/rfl_{'0' * 26}/content", "unknown_report_file"),
    ):
        assert (await market.operator.http.get(f"/v1/transaction-reports{path}")).json()["code"] == code
    assert (await anna.ask("/v1/transaction-reports", filed)).status_code == 403
