"""Ids of this service's nouns on the wire, and of the neighbours' that it names."""

from typing import Annotated
from uuid import UUID

from chassis.ids import TypeId, encode

ApplicationId = Annotated[UUID, TypeId("apn")]
ListingId = Annotated[UUID, TypeId("lst")]
BidId = Annotated[UUID, TypeId("bid")]
LoanId = Annotated[UUID, TypeId("lon")]
ClaimId = Annotated[UUID, TypeId("clm")]
RepaymentId = Annotated[UUID, TypeId("rep")]
RepaymentMandateId = Annotated[UUID, TypeId("rmd")]
LoanDebitId = Annotated[UUID, TypeId("ldb")]
RestructuringId = Annotated[UUID, TypeId("rst")]
ImportId = Annotated[UUID, TypeId("imp")]
ProjectId = Annotated[UUID, TypeId("prj")]
TierId = Annotated[UUID, TypeId("tir")]
PledgeId = Annotated[UUID, TypeId("plg")]
MilestoneId = Annotated[UUID, TypeId("mil")]
ProjectRefundId = Annotated[UUID, TypeId("mrf")]
ChargebackId = Annotated[UUID, TypeId("cbk")]
ChargebackDebtId = Annotated[UUID, TypeId("cbd")]
DisputeEvidenceId = Annotated[UUID, TypeId("dev")]
DocumentId = Annotated[UUID, TypeId("doc")]
OriginatorId = Annotated[UUID, TypeId("ori")]
PartnerReceiptId = Annotated[UUID, TypeId("prc")]
AgentId = Annotated[UUID, TypeId("agt")]
CommissionId = Annotated[UUID, TypeId("com")]
RunningLoanId = Annotated[UUID, TypeId("rln")]
StandingOrderId = Annotated[UUID, TypeId("sto")]
MatchingRunId = Annotated[UUID, TypeId("mrn")]
CompensationId = Annotated[UUID, TypeId("los")]
SuretyId = Annotated[UUID, TypeId("sur")]
WriteOffId = Annotated[UUID, TypeId("wof")]
AssessmentId = Annotated[UUID, TypeId("ras")]
SaleId = Annotated[UUID, TypeId("sal")]
PurchaseId = Annotated[UUID, TypeId("pch")]
EnrolmentId = Annotated[UUID, TypeId("enr")]
CustodyAccountId = Annotated[UUID, TypeId("cac")]
CustodyAuthorisationId = Annotated[UUID, TypeId("cau")]
CustodyInstructionId = Annotated[UUID, TypeId("cin")]
CustodyPaymentId = Annotated[UUID, TypeId("cpm")]
CustodyDifferenceId = Annotated[UUID, TypeId("cdf")]
AccountId = Annotated[UUID, TypeId("acc")]
TransferId = Annotated[UUID, TypeId("trf")]
CUSTOMER_PATTERN = r"^cus_[0-7][0-9a-hjkmnp-tv-z]{25}$"


def application_text(value: UUID) -> str:
    return encode("apn", value)


def listing_text(value: UUID) -> str:
    return encode("lst", value)


def bid_text(value: UUID) -> str:
    return encode("bid", value)


def loan_text(value: UUID) -> str:
    return encode("lon", value)


def claim_text(value: UUID) -> str:
    return encode("clm", value)


def repayment_text(value: UUID) -> str:
    return encode("rep", value)


def repayment_mandate_text(value: UUID) -> str:
    return encode("rmd", value)


def loan_debit_text(value: UUID) -> str:
    return encode("ldb", value)


def project_text(value: UUID) -> str:
    return encode("prj", value)


def pledge_text(value: UUID) -> str:
    return encode("plg", value)


def milestone_text(value: UUID) -> str:
    return encode("mil", value)


def project_refund_text(value: UUID) -> str:
    return encode("mrf", value)


def chargeback_text(value: UUID) -> str:
    return encode("cbk", value)


def chargeback_debt_text(value: UUID) -> str:
    return encode("cbd", value)


def dispute_evidence_text(value: UUID) -> str:
    return encode("dev", value)


def standing_order_text(value: UUID) -> str:
    return encode("sto", value)


def compensation_text(value: UUID) -> str:
    return encode("los", value)


def surety_text(value: UUID) -> str:
    return encode("sur", value)


def partner_receipt_text(value: UUID) -> str:
    return encode("prc", value)


def originator_text(value: UUID) -> str:
    return encode("ori", value)


def restructuring_text(value: UUID) -> str:
    return encode("rst", value)


def sale_text(value: UUID) -> str:
    return encode("sal", value)


def purchase_text(value: UUID) -> str:
    return encode("pch", value)


def enrolment_text(value: UUID) -> str:
    return encode("enr", value)


def custody_authorisation_text(value: UUID) -> str:
    return encode("cau", value)


def custody_instruction_text(value: UUID) -> str:
    return encode("cin", value)


def custody_payment_text(value: UUID) -> str:
    return encode("cpm", value)


def custody_difference_text(value: UUID) -> str:
    return encode("cdf", value)
