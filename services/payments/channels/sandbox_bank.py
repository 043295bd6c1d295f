"""The adapter to a bank or payment institution of the sandbox: its wire words on one side, the channel's on the other."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from clients.errors import DeadlineExceeded, Refused, Unreachable
from clients.transport import Call, Transport
from services.payments.channels.model import (
    AgreementAnswer,
    AgreementState,
    Answer,
    BankAnswer,
    CardDetails,
    InstructionKind,
)

CALL_SECONDS = 8.0
QUERY_SECONDS = 3.0
_CODES_THAT_END_A_BINDING = frozenset({"code_expired", "too_many_tries", "agreement_not_open", "unknown_agreement"})


@dataclass
class SandboxBank:
    """One bank behind the shared transport to the sandbox. notify_url: where the bank may report, None for nowhere."""

    bank: str
    transport: Transport
    notify_url: str | None = None
    call_seconds: float = CALL_SECONDS

    async def open_agreement(self, reference: str, card: CardDetails) -> AgreementAnswer:
        body = {
            "reference": reference,
            "card_number": card.number,
            "holder_name": card.holder_name,
            "mobile": card.mobile,
        }
        answer = await self._call("POST", "agreements", body)
        return AgreementAnswer(AgreementState(answer["state"]), answer["refusal_code"])

    async def confirm_agreement(self, reference: str, sms_code: str) -> AgreementAnswer:
        try:
            answer = await self._call("POST", f"agreements/{reference}/confirmation", {"sms_code": sms_code})
        except Refused as refused:
            if refused.code == "wrong_code":
                return AgreementAnswer(AgreementState.WRONG_CODE, refused.code)
            if refused.code in _CODES_THAT_END_A_BINDING:
                return AgreementAnswer(AgreementState.REFUSED, refused.code)
            raise
        return AgreementAnswer(AgreementState(answer["state"]), answer["refusal_code"])

    async def charge(
        self, reference: str, card: CardDetails, agreement_reference: str, amount: int, currency: str
    ) -> BankAnswer:
        body = {
            "reference": reference,
            "agreement_reference": agreement_reference,
            "card_number": card.number,
            "amount": amount,
            "currency": currency,
            "notify_url": self.notify_url,
        }
        return await self._instruct("charges", body)

    async def payout(self, reference: str, card: CardDetails, amount: int, currency: str) -> BankAnswer:
        body = {
            "reference": reference,
            "card_number": card.number,
            "holder_name": card.holder_name,
            "amount": amount,
            "currency": currency,
            "notify_url": self.notify_url,
        }
        return await self._instruct("payouts", body)

    async def find(self, kind: InstructionKind, reference: str) -> BankAnswer:
        call = Call("GET", f"/bank/{self.bank}/v1/{kind}s", params={"reference": reference})
        try:
            return _read(await self.transport.call(call, deadline_seconds=QUERY_SECONDS))
        except Refused as refused:
            answer = Answer.NOT_FOUND if refused.code == "unknown_instruction" else Answer.NO_ANSWER
            return BankAnswer(answer, refused.code)
        except (Unreachable, DeadlineExceeded) as fault:
            return BankAnswer(Answer.NO_ANSWER, type(fault).__name__)

    async def answers(self) -> bool:
        try:
            await self.transport.call(Call("GET", f"/bank/{self.bank}/v1/terms"), deadline_seconds=QUERY_SECONDS)
        except (Unreachable, DeadlineExceeded):
            return False
        except Refused:
            return True
        return True

    async def _instruct(self, path: str, body: dict[str, Any]) -> BankAnswer:
        """A refusal of the request itself moved nothing at the bank, and would be the same on every repetition: final."""
        try:
            return _read(await self._call("POST", path, body))
        except Refused as refused:
            if refused.status in (401, 403, 429):
                return BankAnswer(Answer.NO_ANSWER, refused.code)
            return BankAnswer(Answer.DECLINED, refused.code)
        except (Unreachable, DeadlineExceeded) as fault:
            return BankAnswer(Answer.NOT_SENT if fault.outcome_known else Answer.NO_ANSWER, type(fault).__name__)

    async def _call(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        call = Call(method, f"/bank/{self.bank}/v1/{path}", body)
        answer: dict[str, Any] = await self.transport.call(call, deadline_seconds=self.call_seconds)
        return answer


def _read(document: dict[str, Any]) -> BankAnswer:
    booked_at, value_on = document["booked_at"], document["value_on"]
    return BankAnswer(
        Answer(document["state"]),
        document["decline_code"],
        document["bank_reference"],
        document["fee_minor"],
        datetime.fromisoformat(booked_at) if booked_at else None,
        date.fromisoformat(value_on) if value_on else None,
    )
