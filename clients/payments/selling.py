"""Payments as its merchants and operators see it: terms of settlement, escrow trades, and what is asked back of them."""

from typing import Any
from uuid import UUID

from clients.ids import encode
from clients.payments.people import WRITE_SECONDS
from clients.payments.shapes import (
    FeePlanAnswer,
    MerchantContractAnswer,
    PageMerchantContractAnswer,
    PayoutAccountAnswer,
    TradeAnswer,
    TradeEvidenceAnswer,
    TradeRefundAnswer,
)
from clients.transport import Call, Transport


class SellingPayments:
    """Calls with the token of whoever the transport is of: buyer, seller or operator. Errors as in `clients.payments.people`.

    Ids of trades and their refunds are those of the wire (`trd_…`, `trr_…`).
    """

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    async def publish_fee_plan(
        self, code: str, name: str, rate: str, currency: str = "CNY", *, key: str
    ) -> FeePlanAnswer:
        """One rate for every amount."""
        tiers = [{"from_minor": 0, "rate": rate}]
        body = {"code": code, "name": name, "currency": currency, "tiers": tiers}
        return FeePlanAnswer.model_validate(await self._write("/v1/fee-plans", body, key))

    async def add_payout_account(
        self, merchant_id: UUID, bank: str, holder_name: str, number: str, *, key: str
    ) -> PayoutAccountAnswer:
        body = {"bank": bank, "holder_name": holder_name, "number": number}
        path = f"/v1/merchants/{encode('mer', merchant_id)}/payout-accounts"
        return PayoutAccountAnswer.model_validate(await self._write(path, body, key))

    async def sign_contract(self, merchant_id: UUID, terms: dict[str, Any], *, key: str) -> MerchantContractAnswer:
        """terms: as in `MerchantContractRequest`."""
        path = f"/v1/merchants/{encode('mer', merchant_id)}/contracts"
        return MerchantContractAnswer.model_validate(await self._write(path, terms, key))

    async def contracts(self, merchant_id: UUID) -> PageMerchantContractAnswer:
        path = f"/v1/merchants/{encode('mer', merchant_id)}/contracts"
        return PageMerchantContractAnswer.model_validate(await self.transport.call(Call("GET", path)))

    async def create_trade(
        self, merchant_id: UUID, number: str, subject: str, unit_price: int, currency: str = "CNY", *, key: str
    ) -> TradeAnswer:
        """One piece, sold under escrow. number: the merchant's own, unique."""
        body = {
            "merchant_id": encode("mer", merchant_id),
            "merchant_trade_number": number,
            "subject": subject,
            "currency": currency,
            "items": [{"name": subject, "quantity": 1, "unit_price": unit_price}],
        }
        return TradeAnswer.model_validate(await self._write("/v1/trades", body, key))

    async def pay_trade(self, trade_id: str, amount: int, currency: str = "CNY", *, key: str) -> TradeAnswer:
        body = {"method": "wallet", "amount": amount, "currency": currency}
        return await self._on_trade(trade_id, "payments", body, key)

    async def ship_trade(self, trade_id: str, carrier: str, tracking_number: str, *, key: str) -> TradeAnswer:
        body = {"carrier": carrier, "tracking_number": tracking_number}
        return await self._on_trade(trade_id, "shipment", body, key)

    async def confirm_trade(self, trade_id: str, *, key: str) -> TradeAnswer:
        """She has her goods: all that is held goes to the seller."""
        return await self._on_trade(trade_id, "confirmation", {}, key)

    async def ask_back(self, trade_id: str, reason: str, *, key: str) -> TradeRefundAnswer:
        """All of it; the goods stay with her."""
        path = f"/v1/trades/{trade_id}/refunds"
        return TradeRefundAnswer.model_validate(await self._write(path, {"reason": reason, "return_goods": False}, key))

    async def refuse_refund(self, refund_id: str, reason: str, *, key: str) -> TradeRefundAnswer:
        return await self._on_refund(refund_id, "refusal", {"reason": reason}, key)

    async def escalate_refund(self, refund_id: str, *, key: str) -> TradeRefundAnswer:
        """Before an arbiter."""
        return await self._on_refund(refund_id, "escalation", None, key)

    async def give_evidence(self, refund_id: str, text: str, *, key: str) -> TradeEvidenceAnswer:
        path = f"/v1/trade-refunds/{refund_id}/evidence"
        return TradeEvidenceAnswer.model_validate(await self._write(path, {"text": text}, key))

    async def rule(self, refund_id: str, buyer: int, seller: int, reason: str, *, key: str) -> TradeRefundAnswer:
        """An arbiter's split of what is in dispute, minor units."""
        body = {"buyer_amount": buyer, "seller_amount": seller, "reason": reason}
        return await self._on_refund(refund_id, "ruling", body, key)

    async def _on_trade(self, trade_id: str, step: str, body: dict[str, Any], key: str) -> TradeAnswer:
        path = f"/v1/trades/{trade_id}/{step}"
        return TradeAnswer.model_validate(await self._write(path, body, key))

    async def _on_refund(self, refund_id: str, step: str, body: dict[str, Any] | None, key: str) -> TradeRefundAnswer:
        path = f"/v1/trade-refunds/{refund_id}/{step}"
        return TradeRefundAnswer.model_validate(await self._write(path, body, key))

    async def _write(self, path: str, body: dict[str, Any] | None, key: str) -> dict[str, Any]:
        call = Call("POST", path, body, key=key)
        answer: dict[str, Any] = await self.transport.call(call, deadline_seconds=WRITE_SECONDS)
        return answer
