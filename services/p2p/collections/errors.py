"""What collections refuse.

Refusal
├── NotFound (404)
│   └── UnknownCase · UnknownContact · UnknownCollectionRequest · UnknownNamedPerson
├── Conflict (409)
│   ├── CaseTaken · CaseNotTaken     somebody else's case; a case is worked on by whoever took it
│   ├── NothingOverdue               paid since the case was last looked at
│   ├── QuietHours · ContactCapReached   with `allowed_at`
│   ├── ContactsStopped              paused, or she asked for it and nobody decided yet
│   ├── CallsWaitForPromise          while a promise is open nobody calls
│   ├── PaymentOnItsWay              nor while a debit or a partner's receipt is not settled
│   ├── ThirdPartyNotNamed           nobody but the borrower and those she named
│   ├── StepNotDue                   not the step that is next, or before its day
│   ├── PromiseUnderWay · TooManyPromises
│   └── CollectionRequestUnderWay · TooManyCollectionRequests
└── Invalid (422)
    ├── PromiseDayNotAllowed · PromiseAmountNotAllowed
    ├── ContactIncomplete            an inbound contact says how it ended
    ├── ContactRulesNotNewer · ContactRulesContradict
    └── DaysNotAllowed               of a report
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownCase(NotFound):
    code = "unknown_collection_case"


class UnknownContact(NotFound):
    code = "unknown_contact"


class UnknownCollectionRequest(NotFound):
    code = "unknown_collection_request"


class UnknownNamedPerson(NotFound):
    code = "unknown_named_person"


class CaseTaken(Conflict):
    code = "case_taken"


class CaseNotTaken(Conflict):
    code = "case_not_taken"


class NothingOverdue(Conflict):
    code = "nothing_overdue"


class QuietHours(Conflict):
    """allowed_at: when the same contact may be made."""

    code = "quiet_hours"


class ContactCapReached(Conflict):
    """allowed_at: when the same contact may be made; per: day or week; most: how many."""

    code = "contact_cap_reached"


class ContactsStopped(Conflict):
    code = "contacts_stopped"


class CallsWaitForPromise(Conflict):
    code = "calls_wait_for_promise"


class PaymentOnItsWay(Conflict):
    code = "payment_on_its_way"


class ThirdPartyNotNamed(Conflict):
    code = "third_party_not_named"


class StepNotDue(Conflict):
    code = "step_not_due"


class PromiseUnderWay(Conflict):
    code = "promise_under_way"


class TooManyPromises(Conflict):
    code = "too_many_promises"


class CollectionRequestUnderWay(Conflict):
    code = "collection_request_under_way"


class TooManyCollectionRequests(Conflict):
    code = "too_many_collection_requests"


class PromiseDayNotAllowed(Invalid):
    code = "promise_day_not_allowed"


class PromiseAmountNotAllowed(Invalid):
    code = "promise_amount_not_allowed"


class ContactIncomplete(Invalid):
    code = "contact_incomplete"


class ContactRulesNotNewer(Invalid):
    code = "contact_rules_not_newer"


class ContactRulesContradict(Invalid):
    code = "contact_rules_contradict"


class DaysNotAllowed(Invalid):
    code = "days_not_allowed"
