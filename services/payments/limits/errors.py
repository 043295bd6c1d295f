"""What limits refuse.

Refusal
├── NotFound   UnknownCurrency
├── Conflict   NotVerified · LifetimeLimitExceeded · AnnualLimitExceeded · DailyLimitExceeded · RateNotStated · SourceCounted
└── Invalid    FigureInPast · RateInPast · FigureMalformed

A limit's refusal tells `limit`, `used` and `left`, in fen.
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownCurrency(NotFound):
    code = "unknown_currency"


class NotVerified(Conflict):
    """No independent source has confirmed yet who the customer is, and without that nothing is paid here."""

    code = "identity_not_verified"


class LimitExceeded(Conflict):
    code = "limit_exceeded"


class LifetimeLimitExceeded(LimitExceeded):
    code = "lifetime_limit_exceeded"


class AnnualLimitExceeded(LimitExceeded):
    code = "annual_limit_exceeded"


class DailyLimitExceeded(LimitExceeded):
    code = "daily_limit_exceeded"


class RateNotStated(Conflict):
    """Nobody has said what the currency counts in CNY on this day."""

    code = "rate_not_stated"


class SourceCounted(Conflict):
    """The reference counts another payment already."""

    code = "payment_already_counted"


class FigureInPast(Invalid):
    """What was in force stays: payments were decided by it."""

    code = "figure_in_past"


class FigureMalformed(Invalid):
    code = "figure_malformed"


class RateInPast(Invalid):
    code = "rate_in_past"
