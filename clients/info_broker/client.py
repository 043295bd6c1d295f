"""The information brokerage as its callers see it: catalogue, search, leads, imports, audit.

Ids are the texts of the wire (`prd_…`). Every method raises `clients.errors.Refused`, `Unreachable` or `DeadlineExceeded`.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from clients.info_broker.shapes import (
    ConsentTextAnswer,
    ImportAnswer,
    InstitutionAnswer,
    LeadAnswer,
    LeadRequest,
    NetValueAnswer,
    ProductAnswer,
    SearchAnswer,
    VerificationAnswer,
)
from clients.transport import Call, HeaderProvider, TokenProvider, Transport, no_headers

IMPORT_SECONDS = 60.0
PAGE = 200


class InfoBrokerClient:
    """Typed calls to info_broker, straight or through the gateway (base_url `…/info_broker`).

    token: given the customer acted for (`cus_…` or None), a bearer token for the audience `info_broker`.
    """

    def __init__(self, base_url: str, token: TokenProvider, *, headers: HeaderProvider = no_headers) -> None:
        self.transport = Transport(base_url, token, headers=headers)

    async def close(self) -> None:
        await self.transport.close()

    async def search(self, query: str | None = None, **filters: str) -> SearchAnswer:
        """The first page of a search. filters: kind, type, institution_id, channel."""
        call = Call("GET", "/v1/products", params={"q": query, **filters})
        return SearchAnswer.model_validate(await self.transport.call(call))

    async def product(self, product_id: str) -> ProductAnswer:
        return ProductAnswer.model_validate(await self._read(f"/v1/products/{product_id}"))

    async def view(self, product_id: str, *, key: str) -> None:
        """Tell that the caller looked at a product."""
        await self.transport.call(Call("POST", f"/v1/products/{product_id}/views", key=key))

    async def newest_net_value(self, product_id: str) -> NetValueAnswer | None:
        """What a fund's share was worth at the end of the newest day that is known."""
        call = Call("GET", f"/v1/products/{product_id}/net-values", params={"limit": 1})
        answer = await self.transport.call(call)
        return next((NetValueAnswer.model_validate(item) for item in answer["items"]), None)

    async def institutions(self) -> list[InstitutionAnswer]:
        """Every institution, by code."""
        return [InstitutionAnswer.model_validate(item) async for item in self._pages("/v1/institutions")]

    async def consent_texts(self) -> list[ConsentTextAnswer]:
        """Those that may be agreed to today."""
        answer = await self._read("/v1/consent-texts")
        return [ConsentTextAnswer.model_validate(item) for item in answer["items"]]

    async def leave_lead(self, lead: LeadRequest, *, key: str) -> LeadAnswer:
        """Ask to be contacted about a product, with consent."""
        body = lead.model_dump(mode="json", exclude_none=True)
        return LeadAnswer.model_validate(await self.transport.call(Call("POST", "/v1/leads", body, key=key)))

    async def lead(self, lead_id: str) -> LeadAnswer:
        return LeadAnswer.model_validate(await self._read(f"/v1/leads/{lead_id}"))

    async def decide_lead(self, lead_id: str, outcome: str, *, key: str) -> LeadAnswer:
        """The institution's answer: `accepted` or `rejected`."""
        call = Call("POST", f"/v1/leads/{lead_id}/decision", {"outcome": outcome}, key=key)
        return LeadAnswer.model_validate(await self.transport.call(call))

    async def import_rows(
        self, source: str, file: str, header: Sequence[str] | None, first_line: int, rows: Sequence[Any], *, key: str
    ) -> ImportAnswer:
        """Up to 1,000 rows of a file, cells that `header` names or objects; first_line: of the first of them in the file."""
        body = {"source": source, "file": file, "first_line": first_line, "rows": list(rows)}
        if header is not None:
            body["header"] = list(header)
        call = Call("POST", "/v1/imports", body, key=key)
        return ImportAnswer.model_validate(await self.transport.call(call, deadline_seconds=IMPORT_SECONDS))

    async def verification(self) -> VerificationAnswer:
        return VerificationAnswer.model_validate(await self._read("/v1/verification"))

    async def _read(self, path: str) -> dict[str, Any]:
        answer: dict[str, Any] = await self.transport.call(Call("GET", path))
        return answer

    def _pages(self, path: str) -> AsyncIterator[dict[str, Any]]:
        return self.transport.pages(Call("GET", path, params={"limit": PAGE}))
