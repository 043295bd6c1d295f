from datetime import date
from uuid import UUID

import pytest
from pydantic import ValidationError

from services.info_broker.institutions.model import LicencePeriod, LicenceState
from services.info_broker.institutions.profile import Profile
from services.info_broker.institutions.rules import licence_state, recognise

DAY = date(2026, 11, 24)
PROFILE = {
    "code": "some_bank",
    "kind": "bank",
    "name": "某某银行股份有限公司",
    "short_name": "某某银行",
    "regulator": "NFRA",
    "source": "its own announcement",
    "as_of_on": "2026-11-01",
}


@pytest.mark.parametrize(
    ("valid_from_on", "valid_until_on", "state"),
    [
        (None, None, LicenceState.VALID),
        (DAY, DAY, LicenceState.VALID),
        (date(2026, 11, 25), None, LicenceState.NOT_YET_VALID),
        (None, date(2026, 11, 23), LicenceState.EXPIRED),
    ],
)
def test_a_licence_holds_on_its_first_and_last_day(
    valid_from_on: date | None, valid_until_on: date | None, state: LicenceState
) -> None:
    licence = LicencePeriod("public_fund_management", valid_from_on, valid_until_on)
    assert licence_state([licence], DAY, "fund") is state


def test_a_licence_of_another_kind_does_not_cover_the_product() -> None:
    banking = LicencePeriod("banking", None, None)
    assert licence_state([banking], DAY, "fund") is LicenceState.NONE
    assert licence_state([banking], DAY, "deposit") is LicenceState.VALID
    assert licence_state([banking], DAY, "wealth") is LicenceState.VALID
    assert licence_state([], DAY) is LicenceState.NONE


def test_the_best_of_several_licences_counts() -> None:
    old = LicencePeriod("banking", None, date(2020, 1, 1))
    assert licence_state([old, LicencePeriod("banking", date(2020, 1, 2), None)], DAY, "loan") is LicenceState.VALID


def test_the_longest_prefix_says_whose_fund_it_is() -> None:
    orient, orient_red = UUID(int=1), UUID(int=2)
    prefixes = {"东方": orient, "东方红": orient_red}
    assert recognise("东方红睿丰混合", prefixes) == orient_red
    assert recognise("东方精选混合", prefixes) == orient
    assert recognise("中盘ETF", prefixes) is None
    assert recognise("东", prefixes) is None
    assert recognise("东方", {}) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "bakery"),
        ("code", "Some Bank"),
        ("name", " blank before"),
        ("name", "nul\x00inside"),
        ("website", "ftp://x"),
        ("listing", {"exchange": "SSE", "ticker": "lower case"}),
        ("takes_leads", 1),
        ("as_of_on", "yesterday"),
        ("licences", [{"kind": "banking", "issued_by": "NFRA", "valid_from_on": "2026-02-01", "valid_until_on": "2026-01-01"}]),
        ("service_channels", [{"channel": "fax", "hours": "0-24"}]),
        ("colour", "red"),
    ],
)  # fmt: skip
def test_a_profile_says_what_is_wrong_with_it(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as fault:
        Profile.model_validate(PROFILE | {field: value})
    assert fault.value.errors()[0]["loc"][0] == field


def test_a_profile_needs_its_evidence() -> None:
    with pytest.raises(ValidationError):
        Profile.model_validate({name: value for name, value in PROFILE.items() if name != "source"})
