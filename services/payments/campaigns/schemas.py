from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.ids import TypeId
from chassis.wire import Amount, Answer, Instant, Rate, Request
from services.payments.campaigns import rules
from services.payments.campaigns.model import (
    Benefit,
    Campaign,
    CampaignFigures,
    CampaignState,
    DayFigures,
    Terms,
    Voucher,
    VoucherKind,
    VoucherState,
    VoucherUse,
)
from services.payments.ledger.model import Account
from services.payments.ledger.schemas import AccountId

CampaignId = Annotated[UUID, TypeId("cmp")]
VoucherKindId = Annotated[UUID, TypeId("vck")]
VoucherId = Annotated[UUID, TypeId("vch")]
VoucherUseId = Annotated[UUID, TypeId("vus")]
Name = Annotated[str, Field(min_length=1, max_length=120)]
Subject = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{2,63}$", examples=["bid_01jdf3q8e7f5bt2m0xk5s8yq4c"])]
Group = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", examples=["shop"])]
Days = Annotated[int, Field(strict=True, ge=1, le=rules.MOST_DAYS)]


class OpenCampaignRequest(Request):
    """funding_account_id: what funds it, a merchant's proceeds; what is left goes back there. starts_at: now, unless told."""

    name: Name
    funding_account_id: AccountId
    starts_at: Instant | None = None
    ends_at: Instant


class FundCampaignRequest(Request):
    amount: Amount


class EndCampaignRequest(Request):
    """payback_account_id: where the rest goes, if not to the account that funded the campaign."""

    payback_account_id: AccountId | None = None


class CampaignAnswer(Answer):
    """balance: of its budget; reserved: what claimed vouchers may still cost of that; minor units."""

    id: CampaignId
    owner: str
    name: str
    currency: str
    account_id: AccountId
    funding_account_id: AccountId
    state: CampaignState
    balance: int
    reserved: int
    starts_at: datetime
    ends_at: datetime
    opened_at: datetime
    ended_at: datetime | None


class ChangedCampaignAnswer(Answer):
    """A campaign as a write leaves it; its balance is read at the campaign."""

    id: CampaignId
    owner: str
    name: str
    currency: str
    account_id: AccountId
    funding_account_id: AccountId
    state: CampaignState
    reserved: int
    starts_at: datetime
    ends_at: datetime
    opened_at: datetime
    ended_at: datetime | None


class VoucherKindRequest(Request):
    """amount_off and threshold: of `amount_off`. principal, rate (a year), days: of the others; of `extra_rate` the most that count.

    stack_group: vouchers of different groups go together, of one group at most `most_per_subject`; without one, a voucher is used alone.
    valid_days: from the claim. comes_back: after a full refund the voucher may be used again.
    """

    name: Name
    benefit: Annotated[Benefit, Field(strict=False)]
    amount_off: Amount | None = None
    threshold: Amount | None = None
    principal: Amount | None = None
    rate: Annotated[Rate, Field(gt=0, le=1)] | None = None
    days: Days | None = None
    stack_group: Group | None = None
    most_per_subject: Annotated[int, Field(strict=True, ge=1, le=rules.MOST_ON_A_SUBJECT)] = 1
    comes_back: bool = False
    stock: Annotated[int, Field(strict=True, ge=1, le=rules.LARGEST_STOCK)]
    per_person: Annotated[int, Field(strict=True, ge=1, le=rules.MOST_PER_PERSON)] = 1
    valid_days: Annotated[int, Field(strict=True, ge=1, le=rules.MOST_VALID_DAYS)]


class VoucherKindAnswer(Answer):
    """stock: how many may be claimed, `claimed` how many were; reserve: the most that one can cost."""

    id: VoucherKindId
    campaign_id: CampaignId
    name: str
    benefit: Benefit
    amount_off: int | None
    threshold: int | None
    principal: int | None
    rate: Rate | None
    days: int | None
    stack_group: str | None
    most_per_subject: int
    comes_back: bool
    stock: int
    claimed: int
    per_person: int
    valid_days: int
    reserve: int
    made_at: datetime


class VoucherAnswer(Answer):
    id: VoucherId
    kind_id: VoucherKindId
    campaign_id: CampaignId
    customer_id: Annotated[UUID, TypeId("cus")]
    state: VoucherState
    claimed_at: datetime
    expires_at: datetime


class RedeemVoucherRequest(Request):
    """subject: the investment it is for; amount, days: of the investment, for a raised rate."""

    subject: Subject
    amount: Amount | None = None
    days: Days | None = None


class VoucherUseAnswer(Answer):
    """cost: what the campaign paid; returned: what refunds brought back of it."""

    id: VoucherUseId
    voucher_id: VoucherId
    kind_id: VoucherKindId
    campaign_id: CampaignId
    subject: str
    subject_amount: int
    cost: int
    returned: int
    transfer_id: Annotated[UUID, TypeId("trf")]
    used_at: datetime
    given_back_on: date | None


class VoucherWithUsesAnswer(VoucherAnswer):
    """uses: newest first; more than one only where the voucher came back."""

    uses: list[VoucherUseAnswer]


class CampaignDayAnswer(Answer):
    """cost: paid out that day; returned: brought back by refunds that day."""

    day: date
    claimed: int
    used: int
    expired: int
    cost: int
    returned: int


class CampaignReportAnswer(Answer):
    """issued: stock of all kinds; outstanding: claimed, neither used nor expired; all over all days. days: those asked for."""

    id: CampaignId
    currency: str
    issued: int
    claimed: int
    used: int
    expired: int
    outstanding: int
    cost: int
    returned: int
    days: list[CampaignDayAnswer]


def terms_of(wanted: VoucherKindRequest) -> Terms:
    return Terms(**{name: getattr(wanted, name) for name in Terms.__dataclass_fields__})


def campaign_answer(campaign: Campaign, account: Account) -> CampaignAnswer:
    facts = {name: getattr(campaign, name) for name in CampaignAnswer.model_fields if name != "balance"}
    return CampaignAnswer(**facts, balance=account.settled)


def changed_campaign_answer(campaign: Campaign) -> ChangedCampaignAnswer:
    return ChangedCampaignAnswer.model_validate(campaign)


def kind_answer(kind: VoucherKind) -> VoucherKindAnswer:
    facts = {
        name: getattr(kind.terms if name in Terms.__dataclass_fields__ else kind, name)
        for name in VoucherKindAnswer.model_fields
    }
    return VoucherKindAnswer(**facts)


def voucher_answer(voucher: Voucher) -> VoucherAnswer:
    return VoucherAnswer.model_validate(voucher)


def use_answer(use: VoucherUse) -> VoucherUseAnswer:
    return VoucherUseAnswer.model_validate(use)


def voucher_with_uses(voucher: Voucher, uses: list[VoucherUse]) -> VoucherWithUsesAnswer:
    facts = {name: getattr(voucher, name) for name in VoucherAnswer.model_fields}
    return VoucherWithUsesAnswer(**facts, uses=[use_answer(use) for use in uses])


def report_answer(campaign: Campaign, figures: CampaignFigures, days: list[DayFigures]) -> CampaignReportAnswer:
    facts = {name: getattr(figures, name) for name in CampaignFigures.__dataclass_fields__}
    return CampaignReportAnswer(
        id=campaign.id,
        currency=campaign.currency,
        days=[CampaignDayAnswer.model_validate(day) for day in days],
        **facts,
    )
