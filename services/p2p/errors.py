"""Everything p2p refuses.

Refusal
├── Malformed (400) … of the frame: JSON, key, cursor
├── Forbidden (403)
│   └── CustomersOnly            borrowing and lending is done by people
├── NotFound (404)
│   ├── UnknownProgramme · UnknownApplication · UnknownListing · UnknownBid · UnknownLoan · UnknownRepayment
│   ├── UnknownImport · UnknownSchedule · UnknownScorecard · UnknownRunningLoan · UnknownDocument
│   ├── UnknownOriginator · UnknownAgent
├── Conflict (409)
│   ├── NotAllowedInState        the record is in a state that does not know this step
│   ├── ApplicationUnderWay      one application at a time
│   ├── ApprovalExpired
│   ├── SecondPersonNeeded       four eyes: who keyed in or proposed does not approve
│   ├── AppealNotAllowed · TooSoonToReapply
│   ├── DocumentGivenBefore · TooManyDocuments
│   ├── OwnOriginator            nobody proposes a loan for itself
│   ├── OriginatorKnown · LicenceNotValid · BeyondExposure
│   ├── AgentKnown · AgentEnded · OwnAgent
│   ├── ListingClosed            not open, or past its deadline
│   ├── BidTooLarge              above what is left
│   ├── OwnListing               nobody lends to herself
│   ├── TooManyHolders           a loan has at most 2,000
│   ├── FirstLenderTakesAll      where somebody lends first, slices are bought of her
│   ├── RepaymentUnderWay · NothingOwed
│   ├── TooManyRepayments        in small parts
│   ├── PassedOnIsFinal          what a partner passed on had reached its wallet, and nothing before it has to go
│   ├── LaterRepaymentsStand     what was paid or agreed later depends on a repayment that is to be reversed
│   ├── ChargedBackAlready       the borrower owes for what a bank took back of it, or has paid that
│   ├── TooManyProgrammes
│   … and those of standing_orders/errors.py, auctions/errors.py and debiting/errors.py
└── Invalid (422)
    ├── AboveLimit               of the borrower, by grade or by law
    ├── GradedForLess            the term is longer than what was graded, and the grade would be worse
    ├── ProgrammeContradictsItself   with every contradiction
    ├── ProgrammeNotNewer        a version begins today or later, not before the one it follows, and is of its kind
    ├── NotOffered               the programme has no such term, method, grade, amount
    ├── AboveRateCeiling         dearer than the law lets an offer be
    ├── CannotBeScheduled        no schedule satisfies the terms
    ├── BelowLot · NotInLots
    ├── AboveLenderShare         more of one listing than the programme lets one lender have
    ├── CurrencyDiffers · AmountDiffers
    ├── MoreThanOwed             a repayment above everything that is owed
    ├── CannotPrepay             the loan or its programme takes nothing ahead of time, or not so
    ├── DeadlineNotAllowed
    ├── IdentityNumberWrong
    ├── DocumentTypeNotTaken · DocumentsMissing
    ├── OriginatorTermsWrong
    └── WrongHeader              an import's header does not name the columns of its source
"""

from chassis.errors import Conflict, Forbidden, Invalid, NotFound


class CustomersOnly(Forbidden):
    code = "customers_only"


class UnknownProgramme(NotFound):
    code = "unknown_programme"


class UnknownApplication(NotFound):
    code = "unknown_application"


class UnknownListing(NotFound):
    code = "unknown_listing"


class UnknownBid(NotFound):
    code = "unknown_bid"


class UnknownLoan(NotFound):
    code = "unknown_loan"


class UnknownRepayment(NotFound):
    code = "unknown_repayment"


class UnknownSchedule(NotFound):
    code = "unknown_schedule"


class UnknownImport(NotFound):
    code = "unknown_import"


class UnknownScorecard(NotFound):
    code = "unknown_scorecard"


class UnknownRunningLoan(NotFound):
    code = "unknown_running_loan"


class UnknownDocument(NotFound):
    code = "unknown_document"


class UnknownOriginator(NotFound):
    code = "unknown_originator"


class UnknownAgent(NotFound):
    code = "unknown_agent"


class NotAllowedInState(Conflict):
    code = "not_allowed_in_state"


class ApplicationUnderWay(Conflict):
    code = "application_under_way"


class ApprovalExpired(Conflict):
    code = "approval_expired"


class SecondPersonNeeded(Conflict):
    code = "second_person_needed"


class AppealNotAllowed(Conflict):
    """until: when the time for it ended, or ends."""

    code = "appeal_not_allowed"


class TooSoonToReapply(Conflict):
    """until: before it nobody who was declined applies again."""

    code = "too_soon_to_reapply"


class DocumentGivenBefore(Conflict):
    code = "document_given_before"


class TooManyDocuments(Conflict):
    code = "too_many_documents"


class OwnOriginator(Conflict):
    code = "own_originator"


class OriginatorKnown(Conflict):
    code = "originator_known"


class LicenceNotValid(Conflict):
    code = "licence_not_valid"


class BeyondExposure(Conflict):
    """most_minor: what may be owed on the originator's loans."""

    code = "beyond_exposure"


class AgentKnown(Conflict):
    code = "agent_known"


class AgentEnded(Conflict):
    code = "agent_ended"


class OwnAgent(Conflict):
    code = "own_agent"


class ListingClosed(Conflict):
    code = "listing_closed"


class BidTooLarge(Conflict):
    code = "bid_too_large"


class OwnListing(Conflict):
    code = "own_listing"


class TooManyHolders(Conflict):
    code = "too_many_holders"


class AboveLenderShare(Invalid):
    code = "above_lender_share"


class FirstLenderTakesAll(Conflict):
    code = "first_lender_takes_all"


class PassedOnIsFinal(Conflict):
    code = "passed_on_is_final"


class RepaymentUnderWay(Conflict):
    code = "repayment_under_way"


class TooManyRepayments(Conflict):
    code = "too_many_repayments"


class LaterRepaymentsStand(Conflict):
    code = "later_repayments_stand"


class ChargedBackAlready(Conflict):
    code = "charged_back_already"


class NothingOwed(Conflict):
    code = "nothing_owed"


class TooManyProgrammes(Conflict):
    code = "too_many_programmes"


class ProgrammeContradictsItself(Invalid):
    """contradictions: each with its `field` and `detail`."""

    code = "programme_contradicts_itself"


class ProgrammeNotNewer(Invalid):
    code = "programme_not_newer"


class AboveLimit(Invalid):
    code = "above_limit"


class GradedForLess(Invalid):
    code = "graded_for_less"


class NotOffered(Invalid):
    code = "not_offered"


class AboveRateCeiling(Invalid):
    code = "above_rate_ceiling"


class CannotBeScheduled(Invalid):
    code = "cannot_be_scheduled"


class BelowLot(Invalid):
    code = "below_lot"


class NotInLots(Invalid):
    code = "not_in_lots"


class CurrencyDiffers(Invalid):
    code = "currency_differs"


class AmountDiffers(Invalid):
    code = "amount_differs"


class MoreThanOwed(Invalid):
    code = "more_than_owed"


class CannotPrepay(Invalid):
    code = "cannot_prepay"


class DeadlineNotAllowed(Invalid):
    code = "deadline_not_allowed"


class IdentityNumberWrong(Invalid):
    code = "identity_number_wrong"


class DocumentTypeNotTaken(Invalid):
    code = "document_type_not_taken"


class DocumentsMissing(Invalid):
    """missing: kinds of documents."""

    code = "documents_missing"


class OriginatorTermsWrong(Invalid):
    code = "originator_terms_wrong"


class WrongHeader(Invalid):
    code = "wrong_header"
