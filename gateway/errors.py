"""What the gateway refuses.

Refusal
├── Unauthenticated  CredentialsRefused · RefreshTokenRefused · RefreshTokenReused · SecondFactorRequired · SecondFactorRefused
├── Forbidden        CannotGrant · ForeignOrigin · StaffOnly
├── NotFound         UnknownStaff · UnknownFigure · UnsafePath
├── Conflict         ContactTaken · SecondFactorExists
├── Malformed        BodyTooSlow
├── Invalid          OneContact · MalformedContact · WeakPassword · UnknownRole · PeriodTooLong
├── TooMany          TooManyTries
└── Unavailable      PasswordsBusy · ServiceUnavailable · ServiceTimeout · OutcomeUnknown
"""

from chassis.errors import Conflict, Forbidden, Invalid, Malformed, NotFound, TooMany, Unauthenticated, Unavailable


class CredentialsRefused(Unauthenticated):
    """Unknown contact, wrong password, disabled person: one answer, so that nobody can be probed for an account."""

    code = "credentials_refused"


class RefreshTokenRefused(Unauthenticated):
    code = "refresh_token_refused"


class RefreshTokenReused(Unauthenticated):
    """A rotated token came back: somebody holds a copy. The whole family of tokens is ended."""

    code = "refresh_token_reused"


class SecondFactorRequired(Unauthenticated):
    """The password is right and a code is missing: told to nobody else."""

    code = "second_factor_required"


class SecondFactorRefused(Unauthenticated):
    code = "second_factor_refused"


class CannotGrant(Forbidden):
    code = "cannot_grant"


class ForeignOrigin(Forbidden):
    code = "foreign_origin"


class StaffOnly(Forbidden):
    code = "staff_only"


class UnknownStaff(NotFound):
    code = "unknown_staff"


class UnknownFigure(NotFound):
    code = "unknown_figure"


class UnsafePath(NotFound):
    """A path with dot segments, which a server behind could read as another path."""

    code = "no_such_route"


class ContactTaken(Conflict):
    """Told to operators only; sign-up answers alike for free and taken contacts."""

    code = "contact_taken"


class BodyTooSlow(Malformed):
    """The caller's body did not come in time; the service behind saw no whole request."""

    status = 408
    code = "body_too_slow"


class SecondFactorExists(Conflict):
    code = "second_factor_exists"


class OneContact(Invalid):
    code = "one_contact_required"


class MalformedContact(Invalid):
    code = "malformed_contact"


class WeakPassword(Invalid):
    code = "weak_password"


class UnknownRole(Invalid):
    code = "unknown_role"


class PeriodTooLong(Invalid):
    code = "period_too_long"


class TooManyTries(TooMany):
    code = "too_many_tries"


class PasswordsBusy(Unavailable):
    code = "passwords_busy"


class ServiceUnavailable(Unavailable):
    """The service behind was not reached; nothing was done there."""

    code = "service_unavailable"


class ServiceTimeout(Unavailable):
    """A read got no answer in time."""

    status = 504
    code = "service_timeout"


class OutcomeUnknown(Unavailable):
    """A write was sent and no answer came: only the same request under the same key tells what happened."""

    code = "outcome_unknown"


class OutcomeUnknownInTime(OutcomeUnknown):
    status = 504
