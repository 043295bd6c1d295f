"""The e-commerce credit service as its callers see it: shops, limits, lines, drawings, repayments, capital, imports, audit.

Ids are the texts of the wire (`shp_…`). Every method raises `clients.errors.Refused`, `Unreachable` or `DeadlineExceeded`. A write that
payments has not answered yet comes back with its pending state: ask again until it has another.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from clients.ecommerce_credit.shapes import (
    CapitalFigures,
    CapitalMovementAnswer,
    CapitalRequest,
    ClaimAnswer,
    ClaimRequest,
    DrawingAnswer,
    DrawingFigures,
    DrawingRequest,
    FundingPartyAnswer,
    ImportAnswer,
    LimitAnswer,
    LineAnswer,
    LineFigures,
    PositionAnswer,
    RepaymentAnswer,
    RepaymentRequest,
    RepaymentWithPartsAnswer,
    ShopAnswer,
    VerificationAnswer,
)
from clients.transport import Call, HeaderProvider, TokenProvider, Transport, no_headers

IMPORT_SECONDS = 60.0
PAGE = 200


class EcommerceCreditClient:
    """Typed calls to ecommerce_credit, straight or through the gateway (base_url `…/ecommerce_credit`).

    token: given the customer acted for (`cus_…` or None), a bearer token for the audience `ecommerce_credit`.
    """

    def __init__(self, base_url: str, token: TokenProvider, *, headers: HeaderProvider = no_headers) -> None:
        self.transport = Transport(base_url, token, headers=headers)

    async def close(self) -> None:
        await self.transport.close()

    async def shop(self, marketplace: str, seller_id: str) -> ShopAnswer | None:
        """A shop by its key at the marketplace, as far as the caller may see it."""
        params = {"marketplace": marketplace, "seller_id": seller_id}
        answer: dict[str, Any] = await self.transport.call(Call("GET", "/v1/shops", params=params))
        return next((ShopAnswer.model_validate(item) for item in answer["items"]), None)

    async def shops(self) -> list[ShopAnswer]:
        """The caller's own; an operator's: every one."""
        return [ShopAnswer.model_validate(item) async for item in self._pages("/v1/shops")]

    async def claim_shop(self, claim: ClaimRequest, *, key: str) -> ClaimAnswer:
        """Say that a shop is one's own; an operator decides."""
        return ClaimAnswer.model_validate(await self._write("/v1/shop-claims", claim.model_dump(mode="json"), key))

    async def decide_claim(self, claim_id: str, *, approve: bool, key: str) -> ClaimAnswer:
        """For operators."""
        body = {"decision": "approve" if approve else "decline"}
        return ClaimAnswer.model_validate(await self._write(f"/v1/shop-claims/{claim_id}/decision", body, key))

    async def link_shop(self, shop_id: str, customer: str, *, key: str) -> ClaimAnswer:
        """For operators: make a customer (`cus_…`) the owner."""
        return ClaimAnswer.model_validate(await self._write(f"/v1/shops/{shop_id}/owner", {"customer": customer}, key))

    async def decide_limit(self, shop_id: str, *, key: str) -> LimitAnswer:
        """What a shop may borrow: approved or declined at once, with reasons."""
        return LimitAnswer.model_validate(await self._write("/v1/limits", {"shop_id": shop_id}, key))

    async def open_line(self, limit_id: str, *, key: str) -> LineAnswer:
        """Accept an approved limit."""
        return LineAnswer.model_validate(await self._write("/v1/lines", {"limit_id": limit_id}, key))

    async def renew_line(self, line_id: str, limit_id: str, *, key: str) -> LineAnswer:
        return LineAnswer.model_validate(await self._write(f"/v1/lines/{line_id}/renewal", {"limit_id": limit_id}, key))

    async def close_line(self, line_id: str, *, key: str) -> LineAnswer:
        return LineAnswer.model_validate(await self._write(f"/v1/lines/{line_id}/closing", None, key))

    async def line(self, line_id: str) -> LineAnswer:
        return LineAnswer.model_validate(await self._read(f"/v1/lines/{line_id}"))

    async def draw(self, drawing: DrawingRequest, *, key: str) -> DrawingAnswer:
        """Take money from a line; `pending` while the transfer is not known."""
        return DrawingAnswer.model_validate(await self._write("/v1/drawings", drawing.model_dump(mode="json"), key))

    async def drawing(self, drawing_id: str) -> DrawingAnswer:
        """What is owed is as of today."""
        return DrawingAnswer.model_validate(await self._read(f"/v1/drawings/{drawing_id}"))

    async def repay_drawing(self, drawing_id: str, repayment: RepaymentRequest, *, key: str) -> RepaymentAnswer:
        """Interest to date, then principal; `pending` while the transfers are not known."""
        path = f"/v1/drawings/{drawing_id}/repayments"
        return RepaymentAnswer.model_validate(await self._write(path, repayment.model_dump(mode="json"), key))

    async def repay_line(self, line_id: str, repayment: RepaymentRequest, *, key: str) -> RepaymentAnswer:
        """The drawing due first before the others; `pending` while the transfers are not known."""
        path = f"/v1/lines/{line_id}/repayments"
        return RepaymentAnswer.model_validate(await self._write(path, repayment.model_dump(mode="json"), key))

    async def repayment(self, repayment_id: str) -> RepaymentWithPartsAnswer:
        return RepaymentWithPartsAnswer.model_validate(await self._read(f"/v1/repayments/{repayment_id}"))

    async def register_funding_party(self, customer: str, *, key: str) -> FundingPartyAnswer:
        """For operators: let a customer (`cus_…`) fund the lender."""
        return FundingPartyAnswer.model_validate(await self._write("/v1/funding-parties", {"customer": customer}, key))

    async def contribute_capital(self, capital: CapitalRequest, *, key: str) -> CapitalMovementAnswer:
        """From the caller's wallet; `pending` while the transfer is not known."""
        body = capital.model_dump(mode="json")
        return CapitalMovementAnswer.model_validate(await self._write("/v1/capital-contributions", body, key))

    async def withdraw_capital(self, capital: CapitalRequest, *, key: str) -> CapitalMovementAnswer:
        body = capital.model_dump(mode="json")
        return CapitalMovementAnswer.model_validate(await self._write("/v1/capital-withdrawals", body, key))

    async def capital_movement(self, movement_id: str) -> CapitalMovementAnswer:
        return CapitalMovementAnswer.model_validate(await self._read(f"/v1/capital-movements/{movement_id}"))

    async def capital_positions(self) -> list[PositionAnswer]:
        answer = await self._read("/v1/capital-positions")
        return [PositionAnswer.model_validate(item) for item in answer["items"]]

    async def import_rows(
        self,
        source: str,
        file: str,
        header: Sequence[str],
        first_line: int,
        rows: Sequence[Sequence[str | None]],
        *,
        marketplace: str,
        currency: str,
        zone: str | None = None,
        key: str,
    ) -> ImportAnswer:
        """Up to 1,000 rows of a marketplace's file; first_line: of the first of them in the file."""
        body = {"source": source, "file": file, "header": list(header), "first_line": first_line, "rows": list(rows)}
        body |= {"marketplace": marketplace, "currency": currency} | ({} if zone is None else {"zone": zone})
        call = Call("POST", "/v1/imports", body, key=key)
        return ImportAnswer.model_validate(await self.transport.call(call, deadline_seconds=IMPORT_SECONDS))

    async def verification(self) -> VerificationAnswer:
        return VerificationAnswer.model_validate(await self._read("/v1/verification"))

    async def drawing_figures(self) -> list[DrawingFigures]:
        """What every drawing owes, by the lender's own books, and the sums of transfers it must follow from."""
        return [DrawingFigures.model_validate(item) async for item in self._pages("/v1/verification/drawings")]

    async def line_figures(self) -> list[LineFigures]:
        return [LineFigures.model_validate(item) async for item in self._pages("/v1/verification/lines")]

    async def capital_figures(self) -> list[CapitalFigures]:
        """Every movement of capital, and the sum of transfers it must follow from."""
        return [CapitalFigures.model_validate(item) async for item in self._pages("/v1/verification/capital")]

    async def _read(self, path: str) -> dict[str, Any]:
        answer: dict[str, Any] = await self.transport.call(Call("GET", path))
        return answer

    async def _write(self, path: str, body: dict[str, Any] | None, key: str) -> dict[str, Any]:
        answer: dict[str, Any] = await self.transport.call(Call("POST", path, body, key=key))
        return answer

    def _pages(self, path: str) -> AsyncIterator[dict[str, Any]]:
        return self.transport.pages(Call("GET", path, params={"limit": PAGE}))
