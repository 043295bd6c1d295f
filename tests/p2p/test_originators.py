"""Loans that a licensed lender proposes: never beyond its licence, its own cap, or the programme's multiple of its capital."""

import asyncio
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from chassis.clock import business_day, real_now
from chassis.ids import encode
from clients.ids import new_id
from services.p2p.errors import BeyondExposure, LicenceNotValid, OriginatorTermsWrong
from services.p2p.originators import rules
from services.p2p.originators.model import LicenceKind, Originator, Terms
from tests.conftest import Serve
from tests.p2p.people import GOOD_FACTS, LICENCE, TERMS, Door, application, somebody
from tests.serving import Served


@pytest.fixture
async def lending(serve: Serve) -> Served:
    return await serve("p2p")


def customer(lending: Served) -> Door:
    party = encode("cus", new_id())
    return Door(lending.client(party), party)


PARTNERS: dict[str, Any] = {
    "names": {"en": "Partners, the lender bears the loss", "zh": "合作机构推荐（出借人自担风险）"},
    "currency": "CNY",
    "lender_kind": "private",
    "rate_formation": "fixed",
    "lowest_rate": "0.03",
    "highest_rate": "0.12",
    "loss_borne_by": "lender",
    "origination": ["partner"],
    "originator": {"retained_share": "0", "largest_exposure": "10"},
    "grades": ["A", "B", "C", "D"],
    "methods": ["equal_instalment"],
    "terms_months": [12],
    "day_count": "30/360",
    "least_amount_minor": 100_000,
    "largest_amount_minor": 20_000_000,
    "lot_minor": 5_000,
    "longest_open_days": 15,
    "late_daily_rate": "0.0003",
}
"""Nobody has to stand in for the originator, so that its cap alone decides."""


async def registered(lending: Served, **changes: Any) -> tuple[Door, str]:
    """An originator's own door, and its id; a programme of partners is there."""
    door, operator = customer(lending), Door(lending.client(), "stf_tests")
    await operator.made(
        "/v1/programmes/partners/versions", PARTNERS | {"valid_from": business_day(real_now()).isoformat()}
    )
    made = await operator.made("/v1/originators", LICENCE | {"party": door.party, "currency": "CNY"} | changes)
    return door, made["id"]


def proposal(borrower: Door, **changes: Any) -> dict[str, Any]:
    return application(**changes) | {"borrower": borrower.party}


async def test_a_proposal_is_graded_as_any_other_and_listed_by_its_borrower(lending: Served) -> None:
    originator, its_id = await registered(lending)
    borrower = customer(lending)
    made = await originator.made(f"/v1/originators/{its_id}/applications", proposal(borrower))
    assert (made["state"], made["borrower"], made["origination"]) == ("approved", borrower.party, "partner")
    assert (await originator.get(f"/v1/originators/{its_id}"))["exposure_minor"] == 1_000_000
    path = f"/v1/applications/{made['id']}/listing"
    assert await borrower.refused(path, TERMS) == (422, "not_offered", "programme")
    listing = await borrower.post(path, TERMS | {"programme": "partners"})
    assert listing.status_code == 202, listing.text
    assert (await originator.get(f"/v1/originators/{its_id}"))["exposure_minor"] == 1_000_000


async def test_an_application_of_ones_own_is_not_listed_as_a_partners(lending: Served) -> None:
    borrower = customer(lending)
    made = await borrower.made("/v1/applications", application())
    refused = await borrower.refused(
        f"/v1/applications/{made['id']}/listing", TERMS | {"programme": "partner_originated"}
    )
    assert refused == (422, "not_offered", "programme")


async def test_who_did_not_ask_for_it_takes_it_back_and_applies_herself(lending: Served) -> None:
    originator, its_id = await registered(lending)
    borrower = customer(lending)
    made = await originator.made(f"/v1/originators/{its_id}/applications", proposal(borrower))
    path = f"/v1/applications/{made['id']}/withdrawal"
    assert await originator.refused(path) == (404, "unknown_application", "application_id")
    assert (await borrower.made(path, None, 200))["state"] == "withdrawn"
    assert await borrower.refused(path) == (409, "not_allowed_in_state", None)
    assert (await originator.get(f"/v1/originators/{its_id}"))["exposure_minor"] == 0
    assert (await borrower.made("/v1/applications", application()))["state"] == "approved"


async def test_beyond_its_cap_nothing_is_proposed_also_at_once(lending: Served) -> None:
    """Of ten at once, three fit."""
    originator, its_id = await registered(lending)
    path = f"/v1/originators/{its_id}/applications"
    answers = await asyncio.gather(*(originator.post(path, proposal(customer(lending))) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 7
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"beyond_exposure"}
    assert (await originator.get(f"/v1/originators/{its_id}"))["exposure_minor"] == 3_000_000


async def test_beyond_the_programmes_multiple_of_its_capital_nothing_is_listed(lending: Served) -> None:
    """Ten times 2,000 yuan of capital: two loans of 10,000, though its own cap would let it have three."""
    originator, its_id = await registered(lending)
    for expected in (202, 202, 409):
        borrower = customer(lending)
        made = await originator.made(f"/v1/originators/{its_id}/applications", proposal(borrower))
        listing = await borrower.post(f"/v1/applications/{made['id']}/listing", TERMS | {"programme": "partners"})
        assert listing.status_code == expected, listing.text
    assert listing.json()["code"] == "beyond_exposure"
    assert listing.json()["most_minor"] == 2_000_000


async def test_terms_are_renewed_and_every_version_kept(lending: Served) -> None:
    originator, its_id = await registered(lending)
    operator = Door(lending.client(), "stf_tests")
    renewed = await operator.made(f"/v1/originators/{its_id}/terms", LICENCE | {"suspended": True})
    assert (renewed["version"], renewed["suspended"]) == (2, True)
    refused = await originator.refused(f"/v1/originators/{its_id}/applications", proposal(customer(lending)))
    assert refused == (409, "licence_not_valid", None)
    async with lending.runtime.reading() as connection:
        found = await connection.exec_driver_sql("SELECT version, suspended FROM originator_terms ORDER BY version")
        assert [tuple(row) for row in found] == [(1, False), (2, True)]
    assert [one["version"] for one in (await operator.get("/v1/originators"))["items"]] == [2]


async def test_what_is_refused(lending: Served) -> None:
    originator, its_id = await registered(lending)
    operator, other = Door(lending.client(), "stf_tests"), customer(lending)
    path = f"/v1/originators/{its_id}"
    wish = proposal(customer(lending))
    assert await other.refused(f"{path}/applications", wish) == (404, "unknown_originator", "originator_id")
    assert (await other.get(path, 404))["code"] == "unknown_originator"
    assert (await other.get("/v1/originators"))["items"] == []
    assert await other.refused("/v1/originators", LICENCE) == (403, "missing_scope", None)
    assert await other.refused(f"{path}/terms", LICENCE) == (403, "missing_scope", None)
    again = LICENCE | {"party": originator.party, "currency": "CNY"}
    assert await operator.refused("/v1/originators", again) == (409, "originator_known", "party")
    ends = LICENCE | {"licensed_until_on": "2019-12-31"}
    assert await operator.refused(f"{path}/terms", ends) == (422, "originator_terms_wrong", "licensed_until_on")
    nobody = f"/v1/originators/{encode('ori', new_id())}/terms"
    assert await operator.refused(nobody, LICENCE) == (404, "unknown_originator", "originator_id")
    itself = proposal(originator)
    assert await originator.refused(f"{path}/applications", itself) == (409, "own_originator", "borrower")
    dollars = proposal(customer(lending), currency="USD")
    assert await originator.refused(f"{path}/applications", dollars) == (422, "currency_differs", "currency")


def originator(**changes: Any) -> Originator:
    known: dict[str, Any] = {
        "name": "x",
        "licence_kind": LicenceKind.MICRO_LENDING,
        "licence_number": "1",
        "licensed_from_on": date(2026, 1, 1),
        "licensed_until_on": date(2026, 12, 31),
        "capital_minor": 1,
        "exposure_cap_minor": 10,
    }
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Originator(UUID(int=1), "cus_1", "CNY", 1, Terms(**known | changes), "stf_1", at)


def test_a_licence_is_valid_from_its_first_day_to_its_last() -> None:
    for day in (date(2026, 1, 1), date(2026, 12, 31)):
        rules.require_licensed(originator(), day)
    rules.require_licensed(originator(licensed_until_on=None), date(2100, 1, 1))
    for day in (date(2025, 12, 31), date(2027, 1, 1)):
        with pytest.raises(LicenceNotValid):
            rules.require_licensed(originator(), day)
    with pytest.raises(LicenceNotValid):
        rules.require_licensed(originator(suspended=True), date(2026, 6, 1))


def test_exposure_reaches_its_cap_and_not_beyond() -> None:
    rules.require_exposure(originator(), 10)
    with pytest.raises(BeyondExposure):
        rules.require_exposure(originator(), 11)
    with pytest.raises(OriginatorTermsWrong):
        rules.check_terms(originator(licensed_until_on=date(2025, 1, 1)).terms)


async def test_a_partners_try_that_was_declined_keeps_the_partner_waiting_and_not_her(lending: Served) -> None:
    originator, its_id = await registered(lending)
    borrower = customer(lending)
    identity = somebody()
    bad = proposal(borrower, identity=identity, facts=GOOD_FACTS | {"accounts_past_due": 1})
    path = f"/v1/originators/{its_id}/applications"
    assert (await originator.made(path, bad))["state"] == "declined"
    again = proposal(borrower, identity=identity)
    assert await originator.refused(path, again) == (409, "too_soon_to_reapply", None)
    assert (await borrower.made("/v1/applications", application(identity=identity)))["state"] == "approved"
