"""Originators are registered once: as who proposes, as who stands behind loans, and as who lends first."""

import importlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from clients.ids import new_id
from services.p2p.applications import queries as application_queries
from services.p2p.applications.model import Channel
from services.p2p.listings import actions as listing_actions
from services.p2p.listings import queries as listing_queries
from services.p2p.listings.model import ListingState
from services.p2p.originators import actions as originator_actions
from services.p2p.originators import queries as originator_queries
from services.p2p.originators.model import Terms
from services.p2p.programmes import queries as programme_queries
from services.p2p.sureties import actions as surety_actions
from services.p2p.sureties import queries as surety_queries
from services.p2p.sureties.errors import NoSurety
from services.p2p.sureties.model import Surety, SuretyKind, Suretyship, SuretyState
from services.p2p.verification import queries as verification_queries
from tests.conftest import MakeRuntime
from tests.p2p.people import LICENCE, World, application
from tests.p2p.records import NOW, application_of, listing_of
from tests.p2p.test_actions import bid, held
from tests.p2p.test_losses import SURETY, register

NOW_ON = NOW.date() - timedelta(days=30)
STAFF = Caller("stf_tests", "gateway", frozenset({"p2p:operate"}))
BUYS_BACK: dict[str, Any] = {"kind": "originator", "programmes": ["partner_originated"]}


@pytest.fixture
async def tx(make_runtime: MakeRuntime) -> AsyncIterator[Tx]:
    runtime = await make_runtime("p2p")
    async with runtime.database.engine.connect() as connection, connection.begin() as transaction:
        yield await runtime.database.begin(connection, seed="tests")
        await transaction.rollback()


async def test_terms_are_the_same_whichever_way_they_were_changed(world: World) -> None:
    partner = world.person()
    originator = await world.licensed(partner)
    surety = await register(world, **BUYS_BACK, originator_id=originator["id"], capital=700_000, cap=2_000_000)
    shown = await world.operator.get(f"/v1/originators/{originator['id']}")
    assert (shown["version"], shown["capital_minor"], shown["exposure_cap_minor"]) == (2, 700_000, 2_000_000)
    assert shown["licence_kind"] == "financing guarantee"
    refused = await partner.lending.refused(
        f"/v1/originators/{originator['id']}/applications", application() | {"borrower": world.person().id}
    )
    assert refused == (409, "licence_not_valid", None), "a licence to guarantee is none to lend"
    await world.operator.made(f"/v1/originators/{originator['id']}/terms", LICENCE | {"licensed_until_on": None})
    path = f"/v1/sureties/{surety['id']}"
    seen = await world.operator.get(path)
    assert (seen["name"], seen["capital_minor"], seen["cap_minor"]) == (LICENCE["name"], 200_000, 3_000_000)
    assert (seen["licensed_until"], seen["originator_id"]) == ("2999-12-31", originator["id"])
    # Ended and resumed, with terms that no guarantor could have, it writes none of the registry's figures.
    await world.operator.made(f"/v1/originators/{originator['id']}/terms", LICENCE | {"capital_minor": 0})
    assert (await world.operator.made(f"{path}/ending", status=200))["capital_minor"] == 0
    terms = {name: SURETY[name] for name in SURETY if name not in ("kind", "currency")}
    changed = await world.operator.made(
        f"{path}/terms", terms | {"programmes": ["partner_originated"], "cap": 123}, status=200
    )
    assert changed["cap_minor"] == 123
    assert (await world.operator.get(f"/v1/originators/{originator['id']}"))["exposure_cap_minor"] == 123
    told = await world.events("p2p.originator.changed.v1")
    assert [one["data"]["version"] for one in told] == [1, 2, 3, 4, 5]


async def test_what_a_registered_surety_is_refused(world: World) -> None:
    originator = await world.licensed(world.person())
    wish = SURETY | BUYS_BACK | {"originator_id": originator["id"]}
    assert (await world.operator.made("/v1/sureties", wish))["originator_id"] == originator["id"]
    refused = world.operator.refused
    assert await refused("/v1/sureties", wish) == (422, "not_that_originators", "originator_id")
    guarantor = SURETY | {"originator_id": originator["id"]}
    assert await refused("/v1/sureties", guarantor) == (422, "not_that_originators", "originator_id")
    nobody = wish | {"originator_id": encode("ori", new_id())}
    assert await refused("/v1/sureties", nobody) == (404, "unknown_originator", "originator_id")
    alone = await world.operator.made("/v1/sureties", SURETY | BUYS_BACK)
    parties = {one["id"]: one["party"] for one in (await world.operator.get("/v1/originators"))["items"]}
    assert parties[alone["originator_id"]] == alone["id"], "nobody calls as it, so it proposes nothing"


def surety_of(number: int, **changes: Any) -> Surety:
    known: dict[str, Any] = {
        "id": UUID(int=number),
        "kind": SuretyKind.ORIGINATOR,
        "name": "x",
        "licence_kind": "micro_lending",
        "licence_number": f"L-{number}",
        "licensed_from": NOW_ON,
        "licensed_until": NOW_ON + timedelta(days=900),
        "currency": "CNY",
        "capital_minor": 1_000_000,
        "cap_minor": 9_000_000,
        "programmes": ("partner_originated",),
        "state": SuretyState.ACTIVE,
        "account_id": UUID(int=number + 1_000),
        "changed_by": "stf_1",
        "registered_at": NOW,
        "changed_at": NOW,
    }
    return Surety(**known | changes)


def terms_of(number: int = 1, **changes: Any) -> Terms:
    return Terms(
        **{
            "name": "青禾",
            "licence_kind": "micro_lending",
            "licence_number": f"L-{number}",
            "licensed_from_on": NOW_ON,
            "licensed_until_on": None,
            "capital_minor": 2_000_000,
            "exposure_cap_minor": 3_000_000,
        }
        | changes
    )


async def originator_of(tx: Tx, number: int, **changes: Any) -> UUID:
    made = await originator_actions.register(
        tx, STAFF, party=f"cus_{number}", currency="CNY", terms=terms_of(number, **changes)
    )
    return made.id


async def listed(tx: Tx, originator_id: UUID | None = None) -> UUID:
    """A listing for 1,000.00, open."""
    known = application_of(new_id(), encode("cus", new_id()))
    if originator_id is not None:
        known = replace(known, origination=Channel.PARTNER, originator_id=originator_id)
    assert await application_queries.add(tx.connection, known)
    made = listing_of(new_id(), known, tx.now + timedelta(days=3))
    await listing_queries.add(tx.connection, replace(made, account_id=new_id()))
    return made.id


async def test_an_originator_buys_back_its_own_loans_and_nobody_elses(tx: Tx) -> None:
    programme = await programme_queries.in_force(tx.connection, "partner_originated", tx.today)
    assert programme is not None
    first, second, bare = [await originator_of(tx, number) for number in (1, 2, 3)]
    for number, originator_id in ((1, first), (2, second)):
        await surety_queries.add(tx.connection, surety_of(number, originator_id=originator_id))
    await surety_queries.add(tx.connection, surety_of(9))
    for originator_id, expected in ((second, 2), (first, 1)):
        (made,) = await surety_actions.back(
            tx, programme, listing_id=await listed(tx), amount_minor=100_000, originator_id=originator_id
        )
        assert made.surety_id == UUID(int=expected)
    for nobody in (bare, None):
        with pytest.raises(NoSurety):
            await surety_actions.back(
                tx, programme, listing_id=await listed(tx), amount_minor=100_000, originator_id=nobody
            )


async def test_a_contract_is_not_made_after_the_licence_of_who_stands_behind_it(tx: Tx) -> None:
    originator_id = await originator_of(tx, 1, licensed_until_on=tx.today)
    listing_id = await listed(tx, originator_id)
    listing = await listing_actions.locked(tx, listing_id)
    tx.now += timedelta(days=1)
    await held(tx, await bid(tx, listing, 100_000))
    after = await listing_actions.locked(tx, listing_id)
    assert (after.state, after.reason) == (ListingState.RELEASING, "licence_not_valid")


async def test_a_contract_is_not_made_after_a_guarantors_licence(tx: Tx) -> None:
    listing_id = await listed(tx)
    ended = surety_of(1, kind=SuretyKind.GUARANTOR, licensed_until=tx.today - timedelta(days=1))
    await surety_queries.add(tx.connection, ended)
    promise = Suretyship(listing_id, SuretyKind.GUARANTOR, ended.id, 100_000, tx.now)
    await surety_queries.add_suretyship(tx.connection, promise)
    await held(tx, await bid(tx, await listing_actions.locked(tx, listing_id), 100_000))
    after = await listing_actions.locked(tx, listing_id)
    assert (after.state, after.reason) == (ListingState.RELEASING, "licence_not_valid")


async def test_what_has_ended_is_not_read_again_and_what_is_owed_again_is(tx: Tx) -> None:
    guarantor = surety_of(1, kind=SuretyKind.GUARANTOR)
    await surety_queries.add(tx.connection, guarantor)
    running, failed = await listed(tx), await listed(tx)
    for listing_id in (running, failed):
        promise = Suretyship(listing_id, SuretyKind.GUARANTOR, guarantor.id, 100_000, tx.now)
        await surety_queries.add_suretyship(tx.connection, promise)

    async def backed() -> int:
        holder = encode("sur", guarantor.id)
        return (await surety_queries.exposures(tx.connection, [(guarantor.id, holder)]))[guarantor.id].backed_minor

    assert await backed() == 200_000
    at = await listing_actions.locked(tx, failed)
    await listing_queries.save(tx.connection, replace(at, state=ListingState.FAILED, due_at=None))
    assert await backed() == 100_000
    await surety_queries.drop_ended(tx.connection, guarantor.id)
    assert await backed() == 100_000
    assert await _standing(tx) == {running}
    await tx.connection.execute(text("DELETE FROM standing_suretyships"))
    looked = await verification_queries.checks(tx.connection)
    assert looked["surety_counts_what_it_stands_behind"] == (2, [running])
    await surety_queries.stand_again(tx.connection, running)
    assert (await verification_queries.checks(tx.connection))["surety_counts_what_it_stands_behind"] == (2, [])


async def _standing(tx: Tx) -> set[UUID]:
    return set((await tx.connection.execute(text("SELECT listing_id FROM standing_suretyships"))).scalars())


async def test_the_audit_sees_a_loan_that_is_not_its_originators(tx: Tx) -> None:
    originator_id = await originator_of(tx, 1)
    listing_id = await listed(tx, originator_id)
    await held(tx, await bid(tx, await listing_actions.locked(tx, listing_id), 100_000))
    assert await originator_queries.exposure(tx.connection, originator_id) == 100_000
    assert (await verification_queries.checks(tx.connection))["loan_is_its_originators"] == (1, [])
    await tx.connection.execute(text("UPDATE loans SET originator_id = NULL"))
    examined, offending = (await verification_queries.checks(tx.connection))["loan_is_its_originators"]
    assert (examined, len(offending)) == (1, 1)


async def test_two_records_of_one_licence_became_one_with_the_narrower_terms(tx: Tx) -> None:
    """What the migration did to an originator that was kept twice; one that nobody registered keeps its own terms."""
    migration = importlib.import_module("services.p2p.migrations.2026_12_06_borrowers")
    mended = importlib.import_module("services.p2p.migrations.2026_12_07_retained")
    originator_id, other_id = (
        await originator_of(tx, 1),
        await originator_of(tx, 4, licensed_until_on=NOW_ON + timedelta(days=100)),
    )
    later = {"licensed_from": NOW_ON + timedelta(days=5_000), "licensed_until": NOW_ON + timedelta(days=6_000)}
    for number, changes in ((1, {}), (2, {"licence_number": "L-1"}), (3, {}), (4, later)):
        await surety_queries.add(tx.connection, surety_of(number, **changes))
    for statement in (migration.LINK, migration.NARROWER, migration.IN_FORCE):
        await tx.connection.execute(text(statement))
    found = [await surety_queries.load(tx.connection, UUID(int=number)) for number in (1, 2, 3, 4)]
    assert [one.originator_id for one in found if one] == [originator_id, None, None, None]
    # Days that have nothing in common are two licences, also where they had been taken for one.
    await tx.connection.execute(
        text("UPDATE sureties SET originator_id = :id WHERE id = :surety"), {"id": other_id, "surety": UUID(int=4)}
    )
    await tx.connection.execute(text(mended.APART))
    apart = await surety_queries.load(tx.connection, UUID(int=4))
    assert apart is not None
    assert (apart.originator_id, apart.licensed_from) == (None, later["licensed_from"])
    linked = await surety_queries.load(tx.connection, UUID(int=1))
    assert linked is not None
    assert linked.originator_id == originator_id
    one = await originator_queries.load(tx.connection, originator_id)
    assert one is not None
    assert (one.version, one.terms.capital_minor, one.terms.exposure_cap_minor) == (2, 1_000_000, 3_000_000)
    assert one.terms.licensed_until_on == NOW_ON + timedelta(days=900)
    assert found[0] is not None
    assert (found[0].capital_minor, found[0].cap_minor) == (1_000_000, 3_000_000)
    assert found[2] is not None
    assert found[2].cap_minor == 9_000_000


async def test_who_lends_first_has_a_licence_to_lend_that_is_valid(world: World) -> None:
    borrower, first = world.person(), await world.rich(1_000_000)
    listing = await world.listed(borrower, programme="claim_transfer")
    path, whole = f"/v1/listings/{listing['id']}/bids", {"amount": 1_000_000, "currency": "CNY"}
    refusal = (409, "licence_not_valid", None)
    assert await first.lending.refused(path, whole) == refusal
    known = await world.licensed(first, licensed_until_on="2021-12-31")
    assert await first.lending.refused(path, whole) == refusal
    terms = f"/v1/originators/{known['id']}/terms"
    await world.operator.made(terms, LICENCE | {"suspended": True})
    assert await first.lending.refused(path, whole) == refusal
    await world.operator.made(terms, LICENCE)
    assert (await first.bid(listing["id"], 1_000_000))["state"] in ("placed", "funded")
    await world.until(borrower.lending, f"/v1/listings/{listing['id']}", "disbursed")
    await world.operator.made(terms, LICENCE | {"suspended": True})
    (claim,) = (await first.lending.get("/v1/claims"))["items"]
    offer = {"claim_ids": [claim["id"]], "amount": 800_000, "currency": "CNY", "price_share": "1"}
    assert await first.lending.refused("/v1/slices", offer | {"promised_on": "2099-01-01"}) == refusal
