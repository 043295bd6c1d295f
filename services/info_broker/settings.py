"""What this service alone is told by its environment, read once.

| variable | meaning |
|---|---|
| SIFANG_INFO_BROKER_CONTACT_KEYS | keys of contact data, 32 bytes in base64 each, newest first, comma between; required in live mode |
| SIFANG_INFO_BROKER_ROUTING_DAYS | days a lead may wait for an institution (default 7) |
| SIFANG_INFO_BROKER_ANSWER_DAYS | days an institution may take to answer (default 14) |
| SIFANG_INFO_BROKER_RETENTION_DAYS | days the contact of an accepted lead is kept (default 180) |
"""

from dataclasses import dataclass

from chassis.settings import Settings


@dataclass(frozen=True, slots=True)
class LeadDeadlines:
    routing_days: int
    answer_days: int
    retention_days: int

    @classmethod
    def read(cls, settings: Settings) -> "LeadDeadlines":
        return cls(
            routing_days=int(settings.variable("ROUTING_DAYS", "7")),
            answer_days=int(settings.variable("ANSWER_DAYS", "14")),
            retention_days=int(settings.variable("RETENTION_DAYS", "180")),
        )
