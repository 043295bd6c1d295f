"""The brokerage as a test talks to it: as an operator, a customer or an institution, each with her own token."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from chassis.ids import encode
from services.info_broker.contacts import jobs as contact_jobs
from services.info_broker.leads import jobs as lead_jobs
from services.info_broker.views import jobs as view_jobs

READ, WRITE, OPERATE = "info_broker:read", "info_broker:write", "info_broker:operate"
CONSENT = {"text_version": "2021-11", "purposes": ["contact_by_institution"]}
FUNDS = [
    ["000001", "HXCZHH", "华夏成长混合", "混合型", "HUAXIACHENGZHANGHUNHE"],
    ["000011", "HXDPJX", "华夏大盘精选混合", "混合型", "HUAXIADAPANJINGXUANHUNHE"],
    ["000198", "THYEB", "天弘余额宝货币", "货币型", "TIANHONGYUEBAOHUOBI"],
    ["510050", "HXSZ50ETF", "华夏上证50ETF", "ETF-场内", "HUAXIASHANGZHENG50ETF"],
    ["159901", "SZ100ETF", "中盘ETF", "ETF-场内", "ZHONGPANETF"],
]


def profile(code: str, **changes: Any) -> dict[str, Any]:
    """An institution that may be sent customers for funds."""
    return {
        "code": code,
        "kind": "fund_house",
        "name": f"{code} 基金管理有限公司",
        "short_name": code,
        "regulator": "CSRC",
        "licences": [{"kind": "public_fund_management", "issued_by": "CSRC"}],
        "source": "made for tests",
        "as_of_on": "2026-11-01",
    } | changes


@dataclass
class Door:
    """One caller's authorised calls."""

    http: httpx.AsyncClient
    party: str

    async def post(self, path: str, body: Any = None, key: str | None = None) -> httpx.Response:
        return await self.http.post(path, json=body, headers={"idempotency-key": key or uuid4().hex})

    async def get(self, path: str, status: int = 200, **params: Any) -> Any:
        answer = await self.http.get(path, params=params or None)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def take(self, source: str, rows: list[Any], **more: Any) -> dict[str, Any]:
        body = {"source": source, "file": "rows", "first_line": 1, "rows": rows} | more
        answer = await self.post("/v1/imports", body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def product(self, code: str) -> dict[str, Any]:
        found = await self.get("/v1/products", q=code)
        return next(dict(item) for item in found["items"] if item["code"] == code)

    async def leave_lead(self, product_id: str, mobile: str | None = None, **more: Any) -> httpx.Response:
        contact = {"name": "王小明", "mobile": mobile or f"139{uuid4().int % 10**8:08d}"}
        return await self.post("/v1/leads", {"product_id": product_id, "contact": contact, "consent": CONSENT} | more)


@dataclass
class Broker:
    served: Any
    operator: Door

    @property
    def runtime(self) -> Any:
        return self.served.runtime

    @asynccontextmanager
    async def caller(self, party: str, *scopes: str) -> AsyncIterator[Door]:
        headers = {"authorization": f"Bearer {self.served.token(party, list(scopes))}"}
        async with httpx.AsyncClient(verify=False, base_url=self.served.url, headers=headers, timeout=30) as http:
            yield Door(http, party)

    def customer(self, number: int = 1) -> Any:
        return self.caller(encode("cus", UUID(int=number)), READ, WRITE)

    def institution(self, institution_id: str) -> Any:
        return self.caller(institution_id, READ, WRITE)

    async def events(self, kind: str) -> list[dict[str, Any]]:
        items = (await self.operator.get("/v1/events", types=kind))["items"]
        return [dict(item) for item in items]

    async def freeze(self) -> datetime:
        """Business time stands still from the second after now on."""
        return await self.pass_time(timedelta(seconds=1))

    async def pass_time(self, ahead: timedelta) -> datetime:
        now = datetime.fromisoformat((await self.operator.get("/v1/clock"))["business_at"])
        answer = await self.operator.http.put("/v1/clock", json={"business_at": (now + ahead).isoformat()})
        assert answer.status_code == 200, answer.text
        return now + ahead

    async def refresh_popularity(self) -> None:
        await view_jobs.refresh_popularity(self.runtime)

    async def route_leads(self) -> None:
        await lead_jobs.route_waiting(self.runtime)

    async def close_leads(self) -> None:
        await lead_jobs.close_due(self.runtime)

    async def erase_contacts(self) -> None:
        await contact_jobs.erase_due(self.runtime)
