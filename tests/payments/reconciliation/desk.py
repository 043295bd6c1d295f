"""An operator who reconciles, over HTTP."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from chassis.ids import decode
from tests.payments.reconciliation import files
from tests.serving import Served

Refused = tuple[int, str, str | None]


@dataclass
class Desk:
    served: Served
    http: httpx.AsyncClient

    @classmethod
    def at(cls, served: Served) -> "Desk":
        return cls(served, served.client(timeout=60))

    async def get(self, path: str, **params: Any) -> Any:
        answer = await self.http.get(f"/v1/reconciliation/{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def ask(self, path: str, body: Any = None, key: str = "") -> httpx.Response:
        headers = {"idempotency-key": key or uuid4().hex}
        return await self.http.post(f"/v1/reconciliation/{path}", json=body, headers=headers)

    async def post(self, path: str, body: Any = None) -> Any:
        answer = await self.ask(path, body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def refused(self, path: str, body: Any = None) -> Refused:
        return refusal(await self.ask(path, body))

    async def open_account(self, **terms: Any) -> str:
        facts = {"bank": "ICBC", "number": files.NUMBER, "currency": "CNY"} | terms
        return str((await self.post("accounts", facts))["id"])

    async def hand_in(self, account_id: str, content: bytes, form: str = "camt", **params: Any) -> httpx.Response:
        headers = {"idempotency-key": uuid4().hex, "content-type": "application/octet-stream"}
        path = f"/v1/reconciliation/accounts/{account_id}/statements"
        return await self.http.post(path, content=content, params={"form": form} | params, headers=headers)

    async def taken(self, account_id: str, content: bytes, form: str = "camt", **params: Any) -> list[dict[str, Any]]:
        answer = await self.hand_in(account_id, content, form, **params)
        assert answer.status_code == 201, answer.text
        return list(answer.json()["statements"])

    async def run(self, account_id: str) -> dict[str, Any]:
        """A run to its end, whether the request, the queue or this made it."""
        run = await self.post(f"accounts/{account_id}/runs")
        await self.served.runtime.jobs.run_now("payments.reconcile", {"id": str(decode("rcn", run["id"]))})
        runs = (await self.get(f"accounts/{account_id}/runs"))["items"]
        return next(one for one in runs if one["id"] == run["id"])

    async def breaks(self, **chosen: Any) -> list[dict[str, Any]]:
        return list((await self.get("breaks", limit=200, **chosen))["items"])

    async def failed_checks(self) -> list[str]:
        report = (await self.http.get("/v1/verification")).json()
        return [one["name"] for one in report["checks"] if one["failed"]]


def refusal(answer: httpx.Response) -> Refused:
    document = answer.json()
    assert answer.status_code >= 400, document
    return answer.status_code, document["code"], document.get("field")
