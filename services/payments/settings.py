"""What this service alone is told by its environment.

| variable | meaning |
|---|---|
| SIFANG_PAYMENTS_CARD_KEYS | keys of cards, identities and bank details; live mode needs them (`chassis/sealing.py`) |
| SIFANG_PAYMENTS_CHANNEL_SECONDS | how long a bank's answer is waited for (default 8) |
| SIFANG_PAYMENTS_VERIFICATION | `required` (live mode always), `voluntary` (default in test mode): see `limits/actions.py` |
| SIFANG_PAYMENTS_WEBHOOK_KEYS | keys of webhook secrets, likewise |
| SIFANG_PAYMENTS_WEBHOOK_SECONDS | how long a receiver of webhooks may take to answer (default 15) |
"""

from dataclasses import dataclass

from chassis.settings import MissingSetting, Settings, UnsafeSetting
from services.payments.channels.sandbox_bank import CALL_SECONDS


@dataclass(frozen=True, slots=True)
class ChannelPatience:
    seconds: float

    @classmethod
    def read(cls, settings: Settings) -> "ChannelPatience":
        return cls(float(settings.variable("CHANNEL_SECONDS", str(CALL_SECONDS))))


def verification_required(settings: Settings) -> bool:
    """Raises MissingSetting for another word, UnsafeSetting for `voluntary` in live mode."""
    word = settings.variable("VERIFICATION", "voluntary" if settings.test_mode else "required")
    if word not in ("required", "voluntary"):
        raise MissingSetting("SIFANG_PAYMENTS_VERIFICATION must be required or voluntary")
    if word == "voluntary" and not settings.test_mode:
        raise UnsafeSetting("in live mode nobody pays who has not proved who she is")
    return word == "required"


@dataclass(frozen=True, slots=True)
class WebhookPatience:
    seconds: float

    @classmethod
    def read(cls, settings: Settings) -> "WebhookPatience":
        return cls(float(settings.variable("WEBHOOK_SECONDS", "15")))
