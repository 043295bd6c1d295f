"""What only the gateway is told, beside `chassis.settings`.

| variable | meaning |
|---|---|
| SIFANG_GATEWAY_SIGN_IN_PER_ACCOUNT | tries for one contact (default `10 per 5 minutes`) |
| SIFANG_GATEWAY_SIGN_IN_PER_ADDRESS | tries from one address (default `120 per minute`) |
| SIFANG_GATEWAY_SIGN_UP_PER_ADDRESS | sign-ups from one address (default `120 per minute`) |
| SIFANG_GATEWAY_FACTOR_KEYS | keys of second factors at rest (`chassis/sealing.py`; default: from the signing key, `factors/sealing.py`) |
| SIFANG_GATEWAY_DEADLINE_SECONDS | how long a service may take to begin its answer (default 30) |

Limits are counted by each process for itself, so that N replicas let through N times as many.
"""

from dataclasses import dataclass

from chassis.settings import Settings


@dataclass(frozen=True)
class GatewaySettings:
    """Limits as the `limits` package writes them; deadline in seconds."""

    sign_in_per_account: str
    sign_in_per_address: str
    sign_up_per_address: str
    deadline_seconds: float

    @classmethod
    def read(cls, settings: Settings) -> "GatewaySettings":
        return cls(
            sign_in_per_account=settings.variable("SIGN_IN_PER_ACCOUNT", "10 per 5 minutes"),
            sign_in_per_address=settings.variable("SIGN_IN_PER_ADDRESS", "120 per minute"),
            sign_up_per_address=settings.variable("SIGN_UP_PER_ADDRESS", "120 per minute"),
            deadline_seconds=float(settings.variable("DEADLINE_SECONDS", "30")),
        )
