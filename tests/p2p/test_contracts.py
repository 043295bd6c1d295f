"""Contracts: a document for each party, hashed and signed before the money moves; a listing's progress as it is told."""

import json
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from chassis.database import async_url
from chassis.provision import in_database
from services.p2p.contracts import jobs, queries
from services.p2p.contracts.rules import TYPE
from services.p2p.listings import progress
from services.p2p.loans import queries as loan_queries
from services.p2p.verification import checks
from tests.conftest import MakeRuntime
from tests.p2p.people import Door, World
from tests.p2p.records import NOW, application_of, listing_of


async def signed(door: Door, loan_id: str) -> dict[str, Any]:
    """The caller's document, after anybody's check of its hash and signature."""
    mine: dict[str, Any] = await door.get(f"/v1/loans/{loan_id}/contract")
    assert sha256(mine["document"].encode()).hexdigest() == mine["sha256"]
    key = OKPKey.import_key(await door.get("/v1/contract-key"))
    statement = jwt.decode(mine["signature"], key, algorithms=["Ed25519"])
    assert statement.header["typ"] == TYPE
    told = {name: statement.claims[name] for name in ("contract", "party", "sha256")}
    assert told == {"contract": loan_id, "party": mine["party"], "sha256": mine["sha256"]}
    return mine


async def test_each_party_holds_a_signed_document_that_names_nobody_else(world: World) -> None:
    lent = await world.disbursed([600_000, 250_000, 150_000])
    loan_id = lent.loan["id"]
    people = [lent.borrower, *lent.lenders]
    documents = [await signed(person.lending, loan_id) for person in people]
    assert [one["role"] for one in documents] == ["borrower", "lender", "lender", "lender"]
    assert sum(one["amount_minor"] for one in documents[1:]) == documents[0]["amount_minor"] == 1_000_000
    for person, one in zip(people, documents, strict=True):
        others = {other.id for other in people} - {person.id}
        assert not any(other in one["document"] for other in others)
        terms = json.loads(one["document"])["terms"]
        assert (terms["loan_id"], terms["lenders"], len(terms["schedule"])) == (loan_id, 3, 12)
        assert sum(row["principal_minor"] for row in terms["schedule"]) == 1_000_000
    parties = (await world.operator.get(f"/v1/loans/{loan_id}/contract/parties"))["items"]
    assert {one["sha256"] for one in parties} == {one["sha256"] for one in documents}
    sheet = await lent.lenders[0].lending.http.get(f"/v1/loans/{loan_id}/contract/page")
    assert all(words in sheet.text for words in ("借款协议", "Loan contract", "6,000.00", documents[1]["sha256"]))
    assert len(await world.events("p2p.contract.made.v1")) == 1
    stranger = world.person()
    for path in ("contract", "contract/page"):
        assert (await stranger.lending.get(f"/v1/loans/{loan_id}/{path}", 404))["code"] == "no_contract"
    assert (await stranger.lending.get(f"/v1/loans/{loan_id}/contract/parties", 403))["code"] == "missing_scope"
    await _is_written_once(world, loan_id)


async def _is_written_once(world: World, loan_id: str) -> None:
    """A job that runs again after a crash finds it."""
    runtime = world.p2p.runtime
    before = (await world.operator.get(f"/v1/loans/{loan_id}/contract/parties"))["items"]
    await world.run_job("p2p.disburse", loan_id)
    async with runtime.reading() as connection:
        (loan,) = await loan_queries.find(connection, borrower=None, state=None, before=None, limit=1)
        contract = await queries.load(connection, loan.id)
    await jobs.write_contract(runtime, loan, [])
    assert contract is not None
    assert (await world.operator.get(f"/v1/loans/{loan_id}/contract/parties"))["items"] == before


@pytest.mark.parametrize(
    "altered",
    [
        """UPDATE contracts SET terms = replace(terms, '"late_daily_rate":"0.', '"late_daily_rate":"1.')""",
        "UPDATE contract_parties SET amount_minor = amount_minor + 1 WHERE role = 'lender'",
    ],
)
async def test_the_audit_sees_a_contract_that_was_altered(world: World, admin_url: str, altered: str) -> None:
    lent = await world.disbursed([100_000])
    database = world.p2p.runtime.settings.database_url.rpartition("/")[2]
    engine = create_async_engine(async_url(in_database(admin_url, database)), poolclass=NullPool)
    async with engine.connect() as connection:
        now = await world.p2p.runtime.database.now()
        before = {one.name: one for one in await checks.run(connection, now, [])}["contract_is_what_was_signed"]
        assert (before.examined, before.offending) == (2, ())
        await connection.execute(text(altered))
        after = {one.name: one for one in await checks.run(connection, now, [])}["contract_is_what_was_signed"]
        await connection.rollback()
    assert after.offending == (lent.loan["id"],)


async def test_progress_is_told_until_the_listing_has_ended(world: World) -> None:
    borrower = world.person()
    listing = await world.listed(borrower)
    lender = await world.rich(1_000_000)
    seen: list[dict[str, Any]] = []
    path = f"/v1/listings/{listing['id']}/progress"
    async with lender.lending.http.stream("GET", path) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        async for line in answer.aiter_lines():
            if not line.startswith("data: "):
                continue
            seen.append(json.loads(line.removeprefix("data: ")))
            if len(seen) == 1:
                await lender.bid(listing["id"], 1_000_000)
    assert (seen[0]["state"], seen[0]["placed_minor"], seen[0]["amount"]) == ("open", 0, 1_000_000)
    assert (seen[-1]["state"], seen[-1]["placed_minor"]) == ("disbursed", 1_000_000)
    assert [one["placed_minor"] for one in seen] == sorted(one["placed_minor"] for one in seen)
    nothing = "/v1/listings/lst_00000000000000000000000000/progress"
    assert (await lender.lending.get(nothing, 404))["code"] == "unknown_listing"


async def test_no_caller_keeps_all_others_from_watching(make_runtime: MakeRuntime) -> None:
    """Also where all of them asked before one of them was answered."""
    runtime = await make_runtime("p2p")
    runtime.provide(progress.Watchers())
    watchers = runtime.get(progress.Watchers)
    listing = listing_of(UUID(int=1), application_of(UUID(int=2), "cus_borrower"), NOW)
    streams = [progress.told(runtime, listing, "cus_one") for _ in range(progress.MOST_OF_ONE + 1)]
    for stream in streams:
        watchers.require_room("cus_one")
        assert (await anext(stream)).startswith(b"retry: ")
    for stream in streams[:-1]:
        assert (await anext(stream)).startswith(b"event: progress")
    with pytest.raises(StopAsyncIteration):
        await anext(streams[-1])
    with pytest.raises(progress.TooManyWatchers):
        watchers.require_room("cus_one")
    watchers.require_room("cus_other")
    for stream in streams[:-1]:
        await stream.aclose()
    assert not watchers.open
