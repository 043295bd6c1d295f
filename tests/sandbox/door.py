"""A sandbox bank as a test talks to it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from sandbox.bank.behaviours import named
from sandbox.bank.directory import bank_named
from sandbox.bank.rules import magic_card

HOLDER = "王小明"
MOBILE = "13800000001"


def magic(bank: str, behaviour: str) -> str:
    """The card of a bank that always behaves so."""
    return magic_card(bank_named(bank), named(behaviour))


@dataclass
class Door:
    """http: authorised calls to the sandbox."""

    http: httpx.AsyncClient
    bank: str = "ICBC"
    agreements: dict[str, str] = field(default_factory=dict)

    async def post(
        self, path: str, body: dict[str, Any], bank: str | None = None, patience: float | None = None
    ) -> httpx.Response:
        """patience: seconds, where the bank is known to say nothing; else the client's."""
        timeout = httpx.USE_CLIENT_DEFAULT if patience is None else patience
        return await self.http.post(f"/bank/{bank or self.bank}/v1/{path}", json=body, timeout=timeout)

    async def get(self, path: str, bank: str | None = None, **params: Any) -> httpx.Response:
        return await self.http.get(f"/bank/{bank or self.bank}/v1/{path}", params=params)

    async def open_card(self, balance_minor: int = 100_000_00, bank: str | None = None) -> str:
        body = {"holder_name": HOLDER, "mobile": MOBILE, "balance_minor": balance_minor}
        return str((await self.post("cards", body, bank)).json()["number"])

    async def newest_code(self, mobile: str = MOBILE) -> str:
        inbox = await self.http.get("/sms/v1/messages", params={"mobile": mobile})
        return str(inbox.json()["items"][0]["code"])

    async def agree(self, card_number: str, bank: str | None = None) -> str:
        """An active agreement for the card; its reference."""
        reference = f"agr_{uuid4().hex}"
        body = {"reference": reference, "card_number": card_number, "holder_name": HOLDER, "mobile": MOBILE}
        await self.post("agreements", body, bank)
        code = await self.newest_code()
        answer = await self.post(f"agreements/{reference}/confirmation", {"sms_code": code}, bank)
        assert answer.json()["state"] == "active", answer.text
        self.agreements[card_number] = reference
        return reference

    async def charge(
        self, card_number: str, amount: int, reference: str | None = None, patience: float | None = None, **more: Any
    ) -> httpx.Response:
        if card_number not in self.agreements:
            await self.agree(card_number)
        body = {
            "reference": reference or f"ref_{uuid4().hex}",
            "agreement_reference": self.agreements[card_number],
            "card_number": card_number,
            "amount": amount,
            "currency": "CNY",
        }
        return await self.post("charges", body | more, patience=patience)

    async def payout(self, card_number: str, amount: int, reference: str | None = None, **more: Any) -> httpx.Response:
        body = {
            "reference": reference or f"ref_{uuid4().hex}",
            "card_number": card_number,
            "holder_name": HOLDER,
            "amount": amount,
            "currency": "CNY",
        }
        return await self.post("payouts", body | more)

    async def reserve(self, bank: str | None = None) -> int:
        return int((await self.get("accounts/reserve", bank)).json()["balance_minor"])

    async def move_clock(self, ahead: timedelta) -> None:
        now = datetime.fromisoformat((await self.http.get("/v1/clock")).json()["business_at"])
        answer = await self.http.put("/v1/clock", json={"business_at": (now + ahead).isoformat()})
        assert answer.status_code == 200, answer.text
