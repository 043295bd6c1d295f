"""What a service is told by its environment, read once.

| variable | meaning |
|---|---|
| SIFANG_MODE | `test` (settable clock, generated keys, sandbox allowed) or `live` |
| SIFANG_<SERVICE>_DATABASE_URL | the service's role; `postgresql://…` |
| SIFANG_<SERVICE>_DIRECT_URL | the same without a transaction pooler, for jobs, advisory locks and lanes (default: the URL above) |
| SIFANG_<SERVICE>_OWNER_URL | the owner's role, used by `chassis.migrate` alone |
| SIFANG_<SERVICE>_URL | where a neighbour is reached |
| SIFANG_KEYS | folder with `<service>.private.json` (only ours is read) and `<issuer>.public.json` (a JWKS each) |
| SIFANG_PROCESS | which of the service's processes this one is, for its logs (default: it is the only one) |
| SIFANG_POOL_SIZE | connections of one process, without the direct ones (default 10) |
| SIFANG_ZONE | zone of business days (default Asia/Shanghai) |
| SIFANG_BODY_LIMIT | largest request body in bytes (default 8 MiB) |
| SIFANG_OTLP_ENDPOINT | where traces go (default: nowhere) |
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from chassis.clock import SUITE_ZONE

SERVICES = ("gateway", "payments", "p2p", "ecommerce_credit", "info_broker", "sandbox")


class MissingSetting(Exception):
    """A variable the service cannot run without."""


class UnsafeSetting(Exception):
    """What is good enough for trying things out, but not in live mode."""


@dataclass(frozen=True)
class Settings:
    service: str
    mode: Literal["test", "live"]
    database_url: str
    direct_url: str
    keys: Path
    neighbours: Mapping[str, str]
    zone: ZoneInfo = SUITE_ZONE
    pool_size: int = 10
    body_limit: int = 8 * 1024 * 1024
    otlp_endpoint: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def test_mode(self) -> bool:
        return self.mode == "test"

    def variable(self, name: str, default: str | None = None) -> str:
        """A variable of this service alone: `variable("CARD_KEYS")` reads SIFANG_<SERVICE>_CARD_KEYS."""
        full = f"SIFANG_{self.service.upper()}_{name}"
        value = self.environment.get(full, default)
        if value is None:
            raise MissingSetting(f"{full} is not set")
        return value

    @classmethod
    def read(cls, service: str, environment: Mapping[str, str] | None = None) -> "Settings":
        """From the environment. Raises MissingSetting with the variable's name."""
        environment = os.environ if environment is None else environment
        prefix = f"SIFANG_{service.upper()}_"
        url = environment.get(f"{prefix}DATABASE_URL")
        if url is None:
            raise MissingSetting(f"{prefix}DATABASE_URL is not set")
        mode = environment.get("SIFANG_MODE", "test")
        if mode not in ("test", "live"):
            raise MissingSetting("SIFANG_MODE must be test or live")
        return cls(
            service=service,
            mode="live" if mode == "live" else "test",
            database_url=url,
            direct_url=environment.get(f"{prefix}DIRECT_URL", url),
            keys=Path(environment.get("SIFANG_KEYS", ".sifang/keys")),
            neighbours=_neighbours(environment),
            zone=ZoneInfo(environment.get("SIFANG_ZONE", "Asia/Shanghai")),
            pool_size=int(environment.get("SIFANG_POOL_SIZE", "10")),
            body_limit=int(environment.get("SIFANG_BODY_LIMIT", str(8 * 1024 * 1024))),
            otlp_endpoint=environment.get("SIFANG_OTLP_ENDPOINT"),
            environment=environment,
        )


def _neighbours(environment: Mapping[str, str]) -> dict[str, str]:
    addresses = {name: environment.get(f"SIFANG_{name.upper()}_URL") for name in SERVICES}
    return {name: address for name, address in addresses.items() if address}
