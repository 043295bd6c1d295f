"""What this service alone is told by its environment.

| variable | meaning |
|---|---|
| SIFANG_P2P_IDENTITY_KEYS | keys of identities, 32 bytes in base64 each, newest first, comma between; live mode needs them |
| SIFANG_P2P_REVIEW_DAYS | days an application may wait for its review (default 7) |
| SIFANG_P2P_APPROVAL_DAYS | days an approval may be used (default 30) |
| SIFANG_P2P_CHECKING_DAYS | days the identity service and the credit bureau have to answer (default 3) |
| SIFANG_P2P_CHECKS | `required`: every application is checked outside; `if_there` (test mode's default): where a sandbox is configured |
| SIFANG_P2P_SECOND_LOOK_MINOR | above it two of the staff approve (default 5,000,000 minor units) |
| SIFANG_P2P_APPEAL_DAYS | days in which one who was declined may appeal (default 30) |
| SIFANG_P2P_REAPPLY_DAYS | days after which one who was declined may apply again (default 7) |
"""

from dataclasses import dataclass

from chassis.settings import MissingSetting, Settings, UnsafeSetting


@dataclass(frozen=True, slots=True)
class ApplicationDeadlines:
    review_days: int
    approval_days: int
    checking_days: int = 3

    @classmethod
    def read(cls, settings: Settings) -> "ApplicationDeadlines":
        return cls(
            review_days=int(settings.variable("REVIEW_DAYS", "7")),
            approval_days=int(settings.variable("APPROVAL_DAYS", "30")),
            checking_days=int(settings.variable("CHECKING_DAYS", "3")),
        )


@dataclass(frozen=True, slots=True)
class ReviewRules:
    """second_look_minor: above it two of the staff approve; days in which to appeal, and after which to apply again."""

    second_look_minor: int
    appeal_days: int
    reapply_days: int

    @classmethod
    def read(cls, settings: Settings) -> "ReviewRules":
        return cls(
            second_look_minor=int(settings.variable("SECOND_LOOK_MINOR", "5000000")),
            appeal_days=int(settings.variable("APPEAL_DAYS", "30")),
            reapply_days=int(settings.variable("REAPPLY_DAYS", "7")),
        )


def checks_needed(settings: Settings) -> bool:
    """Whether those outside are asked about an application. Raises MissingSetting for another word, UnsafeSetting in live mode."""
    word = settings.variable("CHECKS", "if_there" if settings.test_mode else "required")
    if word not in ("required", "if_there"):
        raise MissingSetting("SIFANG_P2P_CHECKS must be required or if_there")
    if word == "if_there" and not settings.test_mode:
        raise UnsafeSetting("in live mode nobody borrows whose identity was not checked")
    return word == "required" or "sandbox" in settings.neighbours
