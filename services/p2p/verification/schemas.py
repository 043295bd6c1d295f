"""The audit on the wire, and the figures from which `sifang verify` works it out again from transfers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from pydantic import Field

from chassis import wire
from services.p2p.claims.model import Claim
from services.p2p.enrolments.model import Enrolment, EnrolmentState
from services.p2p.listings.model import Listing
from services.p2p.loans.model import Loan
from services.p2p.projects.model import Project
from services.p2p.repayments.model import ShareKind
from services.p2p.verification.model import Check, Movement
from services.p2p.wire_ids import AccountId, ClaimId, EnrolmentId, ListingId, LoanId, ProjectId

OFFENDING_SHOWN = 100


class CheckAnswer(wire.Answer):
    """failed: how many of the examined offend; offending: ids of the first hundred."""

    name: str
    examined: int
    failed: int
    offending: list[str]


class MovementAnswer(wire.Answer):
    """kind: hold, release, disbursement, repayment, reversal, debit, compensation, purchase, plan_charge, project_collection,
    project_payout, project_refund.

    reference: that of its transfers; job: what finishes it, by name and record.
    """

    kind: str
    record: str
    job: str
    job_record: UUID
    reference: str
    amount_minor: int
    currency: str
    since_at: datetime
    age_seconds: int


class HouseAccountAnswer(wire.Answer):
    purpose: str
    currency: str
    account_id: AccountId


class VerificationAnswer(wire.Answer):
    """movements: the oldest thousand under way; one older than five minutes makes `movement_too_old` fail."""

    holds: bool
    business_at: datetime
    checks: list[CheckAnswer]
    movements: list[MovementAnswer]
    house_accounts: list[HouseAccountAnswer]


class CashFigures(wire.Answer):
    """cash_minor: of all its accounts together."""

    entity: str
    currency: str
    account_ids: list[AccountId]
    cash_minor: int


class BooksFigures(wire.Answer):
    """ended_at: the first instant after the last day in the books; None before the first."""

    ended_at: datetime | None
    items: list[CashFigures]


class HolderFigures(wire.Answer):
    """funded + bought − sold − principal received − compensated = outstanding, each also a sum of transfers into or out of `account_id`.

    bought, sold: of the `principal_minor` that transfers `p2p.resale.principal` carry in their metadata. What was paid or advanced for a
    loss is bought by who paid it, and compensated of who received it. …_fee: what of what she received the platform kept, for it came
    late: it never reached her account.
    """

    claim_id: ClaimId
    holder: str
    account_id: AccountId
    funded_minor: int
    principal_received_minor: int
    interest_received_minor: int
    late_received_minor: int
    bought_minor: int
    sold_minor: int
    compensated_minor: int
    advanced_minor: int
    outstanding_minor: int
    principal_kept_minor: int = 0
    interest_kept_minor: int = 0
    late_kept_minor: int = 0
    interest_fees_minor: int = 0
    borne_principal_minor: int = 0
    borne_interest_minor: int = 0
    borne_late_minor: int = 0


class LoanFigures(wire.Answer):
    """disbursed − principal repaid = outstanding. All 0 while it is being disbursed, and when it was cancelled.

    Transfers with `reference` = id: Σ `p2p.disbursement.principal` = disbursed = payout + fee + contribution (their own codes);
    Σ `p2p.repayment.principal`, `p2p.repayment.interest`, `p2p.repayment.late_interest`, less what was reversed under `p2p.reversal.…`,
    = what was repaid, by credit account what each holder received, but for what was kept of late money: of each kind Σ of holders'
    `…_kept_minor` = Σ `p2p.fee.collection.…`, less `p2p.reversal.collection.…`.
    Σ `p2p.loss.principal`, `p2p.loss.interest` = what somebody paid holders for a loss: the principal is compensated of who received it,
    and bought by who paid.
    Σ `p2p.resale.principal`, `p2p.resale.accrued`, `p2p.fee.resale` = what buyers of claims paid.
    Σ `p2p.fee.interest` less Σ `p2p.reversal.interest_fee` = interest fees, which holders' interest is told before.
    Σ `p2p.partner.holding_interest` = what a partner paid for passing money on late; with what it owes for that still, where the ledger is
    ahead.
    Σ `p2p.reversal.advance` = advanced, by credit account of each holder: what she could not give back of what was reversed.
    Σ `p2p.reversal.borne` = borne: what of it was paid past holders' accounts, by kind what each would have given back.
    payer_account_ids: from which repayments go to holders, and into which what is reversed comes: the borrower's wallet, the account into
    which a mandate is debited, those on the way to other books, and through which somebody passed on what she had paid him.
    """

    id: LoanId
    listing_id: ListingId
    currency: str
    state: str
    account_id: AccountId
    borrower_account_id: AccountId
    disbursed_minor: int
    payout_minor: int
    origination_fee_minor: int
    reserve_contribution_minor: int
    principal_repaid_minor: int
    interest_repaid_minor: int
    late_repaid_minor: int
    prepayment_fees_minor: int
    outstanding_minor: int
    holders: list[HolderFigures]
    compensated_principal_minor: int
    compensated_interest_minor: int
    resale_paid_minor: int
    advanced_minor: int
    interest_fees_minor: int = 0
    holding_interest_minor: int = 0
    holding_interest_owed_minor: int = 0
    borne_minor: int = 0
    payer_account_ids: list[AccountId] = Field(default_factory=list)


class AdvanceAnswer(wire.Answer):
    """The platform's money on debits that are not final: −advanced − moving ≤ the account's balance ≤ −advanced."""

    currency: str
    account_id: AccountId
    advanced_minor: int
    moving_minor: int


class AdvancesAnswer(wire.Answer):
    items: list[AdvanceAnswer]


class ReceiptsAnswer(wire.Answer):
    """Where a loan's mandates are debited to: empty, but for what is moving and at most most_minor that its bank has not taken yet.

    advanced_minor: what the platform paid there in the borrower's place, under `p2p.debit.chargeback.advance`; repaid_minor: what of it she
    has paid to the platform, under `….chargeback.repayment`.
    """

    account_id: AccountId
    loan_id: LoanId
    currency: str
    most_minor: int
    moving: bool
    advanced_minor: int
    repaid_minor: int


class DistributionAnswer(wire.Answer):
    """Where a loan's repayment rests on its way to holders in another book: empty, unless it is moving."""

    account_id: AccountId
    loan_id: LoanId
    book_id: int
    currency: str
    moving: bool


class ListingFigures(wire.Answer):
    """Holds that stand on a listing's account: its pending credits in payments. movement: a hold or release is under way."""

    id: ListingId
    state: str
    currency: str
    account_id: AccountId | None
    holds: int
    held_minor: int


class EnrolmentFigures(wire.Answer):
    """What was charged to who left a plan: transfers with `reference` = id from `account_id`, by code: `p2p.fee.plan` = fees,
    `p2p.plan.excess` = excess. Both 0 before, and where it was given up."""

    id: EnrolmentId
    state: str
    currency: str
    account_id: AccountId | None
    fees_minor: int
    excess_minor: int


class ProjectFigures(wire.Answer):
    """collected + recovered − charged_back − paid − fee − refunded = held. The balance of `account_id` is held, or 0 where that is less
    than nothing, which payments is owed then; give or take what is under way.

    Transfers with `reference` = id, by code: `p2p.crowdfunding.payout` = paid, `….fee` = fee, `….refund` = refunded,
    `….chargeback.repayment` and `….chargeback.cover` = recovered; what came in is `….collection`, and debits under mandates
    (`mandate.debit…`, each under its own reference, as what banks took back of them: `charge.reversed`, `card_dispute.…`).
    """

    id: ProjectId
    state: str
    currency: str
    account_id: AccountId | None
    collected_minor: int
    paid_minor: int
    fee_minor: int
    refunded_minor: int
    charged_back_minor: int
    recovered_minor: int
    held_minor: int


def check_answer(check: Check) -> CheckAnswer:
    return CheckAnswer(
        name=check.name,
        examined=check.examined,
        failed=len(check.offending),
        offending=list(check.offending[:OFFENDING_SHOWN]),
    )


def movement_answer(movement: Movement, now: datetime) -> MovementAnswer:
    return MovementAnswer(
        kind=movement.kind,
        record=movement.record,
        job=movement.job,
        job_record=movement.job_record,
        reference=movement.reference,
        amount_minor=movement.amount_minor,
        currency=movement.currency,
        since_at=movement.since_at,
        age_seconds=max(0, int((now - movement.since_at).total_seconds())),
    )


def loan_figures(
    loan: Loan,
    claims: Sequence[Claim],
    *,
    prepayment_fees_minor: int,
    compensated: tuple[int, int],
    resale_paid_minor: int,
    advanced: Mapping[UUID, int],
    kept: Mapping[tuple[UUID, ShareKind], int],
    interest_fees: Mapping[UUID, int],
    borne: Mapping[UUID, Mapping[ShareKind, int]],
    payers: Sequence[UUID],
    holding_interest: tuple[int, int] = (0, 0),
) -> LoanFigures:
    """compensated: principal and interest that somebody paid in the borrower's place; advanced, interest_fees: by claim; kept: of late
    money; borne: by claim and kind; payers: accounts besides the borrower's wallet.
    """
    made = loan.disbursed_at is not None
    return LoanFigures(
        id=loan.id,
        listing_id=loan.listing_id,
        currency=loan.currency,
        state=loan.state.value,
        account_id=loan.account_id,
        borrower_account_id=loan.borrower_account_id,
        disbursed_minor=loan.principal_minor if made else 0,
        payout_minor=loan.payout_minor if made else 0,
        origination_fee_minor=loan.origination_fee_minor if made else 0,
        reserve_contribution_minor=loan.reserve_contribution_minor if made else 0,
        principal_repaid_minor=sum(claim.principal_received_minor for claim in claims),
        interest_repaid_minor=sum(claim.interest_received_minor for claim in claims),
        late_repaid_minor=sum(claim.late_received_minor for claim in claims),
        prepayment_fees_minor=prepayment_fees_minor,
        outstanding_minor=loan.outstanding_minor if made else 0,
        holders=[
            _holder_figures(claim, advanced.get(claim.id, 0), kept, interest_fees, borne.get(claim.id, {}))
            for claim in claims
        ],
        compensated_principal_minor=compensated[0],
        compensated_interest_minor=compensated[1],
        resale_paid_minor=resale_paid_minor,
        advanced_minor=sum(advanced.get(claim.id, 0) for claim in claims),
        interest_fees_minor=sum(interest_fees.get(claim.id, 0) for claim in claims),
        holding_interest_minor=holding_interest[0],
        holding_interest_owed_minor=holding_interest[1],
        borne_minor=sum(sum(borne.get(claim.id, {}).values()) for claim in claims),
        payer_account_ids=[loan.borrower_account_id, *payers],
    )


def _holder_figures(
    claim: Claim,
    advanced_minor: int,
    kept: Mapping[tuple[UUID, ShareKind], int],
    interest_fees: Mapping[UUID, int],
    borne: Mapping[ShareKind, int],
) -> HolderFigures:
    return HolderFigures(
        claim_id=claim.id,
        holder=claim.holder,
        account_id=claim.account_id,
        funded_minor=claim.funded_minor,
        principal_received_minor=claim.principal_received_minor,
        interest_received_minor=claim.interest_received_minor,
        late_received_minor=claim.late_received_minor,
        bought_minor=claim.bought_minor,
        sold_minor=claim.sold_minor,
        compensated_minor=claim.compensated_minor,
        advanced_minor=advanced_minor,
        outstanding_minor=claim.outstanding_minor,
        principal_kept_minor=kept.get((claim.id, ShareKind.PRINCIPAL), 0),
        interest_kept_minor=kept.get((claim.id, ShareKind.INTEREST), 0),
        late_kept_minor=kept.get((claim.id, ShareKind.LATE), 0),
        interest_fees_minor=interest_fees.get(claim.id, 0),
        borne_principal_minor=borne.get(ShareKind.PRINCIPAL, 0),
        borne_interest_minor=borne.get(ShareKind.INTEREST, 0),
        borne_late_minor=borne.get(ShareKind.LATE, 0),
    )


def listing_figures(listing: Listing, held: tuple[int, int]) -> ListingFigures:
    return ListingFigures(
        id=listing.id,
        state=listing.state.value,
        currency=listing.currency,
        account_id=listing.account_id,
        holds=held[0],
        held_minor=held[1],
    )


def enrolment_figures(enrolment: Enrolment, account_id: UUID | None) -> EnrolmentFigures:
    charged = enrolment.state is EnrolmentState.ENDED and not enrolment.waived
    settled = enrolment.settlement
    return EnrolmentFigures(
        id=enrolment.id,
        state=enrolment.state.value,
        currency=enrolment.currency,
        account_id=account_id,
        fees_minor=settled.fees_minor if charged else 0,
        excess_minor=settled.excess_minor if charged else 0,
    )


def project_figures(project: Project) -> ProjectFigures:
    return ProjectFigures(
        id=project.id,
        state=project.state.value,
        currency=project.currency,
        account_id=project.account_id,
        collected_minor=project.collected_minor,
        paid_minor=project.paid_minor,
        fee_minor=project.fee_minor,
        refunded_minor=project.refunded_minor,
        charged_back_minor=project.charged_back_minor,
        recovered_minor=project.recovered_minor,
        held_minor=project.held_minor,
    )
