"""Which questions about the past have an answer. What cannot be told is a refusal, never an empty answer or 0. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.payments.ledger.errors import (
    InFuture,
    MetadataNotKnownThen,
    RangeReversed,
    RangeTooWide,
    SumOutOfRange,
    TooManyAccounts,
    UnanswerableQuestion,
)
from services.payments.ledger.model import LARGEST_SUM, AccountFilter, AggregatedBalance, TransferFilter

WIDEST_RANGE = timedelta(days=31)
"""Of the transfers of all accounts; of one account, one record or one hold any range is read."""
MOST_ACCOUNTS_NOW = 1_000_000
MOST_ACCOUNTS_THEN = 10_000
"""Accounts of which a sum is taken: of a past instant each is looked up by itself."""


def require_range(wanted: TransferFilter, now: datetime) -> None:
    """Raises InFuture, RangeReversed."""
    for name, instant in (("since", wanted.since), ("until", wanted.until)):
        if instant is not None and instant > now:
            raise InFuture("nobody knows yet", field=name)
    if wanted.since is not None and wanted.until is not None and wanted.since >= wanted.until:
        raise RangeReversed("the range ends before it begins, or has no length", field="until")


def require_narrow_range(wanted: TransferFilter, now: datetime) -> None:
    """Of the transfers of all accounts: a code or metadata alone may be all there is. Raises UnanswerableQuestion, RangeTooWide."""
    if wanted.since is None:
        field = "code" if wanted.code is not None else "metadata" if wanted.metadata else "since"
        raise UnanswerableQuestion(
            "it narrows an account, a reference, a hold, or a range that has a beginning", field=field
        )
    if (wanted.until or now) - wanted.since > WIDEST_RANGE:
        raise RangeTooWide(f"at most {WIDEST_RANGE.days} days of all accounts", field="until")


def require_instant(wanted: AccountFilter, now: datetime, known_since: datetime | None) -> None:
    """known_since: from when on metadata of all accounts is known, None for always. Raises InFuture, MetadataNotKnownThen."""
    if wanted.at is None:
        return
    if wanted.at > now:
        raise InFuture("nobody knows yet", field="at")
    if wanted.metadata and known_since is not None and wanted.at < known_since:
        raise MetadataNotKnownThen("no metadata was kept then", field="at", known_since=known_since.isoformat())


def require_summable(balances: Sequence[AggregatedBalance] | None) -> Sequence[AggregatedBalance]:
    """Raises TooManyAccounts for what was not added up, SumOutOfRange."""
    if balances is None:
        raise TooManyAccounts(
            "too many accounts match", most_now=MOST_ACCOUNTS_NOW, most_at_a_past_instant=MOST_ACCOUNTS_THEN
        )
    for one in balances:
        if max(one.debits_posted, one.debits_pending, one.credits_posted, one.credits_pending) > LARGEST_SUM:
            raise SumOutOfRange("a sum would pass 2^53", field="currency", currency=one.currency)
    return balances
