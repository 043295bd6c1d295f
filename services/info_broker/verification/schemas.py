"""The audit on the wire."""

from datetime import datetime

from chassis import wire
from services.info_broker.verification.checks import Check

OFFENDING_SHOWN = 100


class CheckAnswer(wire.Answer):
    """failed: how many of the examined offend; offending: ids of the first hundred."""

    name: str
    examined: int
    failed: int
    offending: list[str]


class VerificationAnswer(wire.Answer):
    holds: bool
    business_at: datetime
    checks: list[CheckAnswer]


def verification_answer(checks: list[Check], now: datetime) -> VerificationAnswer:
    return VerificationAnswer(
        holds=not any(check.offending for check in checks),
        business_at=now,
        checks=[
            CheckAnswer(
                name=check.name,
                examined=check.examined,
                failed=len(check.offending),
                offending=list(check.offending[:OFFENDING_SHOWN]),
            )
            for check in checks
        ],
    )
