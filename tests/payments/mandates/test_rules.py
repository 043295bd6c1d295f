"""What a refusal means, and where periods begin and end."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.payments.mandates import rules
from services.payments.mandates.model import Period
from services.payments.mandates.refusals import meaning_of


def test_refusals_mean_what_the_table_says() -> None:
    assert meaning_of("insufficient_funds").again
    assert not meaning_of("card_restricted").again
    assert (meaning_of("never seen before").code, meaning_of("never seen before").again) == ("bank_refused", False)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.sampled_from(Period))
def test_periods_are_without_gaps_and_hold_their_day(day: date, period: Period) -> None:
    first, last = rules.bounds(day, period)
    assert first <= day <= last
    assert rules.bounds(last + timedelta(days=1), period)[0] == last + timedelta(days=1)
    assert rules.bounds(first, period) == rules.bounds(last, period) == (first, last)
