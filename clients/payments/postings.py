"""Payments for whoever splits money, binds it to a purpose, or makes units of it: tokens and coins.

Every method raises `clients.errors.Refused`, `Unreachable` or `DeadlineExceeded`. A write is safe to repeat under the same `key`.

    postings = PaymentsPostings(url, token)
    request = PostingRequest(
        currency="CNY", code="shop.sale", amount=10_000,
        sources=[PostingSource(account_id=buyer)],
        destinations=[PostingDestination(account_id=fees, portion="0.006"), PostingDestination(account_id=shop)],
    )
    (await postings.preview(request)).transfers     # what it comes to; nothing is written
    (await postings.post(request, key="sale-7")).transfers
"""

from typing import Any

from clients.payments.shapes import (
    CoinsRequest,
    MoneySupply,
    PostingAnswer,
    PostingPreview,
    PostingRequest,
    PurposeAnswer,
    PurposeRequest,
    PurseAnswer,
    SupplyAnswer,
    TokensRequest,
    UnitAnswer,
    UnitMovementAnswer,
    UnitRequest,
)
from clients.shape import Shape
from clients.transport import Call, HeaderProvider, TokenProvider, Transport, no_headers

PAGE = 200
WRITE_SECONDS = 15.0


class PaymentsPostings:
    """Scope `payments:transfer`; units and the money supply need `payments:operate`."""

    def __init__(self, base_url: str, token: TokenProvider, *, headers: HeaderProvider = no_headers) -> None:
        self.transport = Transport(base_url, token, headers=headers)

    async def close(self) -> None:
        await self.transport.close()

    async def post(self, request: PostingRequest, *, key: str, acting_for: str | None = None) -> PostingAnswer:
        """Split an amount from several sources over many destinations, at once or not at all.

        acting_for: the customer (`cus_…`) whose accounts are drawn on.
        """
        return PostingAnswer.model_validate(await self._write("/v1/postings", request, key, acting_for))

    async def preview(self, request: PostingRequest, *, acting_for: str | None = None) -> PostingPreview:
        """What a posting would come to on the balances of now. Nothing is written."""
        call = Call("POST", "/v1/postings/preview", _wire(request), acting_for=acting_for, repeatable=True)
        return PostingPreview.model_validate(await self.transport.call(call))

    async def posting(self, posting_id: str) -> PostingAnswer:
        return PostingAnswer.model_validate(await self.transport.call(Call("GET", f"/v1/postings/{posting_id}")))

    async def make_purpose(self, request: PurposeRequest, *, key: str) -> PurposeAnswer:
        """Where money bound to it may go. It is never changed afterwards."""
        return PurposeAnswer.model_validate(await self._write("/v1/purposes", request, key))

    async def purpose(self, purpose_id: str) -> PurposeAnswer:
        return PurposeAnswer.model_validate(await self.transport.call(Call("GET", f"/v1/purposes/{purpose_id}")))

    async def open_purse(self, purpose_id: str, *, key: str, owner: str | None = None) -> PurseAnswer:
        """An account whose money is bound to the purpose; the same owner has one for each purpose. owner: the caller unless told."""
        body = {"purpose_id": purpose_id} | ({} if owner is None else {"owner": owner})
        return PurseAnswer.model_validate(await self._write("/v1/purses", body, key))

    async def purses(self, purpose_id: str | None = None) -> list[PurseAnswer]:
        """Every purse that the caller may see, over all pages."""
        return [PurseAnswer.model_validate(one) for one in await self._all("/v1/purses", purpose_id=purpose_id)]

    async def make_unit(self, request: UnitRequest, *, key: str) -> UnitAnswer:
        """A token that is backed by money, or a coin with a schedule."""
        return UnitAnswer.model_validate(await self._write("/v1/units", request, key))

    async def units(self) -> list[UnitAnswer]:
        return [UnitAnswer.model_validate(one) for one in await self._all("/v1/units")]

    async def issue_tokens(self, code: str, request: TokensRequest, *, key: str) -> UnitMovementAnswer:
        """Tokens for money of the same amount, which is held for them."""
        return UnitMovementAnswer.model_validate(await self._write(f"/v1/units/{code}/issues", request, key))

    async def redeem_tokens(self, code: str, request: TokensRequest, *, key: str) -> UnitMovementAnswer:
        """Tokens burned, and the money held for them given out."""
        return UnitMovementAnswer.model_validate(await self._write(f"/v1/units/{code}/redemptions", request, key))

    async def mint_coins(self, code: str, request: CoinsRequest, *, key: str) -> UnitMovementAnswer:
        """Coins that the schedule has released by the height that is named. Refused above it."""
        return UnitMovementAnswer.model_validate(await self._write(f"/v1/units/{code}/mints", request, key))

    async def unit_movements(self, code: str) -> list[UnitMovementAnswer]:
        """Everything issued, redeemed and minted of a unit."""
        return [UnitMovementAnswer.model_validate(one) for one in await self._all(f"/v1/units/{code}/movements")]

    async def money_supply(self) -> list[SupplyAnswer]:
        """How much there is of every unit, each by itself."""
        answer = await self.transport.call(Call("GET", "/v1/money-supply"), deadline_seconds=WRITE_SECONDS)
        return MoneySupply.model_validate(answer).items

    async def _write(
        self, path: str, body: Shape | dict[str, Any], key: str, acting_for: str | None = None
    ) -> dict[str, Any]:
        document = _wire(body) if isinstance(body, Shape) else body
        call = Call("POST", path, document, key=key, acting_for=acting_for)
        answer: dict[str, Any] = await self.transport.call(call, deadline_seconds=WRITE_SECONDS)
        return answer

    async def _all(self, path: str, **filters: str | None) -> list[dict[str, Any]]:
        call = Call("GET", path, params={"limit": PAGE, **filters})
        return [item async for item in self.transport.pages(call)]


def _wire(request: Shape) -> dict[str, Any]:
    return request.model_dump(mode="json", exclude_none=True, exclude_unset=True)
