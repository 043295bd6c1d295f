"""Transfers found by account, record, code, metadata and time; what cannot be answered is refused, never an empty page."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Refusal
from services.payments.ledger import queries, questions
from services.payments.ledger.model import TransferFilter
from tests.payments.ledger.book import Book, wire

START = datetime(2027, 3, 1, tzinfo=UTC)


async def _clock(book: Book, instant: datetime) -> None:
    assert (await book.http.put("/v1/clock", json={"business_at": instant.isoformat()})).status_code == 200


async def _found(book: Book, limit: int = 2, **params: Any) -> list[dict[str, Any]]:
    items, after = [], None
    while True:
        page = await book.get("/v1/transfers", limit=limit, **params | ({"after": after} if after else {}))
        assert len(page["items"]) <= limit
        items += page["items"]
        after = page["next"]
        if after is None:
            return items


async def _spread(book: Book) -> tuple[str, str, list[dict[str, Any]]]:
    """Two accounts, and transfers at growing distances: three in one instant, then after a second, an hour, a day, nine days."""
    await _clock(book, START)
    anna, boris = await book.funded(1000), await book.funded(0)
    made = []
    for number, seconds in enumerate((0, 0, 1, 3600, 86_400, 9 * 86_400)):
        await _clock(book, START + timedelta(seconds=seconds + 1))
        facts = {"code": f"tests.c{number % 2}", "reference": "odd" if number % 2 else "even"}
        metadata = {"n": str(number), "third": str(number % 3)} if number else None
        made.append(await book.moved(anna, boris, number + 1, metadata=metadata, **facts))
    await _clock(book, START + timedelta(days=20))
    return anna, boris, made


def _at(seconds: float) -> str:
    return (START + timedelta(seconds=seconds)).isoformat()


async def test_every_combination_is_what_it_says(book: Book) -> None:
    anna, boris, made = await _spread(book)
    other = await book.moved(book.source, boris, 7, metadata={"third": "0"}, code="tests.c0", reference="even")
    assert [one["id"] for one in await _found(book, since=_at(0.5))] == [one["id"] for one in [*made, other]]
    everything = [*(await _found(book, account_id=anna))[:1], *made, other]
    places = [{"account_id": anna}, {"account_id": boris}, {"reference": "even"}, {"since": _at(0.5)}]
    ranges = [{}, {"since": _at(2)}, {"since": _at(1), "until": _at(86_401)}, {"until": _at(3601)}]
    narrow = [{}, {"code": "tests.c0"}, {"metadata": "third:0"}, {"metadata": ["third:1", "n:4"]}, {"metadata": "x:y"}]
    for params in ({**place, **span, **more} for place in places for span in ranges for more in narrow):
        wanted = [one["id"] for one in everything if _matches(one, params)]
        assert [one["id"] for one in await _found(book, **params)] == wanted, params


def _matches(transfer: dict[str, Any], params: dict[str, Any]) -> bool:
    filters = params.get("metadata", [])
    asked = dict(one.split(":") for one in ([filters] if isinstance(filters, str) else filters))
    posted_at = datetime.fromisoformat(transfer["posted_at"])
    return (
        params.get("account_id") in (None, transfer["debit_account_id"], transfer["credit_account_id"])
        and params.get("reference") in (None, transfer["reference"])
        and params.get("code") in (None, transfer["code"])
        and asked.items() <= transfer["metadata"].items()
        and ("since" not in params or posted_at >= datetime.fromisoformat(params["since"]))
        and ("until" not in params or posted_at < datetime.fromisoformat(params["until"]))
    )


async def test_the_ends_of_a_range(book: Book) -> None:
    """From `since` to before `until`; left out, until now, and what is posted this instant is there."""
    anna, _, made = await _spread(book)
    instants = [one["posted_at"] for one in made]
    for since, until, expected in (
        (instants[1], instants[3], made[1:3]),
        (instants[1], instants[2], made[1:2]),
        (instants[4], None, made[4:]),
    ):
        span = {"since": since} | ({"until": until} if until else {})
        for place in ({}, {"account_id": anna}):
            assert [one["id"] for one in await _found(book, **span, **place)] == [one["id"] for one in expected]
    now = await book.moved(anna, book.source, 1)
    assert [one["id"] for one in await _found(book, since=now["posted_at"])] == [now["id"]]


async def test_what_is_posted_where_two_windows_meet_is_told_once(book: Book) -> None:
    await _clock(book, START)
    anna = await book.funded(0)
    made, end, width = [], START, queries.FIRST_WINDOW
    for _ in range(4):
        end, width = end + width, width * 8
        await _clock(book, end)
        made.append((await book.moved(book.source, anna, 1))["id"])
    await _clock(book, end + timedelta(days=1))
    assert [one["id"] for one in await _found(book, limit=100, since=START.isoformat())] == made


async def test_what_has_no_answer_is_refused(book: Book) -> None:
    await _clock(book, START)
    anna = await book.funded(10)
    later, past = START + timedelta(seconds=1), START - timedelta(days=40)
    for params, expected in (
        ({"code": "tests.move"}, (422, "unanswerable_question", "code")),
        ({"metadata": "a:b"}, (422, "unanswerable_question", "metadata")),
        ({"code": "tests.move", "metadata": "a:b"}, (422, "unanswerable_question", "code")),
        ({"until": START}, (422, "unanswerable_question", "since")),
        ({"since": past, "until": START - timedelta(days=9, microseconds=-1)}, (422, "range_too_wide", "until")),
        ({"since": past}, (422, "range_too_wide", "until")),
        ({"since": START, "until": past}, (422, "range_reversed", "until")),
        ({"since": past, "until": past}, (422, "range_reversed", "until")),
        ({"account_id": anna, "since": START, "until": past}, (422, "range_reversed", "until")),
        ({"since": later}, (422, "in_future", "since")),
        ({"account_id": anna, "since": past, "until": later}, (422, "in_future", "until")),
        ({"since": "2027-03-01"}, (422, "invalid_value", "since")),
        ({"account_id": "acc_01jdf3q8e7f5bt2m0xk5s8yq4c"}, (404, "unknown_account", "account_id")),
        ({"account_id": anna, "referense": "x"}, (422, "unknown_field", "referense")),
    ):
        shown = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in params.items()}
        assert await book.refused(await book.http.get("/v1/transfers", params=shown)) == expected, params
    # Of one account any range is read, and 31 days of all.
    assert await _found(book, account_id=anna, since=past.isoformat())
    assert await _found(book, since=(START - timedelta(days=31)).isoformat())


async def test_a_range_of_all_accounts_is_for_operators(book: Book) -> None:
    anna = await book.funded(10, owner="p2p")
    since = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    lending = book.served.client("p2p")
    for params in ({"since": since}, {"since": since, "metadata": "a:b"}, {"reference": "x", "metadata": "a:b"}):
        assert (await lending.get("/v1/transfers", params=params)).json()["code"] == "missing_scope", params
    mine = await lending.get("/v1/transfers", params={"account_id": anna, "since": since})
    assert len(mine.json()["items"]) == 1


async def test_a_service_reads_what_was_moved_under_codes_of_its_own(book: Book) -> None:
    anna = await book.funded(10)
    own = [
        (await book.moved(anna, book.source, 1, code=code))["id"]
        for code in ("p2p.loss.principal", "p2p.loss.interest")
    ]
    await book.moved(anna, book.source, 1, code="p2px.loss")
    since = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    lending = book.served.client("p2p")
    for code, found in (("p2p.*", own), ("p2p.loss.*", own), ("p2p.loss.interest", own[1:]), ("p2p.loss", [])):
        answer = await lending.get("/v1/transfers", params={"code": code, "since": since})
        assert [one["id"] for one in answer.json()["items"]] == found, code
    for code in ("p2px.*", "p2p*", "*", "credit.*"):
        refused = await lending.get("/v1/transfers", params={"code": code, "since": since})
        assert refused.json()["code"] == "missing_scope", code
    alone = await lending.get("/v1/transfers", params={"code": "p2p.*"})
    assert (alone.json()["code"], alone.json()["field"]) == ("unanswerable_question", "code")
    for other in ("cus_01jdf3q8e7f5bt2m0xk5s8yq4c", "ecommerce_credit"):
        refused = await book.served.client(other).get("/v1/transfers", params={"code": "p2p.*", "since": since})
        assert refused.status_code == 403, other


async def test_a_cursor_of_the_other_order_is_refused(book: Book) -> None:
    anna = await book.funded(10)
    await book.moved(anna, book.source, 1)
    in_order = (await book.get("/v1/transfers", limit=1))["next"]
    by_instant = (await book.get("/v1/transfers", account_id=anna, limit=1))["next"]
    since = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    for params in ({"after": in_order, "account_id": anna}, {"after": in_order, "since": since}, {"after": by_instant}):
        refused = await book.http.get("/v1/transfers", params=params)
        assert await book.refused(refused) == (400, "malformed_cursor", "after"), params


async def test_a_page_of_many_in_one_instant(book: Book) -> None:
    """A bulk is spread over microseconds only: its pages go on where the one before ended."""
    await _clock(book, START)
    anna = await book.funded(0)
    orders = [wire(book.source, anna, 1, metadata={"bulk": "1"}) for _ in range(450)]
    assert (await book.bulk("atomic", orders)).status_code == 200
    await _clock(book, START + timedelta(days=1))
    for more in ({}, {"metadata": "bulk:1"}, {"account_id": anna}):
        found = await _found(book, limit=200, since=START.isoformat(), **more)
        assert [one["id"] for one in found] == [one["id"] for one in orders], more


@given(
    st.none() | st.integers(0, 60),
    st.none() | st.integers(0, 60),
    st.none() | st.just("tests.move"),
    st.none() | st.just({"a": "b"}),
)
def test_every_range_is_answered_or_refused_by_its_rule(
    since: int | None, until: int | None, code: str | None, metadata: dict[str, str] | None
) -> None:
    now = START + timedelta(days=40)
    days = [None if one is None else START + timedelta(days=one) for one in (since, until)]
    wanted = TransferFilter(code=code, metadata=metadata, since=days[0], until=days[1])
    first, last = days[0], days[1] or now
    refusal = None
    if max(one for one in (first, last) if one is not None) > now:
        refusal = "in_future"
    elif first is not None and days[1] is not None and first >= last:
        refusal = "range_reversed"
    elif first is None:
        refusal = "unanswerable_question"
    elif (last - first).days > 31:
        refusal = "range_too_wide"
    if refusal is None:
        _require(wanted, now)
        return
    with pytest.raises(Refusal) as told:
        _require(wanted, now)
    assert told.value.code == refusal


def _require(wanted: TransferFilter, now: datetime) -> None:
    questions.require_range(wanted, now)
    questions.require_narrow_range(wanted, now)
