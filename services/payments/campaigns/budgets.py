"""Stories of a campaign and its budget: opened, funded, kinds of voucher issued, ended, the rest paid back.

Every story that touches a campaign's budget holds the campaign's row first, so that what the budget has and what is reserved of it
are read and changed together; the ledger's account comes last.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.campaigns import queries, rules, voucher_queries
from services.payments.campaigns.errors import (
    CampaignNotOpen,
    CampaignUnclear,
    FundingAccountUnfit,
    TooManyVoucherKinds,
    UnknownCampaign,
)
from services.payments.campaigns.model import Campaign, CampaignState, Terms, VoucherKind
from services.payments.ledger import actions as ledger
from services.payments.ledger.errors import UnknownAccount
from services.payments.ledger.model import Account, Rule, TransferCommand, TransferKind
from services.payments.risk import actions as risk
from services.payments.risk.model import Intent, Kind

KIND = "campaign_budget"
FUNDING_CODE = "campaign.funding"
PAYBACK_CODE = "campaign.payback"


async def open_campaign(
    tx: Tx, caller: Caller, *, name: str, funding_account_id: UUID, starts_at: datetime | None, ends_at: datetime
) -> Campaign:
    """Of the currency of the account that funds it. Raises UnknownAccount, FundingAccountUnfit, CampaignUnclear."""
    funding = await _funding_account(tx, caller, funding_account_id)
    starts_at = starts_at or tx.now
    if not max(starts_at, tx.now) < ends_at <= starts_at + rules.LONGEST_CAMPAIGN:
        raise CampaignUnclear("a campaign ends after it begins, within a year", field="ends_at")
    campaign = Campaign(
        id=tx.ids.new(),
        owner=funding.owner,
        name=name,
        currency=funding.currency,
        account_id=ledger.new_account_id(tx, funding.book_id),
        funding_account_id=funding.id,
        state=CampaignState.OPEN,
        reserved=0,
        starts_at=starts_at,
        ends_at=ends_at,
        due_at=ends_at,
        opened_at=tx.now,
        ended_at=None,
    )
    # Owned by the platform: nobody debits it but these stories, else what is reserved could be spent on something else.
    await ledger.open_account(
        tx,
        account_id=campaign.account_id,
        currency=campaign.currency,
        kind=KIND,
        owner=ledger.PLATFORM,
        rule=Rule.DEBITS_MUST_NOT_EXCEED_CREDITS,
        reference=encode("cmp", campaign.id),
    )
    await queries.add_campaign(tx.connection, campaign)
    _tell(tx, campaign, "opened", 0)
    return campaign


async def fund_campaign(tx: Tx, caller: Caller, *, campaign_id: UUID, amount: int) -> Campaign:
    """Out of its funding account. Raises UnknownCampaign, CampaignNotOpen, InsufficientFunds."""
    campaign = await own_campaign(tx, caller, campaign_id)
    _require_open(campaign, tx.now)
    wish = Intent(
        kind=Kind.CAMPAIGN_FUNDING,
        reference=encode("cmp", campaign.id),
        person=campaign.owner,
        amount=amount,
        currency=campaign.currency,
        payee=encode("cmp", campaign.id),
        account_id=campaign.funding_account_id,
    )
    await risk.decide(tx, caller, wish)
    await ledger.post(
        tx, [_moved(tx, campaign, FUNDING_CODE, campaign.funding_account_id, campaign.account_id, amount)]
    )
    _tell(tx, campaign, "funded", amount)
    return campaign


async def make_kind(
    tx: Tx, caller: Caller, *, campaign_id: UUID, name: str, terms: Terms, stock: int, per_person: int, valid_days: int
) -> VoucherKind:
    """Issue so many vouchers to be claimed. Raises UnknownCampaign, CampaignNotOpen, VoucherKindUnclear, TooManyVoucherKinds."""
    campaign = await own_campaign(tx, caller, campaign_id)
    _require_open(campaign, tx.now)
    reserve = rules.reserve_of(terms)
    if await queries.count_kinds(tx.connection, campaign.id) >= rules.MOST_KINDS:
        raise TooManyVoucherKinds("a campaign has no more kinds of voucher", most=rules.MOST_KINDS)
    kind = VoucherKind(
        id=tx.ids.new(),
        campaign_id=campaign.id,
        name=name,
        terms=terms,
        stock=stock,
        claimed=0,
        per_person=per_person,
        valid_days=valid_days,
        reserve=reserve,
        made_at=tx.now,
    )
    await queries.add_kind(tx.connection, kind)
    return kind


async def end_campaign(tx: Tx, caller: Caller, *, campaign_id: UUID, payback_account_id: UUID | None) -> Campaign:
    """Give out nothing more. What is claimed is honoured; the rest goes back, to another account where one is named.

    Ending what has ended changes nothing. Raises UnknownCampaign, FundingAccountUnfit.
    """
    campaign = await own_campaign(tx, caller, campaign_id)
    if payback_account_id is not None:
        account = await _funding_account(tx, caller, payback_account_id)
        if account.owner != campaign.owner or account.currency != campaign.currency:
            raise FundingAccountUnfit("an account of the owner, in the currency", field="payback_account_id")
        campaign = replace(campaign, funding_account_id=account.id)
    return await _settled(tx, campaign)


async def settle_due_campaign(tx: Tx, caller: Caller, *, campaign_id: UUID) -> Campaign:
    """Time has ended it, its last voucher is gone, or a late refund came back to its budget."""
    campaign = await queries.campaign_with(tx.connection, campaign_id, lock=True)
    assert campaign is not None
    return campaign if campaign.due_at is not None and campaign.due_at > tx.now else await _settled(tx, campaign)


async def _settled(tx: Tx, campaign: Campaign) -> Campaign:
    """Pay back what no voucher needs; ended once nothing is there and nothing is claimed."""
    paid, left = await _pay_back(tx, campaign)
    last = await voucher_queries.last_expiry(tx.connection, campaign.id)
    before = campaign.state
    if before is CampaignState.OPEN:
        campaign = replace(campaign, state=CampaignState.SETTLING, due_at=last or tx.now)
        _tell(tx, campaign, "settling", paid)
    elif before is CampaignState.SETTLING:
        campaign = replace(campaign, due_at=last or campaign.due_at)
    if last is None and left == 0 and before is not CampaignState.ENDED:
        campaign = replace(campaign, state=CampaignState.ENDED, due_at=None, ended_at=tx.now)
        _tell(tx, campaign, "ended", paid)
    await queries.save_campaign(tx.connection, campaign)
    return campaign


async def _pay_back(tx: Tx, campaign: Campaign) -> tuple[int, int]:
    """How much went back, and how much should have and did not: an account that takes nothing is for its owner to replace."""
    account = await ledger.account_with(tx, campaign.account_id)
    free = account.settled - campaign.reserved
    if free <= 0:
        return 0, 0
    command = _moved(tx, campaign, PAYBACK_CODE, campaign.account_id, campaign.funding_account_id, free)
    (outcome,) = await ledger.attempt(tx, [command])
    return (free, 0) if outcome.accepted else (0, free)


async def own_campaign(tx: Tx, caller: Caller, campaign_id: UUID) -> Campaign:
    """The owner's or an operator's, under lock. Raises UnknownCampaign, also for another's."""
    campaign = await queries.campaign_with(tx.connection, campaign_id, lock=True)
    if campaign is None or not (campaign.owner == caller.party or caller.may("payments:operate")):
        raise UnknownCampaign("no such campaign")
    return campaign


async def _funding_account(tx: Tx, caller: Caller, account_id: UUID) -> Account:
    """A merchant's proceeds, or of accounts that no story owns what an operator names."""
    operator = caller.may("payments:operate")
    try:
        account = await ledger.account_with(tx, account_id)
    except UnknownAccount as refusal:
        raise UnknownAccount(refusal.detail, field="funding_account_id") from None
    if account.owner != caller.party and not operator:
        raise UnknownAccount("no such account", field="funding_account_id")
    free = operator and account.kind not in ledger.RESERVED_KINDS
    if not (free or account.kind == "merchant") or account.closed:
        raise FundingAccountUnfit("no account to fund a campaign from", field="funding_account_id")
    return account


def _require_open(campaign: Campaign, now: datetime) -> None:
    if campaign.state is not CampaignState.OPEN or campaign.ends_at <= now:
        raise CampaignNotOpen("the campaign is over")


def _moved(tx: Tx, campaign: Campaign, code: str, debit: UUID, credit: UUID, amount: int) -> TransferCommand:
    return TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.SINGLE,
        code=code,
        reference=encode("cmp", campaign.id),
        debit_account_id=debit,
        credit_account_id=credit,
        amount=amount,
        currency=campaign.currency,
    )


def _tell(tx: Tx, campaign: Campaign, step: str, amount: int) -> None:
    told = {
        "campaign_id": encode("cmp", campaign.id),
        "owner": campaign.owner,
        "currency": campaign.currency,
        "amount": amount,
    }
    tx.events.add(f"payments.campaign.{step}.v1", encode("cmp", campaign.id), told)
