"""The market of loans as lenders use it: standing orders, claims for sale, purchases."""

from clients.p2p.shapes import (
    PurchaseAnswer,
    PurchaseRequest,
    QuoteAnswer,
    SaleAnswer,
    SaleRequest,
    StandingOrderAnswer,
    StandingOrderRequest,
    WhyAnswer,
)
from clients.shape import Shape
from clients.transport import Call, Transport


class LendersMarket:
    """Calls with a lender's token, over the connection of `P2PClient`; errors as there."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    async def stand(self, order: StandingOrderRequest, *, key: str) -> StandingOrderAnswer:
        """Lend on whatever fits; `opening` while her wallet is being found. It holds nothing until it is filled."""
        answer = await self.transport.call(_writing("/v1/standing-orders", order, key))
        return StandingOrderAnswer.model_validate(answer)

    async def standing_order(self, order_id: str) -> StandingOrderAnswer:
        return StandingOrderAnswer.model_validate(
            await self.transport.call(Call("GET", f"/v1/standing-orders/{order_id}"))
        )

    async def end_standing_order(self, order_id: str, *, key: str) -> StandingOrderAnswer:
        call = Call("POST", f"/v1/standing-orders/{order_id}/end", key=key)
        return StandingOrderAnswer.model_validate(await self.transport.call(call))

    async def why(self, order_id: str, listing_id: str) -> WhyAnswer:
        """What each run on that listing made of the order: its place in the queue, and the cap that bound it."""
        call = Call("GET", f"/v1/standing-orders/{order_id}/why", params={"listing_id": listing_id})
        return WhyAnswer.model_validate(await self.transport.call(call))

    async def offer(self, claim_id: str, sale: SaleRequest, *, key: str) -> SaleAnswer:
        """Put a claim, or a part of it, up for sale."""
        return SaleAnswer.model_validate(await self.transport.call(_writing(f"/v1/claims/{claim_id}/sales", sale, key)))

    async def quote(self, sale_id: str, amount: int) -> QuoteAnswer:
        """What that much principal costs now, and the yield to its buyer."""
        call = Call("GET", f"/v1/sales/{sale_id}/quote", params={"amount": amount})
        return QuoteAnswer.model_validate(await self.transport.call(call))

    async def buy(self, sale_id: str, purchase: PurchaseRequest, *, key: str) -> PurchaseAnswer:
        """At the price that was quoted, else refused; `pending` while its transfers are not known."""
        call = _writing(f"/v1/sales/{sale_id}/purchases", purchase, key)
        return PurchaseAnswer.model_validate(await self.transport.call(call))

    async def purchase(self, purchase_id: str) -> PurchaseAnswer:
        return PurchaseAnswer.model_validate(await self.transport.call(Call("GET", f"/v1/purchases/{purchase_id}")))


def _writing(path: str, body: Shape, key: str) -> Call:
    return Call("POST", path, body.model_dump(mode="json", exclude_none=True), key=key)
