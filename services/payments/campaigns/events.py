"""Event types of campaigns and vouchers. Amounts in minor units."""

from pydantic import BaseModel


class CampaignTold(BaseModel):
    """What every event of a campaign carries. amount: funded, or gone back."""

    campaign_id: str
    owner: str
    currency: str
    amount: int


class VoucherTold(BaseModel):
    """What every event of a voucher carries. reserve: the most it can cost."""

    voucher_id: str
    voucher_kind_id: str
    campaign_id: str
    customer_id: str
    benefit: str
    reserve: int
    currency: str


class VoucherUsed(VoucherTold):
    """cost: what the campaign paid for it."""

    voucher_use_id: str
    subject: str
    cost: int


class VoucherReturned(BaseModel):
    """A refund brought back a part of the cost. given_back: the voucher may be used again."""

    voucher_use_id: str
    voucher_id: str
    voucher_kind_id: str
    campaign_id: str
    subject: str
    amount: int
    currency: str
    given_back: bool


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.campaign.opened.v1": CampaignTold,
    "payments.campaign.funded.v1": CampaignTold,
    "payments.campaign.settling.v1": CampaignTold,
    "payments.campaign.ended.v1": CampaignTold,
    "payments.voucher.claimed.v1": VoucherTold,
    "payments.voucher.used.v1": VoucherUsed,
    "payments.voucher.returned.v1": VoucherReturned,
    "payments.voucher.expired.v1": VoucherTold,
}
