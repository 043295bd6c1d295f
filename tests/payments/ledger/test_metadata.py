"""Metadata of accounts and transfers: what fits, who may change it, how a retry meets it, where it is shown and found."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from chassis.ids import decode
from clients.payments import evidence
from tests.conftest import DatabaseUrls
from tests.payments.evidence.chain import Chain
from tests.payments.ledger.book import Book, transfer_id, wire

MORNING = datetime(2027, 3, 1, 1, 0, tzinfo=UTC)
FULL = {f"key.{number}": "值" * 128 for number in range(16)}
UNFIT: list[Any] = [
    {"Key": "a"},
    {"": "a"},
    {"1a": "a"},
    {"a b": "a"},
    {"a\n": "a"},
    {"a" * 41: "a"},
    {"a": "x" * 129},
    {"a": "b\n"},
    {"a": "\u0000"},
    {"a": "\u007f"},
    {"a": "\u0085"},
    {"a": 1},
    {"a": None},
    {"a": True},
    {"a": {"b": "c"}},
    {"a": ["b"]},
    FULL | {"one_more": "a"},
    [],
    "a:b",
]


async def _put(http: httpx.AsyncClient, account_id: str, metadata: Any, key: str | None = None) -> httpx.Response:
    headers = {"idempotency-key": key or uuid4().hex}
    return await http.put(f"/v1/accounts/{account_id}/metadata", json={"metadata": metadata}, headers=headers)


async def _clock(book: Book, instant: datetime) -> None:
    assert (await book.http.put("/v1/clock", json={"business_at": instant.isoformat()})).status_code == 200


async def test_what_does_not_fit_names_the_field_and_nothing_else(book: Book) -> None:
    anna = await book.funded(10)
    for metadata in UNFIT:
        for answer in (
            await book.move(book.source, anna, 1, metadata=metadata),
            await _put(book.http, anna, metadata),
            await book.http.post(
                "/v1/accounts",
                json={"currency": "CNY", "kind": "collection", "metadata": metadata},
                headers={"idempotency-key": uuid4().hex},
            ),
        ):
            assert await book.refused(answer) == (422, "invalid_value", "metadata"), metadata
        several = await book.bulk(
            "independent", [wire(book.source, anna, 1), wire(book.source, anna, 1, metadata=metadata)]
        )
        assert await book.refused(several) == (422, "invalid_value", "transfers.1.metadata"), metadata
    assert (await book.get(f"/v1/accounts/{anna}"))["credits_posted"] == 10


async def test_half_a_character_is_refused_by_whichever_door(book: Book) -> None:
    order = wire(book.source, await book.funded(0), 1, metadata={"a": "\ud800"})
    for path, body in (("/v1/transfers", order), ("/v1/transfers/bulk", {"transfers": [order]})):
        content = json.dumps(body).encode()
        answer = await book.http.post(path, content=content, headers={"content-type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_value"), answer.text


async def test_a_transfer_keeps_what_it_was_made_with(book: Book) -> None:
    anna = await book.funded(0)
    made = await book.moved(book.source, anna, 5, metadata=FULL)
    assert made["metadata"] == FULL
    assert (await book.get(f"/v1/transfers/{made['id']}"))["metadata"] == FULL
    (entry,) = (await book.get(f"/v1/accounts/{anna}/statement"))["items"]
    assert entry["metadata"] == FULL
    for empty in (None, {}):
        plain = await book.moved(book.source, anna, 1, metadata=empty)
        assert (await book.get(f"/v1/transfers/{plain['id']}"))["metadata"] == {}


async def test_a_retry_repeats_the_metadata(book: Book) -> None:
    anna = await book.funded(0)
    orders = [wire(book.source, anna, 5), wire(book.source, anna, 5, metadata={"a": "1", "b": "2"})]
    for order in orders:
        assert (await book.send(**order)).status_code == 201
    again = orders[1] | {"metadata": {"b": "2", "a": "1"}}
    assert (await book.send(**again)).json()["result"] == "exists"
    assert (await book.send(**orders[0] | {"metadata": {}})).json()["result"] == "exists"
    differs = (409, "exists_with_different_metadata", "metadata")
    assert await book.refused(await book.send(**orders[0] | {"metadata": {"a": "1"}})) == differs
    for metadata in (None, {}, {"a": "1"}, {"a": "1", "b": "3"}, {"a": "1", "b": "2", "c": "3"}):
        assert await book.refused(await book.send(**orders[1] | {"metadata": metadata})) == differs
    # Of several differences the first in the documented order is told; metadata is the last.
    both = orders[1] | {"metadata": {}, "value_on": "2020-01-01"}
    assert (await book.refused(await book.send(**both)))[1] == "exists_with_different_value_on"
    results = (await book.bulk("independent", [again, orders[1] | {"metadata": {"z": ""}}])).json()["results"]
    assert [one["result"] for one in results] == ["exists", "exists_with_different_metadata"]


async def test_a_hold_and_what_settles_it_have_their_own(book: Book) -> None:
    anna, boris = await book.funded(100), await book.funded(0)
    hold_id = await book.hold(anna, boris, 10, metadata={"step": "hold"})
    settling = {"id": transfer_id(), "kind": "post", "pending_id": hold_id, "metadata": {"step": "post"}}
    posted = (await book.send(**settling)).json()
    assert posted["metadata"] == {"step": "post"}
    assert (await book.get(f"/v1/transfers/{hold_id}"))["metadata"] == {"step": "hold"}
    assert (await book.send(**settling)).json()["result"] == "exists"
    without = {name: value for name, value in settling.items() if name != "metadata"}
    assert (await book.refused(await book.send(**without)))[1] == "exists_with_different_metadata"
    voided = await book.settle("void", await book.hold(anna, boris, 10, metadata={"step": "hold"}))
    assert voided.json()["metadata"] == {}


async def test_a_refusal_tells_the_metadata_it_refused(book: Book) -> None:
    anna, boris = await book.funded(0), await book.funded(0)
    order = wire(anna, boris, 5, metadata={"channel": "app"})
    assert (await book.send(**order)).status_code == 409
    refusal = await book.get(f"/v1/transfers/{order['id']}/refusal")
    assert refusal["command"]["metadata"] == {"channel": "app"}


async def test_postings_and_reversals_carry_it(book: Book) -> None:
    anna, boris, carl = await book.funded(100), await book.funded(0), await book.funded(0)
    posting = {
        "currency": "CNY", "amount": 10, "code": "tests.share", "sources": [{"account_id": anna}], "metadata": {"shop": "7"},
        "destinations": [{"account_id": boris, "portion": "1/2"}, {"account_id": carl}],
    }  # fmt: skip
    answer = await book.http.post("/v1/postings", json=posting, headers={"idempotency-key": uuid4().hex})
    made = answer.json()
    assert made["request"]["metadata"] == {"shop": "7"}
    ids = [leg["transfer_id"] for leg in made["transfers"]]
    assert [(await book.get(f"/v1/transfers/{one}"))["metadata"] for one in ids] == [{"shop": "7"}] * 2
    body = {"id": transfer_id(), "metadata": {"why": "mistake"}}
    for result in ("created", "exists"):
        reversal = (await book.http.post(f"/v1/transfers/{ids[0]}/reversal", json=body)).json()
        assert (reversal["result"], reversal["metadata"]) == (result, {"why": "mistake"})
    other = await book.http.post(f"/v1/transfers/{ids[0]}/reversal", json={"id": body["id"]})
    assert (await book.refused(other))[1] == "exists_with_different_metadata"


async def test_an_accounts_metadata_is_replaced_and_every_version_stays(book: Book) -> None:
    await _clock(book, MORNING)
    account = await book.account(metadata={"branch": "12", "tier": "a"})
    assert account["metadata"] == {"branch": "12", "tier": "a"}
    await _clock(book, MORNING + timedelta(days=1))
    replaced = await _put(book.http, account["id"], {"tier": "b"})
    assert replaced.json() == account | {"metadata": {"tier": "b"}}
    # The same again changes nothing; and two versions of one instant have an order.
    assert (await _put(book.http, account["id"], {"tier": "b"})).status_code == 200
    assert (await _put(book.http, account["id"], {})).json()["metadata"] == {}
    assert (await book.get(f"/v1/accounts/{account['id']}"))["metadata"] == {}
    path = f"/v1/accounts/{account['id']}/metadata"
    first = await book.get(path, limit=2)
    rest = await book.get(path, limit=2, after=first["next"])
    versions = first["items"] + rest["items"]
    assert [one["metadata"] for one in versions] == [{}, {"tier": "b"}, {"branch": "12", "tier": "a"}]
    instants = [datetime.fromisoformat(one["recorded_at"]) for one in versions]
    assert instants == [
        MORNING + timedelta(days=1, microseconds=1), MORNING + timedelta(days=1), MORNING,
    ]  # fmt: skip
    events = (await book.get("/v1/events", types="payments.account.metadata_replaced.v1"))["items"]
    assert [one["data"] for one in events] == [{"account_id": account["id"]}] * 2


async def test_whoever_else_changes_an_account_is_told_its_metadata(book: Book) -> None:
    account = await book.account(metadata={"tier": "a"})
    for step in ("freeze", "release", "closure"):
        answer = await book.http.post(
            f"/v1/accounts/{account['id']}/{step}", json={"reason": "x"}, headers={"idempotency-key": uuid4().hex}
        )
        assert answer.json()["metadata"] == {"tier": "a"}, step


async def test_the_owner_or_an_operator_replaces_it_and_nobody_else(book: Book) -> None:
    account = await book.account(owner="p2p")
    lending, credit = book.served.client("p2p"), book.served.client("ecommerce_credit")
    assert (await _put(lending, account["id"], {"by": "owner"})).status_code == 200
    for stranger, unknown in ((credit, account["id"]), (book.http, "acc_01jdf3q8e7f5bt2m0xk5s8yq4c")):
        assert (await _put(stranger, unknown, {"by": "stranger"})).json()["code"] == "unknown_account"
    assert (await credit.get(f"/v1/accounts/{account['id']}/metadata")).json()["code"] == "unknown_account"
    reader = book.served.client(scopes=["payments:read"])
    assert (await _put(reader, account["id"], {})).json()["code"] == "missing_scope"
    keyless = await book.http.put(f"/v1/accounts/{account['id']}/metadata", json={"metadata": {}})
    assert keyless.status_code == 400
    assert (await book.get(f"/v1/accounts/{account['id']}"))["metadata"] == {"by": "owner"}


async def test_accounts_are_found_by_what_their_metadata_is_now(book: Book) -> None:
    names = {}
    for name, metadata in {
        "a": {"tier": "x", "city": "b:c"},
        "b": {"tier": "x"},
        "c": {"tier": "y"},
        "d": None,
    }.items():
        names[(await book.account(kind="found", metadata=metadata))["id"]] = name
    assert len(names) == 4

    async def found(*filters: str) -> str:
        seen, after = "", None
        while True:
            more = {"after": after} if after else {}
            page = await book.get("/v1/accounts", kind="found", metadata=filters, limit=1, **more)
            seen += "".join(names[one["id"]] for one in page["items"])
            after = page["next"]
            if after is None:
                return seen

    assert await found() == "abcd"
    assert await found("tier:x") == "ab"
    assert await found("tier:x", "city:b:c") == "a"
    assert await found("tier:x", "city:b") == ""
    account_id = next(one for one, name in names.items() if name == "a")
    await _put(book.http, account_id, {"tier": "y"})
    assert (await found("tier:x"), await found("tier:y")) == ("b", "ac")


@pytest.mark.parametrize("path", ["/v1/accounts", "/v1/balances", "/v1/transfers"])
async def test_a_filter_that_is_none_is_refused(book: Book, path: str) -> None:
    for filters in (["tier"], [""], [":a"], ["Tier:a"], ["tier:" + "x" * 129], ["tier:a\n"], ["tier:a", "tier:b"]):
        answer = await book.http.get(path, params={"metadata": filters})
        assert await book.refused(answer) == (422, "malformed_filter", "metadata"), filters
    many = await book.http.get(path, params={"metadata": [f"k{number}:v" for number in range(5)]})
    assert await book.refused(many) == (422, "invalid_value", "metadata")
    unknown = await book.http.get(path, params={"metdata": "tier:a"})
    assert await book.refused(unknown) == (422, "unknown_field", "metdata")


async def test_neither_versions_nor_transfers_are_changed(book: Book, database_urls: DatabaseUrls) -> None:
    await book.account(metadata={"a": "1"})
    url, _ = await database_urls("payments")
    connection = await asyncpg.connect(url)
    for statement in (
        "UPDATE ledger_account_metadata SET metadata = '{}'",
        "DELETE FROM ledger_account_metadata",
        "TRUNCATE ledger_account_metadata",
        "INSERT INTO ledger_metadata_since VALUES (true, '2020-01-01')",
        "DELETE FROM ledger_metadata_since",
        "UPDATE ledger_transfers SET metadata = NULL",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    await connection.close()


async def test_metadata_is_under_the_hash(book: Book, database_urls: DatabaseUrls) -> None:
    """Whoever changes, adds or takes away metadata breaks the chain; so does nobody who only made transfers without it."""
    chain = Chain(book)
    anna = await book.funded(10)
    plain = await book.moved(book.source, anna, 1)
    made = await book.moved(book.source, anna, 1, metadata={"b": "1", "aa": '"quoted" 引号'})
    await chain.linked()
    proof = await chain.proof(made["id"])
    head = (await chain.head())["link"]["hash"]
    assert evidence.check(proof, head)["metadata"] == made["metadata"]
    for forged in ({}, {"b": "1"}, {"b": "2", "aa": '"quoted" 引号'}):
        with pytest.raises(evidence.Wrong):
            evidence.check(proof | {"transfer": proof["transfer"] | {"metadata": forged}}, head)
    _, owner_url = await database_urls("payments")
    connection = await asyncpg.connect(owner_url)
    change = "UPDATE ledger_transfers SET metadata = $2 WHERE id = $1"
    try:
        own, other = decode("trf", made["id"]), decode("trf", plain["id"])
        kept = await connection.fetchval("SELECT metadata FROM ledger_transfers WHERE id = $1", own)
        for changed, forgery, before in ((own, None, kept), (own, '{"b": "2"}', kept), (other, kept, None)):
            await connection.execute(change, changed, forgery)
            assert (await chain.recomputed())["broken"]["fault"] == "transfers_differ", forgery
            await connection.execute(change, changed, before)
        assert (await chain.recomputed())["complete"]
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute("UPDATE ledger_transfers SET metadata = '{}'")
    finally:
        await connection.close()


async def test_who_of_the_operators_gave_it_is_told_to_operators_alone(book: Book) -> None:
    lending = book.served.client("p2p")
    opened = await lending.post(
        "/v1/accounts", json={"currency": "CNY", "kind": "collection"}, headers={"idempotency-key": uuid4().hex}
    )
    path = f"/v1/accounts/{opened.json()['id']}/metadata"
    for http, branch in ((lending, "1"), (book.http, "2")):
        assert (await _put(http, opened.json()["id"], {"branch": branch})).status_code == 200
    for http, told in ((lending, ["operator", "p2p"]), (book.http, ["stf_tests", "p2p"])):
        assert [one["recorded_by"] for one in (await http.get(path)).json()["items"]] == told
    wrong = await lending.get(path, params={"colour": "red"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "unknown_field")
