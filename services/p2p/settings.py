"""What this service alone is told by its environment.

| variable | meaning |
|---|---|
| SIFANG_P2P_IDENTITY_KEYS | keys of identities, 32 bytes in base64 each, newest first, comma between; live mode needs them |
| SIFANG_P2P_REVIEW_DAYS | days an application may wait for its review (default 7) |
| SIFANG_P2P_APPROVAL_DAYS | days an approval may be used (default 30) |
"""

from dataclasses import dataclass

from chassis.settings import Settings


@dataclass(frozen=True, slots=True)
class ApplicationDeadlines:
    review_days: int
    approval_days: int

    @classmethod
    def read(cls, settings: Settings) -> "ApplicationDeadlines":
        return cls(
            review_days=int(settings.variable("REVIEW_DAYS", "7")),
            approval_days=int(settings.variable("APPROVAL_DAYS", "30")),
        )
