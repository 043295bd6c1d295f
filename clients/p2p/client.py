"""The P2P service as its callers see it: applications, listings, bids, loans, repayments, claims, imports, audit.

Ids are the texts of the wire (`lst_…`). Every method raises `clients.errors.Refused`, `Unreachable` or `DeadlineExceeded`. A write that
payments has not answered yet comes back with its pending state: ask again until it has another.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from clients.p2p.shapes import (
    AdvanceAnswer,
    AdvancesAnswer,
    ApplicationAnswer,
    ApplicationRequest,
    AssessmentAnswer,
    AssessmentRequest,
    BidAnswer,
    BidRequest,
    BooksFigures,
    ClaimAnswer,
    DistributionAnswer,
    EnrolmentFigures,
    ImportAnswer,
    ListingAnswer,
    ListingFigures,
    ListingRequest,
    LoanAnswer,
    LoanFigures,
    LoanScheduleAnswer,
    ProjectFigures,
    ReceiptsAnswer,
    RepaymentAnswer,
    RepaymentRequest,
    VerificationAnswer,
)
from clients.shape import Shape
from clients.transport import Call, HeaderProvider, TokenProvider, Transport, no_headers

IMPORT_SECONDS = 60.0
PAGE = 200


class P2PClient:
    """Typed calls to p2p, straight or through the gateway (base_url `…/p2p`).

    token: given the customer acted for (`cus_…` or None), a bearer token for the audience `p2p`.
    """

    def __init__(self, base_url: str, token: TokenProvider, *, headers: HeaderProvider = no_headers) -> None:
        self.transport = Transport(base_url, token, headers=headers)

    async def close(self) -> None:
        await self.transport.close()

    async def apply(self, application: ApplicationRequest, *, key: str) -> ApplicationAnswer:
        """Ask for a loan; graded and decided by the rule at once, or `checking` while those outside are asked."""
        return ApplicationAnswer.model_validate(await self._write("/v1/applications", application, key))

    async def application(self, application_id: str) -> ApplicationAnswer:
        return ApplicationAnswer.model_validate(await self._read(f"/v1/applications/{application_id}"))

    async def list_application(self, application_id: str, terms: ListingRequest, *, key: str) -> ListingAnswer:
        """Offer an approved application to lenders; `draft` while its account is being opened."""
        path = f"/v1/applications/{application_id}/listing"
        return ListingAnswer.model_validate(await self._write(path, terms, key))

    async def listing(self, listing_id: str) -> ListingAnswer:
        return ListingAnswer.model_validate(await self._read(f"/v1/listings/{listing_id}"))

    async def assess(self, answers: AssessmentRequest, *, key: str) -> AssessmentAnswer:
        """A lender answers the risk questionnaire: before her first bid, and every year."""
        return AssessmentAnswer.model_validate(await self._write("/v1/risk-assessments", answers, key))

    async def bid(self, listing_id: str, bid: BidRequest, *, key: str) -> BidAnswer:
        """Lend; `pending` while the hold behind it is not known."""
        return BidAnswer.model_validate(await self._write(f"/v1/listings/{listing_id}/bids", bid, key))

    async def read_bid(self, bid_id: str) -> BidAnswer:
        return BidAnswer.model_validate(await self._read(f"/v1/bids/{bid_id}"))

    async def loan(self, loan_id: str) -> LoanAnswer:
        return LoanAnswer.model_validate(await self._read(f"/v1/loans/{loan_id}"))

    async def schedule(self, loan_id: str) -> LoanScheduleAnswer:
        return LoanScheduleAnswer.model_validate(await self._read(f"/v1/loans/{loan_id}/schedule"))

    async def repay(self, loan_id: str, repayment: RepaymentRequest, *, key: str) -> RepaymentAnswer:
        """Repay the oldest unpaid instalment; `pending` while its transfers are not known."""
        return RepaymentAnswer.model_validate(await self._write(f"/v1/loans/{loan_id}/repayments", repayment, key))

    async def repayments(self, loan_id: str) -> list[RepaymentAnswer]:
        answer = await self._read(f"/v1/loans/{loan_id}/repayments")
        return [RepaymentAnswer.model_validate(item) for item in answer["items"]]

    async def claims(self) -> list[ClaimAnswer]:
        """Everything the caller holds, newest first."""
        return [ClaimAnswer.model_validate(item) async for item in self._pages("/v1/claims")]

    async def import_rows(
        self,
        source: str,
        file: str,
        header: Sequence[str],
        first_line: int,
        rows: Sequence[Sequence[str | None]],
        *,
        key: str,
    ) -> ImportAnswer:
        """Up to 1,000 rows of a file; first_line: of the first of them in the file."""
        body = {"source": source, "file": file, "header": list(header), "first_line": first_line, "rows": list(rows)}
        call = Call("POST", "/v1/imports", body, key=key)
        return ImportAnswer.model_validate(await self.transport.call(call, deadline_seconds=IMPORT_SECONDS))

    async def verification(self) -> VerificationAnswer:
        return VerificationAnswer.model_validate(await self._read("/v1/verification"))

    async def loan_figures(self) -> list[LoanFigures]:
        """What every loan and holder is owed, by p2p's own books."""
        return [LoanFigures.model_validate(item) async for item in self._pages("/v1/verification/loans")]

    async def listing_figures(self) -> list[ListingFigures]:
        """Which holds stand on every listing's account, by p2p's own books."""
        return [ListingFigures.model_validate(item) async for item in self._pages("/v1/verification/listings")]

    async def project_figures(self) -> list[ProjectFigures]:
        """What every crowdfunding project has on its account, by p2p's own books."""
        return [ProjectFigures.model_validate(item) async for item in self._pages("/v1/verification/projects")]

    async def enrolment_figures(self) -> list[EnrolmentFigures]:
        """What everybody who left a plan was charged, by p2p's own books."""
        return [EnrolmentFigures.model_validate(item) async for item in self._pages("/v1/verification/enrolments")]

    async def books_figures(self) -> BooksFigures:
        """What each entity has of cash at the end of the last day in the books."""
        return BooksFigures.model_validate(await self._read("/v1/verification/books"))

    async def advance_figures(self) -> list[AdvanceAnswer]:
        """The platform's money on debits that are not final, by p2p's own books."""
        return AdvancesAnswer.model_validate(await self._read("/v1/verification/advances")).items

    async def receipts_figures(self) -> list[ReceiptsAnswer]:
        """What may be on the accounts into which borrowers' mandates are debited, by p2p's own books."""
        return [ReceiptsAnswer.model_validate(item) async for item in self._pages("/v1/verification/receipts")]

    async def distribution_figures(self) -> list[DistributionAnswer]:
        """Accounts from which repayments go to other books of the ledger, by p2p's own."""
        return [DistributionAnswer.model_validate(item) async for item in self._pages("/v1/verification/distributions")]

    async def _read(self, path: str) -> dict[str, Any]:
        answer: dict[str, Any] = await self.transport.call(Call("GET", path))
        return answer

    async def _write(self, path: str, body: Shape, key: str) -> dict[str, Any]:
        call = Call("POST", path, body.model_dump(mode="json", exclude_none=True), key=key)
        answer: dict[str, Any] = await self.transport.call(call)
        return answer

    def _pages(self, path: str) -> AsyncIterator[dict[str, Any]]:
        return self.transport.pages(Call("GET", path, params={"limit": PAGE}))
