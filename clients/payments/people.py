"""Payments as its customers and merchants see it: cards, wallets, top-ups, shops' accounts, orders. Straight or through the gateway.

Every method raises `clients.errors.Refused`, `Unreachable` or `DeadlineExceeded`. A write that a bank has not answered yet comes back with
its pending state: read it again until it has another.
"""

from typing import Any
from uuid import UUID

from clients.ids import encode
from clients.payments.shapes import (
    AttemptsAnswer,
    CardAnswer,
    MerchantAnswer,
    OrderAnswer,
    OrderPaymentAnswer,
    PageReportAnswer,
    PersonTransferAnswer,
    RefundAnswer,
    TopUpAnswer,
    WalletAnswer,
    WithdrawalAnswer,
)
from clients.transport import Call, HeaderProvider, TokenProvider, Transport, no_headers

WRITE_SECONDS = 15.0


class PeoplesPayments:
    """Calls with one person's token (base_url `…/payments` at the gateway)."""

    def __init__(self, base_url: str, token: TokenProvider, *, headers: HeaderProvider = no_headers) -> None:
        self.transport = Transport(base_url, token, headers=headers)

    async def close(self) -> None:
        await self.transport.close()

    async def open_wallet(self, currency: str = "CNY", *, key: str) -> WalletAnswer:
        """Her wallet in that currency, opened if she had none."""
        return WalletAnswer.model_validate(await self._write("/v1/wallets", {"currency": currency}, key))

    async def wallet(self, currency: str = "CNY") -> WalletAnswer | None:
        answer = await self.transport.call(Call("GET", "/v1/wallets", params={"currency": currency}))
        return next((WalletAnswer.model_validate(item) for item in answer["items"]), None)

    async def bind_card(self, number: str, holder_name: str, mobile: str, *, key: str) -> CardAnswer:
        """Ask for a card to be bound; its bank sends a code to the phone."""
        body = {"number": number, "holder_name": holder_name, "mobile": mobile}
        return CardAnswer.model_validate(await self._write("/v1/cards", body, key))

    async def confirm_card(self, card_id: UUID, sms_code: str, *, key: str) -> CardAnswer:
        path = f"/v1/cards/{encode('crd', card_id)}/confirmation"
        return CardAnswer.model_validate(await self._write(path, {"sms_code": sms_code}, key))

    async def card(self, card_id: UUID) -> CardAnswer:
        return CardAnswer.model_validate(await self._read(f"/v1/cards/{encode('crd', card_id)}"))

    async def top_up(self, card_id: UUID, amount: int, currency: str = "CNY", *, key: str) -> TopUpAnswer:
        """Charge a bound card into the wallet; `pending` while the bank's result is not final."""
        body = {"card_id": encode("crd", card_id), "amount": amount, "currency": currency}
        return TopUpAnswer.model_validate(await self._write("/v1/top-ups", body, key))

    async def read_top_up(self, top_up_id: UUID) -> TopUpAnswer:
        return TopUpAnswer.model_validate(await self._read(f"/v1/top-ups/{encode('tup', top_up_id)}"))

    async def open_merchant(self, name: str, currency: str = "CNY", *, key: str) -> MerchantAnswer:
        """Begin to sell."""
        return MerchantAnswer.model_validate(
            await self._write("/v1/merchants", {"name": name, "currency": currency}, key)
        )

    async def merchant(self, merchant_id: UUID) -> MerchantAnswer:
        return MerchantAnswer.model_validate(await self._read(f"/v1/merchants/{encode('mer', merchant_id)}"))

    async def create_order(
        self, merchant_id: UUID, number: str, subject: str, amount: int, currency: str = "CNY", *, key: str
    ) -> OrderAnswer:
        """A merchant asks for money. number: the merchant's own, unique."""
        body = {
            "merchant_id": encode("mer", merchant_id),
            "merchant_order_number": number,
            "subject": subject,
            "amount": amount,
            "currency": currency,
        }
        return OrderAnswer.model_validate(await self._write("/v1/orders", body, key))

    async def pay_order(self, order_id: UUID, amount: int, currency: str = "CNY", *, key: str) -> OrderAnswer:
        """Pay what the buyer was shown from her wallet."""
        path = f"/v1/orders/{encode('ord', order_id)}/payments"
        body = {"method": "wallet", "amount": amount, "currency": currency}
        return OrderAnswer.model_validate(await self._write(path, body, key))

    async def order(self, order_id: UUID) -> OrderAnswer:
        return OrderAnswer.model_validate(await self._read(f"/v1/orders/{encode('ord', order_id)}"))

    async def pay_order_by_card(
        self, order_id: UUID, card_id: UUID, amount: int, currency: str = "CNY", *, key: str
    ) -> OrderPaymentAnswer:
        """A charge of a bound card; the order is paid when the bank's result is final."""
        body = {"card_id": encode("crd", card_id), "amount": amount, "currency": currency}
        path = f"/v1/orders/{encode('ord', order_id)}/card-payments"
        return OrderPaymentAnswer.model_validate(await self._write(path, body, key))

    async def refund_order(
        self, order_id: UUID, number: str, amount: int, reason: str, currency: str = "CNY", *, key: str
    ) -> RefundAnswer:
        """number: the merchant's own, unique among her refunds."""
        body = {"merchant_refund_number": number, "amount": amount, "currency": currency, "reason": reason}
        path = f"/v1/orders/{encode('ord', order_id)}/refunds"
        return RefundAnswer.model_validate(await self._write(path, body, key))

    async def send_to_person(
        self, payee_id: str, amount: int, note: str, currency: str = "CNY", *, key: str
    ) -> PersonTransferAnswer:
        """From her wallet to another customer's (`cus_…`), at once."""
        body = {"payee_id": payee_id, "amount": amount, "currency": currency, "note": note}
        return PersonTransferAnswer.model_validate(await self._write("/v1/person-transfers", body, key))

    async def withdraw(self, card_id: UUID, amount: int, currency: str = "CNY", *, key: str) -> WithdrawalAnswer:
        """`pending` while the bank's result is not final."""
        body = {"card_id": encode("crd", card_id), "amount": amount, "currency": currency}
        return WithdrawalAnswer.model_validate(await self._write("/v1/withdrawals", body, key))

    async def read_withdrawal(self, withdrawal_id: UUID) -> WithdrawalAnswer:
        return WithdrawalAnswer.model_validate(await self._read(f"/v1/withdrawals/{encode('wdr', withdrawal_id)}"))

    async def withdrawal_attempts(self, withdrawal_id: UUID) -> AttemptsAnswer:
        """Its orders to channels, in the order in which they were made."""
        path = f"/v1/withdrawals/{encode('wdr', withdrawal_id)}/attempts"
        return AttemptsAnswer.model_validate(await self._read(path))

    async def returned_money(self) -> PageReportAnswer:
        """What banks reported about her payments after they were final, newest first."""
        return PageReportAnswer.model_validate(await self._read("/v1/returned-money"))

    async def _read(self, path: str) -> dict[str, Any]:
        answer: dict[str, Any] = await self.transport.call(Call("GET", path))
        return answer

    async def _write(self, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        answer: dict[str, Any] = await self.transport.call(
            Call("POST", path, body, key=key), deadline_seconds=WRITE_SECONDS
        )
        return answer
