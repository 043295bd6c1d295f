"""What this service alone is told by its environment.

| variable | meaning |
|---|---|
| SIFANG_ECOMMERCE_CREDIT_LENDER_KIND | kind of lender for the statutory ceiling: `licensed` (default) or `private` |
| SIFANG_ECOMMERCE_CREDIT_CLAIM_DAYS | days a claim to a shop may wait for an operator (default 14) |
| SIFANG_ECOMMERCE_CREDIT_OFFER_DAYS | days an approved limit may be accepted (default 30) |
| SIFANG_ECOMMERCE_CREDIT_LINE_DAYS | days a line may be drawn on before it needs another limit (default 365) |
| SIFANG_ECOMMERCE_CREDIT_STALE_DAYS | oldest a marketplace's newest order may be, in days, for a limit (default: 45 live, none in test) |
"""

from dataclasses import dataclass
from typing import Literal

from chassis.settings import MissingSetting, Settings

LenderKind = Literal["licensed", "private"]


@dataclass(frozen=True, slots=True)
class CreditSettings:
    """stale_days: None for no bound, as historic files are played in test mode."""

    lender_kind: LenderKind
    claim_days: int
    offer_days: int
    line_days: int
    stale_days: int | None

    @classmethod
    def read(cls, settings: Settings) -> "CreditSettings":
        """Raises MissingSetting for a kind of lender that is unknown."""
        kind = settings.variable("LENDER_KIND", "licensed")
        if kind not in ("licensed", "private"):
            raise MissingSetting("SIFANG_ECOMMERCE_CREDIT_LENDER_KIND must be licensed or private")
        stale = settings.variable("STALE_DAYS", "" if settings.test_mode else "45")
        return cls(
            lender_kind="licensed" if kind == "licensed" else "private",
            claim_days=int(settings.variable("CLAIM_DAYS", "14")),
            offer_days=int(settings.variable("OFFER_DAYS", "30")),
            line_days=int(settings.variable("LINE_DAYS", "365")),
            stale_days=int(stale) if stale else None,
        )
