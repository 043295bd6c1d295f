"""`/v1/campaigns`: budgets and what is issued under them. `/v1/vouchers`: what customers claim and use."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis import commands
from chassis.clock import business_day
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from chassis.wire import Day
from services.payments.campaigns import actions, budgets, queries, voucher_queries
from services.payments.campaigns.errors import UnknownCampaign, UnknownVoucher
from services.payments.campaigns.model import Campaign, VoucherState
from services.payments.campaigns.schemas import (
    CampaignAnswer,
    CampaignId,
    CampaignReportAnswer,
    ChangedCampaignAnswer,
    EndCampaignRequest,
    FundCampaignRequest,
    OpenCampaignRequest,
    RedeemVoucherRequest,
    VoucherAnswer,
    VoucherId,
    VoucherKindAnswer,
    VoucherKindId,
    VoucherKindRequest,
    VoucherUseAnswer,
    VoucherWithUsesAnswer,
    campaign_answer,
    changed_campaign_answer,
    kind_answer,
    report_answer,
    terms_of,
    use_answer,
    voucher_answer,
    voucher_with_uses,
)
from services.payments.cards.actions import customer_of
from services.payments.ledger import queries as ledger
from services.payments.ledger.errors import RangeReversed, RangeTooWide
from services.payments.risk.saying import JUDGED

router = APIRouter(prefix="/v1", tags=["campaigns"])
Reader = Annotated[Caller, requires("payments:read")]
Writer = Annotated[Caller, requires("payments:write")]
Service = Annotated[Caller, requires("payments:write", "payments:transfer")]
MOST_REPORT_DAYS = 366


@router.post("/campaigns", status_code=201, response_model=ChangedCampaignAnswer)
async def open_campaign(request: Request, body: OpenCampaignRequest, caller: Writer) -> Response:
    """A campaign with a budget of its own, of the merchant or the account that funds it."""
    return await commands.run(request, budgets.open_campaign, changed_campaign_answer, **body.model_dump())


@router.post(
    "/campaigns/{campaign_id}/funding", status_code=201, response_model=ChangedCampaignAnswer, dependencies=[JUDGED]
)
async def fund_campaign(
    request: Request, campaign_id: CampaignId, body: FundCampaignRequest, caller: Writer
) -> Response:
    """Put money into the budget."""
    return await commands.run(
        request, budgets.fund_campaign, changed_campaign_answer, campaign_id=campaign_id, amount=body.amount
    )


@router.post("/campaigns/{campaign_id}/voucher-kinds", status_code=201, response_model=VoucherKindAnswer)
async def make_voucher_kind(
    request: Request, campaign_id: CampaignId, body: VoucherKindRequest, caller: Writer
) -> Response:
    """Issue vouchers of a kind, to be claimed."""
    return await commands.run(
        request,
        budgets.make_kind,
        kind_answer,
        campaign_id=campaign_id,
        name=body.name,
        terms=terms_of(body),
        stock=body.stock,
        per_person=body.per_person,
        valid_days=body.valid_days,
    )


@router.post("/campaigns/{campaign_id}/closure", response_model=ChangedCampaignAnswer)
async def end_campaign(request: Request, campaign_id: CampaignId, body: EndCampaignRequest, caller: Writer) -> Response:
    """Give out nothing more: what is claimed is honoured, the rest goes back."""
    return await commands.run(
        request,
        budgets.end_campaign,
        changed_campaign_answer,
        status=200,
        campaign_id=campaign_id,
        payback_account_id=body.payback_account_id,
    )


@router.get("/campaigns")
async def list_campaigns(request: Request, caller: Reader, paging: Paging) -> Page[CampaignAnswer]:
    """The caller's campaigns, an operator's are all; newest first."""
    owner = None if caller.may("payments:operate") else caller.party
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.campaigns_of(connection, owner, before, paging.limit + 1)
        accounts = await ledger.accounts_with(connection, [one.account_id for one in rows])
    items = [campaign_answer(one, accounts[one.account_id]) for one in rows]
    return Page[CampaignAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/campaigns/{campaign_id}")
async def read_campaign(request: Request, campaign_id: CampaignId, caller: Reader) -> CampaignAnswer:
    async with runtime_of(request).reading() as connection:
        campaign = await _own(connection, caller, campaign_id)
        accounts = await ledger.accounts_with(connection, [campaign.account_id])
    return campaign_answer(campaign, accounts[campaign.account_id])


@router.get("/campaigns/{campaign_id}/report")
async def report_campaign(
    request: Request,
    campaign_id: CampaignId,
    caller: Reader,
    first: Annotated[Day | None, Query(description="30 days before `last` unless told")] = None,
    last: Annotated[Day | None, Query(description="today unless told")] = None,
) -> CampaignReportAnswer:
    """What the campaign gave out and what it cost, in all and by business day: what campaign cost drills down to."""
    runtime = runtime_of(request)
    last = last or business_day(await runtime.database.now(), runtime.settings.zone)
    first = first or last - timedelta(days=30)
    if first > last:
        raise RangeReversed("the first day is after the last", field="first")
    if (last - first).days >= MOST_REPORT_DAYS:
        raise RangeTooWide("a report covers a year at most", field="first")
    async with runtime.reading() as connection:
        campaign = await _own(connection, caller, campaign_id)
        figures = await voucher_queries.figures_of(connection, campaign_id)
        days = await voucher_queries.figures_by_day(connection, campaign_id, first, last)
    return report_answer(campaign, figures, days)


@router.get("/campaigns/{campaign_id}/voucher-kinds")
async def list_voucher_kinds(
    request: Request, campaign_id: CampaignId, caller: Reader, paging: Paging
) -> Page[VoucherKindAnswer]:
    """What a campaign gives out, for whoever was given its id; oldest first."""
    after = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        if await queries.campaign_with(connection, campaign_id) is None:
            raise UnknownCampaign("no such campaign")
        rows = await queries.kinds_of(connection, campaign_id, after, paging.limit + 1)
    items = [kind_answer(kind) for kind in rows]
    return Page[VoucherKindAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.post("/voucher-kinds/{kind_id}/vouchers", status_code=201, response_model=VoucherAnswer)
async def claim_voucher(request: Request, kind_id: VoucherKindId, caller: Writer) -> Response:
    """One voucher of the kind for the customer, while there are any."""
    return await commands.run(request, actions.claim_voucher, voucher_answer, kind_id=kind_id)


@router.post("/vouchers/{voucher_id}/redemption", status_code=201, response_model=VoucherUseAnswer)
async def redeem_voucher(
    request: Request, voucher_id: VoucherId, body: RedeemVoucherRequest, caller: Service
) -> Response:
    """Pay what a raised rate or a trial principal brings; asked for by the service that keeps the investment, for its customer."""
    return await commands.run(
        request,
        actions.redeem_voucher,
        use_answer,
        voucher_id=voucher_id,
        subject=body.subject,
        amount=body.amount,
        days=body.days,
    )


@router.get("/vouchers")
async def list_vouchers(
    request: Request, caller: Reader, paging: Paging, state: VoucherState | None = None
) -> Page[VoucherAnswer]:
    """The customer's vouchers, newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await voucher_queries.vouchers_of(connection, customer_of(caller), state, before, paging.limit + 1)
    items = [voucher_answer(voucher) for voucher in rows]
    return Page[VoucherAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/vouchers/{voucher_id}")
async def read_voucher(request: Request, voucher_id: VoucherId, caller: Reader) -> VoucherWithUsesAnswer:
    async with runtime_of(request).reading() as connection:
        found = await voucher_queries.vouchers_with(connection, [voucher_id])
        uses = await voucher_queries.uses_of_voucher(connection, voucher_id)
    if not found or not (found[0].customer_id == caller.customer or caller.may("payments:operate")):
        raise UnknownVoucher("no such voucher")
    return voucher_with_uses(found[0], uses)


async def _own(connection: AsyncConnection, caller: Caller, campaign_id: CampaignId) -> Campaign:
    campaign = await queries.campaign_with(connection, campaign_id)
    if campaign is None or not (campaign.owner == caller.party or caller.may("payments:operate")):
        raise UnknownCampaign("no such campaign")
    return campaign
