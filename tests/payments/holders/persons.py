"""People who prove who they are, over HTTP. Digits 15 to 17 of a number choose how the sandbox's sources answer about it."""

from dataclasses import dataclass, field
from typing import Any

import httpx
from stdnum.cn import ric

from services.payments.holders.model import CheckChannel
from tests.conftest import Serve
from tests.payments.customer import Person, World

CHANNELS = [str(channel) for channel in CheckChannel]


def identity_number(sequence: str = "003", born: str = "19900307") -> str:
    body = f"110101{born}{sequence}"
    return body + str(ric.calc_check_digit(f"{body}0"))


async def verifying_world(serve: Serve) -> World:
    """payments where nobody pays who has not proved who she is, and its sandbox."""
    return await World.open(serve, SIFANG_PAYMENTS_VERIFICATION="required")


@dataclass
class Applicant:
    """person: her authorised calls; number: her own unless told."""

    person: Person
    number: str = field(default_factory=identity_number)
    name: str = "王小明"

    async def declare(self) -> httpx.Response:
        return await self.person.post("/v1/holders/identity", {"name": self.name, "number": self.number})

    async def check(self, channel: str = "police", key: str | None = None) -> httpx.Response:
        return await self.person.post("/v1/holders/checks", {"channel": channel}, key)

    async def proved(self, checks: int = 5) -> "Applicant":
        declared = await self.declare()
        assert declared.status_code == 201, declared.text
        for channel in CHANNELS[:checks]:
            answer = await self.check(channel)
            assert (answer.status_code, answer.json()["state"]) == (201, "passed"), answer.text
        return self

    async def standing(self) -> dict[str, Any]:
        return dict(await self.person.get("/v1/holders/me"))

    async def state_of(self, check_id: str) -> str:
        return str((await self.person.get(f"/v1/holders/checks/{check_id}"))["state"])
