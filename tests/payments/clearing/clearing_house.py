"""A clearing house as tests play it over HTTP: participants with money, a model, what they owe each other."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from chassis.ids import decode, encode
from clients.ids import new_id
from services.payments.clearing.settlement_actions import RUN_JOB
from tests.payments.market import Market, Refused, refusal

LICENCE = {"kind": "banking", "number": "SBX-T", "valid_from_on": "2004-01-01"}
CUT_OFFS = ["10:00", "17:00"]


@dataclass
class ClearingHouse:
    """Participants are named A, B, C …, which are BANK_A, BANK_B, BANK_C on the wire; or by their whole code."""

    market: Market
    model: str = "cny_net"
    joined: list[str] = field(default_factory=list)

    async def open(self, participants: str, *, caps: int | None = 0, money: int = 0, **facts: Any) -> "ClearingHouse":
        """caps: of each, None for none set; money: on each one's settlement account."""
        await self.make_model(**facts)
        for name in participants:
            await self.join(name)
            if money:
                await self.liquidity(name, money)
            if caps is not None:
                await self.cap(name, caps)
        return self

    async def make_model(self, **facts: Any) -> dict[str, Any]:
        deferred = {"granularity": "NET", "interchange": "MULTILATERAL", "delay": "DEFERRED", "cut_offs": CUT_OFFS}
        body = (
            {"code": self.model, "currency": "CNY", "prefunded": False, "settles_by_itself": False} | deferred | facts
        )
        return await self.post("models", body)

    async def gross(self, code: str = "cny_gross") -> "ClearingHouse":
        """The same participants, settled at once."""
        other = ClearingHouse(self.market, code, self.joined)
        await other.make_model(granularity="GROSS", interchange="BILATERAL", delay="IMMEDIATE", cut_offs=[])
        return other

    async def join(self, name: str, **facts: Any) -> dict[str, Any]:
        body = {"code": bank(name), "name": f"{name}银行", "licence": LICENCE} | facts
        self.joined.append(name)
        return await self.post("participants", body)

    async def liquidity(self, name: str, amount: int, direction: str = "in") -> Any:
        body = {"direction": direction, "bank": "ICBC", "currency": "CNY", "amount": amount}
        return await self.post(f"participants/{bank(name)}/liquidity", body)

    async def cap(self, name: str, cap_minor: int) -> dict[str, Any]:
        return await self.post(f"models/{self.model}/caps", {"participant": bank(name), "cap_minor": cap_minor})

    async def owe(self, payer: str, payee: str, amount: int, **facts: Any) -> dict[str, Any]:
        return await self.post("obligations", self.obligation(payer, payee, amount) | facts)

    def obligation(self, payer: str, payee: str, amount: int) -> dict[str, Any]:
        return owed(payer, payee, amount) | {"settlement_model": self.model}

    async def owe_many(self, obligations: Sequence[dict[str, Any]], **facts: Any) -> dict[str, Any]:
        body = {"settlement_model": self.model, "obligations": list(obligations)} | facts
        return await self.post("obligations/bulk", body)

    async def open_window(self) -> str:
        (window,) = (await self.get("windows", settlement_model=self.model, state="OPEN"))["items"]
        return str(window["id"])

    async def close(self) -> str:
        window_id = await self.open_window()
        await self.post(f"windows/{window_id}/closure")
        return window_id

    async def settle(self, *window_ids: str) -> dict[str, Any]:
        made = await self.post("settlements", {"window_ids": list(window_ids)})
        return await self.carried_on(made["id"])

    async def carried_on(self, settlement_id: str) -> dict[str, Any]:
        """As far as it goes: the request does that, unless the machine stands still for as long as it waits."""
        await self.market.served.runtime.jobs.run_now(RUN_JOB, {"id": str(decode("cls", settlement_id))})
        return dict(await self.get(f"settlements/{settlement_id}"))

    async def position(self, name: str) -> tuple[int, int]:
        """Position, and what is available on the settlement account."""
        items = (await self.get(f"participants/{bank(name)}/positions"))["items"]
        (found,) = [one for one in items if one["settlement_model"] == self.model]
        return found["position_minor"], found["liquidity_minor"]

    async def positions(self) -> list[tuple[int, int]]:
        return [await self.position(name) for name in self.joined]

    async def post(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        return await self.market.operator.post(f"/v1/clearing/{path}", body)

    async def refused(self, path: str, body: dict[str, Any] | None = None) -> Refused:
        return await self.market.operator.refused(f"/v1/clearing/{path}", body)

    async def get(self, path: str, **params: Any) -> Any:
        return await self.market.operator.get(f"/v1/clearing/{path}", **params)

    async def not_got(self, path: str, **params: Any) -> Refused:
        return refusal(await self.market.operator.http.get(f"/v1/clearing/{path}", params=params))

    async def document(self, path: str, **params: Any) -> bytes:
        answer = await self.market.operator.http.get(f"/v1/clearing/{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.content


def bank(name: str) -> str:
    return f"BANK_{name}" if len(name) == 1 else name


def owed(payer: str, payee: str, amount: int) -> dict[str, Any]:
    return {"id": encode("clo", new_id()), "payer": bank(payer), "payee": bank(payee), "amount": amount}
